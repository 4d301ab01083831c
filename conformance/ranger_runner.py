"""Performs the steps of a recording on a running server and compares what comes of them."""

from __future__ import annotations

import asyncio
import re
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

from conformance.ranger_client import HttpAnswer, RawClient, Seen
from conformance.ranger_notes import EVENTS_BEFORE
from conformance.ranger_recording import Act, Connect, Publish, Send, ServerAct, Step, TimePasses, read_steps
from conformance.ranger_tokens import Clock, TokenMint
from peatio_sandbox.ranger.ranger import Ranger, RangerConfig
from peatio_sandbox.ranger.standalone import RangerServer

TIMEOUT_S = 5.0
# Recording 08 lasts 140 s: everything in it happens this many times as fast.
_PINGS_SPEED = 25.0
# How many of the recording's seconds something may come before and after its time there.
_EARLY_S, _LATE_S = 1.0, 10.0

_RECORDED_TOKEN = re.compile(r"eyJ\S*\.\.\.<token>")
_RECORDED_HOST = re.compile(r"127\.0\.0\.1:808\d")


@dataclass
class Outcome:
    """How one exchange went.

    Attributes:
        name: recording and number, as ``03#7``.
        act: what was done.
        differences: from the recording; none if equal.
    """

    name: str
    act: str
    differences: list[str] = field(default_factory=list)


def differences_of(connection: str, expected: list[Seen], got: list[Seen]) -> list[str]:
    """What is not as recorded on one connection: nothing, or one line about the first difference."""
    for number, (one, other) in enumerate(zip_longest(expected, got), start=1):
        if one != other:
            counts = f"{len(expected)} expected, {len(got)} came"
            return [f"{connection}: number {number} ({counts}): expected {_cut(one)}, got {_cut(other)}"]
    return []


def _cut(seen: Seen | None) -> str:
    return "nothing" if seen is None else textwrap.shorten(str(seen), 160)


def differences_of_answers(expected: HttpAnswer | None, got: HttpAnswer) -> list[str]:
    """What is not as recorded in an HTTP answer. Dates differ, and more headers than recorded are allowed."""
    if expected is None:
        return ["an HTTP answer is not in the recording"]
    found = []
    if (got.status, got.body) != (expected.status, expected.body):
        found.append(f"expected {expected.status} {expected.body!r}, got {got.status} {got.body!r}")
    for name, value in expected.headers.items():
        if name not in got.headers or (name != "date" and got.headers[name].lower() != value.lower()):
            found.append(f"header {name}: expected {value!r}, got {got.headers.get(name)!r}")
    return found


@asynccontextmanager
async def running_server(
    clock: Clock, mint: TokenMint, recording: str, speed: float = 1.0
) -> AsyncIterator[RangerServer]:
    """A server as one recording had it: Rango 3.1.3 for recording 19, 3.1.0 for all others."""
    verifier = mint.verifier("EdDSA" if recording == "19" else "RS256")
    defaults = RangerConfig()
    config = RangerConfig(
        ping_period_s=defaults.ping_period_s / speed,
        pong_wait_s=defaults.pong_wait_s / speed,
    )
    clock.elapsed_s = 0.0
    async with RangerServer(Ranger(config, verifier)) as server:
        yield server


async def replay_steps(path: Path, clock: Clock, mint: TokenMint) -> list[Outcome]:
    """Replay a recording step by step.

    Raises:
        OSError, ValueError: the recording cannot be read.
    """
    recording = path.stem.split("_")[0]
    speed = _PINGS_SPEED if recording == "08" else None
    async with running_server(clock, mint, recording, speed or 1.0) as server:
        for event in EVENTS_BEFORE.get(recording, []):
            server.ranger.publish(event.routing_key, event.payload)
        run = _Run(recording, server, clock, mint, speed)
        try:
            for step in read_steps(path):
                await run.perform(step)
        finally:
            await run.close()
    return run.outcomes


class _Run:
    """The clients and the outcomes of one recording.

    Args:
        speed: how many times as fast as recorded; None for as fast as it goes.
    """

    def __init__(
        self, recording: str, server: RangerServer, clock: Clock, mint: TokenMint, speed: float | None
    ) -> None:
        self.outcomes: list[Outcome] = []
        self._recording = recording
        self._server = server
        self._clock = clock
        self._mint = mint
        self._speed = speed
        self._began_at_s = asyncio.get_running_loop().time()
        self._clients: dict[str, RawClient] = {}
        self._compared: dict[str, int] = {}  # how much of what each client saw belongs to earlier steps

    async def close(self) -> None:
        """End what is still connected."""
        for client in self._clients.values():
            await client.close_socket()

    async def perform(self, step: Step) -> None:
        """Do what the step says, wait for what comes of it and compare."""
        self._clock.elapsed_s = step.at_s
        if self._speed is not None:
            await self._sleep_until(step.at_s, self._speed)
        differences: list[str] = []
        for act in step.acts:
            differences += await self._do(act, step)
        await self._wait_for(step)
        differences += await self._fence_all()
        for name in sorted(step.expected.keys() | self._clients.keys()):
            seen = self._clients[name].seen_and_counted if name in self._clients else []
            got = seen[self._compared.get(name, 0) :]
            differences += differences_of(name, step.expected.get(name, []), got)
            self._compared[name] = len(seen)
        self._conclude(step, differences)

    async def _wait_for(self, step: Step) -> None:
        """Return when every connection has what the step brings, or has ended."""
        for name, expected in step.expected.items():
            if name in self._clients:
                await self._clients[name].wait_seen(self._compared[name] + len(expected), TIMEOUT_S)

    async def _fence_all(self) -> list[str]:
        """Make sure that nothing is under way to any connection; which of them do not answer."""
        mute = []
        for name, client in self._clients.items():
            try:
                await client.fence(TIMEOUT_S)
            except TimeoutError:
                mute.append(f"{name}: neither answers pings nor ends")
        return mute

    def _conclude(self, step: Step, differences: list[str]) -> None:
        if step.is_closing:
            self.outcomes[-1].differences += [f"then, {step}: {text}" for text in differences]
        else:
            name = f"{self._recording}#{len(self.outcomes) + 1}"
            self.outcomes.append(Outcome(name, str(step), differences))

    async def _do(self, act: Act, step: Step) -> list[str]:
        if isinstance(act, Connect):
            return await self._connect(act, step)
        if isinstance(act, Send):
            if act.connection not in self._clients:
                return [f"{act.connection}: is not connected"]
            self._clients[act.connection].send(act.operation, act.payload, final=act.final)
        elif isinstance(act, Publish):
            self._server.ranger.publish(act.event.routing_key, act.event.payload)
        elif isinstance(act, ServerAct) and act.kind == "stop":
            await self._server.go_down()
        elif isinstance(act, ServerAct):
            return await self._check_refused()
        elif isinstance(act, TimePasses):
            return await self._check_time(step)
        return []

    async def _connect(self, act: Connect, step: Step) -> list[str]:
        if act.connection in self._clients:
            await self._clients.pop(act.connection).close_socket()
        client = await RawClient.connect(self._server.host, self._server.port, self._head(act, step))
        if client.is_open:
            client.start_reading()
            self._clients[act.connection] = client
            self._compared[act.connection] = 0
        return differences_of_answers(step.answer, client.answer)

    def _head(self, act: Connect, step: Step) -> str:
        """The request's head with this server's address and a fresh token in place of the cut-off ones."""
        head = _RECORDED_HOST.sub(f"{self._server.host}:{self._server.port}", act.head)
        request_line, *headers = head.split("\r\n")
        if request_line.endswith("...<token>"):
            request_line = f"{self._whole_request_line(act, step, request_line)} HTTP/1.1"
        head = "\r\n".join([request_line, *headers])
        return _RECORDED_TOKEN.sub(lambda _: self._mint.token(act.connection, act.note), head)

    def _whole_request_line(self, act: Connect, step: Step, request_line: str) -> str:
        """A request line the recorder cut: a token in the query, or streams, which the ack tells."""
        if "jwt=" in request_line:
            return request_line
        text = "".join(seen.text for seen in step.expected[act.connection])
        streams = re.findall(r'"([^"]+\.[^"]+)"', text)
        return f"{request_line.split('?')[0]}?" + "&".join(f"stream={stream}" for stream in streams)

    async def _check_refused(self) -> list[str]:
        try:
            await RawClient.connect(self._server.host, self._server.port, "GET /public HTTP/1.1")
        except ConnectionRefusedError:
            return []
        finally:
            await self._server.come_back()
        return ["a server that is down accepted a connection"]

    async def _sleep_until(self, at_s: float, speed: float) -> None:
        elapsed_s = asyncio.get_running_loop().time() - self._began_at_s
        await asyncio.sleep(max(0.0, at_s / speed - elapsed_s))

    async def _check_time(self, step: Step) -> list[str]:
        """Wait for what the step brings; it must not be much earlier or later than recorded."""
        await self._wait_for(step)
        speed = self._speed or 1.0
        elapsed_s = (asyncio.get_running_loop().time() - self._began_at_s) * speed
        if step.at_s - _EARLY_S <= elapsed_s <= step.at_s + _LATE_S:
            return []
        return [f"came after {elapsed_s:.1f} s of the recording's time instead of {step.at_s:.1f} s"]
