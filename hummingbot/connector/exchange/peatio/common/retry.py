"""Capped exponential back-off with jitter: the one place that decides how long to wait before trying again."""

import asyncio
import random


class Backoff:
    """Waiting times that double from `start_s` to `maximum_s`, each shortened at random by up to a half.

    The jitter keeps many bots from coming back in the same instant after their exchange restarted.
    """

    def __init__(self, start_s: float, maximum_s: float, random_source: random.Random | None = None) -> None:
        self._start_s = start_s
        self._maximum_s = maximum_s
        self._random = random_source or random.Random()
        self._next_s = start_s

    def next_s(self) -> float:
        """Seconds to wait now; the following wait is longer."""
        wait_s = self._next_s
        self._next_s = min(wait_s * 2, self._maximum_s)
        return wait_s * (0.5 + self._random.random() / 2)

    def reset(self) -> None:
        """After a success."""
        self._next_s = self._start_s


async def wait_for_event(event: asyncio.Event, timeout_s: float) -> bool:
    """Waits for `event` no longer than `timeout_s`; whether it is set."""
    try:
        await asyncio.wait_for(event.wait(), timeout_s)
    except TimeoutError:
        return False
    return True
