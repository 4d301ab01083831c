"""Faults of an exchange: every kind the sandbox knows, short ones in a storm and long ones on top."""

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

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
LATE_S = (60.0, 240.0)
#: What is answered late.
REQUESTS = (
    ("POST", "/market/orders"),
    ("POST", "/market/orders/*/cancel"),
    ("GET", "/market/orders"),
    ("GET", "/market/trades"),
    ("GET", "/account/balances"),
    ("GET", "/public/*"),
)


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


def _late_answers(rng: random.Random, plan: "Plan") -> Iterator[tuple[float, Given]]:
    """The answer to a request comes minutes after everybody has given it up; the request was handled in time."""
    for number in range(len(plan.exchanges)):
        at_s = rng.expovariate(1 / 150)
        while at_s < plan.trading_s - LATE_S[0]:
            method, path = rng.choice(REQUESTS)
            yield at_s, _late(rng, plan, number, at_s, method, path, before=False)
            at_s += rng.expovariate(1 / 150)


def _late_requests(rng: random.Random, plan: "Plan") -> Iterator[tuple[float, Given]]:
    """A create is handled minutes after it was sent. Only where nobody else uses the account can the connector tell
    whose such an order is (docs/reference/reliability.md)."""
    for number in range(len(plan.exchanges)):
        members = sorted({bot.member for bot in plan.bots if bot.exchange == number and bot.is_exclusive})
        if members and rng.random() < 0.5:
            at_s = rng.uniform(0.0, plan.trading_s - LATE_S[0])
            given = _late(rng, plan, number, at_s, "POST", "/market/orders", before=True)
            yield at_s, {**given, "member": rng.choice(members)}


def _late(
    rng: random.Random, plan: "Plan", number: int, at_s: float, method: str, path: str, before: bool
) -> dict[str, Any]:
    return {
        "exchange": number,
        "fault": str(FaultKind.LATENCY),
        "duration_s": HARD_DURATION_S[0],
        "path": path,
        "method": method,
        "count": rng.randint(1, 4),
        # Before the calm, so that the judge sees what comes of it.
        "delay_s": rng.uniform(LATE_S[0], max(LATE_S[0], min(LATE_S[1], plan.trading_s - at_s))),
        "before": before,
    }


def _begin(world: "World", given: Given) -> None:
    parameters = {name: value for name, value in given.items() if name not in ("exchange", "fault")}
    exchange = world.exchanges[given["exchange"]]
    exchange.do(lambda: exchange.sandbox.faults.start(given["fault"], **parameters))


KINDS = (
    FaultType("exchange storm", _storm, _begin),
    FaultType("exchange hard", _hard, _begin),
    FaultType("exchange answers late", _late_answers, _begin),
    FaultType("exchange takes late", _late_requests, _begin),
)
