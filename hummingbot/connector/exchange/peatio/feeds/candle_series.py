"""The candles a feed holds: one for each period, without gaps, whatever order and repetition they arrive in."""

from collections import deque
from collections.abc import Iterable, Sequence

import numpy as np
from hummingbot.connector.exchange.peatio.common.market_data import Candle, without_gaps
from numpy.typing import NDArray

Row = NDArray[np.float64]


class CandleSeries:
    """Keeps Hummingbot's queue of rows in order.

    :param rows: the queue, a row for each candle, the newest last; others may refill it
    :param interval_s: of the candles
    """

    def __init__(self, rows: "deque[Row]", interval_s: int) -> None:
        self._rows = rows
        self._interval_s = interval_s
        # Flat candles of our own making; what the exchange says later takes their place.
        self._made_up: set[int] = set()

    @property
    def newest_s(self) -> int | None:
        """When the last candle begins (epoch seconds); None where there is none."""
        return int(self._rows[-1][0]) if self._rows else None

    def merge(self, candles: Sequence[Candle], now_s: float) -> None:
        """Takes candles in, new ones and corrections of those held, and fills the gaps up to `now_s`."""
        held = {int(row[0]): candle_of(row) for row in self._rows if int(row[0]) not in self._made_up}
        received = {candle.start_s: candle for candle in candles}
        if not held and not received:
            return
        # A server may have begun to count its weeks from another day: then what is held fits no more.
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
        """As `merge`, for one candle. Nearly every message is the open candle once more, or the one after it."""
        newest_s = self.newest_s
        is_next = newest_s is not None and candle.start_s == newest_s + self._interval_s
        if newest_s is not None and candle.start_s == newest_s:
            self._rows[-1] = row_of(candle)
            self._made_up.discard(newest_s)
        elif is_next:
            self._rows.append(row_of(candle))
        elif not self._holds(candle):
            self.merge([candle], now_s)

    def _holds(self, candle: Candle) -> bool:
        """A market without trades is told its last candle every few seconds, however old that is."""
        index, off_grid = divmod(candle.start_s - int(self._rows[0][0]), self._interval_s) if self._rows else (-1, 0)
        return not off_grid and 0 <= index < len(self._rows) and candle_of(self._rows[index]) == candle


def row_of(candle: Candle) -> Row:
    """The columns of Hummingbot's candles. Peatio tells no quote volume, number of trades or takers' share: zero, as
    Hummingbot's own feeds write what is not told."""
    return np.array(
        [candle.start_s, candle.open, candle.high, candle.low, candle.close, candle.volume, 0, 0, 0, 0], dtype=float
    )


def rows_of(candles: Iterable[Candle]) -> Row:
    """One row a candle; ten columns also where there is none."""
    return np.array([row_of(candle) for candle in candles], dtype=float).reshape(-1, 10)


def candle_of(row: Row) -> Candle:
    """What `row_of` was made of."""
    start_s, *prices = row[:6]
    return Candle(int(start_s), *map(float, prices))
