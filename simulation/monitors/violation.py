"""What a monitor finds."""

from dataclasses import dataclass
from enum import Enum


class Property(Enum):
    """What has to hold; the value is how the last line of a run counts its violations."""

    BALANCES = "unsafe balances"
    BOOKS = "wrong books"
    OWNERS = "without owner"
    SILENCE = "active after stop"
    CANCELS = "unanswered cancels"
    GHOSTS = "left in the engine"


@dataclass(frozen=True)
class Violation:
    """A property that did not hold.

    :ivar at_s: seconds since the start of the world
    :ivar who: the host, or the bot
    :ivar text: a sentence
    """

    broken: Property
    at_s: float
    who: str
    text: str

    def __str__(self) -> str:
        return f"{self.broken.value}: {self.who} at {self.at_s:.3f} s: {self.text}"
