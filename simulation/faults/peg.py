"""Cycles of a pegged coin: balances and open orders change without a trade, while everything else goes wrong."""

import random
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from simulation.faults.kind import FaultType, Given

if TYPE_CHECKING:
    from simulation.plan import Plan
    from simulation.world import World

#: Some far apart, so that open orders shrink and grow; the real peg moves by three at most.
PEGS = (0, 30, 51, 53, 60, 100, 150, 200, 300)


def _cycles(rng: random.Random, plan: "Plan") -> Iterator[tuple[float, Given]]:
    for number, exchange in enumerate(plan.exchanges):
        at_s = 10.0 + rng.expovariate(1 / exchange.cycle_pause_s)
        while exchange.telling is not None and at_s < plan.trading_s:
            yield at_s, {"exchange": number, "peg": rng.choice(PEGS)}
            at_s += rng.expovariate(1 / exchange.cycle_pause_s)


def _begin(world: "World", given: Given) -> None:
    exchange = world.exchanges[given["exchange"]]

    def begin() -> None:
        assert exchange.sandbox.pegged is not None
        with suppress(ValueError):  # one is under way
            exchange.sandbox.pegged.begin_cycle(given["peg"])

    exchange.do(begin)


KINDS = (FaultType("peg cycle", _cycles, _begin),)
