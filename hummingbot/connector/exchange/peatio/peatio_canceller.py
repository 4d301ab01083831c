"""Cancelling an order the way Peatio takes it."""

import asyncio

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.peatio_backoff import Backoff
from hummingbot.connector.exchange.peatio.peatio_in_flight_order import PeatioInFlightOrder
from hummingbot.connector.exchange.peatio.peatio_messages import PeatioOrderState
from hummingbot.connector.exchange.peatio.peatio_order_flow import PeatioOrderFlow
from hummingbot.connector.exchange.peatio.peatio_rest import PeatioRest


class PeatioCanceller:
    """Sends cancels when they take effect, and settles orders that turn out to have ended."""

    def __init__(self, rest: PeatioRest, flow: PeatioOrderFlow) -> None:
        self._rest = rest
        self._flow = flow

    async def cancel(self, order: PeatioInFlightOrder) -> None:
        """Asks the exchange to cancel. The answer is not the outcome: the final state comes by event or poll.

        :raises PeatioNotFoundError: when the exchange does not know the order
        :raises PeatioRequestError, PeatioMessageError: when the exchange cannot be asked
        :raises asyncio.TimeoutError: when the order has no id at the exchange yet
        """
        exchange_order_id = await order.get_exchange_order_id()
        if not await self._wait_until_live(order):
            return
        said = await self._rest.cancel_order(exchange_order_id)
        if said.state.is_final:
            # It had ended before and no event will come (docs/protocol.md section 4.5).
            self._flow.apply_order(order, await self._flow.fetch(order))

    async def _wait_until_live(self, order: PeatioInFlightOrder) -> bool:
        """Waits until the order left `pending`: cancelled earlier it would leave a ghost in the engine's book.

        REST is asked at once and again with growing pauses, for the event may have been lost. After
        `CANCEL_PENDING_LIMIT_S` the cancel is sent all the same, and a second one once the order has ended.

        :return: False where the order turned out to have ended, so that there is nothing to cancel
        """
        backoff = Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.CANCEL_PENDING_LIMIT_S / 2)
        waited_s = 0.0
        while not order.seen_live_event.is_set():
            said = await self._flow.fetch(order)
            self._flow.apply_order(order, said)
            if said.state.is_final:
                return False
            if said.state is PeatioOrderState.PENDING:
                if waited_s >= CONSTANTS.CANCEL_PENDING_LIMIT_S:
                    order.has_ghost_risk = True
                    break
                pause_s = backoff.next_s()
                waited_s += pause_s
                await _wait_for_event(order.seen_live_event, pause_s)
        return True


async def _wait_for_event(event: asyncio.Event, timeout_s: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), timeout_s)
    except TimeoutError:
        pass  # the caller looks at the event
