"""Opening the public websocket."""

import logging
from collections.abc import Mapping
from functools import cache

import aiohttp
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import StreamError, retry_after_s
from hummingbot.connector.exchange.peatio.config import ExchangeAddress
from hummingbot.connector.exchange.peatio.http.assistants import Connections
from hummingbot.connector.exchange.peatio.websocket.sockets import AssistantSocket, Socket, UpgradeError
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory

try:
    from hummingbot.connector.exchange.peatio.websocket.fast_socket import open_fast_socket
except ModuleNotFoundError:  # a connector that was linked into a Hummingbot without picows
    open_fast_socket = None  # type: ignore[assignment]

_logger = logging.getLogger(__name__)


async def open_public_socket(factory: WebAssistantsFactory, address: ExchangeAddress) -> Socket:
    """A connection to the public websocket.

    picows reads it where nothing stands between. Through a proxy it is aiohttp's: picows asks for a tunnel (CONNECT) to
    an address without TLS too, which proxies refuse. Where picows is not installed it is aiohttp's as well.

    :raises StreamError: when the exchange refuses the upgrade to a websocket
    :raises RedirectError: when it answers with a redirect
    """
    url = address.websocket_url("public")
    connections = factory._connections_factory
    try:
        if open_fast_socket is None:
            _say_slow()
        elif isinstance(connections, Connections) and connections.is_direct:
            return await open_fast_socket(url, connections.tls if url.startswith("wss:") else None)
        assistant = await factory.get_ws_assistant()
        await assistant.connect(ws_url=url, ping_timeout=CONSTANTS.HEARTBEAT_S)
    except UpgradeError as error:
        raise _refusal(url, error.status, error.headers) from error
    except aiohttp.WSServerHandshakeError as error:
        raise _refusal(url, error.status, error.headers or {}) from error
    return AssistantSocket(assistant)


@cache
def _say_slow() -> None:
    """Once a process."""
    _logger.info("Order books take more than twice the CPU time without picows and msgspec: pip install picows msgspec")


def _refusal(url: str, status: int, headers: Mapping[str, str]) -> StreamError:
    is_busy = status == 429 or status >= 500
    remedy = "retrying" if is_busy else "check the address of the exchange"
    return StreamError(f"{url} opened no websocket (HTTP {status}): {remedy}.", retry_after_s(headers))
