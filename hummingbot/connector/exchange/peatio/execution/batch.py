"""Many orders at once: what becomes of each, and how many may be under way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from hummingbot.connector.exchange.peatio.common.errors import WithdrawnError


@dataclass(frozen=True)
class BatchResult:
    """What became of one order of a batch.

    :ivar error: why it is not placed, or not known to have ended; None where all went well. A placed order may still
        be rejected later, as any other (docs/protocol.md section 4.1).
    """

    client_order_id: str
    error: Exception | None = None

    @property
    def is_success(self) -> bool:
        return self.error is None


class SubmissionQueue:
    """Lets so many orders be sent at a time, in the order of their coming. Who still waits can be withdrawn.

    :param limit: how many at a time
    """

    def __init__(self, limit: int) -> None:
        self._free = limit
        self._waiting: dict[str, asyncio.Future[None]] = {}

    @asynccontextmanager
    async def turn(self, client_order_id: str) -> AsyncIterator[None]:
        """Around the sending.

        :raises WithdrawnError: when the order was withdrawn while it waited
        """
        if self._free > 0:
            self._free -= 1
        else:
            await self._wait(client_order_id)
        try:
            yield
        finally:
            self._hand_on()

    def withdraw(self, client_order_id: str, reason: str) -> bool:
        """Ends the waiting of an order, which then is not sent.

        :return: False where it does not wait; it may be under way
        """
        waiting = self._waiting.get(client_order_id)
        if waiting is None or waiting.done():
            return False
        waiting.set_exception(WithdrawnError(f"The order's turn to be sent had not come when {reason}."))
        return True

    def withdraw_all(self, reason: str) -> None:
        """The same for every order that waits."""
        for client_order_id in self._waiting:
            self.withdraw(client_order_id, reason)

    async def _wait(self, client_order_id: str) -> None:
        waiting = self._waiting[client_order_id] = asyncio.get_running_loop().create_future()
        try:
            await waiting
        except asyncio.CancelledError:
            if waiting.done() and not waiting.cancelled() and waiting.exception() is None:
                self._hand_on()  # the turn had come in the same moment; who was withdrawn in it had none
            raise
        finally:
            del self._waiting[client_order_id]

    def _hand_on(self) -> None:
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_result(None)
                return
        self._free += 1
