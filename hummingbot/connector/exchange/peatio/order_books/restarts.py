"""Whether a market's matching engine was restarted, as its sequence and its book show. Pure.

A restarted engine counts from the beginning. One that has come as far as the former one did shows another book there.
"""

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.order_books.depth import difference
from hummingbot.connector.exchange.peatio.order_books.levels import SyncedLevels
from hummingbot.connector.exchange.peatio.order_books.replay import Replay


class RestartDetector:
    def __init__(self) -> None:
        # The highest sequence since the engine's start, as far as known.
        self._reached = 0
        # Where the sequence stood when the book was last emptied, and the book of then, where it is known.
        self._left_at = 0
        self._left: SyncedLevels | None = None

    def on_left(self, levels: SyncedLevels, sequence: int) -> None:
        """The followed book is about to be emptied."""
        self._left = None if levels.is_crossed else levels.copy()
        # A replay may begin, so what was reached is kept apart.
        self._reached = max(self._reached, sequence)
        self._left_at = sequence

    def on_followed(self) -> None:
        """The book is followed again."""
        self._left = None

    def is_restart(self, sequence: int, is_of_another_engine: bool = False) -> bool:
        """Whether the sequence started from the beginning. Not during a replay, which goes back as well."""
        is_restart = is_of_another_engine or sequence < self._reached
        self._reached = sequence
        return is_restart

    def is_behind(self, sequence: int) -> bool:
        """Whether a whole replay has not come as far as the book did before."""
        return sequence < self._left_at

    def is_of_another_engine(self, replay: Replay) -> bool:
        """Whether the replay comes by the place where the book was left, and is another book there.

        A snapshot has the change of the next increment already (docs/protocol.md section 5). The one that an engine
        opens with has not, so that a book that was left there is compared behind the first increment.

        :raises MessageError: when the replay makes no book
        """
        left, place = self._left, self._left_at
        if left is None:
            return False
        if place + 1 == CONSTANTS.FIRST_CHANGE and replay.first == place and replay.increments:
            left, place = left.copy(), place + 1
            left.apply_increment(replay.increments[0])
        then = replay.levels_at(place)
        return then is not None and bool(difference(left, then))
