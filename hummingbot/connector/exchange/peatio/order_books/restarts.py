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
        # Whether an increment has gone back since: of another engine, or an old one that came late.
        self._has_stepped_back = False

    def on_left(self, levels: SyncedLevels, sequence: int) -> None:
        """The followed book is about to be emptied."""
        self._left = None if levels.is_crossed else levels.copy()
        # A replay may begin, so what was reached is kept apart.
        self._reached = max(self._reached, sequence)
        self._left_at = sequence

    def on_followed(self) -> None:
        """The book is followed again."""
        self._left = None
        self._has_stepped_back = False

    def is_restart(self, sequence: int, is_of_another_engine: bool = False) -> bool:
        """Whether the sequence started from the beginning. Not during a replay, which goes back as well."""
        self._has_stepped_back = self._has_stepped_back or sequence < self._reached
        is_restart = is_of_another_engine or sequence < self._reached
        self._reached = sequence
        return is_restart

    def is_confirmed_by(self, replay: Replay, is_of_another_engine: bool) -> bool:
        """Whether a whole replay shows a restart, which concerns other markets as well: it is another book where the
        book was left, or has not come as far. Or the sequence went back, and it begins too late to refute a restart.

        :raises MessageError: when its snapshot has no sequence
        """
        is_unrefuted = self._has_stepped_back and replay.first > self._left_at
        return is_of_another_engine or replay.sequence < self._left_at or is_unrefuted

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
