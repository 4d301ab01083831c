"""``make bench``: measure, print the table, write results.json, and renew the page and the picture of the docs."""

import argparse
import sys
from pathlib import Path

from bench import pages
from bench.conditions import Observer
from bench.plan import LONG, LONG_MINUTES, MEASUREMENTS, ROUNDS, Sizes
from bench.report import table, write_results
from bench.runner import ROOT, run_all

RESULTS = ROOT / "bench" / "results.json"


def main() -> int:
    """Run the command line; return the exit code, which says nothing about the goals."""
    parser = _parser()
    options = parser.parse_args()
    names = options.only.split(",") if options.only else [name for name in MEASUREMENTS if name != LONG]
    unknown = sorted(set(names) - set(MEASUREMENTS))
    if unknown:
        parser.error(f"there is no measurement {', '.join(unknown)}")
    if options.long and LONG not in names:
        names.append(LONG)
    observer = Observer(options.rounds)
    figures = dict(run_all({name: _sizes(name, options) for name in names}, options.rounds))
    conditions = observer.conditions()
    if options.minutes != LONG_MINUTES:
        figures.pop(LONG, None)  # told while it ran; it is no growth in 30 minutes
    print(table(figures))
    print(conditions.told())
    is_whole = set(figures) >= set(MEASUREMENTS) - {LONG} and not options.tiny
    is_growth = set(figures) == {LONG} and not options.tiny
    if options.results is not None or not options.tiny:
        write_results(options.results or RESULTS, figures, conditions)
    if options.docs is not None and (is_whole or is_growth):
        pages.write(options.docs, figures, conditions)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often each is measured (default: {ROUNDS})")
    parser.add_argument("--only", default="", help=f"some of {', '.join(MEASUREMENTS)}, with commas between")
    parser.add_argument("--long", action="store_true", help="measure the growth of memory too: half an hour")
    parser.add_argument(
        "--minutes", type=float, default=LONG_MINUTES, help="another time for the growth, which is no result then"
    )
    parser.add_argument("--tiny", action="store_true", help="sizes that show no more than that everything runs")
    parser.add_argument(
        "--results", type=Path, help="the file whose results are renewed (default: bench/results.json)"
    )
    parser.add_argument("--docs", type=Path, help="folder of the page and the picture to renew, if all was measured")
    return parser


def _sizes(name: str, options: argparse.Namespace) -> Sizes:
    measurement = MEASUREMENTS[name]
    if options.tiny:
        return measurement.tiny
    return {**measurement.sizes, "seconds": options.minutes * 60} if name == LONG else measurement.sizes


if __name__ == "__main__":
    sys.exit(main())
