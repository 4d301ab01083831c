#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# DCAExecutor closes its position with an order at market price. Exchanges end such an order when their book is empty,
# filled in part.
# Guess: what the order left is closed by another one, or the executor ends as failed and hands the rest over.
# What happens: only an order that ended with nothing filled is placed again. After one that filled in part the executor
# stays in its shutdown: it places no order, counts no retry, and does not end. The rest stays open, without the
# stop-loss that began this.
#
# Observed:
#   bought 1 at 100, stop-loss 10 %; the price falls to 80: sells 1 at market price, SHUTTING_DOWN
#   that order ends with 0 filled: sells 1 more at market price, retries 1, SHUTTING_DOWN
#   bought 1 at 100, stop-loss 10 %; the price falls to 80: sells 1 at market price, SHUTTING_DOWN
#   that order ends with 0.6 filled: sells 0 more at market price, retries 0, SHUTTING_DOWN
#   the price falls to 40, three more looks: sells 0 more at market price, retries 0, SHUTTING_DOWN
#   still open: 0.4
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
import asyncio
import logging
from decimal import Decimal
from types import SimpleNamespace

from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder, OrderState, TradeUpdate
from hummingbot.core.data_type.trade_fee import AddedToCostTradeFee
from hummingbot.strategy_v2.executors.executor_orchestrator import ExecutorOrchestrator  # the order of the imports
from hummingbot.strategy_v2.executors.dca_executor.data_types import DCAExecutorConfig
from hummingbot.strategy_v2.executors.dca_executor.dca_executor import DCAExecutor
from hummingbot.strategy_v2.models.base import RunnableStatus
from hummingbot.strategy_v2.models.executors import TrackedOrder

logging.disable()
NAME, PAIR, MONEY = "any", "BAY-USD", Decimal(100)


class Market:
    """As much of a strategy and of its connector as the executor reads; it notes the sales."""

    def __init__(self) -> None:
        self.connectors, self.current_timestamp = {NAME: self}, 2.0
        self.price = Decimal(80)
        self.orders: dict[str, InFlightOrder] = {}
        self.trading_rules = {PAIR: SimpleNamespace(min_notional_size=Decimal(0), min_order_size=Decimal("0.01"))}
        self._order_tracker = SimpleNamespace(fetch_order=lambda client_order_id: self.orders.get(client_order_id))
        self._handle_update_error_for_active_order = None

    def get_price_by_type(self, *_: object) -> Decimal:
        return self.price

    def order(self, side: TradeType, kind: OrderType, amount: Decimal) -> InFlightOrder:
        order_id = f"{side.name}-{len(self.orders)}"
        order = InFlightOrder(order_id, PAIR, kind, side, amount, 1.0, MONEY, order_id, OrderState.OPEN)
        self.orders[order_id] = order
        return order

    def sell(self, _name: str, _pair: str, amount: Decimal, kind: OrderType, *_: object) -> str:
        assert kind is OrderType.MARKET
        return self.order(TradeType.SELL, kind, amount).client_order_id

    def cancel(self, *_: object, **__: object) -> None:
        pass

    async def _update_orders_with_error_handler(self, **_: object) -> None:
        """The executor has the connector ask the exchange: it has told all already."""

    def end(self, order: InFlightOrder, filled: str, state: OrderState) -> None:
        """Has an order filled by that much and ended."""
        amount, order_id = Decimal(filled), order.client_order_id
        if amount:
            order.update_with_trade_update(TradeUpdate(
                order_id, order_id, order_id, PAIR, 1.0, self.price, amount, amount * self.price, AddedToCostTradeFee()
            ))
        order.current_state = state

    def sales(self) -> list[InFlightOrder]:
        return [order for order in self.orders.values() if order.trade_type is TradeType.SELL]


def asked(orders: list[InFlightOrder]) -> str:
    return f"{sum((order.amount for order in orders), Decimal(0)).normalize():f}"


async def show(filled: str) -> list[str]:
    """Returns what an executor does whose first sale ends with that much filled."""
    market = Market()
    executor = DCAExecutor(market, DCAExecutorConfig(
        timestamp=1.0, connector_name=NAME, trading_pair=PAIR, side=TradeType.BUY, prices=[Decimal(100)],
        amounts_quote=[MONEY], stop_loss=Decimal("0.1"),
    ))
    bought = TrackedOrder("BUY-0")
    bought.order = market.order(TradeType.BUY, OrderType.LIMIT, Decimal(1))
    bought.order.price = market.price = Decimal(100)
    market.end(bought.order, "1", OrderState.FILLED)
    executor._open_orders, executor._status = [bought], RunnableStatus.RUNNING
    await executor.control_task()
    assert executor.status is RunnableStatus.RUNNING
    lines = []

    market.price = Decimal(80)
    await executor.control_task()
    lines.append(
        f"bought 1 at 100, stop-loss 10 %; the price falls to 80: sells {asked(market.sales())} at market price,"
        f" {executor.status.name}"
    )
    (sale,) = market.sales()
    market.end(sale, filled, OrderState.CANCELED)
    await executor.control_task()
    await executor.control_task()

    def more() -> str:
        return (
            f"sells {asked(market.sales()[1:])} more at market price, retries {executor._current_retries},"
            f" {executor.status.name}"
        )

    lines.append(f"that order ends with {filled} filled: {more()}")
    if filled != "0":
        market.price = Decimal(40)
        for _ in range(3):
            await executor.control_task()
        lines.append(f"the price falls to 40, three more looks: {more()}")
        lines.append(f"still open: {(executor.open_filled_amount - executor.close_filled_amount).normalize():f}")
    return lines


async def main() -> None:
    for lines in await asyncio.gather(show("0"), show("0.6")):
        print("\n".join(lines))


asyncio.run(main())
PYTHON
