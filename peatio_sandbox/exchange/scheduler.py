"""Delayed work: the sandbox's stand-in for Peatio's message broker and worker processes.

Everything that happens after a request happens through here, so this is the place where delays can be stretched,
workers paused and messages held back.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
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
        """Run ``action`` after ``delay_s`` seconds, unless the scheduler is closed before."""

    def close(self) -> None:
        """Let nothing run any more."""


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


@dataclass(order=True)
class _ManualTimer:
    due_s: float
    number: int
    action: Callable[[], None] = field(compare=False)
    is_cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        self.is_cancelled = True


class ManualScheduler:
    """A scheduler whose time passes only on request: for runs that must not depend on the machine."""

    def __init__(self) -> None:
        self._now_s = 0.0
        self._count = 0
        self._timers: list[_ManualTimer] = []

    def time_s(self) -> float:
        """Return the time, 0 at the beginning."""
        return self._now_s

    def call_later(self, delay_s: float, action: Callable[[], None]) -> Timer:
        """Keep ``action`` until its time comes."""
        self._count += 1
        timer = _ManualTimer(self._now_s + delay_s, self._count, action)
        heappush(self._timers, timer)
        return timer

    def run_next(self) -> None:
        """Let time pass until the next action and run it; what it raises is raised here."""
        timer = heappop(self._timers)
        self._now_s = max(self._now_s, timer.due_s)
        if not timer.is_cancelled:
            timer.action()

    def advance(self, seconds: float) -> None:
        """Let some time pass and run what falls into it."""
        end_s = self._now_s + seconds
        while self._timers and self._timers[0].due_s <= end_s:
            self.run_next()
        self._now_s = end_s

    def close(self) -> None:
        """Let nothing run any more."""
        self._timers.clear()


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
        self._ready_s = 0.0
        self.paused = False
        #: Seconds by which a message is handled later than usual; what follows it waits for it.
        self.extra_delay_s: Callable[[Message], float] = lambda _message: 0.0

    def __len__(self) -> int:
        """Return how many messages have not been handled."""
        return len(self._waiting)

    def put(self, message: Message) -> None:
        """Add a message."""
        due_s = self._scheduler.time_s() + self._delay.draw_s(self._rng) + self.extra_delay_s(message)
        self._waiting.append((due_s, message))
        self._arm()

    def clear(self) -> None:
        """Throw away what has not been handled."""
        self._waiting.clear()

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
