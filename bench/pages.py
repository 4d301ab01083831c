"""Writes results into the pages of the documentation, between the marks that are there for them."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.conditions import Conditions
from bench.picture import draw
from bench.plan import (
    BEFORE,
    GOALS,
    LONG,
    LONG_ONES,
    MEASUREMENTS,
    MIRROR,
    SANDBOX,
    SET_UP,
    STORMS,
    TEST_SUITE,
    WATCH,
    XEMM,
)
from bench.report import BESIDE, Figures, conditions_of, markdown, markdown_beside, results

PAGE, PICTURE = "performance.md", "performance.svg"


def write(folder: Path, figures: Figures, conditions: Conditions) -> None:
    """Renews the tables of which everything was measured: the growth of memory seldom is, and in a clone without the
    commit of before nothing beside it.

    :raises ValueError: when the page has lost its marks
    """
    runs = conditions_of(figures, conditions)
    _write(folder, figures, lambda names: described({name: runs[name] for name in names}))


def write_from(results_file: Path, folder: Path) -> None:
    """The same from what the last run of each measurement left in the file of results.

    :raises OSError | ValueError: when there is no such file, or the page has lost its marks
    """
    content = json.loads(results_file.read_text(encoding="utf-8"))
    runs = {name: Conditions(**measured) for name, measured in content["measured"].items()}
    _write(folder, content["figures"], lambda names: described({name: runs[name] for name in names}))


def described(measured: Mapping[str, Conditions]) -> str:
    """The conditions of one run, or of each of several.

    :param measured: by the name of the result
    """
    runs: dict[Conditions, list[str]] = {}
    for name, conditions in measured.items():
        of_run = runs.setdefault(conditions, [])
        measurement = GOALS[name].figure[0]
        if measurement not in of_run:
            of_run.append(measurement)
    if len(runs) == 1:
        return next(iter(runs)).described()
    return "\n".join(f"- {', '.join(run)}: {conditions.described()}" for conditions, run in runs.items())


def _write(folder: Path, figures: Figures, describe: Callable[[list[str]], str]) -> None:
    path = folder / PAGE
    page = path.read_text(encoding="utf-8")
    found = results(figures)
    short = {name for name in MEASUREMENTS if name not in LONG_ONES}
    for place, measurements, than in (
        ("results", short, ""),
        (BEFORE, short, BEFORE),
        (MIRROR, {MIRROR}, XEMM),
        (LONG, {LONG}, ""),
        (f"{LONG} {BEFORE}", {LONG}, BEFORE),
        (f"{SET_UP} {BEFORE}", {SET_UP}, BEFORE),
        (f"{SANDBOX} {BEFORE}", {SANDBOX}, BEFORE),
        (f"{TEST_SUITE} {BEFORE}", {TEST_SUITE}, BEFORE),
        (WATCH, {WATCH}, ""),
        (STORMS, {STORMS}, ""),
        (f"{STORMS} {BEFORE}", {STORMS}, BEFORE),
    ):
        names = [
            name
            for name, goal in GOALS.items()
            if goal.figure[0] in measurements and (goal.than if goal.than in BESIDE else "") == than
        ]
        if all(found[name] is not None for name in names):
            table = markdown_beside(figures, names, than) if than else markdown(figures, names)
            page = renewed(page, place, f"{table}\n\n{describe(names)}")
            if place == "results":
                (folder / PICTURE).write_text(draw(figures), encoding="utf-8")
    path.write_text(page, encoding="utf-8")


def renewed(page: str, place: str, text: str) -> str:
    """The page with `text` between ``<!-- place -->`` and ``<!-- /place -->``.

    :raises ValueError: when there is no such place, or more than one
    """
    begin, end = f"<!-- {place} -->", f"<!-- /{place} -->"
    marked = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    page, count = marked.subn(lambda _: f"{begin}\n{text}\n{end}", page)
    if count != 1:
        raise ValueError(f"{count} places for {place} in the page")
    return page
