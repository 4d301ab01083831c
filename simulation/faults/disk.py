"""Faults of a bot's disk: it is full, or somebody else holds SQLite's locks."""

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulation.disk import Failure
from simulation.faults.kind import FaultType, Given

if TYPE_CHECKING:
    from simulation.plan import Plan
    from simulation.world import World

#: Which files: the connector's own, or Hummingbot's database as well.
FILES = ("peatio_", "peatio_", "")


def _troubles(rng: random.Random, plan: "Plan") -> Iterator[tuple[float, Given]]:
    at_s = rng.expovariate(1 / 150)
    while at_s < plan.trading_s:
        yield at_s, {
            "bot": rng.choice(plan.bots).name,
            "trouble": rng.choice(("full", "full", "locked")),
            "file": rng.choice(FILES),
            "chance": rng.choice((0.1, 0.5, 1.0)),
            "duration_s": min(rng.expovariate(1 / 8), 40.0),
            "seed": rng.getrandbits(32),
        }
        at_s += rng.expovariate(1 / 150)


def _fail(world: "World", given: Given) -> None:
    bot = world.bots[given["bot"]]
    bot.fail_disk(Failure(given["trouble"], given["file"], given["chance"], f"disk {given['seed']}"))
    world.until_calm(given["duration_s"], bot.mend_disk)


KINDS = (FaultType("disk", _troubles, _fail),)
