"""How the tests wait."""

import asyncio

import pytest

from test import patience
from test.patience import eventually


async def test_a_machine_that_stood_still_past_the_limit_gives_the_others_their_turn() -> None:
    """The limit has passed at the first look, as after a stall, and what is waited for comes a few turns later."""
    checks = iter([False] * (patience.LEAST_CHECKS - 1) + [True])
    assert await eventually(lambda: next(checks), timeout_s=0.0)


async def test_a_check_that_stays_false_shows_what_is_missing_and_where_every_task_stands() -> None:
    async def stuck() -> None:
        await asyncio.Event().wait()

    task = asyncio.create_task(stuck(), name="the stuck one")
    await asyncio.sleep(0)
    with pytest.raises(AssertionError) as caught:
        await eventually(lambda: False, "a fill", timeout_s=0.0)
    task.cancel()
    text = str(caught.value)
    assert "not within 0 s: a fill" in text
    assert "the stuck one waits at" in text
    assert "stuck:" in text
    assert "Event.wait:" in text
