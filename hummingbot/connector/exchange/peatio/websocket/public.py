"""Opening the public websocket."""

from collections.abc import Mapping

from hummingbot.connector.exchange.peatio.common.errors import StreamError, retry_after_s
from hummingbot.connector.exchange.peatio.config import ExchangeAddress
from hummingbot.connector.exchange.peatio.websocket.opening import open_socket
from hummingbot.connector.exchange.peatio.websocket.sockets import Socket, UpgradeError
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory


async def open_public_socket(factory: WebAssistantsFactory, address: ExchangeAddress) -> Socket:
    """A connection to the public websocket.

    :raises StreamError: when the exchange refuses the upgrade to a websocket
    :raises RedirectError: when it answers with a redirect
    """
    url = address.websocket_url("public")
    try:
        return await open_socket(factory, url)
    except UpgradeError as error:
        raise _refusal(url, error.status, error.headers) from error


def _refusal(url: str, status: int, headers: Mapping[str, str]) -> StreamError:
    is_busy = status == 429 or status >= 500
    remedy = "retrying" if is_busy else "check the address of the exchange"
    return StreamError(f"{url} opened no websocket (HTTP {status}): {remedy}.", retry_after_s(headers))
