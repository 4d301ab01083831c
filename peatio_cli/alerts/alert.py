"""What a person gets. Values only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self


class Kind(StrEnum):
    """BEGAN: something is wrong now. RESOLVED: it is not any more. EVENT: something happened, which has no end."""

    BEGAN = "began"
    RESOLVED = "resolved"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Alert:
    """:ivar at_s: epoch seconds
    :ivar text: one sentence, without the bot's name
    """

    at_s: float
    kind: Kind
    text: str

    def line(self) -> str:
        """The text with its time."""
        resolved = "RESOLVED: " if self.kind is Kind.RESOLVED else ""
        return f"{datetime.fromtimestamp(self.at_s, UTC):%Y-%m-%d %H:%M:%S} UTC: {resolved}{self.text}"

    def as_json(self) -> list[Any]:
        """What `from_json` reads."""
        return [self.at_s, self.kind.value, self.text]

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """:raises ValueError, TypeError: when it is none"""
        at_s, kind, text = value
        return cls(float(at_s), Kind(kind), str(text))


def title_of(bot: str, alerts: Sequence[Alert]) -> str:
    """The headline of a message with some alerts: the worst of them counts."""
    kinds = {alert.kind for alert in alerts}
    if Kind.BEGAN in kinds:
        return f"{bot}: alert"
    return f"{bot}: resolved" if Kind.RESOLVED in kinds else f"{bot}: news"
