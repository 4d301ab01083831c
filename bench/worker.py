"""One measurement in a process of its own: ``python -m bench.worker NAME SUBJECT SIZES`` prints its figures as JSON."""

import cProfile
import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from bench import book, latency, memory, requests, start

MEASUREMENTS: Mapping[str, Callable[..., Mapping[str, float]]] = {
    "book": book.measure,
    "fills": latency.measure_fills,
    "orders": latency.measure_orders,
    "start": start.measure,
    "requests": requests.measure,
    "markets": memory.measure_markets,
    "growth": memory.measure_growth,
}


def main() -> None:
    """Run the measurement that the command line names; BENCH_PROFILE names a file to write a profile of it to."""
    name, subject, sizes = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    arguments: dict[str, Any] = {"subject": subject, **sizes}
    profile_path = os.environ.get("BENCH_PROFILE")
    if profile_path is None:
        figures = MEASUREMENTS[name](**arguments)
    else:
        profiler = cProfile.Profile()
        figures = profiler.runcall(MEASUREMENTS[name], **arguments)
        profiler.dump_stats(profile_path)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
