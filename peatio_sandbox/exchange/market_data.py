"""Candles and tickers, made from trades as they happen."""

from __future__ import annotations

import math
import random
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import takewhile
from typing import Any

from peatio_sandbox.exchange.candle import Candle, join
from peatio_sandbox.exchange.decimals import EXACT, ZERO, decimal_text
from peatio_sandbox.exchange.past import Series
from peatio_sandbox.exchange.records import TradeRecord
from peatio_sandbox.exchange.scheduler import Delay

#: k-line periods in minutes and their names in stream names (docs/protocol.md sections 3 and 5).
PERIODS: dict[int, str] = {
    1: "1m",
    5: "5m",
    15: "15m",
    30: "30m",
    60: "1h",
    120: "2h",
    240: "4h",
    360: "6h",
    720: "12h",
    1440: "1d",
    4320: "3d",
    10080: "1w",
}
#: Candles kept per market and period; ``k-line`` never shows more than 10000.
CANDLES_KEPT = 10_000
DAY_S = 86_400
AT_ONCE = Delay(0.0, 0.0)


class Statistics:
    """Candles of every period and 24-hour tickers of every market.

    :param settling: after the end of a period, how long its candle, and now and then the one before, has no trades
    """

    def __init__(self, markets: Iterable[str], settling: Delay = AT_ONCE, rng: random.Random | None = None) -> None:
        self._settling = settling
        self._rng = rng or random.Random(0)
        # Market and period → the end of the period, how long its candles are missing, and how many.
        self._missing: dict[tuple[str, int], tuple[int, float, int]] = {}
        self._candles: dict[tuple[str, int], OrderedDict[int, Candle]] = {
            (market, period): OrderedDict() for market in markets for period in PERIODS
        }

    def add(self, trade: TradeRecord) -> None:
        """Count a trade in everywhere."""
        alone = (Candle(int(trade.created_at_s), *(trade.price,) * 4, trade.amount, trade.total),)
        for period in PERIODS:
            self._count(self._candles[trade.market, period], period, alone)

    def load(self, pieces: Sequence[Series]) -> None:
        """Count in a market's past, the oldest piece first, before its first trade.

        Candles count whole in their own period and in those that it divides, and in others as the trades that they
        stand for.
        """
        for number, series in enumerate(pieces, start=1):
            # These will have as many later candles as are kept.
            full = {each.period for each in pieces[number:] if len(each.candles) >= CANDLES_KEPT}
            self._load(series, [period for period in PERIODS if period >= series.period or period not in full])

    def _load(self, series: Series, periods: Iterable[int]) -> None:
        whole: dict[int, Sequence[Candle]] = {series.period: series.candles}
        for period in periods:
            candles = self._candles[series.market.symbol, period]
            # The longest of its parts, so that few candles are counted often.
            part = max((each for each in whole if period % each == 0), default=None)
            if part is not None:
                whole[period] = join(whole[part], period)
                self._count(candles, period, whole[period])
            else:
                points = (point.candle() for candle in series.candles for point in series.points(candle))
                self._count(candles, period, points)

    @staticmethod
    def _count(candles: OrderedDict[int, Candle], period: int, later: Iterable[Candle]) -> None:
        for each in later:
            start_s = each.start_s // (period * 60) * period * 60
            candle = candles.get(start_s)
            if candle is not None:
                candle.add(each)
                continue
            candles[start_s] = replace(each, start_s=start_s)
            if len(candles) > CANDLES_KEPT:
                candles.popitem(last=False)

    def candles(
        self, market: str, period: int, now_s: float, time_from: int | None, time_to: int | None, limit: int
    ) -> list[list[int | float]]:
        """Return rows for a span of time, oldest first; a period without trades repeats the last close.

        Without bounds the span ends now; with ``time_from`` alone it begins there; with both bounds ``limit`` is
        ignored. Before the first trade there are no rows.
        """
        step_s = period * 60
        candles = self._candles[market, period]
        if not candles:
            return []
        span_s = (limit - 1) * step_s
        start_s, last_s = next(iter(candles)), int(now_s) // step_s * step_s
        if time_from is not None:
            start_s = max(start_s, -(-time_from // step_s) * step_s)
        if time_to is not None:
            last_s = min(last_s, time_to // step_s * step_s)
        if time_from is None:
            start_s = max(start_s, last_s - span_s)
        elif time_to is None:
            last_s = min(last_s, start_s + span_s)
        missing_s = self._missing_from_s(market, period, now_s)
        there = candles if missing_s > last_s else {at_s: each for at_s, each in candles.items() if at_s < missing_s}
        return self._rows(there, start_s, last_s, step_s)

    def _missing_from_s(self, market: str, period: int, now_s: float) -> float:
        """From which time on the candles of a period have no trades yet; infinity where none is missing."""
        step_s = period * 60
        turn_s = int(now_s) // step_s * step_s
        missing = self._missing.get((market, period))
        if missing is None or missing[0] != turn_s:
            missing = turn_s, self._settling.draw_s(self._rng), self._rng.choice((1, 2))
            self._missing[market, period] = missing
        _, lasts_s, count = missing
        return turn_s - count * step_s if now_s - turn_s < lasts_s else math.inf

    @staticmethod
    def _rows(candles: dict[int, Candle], start_s: int, last_s: int, step_s: int) -> list[list[int | float]]:
        earlier = (candle.close for begin_s, candle in reversed(candles.items()) if begin_s < start_s)
        close = next(earlier, None)
        rows: list[list[int | float]] = []
        for begin_s in range(start_s, last_s + 1, step_s):
            candle = candles.get(begin_s)
            if candle is not None:
                close = candle.close
                rows.append(candle.row())
            elif close is not None:
                rows.append(Candle(begin_s, close, close, close, close).row())
        return rows

    def current(self, market: str, period: int) -> list[int | float] | None:
        """Return the latest candle's row, None before the first trade."""
        candles = self._candles[market, period]
        return next(reversed(candles.values())).row() if candles else None

    def latest(self, market: str, period: int, limit: int) -> list[list[int | float]]:
        """Return the rows of the latest candles, oldest first; periods without trades are left out."""
        return [candle.row() for candle in list(self._candles[market, period].values())[-limit:]]

    def ticker(self, market: str, now_s: float) -> dict[str, Any]:
        """Return the 24-hour figures as decimal strings: open, high, low, last, volume (quote), amount (base)."""
        latest_first = reversed(self._candles[market, 1].values())
        day = list(takewhile(lambda candle: candle.start_s > now_s - DAY_S, latest_first))[::-1]
        opening, last = (day[0].open, day[-1].close) if day else (ZERO, ZERO)
        amount = sum((candle.volume for candle in day), ZERO)
        volume = sum((candle.quote_volume for candle in day), ZERO)
        average = EXACT.divide(volume, amount).quantize(Decimal("1e-11")) if amount else ZERO
        change = EXACT.divide(EXACT.subtract(last, opening), opening) * 100 if opening else ZERO
        return {
            "low": decimal_text(min((candle.low for candle in day), default=ZERO)),
            "high": decimal_text(max((candle.high for candle in day), default=ZERO)),
            "open": decimal_text(opening),
            "last": decimal_text(last),
            "volume": decimal_text(volume),
            "amount": decimal_text(amount),
            "avg_price": decimal_text(average),
            "price_change_percent": f"{change:+.2f}%",
        }
