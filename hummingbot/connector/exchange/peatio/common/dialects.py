"""The differences between Peatio versions and forks that the connector must know: one row for each dialect.

Other differences need no setting: field names, increments as lists, events as arrays, orders without a number
(docs/operate/exchanges.md, "Dialects"). Facts: docs/protocol.md sections 2, 3, 4.12 and 5.
"""

from dataclasses import dataclass
from decimal import Decimal

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS

# Earlier versions have no increments: they send the whole book every five seconds (section 5).
FIRST_VERSION_WITH_INCREMENTS = (2, 4)


@dataclass(frozen=True)
class Dialect:
    """One dialect of the Peatio API.

    :param name: its name for `dialect` in conf/peatio.yml
    :param volume_name, type_name: the field names for the amount and the type of an order in a create
    :param order_prefix: the path prefix of order requests; "" for that of all other requests
    :param cancel_path: the path that cancels one order
    :param has_post_only: whether the engine itself rejects a `post_only` order that would take liquidity
    :param balance_streams: private streams that push balances
    :param sends_token: whether a JWT is always sent to the websocket as a message too; otherwise only to servers that
        do not acknowledge a connection
    :param is_searched: whether the other dialects are tried when no service takes orders
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
        """The body of a create; for a market order when `price` is None.

        A market order must not have the key `price`, not even as null.
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
# A server acknowledges a stream that it does not have and sends nothing on it, so both can be subscribed.
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


def book_stream_of(version: str) -> str:
    """The stream of a market's order book.

    :param version: from public/version; "" if it is not known
    """
    if is_before(version, FIRST_VERSION_WITH_INCREMENTS):
        return CONSTANTS.WHOLE_BOOK_STREAM
    return CONSTANTS.INCREMENTS_STREAM


def is_before(version: str, other: tuple[int, int]) -> bool:
    """Whether `version` ("2.3.44") is lower than major and minor `other`; False if it cannot be read."""
    numbers = version.split(".")[:2]
    if len(numbers) < 2 or not all(number.isdecimal() for number in numbers):
        return False
    return (int(numbers[0]), int(numbers[1])) < other
