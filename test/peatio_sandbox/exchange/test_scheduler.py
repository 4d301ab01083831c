"""Queues with one worker each: order, delays, pauses and what breaks in them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import pytest

from peatio_sandbox.exchange.scheduler import Delay, LoopScheduler, ManualScheduler, WorkQueue

STEADY = Delay(1.0, 1.0)


def queue(scheduler: ManualScheduler, delay: Delay, handle: Callable[[int], None]) -> WorkQueue[int]:
    return WorkQueue(scheduler, delay, random.Random(1), handle)


def test_messages_keep_their_order_whatever_their_delays() -> None:
    scheduler, handled = ManualScheduler(), list[int]()
    numbers = queue(scheduler, Delay(0.0, 1.0), handled.append)
    for number in range(50):
        numbers.put(number)
        scheduler.advance(0.05)
    scheduler.advance(2.0)
    assert handled == list(range(50))


def test_delays_overlap_so_that_throughput_has_no_bound() -> None:
    scheduler, handled = ManualScheduler(), list[int]()
    numbers = queue(scheduler, STEADY, handled.append)
    for number in range(1000):
        numbers.put(number)
    scheduler.advance(0.999)
    assert handled == []
    scheduler.advance(0.001)
    assert len(handled) == 1000


def test_a_paused_worker_handles_nothing_and_goes_on_after_one_more_delay() -> None:
    scheduler, handled = ManualScheduler(), list[int]()
    numbers = queue(scheduler, STEADY, handled.append)
    numbers.put(1)
    numbers.pause()
    numbers.put(2)
    scheduler.advance(10.0)
    assert (handled, len(numbers)) == ([], 2)
    numbers.resume()
    scheduler.advance(0.9)
    assert handled == []
    scheduler.advance(0.1)
    assert handled == [1, 2]


def test_what_one_message_breaks_does_not_stop_the_next() -> None:
    scheduler, handled = ManualScheduler(), list[int]()

    def handle(number: int) -> None:
        if number == 1:
            raise LookupError("broken on purpose")
        handled.append(number)

    numbers = queue(scheduler, STEADY, handle)
    numbers.put(1)
    numbers.put(2)
    with pytest.raises(LookupError):
        scheduler.advance(5.0)
    scheduler.advance(5.0)
    assert handled == [2]


async def test_the_loop_scheduler_hands_on_errors_and_runs_nothing_once_closed() -> None:
    errors: list[Exception] = []
    ran: list[str] = []
    scheduler = LoopScheduler(errors.append)

    def broken() -> None:
        raise LookupError("broken on purpose")

    scheduler.call_later(0.0, broken)
    await asyncio.sleep(0.02)
    assert isinstance(errors[0], LookupError)
    scheduler.call_later(0.0, lambda: ran.append("late"))
    scheduler.close()
    await asyncio.sleep(0.02)
    assert ran == []


def test_delays_are_within_their_bounds_and_have_a_tail_now_and_then() -> None:
    rng = random.Random(2)
    delay = Delay(0.01, 0.02, tail_s=1.0, tail_chance=0.1)
    drawn = [delay.draw_s(rng) for _ in range(2000)]
    assert min(drawn) >= 0.01
    assert 100 < sum(value > 0.02 for value in drawn) < 300
    assert delay.scaled(2.0) == Delay(0.02, 0.04, 2.0, 0.1)
