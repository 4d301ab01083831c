"""Opening a websocket of the exchange, by picows or by aiohttp."""

import logging
from collections.abc import Mapping
from functools import cache

import aiohttp
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.http.assistants import Connections
from hummingbot.connector.exchange.peatio.websocket.sockets import AssistantSocket, Socket, UpgradeError
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory

try:
    from hummingbot.connector.exchange.peatio.websocket.fast_socket import open_fast_socket
except ModuleNotFoundError:  # a connector that was linked into a Hummingbot without picows
    open_fast_socket = None  # type: ignore[assignment]

_logger = logging.getLogger(__name__)


async def open_socket(factory: WebAssistantsFactory, url: str, login: Mapping[str, str] | None = None) -> Socket:
    """A connection to `url`.

    picows reads it where nothing stands between. Through a proxy it is aiohttp's: picows asks for a tunnel (CONNECT) to
    an address without TLS too, which proxies refuse. Where picows is not installed it is aiohttp's as well.

    :param login: headers
    :raises UpgradeError: when the exchange refuses the upgrade to a websocket
    :raises RedirectError: when it answers with a redirect
    :raises aiohttp.ClientError | OSError: when there is no connection
    """
    connections = factory._connections_factory
    if open_fast_socket is None:
        _say_slow()
    elif isinstance(connections, Connections) and connections.is_direct:
        return await open_fast_socket(url, connections.tls if url.startswith("wss:") else None, login)
    assistant = await factory.get_ws_assistant()
    try:
        await assistant.connect(ws_url=url, ws_headers=dict(login or {}), ping_timeout=CONSTANTS.HEARTBEAT_S)
    except aiohttp.WSServerHandshakeError as error:
        raise UpgradeError(error.status, error.headers or {}) from error
    return AssistantSocket(assistant)


@cache
def _say_slow() -> None:
    """Once a process."""
    _logger.info("Order books take more than twice the CPU time without picows and msgspec: pip install picows msgspec")
