"""From the figures of all rounds to the results, and the tables of the terminal and the documentation."""

import json
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, NamedTuple

from bench.conditions import Conditions
from bench.plan import BEFORE, GOALS, SPREAD_TOLERANCE, XEMM, Goal

HEAD = ("measure", "peatio", "binance", "bare loop", "result (least – most)", "reach", "reached")
LEFT_COLUMNS = (0, 4)
#: Tables of their own: beside whom, and what the two and their ratio are called.
BESIDE: Mapping[str, tuple[str, str, str]] = {
    BEFORE: ("before", "now", "now / before"),
    XEMM: ("XEMMExecutor", "peatio_liquidity", "ratio"),
}
LEFT_COLUMNS_BESIDE = (0,)

#: Subject → the figures of each round.
SubjectFigures = Mapping[str, Sequence[Mapping[str, float]]]
#: The same by measurement.
Figures = Mapping[str, SubjectFigures]


class Result(NamedTuple):
    """Median and spread over the rounds."""

    median: float
    least: float
    most: float


def results(figures: Figures) -> dict[str, Result | None]:
    """Each goal's result; None for what was not measured."""
    return {name: _result(goal, figures) for name, goal in GOALS.items()}


def median_of(figures: Figures, goal: Goal, subject: str) -> float | None:
    """The median of the goal's figure for one subject, None where it was not measured."""
    measurement, figure = goal.figure
    rounds = figures.get(measurement, {}).get(subject)
    return statistics.median(one[figure] for one in rounds) if rounds else None


def write_results(path: Path, figures: Figures, conditions: Conditions) -> None:
    """Renews in a file what was measured; every other number stays, with its own commit and date."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    measured = {name: result for name, result in results(figures).items() if result is not None}
    # A run of some subjects keeps the rounds of the others.
    kept: Mapping[str, SubjectFigures] = content.get("figures", {})
    renewed: dict[str, Mapping[str, Any]] = {
        "spread": {name: [result.least, result.most] for name, result in measured.items()},
        "measured": {name: asdict(one) for name, one in conditions_of(figures, conditions).items()},
        "figures": {name: {**kept.get(name, {}), **subjects} for name, subjects in figures.items()},
        "before": {name: _compared(GOALS[name], figures) for name in measured if GOALS[name].than == BEFORE},
    }
    content = {
        **content,
        **{name: round(result.median, 4) for name, result in measured.items()},
        **{part: {**content.get(part, {}), **values} for part, values in renewed.items()},
    }
    numbers = {name: content[name] for name in GOALS if name in content}
    path.write_text(f"{json.dumps({**numbers, **content}, indent=1)}\n", encoding="utf-8")


def conditions_of(figures: Figures, conditions: Conditions) -> dict[str, Conditions]:
    """The conditions of each result of a run, with its number of rounds."""
    return {
        name: replace(conditions, rounds=len(figures[GOALS[name].figure[0]]["peatio"]))
        for name, result in results(figures).items()
        if result is not None
    }


def is_reached(goal: Goal, result: Result, figures: Figures) -> bool:
    """Whether the median is what is wanted."""
    if goal.reach is None:
        limit, value = _limit(goal, figures), _spread(goal, figures, "peatio").median
    else:
        limit, value = goal.reach, result.median
    return value >= limit if goal.at_least else value <= limit


def table(figures: Figures) -> str:
    """The results as lines of text; those of `BESIDE` in tables of their own, if they were measured."""
    tables = [_lines(rows(figures, [name for name, goal in GOALS.items() if goal.than not in BESIDE]), LEFT_COLUMNS)]
    found = results(figures)
    for than in BESIDE:
        compared = [name for name, goal in GOALS.items() if goal.than == than and found[name] is not None]
        if compared:
            tables.append(_lines(rows_beside(figures, compared, than), LEFT_COLUMNS_BESIDE))
    return "\n\n".join("\n".join(lines) for lines in tables)


def markdown(figures: Figures, names: Iterable[str]) -> str:
    """Some goals' results as a table for the documentation."""
    return _markdown(rows(figures, names), LEFT_COLUMNS)


def markdown_beside(figures: Figures, names: Iterable[str], than: str) -> str:
    """The same for goals that compare with one of `BESIDE`."""
    return _markdown(rows_beside(figures, names, than), LEFT_COLUMNS_BESIDE)


def _markdown(table_rows: Sequence[Sequence[str]], left_columns: Sequence[int]) -> str:
    header, *lines = table_rows
    alignments = ("---" if column in left_columns else "---:" for column in range(len(header)))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, tuple(alignments), *lines))


def rows(figures: Figures, names: Iterable[str]) -> list[tuple[str, ...]]:
    """The cells of the table: its head, then a line for each of the goals named."""
    found = results(figures)
    return [HEAD, *(_row(GOALS[name], found[name], figures) for name in names)]


def rows_beside(figures: Figures, names: Iterable[str], than: str) -> list[tuple[str, ...]]:
    """The same for goals that compare with one of `BESIDE`; all of them must have been measured."""
    found = results(figures)
    theirs, ours, ratio = BESIDE[than]
    spread = "(least – most)"
    lines: list[tuple[str, ...]] = [("measure", f"{theirs} {spread}", f"{ours} {spread}", ratio, "reach", "reached")]
    for name in names:
        goal, result = GOALS[name], found[name]
        if result is None:
            raise ValueError(f"{name} was not measured")
        sign = "≥" if goal.at_least else "≤"
        limit = _number(_limit(goal, figures)) if goal.reach is None else f"{goal.reach:g} × {theirs}"
        measured = (_with_spread(_spread(goal, figures, subject)) for subject in (than, "peatio"))
        verdict = "yes" if is_reached(goal, result, figures) else "NO"
        lines.append((_title(goal), *measured, _number(result.median), f"{sign} {limit}", verdict))
    return lines


def _compared(goal: Goal, figures: Figures) -> dict[str, Any]:
    result = _result(goal, figures)
    assert result is not None
    return {
        "before": _spread(goal, figures, BEFORE)._asdict(),
        "now": _spread(goal, figures, "peatio")._asdict(),
        "limit": _limit(goal, figures),
        "is_reached": is_reached(goal, result, figures),
    }


def _limit(goal: Goal, figures: Figures) -> float:
    """What the median may be, in the goal's own unit."""
    before = _spread(goal, figures, goal.than)
    if goal.reach is not None:
        return before.median * goal.reach
    return before.least / SPREAD_TOLERANCE if goal.at_least else before.most * SPREAD_TOLERANCE


def _spread(goal: Goal, figures: Figures, subject: str) -> Result:
    measurement, figure = goal.figure
    values = [one[figure] for one in figures[measurement][subject]]
    return Result(statistics.median(values), min(values), max(values))


def _with_spread(result: Result) -> str:
    return f"{_number(result.median)} ({_number(result.least)} – {_number(result.most)})"


def _row(goal: Goal, result: Result | None, figures: Figures) -> tuple[str, ...]:
    values = (_value(figures, goal, subject) for subject in ("peatio", "binance", "bare"))
    sign = "≥" if goal.at_least else "≤"
    unit = f" × {goal.than}" if goal.than else ("" if goal.unit == "requests" else f" {goal.unit}")
    if result is None:
        measured, verdict = "not measured", ""
    else:
        measured = f"{_number(result.median)}{unit} ({_number(result.least)} – {_number(result.most)})"
        verdict = "yes" if is_reached(goal, result, figures) else "NO"
    return (_title(goal), *values, measured, f"{sign} {goal.reach:g}{unit}", verdict)


def _result(goal: Goal, figures: Figures) -> Result | None:
    measurement, figure = goal.figure
    subjects = figures.get(measurement, {})
    ours = [one[figure] for one in subjects.get("peatio", ())]
    if goal.than and goal.than not in subjects:
        return None  # the build of before, where its sources are not at hand
    if goal.than:
        theirs = [one[figure] for one in subjects.get(goal.than, ())]
        if len(theirs) != len(ours):
            # Of a run of its own, with another number of rounds.
            theirs = [statistics.median(theirs)] * len(ours)
        # Round by round: what slows the machine down for a while slows both.
        ours = [own / other for own, other in zip(ours, theirs, strict=True)]
    return Result(statistics.median(ours), min(ours), max(ours)) if ours else None


def _title(goal: Goal) -> str:
    return goal.what if goal.unit == "requests" else f"{goal.what}, {goal.unit}"


def _value(figures: Figures, goal: Goal, subject: str) -> str:
    median = median_of(figures, goal, subject)
    return "" if median is None else _number(median)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.2f}"


def _lines(table_rows: Sequence[Sequence[str]], left_columns: Sequence[int]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*table_rows, strict=True)]
    for number, row in enumerate(table_rows):
        cells = (
            cell.ljust(width) if column in left_columns else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()
        if number == 0:
            yield "  ".join("-" * width for width in widths)
