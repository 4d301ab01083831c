"""The last check before a create is sent."""

from collections.abc import Callable

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.core.web_assistant.connections.data_types import RESTRequest
from hummingbot.core.web_assistant.rest_pre_processors import RESTPreProcessorBase


class CreateGate(RESTPreProcessorBase):
    """Calls `check` after any wait for the rate limit and just before the request is signed.

    If the process is suspended after this point, a request signed with an API key does no harm: the exchange refuses
    it as expired once five seconds have passed (docs/protocol.md section 2), and the next attempt is checked again.

    :param check: raises `PlacementError` while no create may be sent
    """

    def __init__(self, check: Callable[[], None]) -> None:
        self._check = check

    async def pre_process(self, request: RESTRequest) -> RESTRequest:
        """The request, unchanged. Only a create is checked: a request with the limit id `CREATE_LIMIT_ID`.

        :raises PlacementError: for a create that may not be sent
        """
        if request.throttler_limit_id == CONSTANTS.CREATE_LIMIT_ID:
            self._check()
        return request
