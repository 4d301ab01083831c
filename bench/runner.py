"""Runs the measurements one after the other, each in a process of its own, the subjects by turns."""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from bench.plan import MEASUREMENTS, Sizes
from bench.report import Figures

ROOT = Path(__file__).parents[1]


def run_one(name: str, subject: str, sizes: Sizes) -> dict[str, float]:
    """One measurement's figures.

    :raises subprocess.CalledProcessError: when it failed; what it said then goes to standard error
    """
    command = [sys.executable, "-m", "bench.worker", name, subject, json.dumps(dict(sizes))]
    # Hummingbot complains of its missing settings, which means nothing here.
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        print(done.stderr, file=sys.stderr)
    done.check_returncode()
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def run_all(sizes: Mapping[str, Sizes], rounds: int) -> Figures:
    """The figures of every round, telling on standard error how far it is.

    :param sizes: what to measure, and how large
    """
    figures: dict[str, dict[str, list[dict[str, float]]]] = defaultdict(lambda: defaultdict(list))
    for name in sizes:
        for number in range(rounds):
            for subject, is_each_round in MEASUREMENTS[name].subjects.items():
                if number == 0 or is_each_round:
                    told = run_one(name, subject, sizes[name])
                    figures[name][subject].append(told)
                    shown = ", ".join(f"{figure} {value:,.4g}" for figure, value in told.items())
                    print(f"{name} {number + 1}/{rounds} {subject}: {shown}", file=sys.stderr, flush=True)
    return figures
