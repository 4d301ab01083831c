"""The guard as a program beside a bot as a program: killed, stopped and woken up."""

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio.guard.heartbeat import heartbeat_records
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory

from peatio_cli.guard import command as guard_command
from peatio_sandbox import Sandbox, SandboxConfig
from test.end_to_end.support import person
from test.patience import eventually
from test.peatio_cli.doctor_support import PASSWORD, store
from test.peatio_cli.guarded_bot import BotInProcess, Life, forked_bots

AFTER_S = 3
_FORK = multiprocessing.get_context("fork")

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def bots() -> Iterator[list[BotInProcess]]:
    """Two lives, forked before the event loop of the test runs."""
    lives = forked_bots(2)
    yield lives
    for bot in lives:
        bot.end()


@pytest.fixture
def forked_guard(tmp_path: Path) -> Iterator["ForkedGuard"]:
    guard = ForkedGuard(tmp_path)
    yield guard
    guard.close()


@pytest.fixture
async def sandbox(bots: list[BotInProcess]) -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxConfig(seed=21)) as exchange:
        yield exchange
    assert exchange.handler_errors == []


class GuardProgram:
    """`hummingbot-peatio guard`, and everything it printed."""

    def __init__(self, instance: Path) -> None:
        """With the password in the environment, as a service has it."""
        self._log = instance / "guard.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "peatio_cli", "guard", "--after", str(AFTER_S)],
                cwd=instance,
                env={**os.environ, "HBOT_PASSWORD": PASSWORD},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def output(self) -> str:
        return self._log.read_text()

    async def ended(self) -> int:
        await eventually(lambda: self._process.poll() is not None, f"the guard's end:\n{self.output}", timeout_s=60)
        return self._process.returncode

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


class ForkedGuard:
    """The same in a fork of this process, which has everything imported. Made before any event loop runs."""

    def __init__(self, instance: Path) -> None:
        self._log = instance / "guard.log"
        self._begin = _FORK.Event()
        self._process = _FORK.Process(target=self._run, args=(instance,), daemon=True)
        self._process.start()

    def start(self) -> None:
        self._begin.set()

    @property
    def output(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    async def ended(self) -> int | None:
        await eventually(lambda: not self._process.is_alive(), f"the guard's end:\n{self.output}", timeout_s=60)
        return self._process.exitcode

    def close(self) -> None:
        self._process.kill()
        self._process.join()

    def _run(self, instance: Path) -> None:
        if not self._begin.wait(timeout=60):
            os._exit(9)  # whoever wanted a guard is gone
        ConnectionsFactory()._shared_client = None
        with self._log.open("w") as log, contextlib.redirect_stdout(log):
            os._exit(guard_command.run(instance, AFTER_S, {"HBOT_PASSWORD": PASSWORD}))


async def says(guard: GuardProgram | ForkedGuard, text: str) -> None:
    await eventually(lambda: text in guard.output, f"'{text}' in:\n{guard.output}", timeout_s=60)


def life_of(sandbox: Sandbox, folder: Path, connector: str, number: int) -> Life:
    member = sandbox.members["bot"]
    report = folder / f"told_{number}.jsonl"
    return Life(connector, sandbox.url, member.api_key, member.secret, folder, report)


def instance_in(folder: Path, sandbox: Sandbox, connector: str) -> Path:
    """A directory as `init` and `connect` leave it, as far as the guard looks."""
    member = sandbox.members["bot"]
    store(folder, sandbox.url, member.api_key, member.secret, connector)
    (folder / "data").mkdir()
    return folder


def states(sandbox: Sandbox, member: str = "bot") -> list[str]:
    return [order.state for order in sandbox.orders(member)]


def is_without_secrets(output: str, sandbox: Sandbox) -> bool:
    member = sandbox.members["bot"]
    return not any(secret in output for secret in (member.api_key, member.secret, PASSWORD))


async def test_a_killed_bots_orders_are_cancelled_and_the_next_bot_goes_on(
    tmp_path: Path, sandbox: Sandbox, bots: list[BotInProcess]
) -> None:
    instance = instance_in(tmp_path, sandbox, "peatio")
    guard = GuardProgram(instance)
    try:
        bots[0].live(life_of(sandbox, instance, "peatio", 0))
        await bots[0].has_told("ready")
        for price in ("30000", "30100"):
            bots[0].sell("0.1", price)
        await bots[0].has_told("created", 2)
        await says(guard, f"guarding the bot of process {bots[0].process.pid}")
        async with person(sandbox, "bot") as hand, person(sandbox, "taker") as taker:
            await hand.place("btcusd", "sell", "0.1", "30000.5")
            await taker.place("btcusd", "buy", "0.04", "30000")
        await sandbox.settle()
        bots[0].send_signal(signal.SIGKILL)
        killed_at_s = time.monotonic()
        assert await guard.ended() == 1
        assert time.monotonic() - killed_at_s > AFTER_S - 1, "it gave the bot its time"
    finally:
        guard.close()
    assert states(sandbox) == ["cancel", "cancel", "wait"], "the one placed by hand is nobody's but its owner's"
    assert f"NO HEARTBEAT for {AFTER_S} s" in guard.output
    assert "sell 0.1 BTC-USD at 30000 (order 1): cancelled, 0.04 of it was filled before" in guard.output
    assert "2 cancelled, 0 had ended, 0 did not exist" in guard.output
    assert is_without_secrets(guard.output, sandbox)

    bots[1].live(life_of(sandbox, instance, "peatio", 1))
    await bots[1].has_told("ready")
    assert not list((instance / "data").glob("peatio_fence_*")), "reconciled before it was ready"
    bots[1].sell("0.1", "30200")
    await bots[1].has_told("created")
    await eventually(lambda: states(sandbox) == ["cancel", "cancel", "wait", "wait"], "it trades again")


async def test_a_bot_that_stood_still_and_wakes_up_is_fenced_until_it_has_reconciled(
    tmp_path: Path, forked_guard: ForkedGuard, sandbox: Sandbox, bots: list[BotInProcess]
) -> None:
    """On a named exchange; the guard is started before the bot."""
    instance = instance_in(tmp_path, sandbox, "peatio_east")
    (instance / "conf" / "peatio.yml").write_text(f"exchanges:\n  east:\n    domain: {sandbox.url}\n")
    guard, bot = forked_guard, bots[0]
    guard.start()
    try:
        await says(guard, "counts as dead")
        bot.live(life_of(sandbox, instance, "peatio_east", 0))
        await bot.has_told("ready")
        for price in ("30000", "30100"):
            bot.sell("0.1", price)
        await bot.has_told("created", 2)
        await eventually(lambda: states(sandbox) == ["wait", "wait"], "both are open")
        await says(guard, "peatio_east: guarding the bot of process")

        bot.send_signal(signal.SIGSTOP)
        async with person(sandbox, "taker") as taker:
            await taker.place("btcusd", "buy", "0.1", "30000")
        bot.sell("0.1", "30300")  # decided on what it knew before it stood still
        assert await guard.ended() == 1
        assert states(sandbox) == ["done", "cancel"]
        assert "peatio_east: sell 0.1 BTC-USD at 30000 (order 1): was filled already" in guard.output

        bot.send_signal(signal.SIGCONT)
        (failure,) = await bot.has_told("failed")
        assert "guard" in failure["why"]
        first, second = [row["id"] for row in bot.told("created")]
        await bot.has_told("completed")
        await bot.has_told("cancelled")
        assert [row["id"] for row in bot.told("filled")] == [first]
        assert [row["id"] for row in bot.told("completed")] == [first]
        assert [row["id"] for row in bot.told("cancelled")] == [second]
        order_of_telling = [row["what"] for row in bot.told() if row.get("id") == first]
        assert order_of_telling == ["created", "filled", "completed"]
        await eventually(lambda: not list((instance / "data").glob("peatio_fence_*")), "the fence is taken down")
        assert len(states(sandbox)) == 2, "what it wanted meanwhile was never sent"

        bot.sell("0.1", "30400")
        await bot.has_told("created", 3)
        await eventually(lambda: states(sandbox)[2:] == ["wait"], "it trades again")
        assert [pulse.connector for pulse, _ in heartbeat_records(instance / "data")] == ["peatio_east"]
        assert is_without_secrets(guard.output, sandbox)
    finally:
        guard.close()
