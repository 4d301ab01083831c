"""The last check of a create: after any wait for the request limit, right before the request is signed."""

from collections.abc import Callable
from contextvars import ContextVar

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import PlacementError
from hummingbot.core.web_assistant.connections.data_types import RESTRequest
from hummingbot.core.web_assistant.rest_pre_processors import RESTPreProcessorBase

#: The admission of the create that is under way in this task: it raises a `PlacementError` where the create may not
#: leave. A context variable because Hummingbot offers no other way behind its throttler.
admission_of_create: ContextVar[Callable[[], None] | None] = ContextVar("admission_of_create", default=None)


class CreateGate(RESTPreProcessorBase):
    """Asks the admission of every create, which is known by its limit id. A create without one is refused.

    What a process that is stopped behind this point has signed with an API key, the exchange refuses as expired once
    five seconds have passed (docs/protocol.md section 2), and the next attempt comes by here again.
    """

    async def pre_process(self, request: RESTRequest) -> RESTRequest:
        """:raises PlacementError: for a create that may not leave"""
        if request.throttler_limit_id == CONSTANTS.CREATE_LIMIT_ID:
            check = admission_of_create.get()
            if check is None:
                raise PlacementError("A create without an admission is not sent.")
            check()
        return request
