"""What both replays of recordings share: the tape of published events, the count, the clock."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from conformance.rest_client import RecordedClient
from conformance.rest_compare import event_differences, response_differences
from peatio_sandbox.exchange.scheduler import ManualScheduler
from peatio_sandbox.server import Sandbox

#: Steps that the recorder sent without waiting for what the step before had set off. Their events belong together,
#: whichever step's span they fell into: 84 (a market buy) trades during 85; 98 creates, 99 lists at once, 100
#: cancels; 143 cancels, 144 asks at once.
TOGETHER = ((84, 85), (98, 99, 100), (143, 144, 145))
AT_ONCE = frozenset({85, 99, 144})

#: Events that the recorder missed because they came between two steps' spans. The websocket recording of the same
#: run has the private ones, and the sequence of ``ethusd`` jumps over the public one.
MISSED = {
    (98, 99, 100): ["public.ethusd.ob-inc 2", "private.IDMAKER0001.order wait"],
    (143, 144, 145): ["private.IDMAKER0001.order cancel"],
}


@dataclass
class Tape:
    """An event sink that keeps what is published, as the recorder kept what came from the broker."""

    events: list[tuple[str, Any]] = field(default_factory=list)

    def publish(self, routing_key: str, payload: object) -> None:
        """Keep an event; tickers and k-lines come by the clock and were not recorded."""
        if routing_key != "public.global.tickers" and ".kline-" not in routing_key:
            self.events.append((routing_key, payload))

    def take(self) -> list[tuple[str, Any]]:
        """Return what came since the last call."""
        taken, self.events = self.events, []
        return taken


@dataclass
class Outcome:
    """How many steps there were and what differed in which."""

    steps: int = 0
    unequal: dict[int, list[str]] = field(default_factory=dict)

    @property
    def equal(self) -> int:
        """Return how many steps were equal."""
        return self.steps - len(self.unequal)

    @property
    def share(self) -> float:
        """Return the share of equal steps."""
        return self.equal / self.steps if self.steps else 0.0

    def note(self, step: int, differences: list[str]) -> None:
        """Note what differed in a step."""
        if differences:
            self.unequal.setdefault(step, []).extend(differences)


class Replay:
    """Repeats ``rest.jsonl``."""

    def __init__(self, sandbox: Sandbox, session: ClientSession, tape: Tape, scheduler: ManualScheduler) -> None:
        self.sandbox = sandbox
        self.scheduler = scheduler
        self.client = RecordedClient(sandbox, session)
        self.tape = tape

    async def run(self, steps: list[dict[str, Any]]) -> Outcome:
        """Repeat all steps in order."""
        outcome = Outcome()
        self.tape.take()
        together = {number: group for group in TOGETHER for number in group}
        pending: list[dict[str, Any]] = []
        for step in steps:
            number = step["step"]
            if number not in AT_ONCE:
                self.settle()
                self.set_clock(step)
            outcome.steps += 1
            outcome.note(number, await self.repeat(step))
            pending.append(step)
            if number == together.get(number, (number,))[-1]:
                self.settle()
                self._compare_events(pending, outcome)
                pending = []
        return outcome

    async def repeat(self, step: dict[str, Any]) -> list[str]:
        """Repeat one step; return how its response differs."""
        status, headers, body = await self.client.send(step)
        return response_differences(step["request"]["path"], step["response"], status, headers, body)

    def set_clock(self, step: dict[str, Any]) -> None:
        """Set the exchange's clock to the recorded time of a step, where a payload tells it."""
        recorded_s = recorded_time_s(step)
        if recorded_s is not None and recorded_s > self.sandbox.clock.now_s():
            self.sandbox.clock.set_to(recorded_s)

    def settle(self) -> None:
        """Let time pass until nothing is under way, or nothing but what waits for a paused order processor."""
        while not self.sandbox.exchange.is_quiet():
            self.scheduler.run_next()

    def _compare_events(self, steps: list[dict[str, Any]], outcome: Outcome) -> None:
        now = self.tape.take()
        differences = []
        for missed in MISSED.get(tuple(step["step"] for step in steps), ()):
            event = next((event for event in now if event_label(*event) == missed), None)
            if event is None:
                differences.append(f"event {missed}, which the recorder missed, was not published")
            else:
                now.remove(event)
        differences += event_differences(recorded_events(steps), now)
        for step in steps:
            outcome.note(step["step"], differences)


def recorded_events(steps: list[dict[str, Any]]) -> list[tuple[str, Any]]:
    """Return the events recorded during some steps as (routing key, payload)."""
    return [(event["key"], event["payload"]) for step in steps for event in step["events"]]


def event_label(key: str, payload: Any) -> str:
    """Name an event: its routing key and its state or sequence."""
    return f"{key} {payload.get('state', payload.get('sequence', ''))}"


def recorded_time_s(step: dict[str, Any]) -> float | None:
    """Return about when a step was recorded: the latest time in its response and events, None without any."""
    moments: list[float] = []
    for event in step["events"]:
        payload = event["payload"]
        moments += [float(payload[name]) for name in ("updated_at", "created_at") if name in payload]
    body = step["response"]["body"]
    if isinstance(body, dict):
        moments += [float(body[name]) for name in ("timestamp",) if name in body]
        moments += [_epoch_s(body[name]) for name in ("updated_at", "created_at") if isinstance(body.get(name), str)]
    return max(moments, default=None)


def _epoch_s(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def load_steps(path: Path) -> list[dict[str, Any]]:
    """Read a recording, one JSON object a line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
