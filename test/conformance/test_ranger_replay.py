"""The recordings of Rango, repeated; and that the repetition notices what is wrong."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp import web

from conformance import ranger_replay
from conformance.ranger_recording import read_lines, read_steps
from conformance.ranger_runner import Outcome, replay_steps
from conformance.ranger_tokens import Clock, TokenMint
from peatio_sandbox.ranger import go_json as ranger_json
from peatio_sandbox.ranger import hub as ranger_hub
from peatio_sandbox.ranger.connection import Connection
from peatio_sandbox.ranger.frames import TEXT, encode_frame
from peatio_sandbox.ranger.hub import Hub, Subscriber
from peatio_sandbox.ranger.messages import Request
from peatio_sandbox.ranger.ranger import Ranger

ROOT = Path(__file__).parents[2]
DATA = ROOT / "test" / "data" / "rango-3.1.0"
PAGE = ROOT / "docs" / "reference" / "sandbox-ranger.md"
# Those that are read frame by frame.
STEPWISE = [name for name in ranger_replay.RECORDINGS if name.split("_")[0] not in ("09a", "09b", "17", "18")]


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def mint(clock: Clock) -> TokenMint:
    return TokenMint(clock)


async def test_all_exchanges_are_equal_but_for_the_listed_exceptions(
    capsys: pytest.CaptureFixture[str],
) -> None:
    outcomes = await ranger_replay.replay(DATA)
    unequal = {outcome.name: outcome.differences for outcome in outcomes if outcome.differences}
    assert unequal == {name: accepted.differences for name, accepted in ranger_replay.EXCEPTIONS.items()}
    assert ranger_replay.report(outcomes) == 0
    total = capsys.readouterr().out.splitlines()[-1]
    assert total == "replay-ranger: 224 of 226 exchanges equal"
    assert f"`{total}`" in PAGE.read_text(encoding="utf-8")


def test_every_recording_is_replayed() -> None:
    assert sorted(ranger_replay.RECORDINGS) == sorted(path.stem for path in DATA.glob("*.jsonl"))


@pytest.mark.parametrize("name", STEPWISE)
def test_every_line_of_a_recording_is_in_a_step(name: str) -> None:
    lines = read_lines(DATA / f"{name}.jsonl")
    steps = read_steps(DATA / f"{name}.jsonl")
    answers = sum(step.answer is not None for step in steps)
    frames = sum(len(expected) for step in steps for expected in step.expected.values())
    assert answers + frames == sum(line["dir"] == "recv" for line in lines)
    sent = sum(type(act).__name__ in ("Connect", "Send") for step in steps for act in step.acts)
    assert sent == sum(line["dir"] == "send" for line in lines)


def test_every_exception_is_documented() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name in ranger_replay.EXCEPTIONS:
        assert f"`{name}`" in text


def test_an_unlisted_difference_fails_the_replay(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = [Outcome("01#1", "connects"), Outcome("08#7", "time passes", ["something else"])]
    assert ranger_replay.report(outcomes) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "08#7 time passes"
    assert lines[-2:] == ["    NOT ACCEPTED", "replay-ranger: 1 of 2 exchanges equal"]


async def _unequal(number: str, clock: Clock, mint: TokenMint) -> int:
    """How many exchanges of a recording are unequal."""
    path = next(DATA.glob(f"{number}_*.jsonl"))
    return sum(bool(outcome.differences) for outcome in await replay_steps(path, clock, mint))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What never comes is not waited for long."""
    monkeypatch.setattr("conformance.ranger_runner.TIMEOUT_S", 0.2)


@pytest.mark.usefixtures("impatient")
class TestTheReplayNotices:
    """Each test breaks one thing in the server."""

    async def test_an_ack_before_the_book(self, monkeypatch: pytest.MonkeyPatch, clock: Clock, mint: TokenMint) -> None:
        handle = Hub.handle

        def acknowledge_first(hub: Hub, subscriber: Subscriber, request: Request) -> None:
            handle(hub, subscriber, Request(request.method, ()))
            handle(hub, subscriber, request)

        monkeypatch.setattr(Hub, "handle", acknowledge_first)
        assert await _unequal("03", clock, mint) > 0

    async def test_a_pushed_snapshot(self, monkeypatch: pytest.MonkeyPatch, clock: Clock, mint: TokenMint) -> None:
        route = Hub.route

        def push(hub: Hub, routing_key: str, payload: object) -> None:
            route(hub, routing_key, payload)
            if routing_key.endswith("ob-snap"):
                route(hub, "public.btcusd.ob-inc", payload)

        monkeypatch.setattr(Hub, "route", push)
        assert await _unequal("03", clock, mint) > 0

    async def test_unsorted_keys(self, monkeypatch: pytest.MonkeyPatch, clock: Clock, mint: TokenMint) -> None:
        monkeypatch.setattr(ranger_json, "sorted", list, raising=False)
        assert await _unequal("15", clock, mint) > 0

    async def test_messages_that_are_not_cut_in_frames(
        self, monkeypatch: pytest.MonkeyPatch, clock: Clock, mint: TokenMint
    ) -> None:
        monkeypatch.setattr(ranger_hub, "encode_text", lambda text: encode_frame(TEXT, text))
        assert await _unequal("06", clock, mint) > 0

    async def test_a_stop_that_spares_the_connections(
        self, monkeypatch: pytest.MonkeyPatch, clock: Clock, mint: TokenMint
    ) -> None:
        monkeypatch.setattr(Ranger, "restart", lambda *_: None)
        assert await _unequal("12", clock, mint) > 0

    async def test_pings_that_come_too_late(
        self, monkeypatch: pytest.MonkeyPatch, clock: Clock, mint: TokenMint
    ) -> None:
        ping = Connection._ping

        def late(connection: Connection) -> None:
            asyncio.get_running_loop().call_later(0.8, ping, connection)

        monkeypatch.setattr(Connection, "_ping", late)
        assert await _unequal("08", clock, mint) > 1

    async def test_upgrades_that_are_refused(
        self, monkeypatch: pytest.MonkeyPatch, clock: Clock, mint: TokenMint
    ) -> None:
        monkeypatch.setattr("peatio_sandbox.ranger.ranger.check_upgrade", lambda _: web.Response(status=400))
        assert await _unequal("02", clock, mint) == len(read_steps(next(DATA.glob("02_*")))) - 1

    async def test_a_connection_that_answers_no_ping(
        self, monkeypatch: pytest.MonkeyPatch, clock: Clock, mint: TokenMint
    ) -> None:
        monkeypatch.setattr(Connection, "_on_frame", lambda *_: None)
        assert await _unequal("02", clock, mint) > 0

    async def test_tokens_that_are_not_checked(
        self, monkeypatch: pytest.MonkeyPatch, clock: Clock, mint: TokenMint
    ) -> None:
        monkeypatch.setattr("peatio_sandbox.ranger.auth.TokenVerifier._are_timely", lambda *_: True)
        assert await _unequal("10", clock, mint) == 6  # four times expired, issued or valid in the future
