"""Faults of an exchange: every kind the sandbox knows, short ones in a storm and long ones on top."""

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING

from peatio_sandbox import FaultKind
from peatio_sandbox.faults.faults import STORM_KINDS
from peatio_sandbox.faults.storm import plan_storm
from simulation.faults.kind import FaultType, Given

if TYPE_CHECKING:
    from simulation.plan import Plan
    from simulation.world import World

MEAN_PAUSE_S = 9.0
MEAN_DURATION_S = 5.0
# Long against the connector's CANCEL_PENDING_LIMIT_S, REQUEST_TIMEOUT_S and LOOKUP_LIMIT_S.
HARD_PAUSE_S = (15.0, 50.0)
HARD_DURATION_S = (13.0, 30.0)
HELD_UP_S = (20.0, 35.0)


def _storm(rng: random.Random, plan: "Plan") -> Iterator[tuple[float, Given]]:
    for number in range(len(plan.exchanges)):
        at_s = 5.0
        for gust in plan_storm(rng.getrandbits(32), STORM_KINDS, MEAN_PAUSE_S, MEAN_DURATION_S, None):
            at_s += gust.pause_s
            if at_s > plan.trading_s:
                break
            yield at_s, {"exchange": number, "fault": str(gust.kind), "duration_s": gust.duration_s, **gust.given}


def _hard(rng: random.Random, plan: "Plan") -> Iterator[tuple[float, Given]]:
    """An order processor that outlasts a cancel's wait leaves a ghost; a create that the exchange handles long after
    the connector has given it up turns up late."""
    for number in range(len(plan.exchanges)):
        at_s = rng.uniform(*HARD_PAUSE_S)
        while at_s < plan.trading_s:
            if rng.random() < 0.5:
                given: Given = {
                    "fault": str(FaultKind.PROCESSOR_PAUSED),
                    "duration_s": rng.uniform(*HARD_DURATION_S),
                    "resume": rng.random() < 0.5,
                }
            else:
                given = {
                    "fault": str(FaultKind.LATENCY),
                    "duration_s": HARD_DURATION_S[0],
                    "path": "/market/orders",
                    "method": "POST",
                    "count": rng.randint(1, 5),
                    "delay_s": rng.uniform(*HELD_UP_S),
                    "before": True,
                }
            yield at_s, {"exchange": number, **given}
            at_s += rng.uniform(*HARD_PAUSE_S)


def _begin(world: "World", given: Given) -> None:
    parameters = {name: value for name, value in given.items() if name not in ("exchange", "fault")}
    exchange = world.exchanges[given["exchange"]]
    exchange.do(lambda: exchange.sandbox.faults.start(given["fault"], **parameters))


KINDS = (FaultType("exchange storm", _storm, _begin), FaultType("exchange hard", _hard, _begin))
