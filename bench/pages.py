"""Writes results into the pages of the documentation, between the marks that are there for them."""

import re
from pathlib import Path

from bench.conditions import Conditions
from bench.picture import draw
from bench.plan import BEFORE, GOALS, LONG, LONG_ONES, MEASUREMENTS, SANDBOX, SET_UP
from bench.report import Figures, markdown, markdown_before, results

PAGE, PICTURE = "performance.md", "performance.svg"


def write(folder: Path, figures: Figures, conditions: Conditions) -> None:
    """Renews the tables of which everything was measured: the growth of memory seldom is, and in a clone without the
    commit of before nothing beside it.

    :raises ValueError: when the page has lost its marks
    """
    path = folder / PAGE
    page = path.read_text(encoding="utf-8")
    found = results(figures)
    short = {name for name in MEASUREMENTS if name not in LONG_ONES}
    for place, measurements, is_before in (
        ("results", short, False),
        (BEFORE, short, True),
        (LONG, {LONG}, False),
        (f"{LONG} {BEFORE}", {LONG}, True),
        (f"{SET_UP} {BEFORE}", {SET_UP}, True),
        (f"{SANDBOX} {BEFORE}", {SANDBOX}, True),
    ):
        names = [
            name
            for name, goal in GOALS.items()
            if goal.figure[0] in measurements and (goal.than == BEFORE) == is_before
        ]
        if all(found[name] is not None for name in names):
            table = (markdown_before if is_before else markdown)(figures, names)
            page = renewed(page, place, f"{table}\n\n{conditions.told()}")
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
