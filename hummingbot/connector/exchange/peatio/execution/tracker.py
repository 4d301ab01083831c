"""Hummingbot's order tracker for an exchange whose events arrive in any order."""

import asyncio
from itertools import chain
from typing import Any, Protocol
from weakref import WeakValueDictionary

from hummingbot.connector.client_order_tracker import ClientOrderTracker
from hummingbot.connector.connector_base import ConnectorBase
from hummingbot.connector.exchange.peatio.common.messages import OrderReport
from hummingbot.connector.exchange.peatio.common.tasks import Tasks
from hummingbot.connector.exchange.peatio.execution.counts import new_counts
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.core.data_type.in_flight_order import OrderState, OrderUpdate, TradeUpdate

# A later state never gives way to an earlier one, whatever the order in which the messages arrive.
_FINAL_RANK = 4
_RANKS = {
    OrderState.PENDING_CREATE: 0,
    OrderState.OPEN: 1,
    OrderState.PARTIALLY_FILLED: 2,
    OrderState.PENDING_CANCEL: 3,
    OrderState.CANCELED: _FINAL_RANK,
    OrderState.FILLED: _FINAL_RANK,
    OrderState.FAILED: _FINAL_RANK,
}


class EndListener(Protocol):
    """Who learns that orders end; the connector."""

    def on_order_ended(self, order: TrackedOrder, state: OrderState) -> None:
        """The order is final and its fills are recorded.

        :param state: what became of it; one that was lost has failed for Hummingbot, whatever became of it
        """


class OrderTracker(ClientOrderTracker):
    """Applies updates at once and only forwards.

    Two differences to the base class. An update takes effect before `process_order_update` returns, so that what is
    processed after it (a fill after the creation) also happens after it. And an order's state only rises: `wait` may
    arrive after a fill and `pending` after `wait` (docs/protocol.md section 4), and the base class would reopen a
    finished order and complete it twice.

    :ivar counts: what happened to the orders, for those who measure
    """

    def __init__(self, connector: ConnectorBase, listener: EndListener, tasks: Tasks) -> None:
        super().__init__(connector)
        self._listener = listener
        self._tasks = tasks
        self._by_exchange_order_id: WeakValueDictionary[str, TrackedOrder] = WeakValueDictionary()
        self.counts = new_counts()
        #: The order that becomes a lost one at this moment.
        self._given_up: str | None = None

    def find_reported(self, report: OrderReport) -> TrackedOrder | None:
        """The order that the exchange means, by whichever of its ids it is followed."""
        return next((order for order in map(self.find, report.ids) if order is not None), None)

    def learn_ids(self, order: TrackedOrder, report: OrderReport) -> None:
        """From now on the order is found by all ids it has; events may name another than the answer did."""
        for order_id in report.ids:
            if self._by_exchange_order_id.get(order_id) is not order:  # a poll learns the same ids each time
                self._by_exchange_order_id[order_id] = order

    def find(self, exchange_order_id: str) -> TrackedOrder | None:
        """The active, recently closed or lost order of that id at the exchange."""
        order = self._by_exchange_order_id.get(exchange_order_id)
        if order is None or not self._knows(order):
            every_order = chain(
                self._in_flight_orders.values(), self._cached_orders.values(), self._lost_orders.values()
            )
            order = next((order for order in every_order if order.has_id(exchange_order_id)), None)
            if order is not None:
                self._by_exchange_order_id[exchange_order_id] = order
        return order

    def fetch_order(
        self, client_order_id: str | None = None, exchange_order_id: str | None = None
    ) -> TrackedOrder | None:
        """The active or recently closed order. The base class copies up to a thousand of them for each look."""
        order: TrackedOrder | None
        order = self._in_flight_orders.get(client_order_id) or self._cached_orders.get(client_order_id)
        if order is None and exchange_order_id is not None:
            known = chain(self._in_flight_orders.values(), self._cached_orders.values())
            order = next((order for order in known if order.exchange_order_id == exchange_order_id), None)
        return order

    def fetch_any(self, client_order_id: str) -> TrackedOrder | None:
        """The active, recently closed or lost order: one that failed for Hummingbot may live on the exchange."""
        order: TrackedOrder | None
        order = self._in_flight_orders.get(client_order_id)
        if order is None:
            order = self._cached_orders.get(client_order_id) or self._lost_orders.get(client_order_id)
        return order

    def is_lost(self, order: TrackedOrder) -> bool:
        """Whether it has failed for Hummingbot and is still tracked."""
        return order.client_order_id in self._lost_orders

    def process_trade_update(self, trade_update: TradeUpdate) -> None:
        """As the base class, which copies all orders here as well, and passes over a fill of no order in silence."""
        key = trade_update.client_order_id
        order = self.fetch_any(key)
        if order is None:
            self.logger().error(
                f"Trade {trade_update.trade_id} of order {key} came after the order was forgotten, and is not recorded."
            )
            return
        executed_before = order.executed_amount_base
        if order.update_with_trade_update(trade_update) and not order.is_of_other_strategy:
            self.counts[order.trading_pair].fills += 1
            self._trigger_order_fills(
                tracked_order=order,
                prev_executed_amount_base=executed_before,
                fill_amount=trade_update.fill_base_amount,
                fill_price=trade_update.fill_price,
                fill_fee=trade_update.fee,
                trade_id=trade_update.trade_id,
                exchange_order_id=trade_update.exchange_order_id,
            )

    def process_order_update(self, order_update: OrderUpdate) -> "asyncio.Task[None]":
        """Applies the update before it returns.

        The base class waits inside only for the fills of a FILLED order; the exchange hands those over first.
        """
        key = order_update.client_order_id or order_update.exchange_order_id
        return self._tasks.start(self._process_order_update(order_update), f"update of order {key}", is_eager=True)

    def fail(self, order: TrackedOrder, error: Exception | None) -> None:
        """Ends an order that was not placed."""
        order.placement_error = error
        reason = {} if error is None else {"error_message": str(error), "error_type": type(error).__name__}
        self.process_order_update(
            OrderUpdate(
                trading_pair=order.trading_pair,
                update_timestamp=self.current_timestamp,
                new_state=OrderState.FAILED,
                client_order_id=order.client_order_id,
                misc_updates=reason,
            )
        )

    def follow_as_lost(self, order: TrackedOrder, exchange_order_id: str) -> None:
        """Follows an order that has failed for Hummingbot and is alive on the exchange: its fills still count."""
        order.update_exchange_order_id(exchange_order_id)
        order.ended_event.clear()
        self._in_flight_orders.pop(order.client_order_id, None)
        self._cached_orders.pop(order.client_order_id, None)
        self._lost_orders[order.client_order_id] = order

    def found(self, order: TrackedOrder) -> None:
        """The exchange has the order: only several "not found" in a row make it lost."""
        self._order_not_found_records.pop(order.client_order_id, None)

    def is_missing(self, order: TrackedOrder) -> bool:
        """Whether the exchange did not have the order when it was last asked for."""
        return order.client_order_id in self._order_not_found_records

    async def process_order_not_found(self, client_order_id: str) -> None:
        """As the base class; an order that it gives up as lost may be alive on the exchange, and has not ended."""
        self._given_up = client_order_id
        try:
            await super().process_order_not_found(client_order_id)
        finally:
            self._given_up = None

    def restore_tracking_states(self, tracking_states: dict[str, Any]) -> None:
        """Restores the orders of a saved state, except those known better by now.

        Those without an id at the exchange are left out as well: what was on its way when the process ended is the
        journal's to know, and whatever never left is nobody's.
        """
        known = self.all_orders
        super().restore_tracking_states(
            {
                key: state
                for key, state in tracking_states.items()
                if key not in known and state.get("exchange_order_id") is not None
            }
        )

    async def _process_order_update(self, order_update: OrderUpdate) -> None:
        order = self.fetch_order(order_update.client_order_id, order_update.exchange_order_id)
        if order is not None and not _may_follow(order.current_state, order_update.new_state):
            return
        lost = None
        if order is None:
            lost = self.fetch_lost_order(order_update.client_order_id, order_update.exchange_order_id)
        await super()._process_order_update(order_update)
        if order is not None and _RANKS[order.current_state] == _FINAL_RANK:
            if order.client_order_id != self._given_up:
                self._end(order, order.current_state)
        elif lost is not None and lost.client_order_id not in self._lost_orders:
            self._end(lost, order_update.new_state)

    def _end(self, order: TrackedOrder, state: OrderState) -> None:
        order.ended_event.set()
        self._listener.on_order_ended(order, state)

    def _knows(self, order: TrackedOrder) -> bool:
        return self.fetch_any(order.client_order_id) is not None

    @staticmethod
    def _restore_order_from_json(serialized_order: dict[str, Any]) -> TrackedOrder:
        return TrackedOrder.from_json(serialized_order)


def _may_follow(current: OrderState, new: OrderState) -> bool:
    current_rank = _RANKS[current]
    return current_rank < _FINAL_RANK and _RANKS[new] >= current_rank
