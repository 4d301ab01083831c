"""Opening the public websocket."""

import aiohttp
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import StreamError, retry_after_s
from hummingbot.connector.exchange.peatio.config import ExchangeAddress
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory
from hummingbot.core.web_assistant.ws_assistant import WSAssistant


async def open_public_socket(factory: WebAssistantsFactory, address: ExchangeAddress) -> WSAssistant:
    """A connection to the public websocket.

    :raises StreamError: when the exchange refuses the upgrade to a websocket
    """
    url = address.websocket_url("public")
    assistant: WSAssistant = await factory.get_ws_assistant()
    try:
        await assistant.connect(ws_url=url, ping_timeout=CONSTANTS.HEARTBEAT_S)
    except aiohttp.WSServerHandshakeError as error:
        is_busy = error.status == 429 or error.status >= 500
        remedy = "retrying" if is_busy else "check the address of the exchange"
        raise StreamError(
            f"{url} opened no websocket (HTTP {error.status}): {remedy}.", retry_after_s(error.headers or {})
        ) from error
    return assistant
