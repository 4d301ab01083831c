"""The report as one value: what is presented as a table, as CSV and as JSON. Pure computation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from peatio_cli.report.exchanges import ExchangeAccount
from peatio_cli.report.fill import Fill
from peatio_cli.report.liquidity import HedgedPair
from peatio_cli.report.period import Period
from peatio_cli.report.prices import ExchangePrices
from peatio_cli.report.profit import MarketBook, MarketFigures
from peatio_cli.report.rates import Rates
from peatio_cli.report.valuation import MarketName, Totals, ValuedMarket, totals, usual_currency, valued


@dataclass(frozen=True)
class Report:
    """:ivar currency: that of the totals
    :ivar remarks: what the reader has to know beside the figures
    :ivar hedged: what controllers earned with a source; the own markets are in `markets` too, so they are in no total
    """

    period: Period
    currency: str
    markets: Sequence[ValuedMarket]
    totals: Totals
    remarks: Sequence[str]
    hedged: Sequence[HedgedPair] = ()

    def with_hedged(self, pairs: Sequence[HedgedPair], remarks: Sequence[str]) -> "Report":
        """With these pairs, and what is to be known of them."""
        return replace(self, hedged=pairs, remarks=(*self.remarks, *remarks))


def market_figures(fills: Iterable[Fill], accounts: Sequence[ExchangeAccount]) -> dict[MarketName, MarketFigures]:
    """The figures of each market, sorted by exchange and trading pair.

    :param fills: by time
    """
    labels = {mark: account.label for account in accounts for mark in account.marks}
    books: dict[MarketName, MarketBook] = {}
    for fill in fills:
        name = MarketName(labels[fill.account], fill.trading_pair)
        if name not in books:
            books[name] = MarketBook(fill.base, fill.quote)
        books[name].add(fill)
    return {name: books[name].figures() for name in sorted(books)}


def make_report(
    period: Period,
    figures: Mapping[MarketName, MarketFigures],
    prices: Mapping[str, ExchangePrices],
    currency: str | None,
    remarks: Sequence[str] = (),
) -> Report:
    """
    :param prices: by the account's label. An exchange's own prices come first, then those of the others in their order
    :param currency: that of the totals; None is the quote currency with the most fills
    """
    currency = currency or usual_currency(figures)
    markets = []
    for name, market in figures.items():
        own = prices.get(name.exchange, ExchangePrices())
        rates = Rates(_merged([own, *prices.values()]))
        markets.append(valued(name, market, own.mids.get(name.trading_pair), rates, currency))
    notes = [*remarks, *(f"{label}: {problem}" for label, one in prices.items() for problem in one.problems)]
    for valued_market in markets:
        if valued_market.missing:
            notes.append(f"{valued_market.name}: the price of {' and of '.join(valued_market.missing)} is missing")
    return Report(period, currency, markets, totals(markets), notes)


def _merged(prices: Iterable[ExchangePrices]) -> dict[str, Decimal]:
    merged: dict[str, Decimal] = {}
    for one in prices:
        for pair, price in one.rates.items():
            merged.setdefault(pair, price)
    return merged
