"""Runs the measurements one after the other, each in a process of its own, the subjects by turns."""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from bench.plan import MEASUREMENTS
from bench.report import Figures

ROOT = Path(__file__).parents[1]


def run_one(name: str, subject: str, is_tiny: bool) -> dict[str, float]:
    """One measurement's figures.

    :raises subprocess.CalledProcessError: when it failed; it has said why on standard error
    """
    measurement = MEASUREMENTS[name]
    sizes = json.dumps(dict(measurement.tiny if is_tiny else measurement.sizes))
    done = subprocess.run(
        [sys.executable, "-m", "bench.worker", name, subject, sizes], cwd=ROOT, stdout=subprocess.PIPE, check=True
    )
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def run_all(names: Iterable[str], rounds: int, is_tiny: bool) -> Figures:
    """The figures of every round, telling on standard error how far it is."""
    figures: dict[str, dict[str, list[dict[str, float]]]] = defaultdict(lambda: defaultdict(list))
    for name in names:
        for number in range(rounds):
            for subject, is_each_round in MEASUREMENTS[name].subjects.items():
                if number == 0 or is_each_round:
                    told = run_one(name, subject, is_tiny)
                    figures[name][subject].append(told)
                    shown = ", ".join(f"{figure} {value:,.4g}" for figure, value in told.items())
                    print(f"{name} {number + 1}/{rounds} {subject}: {shown}", file=sys.stderr, flush=True)
    return figures
