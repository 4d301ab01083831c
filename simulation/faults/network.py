"""Faults of the network between a bot and its exchange."""

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulation.faults.kind import FaultType, Given

if TYPE_CHECKING:
    from simulation.plan import Plan
    from simulation.world import World


def _partitions(rng: random.Random, plan: "Plan") -> Iterator[tuple[float, Given]]:
    at_s = rng.expovariate(1 / 150)
    while at_s < plan.trading_s:
        way = rng.choice(("both", "requests", "answers"))
        duration_s = min(rng.expovariate(1 / 10), 60.0)
        yield at_s, {"bot": rng.choice(plan.bots).name, "way": way, "duration_s": duration_s}
        at_s += rng.expovariate(1 / 150)


def _partition(world: "World", given: Given) -> None:
    bot = world.bots[given["bot"]]
    exchange = world.exchange_of(bot).host
    network = world.loop.network
    if given["way"] in ("both", "requests"):
        network.cut([bot.host], [exchange])
    if given["way"] in ("both", "answers"):
        network.cut([exchange], [bot.host])
    world.later(given["duration_s"], network.heal)


def _half_opens(rng: random.Random, plan: "Plan") -> Iterator[tuple[float, Given]]:
    if rng.random() < 0.3:
        yield rng.uniform(10.0, plan.trading_s), {"bot": rng.choice(plan.bots).name}


def _half_open(world: "World", given: Given) -> None:
    world.loop.network.leave_half_open(world.bots[given["bot"]].host)


KINDS = (
    FaultType("partition", _partitions, _partition),
    FaultType("half-open connections", _half_opens, _half_open),
)
