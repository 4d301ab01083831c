"""What an exchange's operator does: closes or hides a market, restarts the websocket server while a market is quiet."""

import random
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from peatio_sandbox import FaultKind
from simulation.faults.kind import FaultType, Given
from simulation.markets import MARKETS

if TYPE_CHECKING:
    from simulation.plan import Plan
    from simulation.world import World

#: How long nothing was traded when the server restarts, and afterwards.
QUIET_S = (5.0, 30.0)


def _closings(rng: random.Random, plan: "Plan") -> Iterator[tuple[float, Given]]:
    for number in range(len(plan.exchanges)):
        at_s = rng.expovariate(1 / 200)
        while at_s < plan.trading_s:
            yield at_s, {
                "exchange": number,
                "market": rng.choice(MARKETS),
                "state": rng.choice(("disabled", "disabled", "hidden")),
                "duration_s": rng.uniform(2.0, 90.0),
            }
            at_s += rng.expovariate(1 / 200)


def _close(world: "World", given: Given) -> None:
    exchange, market = world.exchanges[given["exchange"]], given["market"]
    exchange.set_market_state(market, given["state"])
    world.until_calm(given["duration_s"], partial(exchange.set_market_state, market, "enabled"))


def _quiet_restarts(rng: random.Random, plan: "Plan") -> Iterator[tuple[float, Given]]:
    for number in range(len(plan.exchanges)):
        if rng.random() < 0.4:
            yield rng.uniform(5.0, plan.trading_s - 2 * QUIET_S[1]), {
                "exchange": number,
                "before_s": rng.uniform(*QUIET_S),
                "after_s": rng.uniform(*QUIET_S),
                "down_s": rng.uniform(0.5, 5.0),
                "engines": rng.random() < 0.5,
            }


def _restart_quietly(world: "World", given: Given) -> None:
    exchange = world.exchanges[given["exchange"]]
    exchange.fall_silent()
    restart = partial(
        exchange.sandbox.faults.start,
        FaultKind.SERVER_RESTART,
        duration_s=given["down_s"],
        engines=given["engines"],
    )
    world.later(given["before_s"], lambda: exchange.do(restart))
    world.until_calm(given["before_s"] + given["after_s"], exchange.resume)


KINDS = (FaultType("market closed", _closings, _close), FaultType("quiet restart", _quiet_restarts, _restart_quietly))
