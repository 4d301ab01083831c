#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# The opening order of a PositionExecutor is cancelled after it was filled in part: by the exchange, or because the
# executor is stopped.
# Guess: what it has bought is the position: it is kept, and it is sold when the executor ends.
# What happens: the executor forgets the order with its fills. Running, it places another one of the full amount, and
# its stop-loss later sells only that; stopped early, it sells nothing and reports no trade and no loss; asked to leave
# the position to the controller, it hands over none. The time limit does sell the part, as it sells before it cancels;
# the loss is reported as 0 there too.
#
# Observed:
#   bought 0.9 of 1 at 100, cancelled by the exchange: buys 1 more; filled, price 80: sells 1, left over 0.9, PnL -20
#   bought 0.9 of 1 at 100, early stop at 80: sells 0, left over 0.9, PnL 0 (EARLY_STOP), traded 0, held orders 0
#   bought 0.9 of 1 at 100, early stop, kept: sells 0, left over 0.9, PnL 0 (EARLY_STOP), traded 0, held orders 0
#   bought 0.9 of 1 at 100, time limit at 80: sells 0.9, left over 0, PnL 0 (TIME_LIMIT), traded 72, held orders 0
#   bought 1 of 1 at 100, early stop at 80: sells 1, left over 0, PnL -20 (EARLY_STOP), traded 180, held orders 0
#   bought 1 of 1 at 100, early stop, kept: sells 0, left over 1, PnL 0 (POSITION_HOLD), traded 0, held orders 1
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
import asyncio
from decimal import Decimal
from types import SimpleNamespace

from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder, OrderState, TradeUpdate
from hummingbot.core.data_type.trade_fee import AddedToCostTradeFee
from hummingbot.strategy_v2.executors.executor_orchestrator import ExecutorOrchestrator  # the order of the imports
from hummingbot.strategy_v2.executors.position_executor.data_types import PositionExecutorConfig, TripleBarrierConfig
from hummingbot.strategy_v2.executors.position_executor.position_executor import PositionExecutor
from hummingbot.strategy_v2.models.base import RunnableStatus

NAME, PAIR, PRICE, ONE = "any", "BAY-USD", Decimal(100), Decimal(1)
STOP, KEEP, TIME = "early stop at 80", "early stop, kept", "time limit at 80"


class Executor(PositionExecutor):
    """The executor without its pauses."""

    async def _sleep(self, delay: float) -> None:
        """It waits 5 seconds between the looks of its shutdown."""


class Market:
    """As much of a strategy and of its connector as the executor reads: an exchange that does what is asked."""

    def __init__(self) -> None:
        self.connectors, self.current_timestamp, self.price = {NAME: self}, 2.0, PRICE
        self.trading_rules = {PAIR: SimpleNamespace(min_notional_size=Decimal(0), min_order_size=Decimal("0.01"))}
        self._order_tracker = SimpleNamespace(fetch_order=lambda client_order_id: self.orders.get(client_order_id))
        self._handle_update_error_for_lost_order = None
        self.orders: dict[str, InFlightOrder] = {}
        self.asked_to_cancel: list[str] = []
        self.add_listener = self.remove_listener = lambda *_: None

    def get_price_by_type(self, *_: object) -> Decimal:
        return self.price

    def quantize_order_amount(self, trading_pair: str, amount: Decimal) -> Decimal:
        return amount

    async def _update_orders_with_error_handler(self, **_: object) -> None:
        """The executor has the connector ask the exchange: it has told all already."""

    def order(self, side: TradeType, amount: Decimal, kind: OrderType) -> str:
        name = f"{side.name}-{len(self.orders)}"
        self.orders[name] = InFlightOrder(name, PAIR, kind, side, amount, 1.0, PRICE, name, OrderState.OPEN)
        return name

    def buy(self, _name: str, _pair: str, amount: Decimal, kind: OrderType, *_: object) -> str:
        return self.order(TradeType.BUY, amount, kind)

    def sell(self, _name: str, _pair: str, amount: Decimal, kind: OrderType, *_: object) -> str:
        assert kind is OrderType.MARKET
        return self.order(TradeType.SELL, amount, kind)

    def cancel(self, connector_name: str, trading_pair: str, order_id: str) -> None:
        self.asked_to_cancel.append(order_id)

    def fill(self, order: InFlightOrder, amount: Decimal) -> None:
        name = order.client_order_id
        price = PRICE if order.trade_type is TradeType.BUY else self.price
        order.update_with_trade_update(
            TradeUpdate(name, name, name, PAIR, 1.0, price, amount, amount * price, AddedToCostTradeFee())
        )
        order.current_state = OrderState.FILLED if amount == order.amount else OrderState.PARTIALLY_FILLED

    def total(self, side: TradeType) -> Decimal:
        return sum((each.executed_amount_base for each in self.orders.values() if each.trade_type is side), Decimal(0))

    def of(self, side: TradeType) -> list[InFlightOrder]:
        return [each for each in self.orders.values() if each.trade_type is side]


def number(value: Decimal) -> str:
    return f"{value.normalize():f}"


def cancelled(market: Market, executor: Executor, order: InFlightOrder) -> None:
    """Has the exchange cancel an order, and tells the executor."""
    order.current_state = OrderState.CANCELED
    executor.process_order_canceled_event(0, market, SimpleNamespace(order_id=order.client_order_id))


async def look(market: Market, executor: Executor) -> None:
    """Lets the executor work until it has ended, or five times; what it asks for is done after each."""
    for _ in range(5):
        if executor.status is RunnableStatus.TERMINATED:
            return
        await executor.control_task()
        for order in list(market.orders.values()):
            event = SimpleNamespace(order_id=order.client_order_id, base_asset_amount=order.amount)
            executor.process_order_created_event(0, market, event)
            if order.client_order_id in market.asked_to_cancel and order.is_open:
                cancelled(market, executor, order)
            elif order.trade_type is TradeType.SELL and order.is_open:
                market.fill(order, order.amount)
                executor.process_order_completed_event(0, market, event)


async def bought(amount: str) -> tuple[Market, Executor]:
    """Returns an executor whose opening order is filled by that much."""
    market = Market()
    executor = Executor(market, PositionExecutorConfig(
        timestamp=1.0, connector_name=NAME, trading_pair=PAIR, side=TradeType.BUY, amount=ONE, entry_price=PRICE,
        triple_barrier_config=TripleBarrierConfig(stop_loss=Decimal("0.1"), time_limit=60),
    ))
    executor._status = RunnableStatus.RUNNING
    await look(market, executor)
    (order,) = market.of(TradeType.BUY)
    market.fill(order, Decimal(amount))
    executor.process_order_filled_event(0, market, SimpleNamespace(order_id=order.client_order_id))
    return market, executor


async def stopped(amount: str, what: str) -> None:
    """Prints how an executor that has bought that much ends when it is stopped like that."""
    market, executor = await bought(amount)
    if what != KEEP:
        market.price = Decimal(80)
    if what == TIME:
        market.current_timestamp = 61.0
    else:
        executor.early_stop(keep_position=what == KEEP)
    await look(market, executor)
    assert executor.status is RunnableStatus.TERMINATED and len(market.of(TradeType.BUY)) == 1
    left = market.total(TradeType.BUY) - market.total(TradeType.SELL)
    print(
        f"bought {amount} of 1 at 100, {what}:"
        f" sells {number(market.total(TradeType.SELL))}, left over {number(left)},"
        f" PnL {number(executor.net_pnl_quote)} ({executor.close_type.name}),"
        f" traded {number(executor.filled_amount_quote)}, held orders {len(executor._held_position_orders)}"
    )


async def main() -> None:
    market, executor = await bought("0.9")
    cancelled(market, executor, market.of(TradeType.BUY)[0])
    await look(market, executor)
    _, again = market.of(TradeType.BUY)
    market.fill(again, again.amount)
    market.price = Decimal(80)
    await look(market, executor)
    assert executor.status is RunnableStatus.TERMINATED
    left = market.total(TradeType.BUY) - market.total(TradeType.SELL)
    print(
        f"bought 0.9 of 1 at 100, cancelled by the exchange: buys {number(again.amount)} more; filled, price 80:"
        f" sells {number(market.total(TradeType.SELL))}, left over {number(left)},"
        f" PnL {number(executor.net_pnl_quote)}"
    )
    for what in (STOP, KEEP, TIME):
        await stopped("0.9", what)
    for what in (STOP, KEEP):
        await stopped("1", what)


asyncio.run(main())
PYTHON
