"""A book that a strategy sees is one that the exchange published recently, or empty.

- A book is equal to a state that the engine published, or to an answer of REST depth that the exchange gave this bot
  (docs/reference/order-books.md, "REST depth"). Anything else was never the book of that market, except what the
  websocket server made of two engines' messages (`stored_books.py`), for as long as nothing shows it.
- It is a *recent* state: superseded for no longer than `LATE_S`, or for no longer than the world has been undisturbed.
  While a fault keeps messages back, how late a bot notices is bounded only by the next message, and a stream that stops
  on a quiet market looks like a quiet market ("What cannot be detected"). So an older state is wrong where the engine
  has published another change since the last fault ended, `LATE_S` ago or earlier: that message shows the gap.
- An answer of REST depth is not older than `REST_BOOK_MAX_AGE_S` and the time until the next look.
"""

import math
from collections import deque
from collections.abc import Iterator

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS

from simulation.monitors.disturbances import Disturbances
from simulation.monitors.episodes import Episodes
from simulation.monitors.published_books import PublishedBook
from simulation.monitors.stored_books import StoredBook
from simulation.monitors.violation import Property, Violation

#: A message's way to a strategy: the network's latency, and the tick of the book tracker that may hold it back.
LATE_S = 1.0 + CONSTANTS.BOOK_TICK_S
#: Depth is asked for again by then; what hangs is given up after its time-out. See `order_books/depth.py`.
DEPTH_MAX_AGE_S = CONSTANTS.REST_BOOK_MAX_AGE_S + CONSTANTS.REST_BOOK_PERIOD_S + CONSTANTS.REQUEST_TIMEOUT_S
EMPTY = 0


class BookMonitor:
    """Compares each time it is asked; a book that stays wrong is reported once."""

    def __init__(self, disturbances: Disturbances) -> None:
        self._disturbances = disturbances
        self._episodes = Episodes()

    def check(
        self,
        at_s: float,
        who: str,
        pair: str,
        key: int,
        published: PublishedBook,
        depth_answers: "deque[tuple[float, int]]",
        stored: StoredBook,
    ) -> Iterator[Violation]:
        """
        :param key: of the book that the connector shows
        :param depth_answers: what REST depth gave this bot: when, and the book's key
        """
        trouble = self._trouble(at_s, key, published, depth_answers, stored)
        if self._episodes.begins((who, pair), trouble is not None):
            yield Violation(Property.BOOKS, at_s, who, f"the book of {pair} {trouble}")

    def _trouble(
        self,
        at_s: float,
        key: int,
        published: PublishedBook,
        depth_answers: "deque[tuple[float, int]]",
        stored: StoredBook,
    ) -> str | None:
        if key == EMPTY:
            return None
        superseded = published.superseded_at_s(key), stored.superseded_at_s(key)
        superseded_at_s = max((each for each in superseded if each is not None), default=None)
        if superseded_at_s is not None and self._is_recent(at_s, superseded_at_s, published):
            return None
        answered_at_s = max((when_s for when_s, answer in depth_answers if answer == key), default=-math.inf)
        if at_s - answered_at_s <= DEPTH_MAX_AGE_S:
            return None
        if superseded_at_s is None and answered_at_s == -math.inf:
            return "was never published"
        return f"is that of {at_s - max(superseded_at_s or -math.inf, answered_at_s):.1f} s ago"

    def _is_recent(self, at_s: float, superseded_at_s: float, published: PublishedBook) -> bool:
        noticed_by_s = at_s - LATE_S
        if superseded_at_s >= noticed_by_s:
            return True
        return not published.has_changed(max(self._disturbances.until_s, superseded_at_s), noticed_by_s)
