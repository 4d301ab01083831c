#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# ArbitrageExecutor buys on one market and sells on another, whose quote currency may be another one: it converts the
# prices with the rate oracle before it decides.
# Guess: it converts what it has paid and received, too, before it reports its profit.
# What happens: it subtracts the one number from the other. With BTC on one side the profit of its controller is off by
# nearly all that was sold or bought: a gain of 30 dollars is reported as one of 3029.95, or as a loss of 2999.95.
#
# Observed:
#   BTC-USDT is 60000 for the rate oracle, no fees
#   bought 1 at 0.05 on ETH-BTC, sold at 3030 on ETH-USDT
#     before: profitability 1 %; after: net_pnl_quote 3029.95, of its controller 3029.95
#   bought 1 at 3000 on ETH-USDT, sold at 0.0505 on ETH-BTC
#     before: profitability 1 %; after: net_pnl_quote -2999.9495, of its controller -2999.9495
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
from hummingbot.core.rate_oracle.rate_oracle import RateOracle
from hummingbot.strategy_v2.executors.executor_orchestrator import ExecutorOrchestrator  # the order of the imports
from hummingbot.strategy_v2.executors.arbitrage_executor.arbitrage_executor import ArbitrageExecutor
from hummingbot.strategy_v2.executors.arbitrage_executor.data_types import ArbitrageExecutorConfig
from hummingbot.strategy_v2.executors.data_types import ConnectorPair
from hummingbot.strategy_v2.models.base import RunnableStatus
from hummingbot.strategy_v2.models.executors import CloseType

logging.disable()
BUYING, SELLING, ONE = "first", "second", Decimal(1)
RateOracle.get_instance()._prices = {"BTC-USDT": Decimal(60000)}


class Market:
    """As much of a strategy and of its connectors as the executor asks for; its orders are filled at once."""

    def __init__(self, prices: dict[str, Decimal]) -> None:
        self.connectors, self.current_timestamp, self.prices = {BUYING: self, SELLING: self}, 1.0, prices
        self._order_tracker = SimpleNamespace(fetch_order=lambda client_order_id: self.orders[client_order_id])
        self.orders: dict[str, InFlightOrder] = {}
        self.add_listener = self.remove_listener = lambda *_: None

    async def get_quote_price(self, trading_pair: str, is_buy: bool, volume: Decimal) -> Decimal:
        return self.prices[trading_pair]

    def get_fee(self, **_: object) -> AddedToCostTradeFee:
        return AddedToCostTradeFee()

    def order(self, side: TradeType, pair: str, amount: Decimal, kind: OrderType, price: Decimal) -> str:
        name = side.name
        order = InFlightOrder(name, pair, kind, side, amount, 1.0, price, name, OrderState.OPEN)
        order.update_with_trade_update(
            TradeUpdate(name, name, name, pair, 1.0, price, amount, amount * price, AddedToCostTradeFee())
        )
        order.current_state = OrderState.FILLED
        self.orders[name] = order
        return name

    def buy(self, _name: str, pair: str, amount: Decimal, kind: OrderType, price: Decimal, *_: object) -> str:
        return self.order(TradeType.BUY, pair, amount, kind, price)

    def sell(self, _name: str, pair: str, amount: Decimal, kind: OrderType, price: Decimal, *_: object) -> str:
        return self.order(TradeType.SELL, pair, amount, kind, price)


async def show(bought_on: str, buy_price: str, sold_on: str, sell_price: str) -> None:
    """Prints what an executor expects and reports that buys 1 on one market and sells it on another."""
    market = Market({bought_on: Decimal(buy_price), sold_on: Decimal(sell_price)})
    executor = ArbitrageExecutor(market, ArbitrageExecutorConfig(
        timestamp=1.0, buying_market=ConnectorPair(connector_name=BUYING, trading_pair=bought_on),
        selling_market=ConnectorPair(connector_name=SELLING, trading_pair=sold_on), order_amount=ONE,
        min_profitability=Decimal("0.001"),
    ))
    executor._status = RunnableStatus.RUNNING
    await executor.control_task()
    expected = executor.executor_info.custom_info["profit_pct"]
    for name in market.orders:
        executor.process_order_created_event(0, market, SimpleNamespace(order_id=name))
    await executor.control_task()
    assert executor.close_type is CloseType.COMPLETED
    orchestrator = ExecutorOrchestrator.__new__(ExecutorOrchestrator)
    orchestrator.cached_performance, orchestrator.positions_held = {}, {}
    orchestrator.active_executors = {"controller": [executor]}
    report = orchestrator.generate_performance_report("controller")
    print(f"bought 1 at {buy_price} on {bought_on}, sold at {sell_price} on {sold_on}")
    print(
        f"  before: profitability {100 * expected:.0f} %; after: net_pnl_quote"
        f" {executor.net_pnl_quote.normalize():f}, of its controller {report.global_pnl_quote.normalize():f}"
    )


async def main() -> None:
    print("BTC-USDT is 60000 for the rate oracle, no fees")
    await show("ETH-BTC", "0.05", "ETH-USDT", "3030")
    await show("ETH-USDT", "3000", "ETH-BTC", "0.0505")


asyncio.run(main())
PYTHON
