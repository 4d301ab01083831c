"""What a seed is made of: the world and its faults, decided before anything runs. Pure.

A plan is the seed's; a shrunk one has some of its faults only.
"""

import random
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

from simulation.faults.catalog import FAULTS

Leftovers = Literal["cancel", "adopt"]

#: How long a world trades, in seconds, before the calm.
TRADING_S = 300.0
#: No fault begins before the bots had a chance to become ready, nor in the last seconds of trading.
QUIET_S = 5.0
#: The sandbox's traders make a lively market; here the bots are to do most of what happens.
TRADER_SLOWNESS = 10.0
#: How many orders a bot places in all its lives.
ORDERS = 250


@dataclass(frozen=True)
class PlannedFault:
    """
    :ivar number: of all the plan's faults, in the order of time
    :ivar nth: of its kind, so that other kinds do not change it
    :ivar given: what the kind needs besides (`simulation.faults.catalog`)
    """

    number: int
    nth: int
    at_s: float
    kind: str
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """As a case names it."""
        return f"{self.kind} {self.nth}"

    def __str__(self) -> str:
        given = ", ".join(f"{name}={value}" for name, value in self.given.items())
        return f"{self.name} at {self.at_s:.3f} s ({given})"


@dataclass(frozen=True)
class BotChoice:
    """A bot of the world.

    :ivar exchange: number of its exchange
    :ivar member: whose account it trades on
    """

    name: str
    exchange: int
    member: str
    leftovers: Leftovers
    refuses_self_trades: bool
    is_exclusive: bool
    restores_state: bool
    orders: int


@dataclass(frozen=True)
class Plan:
    """
    :ivar exchanges: their names, which are their hosts' too
    :ivar has_constant_latencies: whether every packet takes equally long, instead of what the seed draws for it
    :ivar trader_slowness: the pauses of the sandbox's traders are that many times as long
    """

    seed: int
    exchanges: tuple[str, ...]
    bots: tuple[BotChoice, ...]
    faults: tuple[PlannedFault, ...]
    trading_s: float = TRADING_S
    has_constant_latencies: bool = False
    trader_slowness: float = TRADER_SLOWNESS

    def only(self, names: Collection[str]) -> Self:
        """The same world with these of its faults alone.

        :raises LookupError: it has no fault of that name
        """
        faults = tuple(fault for fault in self.faults if fault.name in names)
        if missing := set(names) - {fault.name for fault in faults}:
            raise LookupError(f"the plan of seed {self.seed} has no {', '.join(sorted(missing))}")
        return replace(self, faults=faults)


def plan_of(seed: int) -> Plan:
    """The plan of a seed; the same for ever, as long as the kinds of faults are the same."""
    rng = random.Random(f"plan {seed}")
    exchanges = ("exchange",)
    bots = (
        BotChoice(
            name="bot",
            exchange=0,
            member="bot",
            leftovers=rng.choice(("cancel", "adopt")),
            refuses_self_trades=rng.random() < 0.5,
            is_exclusive=rng.random() < 0.3,
            restores_state=rng.random() < 0.5,
            orders=ORDERS,
        ),
    )
    world = Plan(seed, exchanges, bots, ())
    return replace(world, faults=tuple(_faults(seed, world)))


def _faults(seed: int, world: Plan) -> Iterator[PlannedFault]:
    drawn: list[tuple[float, str, Mapping[str, Any]]] = []
    for kind, fault in FAULTS.items():
        # A stream of its own for each kind, so that a new kind changes no other.
        rng = random.Random(f"{kind} {seed}")
        drawn += [(at_s, kind, given) for at_s, given in fault.draw(rng, world)]
    counts: Counter[str] = Counter()
    for number, (at_s, kind, given) in enumerate(sorted(drawn, key=lambda row: row[:2]), start=1):
        counts[kind] += 1
        yield PlannedFault(number, counts[kind], at_s, kind, given)
