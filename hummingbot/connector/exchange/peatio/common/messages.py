"""Peatio's payloads as frozen values: the only module that knows their field names. No I/O.

An order has slightly different fields in a REST answer and in a private event; both become an `OrderReport`, so that
other modules need not distinguish them. Facts: docs/protocol.md sections 3 and 5.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Context, Decimal
from enum import Enum
from typing import Any

from hummingbot.connector.exchange.peatio.common.errors import MessageError
from hummingbot.connector.exchange.peatio.common.fields import (
    as_amount,
    as_decimal,
    as_list,
    as_name,
    as_object,
    as_precision,
    as_time_s,
    exact_number,
    first_of,
    required,
)

ZERO = Decimal(0)
# More digits than two columns of decimal(32, 16) multiplied have.
_EXACT = Context(prec=80)


class ReportedState(Enum):
    """`pending → wait → done | cancel`, `pending → reject` (docs/protocol.md section 4)."""

    PENDING = "pending"
    WAIT = "wait"
    DONE = "done"
    CANCEL = "cancel"
    REJECT = "reject"
    #: One that Peatio does not have; a fork's.
    UNKNOWN = "unknown"

    @property
    def is_final(self) -> bool:
        """Whether the exchange never changes this state."""
        return self in (ReportedState.DONE, ReportedState.CANCEL, ReportedState.REJECT)


_STATES = {state.value: state for state in ReportedState}


@dataclass(frozen=True, slots=True)
class Instrument:
    """A market and its rules. Amounts are in base, prices in quote currency; `max_price` None means no limit.

    `is_active` says whether it takes orders: a hidden market does, which the exchange's own pages do not show
    (docs/protocol.md section 3).
    """

    symbol: str
    base: str
    quote: str
    amount_precision: int
    price_precision: int
    min_amount: Decimal
    min_price: Decimal
    max_price: Decimal | None
    is_active: bool

    @property
    def price_increment(self) -> Decimal:
        """The smallest step of a price."""
        return Decimal(1).scaleb(-self.price_precision)

    @property
    def amount_increment(self) -> Decimal:
        """The smallest step of an amount."""
        return Decimal(1).scaleb(-self.amount_precision)


@dataclass(frozen=True, slots=True)
class FeeRates:
    """Fee rates as fractions (0.001 = 0.1 %), fixed for an order when it is created."""

    maker: Decimal
    taker: Decimal


@dataclass(frozen=True, slots=True)
class TradeReport:
    """Our side of a match.

    `order_id` is "" in the list inside an order. `fee_amount` and `fee_currency` come with GET market/trades only;
    elsewhere the fee is computed from the order's rates.
    """

    trade_id: str
    order_id: str
    market: str
    is_buy: bool
    taker_is_buy: bool | None
    price: Decimal
    amount: Decimal
    total: Decimal
    created_at_s: float
    fee_amount: Decimal | None = None
    fee_currency: str | None = None


@dataclass(frozen=True, slots=True)
class PublicTrade:
    """Id and time of a trade on a market. Each trade has a higher id than the one before."""

    trade_id: int
    created_at_s: float


@dataclass(frozen=True, slots=True)
class OrderReport:
    """An order according to a REST answer or a private event. `price` is None for market orders.

    `order_id` is the number, or the uuid while there is no number: a third-party engine answers a create with
    `id: null` (docs/protocol.md section 4.12). `uuid` is "" if the payload has none. `state_text` is what the payload
    calls the state. `lists_trades` says whether `trades` are all trades of the order so far.
    """

    order_id: str
    market: str
    is_buy: bool
    is_limit: bool
    state: ReportedState
    price: Decimal | None
    origin_volume: Decimal
    remaining_volume: Decimal
    executed_volume: Decimal
    created_at_s: float
    updated_at_s: float
    fee_rates: FeeRates | None = None
    trades: tuple[TradeReport, ...] = ()
    uuid: str = ""
    state_text: str = ""
    lists_trades: bool = False

    @property
    def trouble(self) -> str:
        """Why the order cannot be followed, a clause; "" where it can."""
        if self.state is not ReportedState.UNKNOWN:
            return ""
        return f"is in the state {self.state_text!r}, which Peatio does not have"

    @property
    def fingerprint(self) -> tuple[str, bool, Decimal, Decimal | None]:
        """Market, whether it buys, amount, and price (None at market): what an order can be recognised by."""
        return self.market, self.is_buy, self.origin_volume, self.price if self.is_limit else None

    @property
    def ids(self) -> tuple[str, ...]:
        """Every id of the order at the exchange."""
        return (self.order_id,) if self.uuid in ("", self.order_id) else (self.order_id, self.uuid)


@dataclass(frozen=True, slots=True)
class FeeRow:
    """A row of public/trading_fees; `group` and `market` may be the wildcard "any".

    `rates` is None where they cannot be read: no other row may be used in its place.
    """

    group: str
    market: str
    rates: FeeRates | None
    market_type: str = "spot"

    @property
    def trouble(self) -> str:
        """Why the row says nothing, a clause; "" where it does."""
        return "has no fee rates that can be read" if self.rates is None else ""


def decode(text: str) -> Any:
    """The JSON value of `text`, with every fraction as an exact Decimal.

    :raises ValueError: when it is not JSON
    """
    try:
        return json.loads(text, parse_float=exact_number)
    except RecursionError:
        raise ValueError("JSON with too many levels") from None


def parse_market(payload: Any) -> Instrument:
    """A row of public/markets, from 2.0 (`ask_unit`, `bid_precision`) to 3.1.

    :raises MessageError: when a rule is missing or not a number
    """
    row = as_object(payload, "market")
    symbol = row.get("symbol") or required(row, "id", "market")
    base = first_of(row, ("base_unit", "ask_unit"), "market")
    quote = first_of(row, ("quote_unit", "bid_unit"), "market")
    max_price = as_decimal(row.get("max_price") or "0", "max_price")
    return Instrument(
        symbol=as_name(symbol, "symbol"),
        base=as_name(base, "base_unit"),
        quote=as_name(quote, "quote_unit"),
        amount_precision=as_precision(first_of(row, ("amount_precision", "ask_precision"), "market")),
        price_precision=as_precision(first_of(row, ("price_precision", "bid_precision"), "market")),
        min_amount=as_amount(first_of(row, ("min_amount", "min_ask_amount"), "market"), "min_amount"),
        min_price=as_amount(row.get("min_price") or "0", "min_price"),
        max_price=max_price if max_price > ZERO else None,
        is_active=(row.get("state") or "enabled") in ("enabled", "hidden"),
    )


def parse_order(payload: Any) -> OrderReport:
    """An order from REST or from the private `order` stream.

    :raises MessageError: when a field is missing or unreadable
    """
    row = as_object(payload, "order")
    if "market_id" in row and "market" not in row:
        row = _from_openfinex(row)
    order_id = row.get("id") if row.get("id") is not None else required(row, "uuid", "order")
    market = str(required(row, "market", "order"))
    price = row.get("price")
    maker_fee, taker_fee = row.get("maker_fee"), row.get("taker_fee")
    rates = None
    if maker_fee is not None and taker_fee is not None:
        rates = FeeRates(as_decimal(maker_fee, "maker_fee"), as_decimal(taker_fee, "taker_fee"))
    created_at_s = as_time_s(row.get("created_at", row.get("at")), "order created_at")
    return OrderReport(
        order_id=as_name(order_id, "order id"),
        market=market,
        is_buy=_is_buy(row),
        is_limit=row.get("ord_type", "limit") != "market",
        state=_state(required(row, "state", "order")),
        state_text=str(row["state"]),
        price=None if price is None else as_amount(price, "order price"),
        origin_volume=as_amount(required(row, "origin_volume", "order"), "origin_volume"),
        remaining_volume=as_amount(required(row, "remaining_volume", "order"), "remaining_volume"),
        executed_volume=as_amount(required(row, "executed_volume", "order"), "executed_volume"),
        created_at_s=created_at_s,
        updated_at_s=as_time_s(row["updated_at"], "order updated_at") if row.get("updated_at") else created_at_s,
        fee_rates=rates,
        uuid=as_name(row["uuid"], "order uuid") if row.get("uuid") else "",
        trades=tuple(parse_trade(trade) for trade in as_list(row.get("trades") or [], "order's trades")),
        lists_trades=row.get("trades") is not None,
    )


def _from_openfinex(row: Mapping[str, Any]) -> dict[str, Any]:
    """OpenFinex's answer to a create with Peatio's field names (docs/protocol.md section 4.12); nothing is executed.

    :raises MessageError: for any state but `pending`, which would need more fields
    """
    if row.get("state") != ReportedState.PENDING.value:
        raise MessageError(f"OpenFinex's answer to a create must be pending: {row!r:.200}")
    volume = required(row, "volume", "order")
    names = {"market": row["market_id"], "ord_type": row.get("type", "limit")}
    return {**row, **names, "origin_volume": volume, "remaining_volume": volume, "executed_volume": "0"}


def parse_trade(payload: Any) -> TradeReport:
    """A trade from GET market/trades, the private `trade` stream, or the list inside an order.

    :raises MessageError: when a field is missing or unreadable
    """
    row = as_object(payload, "trade")
    price = as_amount(required(row, "price", "trade"), "trade price")
    amount = as_amount(required(row, "amount", "trade"), "trade amount")
    if not price or not amount:
        raise MessageError(f"A trade of {amount} at {price} is none: {row!r:.200}")
    taker_type, order_id = _given(row, "taker_type"), _given(row, "order_id")
    fee_amount, fee_currency = _given(row, "fee_amount"), _given(row, "fee_currency")
    return TradeReport(
        trade_id=as_name(required(row, "id", "trade"), "trade id"),
        order_id="" if order_id is None else as_name(order_id, "order id of a trade"),
        market=str(required(row, "market", "trade")),
        is_buy=_is_buy(row),
        taker_is_buy=None if taker_type is None else taker_type == "buy",
        price=price,
        amount=amount,
        total=_product(price, amount),
        created_at_s=as_time_s(row.get("created_at"), "trade created_at"),
        fee_amount=None if fee_amount is None else as_decimal(fee_amount, "fee_amount"),
        fee_currency=None if fee_currency is None else as_name(fee_currency, "fee_currency"),
    )


def parse_public_trade(payload: Any) -> PublicTrade:
    """A row of public/markets/:market/trades.

    :raises MessageError: when its id is not an integer, or its time cannot be read
    """
    row = as_object(payload, "public trade")
    trade_id = row.get("id")
    if not isinstance(trade_id, int) or isinstance(trade_id, bool):
        raise MessageError(f"The id of a public trade must be an integer: {row!r:.200}")
    return PublicTrade(trade_id, as_time_s(row.get("created_at"), "public trade created_at"))


def parse_fee_row(payload: Any) -> FeeRow:
    """A row of public/trading_fees.

    :raises MessageError: when it is not an object
    """
    row = as_object(payload, "trading fee")
    rates = None
    with suppress(MessageError):
        rates = FeeRates(as_decimal(row.get("maker"), "maker"), as_decimal(row.get("taker"), "taker"))
    return FeeRow(
        group=str(row.get("group") or "any"),
        market=str(row.get("market_id") or "any"),
        rates=rates,
        market_type=str(row.get("market_type") or "spot"),
    )


def parse_server_time_ms(payload: Any) -> float:
    """public/timestamp, a whole second in ISO 8601, as epoch milliseconds.

    The server cuts off the fraction, so its clock is on average half a second ahead of this answer.
    """
    return as_time_s(payload, "timestamp") * 1e3 + 500


def private_events(
    message: Any, on_unreadable: Callable[[MessageError], None]
) -> Iterator[OrderReport | TradeReport]:
    """The orders and trades in a private websocket message; other streams are ignored.

    :param on_unreadable: gets the error of each that cannot be read; it hides no other
    :raises MessageError: when the message is not an object
    """
    for stream, payload in as_object(message, "private event").items():
        if stream not in ("order", "trade"):
            continue
        try:
            event = parse_order(payload) if stream == "order" else parse_trade(payload)
        except MessageError as error:
            on_unreadable(error)
        else:
            yield event


def _state(value: Any) -> ReportedState:
    if not isinstance(value, str):
        raise MessageError(f"An order state must be a text, not {value!r:.40}")
    return _STATES.get(value, ReportedState.UNKNOWN)


def _given(row: Mapping[str, Any], field: str) -> Any:
    """A field that is not needed to know the fill; a fork may send an empty text where Peatio sends null."""
    value = row.get(field)
    return None if value == "" else value


def _is_buy(row: Mapping[str, Any]) -> bool:
    side = row.get("side", row.get("kind"))
    if side in ("buy", "bid"):
        return True
    if side in ("sell", "ask"):
        return False
    raise MessageError(f"A side must be buy or sell, not {side!r}")


def _product(price: Decimal, amount: Decimal) -> Decimal:
    try:
        return _EXACT.multiply(price, amount)
    except ArithmeticError as error:
        raise MessageError(f"A trade of {amount} at {price} has no total") from error
