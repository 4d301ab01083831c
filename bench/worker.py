"""One measurement in a process of its own: ``python -m bench.worker NAME SUBJECT SIZES`` prints its figures as JSON."""

import json
import sys
from collections.abc import Callable, Mapping
from importlib import import_module

#: Module and function, imported when it runs: not every build (bench.before) has what each of them imports.
MEASUREMENTS: Mapping[str, tuple[str, str]] = {
    "book": ("book", "measure"),
    "flow": ("flow", "measure"),
    "fills": ("latency", "measure_fills"),
    "orders": ("latency", "measure_orders"),
    "journal": ("journal", "measure"),
    "journal_rows": ("journal", "measure_rows"),
    "start": ("start", "measure"),
    "requests": ("requests", "measure"),
    "markets": ("memory", "measure_markets"),
    "growth": ("memory", "measure_growth"),
    "sandbox_orders": ("sandbox_orders", "measure"),
    "bot_memory": ("imports", "measure"),
    "setup_warm": ("set_up", "measure"),
    "storms": ("storms", "measure"),
    "test_suite": ("test_suite", "measure"),
    "watch": ("watch", "measure"),
    "mirror": ("mirror", "measure"),
    "help_start": ("commands", "measure"),
    "init_start": ("commands", "measure"),
    "doctor_start": ("commands", "measure"),
    "sandbox_start": ("commands", "measure"),
}


def function(name: str) -> Callable[..., Mapping[str, float]]:
    """The function that makes a measurement."""
    module, attribute = MEASUREMENTS[name]
    found: Callable[..., Mapping[str, float]] = getattr(import_module(f"bench.{module}"), attribute)
    return found


def main() -> None:
    """Run the measurement that the command line names."""
    name, subject, sizes = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    print(json.dumps(function(name)(subject=subject, **sizes)))


if __name__ == "__main__":
    main()
