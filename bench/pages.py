"""Writes results into the pages of the documentation, between the marks that are there for them."""

import re
from pathlib import Path

from bench.conditions import Conditions
from bench.picture import draw
from bench.plan import GOALS, LONG
from bench.report import Figures, markdown

PAGE, PICTURE = "performance.md", "performance.svg"


def write(folder: Path, figures: Figures, conditions: Conditions) -> None:
    """Renews what was measured: the growth of memory has a place of its own, for it is measured seldom.

    :raises ValueError: when the page has lost its marks
    """
    path = folder / PAGE
    page = path.read_text(encoding="utf-8")
    long_goals = [name for name, goal in GOALS.items() if goal.figure[0] == LONG]
    if set(figures) != {LONG}:
        short_goals = [name for name in GOALS if name not in long_goals]
        page = renewed(page, "results", f"{markdown(figures, short_goals)}\n\n{conditions.told()}")
        (folder / PICTURE).write_text(draw(figures), encoding="utf-8")
    if LONG in figures:
        page = renewed(page, LONG, markdown(figures, long_goals))
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
