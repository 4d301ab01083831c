"""From the figures of all rounds to the results, and the tables of the terminal and the documentation."""

import json
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from bench.conditions import Conditions
from bench.plan import GOALS, Goal

HEAD = ("measure", "peatio", "binance", "bare loop", "result (least – most)", "reach", "reached")
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


def write_results(path: Path, figures: Figures, conditions: Conditions) -> None:
    """Renews in a file what was measured; every other number stays, with its own commit and date."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    measured = {name: result for name, result in results(figures).items() if result is not None}
    renewed: dict[str, Mapping[str, Any]] = {
        "spread": {name: [result.least, result.most] for name, result in measured.items()},
        "measured": {name: asdict(conditions) for name in measured},
        "figures": figures,
    }
    content = {
        **content,
        **{name: round(result.median, 4) for name, result in measured.items()},
        **{part: {**content.get(part, {}), **values} for part, values in renewed.items()},
    }
    numbers = {name: content[name] for name in GOALS if name in content}
    path.write_text(f"{json.dumps({**numbers, **content}, indent=1)}\n", encoding="utf-8")


def is_reached(goal: Goal, result: Result) -> bool:
    """Whether the median is what is wanted."""
    return result.median >= goal.reach if goal.at_least else result.median <= goal.reach


def table(figures: Figures) -> str:
    """The results as lines of text."""
    return "\n".join(_lines(rows(figures, GOALS)))


def markdown(figures: Figures, names: Iterable[str]) -> str:
    """Some goals' results as a table for the documentation."""
    header, *lines = rows(figures, names)
    alignments = ("---" if column in LEFT_COLUMNS else "---:" for column in range(len(header)))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, tuple(alignments), *lines))


def rows(figures: Figures, names: Iterable[str]) -> list[tuple[str, ...]]:
    """The cells of the table: its head, then a line for each of the goals named."""
    told = results(figures)
    return [HEAD, *(_row(GOALS[name], told[name], figures) for name in names)]


def _row(goal: Goal, result: Result | None, figures: Figures) -> tuple[str, ...]:
    values = (_value(figures, goal, subject) for subject in ("peatio", "binance", "bare"))
    sign = "≥" if goal.at_least else "≤"
    unit = f" × {goal.than}" if goal.than else ("" if goal.unit == "requests" else f" {goal.unit}")
    if result is None:
        told, verdict = "not measured", ""
    else:
        told = f"{_number(result.median)}{unit} ({_number(result.least)} – {_number(result.most)})"
        verdict = "yes" if is_reached(goal, result) else "NO"
    return (_title(goal), *values, told, f"{sign} {goal.reach:g}{unit}", verdict)


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


def _lines(table_rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*table_rows, strict=True)]
    for number, row in enumerate(table_rows):
        cells = (
            cell.ljust(width) if column in LEFT_COLUMNS else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()
        if number == 0:
            yield "  ".join("-" * width for width in widths)
