"""Compares Hummingbot's reports with the exchange's ledger. Pure functions over plain values.

The ledger is correct by definition. Two reports are compared with it: the events of the running bot, which are exact,
and Hummingbot's trade database, which has six decimals of prices and amounts (and exact fees).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from enum import Enum
from typing import Literal

Side = Literal["buy", "sell"]
DATABASE_STEP = Decimal("0.000001")


class OrderState(Enum):
    """The state of an order, in terms common to the ledger and the reports."""

    OPEN = "open"
    FILLED = "filled"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True)
class OrderFact:
    """An order, identified by the exchange's id. `amount` is its original amount in base currency."""

    order_id: str
    side: Side
    price: Decimal
    amount: Decimal
    state: OrderState


@dataclass(frozen=True)
class FillFact:
    """A fill, identified by (order, trade): the two fills of a self-trade have the same trade id (docs/protocol.md
    section 4). `fees` maps an upper-case currency to the charged amount."""

    order_id: str
    trade_id: str
    side: Side
    price: Decimal
    amount: Decimal
    fees: Mapping[str, Decimal]

    @property
    def key(self) -> tuple[str, str]:
        """The fill's identity."""
        return self.order_id, self.trade_id


@dataclass(frozen=True)
class Account:
    """The bot's orders and fills according to one source."""

    orders: Sequence[OrderFact]
    fills: Sequence[FillFact]


def compare(ledger: Account, report: Account, source: str, step: Decimal | None = None) -> list[str]:
    """Every discrepancy between the ledger and a report, one sentence each; `source` is the report's name.

    `step` is the precision of the report's prices and amounts (truncated, not rounded); None means exact.
    """
    return [
        *_compare_orders(ledger.orders, report.orders, source, step),
        *_compare_fills(ledger.fills, report.fills, source, step),
    ]


def open_orders(ledger: Account) -> list[str]:
    """A discrepancy for each order that is still open on the exchange."""
    return [
        f"order {order.order_id}: still open on the exchange"
        for order in ledger.orders
        if order.state is OrderState.OPEN
    ]


def compare_balances(
    before: Mapping[str, Decimal],
    after: Mapping[str, Decimal],
    fills: Iterable[FillFact],
    base: str,
    quote: str,
    *,
    one_sum: Collection[str] = (),
) -> list[str]:
    """A discrepancy for each currency whose balance changed by another amount than the reported fills explain.

    This also finds a fill that is missing in both lists. Currencies are in upper case.

    :param one_sum: currencies of which only the sum changes by fills alone: a peg moves coins from one to the other
    """
    expected = dict(before)
    for fill in fills:
        sign = 1 if fill.side == "buy" else -1
        expected[base] = expected.get(base, Decimal(0)) + sign * fill.amount
        expected[quote] = expected.get(quote, Decimal(0)) - sign * fill.amount * fill.price
        for currency, fee in fill.fees.items():
            expected[currency] = expected.get(currency, Decimal(0)) - fee
    expected, after = _with_sum(expected, one_sum), _with_sum(after, one_sum)
    return [
        f"balance {currency}: the fills lead to {expected.get(currency, Decimal(0)):f}, "
        f"the exchange says {after.get(currency, Decimal(0)):f}"
        for currency in sorted({*expected, *after})
        if expected.get(currency, Decimal(0)) != after.get(currency, Decimal(0))
    ]


def _with_sum(balances: Mapping[str, Decimal], codes: Collection[str]) -> dict[str, Decimal]:
    result = {code: amount for code, amount in balances.items() if code not in codes}
    if codes:
        result[" + ".join(codes)] = sum((balances.get(code, Decimal(0)) for code in codes), Decimal(0))
    return result


def compare_reported_balances(ledger: Mapping[str, Decimal], report: Mapping[str, Decimal], source: str) -> list[str]:
    """A discrepancy for each total balance that differs from the exchange's; a missing currency counts as zero.

    An empty report is not compared: the bot was stopped before it had requested its balances.
    """
    return [
        f"balance {currency}: {_show(reported)} in {source}, {_show(actual)} on the exchange"
        for currency in sorted({*ledger, *report} if report else ())
        if (reported := report.get(currency, Decimal(0))) != (actual := ledger.get(currency, Decimal(0)))
    ]


def _compare_orders(
    expected: Sequence[OrderFact], reported: Sequence[OrderFact], source: str, step: Decimal | None
) -> Iterator[str]:
    yield from _twice((f"order {order.order_id}" for order in expected), "the ledger")
    yield from _twice((f"order {order.order_id}" for order in reported), source)
    known = {order.order_id: order for order in reported}
    for order in expected:
        found = known.pop(order.order_id, None)
        if found is None:
            # Hummingbot keeps no record of an order that the exchange refused before it was open.
            if order.state is not OrderState.FAILED:
                yield f"order {order.order_id}: not in {source}"
            continue
        yield from _differences(
            f"order {order.order_id}",
            source,
            ("side", order.side, found.side),
            ("price", _cut(order.price, step), _cut(found.price, step)),
            ("amount", _cut(order.amount, step), _cut(found.amount, step)),
            ("state", order.state.value, found.state.value),
        )
    for order_id in known:
        yield f"order {order_id}: in {source}, unknown to the exchange"


def _compare_fills(
    expected: Sequence[FillFact], reported: Sequence[FillFact], source: str, step: Decimal | None
) -> Iterator[str]:
    yield from _twice((_fill_name(fill) for fill in expected), "the ledger")
    yield from _twice((_fill_name(fill) for fill in reported), source)
    known = {fill.key: fill for fill in reported}
    for fill in expected:
        found = known.pop(fill.key, None)
        if found is None:
            yield f"{_fill_name(fill)}: not in {source}"
            continue
        yield from _differences(
            _fill_name(fill),
            source,
            ("side", fill.side, found.side),
            ("price", _cut(fill.price, step), _cut(found.price, step)),
            ("amount", _cut(fill.amount, step), _cut(found.amount, step)),
            ("fee", _fees(fill), _fees(found)),
        )
    for fill in known.values():
        yield f"{_fill_name(fill)}: in {source}, unknown to the exchange"


def _twice(names: Iterable[str], source: str) -> Iterator[str]:
    for name, count in Counter(names).items():
        if count > 1:
            yield f"{name}: {count} times in {source}"


def _differences(name: str, source: str, *fields: tuple[str, object, object]) -> Iterator[str]:
    for field, expected, found in fields:
        if expected != found:
            yield f"{name}: {field} {_show(found)} in {source}, {_show(expected)} on the exchange"


def _cut(value: Decimal, step: Decimal | None) -> Decimal:
    return value if step is None else value.quantize(step, rounding=ROUND_DOWN)


def _fees(fill: FillFact) -> dict[str, Decimal]:
    """The fees that are not zero: whether a free fill names a currency is no difference."""
    return {currency: fee for currency, fee in fill.fees.items() if fee != 0}


def _fill_name(fill: FillFact) -> str:
    return f"fill (order {fill.order_id}, trade {fill.trade_id})"


def _show(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, dict):
        return ", ".join(f"{_show(fee)} {currency}" for currency, fee in value.items()) or "none"
    return str(value)
