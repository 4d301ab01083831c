"""The service beside a guard: one process sends, nothing is lost over a restart, and no address holds anything up."""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from peatio_cli.alerts.addresses import Addresses
from peatio_cli.alerts.alert import Alert
from peatio_cli.alerts.courier import Courier, Delivery
from peatio_cli.alerts.losses import Market
from peatio_cli.alerts.opening import AlertsError, open_alerts
from peatio_cli.alerts.service import AlertService, Sources
from peatio_cli.alerts.settings import AlertSettings
from peatio_cli.watch.bot_reader import BotReader
from peatio_cli.watch.bot_state import Activity, BotState
from peatio_cli.watch.journal_reader import BotFill, JournalNews
from test.patience import eventually
from test.peatio_cli.alerts.states import bot, fill

STOPPED = "The bot was stopped; it left no order open."


class Bot(BotReader):
    """A bot as the test sets it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.state: BotState | Exception = bot()
        self.looks = 0

    def look(self, report: object = None) -> BotState:
        self.looks += 1
        if isinstance(self.state, Exception):
            raise self.state
        return self.state


class Post(Courier):
    """Keeps messages instead of sending them; an address fails or hangs as the test wants."""

    def __init__(self, addresses: int = 1) -> None:
        super().__init__(Addresses("planted " * addresses, "a test"), "my-bot")
        self.arrived: list[tuple[int, list[str]]] = []
        self.problems: dict[int, str] = {}
        self.hangs: set[int] = set()
        self.released = asyncio.Event()
        self.tries: Counter[int] = Counter()

    async def send(self, number: int, alerts: Sequence[Alert]) -> Delivery:
        self.tries[number] += 1
        if number in self.hangs:
            await self.released.wait()
        problem = self.problems.get(number, "")
        if not problem:
            self.arrived.append((number, [alert.text for alert in alerts]))
        return Delivery(f"address {number}", problem)


class NoPrices:
    async def mids(self, markets: Collection[Market]) -> Mapping[Market, Decimal]:
        return {}

    async def close(self) -> None:
        pass


class World:
    """An instance, its bot and its post; each service is a process's."""

    def __init__(self, folder: Path) -> None:
        (folder / "data").mkdir(exist_ok=True)
        self.folder = folder
        self.bot = Bot(folder)
        self.post = Post()
        self.lines: list[str] = []
        self.now_s = 0.0

    def service(self, **settings: Any) -> AlertService:
        sources = Sources(self.bot, nothing, NoPrices())
        return AlertService(
            self.folder, AlertSettings(**settings), sources, self.post, self.lines.append, lambda: self.now_s, 0.01
        )

    @asynccontextmanager
    async def running(self, **settings: Any) -> AsyncIterator[AlertService]:
        service = self.service(**settings)
        service.start()
        yield service
        await service.finish(0.5)

    async def looked(self, times: int = 3) -> None:
        before = self.bot.looks
        await eventually(lambda: self.bot.looks >= before + times, "the bot is looked at")

    async def got(self, *messages: tuple[int, list[str]]) -> None:
        await eventually(lambda: self.post.arrived == [*messages], f"{messages}, not {self.post.arrived}")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def test_each_alert_is_sent_once_and_resolved_once_over_restarts(world: World) -> None:
    async with world.running():
        await world.looked()
        world.bot.state = bot(activity=Activity.STOPPED)
        await world.got((0, [STOPPED]))
        await world.looked()
    async with world.running():
        await world.looked()
        await world.got((0, [STOPPED]))
        world.bot.state = bot()
        await world.got((0, [STOPPED]), (0, ["The bot runs again."]))


async def test_what_was_not_sent_is_sent_by_the_next_process(world: World) -> None:
    world.post.problems[0] = "it refused the message (HTTP 403)"
    async with world.running():
        await world.looked()
        world.bot.state = bot(activity=Activity.STOPPED)
        await eventually(lambda: any("HTTP 403" in line for line in world.lines), "the failure is told")
    assert world.lines[-1] == "alerts: 1 not sent yet; the next guard, or `watch --alerts`, sends them"
    world.post.problems.clear()
    async with world.running():
        await world.got((0, [STOPPED]))
    assert json.loads((world.folder / "data" / "peatio_alerts.json").read_text())["outbox"] == [[0, []]]


async def test_an_address_that_fails_is_named_once_and_tried_again_after_a_pause(world: World) -> None:
    world.post = Post(2)
    world.post.problems[1] = "it could not be reached, or did not take the message"
    async with world.running() as service:
        service.event("Something happened.")
        await world.got((0, ["Something happened."]))
        await world.looked()
        world.now_s = 5.0
        await world.looked()
        service.event("Something else.")
        await world.got((0, ["Something happened."]), (0, ["Something else."]))
        assert [line for line in world.lines if line.startswith("address")] == [
            "address 1: it could not be reached, or did not take the message; it is tried again, with growing pauses"
        ]
        world.post.problems.clear()
        world.now_s = 60.0
        await eventually(lambda: "address 1: alerts arrive again" in world.lines, "the address works again")
        assert world.post.arrived[-1] == (1, ["Something happened.", "Something else."])


async def test_an_address_that_hangs_holds_up_neither_looks_nor_other_addresses(world: World) -> None:
    world.post = Post(2)
    world.post.hangs.add(0)
    async with world.running() as service:
        service.event("Something happened.")
        await world.got((1, ["Something happened."]))
        await world.looked(20)
        assert world.post.tries[0] == 1, "one delivery at a time"
    assert world.lines[-1] == "alerts: 1 not sent yet; the next guard, or `watch --alerts`, sends them"


async def test_one_process_sends_and_another_takes_over_when_it_ends(world: World) -> None:
    other = World(world.folder)
    async with world.running():
        await world.looked()
        taking_over = other.running()
        await taking_over.__aenter__()
        await eventually(lambda: other.lines, "it says that another one sends")
        assert other.lines == [
            f"alerts: another process sends them ({world.folder / 'data' / 'peatio_alerts.lock'} is locked); this "
            "one takes over after it"
        ]
        world.bot.state = other.bot.state = bot(activity=Activity.STOPPED)
        await world.got((0, [STOPPED]))
        assert other.bot.looks == 0
    await other.looked()
    other.bot.state = bot()
    await other.got((0, ["The bot runs again."]))
    await taking_over.__aexit__(None, None, None)


async def test_an_event_of_a_process_that_does_not_send_reaches_the_one_that_does(world: World) -> None:
    """A guard beside `watch --alerts`: what became of a dead bot's orders only the guard knows."""
    guard = World(world.folder)
    async with world.running():
        await world.looked()
        async with guard.running() as service:
            await eventually(lambda: guard.lines, "it says that another one sends")
            service.event("1 order may still be OPEN.")
            await world.got((0, ["1 order may still be OPEN."]))
            service.event("The last word.")
        await world.got((0, ["1 order may still be OPEN."]), (0, ["The last word."]))
    assert guard.post.arrived == []


async def test_the_end_waits_for_the_look_that_is_under_way(world: World) -> None:
    """Two threads would read one database, and what the first one found would be lost."""
    began, go_on = threading.Event(), threading.Event()
    looks: list[str] = []

    def slow(report: object = None) -> BotState:
        looks.append("begins")
        began.set()
        go_on.wait(20)
        looks.append("ends")
        return bot(activity=Activity.SILENT, silent_s=31)

    world.bot.look = slow  # type: ignore[method-assign]
    service = world.service()
    service.start()
    await eventually(began.is_set, "the look")
    finishing = asyncio.create_task(service.finish(20))
    await asyncio.sleep(0)
    go_on.set()
    await finishing
    assert looks == ["begins", "ends", "begins", "ends"]
    assert world.post.arrived == [(0, ["The bot died or hangs: no heartbeat of peatio for 31 s."])]


async def test_a_look_that_fails_is_one_line_without_the_text_of_the_error(world: World) -> None:
    world.bot.state = RuntimeError("planted")
    async with world.running() as service:
        await eventually(lambda: world.bot.looks == 1, "it looked")
        world.bot.state = bot()
        service.event("It goes on.")
        await world.got((0, ["It goes on."]))
    assert "alerts: a look failed (RuntimeError); trying again" in world.lines
    assert not any("planted" in line for line in world.lines)


async def test_a_memory_that_cannot_be_read_or_written_stops_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (world.folder / "data" / "peatio_alerts.json").write_text("{")

    def refused(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("peatio_cli.alerts.memory.MemoryFile.save", refused)
    async with world.running() as service:
        service.event("It goes on.")
        await world.got((0, ["It goes on."]))
        await world.looked()
    assert [line for line in world.lines if "peatio_alerts.json" in line] == [
        f"alerts: {world.folder / 'data' / 'peatio_alerts.json'} cannot be read (JSONDecodeError); what was wrong "
        "before is reported again",
        f"alerts: {world.folder / 'data' / 'peatio_alerts.json'} cannot be written (No space left on device); after a "
        "restart they repeat",
    ]


async def test_a_last_event_is_sent_before_the_end(world: World) -> None:
    async with world.running() as service:
        await world.looked()
        service.event("The last word.")
    assert world.post.arrived == [(0, ["The last word."])]


async def test_the_end_does_not_wait_for_a_pause(world: World) -> None:
    world.post.problems[0] = "it could not be reached, or did not take the message"
    async with world.running() as service:
        service.event("Something happened.")
        await eventually(lambda: world.post.tries[0], "the first try")
        await world.looked()
        world.post.problems.clear()
        assert world.post.arrived == []
    assert world.post.arrived == [(0, ["Something happened."])]


async def test_the_end_sends_what_came_during_the_last_delivery(world: World) -> None:
    world.post.hangs.add(0)
    service = world.service()
    service.start()
    service.event("The first.")
    await eventually(lambda: world.post.tries[0], "the first try")
    service.event("The second.")
    await world.looked()
    finishing = asyncio.create_task(service.finish(20))
    await world.looked(1)
    world.post.released.set()
    await finishing
    assert world.post.arrived == [(0, ["The first."]), (0, ["The second."])]


async def test_fills_are_those_of_the_journal(world: World) -> None:
    async with world.running(fills=True):
        await world.looked()
        world.bot.news = JournalNews((BotFill(fill(1), "mine"),))
        await world.got((0, ["Bought 1 BTC-USD at 100."]))


async def nothing() -> None:
    """A bot that says nothing of itself."""


@pytest.mark.parametrize("wrong", ["settings", "rights", "apprise"])
def test_what_is_wrong_with_the_alerts_is_said(tmp_path: Path, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    configuration = tmp_path / "conf"
    configuration.mkdir()
    assert open_alerts(tmp_path, {}, nothing, NoPrices(), pytest.fail) is None, "who wants none hears nothing of them"
    environment = {"PEATIO_ALERTS": "json://127.0.0.1/planted"}
    if wrong == "settings":
        (configuration / "peatio_alerts.yml").write_text("fills: 1\n")
        expected = f"{configuration / 'peatio_alerts.yml'}: fills is true or false, not 1."
    elif wrong == "rights":
        environment = {}
        file = configuration / "peatio_alert_addresses"
        file.write_text("json://127.0.0.1/planted")
        file.chmod(0o644)
        expected = f"other users can read {file}; remedy: chmod 600 {file}"
    else:
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        expected = "the library apprise is missing; remedy: pip install 'hummingbot-peatio[alerts]'"
    with pytest.raises(AlertsError) as error:
        open_alerts(tmp_path, environment, nothing, NoPrices(), pytest.fail)
    assert str(error.value) == expected
