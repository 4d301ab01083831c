"""A failing world is shrunk to what it needs to fail."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from simulation.case import Case
from simulation.monitors.violation import Property, Violation
from simulation.shrink import Shrinker, minimize, properties_of
from test.chaos.judge import Fault, Finding

SEED = 7


def outcome(*faults: Fault, broken: tuple[Property, ...] = (), stuck: str = "", failed: str = "") -> Any:
    return SimpleNamespace(
        findings=[Finding(fault, "…") for fault in faults],
        violations=[Violation(one, 1.0, "bot.1", "…") for one in broken],
        stuck=[stuck] if stuck else [],
        failed=[failed] if failed else [],
    )


def run_where(fails: Callable[[Case], bool], fault: Fault = Fault.LOST) -> Callable[[Case], Any]:
    return lambda case: outcome(fault) if fails(case) else outcome()


def names_of(case: Case) -> set[str]:
    return {fault.name for fault in case.plan().faults}


def test_the_smallest_part_that_fails_is_left() -> None:
    for needed in ({3}, {0, 63}, {5, 6, 7}, {1, 20, 40}):
        assert set(minimize(range(64), needed.issubset)) == needed


def test_faults_time_latencies_and_steps_are_left_out() -> None:
    first = Case(SEED).plan().faults
    needed = {fault.name for fault in first if fault.at_s < 100 and fault.kind == "exchange storm"}
    needed = set(sorted(needed)[:2])
    kill = next(fault.name for fault in first if fault.kind == "kill")
    needed.add(kill)
    latest_s = max(fault.at_s for fault in first if fault.name in needed)
    shrunk = Shrinker(run_where(lambda case: needed <= names_of(case))).shrink(Case(SEED))
    assert shrunk is not None
    assert shrunk.is_finished
    case = shrunk.case
    assert set(case.faults or ()) == needed
    assert case.has_constant_latencies
    assert case.has_no_step_counts
    assert case.trading_s is not None
    assert latest_s <= case.trading_s < latest_s / 0.75 + 0.1
    assert all(fault.given["steps"] == 0 for fault in case.plan().faults if fault.kind == "kill")


def test_what_a_failure_needs_stays() -> None:
    """Where it fails with drawn latencies and counted steps only, both stay."""
    shrunk = Shrinker(
        run_where(lambda case: not case.has_constant_latencies and not case.has_no_step_counts)
    ).shrink(Case(SEED))
    assert shrunk is not None
    assert shrunk.case.faults == ()
    assert not shrunk.case.has_constant_latencies


def test_another_property_is_another_failure() -> None:
    def run(case: Case) -> Any:
        return outcome(Fault.LOST, Fault.ORPHANED) if not case.has_constant_latencies else outcome(Fault.ORPHANED)

    shrunk = Shrinker(run).shrink(Case(SEED))
    assert shrunk is not None
    assert shrunk.wanted == "lost"
    assert not shrunk.case.has_constant_latencies


def test_the_budget_is_kept_and_the_best_so_far_is_returned() -> None:
    runs: list[bool] = []
    needed = {fault.name for fault in Case(SEED).plan().faults[:2]}
    run = run_where(lambda case: needed <= names_of(case))
    shrunk = Shrinker(run, budget=6, on_run=lambda case, fails: runs.append(fails)).shrink(Case(SEED))
    assert shrunk is not None
    assert not shrunk.is_finished
    assert (shrunk.runs, len(runs)) == (6, 6)
    assert run(shrunk.case).findings
    assert len(shrunk.case.plan().faults) < len(Case(SEED).plan().faults)


def test_a_world_that_passes_is_not_shrunk() -> None:
    assert Shrinker(lambda case: outcome()).shrink(Case(SEED)) is None


def test_properties_do_not_depend_on_ids_and_times() -> None:
    assert properties_of(outcome(Fault.LOST, Fault.LOST, Fault.ORPHANED)) == ("lost", "orphaned")
    assert properties_of(outcome(broken=(Property.BOOKS, Property.BOOKS))) == ("wrong books",)
    assert properties_of(outcome(stuck="bot: not ready")) == ("stuck",)
    first, second = (f"bot ended by KeyError('hbot-{number}')" for number in (1, 2))
    assert properties_of(outcome(failed=first)) == properties_of(outcome(failed=second)) == ("failed: KeyError",)


def test_a_case_is_a_line_that_makes_it_again() -> None:
    case = Case(SEED, faults=("kill 1",), trading_s=120.0, has_constant_latencies=True, why="lost: an example")
    line = case.line()
    assert line == (
        "Case(seed=7, faults=('kill 1',), trading_s=120.0, has_constant_latencies=True, why='lost: an example'),"
    )
    assert eval(line.rstrip(","), {"Case": Case}) == case


def test_a_case_for_another_catalog_of_faults_says_so() -> None:
    with pytest.raises(LookupError, match="the plan of seed 7 has no kill 99"):
        Case(SEED, faults=("kill 99",)).plan()
    with pytest.raises(LookupError, match="no bot nobody"):
        Case(SEED, bots=("nobody",)).plan()


def test_no_world_is_run_twice() -> None:
    seen: list[Case] = []
    needed = {fault.name for fault in Case(SEED).plan().faults[:2]}

    def run(case: Case) -> Any:
        seen.append(case)
        return run_where(lambda case: needed <= names_of(case))(case)

    assert Shrinker(run).shrink(Case(SEED)) is not None
    assert len(seen) == len(set(seen))
