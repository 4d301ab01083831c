"""The exchange's clock (docs/protocol.md section 3): nonces and tokens are valid within seconds of it."""

import asyncio
import logging
import math
import time
from typing import NamedTuple

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import MovedError, error_from_answer
from hummingbot.connector.exchange.peatio.common.messages import decode, parse_server_time_ms
from hummingbot.connector.exchange.peatio.common.retry import Outage
from hummingbot.connector.exchange.peatio.http.assistants import make_factory
from hummingbot.connector.exchange.peatio.http.redirects import RedirectError
from hummingbot.connector.exchange.peatio.http.throttler import RequestThrottler
from hummingbot.connector.exchange.peatio.settings.exchanges import Venue
from hummingbot.connector.time_synchronizer import TimeSynchronizer
from hummingbot.core.api_throttler.async_throttler_base import AsyncThrottlerBase
from hummingbot.core.web_assistant.connections.data_types import RESTMethod, RESTRequest
from hummingbot.core.web_assistant.rest_pre_processors import RESTPreProcessorBase


class ServerTime(NamedTuple):
    """One reading of the exchange's clock.

    :param epoch_ms: its time in milliseconds, somewhere between the other two
    :param sent_s, received_s: when the request left and its answer arrived, by `time.perf_counter`
    """

    epoch_ms: float
    sent_s: float
    received_s: float

    @property
    def offset_ms(self) -> float:
        """The exchange's clock minus `time.perf_counter`, as if both ways took equally long."""
        return self.epoch_ms - (self.sent_s + self.received_s) / 2 * 1e3

    @property
    def travel_s(self) -> float:
        """Seconds from request to answer."""
        return self.received_s - self.sent_s

    def contradicts(self, offset_ms: float) -> bool:
        """Whether the clock cannot have had that offset: half the travel and half the cut second are the doubt."""
        return abs(self.offset_ms - offset_ms) > (self.travel_s / 2 + 0.5) * 1e3


async def read_time(venue: Venue, throttler: AsyncThrottlerBase | None = None) -> ServerTime:
    """Asks the exchange for its time. What the request waits for the request limit is no travel time.

    :raises IOError: when the exchange does not answer
    :raises MessageError, ValueError: when its answer is not a time
    """
    throttler = throttler or RequestThrottler(venue.rate_limits)
    assistant = await make_factory(venue, throttler).get_rest_assistant()
    request = RESTRequest(RESTMethod.GET, venue.address.rest_url(CONSTANTS.TIMESTAMP_PATH))
    async with throttler.execute_task(CONSTANTS.CLOCK_LIMIT_ID), asyncio.timeout(CONSTANTS.REQUEST_TIMEOUT_S):
        sent_s = time.perf_counter()
        try:
            response = await assistant.call(request)
        except RedirectError as error:
            path = f"GET {CONSTANTS.TIMESTAMP_PATH}"
            raise MovedError(path, error.status, error.advice, error.is_unprocessed) from error
        text = await response.text()
        received_s = time.perf_counter()
    if response.status >= 400:
        answered = error_from_answer(f"GET {CONSTANTS.TIMESTAMP_PATH}", response.status, response.headers or {}, text)
        if isinstance(throttler, RequestThrottler):
            throttler.hold(CONSTANTS.CLOCK_LIMIT_ID, answered)
        raise answered
    return ServerTime(parse_server_time_ms(decode(text)), sent_s, received_s)


class AveragedTime:
    """The time of a `TimeSynchronizer`, whose samples are averaged when they change and not at each call.

    The synchronizer averages with numpy at each call, which takes a tenth of the CPU time of a create.
    """

    def __init__(self, synchronizer: TimeSynchronizer) -> None:
        self._synchronizer = synchronizer
        self._samples: tuple[float, ...] = ()
        self._offset_s = 0.0

    def time(self) -> float:
        """Epoch seconds, as `TimeSynchronizer.time`: this machine's until the exchange's clock was measured."""
        samples = tuple(self._synchronizer._time_offset_ms)
        if not samples:
            return float(self._synchronizer.time())
        if samples != self._samples:
            self._samples = samples
            self._offset_s = float(self._synchronizer.time_offset_ms) * 1e-3
        return time.perf_counter() + self._offset_s


class ExchangeClock(RESTPreProcessorBase):
    """Measures the exchange's clock for Hummingbot's `TimeSynchronizer`, before the first request at the latest.

    A failed measurement leaves the samples as they are. So does one that travelled long and agrees with them: it knows
    less than they do.
    """

    def __init__(
        self, venue: Venue, synchronizer: TimeSynchronizer, throttler: AsyncThrottlerBase, logger: logging.Logger
    ) -> None:
        self._venue = venue
        self._synchronizer = synchronizer
        self._throttler = throttler
        self._outage = Outage("The exchange's clock", time.monotonic, logger)
        self._lock = asyncio.Lock()
        self._attempts = 0
        self._averaged = AveragedTime(synchronizer)

    def measured_s(self) -> float:
        """As `time_s`; minus infinity until it was measured."""
        return self.time_s() if self._synchronizer._time_offset_ms else -math.inf

    def time_s(self) -> float:
        """The exchange's time in epoch seconds, as `TimeSynchronizer.time`; this machine's until it was measured."""
        return self._averaged.time()

    @property
    def is_known(self) -> bool:
        """Whether the clock was measured; this machine's stands in for it until then."""
        return bool(self._synchronizer._time_offset_ms)

    async def pre_process(self, request: RESTRequest) -> RESTRequest:
        await self.ensure()
        return request

    async def ensure(self) -> None:
        """Has the clock measured before something is signed."""
        if not self.is_known:
            await self.remeasure()

    async def refresh(self) -> None:
        """One more sample."""
        await self._measure(replaces_all=False)

    async def remeasure(self) -> None:
        """Replaces all samples by a new one: averaged with old ones it would mend nothing."""
        attempts = self._attempts
        async with self._lock:
            # Another request may have tried while this one waited, and a time-out may have been its result.
            if attempts == self._attempts:
                await self._measure(replaces_all=True)

    async def _measure(self, replaces_all: bool) -> None:
        with self._outage:
            self._take(await read_time(self._venue, self._throttler), replaces_all)
        self._attempts += 1

    def _take(self, measured: ServerTime, replaces_all: bool) -> None:
        is_quick = measured.travel_s <= CONSTANTS.CLOCK_TRAVEL_S
        if not (is_quick or not self.is_known or measured.contradicts(self._synchronizer.time_offset_ms)):
            return
        if replaces_all:
            self._synchronizer.clear_time_offset_ms_samples()
        self._synchronizer.add_time_offset_ms_sample(measured.offset_ms)
