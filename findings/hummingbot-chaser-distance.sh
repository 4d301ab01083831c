#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# A LIMIT_CHASER of OrderExecutor places its order `distance` away from the best price and renews it when the market has
# run away from it by more than `refresh_threshold`.
# Guess: the threshold is how far the market moves from where it was when the order was placed.
# What happens: it is compared with the way from the order to the market, of which `distance` is a part. With a distance
# above the threshold, which the settings accept, the order is too far away as soon as it is placed: on a market that
# stands still it is cancelled and placed again at the same price at every look, and is always the last in the queue.
# With one below the threshold, the market needs to move by the difference of the two only.
#
# Observed:
#   best bid 1000, refresh_threshold 0.2 %, 60 looks on a market that stands still
#   distance 0.1 %: orders 1, at 999
#   distance 0.2 %: orders 1, at 998
#   distance 0.21 %: orders 30, at 997.9
#   distance 0.5 %: orders 30, at 995
#   the best bid rises by 0.1 at each look
#   distance 0.01 %: the order is cancelled when it has risen by 0.20 %
#   distance 0.1 %: the order is cancelled when it has risen by 0.11 %
#   distance 0.19 %: the order is cancelled when it has risen by 0.02 %
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
import asyncio
import logging
from decimal import Decimal
from types import SimpleNamespace

from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder, OrderState
from hummingbot.strategy_v2.executors.executor_orchestrator import ExecutorOrchestrator  # noqa: F401; imports in order
from hummingbot.strategy_v2.executors.order_executor.data_types import (
    ExecutionStrategy, LimitChaserConfig, OrderExecutorConfig,
)
from hummingbot.strategy_v2.executors.order_executor.order_executor import OrderExecutor
from hummingbot.strategy_v2.models.base import RunnableStatus

logging.disable()
NAME, PAIR, START, STEP = "any", "BAY-USD", Decimal(1000), Decimal("0.1")


class Market:
    """As much of a strategy and of its connector as the executor reads; it confirms at once what it is asked for."""

    def __init__(self) -> None:
        self.connectors, self.current_timestamp, self.best_bid = {NAME: self}, 1.0, START
        self._order_tracker = SimpleNamespace(fetch_order=lambda client_order_id: self.orders[client_order_id])
        self.orders: dict[str, InFlightOrder] = {}
        self.add_listener = self.remove_listener = lambda *_: None

    def get_price_by_type(self, *_: object) -> Decimal:
        return self.best_bid

    def buy(self, _name: str, pair: str, amount: Decimal, kind: OrderType, price: Decimal, *_: object) -> str:
        name = f"order-{len(self.orders)}"
        self.orders[name] = InFlightOrder(
            name, pair, kind, TradeType.BUY, amount, 1.0, price, name, initial_state=OrderState.OPEN
        )
        return name

    def cancel(self, connector_name: str, trading_pair: str, order_id: str) -> None:
        self.orders[order_id].current_state = OrderState.CANCELED


class Run:
    """An executor that buys, with its market."""

    def __init__(self, distance: str) -> None:
        self.market = Market()
        self.executor = OrderExecutor(self.market, OrderExecutorConfig(
            timestamp=1.0, connector_name=NAME, trading_pair=PAIR, side=TradeType.BUY, amount=Decimal(1),
            execution_strategy=ExecutionStrategy.LIMIT_CHASER, chaser_config=LimitChaserConfig(
                distance=Decimal(distance) / 100, refresh_threshold=Decimal("0.002")
            ),
        ))
        self.executor._status = RunnableStatus.RUNNING

    async def look(self) -> None:
        """The executor looks at its order, and then hears what became of what it asked for."""
        before = {name: order.current_state for name, order in self.market.orders.items()}
        await self.executor.control_task()
        for name, order in self.market.orders.items():
            event = SimpleNamespace(order_id=name)
            if name not in before:
                self.executor.process_order_created_event(0, self.market, event)
            elif order.current_state is not before[name]:
                self.executor.process_order_canceled_event(0, self.market, event)


async def main() -> None:
    print("best bid 1000, refresh_threshold 0.2 %, 60 looks on a market that stands still")
    for distance in ("0.1", "0.2", "0.21", "0.5"):
        run = Run(distance)
        for _ in range(60):
            await run.look()
        (price,) = {order.price for order in run.market.orders.values()}
        print(f"distance {distance} %: orders {len(run.market.orders)}, at {price.normalize():f}")
    print("the best bid rises by 0.1 at each look")
    for distance in ("0.01", "0.1", "0.19"):
        run = Run(distance)
        await run.look()
        while run.market.orders["order-0"].is_open:
            run.market.best_bid += STEP
            await run.look()
        risen = run.market.best_bid / START - 1
        print(f"distance {distance} %: the order is cancelled when it has risen by {100 * risen:.2f} %")


asyncio.run(main())
PYTHON
