"""When quotes are off around a known cycle."""

import pytest
from hummingbot.connector.exchange.peatio.resizes.schedule import CycleSchedule

FIRST_S = 10_000.0


@pytest.mark.parametrize(
    ("since_s", "left_s"),
    [(-31, None), (-30, 90), (0, 60), (59, 1), (60, None), (969, None), (970, 90), (1060, None), (-1001, 61)],
)
def test_a_pause_lies_around_every_cycle(since_s: float, left_s: float | None) -> None:
    ends_s = CycleSchedule(FIRST_S, 1000.0, 30.0, 60.0).pause_ends_s(FIRST_S + since_s)
    assert ends_s == (None if left_s is None else FIRST_S + since_s + left_s)


def test_a_single_cycle_has_one_pause() -> None:
    schedule = CycleSchedule(FIRST_S, None, 30.0, 60.0)
    assert schedule.pause_ends_s(FIRST_S) == FIRST_S + 60
    assert schedule.pause_ends_s(FIRST_S + 1000) is None
