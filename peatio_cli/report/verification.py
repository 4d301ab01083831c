"""Compares the fills of the history with the exchange's own trades, to the last digit. Pure computation."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from peatio_cli.report.fill import Fill
from peatio_cli.report.numbers import full
from peatio_cli.report.period import Period, as_option, shown


@dataclass(frozen=True)
class ExchangeTrade:
    """One side of a trade as the exchange reports it.

    :ivar total: None where it is not reported, as `fee` and `fee_currency`
    """

    order_id: str
    trade_id: str
    market: str
    is_buy: bool
    price: Decimal
    amount: Decimal
    total: Decimal | None
    fee: Decimal | None
    fee_currency: str | None
    created_at_s: float

    @property
    def key(self) -> tuple[str, str]:
        return self.order_id, self.trade_id


@dataclass(frozen=True)
class Verification:
    """:ivar compared: how many fills were compared
    :ivar differences: one sentence each
    :ivar remarks: what was not part of the comparison, and why that is right
    :ivar not_verified: what could not be compared
    """

    compared: int = 0
    differences: Sequence[str] = ()
    remarks: Sequence[str] = ()
    not_verified: Sequence[str] = ()

    @property
    def agrees(self) -> bool:
        """Whether everything was compared and nothing differs."""
        return not self.differences and not self.not_verified

    def plus(self, other: "Verification") -> "Verification":
        return Verification(
            self.compared + other.compared,
            (*self.differences, *other.differences),
            (*self.remarks, *other.remarks),
            (*self.not_verified, *other.not_verified),
        )


def compare(
    fills: Sequence[Fill],
    known: Collection[tuple[str, str]],
    trades: Mapping[tuple[str, str], ExchangeTrade],
    own_orders: Collection[str],
    period: Period,
    complete_until_s: float | None = None,
) -> Verification:
    """Each fill of a period with the exchange's trade of that order, and the other way round.

    :param fills: those of one account that the history had before the exchange was asked
    :param known: order and trade of every fill that the history had afterwards
    :param trades: those of the account at the exchange, by order and trade
    :param own_orders: ids of the account's orders that the history or the journal has
    :param complete_until_s: from there on the exchange's list was not read; None where it was read to its end
    """
    differences: list[str] = []
    remarks: list[str] = []
    compared = without_fee = beyond = 0
    for fill in (fill for fill in fills if period.has(fill.filled_at_s)):
        trade = trades.get(fill.key)
        if trade is None and complete_until_s is not None and fill.filled_at_s >= complete_until_s:
            beyond += 1
            continue
        compared += 1
        if trade is None:
            differences.append(f"{_name(fill)}: the exchange has no such trade")
            continue
        differences += _differences(fill, trade)
        without_fee += trade.fee is None
    foreign: Counter[str] = Counter()
    for trade in trades.values():
        if not period.has(trade.created_at_s) or trade.key in known:
            continue
        if trade.order_id in own_orders:
            compared += 1
            differences.append(
                f"order {trade.order_id}, trade {trade.trade_id}: {'buy' if trade.is_buy else 'sell'} of "
                f"{full(trade.amount)} at {full(trade.price)} on {trade.market} is not in the history"
            )
        else:
            foreign[trade.market] += 1
    if foreign:
        listed = ", ".join(f"{count} on {market}" for market, count in sorted(foreign.items()))
        remarks.append(f"trades of orders that this instance did not place, not compared: {listed}")
    if without_fee:
        remarks.append(f"the fee of {without_fee} fill(s) is not reported by the exchange and was not compared")
    not_verified = []
    if beyond and complete_until_s is not None:
        not_verified.append(
            f"{beyond} fill(s) from {shown(complete_until_s)} on: the exchange's list was not read further; remedy: "
            f"run this again with --from {as_option(complete_until_s)}"
        )
    return Verification(compared, differences, remarks, not_verified)


def _differences(fill: Fill, trade: ExchangeTrade) -> Iterator[str]:
    pairs: list[tuple[str, Decimal | str | None, Decimal | str | None]] = [
        ("side", "buy" if fill.is_buy else "sell", "buy" if trade.is_buy else "sell"),
        ("price", fill.price, trade.price),
        ("amount", fill.amount, trade.amount),
        ("total", fill.total, trade.total),
        ("fee", fill.fee, trade.fee),
        ("fee currency", fill.fee_currency if fill.fee else None, trade.fee_currency if trade.fee else None),
    ]
    for what, ours, theirs in pairs:
        if theirs is not None and ours != theirs:
            yield f"{_name(fill)}: {what} {_shown(ours)} in the history, {_shown(theirs)} at the exchange"


def _shown(value: Decimal | str | None) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _name(fill: Fill) -> str:
    return f"{fill.trading_pair}, order {fill.order_id}, trade {fill.trade_id}"
