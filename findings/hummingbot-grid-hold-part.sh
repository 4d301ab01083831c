#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: a GridExecutor that is stopped so that its position is kept leaves to its controller what it has bought less
# what it has sold.
# What happens: of each level it hands over one order. Where the take-profit has sold a part, that is the purchase
# alone, or, if the exchange has not confirmed the cancel by the executor's next look, the sale alone: the controller
# then holds a short position of coins that it has. A purchase filled in part is not handed over at all.
#
# Observed:
#   stopped to be kept, the cancel is confirmed at once
#   bought 1 of 1, take-profit sold 0: there is 1, held 1 (POSITION_HOLD)
#   bought 1 of 1, take-profit sold 0.25: there is 0.75, held 1 (POSITION_HOLD)
#   bought 1 of 1, take-profit sold 0.75: there is 0.25, held 1 (POSITION_HOLD)
#   bought 0.75 of 1: there is 0.75, held 0 (EARLY_STOP)
#   stopped to be kept, the cancel is confirmed some looks later
#   bought 1 of 1, take-profit sold 0: there is 1, held 1 (POSITION_HOLD)
#   bought 1 of 1, take-profit sold 0.25: there is 0.75, held -0.25 (POSITION_HOLD)
#   bought 1 of 1, take-profit sold 0.75: there is 0.25, held -0.75 (POSITION_HOLD)
#   bought 0.75 of 1: there is 0.75, held 0 (EARLY_STOP)
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
from hummingbot.strategy_v2.executors.executor_orchestrator import PositionHold
from hummingbot.strategy_v2.executors.grid_executor.data_types import GridExecutorConfig
from hummingbot.strategy_v2.executors.grid_executor.grid_executor import GridExecutor
from hummingbot.strategy_v2.executors.position_executor.data_types import TripleBarrierConfig
from hummingbot.strategy_v2.models.base import RunnableStatus

logging.disable()
NAME, PAIR, PRICE = "any", "BAY-USD", Decimal(100)


class Executor(GridExecutor):
    """The executor without its pauses."""

    async def _sleep(self, delay: float) -> None:
        """It waits 5 seconds between the looks of its shutdown."""


class Market:
    """As much of a strategy and of its connector as the executor reads; it keeps the orders."""

    def __init__(self) -> None:
        self.connectors, self.current_timestamp = {NAME: self}, 2.0
        self.trading_rules = {PAIR: SimpleNamespace(
            min_notional_size=Decimal(1), min_order_size=Decimal("0.01"), min_price_increment=Decimal("0.01"),
            min_base_amount_increment=Decimal("0.01"),
        )}
        self._order_tracker = SimpleNamespace(fetch_order=lambda client_order_id: self.orders.get(client_order_id))
        self.budget_checker = SimpleNamespace(adjust_candidates=lambda candidates: candidates)
        self.orders: dict[str, InFlightOrder] = {}
        self.asked_to_cancel: list[str] = []
        self.add_listener = self.remove_listener = lambda *_: None

    def get_price_by_type(self, *_: object) -> Decimal:
        return PRICE

    def order(self, side: TradeType, amount: Decimal, kind: OrderType) -> str:
        assert amount == 1
        self.orders[side.name] = InFlightOrder(
            side.name, PAIR, kind, side, amount, 1.0, PRICE, side.name, OrderState.OPEN
        )
        return side.name

    def buy(self, _name: str, _pair: str, amount: Decimal, kind: OrderType, *_: object) -> str:
        return self.order(TradeType.BUY, amount, kind)

    def sell(self, _name: str, _pair: str, amount: Decimal, kind: OrderType, *_: object) -> str:
        return self.order(TradeType.SELL, amount, kind)

    def cancel(self, connector_name: str, trading_pair: str, order_id: str) -> None:
        self.asked_to_cancel.append(order_id)


def fill(market: Market, executor: Executor, name: str, amount: str) -> None:
    """Has an order filled by that much, and tells the executor."""
    event, order, part = SimpleNamespace(order_id=name), market.orders[name], Decimal(amount)
    executor.process_order_created_event(0, market, event)
    if part:
        order.update_with_trade_update(
            TradeUpdate(name, name, name, PAIR, 1.0, PRICE, part, part * PRICE, AddedToCostTradeFee())
        )
        order.current_state = OrderState.FILLED if part == order.amount else OrderState.PARTIALLY_FILLED
        executor.process_order_filled_event(0, market, event)


async def show(bought: str, sold: str | None, at_once: bool) -> None:
    """Prints what a grid of one order leaves that is stopped when its orders are filled by that much."""
    market = Market()
    executor = Executor(market, GridExecutorConfig(
        timestamp=1.0, connector_name=NAME, trading_pair=PAIR, side=TradeType.BUY, start_price=Decimal(95),
        end_price=Decimal(105), limit_price=Decimal(0), total_amount_quote=PRICE, min_order_amount_quote=Decimal(60),
        triple_barrier_config=TripleBarrierConfig(
            take_profit=Decimal("0.02"), take_profit_order_type=OrderType.LIMIT
        ),
    ))
    executor._status = RunnableStatus.RUNNING
    await executor.control_task()
    fill(market, executor, "BUY", bought)
    await executor.control_task()
    if sold is not None:
        fill(market, executor, "SELL", sold)
        await executor.control_task()
    executor.early_stop(keep_position=True)
    for look in range(10):
        if executor.status is RunnableStatus.TERMINATED:
            break
        for name in market.asked_to_cancel if at_once or look == 2 else ():
            if market.orders[name].is_open:
                market.orders[name].current_state = OrderState.CANCELED
                executor.process_order_canceled_event(0, market, SimpleNamespace(order_id=name))
        await executor.control_task()
    hold = PositionHold(NAME, PAIR)
    if executor._held_position_orders:
        hold.add_orders_from_executor(executor.executor_info)
    assert executor.status is RunnableStatus.TERMINATED
    there = sum(
        (order.executed_amount_base * (1 if order.trade_type is TradeType.BUY else -1)
         for order in market.orders.values()), Decimal(0),
    )
    sales = f", take-profit sold {sold}" if sold is not None else ""
    print(
        f"bought {bought} of 1{sales}: there is {there.normalize():f},"
        f" held {hold.net_amount_base.normalize():f} ({executor.close_type.name})"
    )


async def main() -> None:
    for at_once in (True, False):
        print(f"stopped to be kept, the cancel is confirmed {'at once' if at_once else 'some looks later'}")
        await show("1", "0", at_once)
        await show("1", "0.25", at_once)
        await show("1", "0.75", at_once)
        await show("0.75", None, at_once)


asyncio.run(main())
PYTHON
