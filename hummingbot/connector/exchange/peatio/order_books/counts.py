"""The state of one market's book, the faults that end it, and how often each happened."""

from dataclasses import dataclass
from enum import Enum


class BookState(Enum):
    """Where a book's levels come from."""

    #: nowhere; the book is empty
    EMPTY = "empty"
    #: nowhere yet: the answer to a subscription is kept back until it is complete
    REPLAYING = "replaying"
    #: an unbroken sequence of increments from a snapshot
    FOLLOWING = "following"
    #: REST depth, requested again and again: the last resort
    REST_FED = "rest_fed"


class BookFault(Enum):
    """Why a book stops being followed; the value names its counter."""

    NO_SNAPSHOT = "without_snapshot"
    CONNECTION = "connection_losses"
    GAP = "gaps"
    STEP_BACK = "steps_back"
    UNREADABLE = "unreadable"
    CROSSED = "crossed"
    SILENT = "silent"
    DEPLETED = "depleted"
    OTHER_RESTART = "other_restarts"
    FIRST_CHANGE = "first_changes"
    RENEWAL = "renewals"


@dataclass
class BookCounts:
    """How often each thing happened to a market's book since the process started.

    :ivar gaps: sequences that went ahead by more than one
    :ivar steps_back: sequences that did not go ahead
    :ivar restarts: times that the matching engine started its sequence from the beginning
    :ivar crossed: books whose best bid was not below the best ask, for too long or as a whole
    :ivar silent: times that trades went on and the book's increments did not come
    :ivar depleted: books whose known levels were used up on a side that the snapshot had cut
    :ivar other_restarts: times that the engine of another market was seen to have restarted
    :ivar first_changes: times that the first change of an engine came, or of one that was started again meanwhile
    :ivar renewals: times that a doubtful book was asked for once more, when a newer one had to be stored
    :ivar resyncs: subscriptions sent again to get the stored snapshot
    :ivar stale_replays: of these, answers that ended where the silent book had ended
    :ivar rest_fallbacks: times that REST depth took the stream's place
    :ivar depth_checks: comparisons with REST depth while both were quiet
    :ivar depth_differences: of these, how many found a difference
    :ivar invalid_s: seconds without a followed book, the running time of trouble included
    """

    without_snapshot: int = 0
    connection_losses: int = 0
    gaps: int = 0
    steps_back: int = 0
    restarts: int = 0
    unreadable: int = 0
    crossed: int = 0
    silent: int = 0
    depleted: int = 0
    other_restarts: int = 0
    first_changes: int = 0
    renewals: int = 0
    resyncs: int = 0
    stale_replays: int = 0
    rest_fallbacks: int = 0
    depth_checks: int = 0
    depth_differences: int = 0
    invalid_s: float = 0.0

    def add(self, fault: BookFault) -> None:
        """Counts a fault."""
        setattr(self, fault.value, getattr(self, fault.value) + 1)


@dataclass(frozen=True)
class BookHealth:
    """A market's book as it stands.

    :ivar reason: why it is not followed; "" where it is
    :ivar since_s: for how many seconds it has not been followed
    """

    state: BookState
    reason: str
    since_s: float
    counts: BookCounts
