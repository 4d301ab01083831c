"""A world that is smaller than its seed's: what the shrinker finds, and what the list of cases is made of. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

from simulation.mirror.plan import mirror_plan_of
from simulation.plan import Plan, PlannedFault, dense_plan_of, plan_of


@dataclass(frozen=True)
class Case:
    """A part of a seed's plan; what is None is as the seed decides it.

    :ivar is_mirror: whether it is a world with a mirror between two exchanges
    :ivar is_dense: whether it is a world of `dense_plan_of`
    :ivar faults: names of its faults, `kind n`
    :ivar bots: names of its bots; faults of others are left out
    :ivar trading_s: how long it trades, in simulated seconds
    :ivar has_constant_latencies: every packet takes equally long
    :ivar has_no_step_counts: a fault that waits for so many steps of a process (a kill) comes at once
    :ivar why: what it shows
    """

    seed: int
    is_mirror: bool = False
    is_dense: bool = False
    faults: tuple[str, ...] | None = None
    bots: tuple[str, ...] | None = None
    trading_s: float | None = None
    has_constant_latencies: bool = False
    has_no_step_counts: bool = False
    why: str = ""

    def plan(self) -> Plan:
        """
        :raises LookupError: the seed's plan has no such fault or bot: the case was made for another catalog of faults
        """
        make = mirror_plan_of if self.is_mirror else dense_plan_of if self.is_dense else plan_of
        plan = make(self.seed)
        if self.trading_s is not None:
            plan = replace(plan, trading_s=self.trading_s)
        if self.faults is not None:
            plan = plan.only(self.faults)
        if self.bots is not None:
            if missing := set(self.bots) - {bot.name for bot in plan.bots}:
                raise LookupError(f"the plan of seed {self.seed} has no bot {', '.join(sorted(missing))}")
            plan = replace(plan, bots=tuple(bot for bot in plan.bots if bot.name in self.bots))
        return replace(
            plan, faults=tuple(self._faults(plan)), has_constant_latencies=self.has_constant_latencies
        )

    def line(self) -> str:
        """As it stands in `simulation/cases.py`."""
        given = [
            f"{field.name}={getattr(self, field.name)!r}"
            for field in fields(self)
            if field.name == "seed" or getattr(self, field.name) != field.default
        ]
        return f"Case({', '.join(given)}),"

    def _faults(self, plan: Plan) -> Iterator[PlannedFault]:
        bots = {bot.name for bot in plan.bots}
        for fault in plan.faults:
            if fault.at_s > plan.trading_s or fault.given.get("bot", plan.bots[0].name) not in bots:
                continue
            if self.has_no_step_counts and "steps" in fault.given:
                fault = replace(fault, given={**fault.given, "steps": 0})
            yield fault
