"""In what one Peatio differs from another, as far as the connector has to do something about it: one row a dialect.

What is not here is read without being told: field names, list-shaped increments, events as arrays, orders without a
number (docs/operate/exchanges.md, "Dialects"). Facts: docs/protocol.md sections 2, 3, 4.12 and 5.
"""

from dataclasses import dataclass
from decimal import Decimal

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS

# Before this version there are no increments: the whole book comes every five seconds (section 5).
FIRST_VERSION_WITH_INCREMENTS = (2, 4)


@dataclass(frozen=True)
class Dialect:
    """One way to speak Peatio.

    :param name: what `dialect` in conf/peatio.yml calls it
    :param volume_name, type_name: what a create calls the amount and the kind of an order
    :param order_prefix: where orders are placed and cancelled; "" is where everything else is asked
    :param cancel_path: where one order is cancelled
    :param has_post_only: whether the engine itself refuses to let a `post_only` order take
    :param balance_streams: private streams that push balances
    :param sends_token: a JWT always goes to the websocket as a message too; else only where the server does not greet
    :param is_searched: whether an exchange that takes no orders where they are sent is asked by the other rows
    """

    name: str
    volume_name: str = "volume"
    type_name: str = "ord_type"
    order_prefix: str = ""
    cancel_path: str = CONSTANTS.CANCEL_PATH
    has_post_only: bool = False
    balance_streams: tuple[str, ...] = ()
    sends_token: bool = False
    is_searched: bool = False

    def __str__(self) -> str:
        return self.name

    def create_body(
        self, market: str, is_buy: bool, volume: Decimal, price: Decimal | None, is_maker_only: bool = False
    ) -> dict[str, str]:
        """What a create says; a market order where `price` is None.

        A market order must not carry the key `price`, not even as null.
        """
        body = {
            "market": market,
            "side": "buy" if is_buy else "sell",
            self.volume_name: f"{volume:f}",
            self.type_name: "market",
        }
        if price is None:
            return body
        limit = "post_only" if is_maker_only and self.has_post_only else "limit"
        return {**body, self.type_name: limit, "price": f"{price:f}"}


OPENFINEX = Dialect(
    "openfinex",
    volume_name="amount",
    type_name="type",
    order_prefix="/api/v2/finex",
    cancel_path=CONSTANTS.OPENFINEX_CANCEL_PATH,
    has_post_only=True,
    balance_streams=("balances",),
)
# A server that has no stream of a name acknowledges it and is silent, so both can be asked for.
AUTO = Dialect("auto", balance_streams=("balances", "balance"), is_searched=True)

# The first is the default.
DIALECTS = {
    dialect.name: dialect
    for dialect in (
        AUTO,
        Dialect("ranger-0.4", sends_token=True),
        OPENFINEX,
        Dialect("zsmartex", balance_streams=("balance",)),
    )
}


def dialects_with_own_orders() -> list[Dialect]:
    """Those that take orders at an address of their own."""
    return [dialect for dialect in DIALECTS.values() if dialect.order_prefix]


def book_stream_of(version: str) -> str:
    """The stream that tells a market's book.

    :param version: as public/version tells it; "" where it is not known
    """
    if is_before(version, FIRST_VERSION_WITH_INCREMENTS):
        return CONSTANTS.WHOLE_BOOK_STREAM
    return CONSTANTS.INCREMENTS_STREAM


def is_before(version: str, other: tuple[int, int]) -> bool:
    """Whether a server of that `version` ("2.3.44") is older than major and minor `other`; no if it cannot be told."""
    numbers = version.split(".")[:2]
    if len(numbers) < 2 or not all(number.isdecimal() for number in numbers):
        return False
    return (int(numbers[0]), int(numbers[1])) < other
