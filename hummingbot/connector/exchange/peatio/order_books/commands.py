"""What a `BookSync` wants done: `BookTracker` runs these and hands the outcome back as the sync's next input."""

from dataclasses import dataclass
from enum import Enum


class Job(Enum):
    """What runs beside the streams for one market. At most one of each runs at a time: a new one replaces the old."""

    RESUBSCRIBE = "resubscribe"
    #: REST depth takes the stream's place
    FEED = "depth feed"
    #: a book that came back is compared with REST depth
    CHECK = "depth check"
    #: a silent book's replay is compared with REST depth
    CONFIRM = "depth confirmation"
    #: the market's last trade is requested over REST
    TRADE = "newest trade"


class Event(Enum):
    """What others must learn of a market's book."""

    #: it has not been followed for `QUOTES_PULLED_AFTER_S`
    INVALID = "invalid"
    #: increments were missed: the server may have missed other messages too
    GAP = "gap"
    #: the matching engine's sequence started from the beginning
    ENGINE_RESTART = "engine restart"
    #: a whole replay shows such a start: the engines of other markets may have started with it
    ENGINE_RESTART_CONFIRMED = "engine restart confirmed"
    #: trades go on without increments: other markets may have the same trouble
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Wait:
    """Call `on_timer` after that time."""

    job: Job
    delay_s: float


@dataclass(frozen=True, slots=True)
class Cancel:
    """The job, waiting or under way, is not needed any more."""

    job: Job


@dataclass(frozen=True, slots=True)
class Resubscribe:
    """Subscribe to the increments again, then call `on_ack`.

    :ivar is_fresh: unsubscribe first; newer Ruby Rangers send nothing to those who are subscribed
    """

    is_fresh: bool


@dataclass(frozen=True, slots=True)
class AskDepth:
    """Request REST depth, then call `on_depth`."""

    job: Job


@dataclass(frozen=True, slots=True)
class Notify:
    event: Event


@dataclass(frozen=True, slots=True)
class Log:
    """:ivar level: one of `logging`"""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Count:
    """Messages for Hummingbot's tracker metrics: applied to the book, or rejected."""

    snapshots: int = 0
    increments: int = 0
    rejected: int = 0


Command = Wait | Cancel | Resubscribe | AskDepth | Notify | Log | Count
