"""The functions that Hummingbot calls on a connector's web utils, which know an exchange as a `domain`.

The connector's own code passes a `Venue` to `http.assistants` and `http.clock` instead.
"""

from hummingbot.connector.exchange.peatio.http.clock import read_time
from hummingbot.connector.exchange.peatio.settings.exchanges import venue_of
from hummingbot.core.api_throttler.async_throttler_base import AsyncThrottlerBase


def public_rest_url(path_url: str, domain: str = "") -> str:
    """
    :param domain: as `venue_of` reads it; empty is the default exchange
    :raises ConfigError: when it is neither a named exchange nor an address
    """
    return venue_of(domain).address.rest_url(path_url)


def private_rest_url(path_url: str, domain: str = "") -> str:
    """The same prefix as public paths: a Peatio tells them apart by the path alone."""
    return public_rest_url(path_url, domain)


async def get_current_server_time(throttler: AsyncThrottlerBase | None = None, domain: str = "") -> float:
    """The exchange's clock in epoch milliseconds.

    :raises IOError: when the exchange does not answer with a time
    """
    return (await read_time(venue_of(domain), throttler)).epoch_ms
