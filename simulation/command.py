"""The command line of the simulation."""

import argparse
import time
from collections import Counter
from collections.abc import Sequence

from simulation import forks
from simulation.monitors.violation import Property
from simulation.plan import plan_of
from simulation.seeds import Run
from test.chaos.judge import Fault

SHOWN_FINDINGS = 20
#: One seed in so many is run twice, in two processes, to show that it comes to the same.
REPEATED = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0 where nothing was lost, duplicated, orphaned, mis-accounted or stuck."""
    options = _parser().parse_args(arguments)
    seeds = [options.seed] if options.seed is not None else range(options.first, options.first + options.seeds)
    forks.warm_up()
    started_s = time.monotonic()
    runs = []
    for run in forks.run_all([plan_of(seed) for seed in seeds], options.jobs):
        runs.append(run)
        _report(run)
    is_reproducible = _repeat([run for run in runs if run.outcome.seed % REPEATED == 0], options.jobs)
    print(f"{time.monotonic() - started_s:.0f} s")
    print(_last_line(runs))
    return 0 if is_reproducible and all(run.outcome.has_passed for run in runs) else 1


def _repeat(runs: Sequence[Run], jobs: int) -> bool:
    """Whether these come to the same a second time."""
    first = {run.outcome.seed: run for run in runs}
    differing = []
    for again in forks.run_all([plan_of(seed) for seed in first], jobs):
        run = first[again.outcome.seed]
        if (again.hash, again.ledger) != (run.hash, run.ledger):
            differing.append(run.outcome.seed)
    if differing:
        print(f"NOT REPRODUCIBLE: seeds {', '.join(map(str, differing))} came to another hash the second time")
    else:
        print(f"{len(first)} seeds were run twice: equal hashes of events and ledgers")
    return not differing


def _report(run: Run) -> None:
    outcome = run.outcome
    word = "ok" if outcome.has_passed else "FAILED"
    print(
        f"seed {outcome.seed}: {word}, {outcome.orders} orders, {outcome.fills} fills, {outcome.faults} faults of "
        f"{outcome.kinds} kinds, {outcome.crashes} crashes, {outcome.simulated_s:.0f} simulated s, "
        f"{run.cpu_s:.1f} CPU s, hash {run.hash[:12]}",
        flush=True,
    )
    for finding in outcome.findings[:SHOWN_FINDINGS]:
        print(f"  {finding.fault.value}: {finding.text}")
    if len(outcome.findings) > SHOWN_FINDINGS:
        print(f"  … and {len(outcome.findings) - SHOWN_FINDINGS} more")
    for violation in outcome.violations[:SHOWN_FINDINGS]:
        print(f"  {violation}")
    for line in [*outcome.stuck, *outcome.failed]:
        print("  " + line.replace("\n", "\n  "))
    if not outcome.has_passed:
        print(f"  to repeat: make simulate SEED={outcome.seed} TRACE=1", flush=True)


def _last_line(runs: Sequence[Run]) -> str:
    outcomes = [run.outcome for run in runs]
    counts = ", ".join(
        f"{sum(finding.fault is fault for one in outcomes for finding in one.findings)} {fault.value}"
        for fault in Fault
    )
    broken = Counter(violation.broken for one in outcomes for violation in one.violations)
    counts += "".join(f", {broken[one]} {one.value}" for one in Property)
    return (
        f"simulate: {len(runs)} seeds, {sum(one.orders for one in outcomes)} orders, "
        f"{sum(one.fills for one in outcomes)} fills, {sum(one.faults for one in outcomes)} faults, "
        f"{sum(one.crashes for one in outcomes)} crashes: {counts}, {sum(len(one.stuck) for one in outcomes)} stuck"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many seeds to run (100)")
    parser.add_argument("--first", type=int, default=1, help="the first of them (1)")
    parser.add_argument("--seed", type=int, help="run this seed alone")
    parser.add_argument("--jobs", type=int, default=2, help="seeds at a time (2)")
    return parser
