"""Getting a book back: a subscription sent again, and its answer, kept until it is known whether it is a book. Pure."""

from collections.abc import Mapping
from typing import Any

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.book_messages import sequence_of
from hummingbot.connector.exchange.peatio.common.retry import Backoff
from hummingbot.connector.exchange.peatio.order_books.commands import Cancel, Command, Job, Resubscribe, Wait
from hummingbot.connector.exchange.peatio.order_books.counts import BookFault
from hummingbot.connector.exchange.peatio.order_books.levels import SyncedLevels
from hummingbot.connector.exchange.peatio.order_books.symptoms import break_of
from hummingbot.core.data_type.order_book import OrderBook

Payload = Mapping[str, Any]


class Replay:
    """A stored snapshot and the increments behind it.

    :ivar sequence: of the last message
    :ivar flaw: why they make no book; "" where they do
    :ivar fault: what kind of reason that is
    :ivar is_stored: whether it has all that the server stores; what follows happens while it is kept back
    """

    def __init__(self) -> None:
        self.snapshot: Payload | None = None
        self.increments: list[Payload] = []
        self.sequence = 0
        self.flaw = ""
        self.fault = BookFault.GAP
        self.is_stored = False

    @property
    def is_whole(self) -> bool:
        """Whether it begins with a snapshot and goes on without a gap."""
        return self.snapshot is not None and not self.flaw

    def on_message(self, stream: str, payload: Payload) -> None:
        """:raises MessageError: when it has no sequence"""
        previous, self.sequence = self.sequence, sequence_of(payload)
        if stream == CONSTANTS.SNAPSHOT_STREAM:
            self.snapshot, self.increments, self.flaw = payload, [], ""
            return
        if self.is_stored and not self.flaw and self.sequence == previous + 1 == CONSTANTS.FIRST_CHANGE:
            self.fault, self.flaw = break_of(previous, self.sequence)
        elif self.sequence != previous + 1:
            self.flaw = self.flaw or f"the stored sequence goes from {previous} to {self.sequence}"
        self.increments.append(payload)

    def levels(self) -> SyncedLevels:
        """The book that it makes.

        :raises MessageError: when it makes none
        """
        levels = SyncedLevels(OrderBook())
        self.apply(levels)
        return levels

    @property
    def first(self) -> int:
        """The sequence of its snapshot.

        :raises MessageError: when it has none
        """
        return sequence_of(self.snapshot)

    def levels_at(self, sequence: int) -> SyncedLevels | None:
        """The book as it was at that sequence; None where the replay does not show it. A snapshot does not: it has the
        change of the next increment already (docs/protocol.md section 5).

        :raises MessageError: when it makes none
        """
        count = sequence - self.first
        if not 0 < count <= len(self.increments):
            return None
        levels = SyncedLevels(OrderBook())
        self.apply(levels, count)
        return levels

    def apply(self, levels: SyncedLevels, count: int | None = None) -> None:
        """Makes a book of a whole replay.

        :param count: so many of its increments; None is all
        :raises MessageError: when it makes none; the levels may hold a part of it then
        """
        assert self.snapshot is not None
        levels.start_from(self.snapshot, CONSTANTS.SNAPSHOT_LEVELS)
        for payload in self.increments[:count]:
            levels.apply_increment(payload)


class Resubscription:
    """The subscription of one market, sent again until its book is followed, with growing pauses."""

    def __init__(self) -> None:
        self._backoff = Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.BACKOFF_MAXIMUM_S)
        self._is_under_way = False
        self._is_fresh = False
        self._answer: Replay | None = None

    @property
    def is_awaiting_ack(self) -> bool:
        """Whether it was sent and is not answered yet."""
        return self._answer is not None

    def begin(self, delay_s: float) -> list[Command]:
        """Sends it after that time; nothing where it is under way already."""
        if self._is_under_way:
            return []
        self._is_under_way, self._is_fresh = True, False
        return [Wait(Job.RESUBSCRIBE, delay_s)]

    def after_break(self, was_stable: bool) -> list[Command]:
        """At once where the book was sound for long; after a growing pause where it breaks again and again."""
        if self._is_under_way:
            return []
        if was_stable:
            self._backoff.reset()
            return self.begin(0)
        return self.begin(self._backoff.next_s())

    def send(self) -> tuple[Replay, Command]:
        """The replay that takes the answer."""
        self._answer = Replay()
        return self._answer, Resubscribe(self._is_fresh)

    def on_ack(self) -> None:
        """It is answered, or failed. Where no snapshot came, the next one unsubscribes first."""
        self._is_fresh = self._answer is None or self._answer.snapshot is None
        self._answer = None

    def after_answer(self, is_followed: bool) -> list[Command]:
        """Ends it where its answer made a book; else sends it once more after a growing pause."""
        if is_followed:
            self.end()
            return []
        return [Wait(Job.RESUBSCRIBE, self._backoff.next_s())]

    def cancel(self) -> list[Command]:
        """Stops what is under way."""
        was_under_way = self._is_under_way
        self.end()
        return [Cancel(Job.RESUBSCRIBE)] if was_under_way else []

    def end(self) -> None:
        """The book is followed: nothing is under way."""
        self._is_under_way, self._answer = False, None
