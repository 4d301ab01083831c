"""Faults of the network between a bot and its exchange."""

import random
from collections.abc import Iterator
from functools import partial
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
    ends = [bot.host], [bot.exchange.host]
    for way in {"requests": (ends,), "answers": (ends[::-1],), "both": (ends, ends[::-1])}[given["way"]]:
        world.loop.network.cut(*way)
        world.until_calm(given["duration_s"], partial(world.loop.network.join, *way))


def _half_opens(rng: random.Random, plan: "Plan") -> Iterator[tuple[float, Given]]:
    if rng.random() < 0.3:
        yield rng.uniform(10.0, plan.trading_s), {"bot": rng.choice(plan.bots).name}


def _half_open(world: "World", given: Given) -> None:
    world.loop.network.leave_half_open(world.bots[given["bot"]].host)


def _bad_lines(rng: random.Random, plan: "Plan") -> Iterator[tuple[float, Given]]:
    """Most packets come in time, some very late: loss makes a heavy tail."""
    at_s = rng.expovariate(1 / 80)
    while at_s < plan.trading_s:
        given: Given = {"bot": rng.choice(plan.bots).name, "duration_s": min(rng.expovariate(1 / 20), 90.0)}
        yield at_s, {**given, "loss": rng.choice((0.01, 0.05, 0.3)), "delay_s": rng.choice((0.05, 0.5, 3.0))}
        at_s += rng.expovariate(1 / 80)


def _slow_readers(rng: random.Random, plan: "Plan") -> Iterator[tuple[float, Given]]:
    at_s = rng.expovariate(1 / 200)
    while at_s < plan.trading_s:
        given: Given = {"bot": rng.choice(plan.bots).name, "duration_s": min(rng.expovariate(1 / 15), 60.0)}
        yield at_s, {**given, "bytes_per_s": rng.choice((500, 2_000, 10_000))}
        at_s += rng.expovariate(1 / 200)


def _impair(world: "World", given: Given) -> None:
    """Both ways, or the way of the answers for a reader that is slow."""
    bot, network = world.bots[given["bot"]], world.loop.network
    ends = bot.host, bot.exchange.host
    ways = [ends[::-1]] if "bytes_per_s" in given else [ends, ends[::-1]]
    how = {name: given[name] for name in ("loss", "delay_s", "bytes_per_s") if name in given}
    for source, target in ways:
        network.impair(source, target, **how)
        world.until_calm(given["duration_s"], partial(network.repair, source, target))


KINDS = (
    FaultType("partition", _partitions, _partition),
    FaultType("half-open connections", _half_opens, _half_open),
    FaultType("bad line", _bad_lines, _impair),
    FaultType("slow reader", _slow_readers, _impair),
)
