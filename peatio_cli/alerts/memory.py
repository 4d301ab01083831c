"""What the alerts of an instance remember over a restart: what is open, what is not sent yet, where the day began."""

import json
import os
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

from peatio_cli.alerts.losses import DayStart
from peatio_cli.alerts.outbox import Outbox

FILE_NAME = "peatio_alerts.json"
_FORM = 1


class MemoryUnreadableError(Exception):
    """The file is none of these alerts'; the text says which, and what is done."""


@dataclass
class Memory:
    """
    :ivar was_running: whether the bot has been seen running
    :ivar open_keys: what is wrong and was reported
    :ivar last_fill: account, order id and trade id of the last fill that was seen; None before the first look, and
        empty after it where there is no fill yet
    """

    outbox: Outbox
    was_running: bool = False
    open_keys: set[str] = field(default_factory=set)
    last_fill: tuple[str, ...] | None = None
    day: DayStart = field(default_factory=DayStart)

    def to_text(self) -> str:
        """What `from_text` reads."""
        nets = [[*market, None if net is None else str(net)] for market, net in self.day.nets.items()]
        return json.dumps(
            {
                "form": _FORM,
                "was_running": self.was_running,
                "open": sorted(self.open_keys),
                "last_fill": self.last_fill,
                "day": self.day.day,
                "nets": nets,
                "outbox": self.outbox.as_json(),
            }
        )

    @classmethod
    def from_text(cls, text: str, addresses: int) -> Self:
        """:raises ValueError, TypeError, KeyError, ArithmeticError: when it is none"""
        found: dict[str, Any] = json.loads(text)
        if found["form"] != _FORM:
            raise ValueError("another form")
        nets = {(str(site), str(pair)): None if net is None else Decimal(net) for site, pair, net in found["nets"]}
        last_fill = found["last_fill"]
        return cls(
            Outbox.from_json(found["outbox"], addresses),
            bool(found["was_running"]),
            set(map(str, found["open"])),
            None if last_fill is None else tuple(map(str, last_fill)),
            DayStart(str(found["day"]), nets),
        )


class MemoryFile:
    """:param folder: the instance's data folder"""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._written = ""

    def load(self, addresses: int) -> Memory:
        """What was remembered; a new memory where there is no file.

        :raises MemoryUnreadableError: when it cannot be read
        """
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return Memory(Outbox(addresses))
        except (OSError, UnicodeDecodeError) as error:
            raise self._unreadable(error) from error
        try:
            return Memory.from_text(text, addresses)
        except (ValueError, TypeError, KeyError, ArithmeticError, AttributeError) as error:
            raise self._unreadable(error) from error

    def save(self, memory: Memory) -> None:
        """Whole or not at all, and only what changed.

        :raises OSError: when it cannot be written
        """
        text = memory.to_text()
        if text == self._written:
            return
        scratch = self.path.with_suffix(f".{os.getpid()}")
        with open(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        scratch.replace(self.path)
        self._written = text

    def _unreadable(self, error: Exception) -> MemoryUnreadableError:
        return MemoryUnreadableError(
            f"{self.path} cannot be read ({type(error).__name__}); what was wrong before is reported again"
        )
