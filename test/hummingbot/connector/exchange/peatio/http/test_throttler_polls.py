"""How a low request limit is shared between orders and what the connector asks by itself again and again."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import NotSentError
from hummingbot.connector.exchange.peatio.http.throttler import RequestThrottler
from hummingbot.core.api_throttler.data_types import RateLimit

from test.hummingbot.connector.exchange.peatio.http.test_throttler import Alarms

CREATE, CANCEL = CONSTANTS.CREATE_LIMIT_ID, CONSTANTS.CANCEL_LIMIT_ID
POLLS = CONSTANTS.POLL_LIMIT_IDS
LOOK_S = 0.05


class Callers:
    """Those of each kind never have enough.

    :param limit: so many requests in so many seconds
    """

    def __init__(self, limit: tuple[int, int], kinds: Sequence[str]) -> None:
        self.clock = Alarms()
        self.limits = RequestThrottler([RateLimit("rest", *limit)], None, self.clock, self.clock.sleep)
        self._start_s = self.clock.now_s
        self.left: list[tuple[str, float]] = []
        self._tasks = [asyncio.ensure_future(self._call(kind)) for kind in kinds]

    async def _call(self, kind: str) -> None:
        while True:
            try:
                async with self.limits.execute_task(kind):
                    self.left.append((kind, self.clock.now_s))
            except NotSentError:
                await self.clock.sleep(LOOK_S)
            await asyncio.sleep(0)

    async def go_on(self, seconds: float, look: Callable[[], None] = lambda: None) -> None:
        """:param look: what is done again and again meanwhile"""
        until_s = self.clock.now_s + seconds
        while self.clock.now_s < until_s:
            look()
            for _ in range(5):
                await asyncio.sleep(0)
            await self.clock.go_on(LOOK_S)

    def share(self, kinds: Sequence[str], since_s: float = 0.0) -> float:
        counts = Counter(kind for kind, at_s in self.left if at_s >= since_s)
        return sum(counts[kind] for kind in kinds) / counts.total()

    def longest_wait_s(self, kind: str) -> float:
        times = [at_s for one, at_s in self.left if one == kind]
        return max(after - at_s for at_s, after in pairwise([self._start_s, *times, self.clock.now_s]))

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@pytest.mark.parametrize("limit", [(1, 1), (2, 1), (10, 10), (30, 60), (60, 60)])
async def test_while_orders_wait_polls_get_their_share_and_no_more(limit: tuple[int, int]) -> None:
    callers = Callers(limit, [*POLLS, CREATE])
    await callers.go_on(limit[1] * 20.0)
    since_s = callers.clock.now_s - limit[1] * 15.0
    share = callers.share(POLLS, since_s)
    await callers.end()
    assert share == pytest.approx(CONSTANTS.POLLS_PCT / 100, abs=0.1)


@pytest.mark.parametrize("limit", [(1, 1), (3, 1), (30, 60)])
async def test_who_asks_first_how_many_creates_may_leave_is_left_room_too(limit: tuple[int, int]) -> None:
    """A strategy whose orders would be out of date lets none of them wait."""
    callers, created_at_s = Callers(limit, POLLS), list[float]()

    def look() -> None:
        if callers.limits.left_for_orders():
            created_at_s.append(callers.clock.now_s)
            callers._tasks.append(asyncio.ensure_future(create()))

    async def create() -> None:
        async with callers.limits.execute_task(CREATE):
            callers.left.append((CREATE, callers.clock.now_s))

    await callers.go_on(limit[1] * 5.0)
    assert callers.share(POLLS) == 1.0
    await callers.go_on(limit[1] * 20.0, look)
    share = callers.share([CREATE], callers.clock.now_s - limit[1] * 15.0)
    assert share == pytest.approx(1 - CONSTANTS.POLLS_PCT / 100, abs=0.1)
    await callers.end()


@pytest.mark.parametrize("limit", [(1, 1), (60, 60)])
async def test_polls_have_all_that_may_be_theirs_once_no_order_waits(limit: tuple[int, int]) -> None:
    callers = Callers(limit, POLLS)
    callers.limits.left_for_orders()
    await callers.go_on(limit[1] * 3.0)
    since_s = callers.clock.now_s
    await callers.go_on(limit[1] * 10.0)
    kept_pct = CONSTANTS.KEPT_PCT["rest"] if limit[0] > 10 else 0
    calls = sum(at_s >= since_s for _, at_s in callers.left)
    assert calls == pytest.approx(limit[0] * 10 / 1.05 * (1 - kept_pct / 100), abs=limit[0])
    await callers.end()


@pytest.mark.parametrize("limit", [(1, 1), (2, 1), (60, 60)])
async def test_polls_go_on_also_while_cancels_would_take_every_request(limit: tuple[int, int]) -> None:
    callers = Callers(limit, [*POLLS, CANCEL])
    await callers.go_on(300.0)
    waits_s = [callers.longest_wait_s(kind) for kind in POLLS]
    share = callers.share([CANCEL], callers.clock.now_s - 200.0)
    await callers.end()
    every_s = max(1.0, 100 / CONSTANTS.POLLS_PCT / limit[0]) * limit[1] * 1.05  # a call of the polls' share
    assert max(waits_s) < CONSTANTS.POLL_OVERDUE_S + len(POLLS) * every_s
    assert share > 1 - CONSTANTS.POLLS_PCT / 100 - 0.05


async def test_an_overdue_poll_that_is_held_back_keeps_nobody_waiting() -> None:
    callers = Callers((1, 1), [CANCEL])
    callers.limits._held_until_s["rest"] = callers.clock.now_s + 60.0
    callers._tasks.append(asyncio.ensure_future(callers._call("rest")))
    await callers.go_on(50.0)
    assert callers.share([CANCEL]) == 1.0
    assert len(callers.left) > 45
    await callers.end()
