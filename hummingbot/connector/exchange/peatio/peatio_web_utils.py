"""Hummingbot's web tools for a Peatio exchange: URLs, the assistants' factory and the server's clock."""

import asyncio
from collections.abc import Callable

import aiohttp
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.dialects import AUTO, Dialect
from hummingbot.connector.exchange.peatio.common.errors import StreamError
from hummingbot.connector.exchange.peatio.common.messages import decode, parse_server_time_ms
from hummingbot.connector.exchange.peatio.config import ExchangeAddress, parse_domain
from hummingbot.connector.exchange.peatio.http.connections import Connections
from hummingbot.connector.exchange.peatio.http.throttler import RequestThrottler
from hummingbot.connector.exchange.peatio.settings.exchanges import NAMED_EXCHANGES, NamedExchange
from hummingbot.connector.time_synchronizer import TimeSynchronizer
from hummingbot.connector.utils import TimeSynchronizerRESTPreProcessor
from hummingbot.core.api_throttler.async_throttler_base import AsyncThrottlerBase
from hummingbot.core.api_throttler.data_types import RateLimit
from hummingbot.core.web_assistant.auth import AuthBase
from hummingbot.core.web_assistant.connections.data_types import RESTMethod
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory
from hummingbot.core.web_assistant.ws_assistant import WSAssistant

# The connections of those that have their own, shared by all requests to one exchange.
_CONNECTIONS: dict[str, Connections] = {}


def named_exchange_of(domain: str) -> NamedExchange | None:
    """The named exchange that Hummingbot knows as `domain`, None for plain `peatio`."""
    return NAMED_EXCHANGES.get(domain)


def dialect_of(domain: str) -> Dialect:
    """How to speak to the exchange that Hummingbot knows as `domain`."""
    named_exchange = named_exchange_of(domain)
    return AUTO if named_exchange is None else named_exchange.dialect


def address_of(domain: str) -> ExchangeAddress:
    """:param domain: a named exchange's connector, or an address as `config.parse_domain` reads it
    :raises ConfigError: when it is neither
    """
    named_exchange = named_exchange_of(domain)
    return parse_domain(domain) if named_exchange is None else named_exchange.address


def public_rest_url(path_url: str, domain: str = "") -> str:
    """:param domain: as `address_of` reads it; empty is the default exchange"""
    return address_of(domain).rest_url(path_url)


def private_rest_url(path_url: str, domain: str = "") -> str:
    """The same prefix as public paths: a Peatio tells them apart by the path alone."""
    return public_rest_url(path_url, domain)


def public_ws_url(domain: str = "") -> str:
    return address_of(domain).websocket_url("public")


def private_ws_url(domain: str = "") -> str:
    return address_of(domain).websocket_url("private")


def rate_limits(domain: str = "") -> list[RateLimit]:
    """What the exchange allows one client."""
    named_exchange = named_exchange_of(domain)
    if named_exchange is None:
        return CONSTANTS.RATE_LIMITS
    return [RateLimit(CONSTANTS.REST_LIMIT_ID, named_exchange.requests, named_exchange.interval_s)]


def create_throttler(domain: str = "") -> RequestThrottler:
    return RequestThrottler(rate_limits(domain))


def build_api_factory(
    throttler: AsyncThrottlerBase,
    time_synchronizer: TimeSynchronizer,
    domain: str = "",
    auth: AuthBase | None = None,
    time_provider: Callable[[], object] | None = None,
) -> WebAssistantsFactory:
    """A factory whose REST assistants know the server's time before the first signature."""
    time_provider = time_provider or (lambda: get_current_server_time(throttler=throttler, domain=domain))
    factory = WebAssistantsFactory(
        throttler=throttler,
        auth=auth,
        rest_pre_processors=[
            TimeSynchronizerRESTPreProcessor(synchronizer=time_synchronizer, time_provider=time_provider)
        ],
    )
    return _connecting_as(domain, factory)


def build_api_factory_without_time_synchronizer_pre_processor(
    throttler: AsyncThrottlerBase, domain: str = ""
) -> WebAssistantsFactory:
    """For the request that measures the time itself."""
    return _connecting_as(domain, WebAssistantsFactory(throttler=throttler))


def _connecting_as(domain: str, factory: WebAssistantsFactory) -> WebAssistantsFactory:
    """The factory, with connections of its own where the exchange needs such."""
    named_exchange = named_exchange_of(domain)
    if named_exchange is not None and (named_exchange.ca_file is not None or named_exchange.proxy):
        if named_exchange.name not in _CONNECTIONS:
            _CONNECTIONS[named_exchange.name] = Connections(named_exchange.ca_file, named_exchange.proxy)
        factory._connections_factory = _CONNECTIONS[named_exchange.name]
    return factory


async def open_public_socket(factory: WebAssistantsFactory, domain: str = "") -> WSAssistant:
    """A connection to the public websocket.

    :raises StreamError: when the exchange opens none
    """
    url = public_ws_url(domain)
    assistant: WSAssistant = await factory.get_ws_assistant()
    try:
        await assistant.connect(ws_url=url, ping_timeout=CONSTANTS.PING_INTERVAL_S)
    except aiohttp.WSServerHandshakeError as error:
        is_busy = error.status == 429 or error.status >= 500
        raise StreamError(
            f"{url} opened no websocket (HTTP {error.status})"
            + ("; trying again." if is_busy else ": check the address of the exchange.")
        ) from error
    return assistant


async def get_current_server_time(throttler: AsyncThrottlerBase | None = None, domain: str = "") -> float:
    """The exchange's clock in epoch milliseconds.

    :raises IOError: when the exchange does not answer with a time
    """
    factory = build_api_factory_without_time_synchronizer_pre_processor(throttler or create_throttler(domain), domain)
    assistant = await factory.get_rest_assistant()
    response = await assistant.execute_request_and_get_response(
        url=public_rest_url(CONSTANTS.TIMESTAMP_PATH, domain),
        throttler_limit_id=CONSTANTS.REST_LIMIT_ID,
        method=RESTMethod.GET,
        timeout=CONSTANTS.REQUEST_TIMEOUT_S,
    )
    text = await asyncio.wait_for(response.text(), CONSTANTS.REQUEST_TIMEOUT_S)
    return parse_server_time_ms(decode(text))
