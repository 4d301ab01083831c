"""The states of a book that the websocket server makes of two engines' messages, which it cannot tell apart.

Where it misses the book with which an engine opens, because its broker is away, it stores the engine's first changes
behind the book of the engine before it. Where that one made no change, the numbers fit, and whoever subscribes gets a
book that no engine ever had (docs/reference/order-books.md, "a doubtful book"). Nothing shows it until a newer book is
stored, and a subscriber has had the time to ask for it.
"""

from collections.abc import Mapping
from copy import deepcopy
from math import inf
from typing import Any

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS

from simulation.monitors.published_books import PublishedBook

#: A subscriber asks with the first change so long after a newer book was stored: two looks, and the way of a message.
ASKED_WITHIN_S = CONSTANTS.STORED_BOOK_OLD_S + 2 * CONSTANTS.BOOK_TICK_S + 1.0


class StoredBook:
    """One market's book at the websocket server."""

    def __init__(self) -> None:
        # Engines are numbered; what is stored is of that one, as far as the server knows.
        self._engine = 0
        self._stored_engine = 0
        self._stored: PublishedBook | None = None
        self._first = self._reached = 0
        self._mixed: PublishedBook | None = None
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
        self._ended_at_s = min(self._ended_at_s, at_s + ASKED_WITHIN_S)

    def increment(self, payload: Mapping[str, Any], at_s: float) -> None:
        """An `ob-inc` message that reached the server."""
        if self._stored is None:
            return
        if payload["sequence"] != self._reached + 1:
            self._stored = None  # no subscriber takes what has a gap
            self.on_ended(at_s)
            return
        if self._stored_engine != self._engine:
            is_opening = (self._first, self._reached) == (CONSTANTS.FIRST_CHANGE - 1,) * 2
            self._mixed = deepcopy(self._stored) if is_opening else None
            self._stored_engine, self._ended_at_s = self._engine, inf
        self._reached += 1
        self._stored.increment(payload, at_s)
        if self._mixed is not None:
            self._mixed.increment(payload, at_s)

    def superseded_at_s(self, key: int) -> float | None:
        """When the mixed state of that key was last superseded: infinity for the present one, None if there is none."""
        at_s = None if self._mixed is None else self._mixed.superseded_at_s(key)
        return None if at_s is None else min(at_s, self._ended_at_s)
