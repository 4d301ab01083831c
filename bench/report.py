"""From the figures of all rounds to the results, and the table that is printed."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from bench.plan import GOALS, Goal

LEFT_COLUMNS = (0, 4)

#: Measurement → subject → the figures of each round.
Figures = Mapping[str, Mapping[str, Sequence[Mapping[str, float]]]]


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


def is_reached(goal: Goal, result: Result) -> bool:
    """Whether the median is what is wanted."""
    return result.median >= goal.reach if goal.at_least else result.median <= goal.reach


def table(figures: Figures) -> str:
    """The results as lines of text."""
    rows: list[tuple[str, ...]] = [("measure", "peatio", "binance", "bare loop", "result (least – most)", "reach", "")]
    for name, result in results(figures).items():
        goal = GOALS[name]
        values = (_value(figures, goal, subject) for subject in ("peatio", "binance", "bare"))
        sign = "≥" if goal.at_least else "≤"
        unit = f" × {goal.than}" if goal.than else ("" if goal.unit == "requests" else f" {goal.unit}")
        if result is None:
            told, verdict = "not measured", ""
        else:
            spread = f"({_number(result.least)} – {_number(result.most)})"
            told = f"{_number(result.median)}{unit} {spread}"
            verdict = "yes" if is_reached(goal, result) else "NO"
        rows.append((_title(goal), *values, told, f"{sign} {goal.reach:g}", verdict))
    return "\n".join(_lines(rows))


def _result(goal: Goal, figures: Figures) -> Result | None:
    measurement, figure = goal.figure
    subjects = figures.get(measurement, {})
    ours = [one[figure] for one in subjects.get("peatio", ())]
    if goal.than:
        # Round by round: what slows the machine down for a while slows both.
        theirs = [one[figure] for one in subjects.get(goal.than, ())]
        ours = [own / other for own, other in zip(ours, theirs, strict=True)]
    return Result(statistics.median(ours), min(ours), max(ours)) if ours else None


def _title(goal: Goal) -> str:
    return goal.what if goal.unit == "requests" else f"{goal.what}, {goal.unit}"


def _value(figures: Figures, goal: Goal, subject: str) -> str:
    median = median_of(figures, goal, subject)
    return "" if median is None else _number(median)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.2f}"


def _lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        cells = (
            cell.ljust(width) if column in LEFT_COLUMNS else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()
        if number == 0:
            yield "  ".join("-" * width for width in widths)
