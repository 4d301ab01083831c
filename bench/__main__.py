"""``make bench``: measure, print the table, write results.json and draw the picture."""

import argparse
import json
import os
import platform
import sys
from pathlib import Path

from bench.picture import draw
from bench.plan import LONG, MEASUREMENTS, ROUNDS
from bench.report import results, table
from bench.runner import ROOT, run_all


def main() -> int:
    """Run the command line; return the exit code, which says nothing about the goals."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often each is measured (default: {ROUNDS})")
    parser.add_argument("--only", default="", help=f"some of {', '.join(MEASUREMENTS)}, with commas between")
    parser.add_argument("--long", action="store_true", help="measure the growth of memory too: half an hour")
    parser.add_argument("--tiny", action="store_true", help="sizes that show no more than that everything runs")
    parser.add_argument("--results", type=Path, default=ROOT / "bench" / "results.json", help="where the results go")
    parser.add_argument("--picture", type=Path, help="where the picture goes (none where not given)")
    options = parser.parse_args()
    names = options.only.split(",") if options.only else [name for name in MEASUREMENTS if name != LONG]
    unknown = sorted(set(names) - set(MEASUREMENTS))
    if unknown:
        parser.error(f"there is no measurement {', '.join(unknown)}")
    if options.long and LONG not in names:
        names.append(LONG)
    load_before = os.getloadavg()[0]
    figures = run_all(names, options.rounds, options.tiny)
    print(table(figures))
    told = {name: None if result is None else round(result.median, 4) for name, result in results(figures).items()}
    spread = {name: [result.least, result.most] for name, result in results(figures).items() if result is not None}
    machine = {
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "load_before": load_before,
        "load_after": os.getloadavg()[0],
    }
    content = {**told, "spread": spread, "rounds": options.rounds, "machine": machine, "figures": figures}
    options.results.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    if options.picture is not None:
        options.picture.write_text(draw(figures), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
