"""Finds the smallest world that still fails as a seed's does. Pure: running a world is handed in."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from simloop._shrink import _ddmin

from simulation.case import Case

if TYPE_CHECKING:
    from simulation.world import Outcome

#: How many worlds are run at most.
BUDGET = 80
#: Trading is not cut shorter than this, in seconds: a bot needs some time to begin.
SHORTEST_S = 10.0
_ERROR = re.compile(r"\b\w+(?:Error|Exception|Exit|Interrupt)\b")


def properties_of(outcome: "Outcome") -> tuple[str, ...]:
    """Which properties did not hold, the gravest first; what else differs between two failures does not count."""
    found = [finding.fault.value for finding in outcome.findings]
    found += [violation.broken.value for violation in outcome.violations]
    found += ["stuck" for _ in outcome.stuck]
    # Of an error its type: a message may have an id or a time in it.
    found += [f"failed: {(_ERROR.findall(line) or ['no error'])[-1]}" for line in outcome.failed]
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True)
class Shrunk:
    """
    :ivar case: the smallest that was found
    :ivar wanted: the property that it violates
    :ivar runs: how many worlds were run
    :ivar is_finished: False where the budget ended before
    """

    case: Case
    wanted: str
    runs: int
    is_finished: bool


class _OutOfBudgetError(Exception):
    """No more worlds may be run."""


class Shrinker:
    """
    :param run: runs the world of a case
    :param budget: how many worlds may be run
    :param on_run: hears of each: the case, and whether it still fails
    """

    def __init__(
        self,
        run: "Callable[[Case], Outcome]",
        budget: int = BUDGET,
        on_run: Callable[[Case, bool], None] = lambda case, fails: None,
    ) -> None:
        self._run = run
        self._budget = budget
        self._on_run = on_run
        self._runs = 0
        self._wanted = ""
        self._best = Case(0)
        # Delta debugging asks for some parts more than once.
        self._known: dict[Case, bool] = {}

    def shrink(self, case: Case) -> Shrunk | None:
        """None where the world of the case does not fail."""
        self._runs = 1
        properties = properties_of(self._run(case))
        self._on_run(case, bool(properties))
        if not properties:
            return None
        self._wanted = properties[0]
        plan = case.plan()
        self._best = replace(
            case, faults=tuple(fault.name for fault in plan.faults), trading_s=plan.trading_s, why=self._wanted
        )
        try:
            # What makes every later run shorter comes first.
            self._shorten()
            self._try(replace(self._best, has_constant_latencies=True))
            self._leave_faults_out()
            self._leave_bots_out()
            if any("steps" in fault.given for fault in self._best.plan().faults):
                self._try(replace(self._best, has_no_step_counts=True))
            self._shorten()
        except _OutOfBudgetError:
            return Shrunk(self._best, self._wanted, self._runs, is_finished=False)
        return Shrunk(self._best, self._wanted, self._runs, is_finished=True)

    def _try(self, case: Case) -> bool:
        """Whether the smaller case fails in the same way; then it is the best so far."""
        fails = self._known.get(case)
        if fails is None:
            if self._runs >= self._budget:
                raise _OutOfBudgetError
            self._runs += 1
            fails = self._known[case] = self._wanted in properties_of(self._run(case))
            self._on_run(case, fails)
        if fails:
            self._best = case
        return fails

    def _shorten(self) -> None:
        """Halves the time of trading as long as it fails, then tries three quarters; later faults go with it."""
        for part in (0.5, 0.75):
            while True:
                assert self._best.trading_s is not None
                trading_s = round(self._best.trading_s * part, 1)
                if trading_s < SHORTEST_S:
                    break
                faults = tuple(fault.name for fault in self._best.plan().faults if fault.at_s <= trading_s)
                if not self._try(replace(self._best, trading_s=trading_s, faults=faults)):
                    break

    def _leave_faults_out(self) -> None:
        names = self._best.faults or ()
        if not names or self._try(replace(self._best, faults=())):
            return
        minimize(names, lambda kept: self._try(replace(self._best, faults=tuple(kept))))

    def _leave_bots_out(self) -> None:
        plan = self._best.plan()
        for bot in plan.bots:
            left = [one.name for one in self._best.plan().bots if one.name != bot.name]
            if left:
                others = replace(self._best, bots=tuple(left))
                self._try(replace(others, faults=tuple(fault.name for fault in others.plan().faults)))


def minimize[Item](items: Sequence[Item], fails: Callable[[list[Item]], bool]) -> list[Item]:
    """Delta debugging, simloop's: a part of the items that fails, and does not without any one of them.

    :param items: all of them together fail, none of them does not
    """
    length = len(items)

    def probe(choices: tuple[int, ...]) -> bool:
        return fails([item for item, choice in zip(items, choices, strict=True) if choice])

    return [items[index] for index in _ddmin([1] * length, length, range(length), probe)]
