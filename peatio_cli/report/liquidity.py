"""What an instance's controllers `peatio_liquidity` earned, from their hedge journals (docs/operate/liquidity.md)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

from peatio_cli.report.numbers import full, short
from peatio_cli.report.period import Period
from peatio_cli.report.profit import EXACT
from peatio_liquidity.figures import PairFigures, VenueFigures
from peatio_liquidity.fills import Venue
from peatio_liquidity.hedge_journal import JOURNALS, HedgeJournalError, booked_fills

TRADING = ("market", "fills", "bought", "sold", "volume", "fees", "other fees")
RESULT = ("own market", "in", "hedged", "slippage", "of the hedged", "not hedged", "profit")


@dataclass(frozen=True)
class HedgedPair:
    """A controller's own market and its source. Money is in the quote currency of the own market.

    :ivar own, source: connector and trading pair
    :ivar price: of the base now; None where it is not known
    """

    own: str
    source: str
    figures: PairFigures
    price: Decimal | None = None

    @property
    def base(self) -> str:
        """Of the own market."""
        return self.own.rpartition(" ")[2].partition("-")[0]

    @property
    def quote(self) -> str:
        """Of the own market."""
        return self.own.rpartition(" ")[2].partition("-")[2]

    @property
    def profit(self) -> Decimal | None:
        """None where it depends on a price that is not known."""
        with localcontext(EXACT):
            return self.figures.profit(self.price)

    def venues(self) -> Iterator[tuple[Venue, str, VenueFigures]]:
        """Each market with its figures."""
        yield Venue.OWN, self.own, self.figures.own
        yield Venue.SOURCE, self.source, self.figures.source


def hedged_pairs(
    data_folder: Path, period: Period, price: Callable[[str, str], Decimal | None], remarks: list[str]
) -> list[HedgedPair]:
    """The pairs with fills in a period. What cannot be read or is not complete becomes a remark.

    :param price: the mid price of a connector's market now; None where it is not known
    """
    pairs = []
    for path in sorted(data_folder.glob(JOURNALS)):
        try:
            markets, fills = booked_fills(path)
        except HedgeJournalError as error:
            remarks.append(str(error))
            continue
        own, _, source = markets.partition(" / ")
        with localcontext(EXACT):
            figures = PairFigures.of(fill for fill in fills if period.has(fill.at_s))
        if figures.own.fills or figures.source.fills:
            pair = HedgedPair(own, source, figures, _price(own, source, price))
            pairs.append(pair)
            remarks += _about(pair)
    return pairs


def _price(own: str, source: str, price: Callable[[str, str], Decimal | None]) -> Decimal | None:
    """Of the own market. Where a side of it is empty, as after the bot's end, of a source with the same quote."""
    markets = [own, source] if own.partition("-")[2] == source.partition("-")[2] else [own]
    found = (price(connector, trading_pair) for connector, _, trading_pair in (name.partition(" ") for name in markets))
    return next((each for each in found if each is not None), None)


def _about(pair: HedgedPair) -> Iterator[str]:
    if pair.profit is None:
        yield f"{pair.own}: the price of {pair.base} in {pair.quote} is missing, so its profit with the hedges is too"
    for _, market, figures in pair.venues():
        for currency, fee in sorted(figures.uncounted_fees.items()):
            yield (
                f"{pair.own}: its profit with the hedges leaves out {short(fee)} {currency} of fees on {market}, whose "
                f"rate was not known; remedy: a rate source that has {currency}"
            )


def trading_rows(pair: HedgedPair) -> Iterator[tuple[str, ...]]:
    """Cells for `TRADING`."""
    for _, market, figures in pair.venues():
        yield (
            market,
            str(figures.fills),
            f"{short(figures.bought)} {pair.base}",
            f"{short(figures.sold)} {pair.base}",
            f"{short(figures.volume)} {pair.quote}",
            f"{short(figures.fees)} {pair.quote}",
            "\n".join(f"{short(fee)} {currency}" for currency, fee in sorted(figures.other_fees.items())) or "none",
        )


def result_row(pair: HedgedPair) -> tuple[str, ...]:
    """Cells for `RESULT`."""
    figures = pair.figures
    part = figures.slippage_part
    return (
        pair.own,
        pair.quote,
        short(figures.hedged),
        short(figures.slippage),
        "" if part is None else f"{part:.4%}",
        f"{short(figures.net)} {pair.base}",
        short(pair.profit),
    )


def json_of(pair: HedgedPair) -> dict[str, Any]:
    """With all digits."""
    figures = pair.figures
    return {
        "own": pair.own,
        "source": pair.source,
        "base": pair.base,
        "quote": pair.quote,
        "venues": {venue.value: _numbers(at) for venue, _, at in pair.venues()},
        "hedged": full(figures.hedged),
        "slippage": full(figures.slippage),
        "slippage_part": full(figures.slippage_part),
        "net_change": full(figures.net),
        "mid_price": full(pair.price),
        "net": full(pair.profit),
    }


def csv_rows(pair: HedgedPair) -> Iterator[dict[str, Any]]:
    """A line for each venue and one for both together."""
    names = {"base": pair.base, "quote": pair.quote}
    for venue, market, at in pair.venues():
        connector, _, trading_pair = market.rpartition(" ")
        numbers = _numbers(at)
        others, _ = numbers.pop("other_fees"), numbers.pop("other_fees_value")
        charged = "; ".join(f"{fee} {currency}" for currency, fee in others.items())
        place = {"exchange": connector, "market": trading_pair, "venue": venue.value}
        yield {**place, **names, "fees_charged": charged, **numbers}
    whole = json_of(pair)
    fields = ("hedged", "slippage", "net_change", "mid_price", "net")
    yield {
        "exchange": "hedged", "market": f"{pair.own} / {pair.source}", **names, "venue": "both",
        **{name: whole[name] for name in fields},
    }  # fmt: skip


def _numbers(at: VenueFigures) -> dict[str, Any]:
    return {
        "trades": at.fills,
        "buys": at.buys,
        "sells": at.sells,
        "bought": full(at.bought),
        "sold": full(at.sold),
        "spent": full(at.spent),
        "earned": full(at.earned),
        "quote_volume": full(at.volume),
        "fees": full(at.fees),
        "other_fees": {currency: full(fee) for currency, fee in sorted(at.other_fees.items())},
        "other_fees_value": full(at.other_fees_value),
    }
