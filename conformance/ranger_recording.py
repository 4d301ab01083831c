"""Reads a recording of Rango into exchanges: what was done, and what came of it.

An exchange is one act (a request to connect, messages sent in one go, events published in one go, a stop of
the server, time passing) with everything each connection got until the next act. A client's closing of its
connection is a step as well, but counted with the exchange before it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.ranger_client import HttpAnswer, Seen
from conformance.ranger_notes import DELAYED_NOTES, NOTED_EVENTS, SERVER_NOTES, Event

# Lines of one act follow each other this closely; what comes later has another cause.
_SAME_ACT_S = 0.02
_DELAYED_S = 0.05
_TIME_PASSED_S = 1.0


@dataclass(frozen=True)
class Connect:
    """A client opens a connection and sends a request's head; `note` stands before it."""

    connection: str
    head: str
    note: str

    def __str__(self) -> str:
        return f"{self.connection} connects: {self.head.splitlines()[0]} ({self.note})"


@dataclass(frozen=True)
class Send:
    """A client sends a frame."""

    connection: str
    operation: str
    payload: bytes
    final: bool = True

    def __str__(self) -> str:
        return f"{self.connection} sends {self.operation} {self.payload.decode('latin-1')!r}"


@dataclass(frozen=True)
class Publish:
    """Peatio publishes an event."""

    event: Event

    def __str__(self) -> str:
        return f"published: {self.event.routing_key}"


@dataclass(frozen=True)
class ServerAct:
    """Something befalls the server: ``stop`` or ``refuse`` (a connect is tried while it is down)."""

    kind: str

    def __str__(self) -> str:
        return f"server: {self.kind}"


@dataclass(frozen=True)
class TimePasses:
    """Nothing is done until something comes."""

    def __str__(self) -> str:
        return "time passes"


Act = Connect | Send | Publish | ServerAct | TimePasses


@dataclass
class Step:
    """One act and what it caused.

    Attributes:
        at_s: when it began, in the recording's seconds.
        acts: what was done, in one go.
        answer: the HTTP answer to a connect.
        expected: what each connection got, in order.
    """

    at_s: float
    acts: list[Act]
    answer: HttpAnswer | None = None
    expected: dict[str, list[Seen]] = field(default_factory=dict)
    last_line_s: float = 0.0

    @property
    def is_closing(self) -> bool:
        """Whether a client ends its connection here."""
        act = self.acts[0]
        return isinstance(act, Send) and act.operation == "close"

    def __str__(self) -> str:
        text = "; ".join(str(act) for act in self.acts)
        return text if len(text) <= 160 else f"{text[:157]}..."


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The lines of a recording.

    Raises:
        OSError: there is no such file.
        ValueError: a line is not JSON.
    """
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def read_steps(path: Path) -> list[Step]:
    """The steps of a recording, in order.

    Raises:
        OSError, ValueError: as `read_lines`; a line that is not understood is a ValueError too.
    """
    return _StepReader(path.stem.split("_")[0], read_lines(path)).read()


class _StepReader:
    def __init__(self, recording: str, lines: list[dict[str, Any]]) -> None:
        self._lines = lines
        self._steps: list[Step] = []
        self._note = ""
        self._delayed: list[Event] = []
        self._events = {note: iter(groups) for note, groups in NOTED_EVENTS.get(recording, {}).items()}
        self._delayed_notes = DELAYED_NOTES.get(recording, ())

    def read(self) -> list[Step]:
        for number, line in enumerate(self._lines):
            if line["dir"] == "note":
                self._read_note(line)
            elif line["dir"] == "amqp":
                self._act(line["t"], Publish(Event(line["key"], json.loads(line["raw"]))))
            elif line["dir"] == "send":
                self._read_send(line, self._lines[number + 1 :])
            elif line["dir"] == "recv":
                self._read_receipt(line)
            else:
                raise ValueError(f"line {number + 1}: unknown direction {line['dir']}")
        return self._steps

    def _act(self, at_s: float, act: Act, *, joins: bool = True) -> None:
        """Begin a step, or join the one before when this belongs to the same act."""
        last = self._steps[-1] if self._steps else None
        same = last is not None and type(last.acts[-1]) is type(act) and not last.expected
        if last is not None and joins and same and at_s - last.last_line_s < _SAME_ACT_S:
            last.acts.append(act)
            last.last_line_s = at_s
        else:
            self._steps.append(Step(at_s, [act], last_line_s=at_s))

    def _read_note(self, line: dict[str, Any]) -> None:
        self._note = line["text"]
        if self._note in self._events:
            events = next(self._events[self._note])
            if self._note in self._delayed_notes:
                self._delayed = events
            else:
                self._publish(line["t"], events)
        for beginning, kind in SERVER_NOTES.items():
            if self._note.startswith(beginning):
                self._act(line["t"], ServerAct(kind), joins=False)

    def _publish(self, at_s: float, events: list[Event]) -> None:
        self._steps.append(Step(at_s, [Publish(event) for event in events], last_line_s=at_s))

    def _read_send(self, line: dict[str, Any], following: list[dict[str, Any]]) -> None:
        if "http" in line:
            self._act(line["t"], Connect(line["conn"], line["http"], self._note), joins=False)
            return
        goes_on = bool(following) and following[0]["dir"] == "send" and following[0].get("op") == "cont"
        send = Send(line["conn"], line["op"], line["raw"].encode("latin-1"), final=not goes_on)
        if line["op"] == "pong":  # the client's reaction inside the step, no act of its own
            self._steps[-1].acts.append(send)
        else:
            self._act(line["t"], send, joins=line["op"] != "close")

    def _read_receipt(self, line: dict[str, Any]) -> None:
        step = self._steps[-1]
        if self._delayed and line["t"] - step.at_s > _DELAYED_S:
            self._publish(line["t"], self._delayed)
            self._delayed = []
        elif line["t"] - step.last_line_s > _TIME_PASSED_S:
            self._act(line["t"], TimePasses(), joins=False)
        step = self._steps[-1]
        step.last_line_s = line["t"]
        if "http" in line:
            step.answer = _http_answer(line)
            return
        step.expected.setdefault(line["conn"], []).append(seen_of_line(line))


def _http_answer(line: dict[str, Any]) -> HttpAnswer:
    status, *header_lines = line["http"].split("\r\n")
    headers = dict(_header(header_line) for header_line in header_lines)
    return HttpAnswer(status, headers, line.get("body", ""))


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.lower(), value.strip()


def seen_of_line(line: dict[str, Any]) -> Seen:
    """What a client saw, from a ``recv`` line."""
    if line["op"] == "close":
        return Seen("close", line["reason"], line["code"])
    if line["op"] == "tcp-end":
        return Seen("tcp-end", f"after {line['frames_received']} frames")
    return Seen(line["op"], line["raw"])


def notes_matching(lines: list[dict[str, Any]], beginning: str) -> Iterator[str]:
    """The notes that begin so, in order."""
    for line in lines:
        if line["dir"] == "note" and line["text"].startswith(beginning):
            yield line["text"]
