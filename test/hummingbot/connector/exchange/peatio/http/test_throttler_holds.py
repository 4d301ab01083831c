"""Calls that are held back because the exchange asked for a pause (Retry-After), by a clock that only waiting moves."""

import asyncio
import math

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import AnswerError, NotSentError, RateLimitError
from hummingbot.connector.exchange.peatio.http.throttler import RequestThrottler
from hummingbot.core.api_throttler.data_types import RateLimit

from test.hummingbot.connector.exchange.peatio.http.test_throttler import Clock

PRIVATE, PUBLIC = CONSTANTS.REST_LIMIT_ID, CONSTANTS.PUBLIC_LIMIT_ID
CREATE, CANCEL = CONSTANTS.CREATE_LIMIT_ID, CONSTANTS.CANCEL_LIMIT_ID
CLOCK, CHECK, LOOKUP = CONSTANTS.CLOCK_LIMIT_ID, CONSTANTS.CHECK_LIMIT_ID, CONSTANTS.LOOKUP_LIMIT_ID
KINDS = {*CONSTANTS.KEPT_PCT}


def asks_for(pause_s: float | None) -> AnswerError:
    return RateLimitError("GET public/version", 429, retry_after_s=pause_s)


def throttler(clock: Clock, longest_hold_s: float | None = None) -> RequestThrottler:
    return RequestThrottler([RateLimit(PRIVATE, 20, 10)], None, clock, clock.sleep, longest_hold_s)


async def call(limits: RequestThrottler, kind: str) -> None:
    async with limits.execute_task(kind):
        pass


@pytest.mark.parametrize("kind", [PRIVATE, PUBLIC, CANCEL, CLOCK, LOOKUP, CREATE])
async def test_calls_of_that_kind_wait_for_the_time_and_no_others(kind: str) -> None:
    clock = Clock()
    limits = throttler(clock)
    limits.hold(kind, asks_for(4.0))
    for other in KINDS - {kind}:
        await call(limits, other)
    assert clock.waits_s == []
    clock.now_s += 1
    assert limits.held_s(kind) == 3.0
    await call(limits, kind)
    assert clock.waits_s == [3.0]
    await call(limits, kind)
    assert (clock.waits_s, limits.held_s(kind), limits.waits) == ([3.0], 0.0, 1)


async def test_while_a_kind_is_held_back_none_of_it_is_left() -> None:
    clock = Clock()
    limits = throttler(clock)
    limits.hold(CREATE, asks_for(4.0))
    assert (limits.left_for(CREATE), limits.left_for(CANCEL)) == (0, 20)
    clock.now_s += 4
    assert limits.left_for(CREATE) == 16


async def test_a_call_that_waits_already_waits_on() -> None:
    clock = Clock()
    limits = throttler(clock)
    limits.hold(PRIVATE, asks_for(4.0))

    async def again(seconds: float) -> None:
        if not clock.waits_s:
            limits.hold(PRIVATE, asks_for(9.0))
        await clock.sleep(seconds)

    limits._sleep = again
    await call(limits, PRIVATE)
    assert clock.waits_s == [4.0, 5.0]


async def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    limits = throttler(Clock())
    limits.hold(PRIVATE, asks_for(9.0))
    limits.hold(PRIVATE, asks_for(4.0))
    assert limits.held_s(PRIVATE) == 9.0


@pytest.mark.parametrize("asked_s", [None, 0.0])
def test_without_a_time_nothing_is_held_back(asked_s: float | None) -> None:
    limits = throttler(Clock())
    limits.hold(PRIVATE, asks_for(asked_s))
    assert limits.held_s(PRIVATE) == 0.0


@pytest.mark.parametrize("asked_s", [86_400.0, math.inf])
def test_the_time_is_bounded_and_cancels_and_what_they_need_are_tried_again_soon(asked_s: float) -> None:
    limits = throttler(Clock())
    for kind in KINDS:
        limits.hold(kind, asks_for(asked_s))
    soon_s = CONSTANTS.CANCEL_REPEAT_MAXIMUM_S
    assert {kind: limits.held_s(kind) for kind in KINDS} == {
        **dict.fromkeys(KINDS, CONSTANTS.RETRY_AFTER_MAXIMUM_S),
        CANCEL: soon_s,
        CLOCK: soon_s,
        LOOKUP: soon_s,
    }
    impatient = throttler(Clock(), longest_hold_s=5.0)
    for kind in (PRIVATE, CLOCK):
        impatient.hold(kind, asks_for(asked_s))
        assert impatient.held_s(kind) == 5.0


async def test_a_create_is_not_sent_where_the_pause_is_too_long_for_its_price() -> None:
    clock = Clock()
    limits = throttler(clock)
    limits.hold(CREATE, asks_for(30.0))
    with pytest.raises(NotSentError, match=r"The exchange asks for a pause for 30 s\. The order is not placed\."):
        await call(limits, CREATE)
    assert clock.waits_s == []


async def test_a_network_check_does_not_wait() -> None:
    """Whoever checks asks `held_s` before: a wait would look like an exchange without an answer."""
    clock = Clock()
    limits = throttler(clock)
    limits.hold(CHECK, asks_for(30.0))
    await asyncio.wait_for(call(limits, CHECK), 5)
    assert (clock.waits_s, limits.held_s(CHECK)) == ([], 30.0)


def test_each_kind_is_reported_once_in_a_while(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    limits = throttler(clock)
    for _ in range(3):
        limits.hold(PRIVATE, asks_for(7200.0))
    limits.hold(CANCEL, asks_for(7200.0))
    said = [record.getMessage() for record in caplog.records]
    answered = "GET public/version was answered with HTTP 429 and Retry-After 7200 s."
    first = f"{answered} The next request of that kind waits for"
    assert said == [f"{first} 60 s.", f"{first} 10 s."]
