"""Where the time goes: ``python -m bench.profiles MEASUREMENT`` prints the most costly functions as a table.

The profiler makes every call dearer, small functions most: the shares tell where to look, not what a call costs.
"""

import argparse
import cProfile
import os
import pstats
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.plan import MEASUREMENTS
from bench.runner import run_one

TOP = 12
#: Waiting for the system is no cost.
WAITING = ("select.epoll", "select.select")
#: Names the file that a measurement writes a profile to; without it there is none.
VARIABLE = "BENCH_PROFILE"


@contextmanager
def measured() -> Iterator[None]:
    """Around what a measurement measures."""
    path = os.environ.get(VARIABLE)
    if path is None:
        yield
        return
    profiler = cProfile.Profile()
    profiler.enable()
    try:
        yield
    finally:
        profiler.disable()
        profiler.dump_stats(path)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.profiles", description=__doc__)
    parser.add_argument("measurement", choices=("book", "fills", "orders"))
    parser.add_argument("--subject", default="peatio")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="bench-") as folder:
        path = os.environ[VARIABLE] = str(Path(folder) / "profile")
        run_one(options.measurement, options.subject, MEASUREMENTS[options.measurement].sizes)
        print("\n".join(table(pstats.Stats(path))))
    return 0


def table(stats: pstats.Stats) -> Iterator[str]:
    """The functions that took most themselves, without what they call."""
    profiled: Any = stats
    taken = [
        (own_s, calls, _name(*place))
        for place, (_, calls, own_s, *_) in profiled.stats.items()
        if not any(waiting in place[2] for waiting in WAITING)
    ]
    total_s = sum(own_s for own_s, *_ in taken)
    yield "| function | calls | share |"
    yield "| --- | ---: | ---: |"
    for own_s, calls, name in sorted(taken, reverse=True)[:TOP]:
        yield f"| `{name}` | {calls:,} | {own_s / total_s:.0%} |"


def _name(file: str, line: int, function: str) -> str:
    if line == 0:
        return function.removeprefix("<").removesuffix(">")
    return f"{Path(file).name}: {function}"


if __name__ == "__main__":
    sys.exit(main())
