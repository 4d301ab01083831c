"""The runner: one line a card, the last line, and what ends a run before it begins."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import cast

import pytest
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory

from peatio_sandbox import Sandbox, SandboxConfig
from test.acceptance.__main__ import MAKER, TAKER, chosen_cards, main, run
from test.acceptance.cards import ATTEMPTS, Card, DisturbedError, SkippedError
from test.acceptance.people import Keys
from test.acceptance.runner import Outcome, run_cards, summary
from test.acceptance.stage import Stage
from test.patience import eventually

ROOT = Path(__file__).parents[2]


class _EmptyStage:
    """Counts how often it is tidied."""

    def __init__(self) -> None:
        self.times_tidied = 0

    async def tidy(self) -> None:
        self.times_tidied += 1


def _card(number: str, ends: Exception | None = None, is_basic: bool = False, after: int = ATTEMPTS) -> Card:
    """A card that raises `ends` the first `after` times."""
    left = [after]

    async def play(stage: Stage) -> None:
        left[0] -= 1
        if ends is not None and left[0] >= 0:
            raise ends

    return Card(number, f"card {number}", play, is_basic)


async def _played(*cards: Card) -> tuple[list[Outcome], list[str], _EmptyStage]:
    lines: list[str] = []
    stage = _EmptyStage()
    outcomes = await run_cards(cards, cast("Stage", stage), lines.append)
    return outcomes, lines, stage


async def test_each_card_has_its_line() -> None:
    refusal = AssertionError("the lock is wrong")
    outcomes, lines, stage = await _played(_card("A01"), _card("A02", refusal), _card("A03", SkippedError("no money")))
    assert lines[0].startswith("A01 passed  card A01 (")
    assert lines[1].startswith("A02 FAILED  card A02: the lock is wrong (")
    assert lines[2].startswith("A03 skipped card A03: no money (")
    assert summary(outcomes) == "live: 1 passed, 1 failed, 1 skipped"
    assert stage.times_tidied == 3


async def test_an_assertion_without_a_text_tells_what_it_asserts() -> None:
    async def play(stage: Stage) -> None:
        raise AssertionError

    _, lines, _ = await _played(Card("A01", "locks", play, is_basic=False))
    assert "locks: AssertionError in: raise AssertionError (" in lines[0]


async def test_after_a_basic_card_failed_nothing_is_tried() -> None:
    outcomes, lines, _ = await _played(_card("A01", OSError("no connection"), is_basic=True), _card("A02"))
    assert outcomes == [Outcome.FAILED, Outcome.SKIPPED]
    assert "nothing can be tried since A01 failed" in lines[1]


async def test_a_disturbed_card_is_played_again_a_few_times() -> None:
    disturbance = DisturbedError("somebody was faster")
    outcomes, lines, stage = await _played(_card("A01", disturbance, after=2), _card("A02", disturbance))
    assert outcomes == [Outcome.PASSED, Outcome.SKIPPED]
    assert "others traded in between" in lines[1]
    assert stage.times_tidied == 3 + ATTEMPTS


@pytest.mark.parametrize("missing", [*MAKER, *TAKER])
def test_a_missing_key_is_named(
    missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in (*MAKER, *TAKER):
        monkeypatch.setenv(name, f"value of {name}")
    monkeypatch.delenv(missing)
    assert main(["--url", "http://127.0.0.1:1", "--market", "btcusd"]) == 2
    said = capsys.readouterr()
    assert said.err == f"live: set {missing} in the environment\n"
    assert said.out == ""


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--url", "", "--market", "btcusd"], "name the exchange and the market"),
        (["--url", "ftp://exchange.example", "--market", "btcusd"], "not http or https"),
        (["--url", "http://127.0.0.1:1", "--market", "btcusd"], "the same account"),
        (["--url", "http://127.0.0.1:1", "--market", "btcusd", "--one-account", "--cards", "A99"], "no card A99"),
    ],
)
def test_what_cannot_begin_is_told_in_one_line(
    arguments: list[str], reason: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in (*MAKER, *TAKER):
        monkeypatch.setenv(name, "same")
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert reason in said
    assert said.count("\n") == 1


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxConfig(seed=5)) as exchange:
        yield exchange


async def test_a_run_that_fails_exits_1(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    ConnectionsFactory()._shared_client = None
    keys = Keys(sandbox.members["maker"].api_key, "0123456789abcdef0123456789abcdef")
    assert await run(sandbox.url, "btcusd", keys, None, chosen_cards(["A07"]), secrets=[]) == 1
    out = capsys.readouterr().out
    assert "A03 FAILED" in out
    assert "authz.invalid_signature" in out
    assert out.endswith("live: 2 passed, 1 failed, 3 skipped\n")


async def test_no_key_is_printed(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    ConnectionsFactory()._shared_client = None
    keys = Keys("the-api-key-0123456789", "the-secret-0123456789")

    async def play(stage: Stage) -> None:
        raise AssertionError(f"{keys.secret} {keys.api_key} {stage.maker_keys}")

    cards = [Card("A01", "tells all", play, is_basic=True)]
    assert await run(sandbox.url, "btcusd", keys, None, cards, secrets=[keys.api_key, keys.secret]) == 1
    assert "A01 FAILED  tells all: … … Keys() (" in capsys.readouterr().out


async def test_an_early_end_leaves_nothing_open(sandbox: Sandbox) -> None:
    maker = sandbox.members["maker"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "test.acceptance", "--url", sandbox.url, "--market", "btcusd", "--one-account"),
        cwd=ROOT,
        env=os.environ | dict(zip(MAKER, (maker.api_key, maker.secret), strict=True)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # A suite in a shell's background runs with Ctrl-C ignored, and so would this process.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    while b"A09" not in (line := await process.stdout.readline()):
        assert line, "it ended before A09"
    # A10 places and watches for a second.
    await eventually(lambda: sandbox.orders("maker")[-1].state in ("pending", "wait"), "the next card has placed")
    process.send_signal(signal.SIGINT)
    out, err = (text.decode() for text in await process.communicate())
    assert process.returncode == 130, out + err
    assert "live: ended early" in out
    assert {order.state for order in sandbox.orders("maker")} <= {"done", "cancel", "reject"}
