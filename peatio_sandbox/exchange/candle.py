"""A candle: what happened on a market within one period."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from peatio_sandbox.exchange.decimals import EXACT, ZERO, json_number


@dataclass(slots=True)
class Candle:
    """Prices and volumes of one period that begins at ``start_s``; ``quote_volume`` is the sum of totals."""

    start_s: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal = ZERO
    quote_volume: Decimal = ZERO

    def add(self, later: Candle) -> None:
        """Count in what came after it in the same period."""
        self.high, self.low, self.close = max(self.high, later.high), min(self.low, later.low), later.close
        self.volume = EXACT.add(self.volume, later.volume)
        self.quote_volume = EXACT.add(self.quote_volume, later.quote_volume)

    def path(self) -> tuple[Decimal, Decimal, Decimal, Decimal]:
        """Return the four prices in the order in which they may have come: first the extreme against the direction."""
        extremes = (self.low, self.high) if self.close >= self.open else (self.high, self.low)
        return (self.open, *extremes, self.close)

    def row(self) -> list[int | float]:
        """Return ``[ts, open, high, low, close, volume]`` as JSON numbers."""
        prices = (self.open, self.high, self.low, self.close, self.volume)
        return [self.start_s, *(json_number(value) for value in prices)]


def join(candles: Iterable[Candle], period: int) -> list[Candle]:
    """Return the candles of a longer period, in minutes, that others (oldest first) make up."""
    joined: list[Candle] = []
    for candle in candles:
        start_s = candle.start_s // (period * 60) * period * 60
        if joined and joined[-1].start_s == start_s:
            joined[-1].add(candle)
        else:
            joined.append(replace(candle, start_s=start_s))
    return joined
