"""Waits double up to a maximum, each shortened at random; what keeps failing is reported once, not each time."""

import asyncio
import logging
import random

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import PeatioError
from hummingbot.connector.exchange.peatio.common.retry import (
    REMEMBERED_MESSAGES,
    Backoff,
    OnceLogger,
    Outage,
    SayOnce,
    keep_up,
    wait_for_event,
)
from hypothesis import given, settings
from hypothesis import strategies as st


class Fixed(random.Random):
    """A source that always draws `value`."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self.value = value

    def random(self) -> float:
        return self.value


def waits(backoff: Backoff, count: int) -> list[float]:
    return [backoff.next_s() for _ in range(count)]


def test_without_jitter_the_waits_double_up_to_the_maximum() -> None:
    backoff = Backoff(0.5, 30.0, Fixed(1.0))

    assert waits(backoff, 8) == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_jitter_takes_at_most_half_away() -> None:
    assert waits(Backoff(0.5, 30.0, Fixed(0.0)), 8) == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0]
    assert waits(Backoff(4.0, 30.0, Fixed(0.5)), 1) == [3.0]


def test_jitter_does_not_change_how_the_waits_grow() -> None:
    source = Fixed(0.0)
    backoff = Backoff(1.0, 30.0, source)
    backoff.next_s()

    source.value = 1.0

    assert backoff.next_s() == 2.0


def test_after_a_success_the_waits_begin_anew() -> None:
    backoff = Backoff(0.5, 30.0, Fixed(1.0))
    waits(backoff, 5)

    backoff.reset()

    assert waits(backoff, 2) == [0.5, 1.0]


def test_two_bots_do_not_come_back_in_step() -> None:
    assert waits(Backoff(1.0, 30.0), 5) != waits(Backoff(1.0, 30.0), 5)


@settings(deadline=None, derandomize=True)
@given(st.floats(0.001, 10), st.floats(10, 100), st.integers(0, 2**32), st.integers(1, 30))
def test_no_wait_is_outside_its_bounds(start_s: float, maximum_s: float, seed: int, count: int) -> None:
    backoff = Backoff(start_s, maximum_s, random.Random(seed))

    for number, wait_s in enumerate(waits(backoff, count)):
        full_s = min(start_s * 2**number, maximum_s)
        assert full_s / 2 <= wait_s <= full_s


async def test_an_event_is_waited_for_no_longer_than_allowed() -> None:
    event = asyncio.Event()

    assert not await wait_for_event(event, 0.01)
    event.set()
    assert await wait_for_event(event, 0.01)


async def test_an_event_that_comes_in_time_ends_the_wait() -> None:
    event = asyncio.Event()
    asyncio.get_running_loop().call_soon(event.set)

    assert await asyncio.wait_for(wait_for_event(event, 60), 5)


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_an_outage_is_two_lines(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    clock = Clock()
    outage = Outage("The state", clock, logging.getLogger("outage"))
    outage.worked()
    for _ in range(5):
        outage.failed(OSError("down"))
        clock.now_s += 10
    outage.worked()
    outage.worked()
    lines = [(record.levelno, record.getMessage()) for record in caplog.records if record.levelno >= logging.INFO]
    assert lines == [
        (logging.WARNING, "The state cannot be fetched; the last known values stay in use: down"),
        (logging.INFO, "The state can be fetched again, after 50 s and 5 failure(s)."),
    ]


def test_a_message_is_due_at_once_and_again_after_its_period() -> None:
    clock = Clock()
    once, periodic = SayOnce(clock), SayOnce(clock, 30.0)
    assert (once.is_due(), periodic.is_due("down")) == (True, True)
    assert (once.is_due(), periodic.is_due("down")) == (False, False)
    assert periodic.is_due("another reason")
    clock.now_s += 30.0
    assert (once.is_due(), periodic.is_due("down"), periodic.is_due("down")) == (False, True, False)


def test_a_once_logger_writes_each_message_once(caplog: pytest.LogCaptureFixture) -> None:
    log = OnceLogger(logging.getLogger("once"))
    for _ in range(3):
        log.warning("a market is skipped")
        log.error("another one is skipped")
    assert [record.getMessage() for record in caplog.records] == ["a market is skipped", "another one is skipped"]


async def test_what_is_kept_up_goes_on_through_any_error_and_comes_at_once_when_wanted(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(CONSTANTS, "BACKOFF_START_S", 0.0)
    monkeypatch.setattr(CONSTANTS, "BACKOFF_MAXIMUM_S", 0.0)
    errors = [PeatioError("away"), PeatioError("away"), KeyError("a mistake"), None, None]
    done = asyncio.Event()
    wanted = asyncio.Event()

    async def work() -> None:
        error = errors.pop(0)
        if error is not None:
            raise error
        done.set()

    outage = Outage("The list", lambda: 0.0, logging.getLogger("keep"))
    task = asyncio.create_task(keep_up(work, lambda: 3600.0, wanted, outage))
    for left in (1, 0):
        await asyncio.wait_for(done.wait(), 5)
        assert len(errors) == left
        done.clear()
        wanted.set()
    task.cancel()
    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR", "INFO"]
    assert [bool(record.exc_info) for record in caplog.records] == [False, True, False]


async def test_what_is_wanted_again_and_again_is_not_done_without_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each refused order may want the markets; a strategy can have many of them refused a second."""
    monkeypatch.setattr(CONSTANTS, "BACKOFF_START_S", 3600.0)
    wanted, runs = asyncio.Event(), []

    async def work() -> None:
        runs.append(True)

    outage = Outage("The markets", lambda: 0.0, logging.getLogger(__name__))
    task = asyncio.create_task(keep_up(work, lambda: 3600.0, wanted, outage))
    for _ in range(100):
        wanted.set()
        await asyncio.sleep(0)
    assert len(runs) <= 2
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_what_was_reported_once_is_remembered_in_bounds() -> None:
    say_once = SayOnce(lambda: 0.0)
    for number in range(10 * REMEMBERED_MESSAGES):
        assert say_once.is_due(f"order {number}")
    assert not say_once.is_due(f"order {number}")
    assert len(say_once._reported_at_s) <= REMEMBERED_MESSAGES
