#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: the stop-loss of a PositionExecutor protects what its opening order has bought so far, as its PnL reckons with
# that.
# What happens: stop-loss, trailing stop and take-profit begin when the opening order is filled completely. Before, the
# executor calls itself trading and reports the loss, and sells nothing, however far the price falls. A controller does
# not refresh an executor that is trading: the position stays until the rest is bought, or the time limit if there is
# one.
#
# Observed:
#   opening order of 1 at 100, stop-loss 10 %
#   0.99 of it filled, price 100: is_trading True, PnL 0 %, sells nothing
#   0.99 of it filled, price 80: is_trading True, PnL -20 %, sells nothing
#   0.99 of it filled, price 20: is_trading True, PnL -80 %, sells nothing
#   a controller's executors to refresh: none
#   the rest filled, price 20: is_trading False, PnL -80 %, sells 1 at market price (STOP_LOSS)
#   the same with a take-profit of 10 %, 0.99 filled, price 150: is_trading True, PnL 50 %, sells nothing
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
from hummingbot.strategy_v2.controllers.market_making_controller_base import MarketMakingControllerBase
from hummingbot.strategy_v2.executors.position_executor.data_types import PositionExecutorConfig, TripleBarrierConfig
from hummingbot.strategy_v2.executors.position_executor.position_executor import PositionExecutor
from hummingbot.strategy_v2.models.base import RunnableStatus

NAME, PAIR, PRICE, ONE = "any", "BAY-USD", Decimal(100), Decimal(1)


class Market:
    """As much of a strategy and of its connector as the executor reads; it notes the sales."""

    def __init__(self) -> None:
        self.connectors, self.current_timestamp, self.price = {NAME: self}, 2.0, PRICE
        self.trading_rules = {PAIR: SimpleNamespace(min_notional_size=Decimal(0), min_order_size=Decimal("0.01"))}
        self._order_tracker = SimpleNamespace(fetch_order=lambda client_order_id: self.order)
        self.order: InFlightOrder | None = None
        self.sold: list[Decimal] = []

    def get_price_by_type(self, *_: object) -> Decimal:
        return self.price

    def quantize_order_amount(self, trading_pair: str, amount: Decimal) -> Decimal:
        return amount

    def buy(self, _name: str, _pair: str, amount: Decimal, kind: OrderType, price: Decimal, *_: object) -> str:
        self.order = InFlightOrder("open", PAIR, kind, TradeType.BUY, amount, 1.0, price, "1", OrderState.OPEN)
        return "open"

    def sell(self, _name: str, _pair: str, amount: Decimal, kind: OrderType, *_: object) -> str:
        assert kind is OrderType.MARKET
        self.sold.append(amount)
        return "close"

    def fill(self, amount: str, executor: PositionExecutor) -> None:
        """Has the opening order filled by that much, and tells the executor."""
        part = Decimal(amount)
        self.order.update_with_trade_update(
            TradeUpdate(amount, "open", "1", PAIR, 1.0, PRICE, part, part * PRICE, AddedToCostTradeFee())
        )
        self.order.current_state = (
            OrderState.FILLED if self.order.executed_amount_base == ONE else OrderState.PARTIALLY_FILLED
        )
        executor.process_order_filled_event(0, self, SimpleNamespace(order_id="open"))


async def opened(**barriers: object) -> tuple[Market, PositionExecutor]:
    """Returns an executor whose opening order is on the exchange."""
    market = Market()
    executor = PositionExecutor(market, PositionExecutorConfig(
        timestamp=1.0, connector_name=NAME, trading_pair=PAIR, side=TradeType.BUY, amount=ONE, entry_price=PRICE,
        triple_barrier_config=TripleBarrierConfig(**barriers),
    ))
    executor._status = RunnableStatus.RUNNING
    await executor.control_task()
    executor.process_order_created_event(0, market, SimpleNamespace(order_id="open"))
    return market, executor


async def show(market: Market, executor: PositionExecutor, what: str, price: int) -> None:
    market.price = Decimal(price)
    for _ in range(3):
        if executor.status is RunnableStatus.RUNNING:
            await executor.control_task()
    sales = ", ".join(f"{amount.normalize():f} at market price ({executor.close_type.name})" for amount in market.sold)
    print(
        f"{what}, price {price}: is_trading {executor.is_trading}, PnL {100 * executor.net_pnl_pct:.0f} %,"
        f" sells {sales or 'nothing'}"
    )


async def main() -> None:
    print("opening order of 1 at 100, stop-loss 10 %")
    market, executor = await opened(stop_loss=Decimal("0.1"))
    market.fill("0.99", executor)
    for price in (100, 80, 20):
        await show(market, executor, "0.99 of it filled", price)
    controller = SimpleNamespace(  # what the controller's method reads of itself
        config=SimpleNamespace(executor_refresh_time=60), executors_info=[executor.executor_info],
        market_data_provider=SimpleNamespace(time=lambda: 10_000.0), filter_executors=None,
    )
    controller.filter_executors = lambda executors, filter_func: [each for each in executors if filter_func(each)]
    actions = MarketMakingControllerBase.executors_to_refresh(controller)
    print(f"a controller's executors to refresh: {len(actions) or 'none'}")
    market.fill("0.01", executor)
    await show(market, executor, "the rest filled", 20)

    market, executor = await opened(take_profit=Decimal("0.1"))
    market.fill("0.99", executor)
    await show(market, executor, "the same with a take-profit of 10 %, 0.99 filled", 150)


asyncio.run(main())
PYTHON
