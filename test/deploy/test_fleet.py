"""Three bots on three markets with one account, one broker, and one share of the request limit each."""

import asyncio
import contextlib
import json
import shutil
import sys
import time
from asyncio.subprocess import STDOUT, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from peatio_cli.demo.trade_database import read_trade_database
from peatio_cli.fleet.health import BOT_FILE, problem_of
from peatio_cli.install.instance import LAUNCHER_NAME, InstancePurpose, create_instance, instance_environment
from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.exchange.order_request import OrderRequest
from test.deploy.broker import Broker, Steering, needs_mosquitto, running_broker, steering
from test.deploy.strategies import strategy_configuration
from test.patience import eventually
from test.peatio_cli.hbot import PASSWORD, Hbot
from test.peatio_cli.left_behind import processes_in

# Bot, market, pair, price of the others, and after how many seconds the bot renews its quotes.
BOTS = (
    ("btc", "btcusd", "BTC-USD", "40000", "1"),
    ("eth", "ethusd", "ETH-USD", "3000", "1"),
    ("cross", "ethbtc", "ETH-BTC", "0.075", "600"),
)
# One percent of 6000 requests in five minutes is used up within seconds where quotes are renewed every second.
BUSY = ("btc", "eth")
SHARE_PCT = 1
ALLOWED = 60
# What a bot's log says of an order that the limit kept back.
NO_MORE = "requests is reached for"

pytestmark = [
    needs_mosquitto,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="looks for left processes in /proc"),
]


@dataclass(frozen=True)
class RunningBot:
    """A bot's process."""

    name: str
    market: str
    directory: Path
    process: Process

    @property
    def strategy_file(self) -> str:
        return f"conf_{self.name}.yml"

    def database_orders(self) -> set[str]:
        database = read_trade_database(self.directory / "data" / f"conf_{self.name}.sqlite")
        return {order.order_id for order in database.orders}

    def is_held_back(self) -> bool:
        """Whether an order was not sent for the limit."""
        return any(NO_MORE in path.read_text() for path in (self.directory / "logs").glob("*.log"))


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """Somebody else's prices stand on every market; nobody trades."""
    async with Sandbox(SandboxConfig(seed=5)) as exchange:
        maker = exchange.exchange.members["maker"]
        for _, market, _, price, _ in BOTS:
            where, middle, one = exchange.exchange.markets[market], Decimal(price), Decimal(1)
            for order in (
                OrderRequest(where, "buy", "limit", one, middle * Decimal("0.999")),
                OrderRequest(where, "sell", "limit", one, middle * Decimal("1.001")),
            ):
                exchange.exchange.submit(maker, order)
        await exchange.settle()
        yield exchange
    assert exchange.handler_errors == []


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    folder = tmp_path / "broker"
    folder.mkdir()
    async with running_broker(folder, tuple(name for name, *_ in BOTS)) as running:
        yield running


async def make_instances(folder: Path, sandbox: Sandbox) -> dict[str, Path]:
    """One instance a bot, with the same keys and a strategy of its own each."""
    directories = {name: create_instance(folder / name, InstancePurpose.ORDINARY).directory for name, *_ in BOTS}
    first = directories[BOTS[0][0]]
    account = sandbox.members["bot"]
    keys = {"exchange_domain": sandbox.url, "api_key": account.api_key, "secret_key": account.secret}
    given = json.dumps({f"peatio_{question}": answer for question, answer in keys.items()})
    await Hbot(first / LAUNCHER_NAME)("connect", "peatio", "--keys-stdin", given=given)
    for name, _, pair, _, refresh_time in BOTS:
        if directories[name] != first:
            shutil.copytree(first / "conf", directories[name] / "conf", dirs_exist_ok=True)
        strategy = strategy_configuration(market=pair, order_refresh_time=refresh_time)
        (directories[name] / "conf" / "strategies" / f"conf_{name}.yml").write_text(strategy)
    return directories


@contextlib.asynccontextmanager
async def running_bots(directories: dict[str, Path], broker: Broker) -> AsyncIterator[list[RunningBot]]:
    """`hummingbot-peatio run` in each instance; all of them have ended afterwards."""
    bots = []
    try:
        for name, market, *_ in BOTS:
            directory = directories[name]
            password_file = directory / "mqtt-password"
            password_file.write_text(broker.passwords[name])
            with (directory / "logs" / "output.log").open("wb") as output:
                process = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "peatio_cli", "run", str(directory),
                    "--name", name, "--broker", f"127.0.0.1:{broker.port}", "--share", str(SHARE_PCT),
                    cwd=directory, stdout=output, stderr=STDOUT,
                    env={
                        **instance_environment(directory),
                        "CONFIG_PASSWORD": PASSWORD,
                        "MQTT_USERNAME": name,
                        "MQTT_PASSWORD_FILE": str(password_file),
                    },
                )  # fmt: skip
            bots.append(RunningBot(name, market, directory, process))
        yield bots
    finally:
        for bot in bots:
            with contextlib.suppress(ProcessLookupError):
                bot.process.kill()
            await bot.process.wait()


def rest_requests(sandbox: Sandbox) -> int:
    """How many requests the account has made, and everybody else's: nobody else makes any."""
    return sum(count for (_, route), count in sandbox.request_counts.items() if "ranger" not in route)


def open_orders(sandbox: Sandbox, market: str | None = None) -> list[int]:
    return [
        order.id
        for order in sandbox.orders("bot")
        if order.state in ("pending", "wait") and market in (None, order.market)
    ]


async def test_three_bots_one_account(tmp_path: Path, sandbox: Sandbox, broker: Broker) -> None:
    directories = await make_instances(tmp_path, sandbox)
    async with running_bots(directories, broker) as bots, steering(broker) as fleet:
        await asyncio.gather(*(first_start(fleet, sandbox, bot) for bot in bots))
        busy = [bot for bot in bots if bot.name in BUSY]
        await eventually(lambda: all(bot.is_held_back() for bot in busy), "they are held back", 60, pause_s=0.2)
        # Whatever their strategies want, no more than their parts of the limit comes out.
        assert rest_requests(sandbox) <= ALLOWED * len(bots)

        # The one with requests left has its quotes standing, and is stopped and started again.
        calm = bots[-1]
        await eventually(lambda: len(open_orders(sandbox, calm.market)) == 4, "all quotes stand")
        await asyncio.gather(*(stop(fleet, sandbox, bot) for bot in bots))
        assert open_orders(sandbox) == []
        each_traded_its_own_market(sandbox, bots)
        await start_as_the_api_does(fleet, sandbox, calm)

        for bot in bots:
            bot.process.terminate()
        assert [await asyncio.wait_for(bot.process.wait(), 60) for bot in bots] == [0, 0, 0]
    assert open_orders(sandbox) == []
    assert rest_requests(sandbox) <= ALLOWED * len(bots)
    each_traded_its_own_market(sandbox, bots)
    for bot in bots:
        assert processes_in(bot.directory) == []
        assert probe(bot, must_be_ready=True) == f"it does not run: there is no {bot.directory / BOT_FILE}"


async def first_start(fleet: Steering, sandbox: Sandbox, bot: RunningBot) -> None:
    """Nothing is loaded when a bot comes up, and nothing trades before it is told to."""
    await eventually(lambda: fleet.heartbeats(bot.name), f"{bot.name} is at the broker", timeout_s=90)
    nothing = await fleet.ask(bot.name, "start", async_backend=False)
    assert nothing["status"] == 400
    unknown = await fleet.ask(bot.name, "import", strategy="conf_nowhere")
    assert unknown == {
        "status": 400, "msg": "conf_nowhere.yml cannot be started: config not found: conf_nowhere.yml"
    }  # fmt: skip
    loaded = await fleet.ask(bot.name, "import", strategy=f"conf_{bot.name}")
    assert loaded == {"status": 200, "msg": f"{bot.strategy_file} is loaded."}
    assert open_orders(sandbox, bot.market) == []
    assert probe(bot, must_be_ready=True) is None, "it waits for its start"
    answer = await fleet.ask(bot.name, "start", async_backend=False)
    assert answer == {"status": 200, "msg": f"{bot.strategy_file} is started."}
    await eventually(lambda: open_orders(sandbox, bot.market), f"{bot.name} quotes", timeout_s=60)
    await eventually(lambda: '"peatio": true' in (bot.directory / BOT_FILE).read_text(), "the probe knows", 30)
    assert probe(bot, must_be_ready=True) is None


def probe(bot: RunningBot, must_be_ready: bool = False) -> str | None:
    """What the probe of a container would say."""
    return problem_of(bot.directory / BOT_FILE, time.time(), must_be_ready=must_be_ready)


async def start_as_the_api_does(fleet: Steering, sandbox: Sandbox, bot: RunningBot) -> None:
    """By name, and without waiting for the outcome."""
    answer = await fleet.ask(bot.name, "start", script="", conf=f"conf_{bot.name}")
    assert answer == {"status": 200, "msg": ""}
    await eventually(lambda: open_orders(sandbox, bot.market), f"{bot.name} quotes again", timeout_s=60)
    again = await fleet.ask(bot.name, "start", async_backend=False)
    assert again["status"] == 400


async def stop(fleet: Steering, sandbox: Sandbox, bot: RunningBot) -> None:
    status = await fleet.ask(bot.name, "status", async_backend=False)
    assert status["status"] == 200
    assert "peatio" in status["msg"]
    assert await fleet.ask(bot.name, "stop", async_backend=False) == {"status": 200, "msg": ""}
    assert open_orders(sandbox, bot.market) == []


def each_traded_its_own_market(sandbox: Sandbox, bots: list[RunningBot]) -> None:
    for bot in bots:
        at_the_exchange = {str(order.id) for order in sandbox.orders("bot") if order.market == bot.market}
        assert at_the_exchange
        assert bot.database_orders() == at_the_exchange
    assert {order.market for order in sandbox.orders("bot")} == {bot.market for bot in bots}
