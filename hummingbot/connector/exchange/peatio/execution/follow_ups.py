"""What is still to be done about orders that the exchange has ended, whatever became of their rows; over restarts."""

from collections.abc import Callable, Iterable
from enum import Enum
from functools import partial
from typing import Protocol

from hummingbot.connector.exchange.peatio.execution.intent import Intent


class FollowUp(Enum):
    """What is to be done; the value is what the file holds."""

    #: Another order may be in the place of one that ended after its cancel was taken (docs/protocol.md section 4.13).
    SUCCESSOR = "successor"
    #: The order goes on under another id; the one that had the former id is to be cancelled once more (section 4.4).
    SECOND_CANCEL = "second cancel"


class FollowUpFile(Protocol):
    """Keeps follow-ups; the journal's file does."""

    def add_follow_up(self, kind: FollowUp, intent: Intent) -> None:
        """The same one again does no harm."""

    def remove_follow_up(self, kind: FollowUp, intent: Intent) -> None:
        """It is done."""


class FollowUps:
    """
    :param write: has the file written, in the order of all that is written to it, whatever the disk does
    """

    def __init__(self, write: Callable[[Callable[[FollowUpFile], None]], None]) -> None:
        self._write = write
        self._intents: dict[tuple[FollowUp, str], Intent] = {}

    def know(self, found: Iterable[tuple[FollowUp, Intent]]) -> None:
        """What is left in a file."""
        for kind, intent in found:
            self._intents[kind, _id_of(intent)] = intent

    def clear(self) -> None:
        """The file is closed; what it holds is for the next owner."""
        self._intents.clear()

    def add(self, kind: FollowUp, intent: Intent) -> None:
        """
        :param intent: with the id of the order at the exchange that has ended
        """
        self._intents[kind, _id_of(intent)] = intent
        self._write(partial(_add, kind=kind, intent=intent))

    def done(self, kind: FollowUp, exchange_order_id: str) -> None:
        """Nothing is to be done about that order any more."""
        intent = self._intents.pop((kind, exchange_order_id), None)
        if intent is not None:
            self._write(partial(_remove, kind=kind, intent=intent))

    def of(self, kind: FollowUp) -> list[Intent]:
        """The orders of that kind, each with the id at the exchange that has ended."""
        return [intent for (its, _), intent in self._intents.items() if its is kind]


def _id_of(intent: Intent) -> str:
    assert intent.exchange_order_id is not None
    return intent.exchange_order_id


def _add(file: FollowUpFile, kind: FollowUp, intent: Intent) -> None:
    file.add_follow_up(kind, intent)


def _remove(file: FollowUpFile, kind: FollowUp, intent: Intent) -> None:
    file.remove_follow_up(kind, intent)
