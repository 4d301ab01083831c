"""When a followed book is asked for once more, because what the server had stored may not be its engine's. Pure.

A server that misses the book with which an engine opens, because its broker is away, stores the engine's first changes
behind the book of the engine before it where the numbers fit: that one made no change, or it is by chance, and only
another market shows that the engines were restarted. Nothing else does before a newer whole book is stored, which an
engine publishes with its first change after a minute (docs/protocol.md section 5).
"""

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.order_books.counts import BookFault


class Renewal:
    def __init__(self) -> None:
        self._is_doubtful = False
        self._is_settled = False
        self._since_s = 0.0
        self._old_after_s = CONSTANTS.STORED_BOOK_OLD_S
        # Where the sequence stood when the stored book was old: the next change comes with a newer one.
        self._old_at: int | None = None

    def on_followed(self, first: int, after: BookFault | None, now_s: float) -> None:
        """
        :param first: the sequence of the whole book that it begins with
        :param after: why it was not followed before; None where it was
        """
        is_renewed = after is BookFault.RENEWAL
        # After a restart that only other markets showed, what is stored may still be of two engines.
        self._is_doubtful = first < CONSTANTS.FIRST_CHANGE or after is BookFault.OTHER_RESTART
        self._is_settled = is_renewed and not self._is_doubtful
        # A server that stores no newer book is asked less and less often: a book is empty while it is asked for.
        longer_s = min(2 * self._old_after_s, CONSTANTS.RENEWAL_LONGEST_S)
        self._old_after_s = longer_s if is_renewed and self._is_doubtful else CONSTANTS.STORED_BOOK_OLD_S
        self._since_s, self._old_at = now_s, None

    def is_due(self, sequence: int, differs: bool, now_s: float) -> bool:
        """Whether the book is doubtful and a newer whole one is stored.

        :param sequence: the book's, as of now
        :param differs: whether REST depth differed from it while both rested. After a renewal that shows no more than
            that the database has something else
        """
        if not (self._is_doubtful or (differs and not self._is_settled)):
            return False
        if now_s - self._since_s < self._old_after_s:
            return False
        if self._old_at is None:
            self._old_at = sequence
        return sequence != self._old_at
