"""Worlds of two exchanges with a mirror between them, and what is judged there."""

import json
from decimal import Decimal

import pytest

from simulation.mirror.plan import HEDGES, QUOTES, mirror_plan_of
from simulation.mirror.pulled import PULLED_S, STOOD_STILL_S, SourceEye, SourceLook
from test.simulation.command import run_python, simulate

FINE = SourceLook(is_gone=False, is_crossed=False, version=1)


@pytest.mark.timeout(400)
async def test_a_seed_passes_and_comes_to_the_same_in_another_process() -> None:
    code, output = await simulate("--mirror", "--first", "3", "--seeds", "1", "--trading-s", "30", "--twice", "1")
    assert code == 0, output
    assert "1 seeds were run twice: equal hashes" in output
    assert "0 above the exposure bound, 0 hedged twice, 0 not hedged, 0 quotes not pulled, 0 cross" in output


def test_a_plan_is_the_same_each_time_and_has_faults_of_both_accounts() -> None:
    plan = mirror_plan_of(5)
    assert plan == mirror_plan_of(5)
    assert {fault.given["bot"] for fault in plan.faults if "bot" in fault.given} == {QUOTES, HEDGES}
    assert {fault.given["exchange"] for fault in plan.faults if "exchange" in fault.given} == {0, 1}
    assert plan.mirror is not None
    bounds = {dict(mirror_plan_of(seed).mirror.settings)["max_exposure_base"] for seed in range(30)}  # type: ignore[union-attr]
    assert bounds == {"0.05", "0.2", "1"}
    assert all(Decimal(bound) > 0 for bound in bounds)


def looks(eye: SourceEye, look: SourceLook, from_s: float, until_s: float) -> list[str]:
    """The answers of a process that looks ten times a second."""
    return [eye.must_be_pulled(from_s + number / 10, look) for number in range(int((until_s - from_s) * 10))]


def test_quotes_may_stand_for_a_second_on_a_source_that_is_gone() -> None:
    eye = SourceEye(5.0)
    assert not any(looks(eye, FINE, 0.0, 1.0))
    gone = SourceLook(is_gone=True, is_crossed=False, version=1)
    answers = looks(eye, gone, 1.0, 1.0 + 2 * PULLED_S)
    assert not any(answers[:10])
    assert answers[-1].startswith("the source is gone for 1.")
    assert looks(eye, FINE, 3.0, 4.0)[0] == ""


def test_a_source_is_stale_a_second_after_its_age_and_not_after_a_change() -> None:
    eye = SourceEye(5.0)
    assert not any(looks(eye, FINE, 0.0, 6.0))
    assert "stale" in looks(eye, FINE, 6.0, 6.5)[-1]
    assert not any(looks(eye, SourceLook(is_gone=False, is_crossed=False, version=2), 6.5, 7.5))


def test_a_process_that_stood_still_gets_its_second() -> None:
    eye = SourceEye(5.0)
    looks(eye, FINE, 0.0, 1.0)
    woken_s = 20.0 + STOOD_STILL_S
    assert not any(looks(eye, FINE, woken_s, woken_s + PULLED_S))
    assert "stale" in looks(eye, FINE, woken_s + PULLED_S, woken_s + PULLED_S + 0.5)[-1]


@pytest.mark.timeout(300)
async def test_the_operator_settles_a_hedge_that_was_never_placed() -> None:
    code, output = await run_python("-m", "test.simulation.never_placed")
    assert code == 0, output
    facts = json.loads(output.splitlines()[-1])
    assert facts["settled"] == {"1": None}
    assert facts["hedges"] > 1, "it was hedged by others"
    assert facts["complaints"] == []
