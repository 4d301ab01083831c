"""Peatio's payloads as frozen values: the only place that knows field names. No I/O.

The same order comes over REST and as a private event with slightly different fields; both become one `OrderReport`,
and everything after this module treats them alike. Facts: docs/protocol.md sections 3 and 5.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any

from hummingbot.connector.exchange.peatio.common.errors import MessageError

ZERO = Decimal(0)
# More digits behind the point than any exchange has (Peatio's columns hold 16); beyond it a precision is a mistake.
MAX_PRECISION = 32


class ReportedState(Enum):
    """`pending → wait → done | cancel`, `pending → reject` (docs/protocol.md section 4)."""

    PENDING = "pending"
    WAIT = "wait"
    DONE = "done"
    CANCEL = "cancel"
    REJECT = "reject"

    @property
    def is_final(self) -> bool:
        return self in (ReportedState.DONE, ReportedState.CANCEL, ReportedState.REJECT)


@dataclass(frozen=True, slots=True)
class Instrument:
    """A market and its rules. Amounts are in base, prices in quote; `max_price` None means no limit."""

    symbol: str
    base: str
    quote: str
    amount_precision: int
    price_precision: int
    min_amount: Decimal
    min_price: Decimal
    max_price: Decimal | None
    is_enabled: bool

    @property
    def price_increment(self) -> Decimal:
        return Decimal(1).scaleb(-self.price_precision)

    @property
    def amount_increment(self) -> Decimal:
        return Decimal(1).scaleb(-self.amount_precision)


@dataclass(frozen=True, slots=True)
class FeeRates:
    """Fractions (0.001 = 0.1 %) frozen on an order at its creation."""

    maker: Decimal
    taker: Decimal


@dataclass(frozen=True, slots=True)
class TradeReport:
    """One side of a match, ours.

    `order_id` is "" in the list inside an order. `fee_amount` and `fee_currency` come with GET market/trades only;
    elsewhere the fee follows from the order's rates.
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
    """As much of anybody's trade as tells when it was. Ids rise from trade to trade."""

    trade_id: int
    created_at_s: float


@dataclass(frozen=True, slots=True)
class OrderReport:
    """An order as a REST answer or a private event tells it. `price` is None for market orders.

    `order_id` is the number, or the uuid where there is no number yet: a third-party engine answers a create with
    `id: null` (docs/protocol.md section 4.12). `uuid` is "" where it is not told.
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

    @property
    def ids(self) -> tuple[str, ...]:
        """All that the exchange calls it."""
        return (self.order_id,) if self.uuid in ("", self.order_id) else (self.order_id, self.uuid)


@dataclass(frozen=True, slots=True)
class Balance:
    """`currency` as Peatio writes it (lower case)."""

    currency: str
    free: Decimal
    locked: Decimal


@dataclass(frozen=True, slots=True)
class FeeRow:
    """A row of public/trading_fees; `group` and `market` may be the wildcard "any"."""

    group: str
    market: str
    rates: FeeRates
    market_type: str = "spot"


def decode(text: str) -> Any:
    """JSON with every fraction as an exact Decimal.

    :raises ValueError: when it is no JSON
    """
    return json.loads(text, parse_float=Decimal)


def parse_market(payload: Any) -> Instrument:
    """A row of public/markets, from 2.0 (`ask_unit`, `bid_precision`) to 3.1.

    :raises MessageError: when a rule is missing or no number
    """
    row = _object(payload, "market")
    symbol = row.get("symbol") or _required(row, "id", "market")
    max_price = _decimal(row.get("max_price") or "0", "max_price")
    return Instrument(
        symbol=str(symbol),
        base=str(_first(row, ("base_unit", "ask_unit"), "market")),
        quote=str(_first(row, ("quote_unit", "bid_unit"), "market")),
        amount_precision=_precision(_first(row, ("amount_precision", "ask_precision"), "market")),
        price_precision=_precision(_first(row, ("price_precision", "bid_precision"), "market")),
        min_amount=_decimal(_first(row, ("min_amount", "min_ask_amount"), "market"), "min_amount"),
        min_price=_decimal(row.get("min_price") or "0", "min_price"),
        max_price=max_price if max_price > ZERO else None,
        is_enabled=row.get("state", "enabled") == "enabled",
    )


def parse_order(payload: Any) -> OrderReport:
    """An order of REST or of the private `order` stream.

    :raises MessageError: on a missing field and on a state that Peatio does not have
    """
    row = _object(payload, "order")
    if "market_id" in row and "market" not in row:
        row = _from_openfinex(row)
    order_id = row.get("id") if row.get("id") is not None else _required(row, "uuid", "order")
    market = str(_required(row, "market", "order"))
    price = row.get("price")
    maker_fee, taker_fee = row.get("maker_fee"), row.get("taker_fee")
    rates = None
    if maker_fee is not None and taker_fee is not None:
        rates = FeeRates(_decimal(maker_fee, "maker_fee"), _decimal(taker_fee, "taker_fee"))
    created_at_s = _time_s(row.get("created_at", row.get("at")), "order created_at")
    return OrderReport(
        order_id=str(order_id),
        market=market,
        is_buy=_is_buy(row),
        is_limit=row.get("ord_type", "limit") != "market",
        state=_state(_required(row, "state", "order")),
        price=None if price is None else _decimal(price, "order price"),
        origin_volume=_decimal(_required(row, "origin_volume", "order"), "origin_volume"),
        remaining_volume=_decimal(_required(row, "remaining_volume", "order"), "remaining_volume"),
        executed_volume=_decimal(_required(row, "executed_volume", "order"), "executed_volume"),
        created_at_s=created_at_s,
        updated_at_s=_time_s(row["updated_at"], "order updated_at") if row.get("updated_at") else created_at_s,
        fee_rates=rates,
        uuid=str(row.get("uuid") or ""),
        trades=tuple(parse_trade(trade) for trade in _list(row.get("trades") or [], "order's trades")),
    )


def _from_openfinex(row: Mapping[str, Any]) -> dict[str, Any]:
    """OpenFinex's answer to a create in Peatio's words (docs/protocol.md section 4.12): nothing is executed yet.

    :raises MessageError: on any other state, for then more would have to be told
    """
    if row.get("state") != ReportedState.PENDING.value:
        raise MessageError(f"OpenFinex's answer to a create is pending: {row!r:.200}")
    volume = _required(row, "volume", "order")
    names = {"market": row["market_id"], "ord_type": row.get("type", "limit")}
    return {**row, **names, "origin_volume": volume, "remaining_volume": volume, "executed_volume": "0"}


def parse_trade(payload: Any) -> TradeReport:
    """A trade of GET market/trades, of the private `trade` stream, or of the list inside an order.

    :raises MessageError: on a missing or unreadable field
    """
    row = _object(payload, "trade")
    price = _decimal(_required(row, "price", "trade"), "trade price")
    amount = _decimal(_required(row, "amount", "trade"), "trade amount")
    taker_type, fee_amount, fee_currency = row.get("taker_type"), row.get("fee_amount"), row.get("fee_currency")
    return TradeReport(
        trade_id=str(_required(row, "id", "trade")),
        order_id=str(row["order_id"]) if row.get("order_id") is not None else "",
        market=str(_required(row, "market", "trade")),
        is_buy=_is_buy(row),
        taker_is_buy=None if taker_type is None else taker_type == "buy",
        price=price,
        amount=amount,
        total=_product(price, amount),
        created_at_s=_time_s(row.get("created_at"), "trade created_at"),
        fee_amount=None if fee_amount is None else _decimal(fee_amount, "fee_amount"),
        fee_currency=None if fee_currency is None else str(fee_currency),
    )


def parse_public_trade(payload: Any) -> PublicTrade:
    """A row of public/markets/:market/trades.

    :raises MessageError: when its id is no whole number, or its time cannot be read
    """
    row = _object(payload, "public trade")
    trade_id = row.get("id")
    if not isinstance(trade_id, int) or isinstance(trade_id, bool):
        raise MessageError(f"A public trade has a number: {row!r:.200}")
    return PublicTrade(trade_id, _time_s(row.get("created_at"), "public trade created_at"))


def parse_balance(payload: Any) -> Balance:
    """A row of account/balances."""
    row = _object(payload, "balance")
    return Balance(
        currency=str(_required(row, "currency", "balance")),
        free=_decimal(_required(row, "balance", "balance"), "balance"),
        locked=_decimal(row.get("locked") or "0", "locked"),
    )


def parse_fee_row(payload: Any) -> FeeRow:
    """A row of public/trading_fees."""
    row = _object(payload, "trading fee")
    return FeeRow(
        group=str(row.get("group", "any")),
        market=str(row.get("market_id", "any")),
        rates=FeeRates(
            _decimal(_required(row, "maker", "trading fee"), "maker"),
            _decimal(_required(row, "taker", "trading fee"), "taker"),
        ),
        market_type=str(row.get("market_type") or "spot"),
    )


def parse_server_time_ms(payload: Any) -> float:
    """public/timestamp, a whole second in ISO 8601, as epoch milliseconds.

    The server cuts the fraction off, so its clock is on average half a second ahead of what it says.
    """
    return _time_s(payload, "timestamp") * 1e3 + 500


def private_events(message: Any) -> Iterator[OrderReport | TradeReport]:
    """The orders and trades in a private websocket message; anything else in it is passed over.

    :raises MessageError: when it is not an object, or an order or trade in it cannot be read
    """
    for stream, payload in _object(message, "private event").items():
        if stream == "order":
            yield parse_order(payload)
        elif stream == "trade":
            yield parse_trade(payload)


def pushed_balances(message: Mapping[str, Any]) -> list[Balance]:
    """OpenFinex's `{"balances": {"btc": ["free", "locked"]}}`, or zsmartex's `{"balance": {…}}` of one currency in the
    fields of REST. Peatio itself never pushes balances (section 5).

    :raises MessageError: when an entry is no pair of numbers
    """
    if isinstance(message.get("balance"), dict):
        return [parse_balance(message["balance"])]
    payload = message.get("balances")
    if not isinstance(payload, dict):
        return []
    balances = []
    for currency, amounts in payload.items():
        if len(_list(amounts, "pushed balance")) != 2:
            raise MessageError(f"A pushed balance is free and locked, not {amounts!r:.80}")
        free, locked = amounts
        balances.append(Balance(str(currency), _decimal(free, "balance"), _decimal(locked, "locked")))
    return balances


def _state(value: Any) -> ReportedState:
    try:
        return ReportedState(value)
    except ValueError as error:
        raise MessageError(f"Peatio has no order state {value!r}") from error


def _is_buy(row: Mapping[str, Any]) -> bool:
    side = row.get("side", row.get("kind"))
    if side in ("buy", "bid"):
        return True
    if side in ("sell", "ask"):
        return False
    raise MessageError(f"A side is buy or sell, not {side!r}")


def _object(payload: Any, what: str) -> dict[str, Any]:
    if not isinstance(payload, dict):
        raise MessageError(f"A {what} is a JSON object, not {payload!r:.80}")
    return payload


def _list(payload: Any, what: str) -> list[Any]:
    if not isinstance(payload, list):
        raise MessageError(f"A {what} is a list, not {payload!r:.80}")
    return payload


def _required(row: Mapping[str, Any], field: str, what: str) -> Any:
    return _first(row, (field,), what)


def _first(row: Mapping[str, Any], fields: Sequence[str], what: str) -> Any:
    for field in fields:
        if row.get(field) is not None:
            return row[field]
    raise MessageError(f"A {what} without '{fields[0]}': {dict(row)!r:.200}")


def _decimal(value: Any, what: str) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise MessageError(f"{what} is a decimal number, not {value!r:.40}") from error
    if not number.is_finite():
        raise MessageError(f"{what} is a finite number, not {value!r:.40}")
    return number


def _product(price: Decimal, amount: Decimal) -> Decimal:
    try:
        return price * amount
    except ArithmeticError as error:
        raise MessageError(f"A trade of {amount} at {price} has no total") from error


def _precision(value: Any) -> int:
    """Digits behind the point."""
    try:
        precision = int(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise MessageError(f"A precision is a whole number, not {value!r:.40}") from error
    if not 0 <= precision <= MAX_PRECISION:
        raise MessageError(f"A precision is between 0 and {MAX_PRECISION}, not {precision}")
    return precision


def _time_s(value: Any, what: str) -> float:
    """Epoch seconds from ISO 8601 (REST) or from an epoch number (websocket)."""
    try:
        if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
            return float(value)
        return datetime.fromisoformat(str(value)).timestamp()
    except (ValueError, OverflowError) as error:
        raise MessageError(f"{what} is a time, not {value!r:.40}") from error
