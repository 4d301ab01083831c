"""`make strategies`: every strategy for a minute on the sandbox; writes docs/reference/strategies.md."""

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from peatio_cli.install.strategy_files import CheckoutError, version_of
from test.strategies.cases import Case, cases
from test.strategies.results import read_results, result_of, write_results
from test.strategies.stage import Outcome, PlayError, play

AT_A_TIME = 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0 if every strategy ran, and everything agrees with the ledger."""
    options = _parser().parse_args(arguments)
    try:
        version = None if options.checkout is None else version_of(options.checkout)
    except CheckoutError as error:
        print(f"strategies: {error}", file=sys.stderr)
        return 2
    chosen = [case for case in cases(options.checkout is not None) if case.name in (options.only or [case.name])]
    folder = options.keep or Path(tempfile.mkdtemp(prefix="peatio-strategies-"))
    outcomes = asyncio.run(_play_all(chosen, options.seconds, options.checkout, folder))
    results = read_results()
    release = metadata.version("hummingbot")
    for case in chosen:
        outcome = outcomes[case.name]
        if isinstance(outcome, Outcome):
            checkout = version if case.needs_checkout else None
            results[case.name] = result_of(outcome, options.seconds, release, checkout)
        else:
            results.pop(case.name, None)
    if options.write:
        write_results(results)
    failed = [name for name, outcome in outcomes.items() if isinstance(outcome, str) or outcome.discrepancies]
    print(f"strategies: {len(chosen)} ran, {len(failed)} failed{': ' if failed else ''}{', '.join(failed)}")
    if failed:
        print(f"the instances with their logs are kept: {folder}")
    elif options.keep is None:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed else 0


async def _play_all(
    chosen: Sequence[Case], seconds: float, checkout: Path | None, folder: Path
) -> dict[str, Outcome | str]:
    """The outcomes; a text where a strategy did not run."""
    limit = asyncio.Semaphore(AT_A_TIME)
    outcomes: dict[str, Outcome | str] = {}

    async def one(case: Case) -> None:
        async with limit:
            try:
                outcome = await play(case.play(seconds, checkout), folder / case.name)
            except PlayError as error:
                outcomes[case.name] = str(error)
                print(f"{case.title}: {error}", flush=True)
                return
        outcomes[case.name] = outcome
        counts = f"{outcome.orders} orders, {outcome.fills} fills, {len(outcome.discrepancies)} discrepancies"
        print(f"{case.title}: {counts}, {sum(outcome.errors.values())} errors logged", flush=True)
        for text in outcome.discrepancies:
            print(f"  {text}", flush=True)

    await asyncio.gather(*(one(case) for case in chosen))
    return outcomes


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m test.strategies", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long each one trades")
    parser.add_argument("--checkout", type=Path, help="a source checkout of Hummingbot: run its strategies too")
    parser.add_argument("--only", metavar="NAME", action="append", help="this case; may be given several times")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="a folder for the instances, which are kept")
    parser.add_argument("--no-page", dest="write", action="store_false", help="do not write the page")
    return parser


if __name__ == "__main__":
    sys.exit(main())
