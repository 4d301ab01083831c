"""Whether a run finds what is wrong: seeds under each sabotage, until one complains of what was broken."""

from collections.abc import Collection, Sequence
from functools import partial

from simulation import forks
from simulation.case import Case
from simulation.sabotage import MIRROR_SABOTAGES, SABOTAGES, Complaint, run_sabotaged
from simulation.world import Outcome

#: A sabotage that so many seeds do not show is a hole in the plans or in the judge.
MOST_SEEDS = 20


def check_self(
    names: Sequence[str], first: int, trading_s: float | None = None, is_mirror: bool = False
) -> bool:
    """Prints within how many seeds each sabotage is found, and by what; returns whether each is.

    :param names: of sabotages; none is all of them
    :param first: the first seed
    :param is_mirror: whether to break the mirror, in worlds that have one
    :param trading_s: how long each world trades; None is what the seed says
    """
    sabotages = MIRROR_SABOTAGES if is_mirror else SABOTAGES
    names = names or list(sabotages)
    cases = [Case(seed, is_mirror=is_mirror, trading_s=trading_s) for seed in range(first, first + MOST_SEEDS)]
    counts = [_seeds_until_found(name, cases, sabotages[name][1]) for name in names]
    found = [count for count in counts if count is not None]
    print(f"self-check: {len(found)} of {len(names)} sabotages found, each within {max(found, default=0)} seed(s)")
    return len(found) == len(names)


def _seeds_until_found(name: str, cases: Sequence[Case], expected: Collection[Complaint]) -> int | None:
    for count, case in enumerate(cases, start=1):
        (run,) = forks.run_all([case.plan()], 1, partial(run_sabotaged, name))
        what = first_complaint(run.outcome, expected)
        if what is not None:
            print(f"{name}: found in seed {count} of {MOST_SEEDS} (seed {case.seed}): {what}", flush=True)
            return count
    print(f"{name}: NOT FOUND in {MOST_SEEDS} seeds", flush=True)
    return None


def first_complaint(outcome: Outcome, expected: Collection[Complaint]) -> str | None:
    """The first complaint of a run that is about what was broken; None where there is none. Other complaints do not
    count: they may have another cause.

    :raises RuntimeError: when the simulation itself failed, which shows nothing
    """
    for line in outcome.failed:
        if line.startswith(forks.BROKEN):
            raise RuntimeError(line)
    found = [str(violation) for violation in outcome.violations if violation.broken in expected]
    found += [f"{finding.fault.value}: {finding.text}" for finding in outcome.findings if finding.fault in expected]
    return found[0] if found else None
