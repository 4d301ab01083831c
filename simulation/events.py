"""What happened in which order: a running hash, and the list itself where somebody wants to read it."""

import hashlib
from collections.abc import Callable
from typing import Any, NamedTuple


class Event(NamedTuple):
    """
    :ivar kind: "run" (a callback of a process), "net" (a packet; `text` is what became of it), "note" (a fault, an
        order's event) or "log" (a line of a log)
    :ivar step: what was running: of a task its name and the line at which it had waited
    :ivar packet: simloop's, of a "net" event
    """

    at_s: float
    kind: str
    host: str
    text: str
    step: str = ""
    packet: Any = None


class EventLog:
    """Two runs with the same hash ran the same callbacks and moved the same packets in the same order and time.

    :param is_kept: whether the events themselves are kept, for a timeline
    :ivar folder: the world's, whose name has the number of its process: no part of the hash
    """

    def __init__(self, is_kept: bool = False) -> None:
        self._digest = hashlib.blake2b(digest_size=16)
        self._lines: list[str] = []
        self.kept: list[Event] | None = [] if is_kept else None
        self.count = 0
        self.folder = ""
        self._step = ""

    def ran(self, at_s: float, number: int, callback: Callable[..., object], host: str) -> None:
        """A callback runs. `number` counts all that were ever scheduled, so it fixes the order of scheduling too."""
        self._add(f"{at_s!r}|{number}|{host}|{getattr(callback, '__qualname__', '')}\n")
        if self.kept is not None:
            self._step = name_of(callback)
            self.kept.append(Event(at_s, "run", host, "", self._step))

    def record(self, kind: str, when: float, seq: int, label: str, host: str = "", packet: Any = None) -> None:
        """For simloop's network: a packet was sent, delivered, held or lost, or a host has crashed."""
        if kind != "net":
            return
        self._add(f"{when!r}|{seq}|{label}\n")
        if self.kept is not None:
            self.kept.append(Event(when, "net", host, label, self._step, packet))

    def note(self, at_s: float, host: str, text: str) -> None:
        """Something worth a line in a timeline."""
        if self.folder:
            text = text.replace(self.folder, "the world's folder")
        self._add(f"{at_s!r}|{host}|{text}\n")
        if self.kept is not None:
            self.kept.append(Event(at_s, "note", host, text, self._step))

    def logged(self, at_s: float, host: str, text: str) -> None:
        """A line of a log. It is no part of the hash: how much is logged depends on who wants to read it."""
        if self.kept is not None:
            self.kept.append(Event(at_s, "log", host, text, self._step))

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
    """What a timeline shows: for a step of a task its name, and the innermost coroutine outside asyncio with the line
    at which it waits."""
    task: Any = getattr(callback, "__self__", None)
    coroutine: Any = getattr(task, "get_coro", lambda: None)()
    if coroutine is None:
        return str(getattr(callback, "__qualname__", type(callback).__name__))
    inner: Any = coroutine
    while getattr(getattr(inner, "cr_await", None), "cr_frame", None) is not None:
        if "/asyncio/" in inner.cr_await.cr_frame.f_code.co_filename:
            break
        inner = inner.cr_await
    frame = getattr(inner, "cr_frame", None)
    at = "" if frame is None else f" at {frame.f_code.co_filename.rsplit('/', 1)[-1]}:{frame.f_lineno}"
    name = "" if task.get_name().startswith("Task-") else f"{task.get_name()}: "
    outer = "" if name or inner is coroutine else f"{coroutine.__qualname__} > "
    return f"{name}{outer}{getattr(inner, '__qualname__', '')}{at}"
