"""The command line of the simulation."""

import argparse
import itertools
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from simulation import forks
from simulation.case import Case
from simulation.cases import CASES
from simulation.long_life import hourly, quiet, run_days
from simulation.monitors.violation import OF_MIRRORS, Property
from simulation.plan import plan_of
from simulation.replay import replay
from simulation.sabotage import MIRROR_SABOTAGES, SABOTAGES
from simulation.scattered import run_scattered
from simulation.seeds import Run
from simulation.self_check import check_self
from simulation.shrink import BUDGET, Shrinker
from simulation.timeline import View
from simulation.world import Outcome
from test.chaos.judge import Fault

SHOWN_FINDINGS = 20
#: One seed in so many is run twice, in two processes whose memory differs, to show that it comes to the same.
REPEATED = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0 where nothing was lost, duplicated, orphaned, mis-accounted or stuck."""
    parser = _parser()
    options = parser.parse_args(arguments)
    cases = _cases_of(options)
    if (options.trace or options.shrink) and len(cases) != 1:
        parser.error("--trace and --shrink need one --seed or one --case")
    forks.warm_up()
    if options.self_check is not None:
        known = MIRROR_SABOTAGES if options.mirror else SABOTAGES
        if unknown := set(options.self_check) - set(known):
            parser.error(f"--self-check: there is no {', '.join(sorted(unknown))}, only {', '.join(known)}")
        return 0 if check_self(options.self_check, options.first, options.trading_s, options.mirror) else 1
    if options.days or options.quiet_days:
        return _run_days(options)
    if options.trace:
        return _trace(cases[0], options)
    if options.shrink:
        return _shrink(cases[0], options.budget)
    return _run(cases, options)


def _cases_of(options: argparse.Namespace) -> list[Case]:
    if options.cases:
        return list(CASES)
    if options.case is not None:
        return [CASES[options.case - 1]]
    if options.seed is not None:
        return [Case(options.seed, options.mirror, options.dense, trading_s=options.trading_s)]
    if options.mirror or options.dense:
        first = range(options.first, options.first + options.seeds)
        return [Case(seed, options.mirror, options.dense, trading_s=options.trading_s) for seed in first]
    seeds: Iterable[int] = itertools.count(options.first)
    if options.pegged:
        seeds = (seed for seed in seeds if plan_of(seed).exchanges[0].telling is not None)
    return [Case(seed, trading_s=options.trading_s) for seed in itertools.islice(seeds, options.seeds)]


def _how(case: Case) -> str:
    if case in CASES:
        return f"CASE={CASES.index(case) + 1}"
    given = ["--mirror"] * case.is_mirror + ["--dense"] * case.is_dense
    given += [] if case.trading_s is None else [f"--trading-s {case.trading_s:g}"]
    return f"SEED={case.seed}" + (f' ARGS="{" ".join(given)}"' if given else "")


def _run(cases: Sequence[Case], options: argparse.Namespace) -> int:
    started_s = time.monotonic()
    plans = [case.plan() for case in cases]
    runs = []
    for run in forks.run_all(plans, options.jobs):
        runs.append(run)
        _report(run, _how(cases[plans.index(run.plan)]))
    repeated = [run for run in runs if options.twice and run.outcome.seed % options.twice == 0]
    is_reproducible = _repeat(repeated, options.jobs)
    print(f"{time.monotonic() - started_s:.0f} s")
    print(_last_line(runs))
    return 0 if is_reproducible and all(run.outcome.has_passed for run in runs) else 1


def _run_days(options: argparse.Namespace) -> int:
    seed = options.first if options.seed is None else options.seed
    is_quiet = options.quiet_days is not None
    plan = quiet(seed, options.quiet_days) if is_quiet else hourly(seed, options.days)
    started_s = time.monotonic()
    run = run_days(plan, is_quiet)
    how = f'ARGS="--quiet-days {options.quiet_days:g}"' if is_quiet else f"DAYS={options.days:g}"
    _report(run, f"SEED={seed} {how}")
    print(f"{time.monotonic() - started_s:.0f} s")
    print(_last_line([run]))
    return 0 if run.outcome.has_passed else 1


def _trace(case: Case, options: argparse.Namespace) -> int:
    view = View(options.about, options.host, options.from_s, options.to_s, options.steps)
    run = replay(case.plan(), view, options.out, options.picture)
    _report(run, _how(case))
    return 0 if run.outcome.has_passed else 1


def _shrink(case: Case, budget: int) -> int:
    def run(case: Case) -> Outcome:
        (run,) = forks.run_all([case.plan()], 1)
        return run.outcome

    def on_run(case: Case, fails: bool) -> None:
        plan = case.plan()
        print(f"{'fails' if fails else 'passes'}: {len(plan.faults)} faults in {plan.trading_s:g} s", flush=True)

    shrunk = Shrinker(run, budget, on_run).shrink(case)
    if shrunk is None:
        print("it does not fail: nothing to shrink")
        return 0
    print(f"{shrunk.runs} runs{'' if shrunk.is_finished else ', which is the budget: there may be a smaller one'}")
    print(f"the smallest that still fails ({shrunk.wanted}):")
    for fault in shrunk.case.plan().faults:
        print(f"  {fault}")
    print("to add to simulation/cases.py, with the reason as `why`:")
    print(f"    {shrunk.case.line()}")
    return 1


def _repeat(runs: Sequence[Run], jobs: int) -> bool:
    """Whether these come to the same a second time, with everything at other addresses."""
    plans = [run.plan for run in runs]
    differing = []
    for again in forks.run_all(plans, jobs, run_scattered):
        run = runs[plans.index(again.plan)]
        if (again.hash, again.ledger) != (run.hash, run.ledger):
            differing.append(run.outcome.seed)
    if differing:
        print(f"NOT REPRODUCIBLE: seeds {', '.join(map(str, differing))} came to another hash the second time")
    else:
        print(f"{len(runs)} seeds were run twice: equal hashes of events and ledgers")
    return not differing


def _report(run: Run, how: str) -> None:
    """
    :param how: the arguments of `make simulate` that run it again
    """
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
        print(f"  to see what happened: make simulate {how} TRACE=1", flush=True)
        print(f"  to find the smallest world that fails so: make simulate {how} SHRINK=1", flush=True)


def _last_line(runs: Sequence[Run]) -> str:
    outcomes = [run.outcome for run in runs]
    counts = ", ".join(
        f"{sum(finding.fault is fault for one in outcomes for finding in one.findings)} {fault.value}"
        for fault in Fault
    )
    broken = Counter(violation.broken for one in outcomes for violation in one.violations)
    has_mirror = any(run.plan.mirror is not None for run in runs)
    counts += "".join(
        f", {broken[one]} {one.value}" for one in Property if has_mirror or one not in OF_MIRRORS
    )
    resizes = sum(one.resizes for one in outcomes)
    return (
        f"simulate: {len(runs)} seeds, {sum(one.orders for one in outcomes)} orders, "
        f"{sum(one.fills for one in outcomes)} fills, {f'{resizes} resizes, ' if resizes else ''}"
        f"{sum(one.faults for one in outcomes)} faults, "
        f"{sum(one.crashes for one in outcomes)} crashes: {counts}, {sum(len(one.stuck) for one in outcomes)} stuck"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many seeds to run (100)")
    parser.add_argument("--first", type=int, default=1, help="the first of them (1)")
    worlds = parser.add_mutually_exclusive_group()
    worlds.add_argument("--pegged", action="store_true", help="only seeds with a pegged coin")
    worlds.add_argument(
        "--dense", action="store_true", help="worlds with a pegged coin whose cycles replace many like orders"
    )
    worlds.add_argument(
        "--mirror", action="store_true", help="worlds of two exchanges, with the controller peatio_liquidity between"
    )
    parser.add_argument("--seed", type=int, help="run this seed alone")
    parser.add_argument("--cases", action="store_true", help="run the cases of simulation/cases.py")
    parser.add_argument("--case", type=int, help="run this one of them alone, counted from 1")
    parser.add_argument("--trading-s", type=float, help="how long each world trades, in simulated seconds")
    parser.add_argument("--jobs", type=int, default=2, help="seeds at a time (2)")
    parser.add_argument(
        "--twice", type=int, default=REPEATED, metavar="N", help="run each seed that N divides twice (10); 0: none"
    )
    parser.add_argument(
        "--self-check", nargs="*", metavar="SABOTAGE",
        help="break the connector on purpose, in each way or in these, and see within how many seeds it is found",
    )
    trace = parser.add_argument_group("a timeline of one seed or case")
    trace.add_argument("--trace", action="store_true", help="print what happened: hosts, messages, orders, faults")
    trace.add_argument("--about", action="append", default=[], metavar="ID", help="only what mentions this order")
    trace.add_argument("--host", action="append", default=[], help="only hosts whose names begin so, as bot or bot.2")
    trace.add_argument("--from-s", type=float, default=0.0, help="from this simulated second on")
    trace.add_argument("--to-s", type=float, default=float("inf"), help="until this one")
    trace.add_argument("--steps", action="store_true", help="a line for every step of every task, too")
    trace.add_argument("--out", type=Path, help="write the timeline into this file")
    trace.add_argument("--picture", type=Path, help="draw it too, as an HTML page with a lane for each host")
    shrink = parser.add_argument_group("the smallest part of a seed or case that still fails")
    shrink.add_argument("--shrink", action="store_true", help="search for it, and print it as a line for cases.py")
    shrink.add_argument("--budget", type=int, default=BUDGET, help=f"how many worlds to run at most ({BUDGET})")
    days = parser.add_argument_group("long lives")
    days.add_argument("--days", type=float, help="so many simulated days of quoting with a fault an hour")
    days.add_argument("--quiet-days", type=float, help="so many of one quiet bot on an old journal: nothing may grow")
    return parser
