"""Each measurement runs, with sizes that show no more than that. No figure is judged here."""

import pytest

from bench.book import measure as measure_book
from bench.plan import GOALS, MEASUREMENTS
from bench.worker import MEASUREMENTS as FUNCTIONS

CASES = [(name, subject) for name, measurement in MEASUREMENTS.items() for subject in measurement.subjects]


@pytest.mark.parametrize(("name", "subject"), CASES, ids=[f"{name}-{subject}" for name, subject in CASES])
def test_it_gives_the_figures_that_the_goals_need(name: str, subject: str) -> None:
    figures = FUNCTIONS[name](subject=subject, **MEASUREMENTS[name].tiny)

    needed = {goal.figure[1] for goal in GOALS.values() if goal.figure[0] == name}
    assert needed <= set(figures)
    assert all(isinstance(value, (int, float)) for value in figures.values())
    assert name == "growth" or all(figures[figure] > 0 for figure in needed)


def test_every_measurement_serves_a_goal_and_every_goal_has_its_subjects() -> None:
    assert {goal.figure[0] for goal in GOALS.values()} == set(MEASUREMENTS) == set(FUNCTIONS)
    for goal in GOALS.values():
        subjects = MEASUREMENTS[goal.figure[0]].subjects
        assert "peatio" in subjects
        assert not goal.than or (subjects["peatio"] and subjects[goal.than]), "a ratio is taken round by round"


def test_a_book_that_ends_wrong_is_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.wire.top_after", lambda levels, done: (1.0, 2.0))
    with pytest.raises(RuntimeError, match="the book ended with"):
        measure_book("bare", changes=50, levels=20)
