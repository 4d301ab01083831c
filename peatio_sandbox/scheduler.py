"""Delayed work: the sandbox's stand-in for Peatio's message broker and worker processes.

Everything that happens after a request happens through here, so this is the place where delays can be stretched,
workers paused and messages held back.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Delay:
    """A random delay in seconds: uniform between ``low_s`` and ``high_s``, now and then up to ``tail_s`` more."""

    low_s: float
    high_s: float
    tail_s: float = 0.0
    tail_chance: float = 0.0

    def draw_s(self, rng: random.Random) -> float:
        """Draw one delay."""
        delay_s = rng.uniform(self.low_s, self.high_s)
        if self.tail_chance and rng.random() < self.tail_chance:
            delay_s += rng.uniform(0.0, self.tail_s)
        return delay_s

    def scaled(self, factor: float) -> Delay:
        """Return the same delay, ``factor`` times as long."""
        return Delay(self.low_s * factor, self.high_s * factor, self.tail_s * factor, self.tail_chance)


class Timer(Protocol):
    """Something scheduled that can be called off."""

    def cancel(self) -> None:
        """Call it off."""


class Scheduler(Protocol):
    """Time and the calls that wait for it."""

    def time_s(self) -> float:
        """Return a time in seconds that only grows."""

    def call_later(self, delay_s: float, action: Callable[[], None]) -> Timer:
        """Run ``action`` after ``delay_s`` seconds."""


class LoopScheduler:
    """Calls functions later on the running event loop and hands on what went wrong in them."""

    def __init__(self, on_error: Callable[[Exception], None]) -> None:
        self._on_error = on_error
        self._closed = False

    def time_s(self) -> float:
        """Return the event loop's time."""
        return asyncio.get_running_loop().time()

    def call_later(self, delay_s: float, action: Callable[[], None]) -> asyncio.TimerHandle:
        """Run ``action`` after ``delay_s`` seconds, unless the scheduler is closed before."""
        return asyncio.get_running_loop().call_later(delay_s, self._run, action)

    def close(self) -> None:
        """Let nothing run any more."""
        self._closed = True

    def _run(self, action: Callable[[], None]) -> None:
        if self._closed:
            return
        try:
            action()
        except Exception as error:
            self._on_error(error)


class WorkQueue[Message]:
    """A queue with one worker: messages are handled in order, each at the earliest after its own delay.

    Delays overlap, so the queue's throughput has no bound; only its order is kept, as with one RabbitMQ consumer.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        delay: Delay,
        rng: random.Random,
        handle: Callable[[Message], None],
    ) -> None:
        self._scheduler = scheduler
        self._delay = delay
        self._rng = rng
        self._handle = handle
        self._waiting: deque[tuple[float, Message]] = deque()
        self._timer: Timer | None = None
        self._last_due_s = 0.0
        self._ready_s = 0.0
        self.paused = False

    def __len__(self) -> int:
        """Return how many messages have not been handled."""
        return len(self._waiting)

    def put(self, message: Message) -> None:
        """Add a message."""
        due_s = self._scheduler.time_s() + self._delay.draw_s(self._rng)
        self._last_due_s = max(self._last_due_s, due_s)
        self._waiting.append((self._last_due_s, message))
        self._arm()

    def pause(self) -> None:
        """Stop the worker; messages pile up."""
        self.paused = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def resume(self) -> None:
        """Start the worker again; what is overdue is handled after one more delay, in order."""
        self.paused = False
        self._ready_s = self._scheduler.time_s() + self._delay.draw_s(self._rng)
        self._arm()

    def _arm(self) -> None:
        if self.paused or self._timer is not None or not self._waiting:
            return
        due_s = max(self._waiting[0][0], self._ready_s)
        self._timer = self._scheduler.call_later(max(0.0, due_s - self._scheduler.time_s()), self._work)

    def _work(self) -> None:
        self._timer = None
        try:
            now_s = self._scheduler.time_s()
            while self._waiting and not self.paused and self._waiting[0][0] <= now_s:
                self._handle(self._waiting.popleft()[1])
        finally:
            self._arm()
