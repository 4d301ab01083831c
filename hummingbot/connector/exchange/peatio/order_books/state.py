"""What is known of one market's book: whether it is followed, why not, and how often that happened."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import Enum
from typing import Any

from hummingbot.connector.exchange.peatio.common.book_messages import sequence_of
from hummingbot.connector.exchange.peatio.peatio_order_book import PeatioOrderBook
from hummingbot.core.data_type.order_book_tracker import OrderBookPairMetrics

Payload = Mapping[str, Any]


class BookMode(Enum):
    """Where a book's levels come from."""

    #: an unbroken sequence of increments from a snapshot
    FOLLOWING = "following"
    #: REST depth, asked for again and again: the last resort
    REST = "rest"
    #: nowhere; the book is empty
    EMPTY = "empty"


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


@dataclass
class BookCounts:
    """How often each thing happened to a market's book since the process started.

    :ivar gaps: sequences that went ahead by more than one
    :ivar steps_back: sequences that did not go ahead
    :ivar restarts: times that the engine was found to count from the beginning again
    :ivar crossed: books whose best bid was not below the best ask, for too long or as a whole
    :ivar silent: times that trades went on and the book's increments did not come
    :ivar depleted: books used up to where their snapshot was cut
    :ivar resyncs: subscriptions sent again to get the stored snapshot
    :ivar stale_replays: of these, answers that ended where the silent book had ended
    :ivar rest_fallbacks: times that REST depth took the stream's place
    :ivar depth_checks: comparisons with REST depth while both were quiet
    :ivar depth_differences: of these, how many found a difference
    :ivar untrusted_s: seconds without a followed book, the running time of trouble included
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
    resyncs: int = 0
    stale_replays: int = 0
    rest_fallbacks: int = 0
    depth_checks: int = 0
    depth_differences: int = 0
    untrusted_s: float = 0.0

    def add(self, fault: BookFault) -> None:
        """Counts a fault."""
        setattr(self, fault.value, getattr(self, fault.value) + 1)


def total(counts: Mapping[str, BookCounts]) -> BookCounts:
    """All markets together."""
    return BookCounts(
        **{field.name: sum(getattr(each, field.name) for each in counts.values()) for field in fields(BookCounts)}
    )


@dataclass(frozen=True)
class BookHealth:
    """A market's book as it stands.

    :param reason: why it is not followed; "" where it is
    :param since_s: for how many seconds it has not been followed
    """

    mode: BookMode
    reason: str
    since_s: float
    counts: BookCounts


class Replay:
    """What a subscription is answered with, kept until it is known whether it makes a book."""

    def __init__(self) -> None:
        self.snapshot: Payload | None = None
        self.increments: list[Payload] = []
        self.sequence = 0
        self.flaw = ""

    @property
    def is_whole(self) -> bool:
        return self.snapshot is not None and not self.flaw

    def on_snapshot(self, payload: Payload) -> None:
        """:raises MessageError: when it has no sequence"""
        self.sequence = sequence_of(payload)
        self.snapshot, self.increments, self.flaw = payload, [], ""

    def on_increment(self, payload: Payload) -> None:
        """:raises MessageError: when it has no sequence"""
        sequence = sequence_of(payload)
        if sequence != self.sequence + 1:
            self.flaw = self.flaw or f"the stored sequence goes from {self.sequence} to {sequence}"
        self.sequence = sequence
        self.increments.append(payload)


@dataclass(eq=False, slots=True)
class MarketBook:
    """One market's book and what following it takes. Times are those of a clock that never steps.

    :ivar sequence: of the last message in the book
    :ivar reached: the highest sequence since the engine's start, as far as known
    :ivar reason: why the book is not followed; "" where it is
    :ivar invalid_since_s: since when it is not
    :ivar followed_s: since when it is, the last time it was
    :ivar replay: while messages are kept back; see `Replay`
    :ivar whole_book_s: when the last whole book came, on a server that sends no increments
    :ivar stale_at: where the sequence stood when trades went on without it: a replay that ends there shows nothing new
    """

    trading_pair: str
    book: PeatioOrderBook
    metrics: OrderBookPairMetrics
    counts: BookCounts
    reason: str
    invalid_since_s: float
    fault: BookFault = BookFault.NO_SNAPSHOT
    sequence: int = 0
    reached: int = 0
    followed_s: float = 0.0
    is_rest_fed: bool = False
    replay: Replay | None = None
    stale_at: int | None = None
    whole_book_s: float | None = None

    @property
    def mode(self) -> BookMode:
        if not self.reason:
            return BookMode.FOLLOWING
        return BookMode.REST if self.is_rest_fed else BookMode.EMPTY

    def forget_replay(self) -> None:
        """Nothing more comes of it. Where the stream has been silent, what follows is kept back all the same."""
        self.replay = None if self.stale_at is None else Replay()

    def health(self, now_s: float) -> BookHealth:
        since_s = now_s - self.invalid_since_s if self.reason else 0.0
        counts = replace(self.counts, untrusted_s=self.counts.untrusted_s + since_s)
        return BookHealth(self.mode, self.reason, since_s, counts)
