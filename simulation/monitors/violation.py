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
    # Of a mirror between two exchanges.
    EXPOSURE = "above the exposure bound"
    HEDGES = "hedged twice"
    UNHEDGED = "not hedged"
    PULLED = "quotes not pulled"
    CROSSED = "crossing quotes"
    SELF_TRADES = "trades with itself"


OF_MIRRORS = (
    Property.EXPOSURE, Property.HEDGES, Property.UNHEDGED, Property.PULLED, Property.CROSSED, Property.SELF_TRADES
)  # fmt: skip


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
