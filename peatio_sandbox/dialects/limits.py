"""Limits on how often a member may call."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from math import ceil

from peatio_sandbox.rest.validation import ApiError


class TooManyRequestsError(ApiError):
    """429; ``retry_after_s`` is what the answer's ``Retry-After`` says."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(429)
        self.retry_after_s = retry_after_s


class Throttle:
    """Allows each member a number of calls in any span of ``period_s`` seconds."""

    def __init__(self, allowed: int, period_s: float, now_s: Callable[[], float]) -> None:
        self._allowed = allowed
        self._period_s = period_s
        self._now_s = now_s
        self._calls: dict[str, deque[float]] = {}

    def count(self, uid: str) -> None:
        """Count a call.

        Raises:
            TooManyRequestsError: it is one too many; it does not count then.
        """
        now_s = self._now_s()
        calls = self._calls.setdefault(uid, deque())
        while calls and calls[0] <= now_s - self._period_s:
            calls.popleft()
        if len(calls) >= self._allowed:
            raise TooManyRequestsError(max(1, ceil(calls[0] + self._period_s - now_s)))
        calls.append(now_s)
