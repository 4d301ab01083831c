"""Follows the hedge journals of a bot's liquidity controllers from outside: what is not hedged, and the profit."""

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from peatio_cli.watch.bot_state import Exposure
from peatio_cli.watch.pair_profit import PairBook
from peatio_cli.watch.read_only import open_read_only, stamp_of
from peatio_liquidity.figures import BookedFill
from peatio_liquidity.hedge_journal import JOURNALS
from peatio_liquidity.journal_rows import FillKey, fills_since

#: Reports of fills come late, but not by so much. What comes later has the file read again.
OVERLAP_S = 3600.0
_UNREADABLE = (sqlite3.Error, ArithmeticError, TypeError, ValueError, OSError)

#: The pair after a fill; that fill.
OnPairFill = Callable[[Exposure, BookedFill], None]


class HedgeReader:
    """
    :param folder: an instance's data folder; there need be no journal in it
    :param sites: connector → the exchange's URL, of those that are Peatio
    :param on_fill: called for each fill of either exchange
    """

    def __init__(self, folder: Path, sites: Mapping[str, str], on_fill: OnPairFill | None = None) -> None:
        self._folder = folder
        self._sites = sites
        self._on_fill = on_fill
        self._journals: dict[Path, _Journal] = {}

    def look(self, problems: list[str]) -> tuple[Exposure, ...]:
        """The state of each controller; a journal that cannot be read becomes a problem."""
        found = []
        for path in sorted(self._folder.glob(JOURNALS)):
            journal = self._journals.get(path) or _Journal(path, self._sites, self._on_fill)
            try:
                found.append(journal.look())
            except _UNREADABLE as error:
                self._journals.pop(path, None)
                problems.append(f"{path} cannot be read ({type(error).__name__}); remedy: look at the file's rights")
            else:
                self._journals[path] = journal
        return tuple(found)


class _Journal:
    def __init__(self, path: Path, sites: Mapping[str, str], on_fill: OnPairFill | None) -> None:
        self._path = path
        self._sites = sites
        self._on_fill = on_fill
        before, after = JOURNALS.split("*")
        self._controller = path.name.removeprefix(before).removesuffix(after)
        self._stamp: tuple[int, ...] = ()
        self._forget()

    def _forget(self) -> None:
        self._book = PairBook()
        self._recent: dict[FillKey, float] = {}
        self._latest_s = float("-inf")

    def look(self) -> Exposure:
        """
        :raises sqlite3.Error: when it is no hedge journal
        """
        stamp = stamp_of(self._path)
        if stamp != self._stamp:
            with closing(open_read_only(self._path)) as file:
                self._exposure = self._read(file)
            self._stamp = stamp
        return self._exposure

    def _read(self, file: sqlite3.Connection) -> Exposure:
        (markets,) = file.execute("SELECT markets FROM about").fetchone()
        (self._pending,) = file.execute("SELECT count(*) FROM hedge WHERE state != 'ended'").fetchone()
        self._markets = str(markets)
        self._follow(file)
        if file.execute("SELECT count(*) FROM fill").fetchone() != (self._book.fills,):
            self._forget()
            self._follow(file)
        return self._state()

    def _state(self) -> Exposure:
        own, _, source = self._markets.partition(" / ")
        connector, _, trading_pair = own.rpartition(" ")
        book = self._book
        return Exposure(
            self._markets, book.inventory, self._pending, self._controller, self._sites.get(connector, ""),
            trading_pair, source, book.cost, book.realised, book.fees, book.fills,
            self._sites.get(source.rpartition(" ")[0], ""),
        )  # fmt: skip

    def _follow(self, file: sqlite3.Connection) -> None:
        """What came since the last time. Times of several exchanges: a fill may be older than one that came before."""
        for key, fill in fills_since(file, self._latest_s - OVERLAP_S):
            if key not in self._recent:
                self._book.add(fill)
                if self._on_fill is not None:
                    self._on_fill(self._state(), fill)
                self._recent[key] = fill.at_s
                self._latest_s = max(self._latest_s, fill.at_s)
        self._recent = {key: at_s for key, at_s in self._recent.items() if at_s >= self._latest_s - OVERLAP_S}
