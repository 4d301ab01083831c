"""The functions that Hummingbot calls on a connector's web utils, which know an exchange as a `domain`.

The connector's own code passes a `Venue` to `http.assistants` instead.
"""

from collections.abc import Callable

from hummingbot.connector.exchange.peatio.http.assistants import (
    make_factory,
    make_synchronized_factory,
    server_time_ms,
)
from hummingbot.connector.exchange.peatio.http.throttler import RequestThrottler
from hummingbot.connector.exchange.peatio.settings.exchanges import venue_of
from hummingbot.connector.time_synchronizer import TimeSynchronizer
from hummingbot.core.api_throttler.async_throttler_base import AsyncThrottlerBase
from hummingbot.core.web_assistant.auth import AuthBase
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory


def public_rest_url(path_url: str, domain: str = "") -> str:
    """
    :param domain: as `venue_of` reads it; empty is the default exchange
    :raises ConfigError: when it is neither a named exchange nor an address
    """
    return venue_of(domain).address.rest_url(path_url)


def private_rest_url(path_url: str, domain: str = "") -> str:
    """The same prefix as public paths: a Peatio tells them apart by the path alone."""
    return public_rest_url(path_url, domain)


def create_throttler(domain: str = "") -> RequestThrottler:
    """A throttler with the exchange's request limit."""
    return RequestThrottler(venue_of(domain).rate_limits)


def build_api_factory(
    throttler: AsyncThrottlerBase,
    time_synchronizer: TimeSynchronizer,
    domain: str = "",
    auth: AuthBase | None = None,
    time_provider: Callable[[], object] | None = None,
) -> WebAssistantsFactory:
    """A factory whose REST assistants measure the exchange's clock before the first signature."""
    return make_synchronized_factory(venue_of(domain), throttler, time_synchronizer, auth, time_provider)


def build_api_factory_without_time_synchronizer_pre_processor(
    throttler: AsyncThrottlerBase, domain: str = ""
) -> WebAssistantsFactory:
    """For the request that measures the time itself."""
    return make_factory(venue_of(domain), throttler)


async def get_current_server_time(throttler: AsyncThrottlerBase | None = None, domain: str = "") -> float:
    """The exchange's clock in epoch milliseconds.

    :raises IOError: when the exchange does not answer with a time
    """
    return await server_time_ms(venue_of(domain), throttler)
