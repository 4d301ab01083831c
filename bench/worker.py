"""One measurement in a process of its own: ``python -m bench.worker NAME SUBJECT SIZES`` prints its figures as JSON."""

import json
import sys
from collections.abc import Callable, Mapping

from bench import book, journal, latency, memory, requests, start

MEASUREMENTS: Mapping[str, Callable[..., Mapping[str, float]]] = {
    "book": book.measure,
    "fills": latency.measure_fills,
    "orders": latency.measure_orders,
    "journal": journal.measure,
    "journal_rows": journal.measure_rows,
    "start": start.measure,
    "requests": requests.measure,
    "markets": memory.measure_markets,
    "growth": memory.measure_growth,
}


def main() -> None:
    """Run the measurement that the command line names."""
    name, subject, sizes = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    print(json.dumps(MEASUREMENTS[name](subject=subject, **sizes)))


if __name__ == "__main__":
    main()
