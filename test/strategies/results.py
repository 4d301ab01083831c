"""What `make strategies` saw, kept between runs, and the table on the page."""

from pathlib import Path

from pydantic import BaseModel, TypeAdapter

from test.strategies.cases import CHECKOUT, OWN, Case
from test.strategies.stage import Outcome

FILE = Path(__file__).with_name("results.json")
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "strategies.md"
_BEGIN, _END = "<!-- strategies -->\n", "<!-- /strategies -->\n"
_HEAD = """\
| strategy | from | orders | fills | discrepancies | errors in Hummingbot's log |
| --- | --- | ---: | ---: | ---: | ---: |
"""


class Result(BaseModel):
    """One run of a case.

    :ivar hummingbot: the release that was installed
    :ivar checkout: the version of the checkout that the strategy is from
    :ivar errors: each kind of error, with how often it was logged
    """

    seconds: float
    hummingbot: str
    checkout: str | None
    orders: int
    fills: int
    discrepancies: int
    errors: dict[str, int]


_RESULTS: TypeAdapter[dict[str, Result]] = TypeAdapter(dict[str, Result])


def result_of(outcome: Outcome, seconds: float, hummingbot: str, checkout: str | None) -> Result:
    """What is kept of an outcome."""
    return Result(
        seconds=seconds,
        hummingbot=hummingbot,
        checkout=checkout,
        orders=outcome.orders,
        fills=outcome.fills,
        discrepancies=len(outcome.discrepancies),
        errors=outcome.errors,
    )


def read_results() -> dict[str, Result]:
    """By the names of the cases; none before the first run."""
    return _RESULTS.validate_json(FILE.read_bytes()) if FILE.is_file() else {}


def write_results(results: dict[str, Result]) -> None:
    """Keep the results of the cases that there are, and write the page's table."""
    results = {case.name: results[case.name] for case in (*OWN, *CHECKOUT) if case.name in results}
    FILE.write_bytes(_RESULTS.dump_json(results, indent=1) + b"\n")
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(_BEGIN)
    PAGE.write_text(before + _BEGIN + render(results) + _END + rest.split(_END)[1], encoding="utf-8")


def table_on_the_page() -> str:
    """What stands between the marks."""
    return PAGE.read_text(encoding="utf-8").split(_BEGIN)[1].split(_END)[0]


def render(results: dict[str, Result]) -> str:
    """The table, how it came about, and the errors that were logged."""
    cases = {case.name: case for case in (*OWN, *CHECKOUT)}
    known = [(cases[name], result) for name, result in results.items() if name in cases]
    errors = [
        f"- {case.title}: {count} × `{text}`\n" for case, result in known for text, count in result.errors.items()
    ]
    seconds = sorted({result.seconds for _, result in known})
    versions = sorted({result.hummingbot for _, result in known})
    checkouts = sorted({result.checkout for _, result in known if result.checkout})
    source = f"; what is from a checkout is Hummingbot {' and '.join(checkouts)}" if checkouts else ""
    return (
        _HEAD
        + "".join(_row(case, result) for case, result in known)
        + f"\n{' or '.join(f'{each:g}' for each in seconds)} s each on Hummingbot {' and '.join(versions)}{source}.\n"
        + ("\nThe errors:\n\n" + "".join(errors) if errors else "")
    )


def _row(case: Case, result: Result) -> str:
    cells = (case.title, case.where, result.orders, result.fills, result.discrepancies, sum(result.errors.values()))
    return "| " + " | ".join(map(str, cells)) + " |\n"
