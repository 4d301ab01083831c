"""Faults of a bot's wall clock: wrong from the start, set during the run."""

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulation.faults.kind import FaultType, Given

if TYPE_CHECKING:
    from simulation.plan import Plan
    from simulation.world import World

#: Seconds by which a clock is wrong: what drift makes, what a machine without a time service has, a wrong time zone.
OFFSETS_S = ((0.1, 4.0), (5.0, 120.0), (1800.0, 7200.0))


def _steps(rng: random.Random, plan: "Plan") -> Iterator[tuple[float, Given]]:
    for bot in plan.bots:
        at_s = 0.0 if rng.random() < 0.3 else rng.expovariate(1 / 250)
        while at_s < plan.trading_s:
            offset_s = rng.uniform(*rng.choice(OFFSETS_S)) * rng.choice((-1, 1))
            yield at_s, {"bot": bot.name, "offset_s": offset_s}
            at_s += rng.expovariate(1 / 250)


def _step(world: "World", given: Given) -> None:
    world.bots[given["bot"]].set_clock(given["offset_s"])


KINDS = (FaultType("clock step", _steps, _step),)
