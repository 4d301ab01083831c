"""What a bot says of itself in words, for `hummingbot-peatio watch`: why it is not ready, its strategy's status text.

On the port of the metrics, but for this machine only: a status text has orders and balances.
"""

import inspect
import logging
from collections.abc import Callable, Collection
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from aiohttp import web
from hummingbot.connector.exchange.peatio.settings.hummingbot_host import running_strategy

if TYPE_CHECKING:
    from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange

PATH = "/state"
#: Asks for the strategy's status text too, which takes a strategy some milliseconds to write.
STATUS_PARAMETER = "status"
_logger = logging.getLogger(__name__)


class StateHandler:
    """:param connectors: the current ones, each with a name of its own"""

    def __init__(self, connectors: Callable[[], Collection["PeatioExchange"]]) -> None:
        self._connectors = connectors

    async def __call__(self, request: web.Request) -> web.Response:
        """The state as JSON.

        :raises HTTPForbidden: for another machine, and for the page of a site whose name leads to this one
        """
        if not (_is_loopback(request.remote) and (request.url.host == "localhost" or _is_loopback(request.url.host))):
            raise web.HTTPForbidden(text="for this machine only")
        waits_for = {connector.name: _waits_for(connector) for connector in self._connectors()}
        body: dict[str, Any] = {"waits_for": waits_for}
        if STATUS_PARAMETER in request.query:
            body |= {"strategy": type(running_strategy()).__name__, "status": await _status_text()}
        return web.json_response(body)


def _waits_for(connector: "PeatioExchange") -> list[str]:
    waits = [name for name, is_done in connector.status_dict.items() if not is_done]
    return [*waits, *filter(None, [connector._settings.problem])]


async def _status_text() -> str:
    """As `hbot status` shows it; "" without a strategy, and where it cannot write one."""
    strategy = running_strategy()
    if strategy is None:
        return ""
    try:
        text = strategy.format_status()
        return str(await text if inspect.isawaitable(text) else text)
    except Exception:
        _logger.debug("The strategy could not write its status.", exc_info=True)
        return ""


def _is_loopback(remote: str | None) -> bool:
    try:
        address = ip_address((remote or "").partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
