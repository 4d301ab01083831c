"""The report's figures at the prices of now, and their sum in one currency. Pure computation.

A price that is missing makes what depends on it missing, never 0.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from peatio_cli.report.profit import EXACT, ZERO, MarketFigures
from peatio_cli.report.rates import Rates


@dataclass(frozen=True, order=True)
class MarketName:
    """:ivar exchange: the exchange and account for the user"""

    exchange: str
    trading_pair: str

    def __str__(self) -> str:
        return f"{self.exchange} {self.trading_pair}"


@dataclass(frozen=True)
class ValuedMarket:
    """One market; amounts of money in its quote currency, None where a price is missing.

    :ivar mid: the middle between best bid and ask now
    :ivar fees: all of them, those in other currencies at their price of now
    :ivar unrealised: what the inventory is worth now, less what it cost
    :ivar net: realised + unrealised - fees
    :ivar rate: units of the report's currency for one of the quote currency
    :ivar missing: the prices that are missing, such as "BAY in USD"
    """

    name: MarketName
    figures: MarketFigures
    mid: Decimal | None
    fees: Decimal | None
    unrealised: Decimal | None
    net: Decimal | None
    rate: Decimal | None
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Sum:
    """A sum over markets in the report's currency.

    :ivar known: of the markets that have a figure and a rate
    :ivar missing: the markets that have not
    """

    known: Decimal
    missing: tuple[MarketName, ...] = ()

    @property
    def value(self) -> Decimal | None:
        """The whole sum; None where a part of it is missing."""
        return None if self.missing else self.known


@dataclass(frozen=True)
class Totals:
    """All markets together, in one currency, at the rates of now."""

    volume: Sum
    fees: Sum
    realised: Sum
    unrealised: Sum
    net: Sum


def valued(name: MarketName, figures: MarketFigures, mid: Decimal | None, rates: Rates, currency: str) -> ValuedMarket:
    """
    :param mid: None where there is none
    :param currency: the report's
    """
    missing: list[str] = []
    fees: Decimal | None = figures.fees_in_quote
    for fee_currency, fee in figures.other_fees.items():
        rate = rates.rate(fee_currency, figures.quote)
        if rate is None:
            missing.append(f"{fee_currency} in {figures.quote}")
            fees = None
        elif fees is not None:
            fees = EXACT.add(fees, EXACT.multiply(fee, rate))
    unrealised: Decimal | None = ZERO
    if figures.inventory:
        unrealised = None
        if mid is None:
            missing.append(f"{figures.base} in {figures.quote}")
        else:
            unrealised = EXACT.subtract(EXACT.multiply(figures.inventory, mid), figures.cost)
    rate = rates.rate(figures.quote, currency)
    if rate is None:
        missing.append(f"{figures.quote} in {currency}")
    net = None
    if fees is not None and unrealised is not None:
        net = EXACT.subtract(EXACT.add(figures.realised, unrealised), fees)
    return ValuedMarket(name, figures, mid, fees, unrealised, net, rate, tuple(dict.fromkeys(missing)))


def totals(markets: Sequence[ValuedMarket]) -> Totals:
    """The sums over markets that were all valued for one currency."""

    def summed(figure: Callable[[ValuedMarket], Decimal | None]) -> Sum:
        return _sum((market.name, _product(figure(market), market.rate)) for market in markets)

    return Totals(
        volume=summed(lambda market: market.figures.quote_volume),
        fees=summed(lambda market: market.fees),
        realised=summed(lambda market: market.figures.realised),
        unrealised=summed(lambda market: market.unrealised),
        net=summed(lambda market: market.net),
    )


def usual_currency(markets: Mapping[MarketName, MarketFigures]) -> str:
    """The quote currency with the most fills; of those with as many, the first by name. "" without markets."""
    fills: dict[str, int] = {}
    for figures in markets.values():
        fills[figures.quote] = fills.get(figures.quote, 0) + figures.fills
    return min(fills, key=lambda currency: (-fills[currency], currency), default="")


def _product(figure: Decimal | None, rate: Decimal | None) -> Decimal | None:
    if figure is None or (rate is None and figure):
        return None
    return ZERO if rate is None else EXACT.multiply(figure, rate)


def _sum(parts: Iterable[tuple[MarketName, Decimal | None]]) -> Sum:
    known, missing = ZERO, []
    for name, part in parts:
        if part is None:
            missing.append(name)
        else:
            known = EXACT.add(known, part)
    return Sum(known, tuple(missing))
