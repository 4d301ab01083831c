"""The guard of an instance, from a bot's silence to its exit code, with no program around it."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.config import parse_domain
from hummingbot.connector.exchange.peatio.execution.journal_file import JOURNAL_NAME
from hummingbot.connector.exchange.peatio.guard.fence import Fence, FenceFile
from hummingbot.connector.exchange.peatio.guard.heartbeat import Heartbeat
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.connector.exchange.peatio.settings.exchanges import NAMED_EXCHANGES, JwtLogin, Venue
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory

from peatio_cli.doctor.target import Credentials, Target
from peatio_cli.guard import command as guard_command
from peatio_cli.guard import guard
from peatio_cli.guard.guard import Exit, Guard
from peatio_cli.guard.orphaned_orders import OrphanedOrders
from peatio_sandbox import Sandbox, SandboxConfig
from test.end_to_end.support import person
from test.patience import eventually
from test.peatio_cli.guard_support import OWNER, DeadBot

AFTER_S = 0.4


@pytest.fixture(autouse=True)
def swift(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks come quickly, and what an exchange does not know is believed soon."""
    monkeypatch.setattr(guard, "PERIOD_S", 0.05)
    monkeypatch.setattr(CONSTANTS, "LOOKUP_LIMIT_S", 0.5)
    monkeypatch.setattr(CONSTANTS, "REQUEST_TIMEOUT_S", 1.0)
    ConnectionsFactory()._shared_client = None  # what another test's event loop left


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxConfig(seed=5)) as exchange:
        yield exchange
    assert exchange.handler_errors == []


@pytest.fixture
async def bot(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[DeadBot]:
    async with person(sandbox, "bot") as hand:
        yield DeadBot(sandbox, tmp_path, hand)


@pytest.fixture
def fence(tmp_path: Path) -> FenceFile:
    return FenceFile(tmp_path, OWNER)


class Watching:
    """A guard and what it says."""

    def __init__(self, folder: Path, *bots: DeadBot) -> None:
        self.report: list[str] = []
        self.guard = Guard(folder, [bot.target for bot in bots], AFTER_S, self.report.append)
        self.task = asyncio.ensure_future(self.guard.run())

    async def ended(self) -> Exit:
        async with asyncio.timeout(30):
            return await self.task

    def has_said(self, text: str) -> bool:
        return any(text in line for line in self.report)


@asynccontextmanager
async def watching(folder: Path, *bots: DeadBot) -> AsyncIterator[Watching]:
    """Ended at the end, if not before."""
    made = Watching(folder, *bots)
    yield made
    made.task.cancel()
    await asyncio.gather(made.task, return_exceptions=True)


@asynccontextmanager
async def beating(heartbeat: Heartbeat) -> AsyncIterator[None]:
    """A bot that lives."""

    async def beat() -> None:
        while True:
            heartbeat.beat()
            await asyncio.sleep(0.02)

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()


async def test_a_living_bot_is_left_alone(tmp_path: Path, bot: DeadBot) -> None:
    await bot.placed("live", "sell", "0.1", "30000")
    async with watching(tmp_path, bot) as seen, beating(bot.heartbeat):
        await asyncio.sleep(AFTER_S * 3)
        assert not seen.task.done()
    assert bot.states() == ["wait"]


async def test_a_dead_bots_orders_are_cancelled_behind_a_fence(
    tmp_path: Path, bot: DeadBot, fence: FenceFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bot.placed("live", "sell", "0.1", "30000")
    settle = OrphanedOrders.settle
    fences: list[bool] = []

    async def seen_settling(orders: OrphanedOrders) -> object:
        fences.append(fence.is_up)
        return await settle(orders)

    monkeypatch.setattr(OrphanedOrders, "settle", seen_settling)
    async with watching(tmp_path, bot) as seen:
        assert await seen.ended() is Exit.BOT_DIED
    assert fences == [True], "the fence comes first"
    assert bot.states() == ["cancel"]
    stands = fence.seen()
    assert stands is not None
    assert (stands.reason, stands.is_work_done) == ("no heartbeat for 0.4 s", True)


async def test_a_guard_that_is_started_again_does_not_begin_anew(
    tmp_path: Path, bot: DeadBot, fence: FenceFile
) -> None:
    """As a supervisor does it. The dead bot's journal still has its rows."""
    await bot.placed("live", "sell", "0.1", "30000")
    async with watching(tmp_path, bot) as seen:
        assert await seen.ended() is Exit.BOT_DIED
    async with watching(tmp_path, bot) as again:
        await eventually(lambda: again.has_said("its orders are already cancelled"), "it says why it does nothing")
        async with beating(bot.heartbeat):
            await eventually(lambda: again.has_said("guarding"), "the bot runs again")
            await asyncio.sleep(AFTER_S)
        assert await again.ended() is Exit.BOT_DIED, "and dies again"


async def test_one_that_was_interrupted_is_finished_by_the_next(tmp_path: Path, bot: DeadBot, fence: FenceFile) -> None:
    await bot.placed("live", "sell", "0.1", "30000")
    first = fence.put_up("of a guard that was killed then")
    async with watching(tmp_path, bot) as seen:
        assert await seen.ended() is Exit.BOT_DIED
    assert bot.states() == ["cancel"]
    assert fence.seen() == first


async def test_a_bot_that_left_nothing_is_no_alarm_unless_it_was_seen_alive(tmp_path: Path, bot: DeadBot) -> None:
    async with watching(tmp_path, bot) as seen:
        await eventually(lambda: seen.has_said("it left no order open"), "it waits for the bot")
        async with beating(bot.heartbeat):
            await asyncio.sleep(AFTER_S)
        assert await seen.ended() is Exit.BOT_DIED


async def test_a_goodbye_is_waited_out(tmp_path: Path, bot: DeadBot) -> None:
    async with watching(tmp_path, bot) as seen:
        await eventually(lambda: seen.has_said("guarding the bot of process 4711"), "it is seen")
        bot.heartbeat.end()
        await eventually(lambda: seen.has_said("was stopped and left no order open"), "the goodbye is heard")
        await asyncio.sleep(AFTER_S * 2)
        assert not seen.task.done()


async def test_a_bot_that_wakes_up_takes_over(tmp_path: Path, bot: DeadBot, fence: FenceFile, sandbox: Sandbox) -> None:
    await bot.placed("live", "sell", "0.1", "30000")
    sandbox.go_down()
    async with watching(tmp_path, bot) as seen:
        await eventually(lambda: seen.has_said("retrying"), "the exchange is away")
        stands = fence.seen()
        assert stands is not None
        fence.take_down(stands)
        sandbox.come_back()
        assert await seen.ended() is Exit.BOT_DIED
    assert seen.has_said("the bot has resumed")
    assert bot.states() == ["wait"], "the bot's own business"


async def test_without_a_fence_the_orders_go_all_the_same(
    tmp_path: Path, bot: DeadBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(fence: FenceFile, reason: str) -> Fence:
        raise OSError("the disk is full")

    monkeypatch.setattr(FenceFile, "put_up", full)
    await bot.placed("live", "sell", "0.1", "30000")
    async with watching(tmp_path, bot) as seen:
        assert await seen.ended() is Exit.BOT_DIED
    assert seen.has_said("cannot be fenced")
    assert bot.states() == ["cancel"]


async def test_what_cannot_be_settled_is_said_and_ends_with_another_code(
    tmp_path: Path, bot: DeadBot, fence: FenceFile
) -> None:
    bot.noted("sent", "sell", "0.1", "30000")
    for _ in range(2):
        await bot.hand.place("btcusd", "sell", "0.1", "30000")
    async with watching(tmp_path, bot) as seen:
        assert await seen.ended() is Exit.LOOK_AT_EXCHANGE
    assert seen.has_said("1 order(s) may still be OPEN")
    stands = fence.seen()
    assert stands is not None
    assert not stands.is_work_done, "the next guard tries again"


async def test_a_journal_that_cannot_be_read_is_said(tmp_path: Path, bot: DeadBot) -> None:
    bot.journal.close_file()
    (tmp_path / JOURNAL_NAME).write_bytes(b"no journal at all" * 100)
    async with watching(tmp_path, bot) as seen:
        assert await seen.ended() is Exit.LOOK_AT_EXCHANGE
    assert seen.has_said("LOOK AT THE EXCHANGE")


async def test_a_bot_on_another_account_than_the_keys_is_not_guarded_in_silence(tmp_path: Path, bot: DeadBot) -> None:
    bot.target = replace(bot.target, login=Credentials("another-key", "another-secret", "a test"))
    async with watching(tmp_path, bot) as seen, beating(bot.heartbeat):
        assert await seen.ended() is Exit.CANNOT_GUARD
    assert seen.has_said("Restart the guard")
    await bot.placed("live", "sell", "0.1", "30000")
    async with watching(tmp_path, bot) as seen:
        await eventually(lambda: seen.has_said("cancel them manually"), "an old one is told")
        assert not seen.task.done(), "and keeps nobody from guarding the next"
    assert not seen.has_said("another-secret")


async def test_one_exchange_that_is_away_does_not_hold_up_the_other(
    tmp_path: Path, bot: DeadBot, sandbox: Sandbox
) -> None:
    async with Sandbox(SandboxConfig(seed=6)) as other, person(other, "bot") as hand:
        west = DeadBot(other, tmp_path, hand, "peatio_west", "the-other-dead-bot")
        await west.placed("west", "sell", "0.1", "30000")
        await bot.placed("east", "sell", "0.1", "30000")
        sandbox.go_down()
        async with watching(tmp_path, bot, west) as seen:
            await eventually(lambda: seen.has_said("peatio_west: no order of the bot is open"), "one is done")
            assert west.states() == ["cancel"]
            assert not seen.task.done()
            sandbox.come_back()
            assert await seen.ended() is Exit.BOT_DIED
        assert bot.states() == ["cancel"]


@pytest.fixture
async def west(tmp_path: Path) -> AsyncIterator[DeadBot]:
    """Another bot of the same data folder, at an exchange of its own."""
    async with Sandbox(SandboxConfig(seed=6)) as other, person(other, "bot") as hand:
        yield DeadBot(other, tmp_path, hand, "peatio_west", "the-western-bot", 4712)


async def test_a_bot_that_dies_while_the_guard_is_at_work_is_noticed_each_time(
    tmp_path: Path, bot: DeadBot, west: DeadBot, sandbox: Sandbox
) -> None:
    """The first one's exchange may not answer for hours."""
    await bot.placed("east", "sell", "0.1", "30000")
    await west.placed("west", "sell", "0.1", "30000")
    fence = FenceFile(tmp_path, west.pulse.owner)
    sandbox.go_down()
    async with watching(tmp_path, bot, west) as seen:
        async with beating(west.heartbeat):
            await eventually(lambda: seen.has_said("peatio: the exchange gives no usable"), "the guard is at work")
            assert west.states() == ["wait"]
        await eventually(lambda: seen.has_said("peatio_west: no order of the bot is open"), "the second one died")
        assert west.states() == ["cancel"]

        async with beating(west.heartbeat):
            stands = fence.seen()
            assert stands is not None
            fence.take_down(stands)
            await west.placed("again", "sell", "0.1", "30000")
            await eventually(lambda: seen.report[-1] == "peatio_west: guarding the bot of process 4712", "it is awake")
        await eventually(lambda: west.states() == ["cancel", "cancel"], "it died again")
        assert fence.is_up
        assert not seen.task.done()
        sandbox.come_back()
        assert await seen.ended() is Exit.BOT_DIED
    assert bot.states() == ["cancel"]


async def test_a_bot_without_a_key_does_not_end_the_guard_at_work(
    tmp_path: Path, bot: DeadBot, west: DeadBot, sandbox: Sandbox
) -> None:
    await bot.placed("east", "sell", "0.1", "30000")
    sandbox.go_down()
    async with watching(tmp_path, bot) as seen:
        await eventually(lambda: seen.has_said("the exchange gives no usable answer"), "the guard is at work")
        async with beating(west.heartbeat):
            await eventually(lambda: seen.has_said("peatio_west: a bot runs on an account whose key"), "it is told")
            await asyncio.sleep(AFTER_S)
        await eventually(lambda: seen.has_said("peatio_west: a bot that does not run"), "its death is told")
        sandbox.come_back()
        assert await seen.ended() is Exit.BOT_DIED
    assert sum("whose key this guard does not have" in line for line in seen.report) == 1
    assert bot.states() == ["cancel"]


async def test_a_guard_that_can_look_no_more_finishes_its_work(
    tmp_path: Path, bot: DeadBot, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(folder: Path) -> list[object]:
        raise ZeroDivisionError("a mistake in the guard")

    await bot.placed("live", "sell", "0.1", "30000")
    sandbox.go_down()
    async with watching(tmp_path, bot) as seen:
        await eventually(lambda: seen.has_said("the exchange gives no usable answer"), "the guard is at work")
        monkeypatch.setattr(guard, "heartbeat_records", broken)
        await eventually(lambda: seen.has_said("the guard itself failed"), "it says so")
        sandbox.come_back()
        with pytest.raises(ZeroDivisionError):
            await seen.ended()
    assert bot.states() == ["cancel"]


async def test_a_guard_that_is_ended_at_work_says_so(
    tmp_path: Path, bot: DeadBot, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    await bot.placed("live", "sell", "0.1", "30000")
    sandbox.go_down()
    working = Guard(tmp_path, [bot.target], AFTER_S, guard_command._log)
    ending = asyncio.create_task(guard_command._guard(working))
    await eventually(lambda: working.is_cancelling, "it is at work")
    os.kill(os.getpid(), 15)
    assert await ending == Exit.LOOK_AT_EXCHANGE
    assert "LOOK AT THE EXCHANGE" in capsys.readouterr().out


async def test_a_guard_that_is_ended_while_it_watches_is_no_failure(
    tmp_path: Path, bot: DeadBot, capsys: pytest.CaptureFixture[str]
) -> None:
    async with beating(bot.heartbeat):
        ending = asyncio.create_task(guard_command._guard(Guard(tmp_path, [bot.target], AFTER_S, guard_command._log)))
        await asyncio.sleep(0.1)
        os.kill(os.getpid(), 2)
        assert await ending == Exit.ENDED
    assert "the bot is no longer guarded" in capsys.readouterr().out


async def test_a_guard_that_breaks_says_so(
    tmp_path: Path, bot: DeadBot, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(folder: Path) -> list[object]:
        raise ZeroDivisionError("a mistake in the guard")

    monkeypatch.setattr(guard, "heartbeat_records", broken)
    assert await guard_command._guard(Guard(tmp_path, [bot.target], AFTER_S, guard_command._log)) == Exit.CANNOT_GUARD
    assert "THE BOT IS NOT GUARDED" in capsys.readouterr().out


async def test_the_account_is_the_one_that_the_connector_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the guard would take no key for the bot's, or another's for it."""
    key = tmp_path / "key.pem"
    key.write_bytes(Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key.chmod(0o600)
    login = JwtLogin(key_file=key, uid="IDBOT0000001", email="bot@example.com")
    signed = Venue(name="peatio_signed", domain="https://signed.example", login="jwt", jwt=login)
    keyed = Venue(name="peatio_keyed", domain="https://keyed.example")
    monkeypatch.setitem(NAMED_EXCHANGES, signed.name, signed)
    monkeypatch.setitem(NAMED_EXCHANGES, keyed.name, keyed)
    credentials = Credentials("a-key", "a-secret", "a test")
    for target in (
        Target("peatio", parse_domain("plain.example"), credentials),
        Target(keyed.name, keyed.address, credentials, keyed),
        Target(signed.name, signed.address, login, signed),
    ):
        exchange = PeatioExchange(
            "a-key",
            "a-secret",
            "plain.example",
            settings=ConnectorSettings(),
            journal_folder=tmp_path,
            domain=target.name,
        )
        assert target.account == exchange._engine._rows.identity.account
