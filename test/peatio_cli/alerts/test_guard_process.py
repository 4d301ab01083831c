"""The guard as a program that sends alerts: of a dead bot, to addresses that work, refuse or never answer."""

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from peatio_cli.alerts.service import LAST_DELIVERY_S
from peatio_sandbox import Sandbox, SandboxConfig
from test.end_to_end.support import Person, person
from test.patience import eventually
from test.peatio_cli.alerts.receiver import Receiver, shows_an_address
from test.peatio_cli.doctor_support import PASSWORD, store
from test.peatio_cli.guard_program import ForkedGuard, forked_guard, preload
from test.peatio_cli.guard_support import DeadBot

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxConfig(seed=29)) as exchange:
        yield exchange


@pytest.fixture
async def hand(sandbox: Sandbox) -> AsyncIterator[Person]:
    async with person(sandbox, "bot") as trader:
        yield trader


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver().running() as running:
        yield running


@pytest.fixture
def instance(sandbox: Sandbox, tmp_path: Path) -> Path:
    member = sandbox.members["bot"]
    folder = tmp_path / "my-bot"
    folder.mkdir()
    store(folder, sandbox.url, member.api_key, member.secret, "peatio")
    (folder / "data").mkdir()
    return folder


@pytest.fixture(scope="module", autouse=True)
def _preloaded() -> None:
    preload()


def guard(
    instance: Path, addresses: str, last_delivery_s: float = LAST_DELIVERY_S
) -> AbstractContextManager[ForkedGuard]:
    return forked_guard(instance, {"HBOT_PASSWORD": PASSWORD, "PEATIO_ALERTS": addresses}, 3, last_delivery_s)


def assert_no_address(instance: Path, output: str) -> None:
    assert not shows_an_address(output), output
    for file in instance.rglob("*"):
        assert not file.is_file() or not shows_an_address(file.read_text(errors="replace")), file


async def test_a_dead_bot_is_told_with_what_became_of_its_orders(
    sandbox: Sandbox, hand: Person, instance: Path, receiver: Receiver
) -> None:
    bot = DeadBot(sandbox, instance / "data", hand)
    await bot.placed("one", "buy", "0.1", "29000")
    with guard(instance, receiver.address) as program:
        assert await program.ended() == 1
        assert bot.states() == ["cancel"]
        assert [text for text in receiver.texts if "hangs" in text or "took over" in text or "no order" in text] == (
            receiver.texts
        )
        died = next(text for text in receiver.texts if "hangs" in text)
        assert died.startswith("The bot died or hangs: no heartbeat of peatio")
        assert "The guard took over and cancels the bot's open orders (peatio: no heartbeat for 3 s)." in receiver.texts
        outcome = "The guard: peatio: no order of the bot is open now: 1 cancelled, 0 had ended, 0 did not exist."
        assert any(text.startswith(outcome) for text in receiver.texts)
        assert "alerts: this process sends them to 1 address(es)" in program.output
        assert_no_address(instance, program.output)
    before = len(receiver.texts)
    with guard(instance, receiver.address) as program:
        await program.says("waiting for its start")
        await program.says("this process sends them")
        program.terminate()
        assert await program.ended() == 0
    assert len(receiver.texts) == before, "each of them once, whatever guard sent it"


@pytest.mark.parametrize("address", ["silent", "refuses", "down"])
async def test_an_address_that_does_not_take_them_holds_up_no_cancel(
    sandbox: Sandbox, hand: Person, instance: Path, receiver: Receiver, address: str
) -> None:
    receiver.is_silent, receiver.status = address == "silent", 503 if address == "refuses" else 200
    bot = DeadBot(sandbox, instance / "data", hand)
    await bot.placed("one", "buy", "0.1", "29000")
    target = "json://planted@127.0.0.1:1/planted" if address == "down" else f"{receiver.address}?rto=100"
    # One that never answers would only be sat out.
    with guard(instance, target, 1.0 if address == "silent" else LAST_DELIVERY_S) as program:
        await program.says("no order of the bot is open now")
        assert bot.states() == ["cancel"]
        assert receiver.messages == []
        assert await program.ended() == 1
        assert "not sent yet; the next guard, or `watch --alerts`, sends them" in program.output
        assert_no_address(instance, program.output)
        receiver.is_silent, receiver.status = False, 200
    with guard(instance, receiver.address) as program:
        await eventually(lambda: receiver.messages, "the next guard sends them", timeout_s=60)
    assert any("no order of the bot is open now" in text for text in receiver.texts)


async def test_no_alerts_are_no_reason_not_to_guard(
    sandbox: Sandbox, hand: Person, instance: Path, receiver: Receiver
) -> None:
    (instance / "conf" / "peatio_alerts.yml").write_text("fills: often\n")
    bot = DeadBot(sandbox, instance / "data", hand)
    await bot.placed("one", "buy", "0.1", "29000")
    with guard(instance, receiver.address) as program:
        assert await program.ended() == 1
        assert "NO ALERTS ARE SENT: " in program.output
        assert bot.states() == ["cancel"]
    assert receiver.asked == 0
