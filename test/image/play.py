"""Two bots, their guards and a broker, run from the built image as deploy/compose.yml says, on a sandbox exchange in a
container. Every check is made from outside: what the exchange has, what the broker and the metrics say.
"""

import contextlib
import re
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from peatio_cli.fleet.health import BOT_FILE
from peatio_cli.install import init_command
from peatio_sandbox.config import make_credentials
from test.acceptance.people import Keys
from test.deploy.broker import STEERING_USER, Broker, Steering, steering
from test.deploy.strategies import strategy_configuration
from test.end_to_end.support import Person
from test.image.compose import EXCHANGE_PORT, Project, copy_deployment, running_project
from test.image.engine import Engine, run, say
from test.patience import eventually
from test.peatio_cli.hbot import PASSWORD

BOTS = {"btc": ("btcusd", "BTC-USD"), "eth": ("ethusd", "ETH-USD")}
DOMAIN = f"http://exchange:{EXCHANGE_PORT}"
FILE = "compose.yml"
_ENDED_NS = "{{.State.FinishedAt.UnixNano}}"
# Hummingbot takes ten seconds to start, and minutes on a machine that does much else.
START_TIMEOUT_S, TIMEOUT_S = 480.0, 120.0


@dataclass(frozen=True)
class Stage:
    """What the checks need."""

    project: Project
    account: Person
    fleet: Steering

    async def open_orders(self, bot: str) -> list[int]:
        market = BOTS[bot][0]
        rows = await self.account.call("GET", f"market/orders?market={market}&limit=100")
        return [row["id"] for row in rows if row["state"] in ("pending", "wait")]

    async def quotes(self, bot: str, what: str) -> list[int]:
        """Wait until a bot has two orders or more; returns their ids."""
        found: list[int] = []

        async def enough() -> bool:
            found[:] = await self.open_orders(bot)
            return len(found) >= 2

        await eventually(enough, what, timeout_s=START_TIMEOUT_S, pause_s=1)
        return found

    async def has_no_orders(self, bot: str, what: str) -> None:
        async def none() -> bool:
            return not await self.open_orders(bot)

        await eventually(none, what, timeout_s=TIMEOUT_S, pause_s=1)

    async def is_at_the_broker(self, bot: str) -> None:
        await eventually(lambda: self.fleet.heartbeats(bot), f"bot-{bot} is at the broker", timeout_s=TIMEOUT_S)


async def play(engine: Engine) -> None:
    """Run everything. Raises AssertionError or ImageError where something is not as it should be."""
    folder = engine.folder / "play"
    copy_deployment(folder, FILE, {"exchange": ["--traders"]})
    passwords = _write_secrets(folder)
    async with contextlib.AsyncExitStack() as stack:
        project = await stack.enter_async_context(running_project(engine, folder, FILE))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        await project("up", "--detach", "--no-build", "exchange", "broker")
        exchange = await stack.enter_async_context(project.reach("exchange", EXCHANGE_PORT))
        broker = await project.address("broker")
        say(f"an exchange and, at {broker}, a broker, in a network without a way out")
        for name in BOTS:
            await _connect(project, name)
        services = [f"bot-{name}" for name in BOTS]
        await project("up", "--detach", "--no-build", *services)
        account = Person(session, exchange, Keys(*make_credentials(0, "bot")))
        async with _steering(broker, passwords) as fleet:
            stage = Stage(project, account, fleet)
            await _they_quote(stage)
            await _a_bot_obeys_the_broker(stage)
            await _a_hanging_bot_is_guarded(stage)
            await _a_killed_bot_settles_its_orders(stage)
        await _they_stop(stage)


async def _they_quote(stage: Stage) -> None:
    for name in BOTS:
        await stage.quotes(name, f"bot-{name} quotes")
        await stage.is_at_the_broker(name)
        await stage.project.probe(f"guard-{name}", "--guard")
        await stage.project.probe(f"bot-{name}")

        async def is_ready(name: str = name) -> bool:
            return 'peatio_ready{connector="peatio"} 1.0' in await stage.project.metrics(f"bot-{name}")

        await eventually(is_ready, f"bot-{name} is ready", timeout_s=TIMEOUT_S, pause_s=1)
        await _is_ready(stage, name)
    say("both bots quote; their probes, those of their guards, and their metrics say so")


async def _is_ready(stage: Stage, name: str) -> None:
    """Waits until the probe shows the next report of the bot."""
    file = stage.project.folder / "bots" / name / BOT_FILE
    await eventually(lambda: '"peatio": true' in file.read_text(), f"bot-{name} reports that it is ready", TIMEOUT_S)
    await stage.project.probe(f"bot-{name}", "--ready")


async def _a_bot_obeys_the_broker(stage: Stage) -> None:
    assert (await stage.fleet.ask("eth", "stop", async_backend=False))["status"] == 200
    assert await stage.open_orders("eth") == []
    assert await stage.open_orders("btc")
    await stage.project.probe("bot-eth", "--ready")
    assert (await stage.fleet.ask("eth", "start", async_backend=False))["status"] == 200
    await stage.quotes("eth", "bot-eth quotes again")
    say("bot-eth was stopped and started over MQTT; nothing of it stayed open")


async def _a_hanging_bot_is_guarded(stage: Stage) -> None:
    await stage.project.podman("pause", "bot-btc")
    try:
        await stage.has_no_orders("btc", "the guard cancels the orders of a bot that hangs")
    finally:
        await stage.project.podman("unpause", "bot-btc")
    log = await stage.project("logs", "--no-color", "guard-btc")
    assert re.search(r"NO HEARTBEAT for 30 s .*; cancelling its open orders and no others", log), log
    assert "no order of the bot is open now" in log
    assert "LOOK AT THE EXCHANGE" not in log
    await stage.quotes("btc", "the bot wakes up, reconciles and quotes again")
    await _is_ready(stage, "btc")
    say("guard-btc cancelled the orders of bot-btc while that hung; the bot went on afterwards")


async def _a_killed_bot_settles_its_orders(stage: Stage) -> None:
    left = await stage.quotes("eth", "bot-eth quotes")
    await stage.project("kill", "-s", "SIGKILL", "bot-eth")
    await stage.project("up", "--detach", "--no-build", "--no-recreate", "bot-eth")
    await stage.quotes("eth", "bot-eth quotes again")

    async def settled() -> bool:
        return not set(left) & set(await stage.open_orders("eth"))

    await eventually(settled, "the orders that a killed bot left", timeout_s=TIMEOUT_S, pause_s=1)
    say("bot-eth was killed and started again; what it had left open is cancelled")


async def _they_stop(stage: Stage) -> None:
    names = [f"{kind}-{name}" for kind in ("bot", "guard") for name in BOTS]
    await stage.project("stop", *names)
    for name in BOTS:
        assert await stage.open_orders(name) == []
    for name in names:
        code = await stage.project.inspect(name, "{{.State.ExitCode}}")
        assert code == "0", f"{name} ended with code {code}"
    for name in BOTS:
        ended = [await stage.project.inspect(f"{kind}-{name}", _ENDED_NS) for kind in ("bot", "guard")]
        assert int(ended[0]) <= int(ended[1]), f"guard-{name} ended before its bot"
    say("all stopped with exit code 0, each guard after its bot; no order is open")


async def _connect(project: Project, name: str) -> None:
    """Make the instance as docs/operate/scaling.md says; the keys are entered in the container."""
    directory = project.folder / "bots" / name
    with contextlib.redirect_stdout(sys.stderr):
        assert init_command.run(directory) == 0
    shutil.copyfile(project.folder / "peatio.yml", directory / "conf" / "peatio.yml")
    strategy = strategy_configuration(market=BOTS[name][1], order_refresh_time="30")
    (directory / "conf" / "strategies" / f"conf_{name}.yml").write_text(strategy)
    key, secret = make_credentials(0, "bot")
    keys = {"peatio_exchange_domain": DOMAIN, "peatio_api_key": key, "peatio_secret_key": secret}
    await project.connect(f"bot-{name}", "peatio", keys)
    say(f"bot-{name} is connected")


def _write_secrets(folder: Path) -> dict[str, str]:
    """The secrets that compose.yml names; returns each user's password at the broker."""
    secrets = folder / "secrets"
    secrets.mkdir()
    users = {user: f"password of {user}" for user in (STEERING_USER, *BOTS)}
    (secrets / "keystore_password").write_text(PASSWORD)
    for user in (*users, "cross"):  # docker-compose warns about those of services that it does not start
        (secrets / f"mqtt_{user}").write_text(users.get(user, ""))
    file = secrets / "mosquitto_passwords"
    file.write_text("".join(f"{user}:{password}\n" for user, password in users.items()))
    run(("mosquitto_passwd", "-U", file))
    file.chmod(0o644)  # the broker has a user of its own
    return users


@contextlib.asynccontextmanager
async def _steering(address: str, passwords: dict[str, str]) -> AsyncIterator[Steering]:
    async with steering(Broker(1883, passwords, address), STEERING_USER) as fleet:
        yield fleet
