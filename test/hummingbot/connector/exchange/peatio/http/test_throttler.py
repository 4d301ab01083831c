"""Request limits by a clock that the tests hold in their hands."""

import asyncio
from decimal import Decimal
from itertools import pairwise

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import NotSentError
from hummingbot.connector.exchange.peatio.http.throttler import RequestThrottler
from hummingbot.core.api_throttler.data_types import RateLimit

LIMIT = RateLimit("rest", limit=3, time_interval=10)
# Hummingbot's safety margin of 5 %.
WINDOW_S = 10.5


class Clock:
    """Time that only waiting moves."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.waits_s: list[float] = []

    def __call__(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.waits_s.append(seconds)
        await asyncio.sleep(0)
        self.now_s += seconds


def throttler(clock: Clock, share: Decimal | None = None) -> RequestThrottler:
    return RequestThrottler([LIMIT], share, clock, clock.sleep)


async def call(limits: RequestThrottler, times: int = 1) -> None:
    for _ in range(times):
        async with limits.execute_task("rest"):
            pass


async def test_calls_within_the_limit_do_not_wait() -> None:
    clock = Clock()
    await call(throttler(clock), 3)
    assert clock.waits_s == []


async def test_the_next_call_waits_until_the_oldest_is_out_of_the_window() -> None:
    clock = Clock()
    limits = throttler(clock)
    await call(limits)
    clock.now_s += 4
    await call(limits, 2)
    await call(limits)
    assert clock.waits_s == [WINDOW_S - 4]
    await call(limits)
    assert clock.waits_s == [WINDOW_S - 4, 4.0]


async def test_calls_long_ago_do_not_count() -> None:
    clock = Clock()
    limits = throttler(clock)
    for _ in range(10):
        await call(limits, 3)
        clock.now_s += WINDOW_S
    assert clock.waits_s == []


async def test_no_window_ever_holds_more_than_the_limit() -> None:
    clock = Clock()
    limits = throttler(clock)
    called_at_s = []
    for _ in range(20):
        await call(limits)
        called_at_s.append(clock.now_s)
        clock.now_s += 1
    assert all(later - earlier >= WINDOW_S for earlier, later in zip(called_at_s, called_at_s[3:], strict=False))


async def test_callers_take_turns_in_the_order_of_their_coming() -> None:
    clock = Clock()
    limits = throttler(clock)
    order: list[int] = []

    async def one(number: int) -> None:
        async with limits.execute_task("rest"):
            order.append(number)

    await asyncio.gather(*(one(number) for number in range(8)))
    assert order == list(range(8))


async def test_a_share_of_the_limit() -> None:
    clock = Clock()
    await call(throttler(clock, Decimal(67)), 3)
    assert clock.waits_s == [WINDOW_S]


async def test_a_caller_that_gives_up_does_not_count_and_blocks_nobody() -> None:
    clock = Clock()
    limits = throttler(clock)
    await call(limits, 3)
    limits._sleep = lambda seconds: asyncio.sleep(60)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(call(limits), 0.01)
    limits._sleep = clock.sleep
    await call(limits)
    assert clock.waits_s == [WINDOW_S]


async def test_an_unknown_limit_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        async with throttler(Clock()).execute_task("other"):
            pass


async def test_the_budget_tells_what_is_left_in_the_window() -> None:
    clock = Clock()
    limits = throttler(clock)
    assert limits.budget("rest") == (3, 3)
    await call(limits, 2)
    clock.now_s += 4
    await call(limits)
    assert limits.budget("rest") == (3, 0)
    clock.now_s += WINDOW_S - 4
    assert limits.budget("rest") == (3, 2)


async def test_a_kind_of_call_has_left_what_the_limit_leaves_beyond_what_is_kept_from_it() -> None:
    clock = Clock()
    limits = RequestThrottler([RateLimit("rest", limit=20, time_interval=10)], None, clock, clock.sleep)
    assert [limits.left_for(kind) for kind in ("create", "rest", "cancel")] == [16, 18, 20]
    await call(limits, 17)
    assert [limits.left_for(kind) for kind in ("create", "rest", "cancel")] == [0, 1, 3]


async def test_calls_and_waits_are_counted() -> None:
    clock = Clock()
    limits = throttler(clock)
    await call(limits, 3)
    assert (limits.calls, limits.waits) == (3, 0)
    await call(limits)
    assert (limits.calls, limits.waits) == (4, 1)


async def test_a_limit_that_stays_reached_is_reported_now_and_then(caplog: pytest.LogCaptureFixture) -> None:
    """At the limit every call waits: twenty lines a second at Peatio's."""
    clock = Clock()
    limits = RequestThrottler([RateLimit("rest", limit=20, time_interval=10)], None, clock, clock.sleep)
    await asyncio.gather(*(call(limits) for _ in range(140)))
    waited_s = sum(clock.waits_s)
    assert waited_s > CONSTANTS.LIMIT_REPORTED_S
    assert 0 < caplog.text.count("limit of 18 requests is reached") <= waited_s / CONSTANTS.LIMIT_REPORTED_S + 1
    assert limits.waits > 5


class TestKinds:
    """Of twenty calls a window four are kept from creates, two from other calls, and none from cancels."""

    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def limits(self, clock: Clock) -> RequestThrottler:
        return RequestThrottler([RateLimit(CONSTANTS.REST_LIMIT_ID, 20, 10)], None, clock, clock.sleep)

    async def make(self, limits: RequestThrottler, kind: str, times: int = 1) -> None:
        for _ in range(times):
            async with limits.execute_task(kind):
                pass

    @pytest.mark.parametrize(
        ("kind", "allowed"),
        [(CONSTANTS.CREATE_LIMIT_ID, 16), (CONSTANTS.REST_LIMIT_ID, 18), (CONSTANTS.CANCEL_LIMIT_ID, 20)],
    )
    async def test_each_stops_at_its_mark(
        self, clock: Clock, limits: RequestThrottler, kind: str, allowed: int
    ) -> None:
        await self.make(limits, kind, allowed)
        assert clock.waits_s == []
        clock.now_s += 8
        await self.make(limits, kind)
        assert clock.waits_s == [WINDOW_S - 8]

    async def test_cancels_go_out_while_other_calls_wait(self, clock: Clock, limits: RequestThrottler) -> None:
        await call(limits, 18)
        limits._sleep = lambda seconds: asyncio.sleep(60)
        waiting = asyncio.ensure_future(call(limits))
        await asyncio.sleep(0)
        await asyncio.wait_for(self.make(limits, CONSTANTS.CANCEL_LIMIT_ID, 2), 5)
        assert not waiting.done()
        waiting.cancel()

    async def test_they_count_together(self, clock: Clock, limits: RequestThrottler) -> None:
        await self.make(limits, CONSTANTS.CANCEL_LIMIT_ID, 8)
        await self.make(limits, CONSTANTS.CREATE_LIMIT_ID, 8)
        await call(limits, 2)
        assert clock.waits_s == []
        await call(limits)
        assert clock.waits_s == [WINDOW_S]

    async def test_cancels_wait_as_well_where_the_whole_limit_is_used_up(
        self, clock: Clock, limits: RequestThrottler
    ) -> None:
        await call(limits, 18)
        await self.make(limits, CONSTANTS.CANCEL_LIMIT_ID, 3)
        assert clock.waits_s == [WINDOW_S]

    async def test_what_went_beyond_the_mark_is_waited_for(self, clock: Clock, limits: RequestThrottler) -> None:
        for _ in range(20):
            await self.make(limits, CONSTANTS.CANCEL_LIMIT_ID)
            clock.now_s += 0.1
        await call(limits)
        # The third oldest has to be out of the window: then seventeen are in it.
        assert clock.waits_s == [pytest.approx(WINDOW_S - 20 * 0.1 + 2 * 0.1)]

    async def test_a_create_that_would_wait_for_long_is_not_sent(self, clock: Clock, limits: RequestThrottler) -> None:
        await self.make(limits, CONSTANTS.CREATE_LIMIT_ID, 16)
        with pytest.raises(NotSentError, match="The limit of 16 requests is reached for 10 s"):
            await self.make(limits, CONSTANTS.CREATE_LIMIT_ID)
        assert clock.waits_s == []
        clock.now_s += WINDOW_S
        await self.make(limits, CONSTANTS.CREATE_LIMIT_ID)


class Alarms:
    """Time that a test moves: who sleeps wakes when it is due."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self._sleeping: list[tuple[float, asyncio.Future[None]]] = []

    def __call__(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        alarm = asyncio.get_running_loop().create_future()
        self._sleeping.append((self.now_s + seconds, alarm))
        await alarm

    async def go_on(self, seconds: float) -> None:
        until_s = self.now_s + seconds
        while self._sleeping and min(self._sleeping, key=lambda row: row[0])[0] <= until_s:
            first = min(self._sleeping, key=lambda row: row[0])
            self._sleeping.remove(first)
            self.now_s = max(self.now_s, first[0]) + 1e-6  # sums of floats: never a moment too early
            first[1].set_result(None)
            for _ in range(5):
                await asyncio.sleep(0)
        self.now_s = until_s


@pytest.mark.parametrize("kind", [CONSTANTS.CREATE_LIMIT_ID, CONSTANTS.REST_LIMIT_ID, CONSTANTS.PUBLIC_LIMIT_ID])
async def test_a_cancel_that_waits_goes_before_others_also_where_the_limit_is_too_small_to_keep_a_share(
    kind: str,
) -> None:
    clock, left = Alarms(), []
    limit = RateLimit(CONSTANTS.REST_LIMIT_ID, limit=1, time_interval=1)
    limits = RequestThrottler([limit], None, clock, clock.sleep)

    async def leave(kind: str) -> None:
        async with limits.execute_task(kind):
            left.append((kind, clock.now_s))

    await leave(kind)
    calls = [asyncio.create_task(leave(one)) for one in (kind, *[CONSTANTS.CANCEL_LIMIT_ID] * 3)]
    await asyncio.sleep(0)
    await clock.go_on(10.0)
    await asyncio.gather(*calls)
    assert [one for one, _ in left] == [kind, *[CONSTANTS.CANCEL_LIMIT_ID] * 3, kind]
    times = [at_s for _, at_s in left]
    assert [later - at_s for at_s, later in pairwise(times)] == [pytest.approx(1.05, abs=1e-3)] * 4


async def test_a_create_gives_up_after_its_time_although_each_slot_is_near() -> None:
    """With a short window the next slot is never far, and the queue may be long."""
    clock = Clock()
    limit = RateLimit(CONSTANTS.REST_LIMIT_ID, limit=10, time_interval=2)
    limits = RequestThrottler([limit], None, clock, clock.sleep)
    start_s = clock.now_s

    async def create() -> float | None:
        try:
            async with limits.execute_task(CONSTANTS.CREATE_LIMIT_ID):
                return clock.now_s - start_s
        except NotSentError:
            return None

    sent_after_s = await asyncio.gather(*(create() for _ in range(60)))
    assert None in sent_after_s
    assert max(after_s for after_s in sent_after_s if after_s is not None) <= CONSTANTS.PLACE_RETRY_LIMIT_S
