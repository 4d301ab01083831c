"""Trades that go on while a book's increments do not come (docs/reference/order-books.md, "Silent"). Pure."""

from math import inf

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import PeatioError


class SilenceDetector:
    """Compares the times of a market's trades with those at which its book moved.

    Times are seconds of a clock that never steps.

    :ivar asked_s: when REST was asked for the market's last trade
    """

    def __init__(self, now_s: float) -> None:
        self.asked_s = -inf
        self._is_asking = False
        self._is_followed = False
        self._sequence: int | None = None
        self._moved_s = now_s
        self._newest_trade = 0
        # A trade that no increment preceded as far as known: when it was, and when it was noticed.
        self._traded_s: float | None = None
        self._noticed_s = 0.0
        # An own fill that no public trade confirmed yet.
        self._own_trade = 0
        self._own_trade_s = 0.0
        self._asked_about = 0

    def on_followed(self, now_s: float) -> None:
        """The book is followed, for the first time or again."""
        self._is_followed, self._traded_s = True, None
        if self._sequence is None:
            self._moved_s = now_s

    def on_invalid(self) -> None:
        """The book is not followed any more."""
        self._is_followed = False

    def note_sequence(self, sequence: int, now_s: float) -> None:
        """The followed book's sequence as of now."""
        if sequence != self._sequence:
            self._sequence, self._moved_s = sequence, now_s

    def on_trade(self, trade_id: object, traded_s: float, now_s: float) -> None:
        """There was a trade at `traded_s`: the book must have moved about then."""
        if not isinstance(trade_id, int) or trade_id <= self._newest_trade:
            return
        self._newest_trade = trade_id
        if self._traded_s is None and self._is_followed and not self._is_explained(traded_s):
            self._traded_s, self._noticed_s = traded_s, now_s

    def on_own_trade(self, trade_id: str, now_s: float) -> None:
        """One of our orders was filled. REST is asked when that was, if the public stream does not report it soon."""
        number = int(trade_id) if trade_id.isdecimal() else 0
        if number > max(self._newest_trade, self._own_trade):
            self._own_trade, self._own_trade_s = number, now_s

    def silent_s(self, now_s: float) -> float | None:
        """For how long the book has not moved, where a trade shows that it should have; None where none does."""
        if self._traded_s is None:
            return None
        if self._is_explained(self._traded_s):
            self._traded_s = None
        elif now_s - self._noticed_s >= CONSTANTS.SILENCE_AFTER_TRADE_S:
            return now_s - self._moved_s
        return None

    def should_ask(self, now_s: float) -> bool:
        """Whether to ask REST for the last trade: an own fill is not confirmed, or the market is quiet."""
        if self._is_asking or not self._is_followed:
            return False
        is_late = now_s - self._own_trade_s >= CONSTANTS.SILENCE_AFTER_TRADE_S
        if self._own_trade > self._newest_trade and is_late:
            return True
        is_quiet = now_s - self._moved_s >= CONSTANTS.QUIET_AFTER_S
        return is_quiet and now_s - self.asked_s >= CONSTANTS.QUIET_CHECK_S

    def ask(self, now_s: float) -> None:
        """REST is being asked; `on_answer` follows."""
        self._is_asking, self.asked_s = True, now_s
        self._asked_about = self._own_trade

    def on_answer(self, newest: tuple[int, float] | PeatioError | None, now_s: float) -> None:
        """
        :param newest: number and age in seconds of the last trade; None where there never was one. After an error the
            next request follows when it is due
        """
        self._is_asking = False
        if isinstance(newest, PeatioError):
            return
        if newest is not None:
            trade_id, age_s = newest
            self.on_trade(trade_id, now_s - max(age_s, 0.0), now_s)
        # The own fill was asked about, whatever the answer.
        self._newest_trade = max(self._newest_trade, self._asked_about)

    def ask_soon(self) -> None:
        """What silenced another market may have silenced this one: a quiet one is asked about at once."""
        self.asked_s = -inf

    def _is_explained(self, traded_s: float) -> bool:
        return self._moved_s >= traded_s - CONSTANTS.SILENCE_BEFORE_TRADE_S
