"""Hummingbot's web assistants for one exchange, with the connections and limits that it needs."""

import asyncio
from collections.abc import Callable

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.messages import decode, parse_server_time_ms
from hummingbot.connector.exchange.peatio.http.connections import Connections
from hummingbot.connector.exchange.peatio.http.throttler import RequestThrottler
from hummingbot.connector.exchange.peatio.settings.exchanges import Venue
from hummingbot.connector.time_synchronizer import TimeSynchronizer
from hummingbot.connector.utils import TimeSynchronizerRESTPreProcessor
from hummingbot.core.api_throttler.async_throttler_base import AsyncThrottlerBase
from hummingbot.core.web_assistant.auth import AuthBase
from hummingbot.core.web_assistant.connections.data_types import RESTMethod
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory

# By connector name; all requests to one exchange share its connections.
_CONNECTIONS: dict[str, Connections] = {}


def make_factory(
    venue: Venue, throttler: AsyncThrottlerBase | None = None, auth: AuthBase | None = None
) -> WebAssistantsFactory:
    """A factory whose assistants do not measure the exchange's clock: for public requests, and the clock itself.

    :param throttler: None makes one with the exchange's limit
    """
    return _connected(venue, WebAssistantsFactory(throttler or RequestThrottler(venue.rate_limits), auth=auth))


def make_synchronized_factory(
    venue: Venue,
    throttler: AsyncThrottlerBase,
    time_synchronizer: TimeSynchronizer,
    auth: AuthBase | None = None,
    time_provider: Callable[[], object] | None = None,
) -> WebAssistantsFactory:
    """A factory whose REST assistants measure the exchange's clock before the first signature.

    :param time_provider: makes the awaitable that tells the exchange's time; None is `server_time_ms`
    """
    processor = TimeSynchronizerRESTPreProcessor(
        synchronizer=time_synchronizer, time_provider=time_provider or (lambda: server_time_ms(venue, throttler))
    )
    return _connected(venue, WebAssistantsFactory(throttler, rest_pre_processors=[processor], auth=auth))


def _connected(venue: Venue, factory: WebAssistantsFactory) -> WebAssistantsFactory:
    if venue.ca_file is not None or venue.proxy:
        if venue.name not in _CONNECTIONS:
            _CONNECTIONS[venue.name] = Connections(venue.ca_file, venue.proxy)
        factory._connections_factory = _CONNECTIONS[venue.name]
    return factory


async def server_time_ms(venue: Venue, throttler: AsyncThrottlerBase | None = None) -> float:
    """The exchange's clock in epoch milliseconds (docs/protocol.md section 3).

    :raises IOError: when the exchange does not answer with a time
    """
    assistant = await make_factory(venue, throttler).get_rest_assistant()
    response = await assistant.execute_request_and_get_response(
        url=venue.address.rest_url(CONSTANTS.TIMESTAMP_PATH),
        throttler_limit_id=CONSTANTS.REST_LIMIT_ID,
        method=RESTMethod.GET,
        timeout=CONSTANTS.REQUEST_TIMEOUT_S,
    )
    text = await asyncio.wait_for(response.text(), CONSTANTS.REQUEST_TIMEOUT_S)
    return parse_server_time_ms(decode(text))
