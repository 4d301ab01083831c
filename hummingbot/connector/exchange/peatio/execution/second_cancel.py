"""Orders that the exchange has cancelled and its matching engine may still hold."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import (
    AuthError,
    MessageError,
    RefusedError,
    RequestError,
)
from hummingbot.connector.exchange.peatio.common.retry import Backoff
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.tracker import OrderTracker
from hummingbot.connector.exchange.peatio.http.client import RestClient
from hummingbot.core.data_type.common import OrderType
from hummingbot.core.utils.async_utils import safe_ensure_future


class SecondCancel:
    """Cancels an order a second time where the first cancel may have left it in the engine's book.

    Two things leave a ghost (docs/protocol.md sections 4.4 and 4.11): a cancel while the order is pending, and a
    restart of the engine after it took the cancel up and before the database did, for it then loads the order anew. A
    second cancel of the cancelled order removes either. A cancel of ours that ended the order at once is above
    suspicion; one that took long met an exchange in trouble, and of one that this process did not send nobody knows
    how it went.

    `on_changed` is called with a client order id when its second cancel became due, or was answered.

    :param now_s: our clock
    """

    def __init__(
        self,
        rest: RestClient,
        tracker: OrderTracker,
        now_s: Callable[[], float],
        logger: logging.Logger,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._rest = rest
        self._tracker = tracker
        self._now_s = now_s
        self._logger = logger
        self._sleep = sleep
        self._prompt: deque[tuple[float, TrackedOrder]] = deque()
        self._order_ids: dict[str, str] = {}
        self._removals: dict[str, asyncio.Task[None]] = {}
        self.on_changed: Callable[[str], None] = _nothing

    def __contains__(self, client_order_id: str) -> bool:
        """Whether the order's second cancel is not answered yet."""
        return client_order_id in self._order_ids

    def on_cancel_sent(self, order: TrackedOrder) -> None:
        """Before the request that cancels the order leaves."""
        if order.cancel_sent_at_s is None:
            order.cancel_sent_at_s = self._now_s()

    def on_cancelled(self, order: TrackedOrder) -> None:
        """The exchange told that the order is cancelled, for the first time or again."""
        if order.ended_event.is_set() or order.order_type is OrderType.MARKET:
            return  # no market order stays in the engine's book
        if self._is_suspicious(order):
            self._remove(order)
        else:
            self._forget_old()
            self._prompt.append((self._now_s(), order))

    def on_engine_restart(self, trading_pair: str) -> None:
        """The market's sequence began anew, so its engine has loaded what the database held for open.

        When it restarted nobody knows: it says nothing before the market's book changes.
        """
        self._forget_old()
        for _, order in self._prompt:
            if order.trading_pair == trading_pair:
                self._remove(order)
                self.on_changed(order.client_order_id)
        for order in [*self._tracker.active_orders.values(), *self._tracker.lost_orders.values()]:
            if order.trading_pair == trading_pair and order.cancel_sent_at_s is not None:
                order.has_ghost_risk = True

    def remove(self, client_order_id: str, exchange_order_id: str) -> None:
        """Cancels a cancelled order once more, again and again until the exchange answers."""
        self._order_ids[client_order_id] = exchange_order_id
        if client_order_id not in self._removals:
            self._removals[client_order_id] = safe_ensure_future(self._cancel_until_answered(client_order_id))

    async def wait(self) -> None:
        """Waits until the second cancels under way are answered."""
        if self._removals:
            await asyncio.wait(list(self._removals.values()))

    def start(self) -> None:
        """Goes on after `stop`."""
        for client_order_id, exchange_order_id in self._order_ids.items():
            self.remove(client_order_id, exchange_order_id)

    def stop(self) -> None:
        """Ends what is under way. What is not answered is kept, here and in the journal."""
        for task in self._removals.values():
            task.cancel()
        self._removals.clear()

    def _is_suspicious(self, order: TrackedOrder) -> bool:
        if order.has_ghost_risk or order.cancel_sent_at_s is None:
            return True
        return self._now_s() - order.cancel_sent_at_s > CONSTANTS.PROMPT_CANCEL_S

    def _forget_old(self) -> None:
        while self._prompt and self._now_s() - self._prompt[0][0] > CONSTANTS.RESTART_NOTICED_S:
            self._prompt.popleft()

    def _remove(self, order: TrackedOrder) -> None:
        if order.exchange_order_id is not None:
            self.remove(order.client_order_id, order.exchange_order_id)

    async def _cancel_until_answered(self, client_order_id: str) -> None:
        backoff = Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.BACKOFF_MAXIMUM_S)
        while not await self._is_answered(self._order_ids[client_order_id]):
            await self._sleep(backoff.next_s())
        del self._removals[client_order_id]
        del self._order_ids[client_order_id]
        self.on_changed(client_order_id)

    async def _is_answered(self, order_id: str) -> bool:
        try:
            await self._rest.cancel_order(order_id)
        except (RequestError, MessageError) as error:
            # A refused login says nothing about the order.
            is_answer = isinstance(error, RefusedError) and not isinstance(error, AuthError)
            level = logging.WARNING if is_answer else logging.DEBUG
            self._logger.log(
                level, f"Order {order_id} is cancelled, and may still stand in the engine's book: {error}"
            )
            return is_answer
        return True


def _nothing(client_order_id: str) -> None:
    """Nobody wants to know."""
