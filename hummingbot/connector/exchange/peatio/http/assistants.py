"""Hummingbot's web assistants for one exchange, with the connections and limits that it needs."""

import atexit
import ssl
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import aiohttp
from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.http.redirects import refused_redirects
from hummingbot.connector.exchange.peatio.http.throttler import RequestThrottler
from hummingbot.connector.exchange.peatio.settings.exchanges import Venue
from hummingbot.core.api_throttler.async_throttler_base import AsyncThrottlerBase
from hummingbot.core.web_assistant.auth import AuthBase
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory
from hummingbot.core.web_assistant.rest_pre_processors import RESTPreProcessorBase
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory
from yarl import URL


class Connections(ConnectionsFactory):
    """A connections factory for one exchange; Hummingbot's is a singleton with one client for all exchanges, which
    follows redirects. Without certificates and proxy it shares the connections of that one, and closes them with it.

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
        self._certificates: ssl.SSLContext | None = None
        if ca_file is not None:
            try:
                self._certificates = ssl.create_default_context(cafile=ca_file)
            except (OSError, ssl.SSLError) as error:
                raise ConfigError(f"ca_file {ca_file} cannot be used as certificates: {error}") from error

        self._has_own_connections = ca_file is not None or bool(proxy)

    @property
    def is_direct(self) -> bool:
        """Whether no proxy stands between."""
        return self._proxy is None

    @property
    def tls(self) -> ssl.SSLContext:
        """The certificates to trust."""
        return self._certificates or _systems_certificates()

    _shared_client: aiohttp.ClientSession | None = None

    async def _get_shared_client(self) -> aiohttp.ClientSession:
        if self._has_own_connections:
            if self._shared_client is None:
                self._shared_client = self.open_client()
            return self._shared_client
        return await _hummingbots_connections()

    def open_client(self) -> aiohttp.ClientSession:
        """A client of the caller's own with these certificates and proxy, which follows no redirect of a login."""
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._certificates or True),
            proxy=self._proxy,
            proxy_auth=self._proxy_login,
            trace_configs=[refused_redirects()],
        )

    async def close(self) -> None:
        """Closes the connections."""
        await super().close()
        if not self._has_own_connections:
            await ConnectionsFactory().close()


@cache
def _systems_certificates() -> ssl.SSLContext:
    """Read once: that takes as long as some thousand messages."""
    return ssl.create_default_context()


# All exchanges without certificates and proxy share it.
_session: aiohttp.ClientSession | None = None


@atexit.register
def _let_go() -> None:
    """Without it aiohttp complains at the end of a process, `hbot connect` for example, which closes nothing."""
    if _session is not None:
        _session.detach()


async def _hummingbots_connections() -> aiohttp.ClientSession:
    """A session on the connections of Hummingbot's own, which follows no redirects."""
    global _session
    connector = (await ConnectionsFactory()._get_shared_client()).connector
    if _session is None or _session.connector is not connector:
        _let_go()  # Hummingbot has closed its connections and opened others
        _session = aiohttp.ClientSession(
            connector=connector, connector_owner=False, trace_configs=[refused_redirects()]
        )
    return _session


def _without_login(proxy: URL) -> tuple[URL, aiohttp.BasicAuth | None]:
    login = None if proxy.user is None else aiohttp.BasicAuth(proxy.user, proxy.password or "")
    return proxy.with_user(None), login


# By connector name, those with certificates or a proxy; all requests to one exchange share its connections.
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
    connections = _CONNECTIONS.get(venue.name)
    if connections is None:
        connections = Connections(venue.ca_file, venue.proxy)
        if venue.ca_file is not None or venue.proxy:
            _CONNECTIONS[venue.name] = connections
    factory._connections_factory = connections
    return factory

