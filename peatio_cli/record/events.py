"""A market's book and trades as rows of hftbacktest's event array (docs/reference/recording.md). Pure."""

from collections.abc import Iterable, Mapping
from enum import IntEnum, IntFlag

import numpy as np
from numpy.typing import NDArray

#: As hftbacktest declares it; its fields lie as C would put them.
EVENT = np.dtype(
    [
        ("ev", "u8"),
        ("exch_ts", "i8"),
        ("local_ts", "i8"),
        ("px", "f8"),
        ("qty", "f8"),
        ("order_id", "u8"),
        ("ival", "i8"),
        ("fval", "f8"),
    ],
    align=True,
)
#: Rows that are kept as Python objects; the others take 64 bytes each.
CHUNK = 50_000

Levels = Mapping[float, float]


class Kind(IntEnum):
    """The lowest byte of `ev`."""

    DEPTH = 1
    TRADE = 2
    SNAPSHOT = 4


class Flag(IntFlag):
    """The highest bits of `ev`: for whom the row counts, and whose side it is about."""

    EXCHANGE = 1 << 31
    LOCAL = 1 << 30
    BUY = 1 << 29
    SELL = 1 << 28


#: `ival` of the rows that remove all levels where messages were missed.
GAP = 1


class Encoder:
    """Rows in the order in which things were seen. Times are epoch nanoseconds and never go back.

    An exchange's time is None where it is not known; the time here stands for it then, and for one that lies ahead.
    """

    def __init__(self) -> None:
        self._taken = 0
        self._last_exchange_ns = 0
        self._chunks: list[NDArray[np.void]] = []
        self._rows: list[tuple[int, int, int, float, float, int, int, float]] = []
        self._book: dict[bool, Levels] = {}
        self._last_ns = 0

    def book(self, now_ns: int, bids: Levels, asks: Levels, exchange_ns: int | None = None) -> None:
        """The book as it is now, price → amount: the first one whole, then what is different from the last."""
        kind = Kind.DEPTH if self._book else Kind.SNAPSHOT
        changes = [(True, *change) for change in self._changed(True, bids)]
        changes += [(False, *change) for change in self._changed(False, asks)]
        # What is gone comes first: a new level that reaches one of the other side moves hftbacktest's best price there
        # past it, for good.
        for is_bid, price, amount in sorted(changes, key=lambda change: change[2] > 0):
            self._add(now_ns, exchange_ns, kind, Flag.BUY if is_bid else Flag.SELL, price, amount)
        self._book = {True: dict(bids), False: dict(asks)}

    def trade(self, now_ns: int, price: float, amount: float, is_buy: bool, exchange_ns: int | None = None) -> None:
        """:param is_buy: whether the taker bought"""
        self._add(now_ns, exchange_ns, Kind.TRADE, Flag.BUY if is_buy else Flag.SELL, price, amount)

    def gap(self, now_ns: int) -> None:
        """From here on messages are missed: all levels go, and the next book is whole."""
        for is_bid, levels in self._book.items():
            for price in levels:
                self._add(now_ns, None, Kind.DEPTH, Flag.BUY if is_bid else Flag.SELL, price, 0.0, GAP)
        self.begin()

    def begin(self) -> None:
        """The next book is whole, as in a new file."""
        self._book = {}

    def array(self) -> NDArray[np.void]:
        """All rows that were not taken."""
        return np.concatenate([*self._chunks, np.array(self._rows, dtype=EVENT)])

    def take(self) -> NDArray[np.void]:
        """The same, and they are forgotten here."""
        rows = self.array()
        self._chunks, self._rows = [], []
        self._taken += len(rows)
        return rows

    def __len__(self) -> int:
        return self._taken + sum(map(len, self._chunks)) + len(self._rows)

    def _changed(self, is_bid: bool, now: Levels) -> Iterable[tuple[float, float]]:
        before = self._book.get(is_bid, {})
        yield from ((price, 0.0) for price in before if price not in now)
        yield from ((price, amount) for price, amount in now.items() if before.get(price) != amount)

    def _add(
        self, now_ns: int, exchange_ns: int | None, kind: Kind, side: Flag, price: float, amount: float, ival: int = 0
    ) -> None:
        self._last_ns = max(self._last_ns, now_ns)
        at_ns = self._last_ns if exchange_ns is None else min(exchange_ns, self._last_ns)
        self._last_exchange_ns = max(self._last_exchange_ns, at_ns)
        ev = int(Flag.EXCHANGE | Flag.LOCAL | side) | int(kind)
        self._rows.append((ev, self._last_exchange_ns, self._last_ns, price, amount, 0, ival, 0.0))
        if len(self._rows) >= CHUNK:
            self._chunks.append(np.array(self._rows, dtype=EVENT))
            self._rows = []
