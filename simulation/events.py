"""What happened in which order: a running hash, and the list itself where somebody wants to read it."""

import hashlib
from collections.abc import Callable
from typing import Any, NamedTuple


class Event(NamedTuple):
    """:ivar kind: "run" (a callback of a process), "net" (a packet), or "note" (a fault, an order's event)"""

    at_s: float
    kind: str
    host: str
    text: str


class EventLog:
    """Two runs with the same hash ran the same callbacks and moved the same packets in the same order and time.

    :param is_kept: whether the events themselves are kept, for a timeline
    """

    def __init__(self, is_kept: bool = False) -> None:
        self._digest = hashlib.blake2b(digest_size=16)
        self._lines: list[str] = []
        self.kept: list[Event] | None = [] if is_kept else None
        self.count = 0

    def ran(self, at_s: float, number: int, callback: Callable[..., object], host: str) -> None:
        """A callback runs. `number` counts all that were ever scheduled, so it fixes the order of scheduling too."""
        self._add(f"{at_s!r}|{number}|{host}|{getattr(callback, '__qualname__', '')}\n")
        if self.kept is not None:
            self.kept.append(Event(at_s, "run", host, name_of(callback)))

    def record(self, kind: str, when: float, seq: int, label: str, host: str = "") -> None:
        """For simloop's network: a packet was sent, delivered, held or lost."""
        if kind != "net":
            return
        self._add(f"{when!r}|{seq}|{label}\n")
        if self.kept is not None:
            self.kept.append(Event(when, "net", host, label))

    def note(self, at_s: float, host: str, text: str) -> None:
        """Something worth a line in a timeline."""
        self._add(f"{at_s!r}|{host}|{text}\n")
        if self.kept is not None:
            self.kept.append(Event(at_s, "note", host, text))

    def hash(self) -> str:
        self._flush()
        return self._digest.hexdigest()

    def _add(self, line: str) -> None:
        self.count += 1
        self._lines.append(line)
        if len(self._lines) >= 4096:
            self._flush()

    def _flush(self) -> None:
        self._digest.update("".join(self._lines).encode())
        self._lines.clear()


def name_of(callback: Callable[..., object]) -> str:
    """What a timeline shows: for a step of a task its name and the line at which it waits."""
    task: Any = getattr(callback, "__self__", None)
    coroutine: Any = getattr(task, "get_coro", lambda: None)()
    if coroutine is None:
        return str(getattr(callback, "__qualname__", type(callback).__name__))
    inner: Any = coroutine
    while getattr(inner, "cr_await", None) is not None and hasattr(inner.cr_await, "cr_frame"):
        inner = inner.cr_await
    frame = getattr(inner, "cr_frame", None)
    at = "" if frame is None else f" at {frame.f_code.co_filename.rsplit('/', 1)[-1]}:{frame.f_lineno}"
    return f"{task.get_name() if not task.get_name().startswith('Task-') else ''} {coroutine.__qualname__}{at}".strip()
