"""What a seed is made of: the world and its faults, decided before anything runs. Pure.

A plan is the seed's; a shrunk one has some of its faults only.
"""

import random
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

from peatio_sandbox.dialects.catalog import DEFAULT_DIALECT
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
#: The part of the seeds with more than one bot, that with another dialect, and that of the bots that have a guard.
BIGGER, OTHER_DIALECT, GUARDED = 0.2, 0.2, 0.3
#: The part of the seeds with a pegged coin, of those that can have one, and how its resizes may be shown.
PEGGED = 0.1
TELLINGS = ("origin", "remaining", "replace", "silent")
#: The mean pause between the cycles of a pegged coin; and in dense worlds.
CYCLE_PAUSE_S, DENSE_CYCLE_PAUSE_S = 25.0, 12.0
GUARD_AFTER_S = (3.0, 5.0, 10.0, 30.0)
#: Whose accounts the bots trade on; two bots may share one.
MEMBERS = ("bot", "you")
#: Dialects besides the default and how often each is drawn, relatively: Peatio's own versions more than its forks.
DIALECTS = {
    "peatio-3.0": 3,
    "peatio-2.6": 3,
    "peatio-2.5": 3,
    "peatio-2.4": 3,
    "peatio-2.3": 3,
    "ruby-ranger": 3,
    "ruby-ranger-0.4": 2,
    "openfinex": 2,
    "bitzlato": 2,
    "zsmartex": 2,
    "third-party-engine": 2,
}


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
class ExchangeChoice:
    """An exchange of the world.

    :ivar name: and its host's
    :ivar dialect: of the sandbox (docs/reference/sandbox-dialects.md)
    :ivar telling: how the cycles of its pegged coin show resized orders; None where it has no such coin
    :ivar cycle_pause_s: the mean pause between these cycles
    """

    name: str
    dialect: str = DEFAULT_DIALECT
    telling: str | None = None
    cycle_pause_s: float = CYCLE_PAUSE_S


@dataclass(frozen=True)
class BotChoice:
    """A bot of the world.

    :ivar exchange: number of its exchange
    :ivar member: whose account it trades on
    :ivar guard_after_s: after how many seconds of silence its guard takes it for dead; None where it has no guard
    :ivar prefers_like_orders: whether most of its orders are like others of it, on the markets of a pegged coin
    """

    name: str
    exchange: int
    member: str
    leftovers: Leftovers
    refuses_self_trades: bool
    is_exclusive: bool
    restores_state: bool
    orders: int
    guard_after_s: float | None = None
    prefers_like_orders: bool = False


@dataclass(frozen=True)
class MirrorChoice:
    """The controller `peatio_liquidity` between the first exchange and the second (`simulation.mirror`).

    :ivar settings: its configuration
    """

    settings: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Plan:
    """A world and what goes wrong in it.

    :ivar has_constant_latencies: whether every packet takes equally long, instead of what the seed draws for it
    :ivar trader_slowness: the pauses of the sandbox's traders are that many times as long
    :ivar mirror: None where bots trade by a script
    """

    seed: int
    exchanges: tuple[ExchangeChoice, ...]
    bots: tuple[BotChoice, ...]
    faults: tuple[PlannedFault, ...]
    trading_s: float = TRADING_S
    has_constant_latencies: bool = False
    trader_slowness: float = TRADER_SLOWNESS
    mirror: MirrorChoice | None = None

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
    exchanges = [ExchangeChoice("exchange", _dialect(rng, f"dialect {seed}"))]
    accounts = [(0, MEMBERS[0])]
    if rng.random() < BIGGER:
        if rng.random() < 0.4:
            exchanges.append(ExchangeChoice("second", _dialect(rng, f"second dialect {seed}")))
        accounts += [(len(exchanges) - 1, rng.choice(MEMBERS)) for _ in range(rng.randint(1, 2))]
    bots = tuple(_bot(rng, number, accounts) for number in range(len(accounts)))
    exchanges[0] = replace(exchanges[0], telling=_telling(seed, exchanges[0], bots))
    world = Plan(seed, tuple(exchanges), bots, ())
    return replace(world, faults=tuple(faults_of(str(seed), world)))


def dense_plan_of(seed: int) -> Plan:
    """A world of one bot whose many like orders are replaced by cycles again and again: it is hardest there to know
    which order is in whose place."""
    usual = plan_of(seed)
    exchange = ExchangeChoice("exchange", telling="replace", cycle_pause_s=DENSE_CYCLE_PAUSE_S)
    bot = replace(usual.bots[0], orders=ORDERS, guard_after_s=None, prefers_like_orders=True)
    world = Plan(seed, (exchange,), (bot,), ())
    return replace(world, faults=tuple(faults_of(f"dense {seed}", world)))


def _telling(seed: int, exchange: ExchangeChoice, bots: Sequence[BotChoice]) -> str | None:
    """From a stream of its own, so that other seeds stay as they were.

    With one bot without a guard: another bot's orders look like the ones in the place of its own, and the guard does
    not follow these.
    """
    rng = random.Random(f"pegged {seed}")
    is_alone = len(bots) == 1 and bots[0].guard_after_s is None and exchange.dialect == DEFAULT_DIALECT
    return rng.choice(TELLINGS) if rng.random() < PEGGED and is_alone else None


def _dialect(rng: random.Random, stream: str) -> str:
    if rng.random() >= OTHER_DIALECT:
        return DEFAULT_DIALECT
    # A stream of its own, so that another dialect in the list changes no plan but those that have another dialect.
    return random.Random(stream).choices(list(DIALECTS), list(DIALECTS.values()))[0]


def _bot(rng: random.Random, number: int, accounts: Sequence[tuple[int, str]]) -> BotChoice:
    exchange, member = accounts[number]
    may_be_exclusive = accounts.count((exchange, member)) == 1
    return BotChoice(
        name=f"bot{number + 1}" if number else "bot",
        exchange=exchange,
        member=member,
        leftovers=rng.choice(("cancel", "adopt")),
        refuses_self_trades=rng.random() < 0.5,
        is_exclusive=rng.random() < 0.3 and may_be_exclusive,
        restores_state=rng.random() < 0.5,
        orders=ORDERS // len(accounts),
        guard_after_s=rng.choice(GUARD_AFTER_S) if rng.random() < GUARDED else None,
    )


def faults_of(stream: str, world: Plan) -> Iterator[PlannedFault]:
    """What goes wrong in a world.

    :param stream: names the chance that decides it
    """
    drawn: list[tuple[float, str, Mapping[str, Any]]] = []
    for kind, fault in FAULTS.items():
        # A stream of its own for each kind, so that a new kind changes no other.
        rng = random.Random(f"{kind} {stream}")
        drawn += [(at_s, kind, given) for at_s, given in fault.draw(rng, world)]
    counts: Counter[str] = Counter()
    for number, (at_s, kind, given) in enumerate(sorted(drawn, key=lambda row: row[:2]), start=1):
        counts[kind] += 1
        yield PlannedFault(number, counts[kind], at_s, kind, given)
