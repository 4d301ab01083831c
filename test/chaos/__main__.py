"""`python -m test.chaos --seeds 50`, or `--seed N` to repeat one."""

from test.chaos import scaled  # noqa: F401

# isort: split

import argparse
import multiprocessing
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from test.chaos.judge import Fault
from test.chaos.sabotage import SABOTAGES
from test.chaos.seed import SeedResult, run_seed

LOG_LINES = 30
SELF_CHECK_SEED = 1
SHOWN_FINDINGS = 20
# Seeds run in processes forked off one that has everything imported.
_PROCESSES = multiprocessing.get_context("forkserver")


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0 where nothing was lost, duplicated, orphaned or mis-accounted."""
    options = _parser().parse_args(arguments)
    _PROCESSES.set_forkserver_preload(["test.chaos.seed"])
    seeds = [options.seed] if options.seed is not None else range(options.first, options.first + options.seeds)
    folder = options.keep or Path(tempfile.mkdtemp(prefix="peatio-chaos-"))
    if options.self_check:
        has_passed = _check_self(folder, options.jobs)
    else:
        has_passed = _run(seeds, folder, options.jobs, options.sabotage)
    if has_passed and options.keep is None:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if has_passed else 1


def _run(seeds: Sequence[int], folder: Path, jobs: int, sabotage: str) -> bool:
    started_s = time.monotonic()
    results: list[SeedResult] = []
    for result in _results([(seed, sabotage) for seed in seeds], folder, jobs):
        results.append(result)
        _report(result, folder / str(result.seed))
    print(f"{time.monotonic() - started_s:.0f} s")
    print(_last_line(results))
    return all(result.has_passed for result in results)


def _check_self(folder: Path, jobs: int) -> bool:
    """A seed under each sabotage: whether each is found, and called by its name."""
    found = 0
    for result in _results([(SELF_CHECK_SEED, name) for name in SABOTAGES], folder, jobs):
        counts = ", ".join(f"{result.count(fault)} {fault.value}" for fault in Fault)
        expected = SABOTAGES[result.sabotage][1]
        is_found = result.count(expected) > 0
        found += is_found
        print(f"{result.sabotage}: {counts}" + ("" if is_found else f": NOT FOUND as {expected.value}"), flush=True)
        if result.error:
            print(result.error)
    print(f"self-check: {found} of {len(SABOTAGES)} sabotages found")
    return found == len(SABOTAGES)


def _results(runs: Sequence[tuple[int, str]], folder: Path, jobs: int) -> Iterator[SeedResult]:
    """:param runs: seeds, and how each is sabotaged"""
    with ProcessPoolExecutor(jobs, mp_context=_PROCESSES, max_tasks_per_child=1) as pool:
        futures = []
        for seed, sabotage in runs:
            seed_folder = folder / (sabotage or str(seed))
            shutil.rmtree(seed_folder, ignore_errors=True)
            seed_folder.mkdir(parents=True)
            futures.append(pool.submit(run_seed, seed, seed_folder, sabotage))
        for future in as_completed(futures):
            yield future.result()


def _report(result: SeedResult, folder: Path) -> None:
    word = "ok" if result.has_passed else "FAILED"
    print(
        f"seed {result.seed}: {word}, {result.orders} orders, {result.fills} fills, "
        f"{result.faults} faults of {result.kinds} kinds, settled in {result.settled_s:.1f} s, "
        f"{result.seconds:.0f} s in all",
        flush=True,
    )
    if result.has_passed:
        return
    for finding in result.findings[:SHOWN_FINDINGS]:
        print(f"  {finding.fault.value}: {finding.text}")
    if len(result.findings) > SHOWN_FINDINGS:
        print(f"  … and {len(result.findings) - SHOWN_FINDINGS} more")
    if result.error:
        print("  " + result.error.replace("\n", "\n  "))
    for line in _log_lines(result, folder):
        print(f"    {line}")
    print(f"  to repeat: make chaos SEED={result.seed}    (what was written: {folder})", flush=True)


def _log_lines(result: SeedResult, folder: Path) -> list[str]:
    """The lines of the bot's logs that name what differs; without any, the end of the last log."""
    names = {name for finding in result.findings[:3] for name in finding.ids if name.startswith("hbot-")}
    lines = []
    for log in sorted(folder.glob("life_*.log")):
        for line in log.read_text(errors="replace").splitlines():
            if any(name in line for name in names):
                lines.append(f"{log.stem}: {line}")
    return lines[-LOG_LINES:] or result.log_tail.splitlines()[-LOG_LINES:]


def _last_line(results: Sequence[SeedResult]) -> str:
    counts = ", ".join(f"{sum(result.count(fault) for result in results)} {fault.value}" for fault in Fault)
    orders = sum(result.orders for result in results)
    fills = sum(result.fills for result in results)
    faults = sum(result.faults for result in results)
    return f"chaos: {len(results)} seeds, {orders} orders, {fills} fills, {faults} faults: {counts}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m test.chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=50, help="how many seeds to run (50)")
    parser.add_argument("--first", type=int, default=1, help="the first of them (1)")
    parser.add_argument("--seed", type=int, help="run this seed alone")
    parser.add_argument("--sabotage", choices=SABOTAGES, default="", help="break the connector on purpose")
    parser.add_argument("--self-check", action="store_true", help="break it in every way and see that it is found")
    parser.add_argument("--jobs", type=int, default=2, help="seeds at a time (2)")
    parser.add_argument("--keep", type=Path, help="folder for logs, databases and reports; kept in any case")
    return parser


if __name__ == "__main__":
    sys.exit(main())
