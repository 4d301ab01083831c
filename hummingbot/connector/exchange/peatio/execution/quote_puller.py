"""Takes own quotes off a market whose book is not to be trusted (setting `pull_quotes`)."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.execution.canceller import Canceller
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.core.data_type.common import OrderType


class QuotePuller:
    """
    :param open_orders: every order that is followed
    """

    def __init__(
        self,
        canceller: Canceller,
        open_orders: Callable[[], Iterable[TrackedOrder]],
        logger: logging.Logger,
    ) -> None:
        self._canceller = canceller
        self._open_orders = open_orders
        self._logger = logger
        self._tasks: set[asyncio.Task[object]] = set()

    def pull(self, trading_pair: str) -> None:
        """Cancels the open limit orders on a market, beside whatever else goes on."""
        orders = [
            order
            for order in self._open_orders()
            if order.trading_pair == trading_pair and order.order_type is not OrderType.MARKET and not order.is_done
        ]
        if orders:
            self._logger.warning(
                f"The order book of {trading_pair} is not trusted: cancelling {len(orders)} order(s) on it."
            )
            task = asyncio.create_task(self._cancel(orders))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        """Leaves to others what is not cancelled yet."""
        for task in self._tasks:
            task.cancel()

    async def _cancel(self, orders: Sequence[TrackedOrder]) -> None:
        await self._canceller.cancel_all(orders, CONSTANTS.LEFTOVERS_TIMEOUT_S)
