"""Orders from Hummingbot, one by one or in batches; every order ends with an event."""

import asyncio
from abc import abstractmethod
from collections.abc import Coroutine, Sequence
from decimal import Decimal
from typing import Any

from hummingbot.connector.constants import s_decimal_NaN
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import (
    NotTrackedError,
    PeatioError,
    PlacementError,
    WithdrawnError,
    WouldTakeError,
)
from hummingbot.connector.exchange.peatio.common.tasks import Tasks
from hummingbot.connector.exchange.peatio.execution.batch import BatchResult
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.order_sizes import OrderSizes
from hummingbot.connector.exchange.peatio.execution.recorded_digits import RecordedDigits
from hummingbot.connector.exchange.peatio.peatio_market_connector import PeatioMarketConnector
from hummingbot.connector.utils import get_new_client_order_id
from hummingbot.core.data_type.cancellation_result import CancellationResult
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.limit_order import LimitOrder
from hummingbot.core.data_type.market_order import MarketOrder

type AnyOrder = LimitOrder | MarketOrder
type Batch = asyncio.Task[list[BatchResult]]


class PeatioOrderEntry(PeatioMarketConnector):
    """Adds batches to the base class, and an event for every order that fails. `PeatioExchange` places the orders."""

    _order_tasks: Tasks
    _order_sizes: OrderSizes
    _recorded_digits: RecordedDigits
    # Asked for, and not tracked yet: their tasks have not had their first turn.
    _announced: set[str]

    # Many at once.

    def batch_order_create(
        self, orders_to_create: Sequence[AnyOrder], limit_type: OrderType = OrderType.LIMIT
    ) -> list[AnyOrder]:
        """Places the orders, a few at a time and in their order; events report the result of each.

        :param limit_type: what the limit orders are, `LIMIT` or `LIMIT_MAKER`
        :return: the orders with their client order ids, before any of them was sent
        """
        orders = self._with_ids(orders_to_create)
        self._start_creates(orders, limit_type)
        return orders

    async def create_orders(
        self, orders_to_create: Sequence[AnyOrder], limit_type: OrderType = OrderType.LIMIT
    ) -> list[BatchResult]:
        """As `batch_order_create`, with results. The batch continues when the caller is cancelled or times out.

        :param limit_type: what the limit orders are, `LIMIT` or `LIMIT_MAKER`
        :return: one result an order, in their order: success once the exchange has it
        """
        return await asyncio.shield(self._start_creates(self._with_ids(orders_to_create), limit_type))

    def batch_order_cancel(self, orders_to_cancel: Sequence[AnyOrder]) -> None:
        """Cancels the orders, a few at a time; events report the result of each."""
        ids = [order.client_order_id for order in orders_to_cancel]
        self._note_cancels(ids)
        self._start_batch(self._cancel_those(ids, CONSTANTS.BATCH_CANCEL_TIMEOUT_S))

    async def cancel_orders(self, client_order_ids: Sequence[str], timeout_s: float) -> list[BatchResult]:
        """Cancels orders and waits until they have ended. The batch continues when the caller leaves earlier.

        :return: one result an id, in their order: success once the order has ended, be it by a fill
        """
        self._note_cancels(client_order_ids)
        return await asyncio.shield(self._start_batch(self._cancel_those(client_order_ids, timeout_s)))

    async def cancel_all(self, timeout_seconds: float) -> list[CancellationResult]:
        """Cancels every open order of this connector and waits until they have ended; see `Canceller`."""
        await self._until_tracked()
        orders = [order for order in self.in_flight_orders.values() if not order.is_done]
        results = await self._cancel_and_wait(orders, timeout_seconds)
        return [CancellationResult(result.client_order_id, result.is_success) for result in results]

    @abstractmethod
    async def _cancel_and_wait(self, orders: Sequence[TrackedOrder], timeout_s: float) -> list[BatchResult]:
        """One result an order, in their order."""

    def _with_ids(self, orders: Sequence[AnyOrder]) -> list[AnyOrder]:
        return [order.copy_with_id(self._new_order_id(order.is_buy, order.trading_pair)) for order in orders]

    def _start_creates(self, orders: Sequence[AnyOrder], limit_type: OrderType) -> Batch:
        batch = self._start_batch(self._place_all(orders, limit_type))
        for order in orders:
            self._watch_create(batch, *_create_arguments(order, limit_type))
        return batch

    async def _until_tracked(self) -> None:
        """Waits until every order that was asked for can be cancelled, which takes a turn or two of the event loop.

        Hummingbot stops a strategy and cancels all orders in one step: an order of the strategy's last step would
        otherwise be placed after that.
        """
        while self._announced:  # noqa: ASYNC110
            await asyncio.sleep(0)

    def _start_batch(self, work: Coroutine[Any, Any, list[BatchResult]]) -> Batch:
        """A task of its own, which continues when its caller leaves."""
        return self._order_tasks.start(work, "batch of orders")

    async def _cancel_those(self, client_order_ids: Sequence[str], timeout_s: float) -> list[BatchResult]:
        await self._until_tracked()
        found = {key: self.in_flight_orders.get(key) for key in client_order_ids}
        orders = [order for order in found.values() if order is not None]
        results = {result.client_order_id: result for result in await self._cancel_and_wait(orders, timeout_s)}
        return [
            results.get(key) or BatchResult(key, NotTrackedError(f"{key} is no open order of this connector."))
            for key in client_order_ids
        ]

    async def _place_all(self, orders: Sequence[AnyOrder], limit_type: OrderType) -> list[BatchResult]:
        return await asyncio.gather(*(self._place_of_batch(order, limit_type) for order in orders))

    async def _place_of_batch(self, order: AnyOrder, limit_type: OrderType) -> BatchResult:
        try:
            await self._create_order(*_create_arguments(order, limit_type), is_of_batch=True)
        except Exception as error:
            self.logger().exception(f"Unexpected error placing order {order.client_order_id}.")
            return BatchResult(order.client_order_id, error)  # what breaks one must not hide the others
        placed = self._order_tracker.fetch_order(order.client_order_id)
        return BatchResult(order.client_order_id, None if placed is None else placed.placement_error)

    @abstractmethod
    def _may_be_at_exchange(self, order_id: str) -> bool:
        """Whether the create of an order may have left."""

    # One by one. The base class starts tasks of its own for these.

    def buy(
        self,
        trading_pair: str,
        amount: Decimal,
        order_type: OrderType = OrderType.LIMIT,
        price: Decimal = s_decimal_NaN,
        **kwargs: Any,
    ) -> str:
        return self._start_create(TradeType.BUY, trading_pair, amount, order_type, price, **kwargs)

    def sell(
        self,
        trading_pair: str,
        amount: Decimal,
        order_type: OrderType = OrderType.LIMIT,
        price: Decimal = s_decimal_NaN,
        **kwargs: Any,
    ) -> str:
        return self._start_create(TradeType.SELL, trading_pair, amount, order_type, price, **kwargs)

    def cancel(self, trading_pair: str, client_order_id: str) -> str:
        # Before the task has its first turn: the process may die between two of many cancels of one step.
        self._note_cancels([client_order_id])
        work = self._execute_cancel(trading_pair, client_order_id)
        self._order_tasks.start(work, f"cancel of order {client_order_id}")
        return client_order_id

    @abstractmethod
    def _note_cancels(self, client_order_ids: Sequence[str]) -> None:
        """Remembers over restarts that these cancels are wanted."""

    async def _execute_cancel(self, trading_pair: str, order_id: str) -> Any:
        await self._until_tracked()
        return await super()._execute_cancel(trading_pair, order_id)

    def _start_create(
        self,
        trade_type: TradeType,
        trading_pair: str,
        amount: Decimal,
        order_type: OrderType,
        price: Decimal,
        **kwargs: Any,
    ) -> str:
        # Scripts also pass an int or a float.
        amount, price = _exact(amount), price if price is None else _exact(price)
        order_id = self._new_order_id(trade_type is TradeType.BUY, trading_pair)
        work = self._create_order(trade_type, order_id, trading_pair, amount, order_type, price, **kwargs)
        task = self._order_tasks.start(work, f"order {order_id}")
        self._watch_create(task, trade_type, order_id, trading_pair, amount, order_type, price)
        return order_id

    def _watch_create(
        self,
        task: "asyncio.Task[Any]",
        trade_type: TradeType,
        order_id: str,
        trading_pair: str,
        amount: Decimal,
        order_type: OrderType,
        price: Decimal,
    ) -> None:
        """Fails the order if the task is cancelled before its create left: no order ends without an event.

        Not inside the task: one that is cancelled before its first step never runs.
        """

        def fail_if_unsent(done: "asyncio.Task[Any]") -> None:
            was_followed = order_id not in self._announced
            self._announced.discard(order_id)
            order = self._order_tracker.fetch_order(order_id)
            if order is None:
                is_settled = was_followed  # it ended, and Hummingbot has forgotten it; others of its batch went on
            else:
                is_settled = order.is_done or self._may_be_at_exchange(order_id)
            if not done.cancelled() or is_settled:
                return
            if order is None:
                self.start_tracking_order(order_id, None, trading_pair, trade_type, price, amount, order_type)
            stopped = WithdrawnError("The connector was stopped before the order was sent.")
            self._on_order_failure(order_id, trading_pair, amount, trade_type, order_type, price, stopped)

        self._announced.add(order_id)
        task.add_done_callback(fail_if_unsent)

    def _new_order_id(self, is_buy: bool, trading_pair: str) -> str:
        order_id: str = get_new_client_order_id(
            is_buy=is_buy,
            trading_pair=trading_pair,
            hbot_order_id_prefix=self.client_order_id_prefix,
            max_id_len=self.client_order_id_max_length,
        )
        return order_id

    def start_tracking_order(
        self,
        order_id: str,
        exchange_order_id: str | None,
        trading_pair: str,
        trade_type: TradeType,
        price: Decimal | None,
        amount: Decimal,
        order_type: OrderType,
        **kwargs: Any,
    ) -> None:
        self._order_tracker.start_tracking_order(
            TrackedOrder(
                client_order_id=order_id,
                exchange_order_id=exchange_order_id,
                trading_pair=trading_pair,
                order_type=order_type,
                trade_type=trade_type,
                amount=amount,
                price=price,
                creation_timestamp=self.current_timestamp,
            )
        )

    def get_order_size_quantum(self, trading_pair: str, order_size: Decimal) -> Decimal:
        """The step of amounts. Hummingbot asks for it wherever it rounds an amount."""
        self._order_sizes.on_rounded(self._trading_rules[trading_pair], _exact(order_size))
        return super().get_order_size_quantum(trading_pair, order_size)  # type: ignore[no-any-return]

    async def _create_order(
        self,
        trade_type: TradeType,
        order_id: str,
        trading_pair: str,
        amount: Decimal,
        order_type: OrderType,
        price: Decimal | None = None,
        **kwargs: Any,
    ) -> None:
        """As the base class; an error before the order is sent fails it, with an event."""
        self._announced.discard(order_id)  # the base class tracks it before anything waits
        has_price = price is not None and price.is_finite()
        if order_type is OrderType.MARKET and not has_price and trading_pair in self.order_books:
            # The base class multiplies with it, and the best bid it would take itself may be missing.
            price = self.get_price(trading_pair, trade_type is TradeType.BUY)
        try:
            # The base class fails it without a line in the log.
            rounded = self.quantize_order_amount(trading_pair, amount)
            self._order_sizes.on_order(self._trading_rules[trading_pair], amount, rounded)
            self._recorded_digits.on_order(trading_pair, rounded, self._rounded_price(trading_pair, price))
            await super()._create_order(trade_type, order_id, trading_pair, amount, order_type, price, **kwargs)
        except (ArithmeticError, LookupError, ValueError) as error:
            if self._order_tracker.fetch_order(order_id) is None:
                self.start_tracking_order(order_id, None, trading_pair, trade_type, price, amount, order_type)
            reason = PlacementError(
                f"No order can be made of {amount} {trading_pair} at {price}: {error!r}. "
                "Is the market open at the exchange and its book not empty?"
            )
            self._on_order_failure(order_id, trading_pair, amount, trade_type, order_type, price, reason)

    def _rounded_price(self, trading_pair: str, price: Decimal | None) -> Decimal | None:
        """The price as the exchange gets it; None where there is none."""
        if price is None or not price.is_finite():
            return None
        rounded: Decimal = self.quantize_order_price(trading_pair, price)
        return rounded

    def _on_order_failure(
        self,
        order_id: str,
        trading_pair: str,
        amount: Decimal,
        trade_type: TradeType,
        order_type: OrderType,
        price: Decimal | None,
        exception: Exception,
        **kwargs: Any,
    ) -> None:
        """As the base class, which names the API key and the network as the cause, and logs a traceback each time."""
        if isinstance(exception, WouldTakeError | WithdrawnError):
            self.logger().info(f"Order {order_id} is not sent. {exception}")
        else:
            # Hummingbot's shared tests look for this line; it is below INFO.
            self.logger().network(
                f"Error submitting {trade_type.name.lower()} {order_type.name} order to {self.name_cap} for "
                f"{amount} {trading_pair} {price}."
            )
            at = "" if order_type is OrderType.MARKET else f" at {price}"
            self.logger().warning(
                f"Failed to submit {trade_type.name} {order_type.name} order {order_id} ({amount} {trading_pair}{at}): "
                f"{exception}",
                exc_info=None if isinstance(exception, PeatioError) else exception,
            )
        self._update_order_after_failure(order_id, trading_pair, exception)

    def _update_order_after_failure(self, order_id: str, trading_pair: str, exception: Exception | None = None) -> None:
        order = self._order_tracker.fetch_any(order_id)
        if order is not None:
            self._order_tracker.fail(order, exception)


def _create_arguments(
    order: AnyOrder, limit_type: OrderType
) -> tuple[TradeType, str, str, Decimal, OrderType, Decimal]:
    """Side, client order id, trading pair, amount, type and price."""
    is_market = order.order_type() is OrderType.MARKET
    return (
        TradeType.BUY if order.is_buy else TradeType.SELL,
        order.client_order_id,
        order.trading_pair,
        _exact(order.quantity),
        OrderType.MARKET if is_market else limit_type,
        s_decimal_NaN if is_market else order.price,
    )


def _exact(number: Any) -> Decimal:
    return number if isinstance(number, Decimal) else Decimal(str(number))
