"""What ends a followed book: an increment that does not continue it, and what no message shows: it is crossed,
depleted, silent or doubtful. Pure."""

from dataclasses import dataclass

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.order_books.counts import BookFault
from hummingbot.connector.exchange.peatio.order_books.levels import SyncedLevels
from hummingbot.connector.exchange.peatio.order_books.renewal import Renewal
from hummingbot.connector.exchange.peatio.order_books.silence import SilenceDetector


@dataclass(frozen=True)
class Symptom:
    """
    :ivar concerns_others: whether other markets may have the same trouble
    """

    fault: BookFault
    reason: str
    concerns_others: bool = False


def break_of(reached: int, sequence: int) -> tuple[BookFault, str]:
    """Why an increment of that sequence is not applied to a book that has reached the other one.

    An engine's first change goes on from the book that it opened with, and from that of an engine before it that made
    no change: only what the server stores shows which of them it is. Before the acknowledgement it comes with that.
    """
    if sequence == reached + 1:
        return BookFault.FIRST_CHANGE, "the first change of its engine, or of one that was started again meanwhile"
    fault = BookFault.GAP if sequence > reached else BookFault.STEP_BACK
    return fault, f"its sequence went from {reached} to {sequence}"


class Symptoms:
    """Looks at the book at each tick while it is followed.

    :ivar renewal: whether it is to be asked for once more
    """

    def __init__(self, levels: SyncedLevels, silence: SilenceDetector) -> None:
        self._levels = levels
        self._silence = silence
        self.renewal = Renewal()
        self._crossed_s: float | None = None

    def on_followed(self, now_s: float) -> None:
        """The book is followed, for the first time or again."""
        self._crossed_s = None
        self._silence.on_followed(now_s)

    def look(self, sequence: int, whole_book_s: float | None, differs: bool, now_s: float) -> Symptom | None:
        """
        :param whole_book_s: when the last whole book came, on a server that sends no increments; None elsewhere
        :param differs: whether REST depth differed from it while both rested
        """
        self._silence.note_sequence(sequence, now_s)
        if not self._levels.is_crossed:
            self._crossed_s = None
        elif self._crossed_s is None:
            self._crossed_s = now_s
        elif now_s - self._crossed_s >= CONSTANTS.CROSSED_LIMIT_S:
            return Symptom(BookFault.CROSSED, f"crossed for {now_s - self._crossed_s:.1f} s")
        if whole_book_s is not None and now_s - whole_book_s > CONSTANTS.WHOLE_BOOK_LATE_S:
            return Symptom(BookFault.SILENT, f"the last whole book came {now_s - whole_book_s:.0f} s ago")
        if self._levels.is_depleted:
            return Symptom(BookFault.DEPLETED, "a side is used up to where its snapshot was cut")
        silent_s = self._silence.silent_s(now_s)
        if silent_s is not None:
            reason = f"trades go on and it has not moved for {silent_s:.0f} s"
            return Symptom(BookFault.SILENT, reason, concerns_others=True)
        if whole_book_s is None and self.renewal.is_due(sequence, differs, now_s):
            return Symptom(BookFault.RENEWAL, "it may go on from another engine's book, and a newer one is stored now")
        return None
