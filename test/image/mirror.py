"""A mirror and its guard, run from the built image as deploy/mirror.compose.yml says, between two sandbox exchanges in
containers. Every check is made from outside: what both exchanges have, what the probes and the metrics report.
"""

import contextlib
import re
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal

import aiohttp
import yaml

from peatio_cli.install.instance import InstancePurpose, create_instance
from peatio_cli.install.strategy_files import put_liquidity
from peatio_sandbox.config import make_credentials
from test.acceptance.people import Keys
from test.deploy.test_mirror import OUTER, settings
from test.end_to_end.support import Person
from test.image.compose import EXCHANGE_PORT, Project, copy_deployment, running_project
from test.image.engine import Engine, say
from test.image.play import START_TIMEOUT_S, TIMEOUT_S
from test.patience import eventually
from test.peatio_cli.hbot import PASSWORD

FILE = "mirror.compose.yml"
#: The seed of each exchange, which its keys depend on.
SEEDS = {"exchange": 3, "source": 4}
TAKEN = Decimal("0.003")
#: A hedge buys the exchange's fee as well, which it takes in the base currency.
MOST_HEDGED = TAKEN * Decimal("1.01")
LEVELS = 4


@dataclass(frozen=True)
class Stage:
    """What the checks need: the bot's accounts and a stranger's."""

    project: Project
    own: Person
    source: Person
    taker: Person

    async def quotes(self, count: int, what: str, timeout_s: float = TIMEOUT_S) -> None:
        """Wait until so many orders are open on the own exchange."""

        async def enough() -> bool:
            rows = await self.own.call("GET", "market/orders?market=btcusd&limit=100")
            return sum(row["state"] in ("pending", "wait") for row in rows) == count

        await eventually(enough, what, timeout_s=timeout_s, pause_s=1)

    async def traded(self, account: Person) -> Decimal:
        """What the bot bought less what it sold."""
        rows = await account.call("GET", "market/trades?market=btcusd&limit=1000")
        return sum((Decimal(row["amount"]) * (1 if row["side"] == "buy" else -1) for row in rows), Decimal(0))


async def play_mirror(engine: Engine) -> None:
    """Run everything. Raises AssertionError or ImageError where something is not as it should be."""
    folder = engine.folder / "mirror"
    options = {name: ["--seed", str(seed), *["--traders"] * (name == "source")] for name, seed in SEEDS.items()}
    copy_deployment(folder, FILE, options)
    (folder / "secrets").mkdir()
    (folder / "secrets" / "keystore_password").write_text(PASSWORD)
    with (folder / "peatio.yml").open("a") as file:
        file.write(f"exchanges:\n  outer:\n    domain: http://source:{EXCHANGE_PORT}\n")
    with contextlib.redirect_stdout(sys.stderr):
        instance = create_instance(folder / "bots" / "mirror", InstancePurpose.ORDINARY).directory
        put_liquidity(instance)
    shutil.copyfile(folder / "peatio.yml", instance / "conf" / "peatio.yml")
    (instance / "conf" / "controllers" / "mirror.yml").write_text(yaml.safe_dump(dict(settings(f"http://source:{EXCHANGE_PORT}"))))
    async with running_project(engine, folder, FILE) as project, _stage(project) as stage:
        await _it_mirrors(stage)
        await _it_hedges(stage)
        await _a_killed_mirror_is_guarded_and_goes_on(stage)
        await _it_stops(stage)


@contextlib.asynccontextmanager
async def _stage(project: Project) -> AsyncIterator[Stage]:
    await project("up", "--detach", "--no-build", *SEEDS)
    keys = {name: make_credentials(seed, "bot") for name, seed in SEEDS.items()}
    for connector, name in ("peatio", "exchange"), (OUTER, "source"):
        given = dict(zip((f"{connector}_api_key", f"{connector}_secret_key"), keys[name], strict=True))
        if connector == "peatio":
            given["peatio_exchange_domain"] = f"http://exchange:{EXCHANGE_PORT}"
        await project.connect("mirror", connector, given)
    say("the mirror is connected to its exchange and to the source")
    async with contextlib.AsyncExitStack() as stack:
        urls = {name: await stack.enter_async_context(project.reach(name, EXCHANGE_PORT)) for name in SEEDS}
        session = await stack.enter_async_context(aiohttp.ClientSession())
        own, source = (Person(session, urls[name], Keys(*keys[name])) for name in SEEDS)
        taker = Person(session, urls["exchange"], Keys(*make_credentials(SEEDS["exchange"], "taker")))
        yield Stage(project, own, source, taker)


async def _it_mirrors(stage: Stage) -> None:
    await stage.project("up", "--detach", "--no-build", "mirror")
    await stage.quotes(LEVELS, "the mirror quotes", START_TIMEOUT_S)
    await stage.project.probe("guard-mirror", "--guard")
    await stage.project.probe("mirror")
    labels = 'connector="peatio",market="BTC-USD"'
    lines = [f'peatio_liquidity_quoting{{{labels},side="{side}"}} 1.0' for side in ("bid", "ask")]

    async def are_shown() -> bool:
        text = await stage.project.metrics("mirror")
        return all(line in text for line in lines)

    await eventually(are_shown, "the metrics show that both sides quote", timeout_s=TIMEOUT_S, pause_s=1)
    say("the mirror quotes both sides; its probe, that of its guard, and its metrics show it")


async def _it_hedges(stage: Stage) -> None:
    async def is_taken() -> bool:
        """Not while the quotes are being replaced: then nobody sells so much."""
        try:
            await stage.taker.place("btcusd", "buy", str(TAKEN))
        except AssertionError as refusal:
            if "insufficient_market_liquidity" not in str(refusal):
                raise
            return False
        return True

    await eventually(is_taken, "somebody buys from the mirror", timeout_s=TIMEOUT_S, pause_s=1)

    async def is_hedged() -> bool:
        sold, bought = -await stage.traded(stage.own), await stage.traded(stage.source)
        return sold == TAKEN <= bought <= MOST_HEDGED

    await eventually(is_hedged, "what was taken is bought on the source", timeout_s=TIMEOUT_S, pause_s=1)
    say(f"{TAKEN} BTC were bought from the mirror, which bought as much on the source")


async def _a_killed_mirror_is_guarded_and_goes_on(stage: Stage) -> None:
    await stage.quotes(LEVELS, "the mirror quotes again what was taken")
    await stage.project("kill", "-s", "SIGKILL", "mirror")
    await stage.quotes(0, "the guard cancels the quotes of a mirror that died")
    await stage.project("up", "--detach", "--no-build", "--no-recreate", "mirror")
    await stage.quotes(LEVELS, "the mirror quotes after its death", START_TIMEOUT_S)
    assert await stage.traded(stage.source) <= MOST_HEDGED
    say("the mirror was killed: its guard cancelled the quotes; started again it quotes, and hedged nothing twice")


async def _it_stops(stage: Stage) -> None:
    await stage.project("stop", "mirror", "guard-mirror")
    await stage.quotes(0, "no order is left")
    code = await stage.project.inspect("mirror", "{{.State.ExitCode}}")
    assert code == "0", f"the mirror ended with code {code}"
    log = await stage.project("logs", "--no-color", "guard-mirror")
    assert not re.search("LOOK AT THE EXCHANGE", log), log
    say("the mirror stopped with exit code 0; no order is open")
