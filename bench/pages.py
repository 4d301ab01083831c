"""Writes results into the pages of the documentation, between the marks that are there for them."""

import re
from pathlib import Path

from bench.conditions import Conditions
from bench.picture import draw
from bench.plan import BEFORE, GOALS, LONG
from bench.report import Figures, markdown, markdown_before, results

PAGE, PICTURE = "performance.md", "performance.svg"


def write(folder: Path, figures: Figures, conditions: Conditions) -> None:
    """Renews what was measured: the growth of memory has a place of its own, for it is measured seldom.

    :raises ValueError: when the page has lost its marks
    """
    path = folder / PAGE
    page = path.read_text(encoding="utf-8")
    if set(figures) != {LONG}:
        page = renewed(page, "results", f"{markdown(figures, _goals(is_long=False))}\n\n{conditions.told()}")
        (folder / PICTURE).write_text(draw(figures), encoding="utf-8")
        page = _with_before(page, BEFORE, figures, conditions, is_long=False)
    if LONG in figures:
        page = renewed(page, LONG, markdown(figures, _goals(is_long=True)))
        page = _with_before(page, f"{LONG} {BEFORE}", figures, conditions, is_long=True)
    path.write_text(page, encoding="utf-8")


def _goals(*, is_long: bool, is_before: bool = False) -> list[str]:
    return [
        name
        for name, goal in GOALS.items()
        if (goal.figure[0] == LONG) == is_long and (goal.than == BEFORE) == is_before
    ]


def _with_before(page: str, place: str, figures: Figures, conditions: Conditions, *, is_long: bool) -> str:
    """What was not measured (the sources of before were not at hand) keeps its last table."""
    found = results(figures)
    names = _goals(is_long=is_long, is_before=True)
    if any(found[name] is None for name in names):
        return page
    return renewed(page, place, f"{markdown_before(figures, names)}\n\n{conditions.told()}")


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
