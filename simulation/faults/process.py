"""Faults of a bot's process: it dies between two of its steps or at a commit to its disk, or stands still."""

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulation.faults.kind import FaultType, Given

if TYPE_CHECKING:
    from simulation.plan import Plan
    from simulation.world import World

# A bot is started again this long after its death.
DOWN_S = (0.5, 30.0)


def _kills(rng: random.Random, plan: "Plan") -> Iterator[tuple[float, Given]]:
    for bot in plan.bots:
        yield rng.uniform(1.0, plan.trading_s), {
            "bot": bot.name,
            "steps": rng.randrange(200),
            "is_machine": rng.random() < 0.5,
            "down_s": rng.uniform(*DOWN_S),
        }


def _kill(world: "World", given: Given) -> None:
    bot = world.bots[given["bot"]]
    if bot.life is not None:
        world.loop.after_steps(
            bot.host, given["steps"], lambda: bot.die(is_machine=given["is_machine"], down_s=given["down_s"])
        )


def _commit_kills(rng: random.Random, plan: "Plan") -> Iterator[tuple[float, Given]]:
    for bot in plan.bots:
        yield rng.uniform(1.0, plan.trading_s), {
            "bot": bot.name,
            "commits": rng.randrange(30),
            "is_after": rng.random() < 0.5,
            "is_machine": rng.random() < 0.5,
            "down_s": rng.uniform(*DOWN_S),
        }


def _commit_kill(world: "World", given: Given) -> None:
    bot = world.bots[given["bot"]]
    if bot.life is None or bot.is_dead:
        return

    def die() -> None:
        world.disturb(given["down_s"])
        bot.die(is_machine=given["is_machine"], down_s=given["down_s"])

    disk = bot.life.disk
    disk.die_at_commit(given["commits"], given["is_after"], die)
    world.until_calm(world.plan.trading_s, disk.live)


def _stalls(rng: random.Random, plan: "Plan") -> Iterator[tuple[float, Given]]:
    at_s = rng.expovariate(1 / 60)
    while at_s < plan.trading_s:
        yield at_s, {"bot": rng.choice(plan.bots).name, "duration_s": min(rng.expovariate(1 / 3), 40.0)}
        at_s += rng.expovariate(1 / 60)


def _stall(world: "World", given: Given) -> None:
    world.loop.stall(world.bots[given["bot"]].host, given["duration_s"])


KINDS = (
    FaultType("kill", _kills, _kill),
    FaultType("kill at a commit", _commit_kills, _commit_kill),
    FaultType("stall", _stalls, _stall),
)
