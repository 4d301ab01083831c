"""``make bench``: measure, print the table, write results.json, and renew the page and the picture of the docs."""

import argparse
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

from bench import before, pages
from bench.conditions import Observer
from bench.plan import BEFORE, GOALS, LONG, LONG_MINUTES, LONG_ONES, MEASUREMENTS, SUBJECTS, Sizes
from bench.report import SubjectFigures, conditions_of, table, write_results
from bench.runner import ROOT, run_all

RESULTS = ROOT / "bench" / "results.json"
DOCS = ROOT / "docs" / "operate"


def main() -> int:
    """Run the command line; return the exit code, which says nothing about the goals."""
    parser = _parser()
    options = parser.parse_args()
    if options.render:
        pages.write_from(options.results or RESULTS, options.docs or DOCS)
        return 0
    # A result's name stands for its measurement.
    only = [GOALS[name].figure[0] if name in GOALS else name for name in options.only.split(",")]
    names = list(dict.fromkeys(only)) if options.only else [name for name in MEASUREMENTS if name not in LONG_ONES]
    subjects = options.subjects.split(",") if options.subjects else list(SUBJECTS)
    for what, given, known in (("measurement", names, MEASUREMENTS), ("subject", subjects, SUBJECTS)):
        unknown = sorted(set(given) - set(known))
        if unknown:
            parser.error(f"there is no {what} {', '.join(unknown)}")
    if options.long:
        names += [name for name in LONG_ONES if name not in names]
    observer = Observer()
    figures = _measured({name: _sizes(name, options) for name in names}, subjects, options.rounds)
    conditions = observer.conditions()
    if options.minutes != LONG_MINUTES:
        figures.pop(LONG, None)  # printed while it ran; it is no growth in 30 minutes
    print(table(figures))
    print(pages.described(conditions_of(figures, conditions)))
    if options.results is not None or not options.tiny:
        write_results(options.results or RESULTS, figures, conditions)
    if options.docs is not None and not options.tiny:
        pages.write(options.docs, figures, conditions)
    return 0


def _measured(sizes: Mapping[str, Sizes], subjects: Collection[str], rounds: int | None) -> dict[str, SubjectFigures]:
    if BEFORE not in subjects or not any(BEFORE in MEASUREMENTS[name].subjects for name in sizes):
        return dict(run_all(sizes, subjects, rounds))
    try:
        with before.environment() as python:
            return dict(run_all(sizes, subjects, rounds, python))
    except before.BeforeError as error:
        print(f"bench: the build of before is left out: {error}", file=sys.stderr)
        return dict(run_all(sizes, [subject for subject in subjects if subject != BEFORE], rounds))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "--rounds", type=int, help="how often each is measured (default: three times, and once what takes a minute)"
    )
    parser.add_argument("--only", default="", help=f"some of {', '.join(MEASUREMENTS)}, with commas between")
    parser.add_argument("--long", action="store_true", help="also what takes an hour: growth, set-up, simulation")
    parser.add_argument(
        "--minutes", type=float, default=LONG_MINUTES, help="another time for the growth, which is no result then"
    )
    parser.add_argument("--tiny", action="store_true", help="sizes that show no more than that everything runs")
    parser.add_argument(
        "--results", type=Path, help="the file whose results are renewed (default: bench/results.json)"
    )
    parser.add_argument("--subjects", default="", help=f"some of {', '.join(SUBJECTS)}; peatio must be one of them")
    parser.add_argument(
        "--render", action="store_true", help="measure nothing; renew page and picture from the file of results"
    )
    parser.add_argument("--docs", type=Path, help="folder of the page and the picture to renew")
    return parser


def _sizes(name: str, options: argparse.Namespace) -> Sizes:
    measurement = MEASUREMENTS[name]
    if options.tiny:
        return measurement.tiny
    return {**measurement.sizes, "seconds": options.minutes * 60} if name == LONG else measurement.sizes


if __name__ == "__main__":
    sys.exit(main())
