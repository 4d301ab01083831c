"""What to do while something keeps failing: how long to wait before the next attempt, and how often to report it."""

import asyncio
import logging
import math
import random
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import PeatioError

# So many messages are remembered by one `SayOnce`: some name an order or a row.
REMEMBERED_MESSAGES = 10_000


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


class SayOnce:
    """Decides whether a message is reported again: each at once, then at most every `period_s`.

    :param period_s: the default reports each message only once
    """

    def __init__(self, now_s: Callable[[], float], period_s: float = math.inf) -> None:
        self._now_s = now_s
        self._period_s = period_s
        self._reported_at_s: dict[str, float] = {}

    def is_due(self, message: str = "") -> bool:
        """Whether to report `message` now; if so, the caller reports it.

        :param message: what distinguishes it from others; without it all count as one
        """
        now_s = self._now_s()
        if now_s - self._reported_at_s.get(message, -math.inf) < self._period_s:
            return False
        self._reported_at_s.pop(message, None)
        self._reported_at_s[message] = now_s
        if len(self._reported_at_s) > REMEMBERED_MESSAGES:
            del self._reported_at_s[next(iter(self._reported_at_s))]
        return True


class OnceLogger(logging.LoggerAdapter[logging.Logger]):
    """Writes each message once, for what is found again at each request."""

    def __init__(self, logger: logging.Logger) -> None:
        super().__init__(logger)
        self._say_once = SayOnce(lambda: 0.0)

    def log(self, level: int, msg: object, *args: Any, **kwargs: Any) -> None:
        if self._say_once.is_due(str(msg)):
            super().log(level, msg, *args, **kwargs)

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        return msg, kwargs


class Outage:
    """Logs one warning when requests of a kind start to fail and one line when they succeed again, not one a request.

    `with outage:` around a request takes its error, whatever it is; `is_on` then says that it failed.

    :param what: what is requested, for the log: a noun phrase such as "The balances"
    """

    def __init__(self, what: str, now_s: Callable[[], float], logger: logging.Logger) -> None:
        self._what = what
        self._now_s = now_s
        self._logger = logger
        self._since_s: float | None = None
        self._failures = 0

    @property
    def is_on(self) -> bool:
        """Whether the last attempt failed."""
        return self._since_s is not None

    def failed(self, error: Exception) -> None:
        """The exchange did not answer, or its answer was not readable."""
        self._failures += 1
        if self._since_s is None:
            self._since_s = self._now_s()
            self._logger.warning(f"{self._what} cannot be fetched; the last known values stay in use: {error}")
        else:
            self._logger.debug(f"{self._what} still cannot be fetched: {error}")

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> bool:
        if error is None:
            self.worked()
        elif isinstance(error, Exception):
            if not isinstance(error, PeatioError | OSError | ValueError):
                # A mistake of ours, so the log has its traceback.
                self._logger.error(f"Unexpected error: {self._what} cannot be fetched.", exc_info=error)
            self.failed(error)
        return isinstance(error, Exception)

    def worked(self) -> None:
        """The exchange answered."""
        if self._since_s is None:
            return
        lasted_s = self._now_s() - self._since_s
        self._logger.info(f"{self._what} can be fetched again, after {lasted_s:.0f} s and {self._failures} failure(s).")
        self._since_s, self._failures = None, 0


async def wait_for_event(event: asyncio.Event, timeout_s: float) -> bool:
    """Waits for `event` no longer than `timeout_s`; whether it is set."""
    try:
        await asyncio.wait_for(event.wait(), timeout_s)
    except TimeoutError:
        return False
    return True


async def keep_up(
    work: Callable[[], Awaitable[None]], pause_s: Callable[[], float], wanted: asyncio.Event, outage: Outage
) -> None:
    """Does `work` again and again until cancelled; after a failure soon, with growing pauses.

    :param pause_s: how long to wait after a success
    :param wanted: set by whoever wants it done at once; with growing pauses while it is wanted again and again
    :param outage: learns how each attempt went
    """
    backoff = Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.BACKOFF_MAXIMUM_S)
    while True:
        wanted.clear()
        had_failed = outage.is_on
        with outage:
            await work()
        if outage.is_on:
            await wait_for_event(wanted, backoff.next_s())
            continue
        if had_failed:
            backoff.reset()
        worked_at_s = time.monotonic()
        is_wanted = await wait_for_event(wanted, pause_s())
        idle_s = time.monotonic() - worked_at_s
        if not is_wanted or idle_s > CONSTANTS.BACKOFF_MAXIMUM_S:
            backoff.reset()
        if is_wanted:
            await asyncio.sleep(max(backoff.next_s() - idle_s, 0.0))
