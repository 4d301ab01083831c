"""What no message shows of a followed book: it is crossed, depleted or silent. Pure."""

from dataclasses import dataclass

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.order_books.counts import BookFault
from hummingbot.connector.exchange.peatio.order_books.levels import SyncedLevels
from hummingbot.connector.exchange.peatio.order_books.silence import SilenceDetector


@dataclass(frozen=True)
class Symptom:
    """
    :ivar concerns_others: whether other markets may have the same trouble
    """

    fault: BookFault
    reason: str
    concerns_others: bool = False


class Symptoms:
    """Looks at the book at each tick while it is followed."""

    def __init__(self, levels: SyncedLevels, silence: SilenceDetector) -> None:
        self._levels = levels
        self._silence = silence
        self._crossed_s: float | None = None

    def on_followed(self, now_s: float) -> None:
        """The book is followed, for the first time or again."""
        self._crossed_s = None
        self._silence.on_followed(now_s)

    def look(self, sequence: int, whole_book_s: float | None, now_s: float) -> Symptom | None:
        """
        :param whole_book_s: when the last whole book came, on a server that sends no increments; None elsewhere
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
        if silent_s is None:
            return None
        reason = f"trades go on and it has not moved for {silent_s:.0f} s"
        return Symptom(BookFault.SILENT, reason, concerns_others=True)
