"""The candles of a feed: one for each period, without gaps, in whatever order and however often they arrive."""

import math
from collections import deque
from collections.abc import Iterable, Sequence

import numpy as np
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.market_data import Candle, without_gaps
from numpy.typing import NDArray

Row = NDArray[np.float64]


class CandleSeries:
    """Keeps Hummingbot's queue of rows in order.

    :param rows: the queue, a row for each candle, the newest last; other code may refill it
    :param interval_s: of the candles
    """

    def __init__(self, rows: "deque[Row]", interval_s: int) -> None:
        self._rows = rows
        self._interval_s = interval_s
        # Start times of flat candles that fill gaps; candles of the exchange replace them.
        self._made_up: set[int] = set()
        # Candles with volume that REST has shown without, and when it did so first (epoch seconds).
        self._emptied_s: dict[int, float] = {}

    @property
    def newest_s(self) -> int | None:
        """When the last candle begins (epoch seconds); None where there is none."""
        return int(self._rows[-1][0]) if self._rows else None

    @property
    def is_doubtful(self) -> bool:
        """Whether REST has shown a candle without its volume, and has to be asked again."""
        return bool(self._emptied_s)

    def merge(self, candles: Sequence[Candle], now_s: float) -> None:
        """Takes an answer of REST: adds new candles, corrects present ones, and fills the gaps up to `now_s`.

        A candle with volume is replaced by one without only where a second answer agrees: at the turn of a period
        the exchange has none of its trades for a moment (docs/protocol.md section 3).
        """
        self._emptied_s = {
            candle.start_s: since_s
            for candle in candles
            if self._would_empty(candle)
            and (since_s := self._emptied_s.get(candle.start_s, now_s)) > now_s - CONSTANTS.CANDLE_SETTLED_S
        }
        # The flat candles after one that is in doubt repeat its wrong close.
        doubtful_s = min(self._emptied_s, default=math.inf)
        self._add([candle for candle in candles if candle.volume or candle.start_s < doubtful_s], now_s)

    def _add(self, candles: Sequence[Candle], now_s: float) -> None:
        held = {int(row[0]): candle_of(row) for row in self._rows if int(row[0]) not in self._made_up}
        received = {candle.start_s: candle for candle in candles}
        if not held and not received:
            return
        # A server may count its weeks from another day than before; candles of the old count are dropped.
        phase = max(received or held) % self._interval_s
        known = {
            start_s: candle for start_s, candle in (held | received).items() if start_s % self._interval_s == phase
        }
        latest = max(known)
        oldest = latest - (self._rows.maxlen or len(known)) * self._interval_s
        ordered = [known[start_s] for start_s in sorted(known) if start_s >= oldest]
        full = list(without_gaps(ordered, self._interval_s, max(now_s, latest)))
        self._made_up = {candle.start_s for candle in full} - set(known)
        self._rows.clear()
        self._rows.extend(map(row_of, full))

    def take(self, candle: Candle, now_s: float) -> None:
        """Takes a candle of the stream. Nearly every message repeats the open candle, or begins the next one."""
        if candle.start_s > now_s + CONSTANTS.CANDLE_AHEAD_S:
            return  # of no time that is known here; it would push out all others
        newest_s = self.newest_s
        is_next = newest_s is not None and candle.start_s == newest_s + self._interval_s
        if self._would_empty(candle):
            return  # REST decides
        if newest_s is not None and candle.start_s == newest_s:
            self._rows[-1] = row_of(candle)
            self._made_up.discard(newest_s)
        elif is_next:
            self._rows.append(row_of(candle))
        elif not self._holds(candle):
            self._add([candle], now_s)

    def _holds(self, candle: Candle) -> bool:
        """Whether the candle is present: a market without trades repeats its last candle every few seconds."""
        return self._held(candle.start_s) == candle

    def _would_empty(self, candle: Candle) -> bool:
        held = None if candle.volume else self._held(candle.start_s)
        return held is not None and held.volume > 0

    def _held(self, start_s: int) -> Candle | None:
        index, off_grid = divmod(start_s - int(self._rows[0][0]), self._interval_s) if self._rows else (-1, 0)
        return candle_of(self._rows[index]) if not off_grid and 0 <= index < len(self._rows) else None


def row_of(candle: Candle) -> Row:
    """The columns of Hummingbot's candles. Peatio reports no quote volume, number of trades or takers' share; they are
    zero, as in Hummingbot's own feeds."""
    return np.array(
        [candle.start_s, candle.open, candle.high, candle.low, candle.close, candle.volume, 0, 0, 0, 0], dtype=float
    )


def rows_of(candles: Iterable[Candle]) -> Row:
    """One row per candle, always of ten columns."""
    return np.array([row_of(candle) for candle in candles], dtype=float).reshape(-1, 10)


def candle_of(row: Row) -> Candle:
    """The inverse of `row_of`."""
    start_s, *prices = row[:6]
    return Candle(int(start_s), *map(float, prices))
