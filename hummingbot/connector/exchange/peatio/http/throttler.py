"""Keeps the exchange's request limits, at a cost that does not grow with the number of requests."""

import asyncio
import math
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import AnswerError, NotSentError
from hummingbot.connector.exchange.peatio.common.retry import SayOnce
from hummingbot.core.api_throttler.async_throttler_base import AsyncThrottlerBase
from hummingbot.core.api_throttler.data_types import RateLimit


class RequestThrottler(AsyncThrottlerBase):
    """A throttler for limits without related limits, such as Peatio's only one.

    Hummingbot's own throttler reads all calls of the last five minutes twice for each new call: half a millisecond
    after 100 calls, five after 1000 and thirty once the limit is reached. This one drops old calls as time passes.

    Creates, cancels and all other calls share Peatio's limit. Each kind may use it up to a share of its own
    (`KEPT_PCT`) and queues only behind calls of its kind. Of a small limit no share can be kept, so an urgent call that
    waits is let through before others. A create that would wait too long is not sent: its price
    would be minutes old, and the strategy may have stopped.

    While orders want more calls than there are, polls get a share (`POLLS_PCT`), of a small limit one call in some of
    its windows. That share is theirs: within it a poll goes before creates, and one that has waited for long before all
    others.

    A call that is answered with `Retry-After` holds back the calls of its kind until then: only its kind, because a
    gateway that limits tickers may take orders all the time, and every kind learns of a common limit by its own first
    call. Cancels, and what they need (the clock, the search for an order whose create was not answered), are tried
    again every `CANCEL_REPEAT_MAXIMUM_S` whatever was asked.

    :param limits_share_percentage: how much of each limit this process may use, in percent
    :param longest_hold_s: so long at most other calls are held back
    :ivar calls: calls let through since the start
    :ivar waits: how often a call waited because the limit was reached
    """

    def __init__(
        self,
        rate_limits: Sequence[RateLimit],
        limits_share_percentage: Decimal | None = None,
        now_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        longest_hold_s: float | None = None,
    ) -> None:
        super().__init__(list(rate_limits), limits_share_percentage=limits_share_percentage)
        self._now_s = now_s
        self._sleep = sleep
        self._called_at_s: defaultdict[str, deque[float]] = defaultdict(deque)
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        # At the limit every call waits.
        self._say_once = SayOnce(now_s, CONSTANTS.LIMIT_REPORTED_S)
        self._longest_hold_s = CONSTANTS.RETRY_AFTER_MAXIMUM_S if longest_hold_s is None else longest_hold_s
        self._held_until_s: dict[str, float] = {}
        #: Calls that wait until the limit leaves one more: urgent ones, polls within their share, and of these the ones
        #: that go before all others.
        self._urgent_waits = self._due_polls = self._overdue_polls = 0
        self._polls = _Share(CONSTANTS.POLLS_PCT)
        #: When an order last found the limit reached.
        self._orders_missed_s = -math.inf
        self.calls = 0
        self.waits = 0

    def budget(self, limit_id: str) -> tuple[int, int]:
        """How many calls the limit allows within its interval, and how many of them are left now.

        :raises KeyError: when there is no such limit
        """
        limit = self._id_to_limit_map[limit_id]
        now_s, window_s = self._now_s(), self._window_s(limit)
        recent = sum(now_s - at_s < window_s for at_s in self._called_at_s[limit_id])
        return int(limit.limit), max(int(limit.limit) - recent, 0)

    def left_for(self, limit_id: str) -> int:
        """How many calls of a kind may leave now; none while the exchange holds that kind back."""
        allowed, left = self.budget(CONSTANTS.REST_LIMIT_ID)
        kept = allowed * CONSTANTS.KEPT_PCT.get(limit_id, 0) // 100
        return 0 if self.held_s(limit_id) else max(left - kept, 0)

    def left_for_orders(self) -> int:
        """How many creates may leave now, for who has some and does not let them wait: where there is none, polls leave
        room for the next one."""
        left = self.left_for(CONSTANTS.CREATE_LIMIT_ID)
        if not left:
            self._orders_missed_s = self._now_s()
        return left

    def hold(self, limit_id: str, error: AnswerError) -> None:
        """A call of that kind was answered with `error`, and maybe with `Retry-After`."""
        if not error.retry_after_s:
            return
        is_urgent = limit_id in CONSTANTS.URGENT_LIMIT_IDS
        urgent_s = CONSTANTS.CANCEL_REPEAT_MAXIMUM_S if is_urgent else math.inf
        hold_s = min(error.retry_after_s, self._longest_hold_s, urgent_s)
        self._held_until_s[limit_id] = max(self._held_until_s.get(limit_id, 0.0), self._now_s() + hold_s)
        if self._say_once.is_due(f"hold {limit_id}"):
            self.logger().warning(
                f"{error.request} was answered with HTTP {error.status} and Retry-After {error.retry_after_s:.0f} s. "
                f"The next request of that kind waits for {hold_s:.0f} s."
            )

    def held_s(self, limit_id: str) -> float:
        """For how long calls of that kind are held back now; 0 where they are not."""
        return max(self._held_until_s.get(limit_id, 0.0) - self._now_s(), 0.0)

    def _window_s(self, limit: RateLimit) -> float:
        return float(limit.time_interval * (1 + self._safety_margin_pct))

    @asynccontextmanager
    async def execute_task(self, limit_id: str) -> AsyncIterator[None]:
        """Waits until one more call is within the limit and not held back; calls of a kind are let through in order of
        arrival. A network check does not wait.

        :raises KeyError: when there is no such limit
        :raises NotSentError: when a create would wait longer than `PLACE_RETRY_LIMIT_S`
        """
        limit = self._id_to_limit_map[CONSTANTS.REST_LIMIT_ID if limit_id in CONSTANTS.KEPT_PCT else limit_id]
        asked_at_s = self._now_s()
        is_urgent, is_poll = limit_id in CONSTANTS.URGENT_LIMIT_IDS, limit_id in CONSTANTS.POLL_LIMIT_IDS
        async with self._turns[limit_id]:
            while True:
                now_s, held_s = self._now_s(), self.held_s(limit_id)
                is_due = is_poll and not held_s and not self._until_in_share_s(limit)
                is_overdue = is_due and now_s - asked_at_s >= CONSTANTS.POLL_OVERDUE_S
                kept_pct = 0 if is_overdue else CONSTANTS.KEPT_PCT.get(limit_id, 0)
                allowed = int(limit.limit) - int(limit.limit) * kept_pct // 100
                gives_way = not is_overdue and (
                    self._overdue_polls > 0
                    or (self._urgent_waits > 0 and not is_urgent)
                    or (self._due_polls > 0 and limit_id == CONSTANTS.CREATE_LIMIT_ID)
                )
                until_within_s = self._until_within_s(limit, allowed, gives_way, is_poll)
                is_within = until_within_s is None
                if (is_within and not held_s) or limit_id == CONSTANTS.CHECK_LIMIT_ID:
                    break
                wait_s = max(until_within_s or 0.0, held_s)
                in_all_s = now_s - asked_at_s + wait_s
                why = "The exchange asks for a pause" if is_within else f"The limit of {allowed} requests is reached"
                if not is_within and not is_poll:
                    self._orders_missed_s = now_s
                if limit_id == CONSTANTS.CREATE_LIMIT_ID and in_all_s > CONSTANTS.PLACE_RETRY_LIMIT_S:
                    raise NotSentError(f"{why} for {wait_s:.0f} s. The order is not placed.")
                if not is_within and self._say_once.is_due(limit_id):
                    self.logger().warning(f"{why}. Waiting {wait_s:.1f} s.")
                self.waits += 1
                waiting = int(is_urgent and not is_within), int(is_due), int(is_overdue)
                self._count_waiting(waiting, 1)
                try:
                    await self._sleep(wait_s)
                finally:
                    self._count_waiting(waiting, -1)
            self._called_at_s[limit.limit_id].append(now_s)
            if is_poll:
                self._polls.use(now_s)
            self.calls += 1
        yield

    def _count_waiting(self, waiting: tuple[int, int, int], sign: int) -> None:
        urgent, due, overdue = waiting
        self._urgent_waits += sign * urgent
        self._due_polls += sign * due
        self._overdue_polls += sign * overdue

    def _until_in_share_s(self, limit: RateLimit) -> float:
        return self._polls.until_free_s(int(limit.limit), self._window_s(limit), self._now_s())

    def _until_within_s(self, limit: RateLimit, allowed: int, gives_way: bool, is_poll: bool) -> float | None:
        """How long a call has to wait before it may ask again; None where it is within the limit.

        :param gives_way: whether another one goes first
        """
        now_s, window_s, called_at_s = self._now_s(), self._window_s(limit), self._called_at_s[limit.limit_id]
        while called_at_s and now_s - called_at_s[0] >= window_s:
            called_at_s.popleft()
        if gives_way or len(called_at_s) >= allowed:
            # More urgent calls may have used more than this kind's share: those have to expire first.
            oldest = max(len(called_at_s) - allowed, 0)
            return (called_at_s[oldest] if called_at_s else now_s) + window_s - now_s
        until_in_share_s = self._until_in_share_s(limit) if is_poll else 0.0
        until_unwanted_s = self._orders_missed_s + window_s - now_s
        return min(until_in_share_s, until_unwanted_s) if until_in_share_s > 0 and until_unwanted_s > 0 else None


class _Share:
    """A part of a limit. Of a small limit it is one call in several windows.

    :param percent: of the limit
    """

    def __init__(self, percent: int) -> None:
        self._percent = percent
        self._used_at_s: deque[float] = deque()

    def use(self, now_s: float) -> None:
        """A call leaves."""
        self._used_at_s.append(now_s)

    def until_free_s(self, limit: int, window_s: float, now_s: float) -> float:
        """How long until one more call is in the share; 0 where it is now."""
        windows = -(-100 // (limit * self._percent))
        share, span_s = limit * windows * self._percent // 100, windows * window_s
        while self._used_at_s and now_s - self._used_at_s[0] >= span_s:
            self._used_at_s.popleft()
        beyond = len(self._used_at_s) - share
        # Never 0 by rounding where it is not.
        return max(self._used_at_s[beyond] + span_s - now_s, 1e-6) if beyond >= 0 else 0.0
