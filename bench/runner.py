"""Runs the measurements one after the other, each in a process of its own, the subjects by turns."""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.plan import BEFORE, LONG, MEASUREMENTS, Sizes
from bench.report import Figures

ROOT = Path(__file__).parents[1]


def run_one(name: str, subject: str, sizes: Sizes, before: Path | None = None) -> dict[str, float]:
    """One measurement's figures.

    :param before: the interpreter of the build of before (bench.before), which measures `BEFORE`
    :raises subprocess.CalledProcessError: when it failed; its standard error is printed then
    """
    python, measured = (str(before), "peatio") if subject == BEFORE else (sys.executable, subject)
    command = [python, "-m", "bench.worker", name, measured, json.dumps(dict(sizes))]
    # Hummingbot complains of its missing settings, which means nothing here.
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        print(done.stderr, file=sys.stderr)
    done.check_returncode()
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def run_all(
    sizes: Mapping[str, Sizes], wanted: Collection[str], rounds: int | None, before: Path | None = None
) -> Figures:
    """The figures of every round; progress goes to standard error.

    :param sizes: what to measure, and how large
    :param wanted: the subjects to measure, as far as a measurement has them
    :param rounds: how often each is measured, None for as often as `MEASUREMENTS` says
    :param before: as in `run_one`
    """
    figures: dict[str, dict[str, list[dict[str, float]]]] = defaultdict(lambda: defaultdict(list))
    for name in sizes:
        count = rounds or MEASUREMENTS[name].rounds
        for number in range(count):
            subjects = [
                subject
                for subject, is_each_round in MEASUREMENTS[name].subjects.items()
                if (number == 0 or is_each_round) and subject in wanted
            ]
            # What takes half an hour runs side by side: it measures memory, which other work does not change.
            with ThreadPoolExecutor(max(1, len(subjects)) if name == LONG else 1) as pool:
                measured = pool.map(lambda subject, name=name: run_one(name, subject, sizes[name], before), subjects)
                for subject, found in zip(subjects, measured, strict=True):
                    figures[name][subject].append(found)
                    shown = ", ".join(f"{figure} {value:,.4g}" for figure, value in found.items())
                    print(f"{name} {number + 1}/{count} {subject}: {shown}", file=sys.stderr, flush=True)
    return figures
