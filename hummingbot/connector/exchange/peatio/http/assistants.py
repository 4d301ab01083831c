"""Hummingbot's web assistants for one exchange, with the connections and limits that it needs."""

import ssl
from collections.abc import Sequence
from pathlib import Path

import aiohttp
from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.http.throttler import RequestThrottler
from hummingbot.connector.exchange.peatio.settings.exchanges import Venue
from hummingbot.core.api_throttler.async_throttler_base import AsyncThrottlerBase
from hummingbot.core.web_assistant.auth import AuthBase
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory
from hummingbot.core.web_assistant.rest_pre_processors import RESTPreProcessorBase
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory
from yarl import URL


class Connections(ConnectionsFactory):
    """A connections factory for one exchange; Hummingbot's is a singleton with one client for all exchanges.

    :param ca_file: certificates to trust instead of the system's; None for the system's
    :param proxy: URL of an HTTP proxy; "" for none
    :raises ConfigError: when the certificates cannot be read
    """

    def __new__(cls, ca_file: Path | None, proxy: str) -> "Connections":
        return object.__new__(cls)

    def __init__(self, ca_file: Path | None, proxy: str) -> None:
        # The login is separated from the URL, which aiohttp's errors, and so the logs, contain.
        self._proxy: URL | None = None
        self._proxy_login: aiohttp.BasicAuth | None = None
        if proxy:
            self._proxy, self._proxy_login = _without_login(URL(proxy))
        self._ssl: ssl.SSLContext | bool = True
        if ca_file is not None:
            try:
                self._ssl = ssl.create_default_context(cafile=ca_file)
            except (OSError, ssl.SSLError) as error:
                raise ConfigError(f"ca_file {ca_file} cannot be used as certificates: {error}") from error

    _shared_client: aiohttp.ClientSession | None = None

    async def _get_shared_client(self) -> aiohttp.ClientSession:
        if self._shared_client is None:
            self._shared_client = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=self._ssl), proxy=self._proxy, proxy_auth=self._proxy_login
            )
        return self._shared_client


def _without_login(proxy: URL) -> tuple[URL, aiohttp.BasicAuth | None]:
    login = None if proxy.user is None else aiohttp.BasicAuth(proxy.user, proxy.password or "")
    return proxy.with_user(None), login


# By connector name; all requests to one exchange share its connections.
_CONNECTIONS: dict[str, Connections] = {}


def make_factory(
    venue: Venue,
    throttler: AsyncThrottlerBase | None = None,
    auth: AuthBase | None = None,
    pre_processors: Sequence[RESTPreProcessorBase] = (),
) -> WebAssistantsFactory:
    """A factory for requests to one exchange.

    :param throttler: None makes one with the exchange's limit
    :param pre_processors: run before each request is signed
    """
    throttler = throttler or RequestThrottler(venue.rate_limits)
    factory = WebAssistantsFactory(throttler, rest_pre_processors=list(pre_processors), auth=auth)
    if venue.ca_file is not None or venue.proxy:
        if venue.name not in _CONNECTIONS:
            _CONNECTIONS[venue.name] = Connections(venue.ca_file, venue.proxy)
        factory._connections_factory = _CONNECTIONS[venue.name]
    return factory

