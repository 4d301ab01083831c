"""Hummingbot's web tools for a Peatio exchange: URLs, the assistants' factory and the server's clock."""

import asyncio
from collections.abc import Callable

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.config import parse_domain
from hummingbot.connector.exchange.peatio.peatio_messages import decode, parse_server_time_ms
from hummingbot.connector.exchange.peatio.peatio_throttler import PeatioThrottler
from hummingbot.connector.time_synchronizer import TimeSynchronizer
from hummingbot.connector.utils import TimeSynchronizerRESTPreProcessor
from hummingbot.core.api_throttler.async_throttler_base import AsyncThrottlerBase
from hummingbot.core.web_assistant.auth import AuthBase
from hummingbot.core.web_assistant.connections.data_types import RESTMethod
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory


def public_rest_url(path_url: str, domain: str = "") -> str:
    """:param domain: the exchange's address as `config.parse_domain` reads it; empty is the default exchange"""
    return parse_domain(domain).rest_url(path_url)


def private_rest_url(path_url: str, domain: str = "") -> str:
    """The same prefix as public paths: a Peatio tells them apart by the path alone."""
    return public_rest_url(path_url, domain)


def public_ws_url(domain: str = "") -> str:
    return parse_domain(domain).websocket_url("public")


def private_ws_url(domain: str = "") -> str:
    return parse_domain(domain).websocket_url("private")


def create_throttler() -> PeatioThrottler:
    return PeatioThrottler(CONSTANTS.RATE_LIMITS)


def build_api_factory(
    throttler: AsyncThrottlerBase,
    time_synchronizer: TimeSynchronizer,
    domain: str = "",
    auth: AuthBase | None = None,
    time_provider: Callable[[], object] | None = None,
) -> WebAssistantsFactory:
    """A factory whose REST assistants know the server's time before the first signature."""
    time_provider = time_provider or (lambda: get_current_server_time(throttler=throttler, domain=domain))
    return WebAssistantsFactory(
        throttler=throttler,
        auth=auth,
        rest_pre_processors=[
            TimeSynchronizerRESTPreProcessor(synchronizer=time_synchronizer, time_provider=time_provider)
        ],
    )


def build_api_factory_without_time_synchronizer_pre_processor(throttler: AsyncThrottlerBase) -> WebAssistantsFactory:
    """For the request that measures the time itself."""
    return WebAssistantsFactory(throttler=throttler)


async def get_current_server_time(throttler: AsyncThrottlerBase | None = None, domain: str = "") -> float:
    """The exchange's clock in epoch milliseconds.

    :raises IOError: when the exchange does not answer with a time
    """
    factory = build_api_factory_without_time_synchronizer_pre_processor(throttler or create_throttler())
    assistant = await factory.get_rest_assistant()
    response = await assistant.execute_request_and_get_response(
        url=public_rest_url(CONSTANTS.TIMESTAMP_PATH, domain),
        throttler_limit_id=CONSTANTS.REST_LIMIT_ID,
        method=RESTMethod.GET,
        timeout=CONSTANTS.REQUEST_TIMEOUT_S,
    )
    text = await asyncio.wait_for(response.text(), CONSTANTS.REQUEST_TIMEOUT_S)
    return parse_server_time_ms(decode(text))
