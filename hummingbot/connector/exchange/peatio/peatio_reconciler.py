"""Asks over REST what the private events should have told."""

import logging
import math

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.peatio_errors import (
    PeatioMessageError,
    PeatioNotFoundError,
    PeatioRequestError,
)
from hummingbot.connector.exchange.peatio.peatio_in_flight_order import PeatioInFlightOrder
from hummingbot.connector.exchange.peatio.peatio_order_flow import PeatioOrderFlow
from hummingbot.connector.exchange.peatio.peatio_order_tracker import PeatioOrderTracker
from hummingbot.connector.exchange.peatio.peatio_rest import PeatioRest


class PeatioReconciler:
    """Two requests for all orders together, and one more for each that is not among the open ones."""

    def __init__(
        self, tracker: PeatioOrderTracker, rest: PeatioRest, flow: PeatioOrderFlow, logger: logging.Logger
    ) -> None:
        self._tracker = tracker
        self._rest = rest
        self._flow = flow
        self._logger = logger

    async def poll(self) -> None:
        """Brings every followed order up to date. What cannot be learned now leaves the orders as they are."""
        active = [order for order in self._tracker.active_orders.values() if order.exchange_order_id is not None]
        fillable = list(self._tracker.all_fillable_orders.values())
        if fillable:
            await self._poll_trades(fillable)
        if active:
            await self._poll_orders(active)

    async def _poll_trades(self, orders: list[PeatioInFlightOrder]) -> None:
        try:
            trades = await self._rest.trades(_time_from_s(orders))
        except (PeatioRequestError, PeatioMessageError) as error:
            self._logger.warning(f"The exchange did not tell our trades: {error}")
            return
        for trade in reversed(trades):
            order = self._tracker.find(trade.order_id)
            if order is not None:
                self._flow.apply_trade(order, trade)

    async def _poll_orders(self, orders: list[PeatioInFlightOrder]) -> None:
        try:
            open_orders = {said.order_id: said for said in await self._rest.open_orders()}
        except (PeatioRequestError, PeatioMessageError) as error:
            self._logger.warning(f"The exchange did not tell our open orders: {error}")
            return
        for order in orders:
            try:
                # Absence from the list proves nothing (docs/protocol.md section 3): the order is asked for by its id.
                said = open_orders.get(str(order.exchange_order_id)) or await self._flow.fetch(order)
                self._flow.apply_order(order, said)
            except PeatioNotFoundError:
                await self._tracker.process_order_not_found(order.client_order_id)
            except (PeatioRequestError, PeatioMessageError) as error:
                self._logger.warning(f"The state of order {order.client_order_id} is not known: {error}")


def _time_from_s(orders: list[PeatioInFlightOrder]) -> int:
    """Since when to ask for trades: the creation of the oldest order, by our clock."""
    oldest_s = min(order.creation_timestamp for order in orders)
    return max(int(oldest_s) - CONSTANTS.CLOCK_MARGIN_S, 0) if math.isfinite(oldest_s) else 0
