"""What a subscription is answered with, kept until it is known whether it makes a book. Pure."""

from collections.abc import Mapping
from typing import Any

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.book_messages import sequence_of
from hummingbot.connector.exchange.peatio.order_books.levels import SyncedLevels

Payload = Mapping[str, Any]


class Replay:
    """A stored snapshot and the increments behind it.

    :ivar sequence: of the last message
    :ivar flaw: why they make no book; "" where they do
    """

    def __init__(self) -> None:
        self.snapshot: Payload | None = None
        self.increments: list[Payload] = []
        self.sequence = 0
        self.flaw = ""

    @property
    def is_whole(self) -> bool:
        """Whether it begins with a snapshot and goes on without a gap."""
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

    def apply(self, levels: SyncedLevels) -> None:
        """Makes a book of a whole replay.

        :raises MessageError: when it makes none; the levels may hold a part of it then
        """
        assert self.snapshot is not None
        levels.start_from(self.snapshot, CONSTANTS.SNAPSHOT_LEVELS)
        for payload in self.increments:
            levels.apply_increment(payload)
