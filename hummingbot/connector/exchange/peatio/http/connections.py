"""HTTP and websocket connections of one exchange, through its proxy or with its certificates."""

import ssl
from pathlib import Path

import aiohttp
from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory
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
