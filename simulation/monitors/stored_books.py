"""The states of a book that the websocket server makes of two engines' messages, which it cannot tell apart.

Where it misses the book with which an engine opens, because its broker is away, it stores the engine's first changes
behind the book of the engine before it. Where that one made no change, or by chance, the numbers fit, and whoever
subscribes gets a book that no engine ever had (docs/reference/order-books.md, "a doubtful book"). Nothing shows it
until a newer book is stored, and a subscriber has had the time to ask for it. Where the numbers fit by chance, a
subscriber has no reason to ask before another market's numbers show the restart.
"""

from collections.abc import Mapping
from copy import deepcopy
from math import inf
from typing import Any

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS

from simulation.monitors.published_books import PublishedBook

#: A subscriber asks with the first change so long after a newer book was stored: two looks, and the way of a message.
ASKED_WITHIN_S = CONSTANTS.STORED_BOOK_OLD_S + 2 * CONSTANTS.BOOK_TICK_S + 1.0
#: The other market's book is asked for again and again before its answer confirms the restart.
CONFIRMED_WITHIN_S = 2 * CONSTANTS.BACKOFF_MAXIMUM_S


class StoredBook:
    """One market's book at the websocket server."""

    def __init__(self) -> None:
        # Engines are numbered; what is stored is of that one, as far as the server knows.
        self._engine = 0
        self._stored_engine = 0
        self._stored: PublishedBook | None = None
        self._first = self._reached = 0
        self._mixed: PublishedBook | None = None
        self._is_by_chance = False
        self._shown_at_s = inf
        self._renewed_at_s = inf
        self._ended_at_s = inf

    @property
    def is_there(self) -> bool:
        """Whether there is one, which continues without a gap."""
        return self._stored is not None

    def on_engine(self, at_s: float) -> None:
        """Another engine opens."""
        self._engine += 1
        self.on_ended(at_s)

    def on_ended(self, at_s: float) -> None:
        """What subscribers have is superseded: by another engine's book, or with the end of their connections."""
        self._ended_at_s = min(self._ended_at_s, at_s)

    def on_shown(self, at_s: float) -> None:
        """The numbers of a market went back: its subscribers know that engines were restarted."""
        self._shown_at_s = min(self._shown_at_s, at_s)

    def on_restart(self, at_s: float) -> None:
        """The server has forgotten what it had stored."""
        self._stored = None
        self.on_ended(at_s)

    def snapshot(self, payload: Mapping[str, Any], at_s: float) -> None:
        """An `ob-snap` message that reached the server."""
        self._stored = PublishedBook()
        self._stored.snapshot(payload, at_s)
        self._stored_engine = self._engine
        self._first = self._reached = payload["sequence"]
        # Those who have subscribed get no later snapshot.
        self._renewed_at_s = min(self._renewed_at_s, at_s)

    def increment(self, payload: Mapping[str, Any], at_s: float) -> bool:
        """An `ob-inc` message that reached the server.

        :return: whether its number is one that the market had passed
        """
        is_back = bool(payload["sequence"] <= self._reached)
        if self._stored is None:
            return is_back
        if payload["sequence"] != self._reached + 1:
            self._stored = None  # no subscriber takes what has a gap
            self.on_ended(at_s)
            return is_back
        if self._stored_engine != self._engine:
            self._is_by_chance = (self._first, self._reached) != (CONSTANTS.FIRST_CHANGE - 1,) * 2
            self._mixed = deepcopy(self._stored)
            self._stored_engine, self._ended_at_s = self._engine, inf
            self._shown_at_s = self._renewed_at_s = inf
        self._reached += 1
        self._stored.increment(payload, at_s)
        if self._mixed is not None:
            self._mixed.increment(payload, at_s)
        return False

    def superseded_at_s(self, key: int) -> float | None:
        """When the mixed state of that key was last superseded: infinity for the present one, None if there is none."""
        at_s = None if self._mixed is None else self._mixed.superseded_at_s(key)
        asked_s = self._renewed_at_s
        if self._is_by_chance:
            asked_s = max(asked_s, self._shown_at_s + CONFIRMED_WITHIN_S)
        return None if at_s is None else min(at_s, self._ended_at_s, asked_s + ASKED_WITHIN_S)
