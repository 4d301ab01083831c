#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# ArbitrageExecutor buys on one market and sells on another, both at market price. Where the one order is filled and the
# other fails again and again, it ends as failed.
# Guess: it reports what it has bought: the money spent with its fees as a loss, or the coins as a position held.
# What happens: the profit is 0 unless both orders are filled, without the fees of the one that was; no position is
# handed over. The same if it is stopped between the two. The coins are in the account, and the controller has a PnL of
# 0 and nothing held: no limit on losses sees them.
#
# Observed:
#   buy 1 at 3000, fees 3; sell 1 at 3030
#   sold, fees 3.03: COMPLETED, net_pnl_quote 23.97
#     controller: PnL 23.97, positions held 0; in the account: 1 bought, 1 sold
#   the sale fails each time: FAILED, net_pnl_quote 0
#     controller: PnL 0, positions held 0; in the account: 1 bought, 0 sold
#   the purchase fails each time: FAILED, net_pnl_quote 0
#     controller: PnL 0, positions held 0; in the account: 0 bought, 1 sold
#   stopped before the sale: EARLY_STOP, net_pnl_quote 0
#     controller: PnL 0, positions held 0; in the account: 1 bought, 0 sold
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
from hummingbot.core.data_type.trade_fee import AddedToCostTradeFee, TokenAmount
from hummingbot.core.rate_oracle.rate_oracle import RateOracle
from hummingbot.strategy_v2.executors.executor_orchestrator import ExecutorOrchestrator  # the order of the imports
from hummingbot.strategy_v2.executors.arbitrage_executor.arbitrage_executor import ArbitrageExecutor
from hummingbot.strategy_v2.executors.arbitrage_executor.data_types import ArbitrageExecutorConfig
from hummingbot.strategy_v2.executors.data_types import ConnectorPair
from hummingbot.strategy_v2.models.base import RunnableStatus
from hummingbot.strategy_v2.models.executors import CloseType

logging.disable()
BUYING, SELLING, PAIR, ONE = "first", "second", "ETH-USDT", Decimal(1)
PRICES = {TradeType.BUY: Decimal(3000), TradeType.SELL: Decimal(3030)}
RateOracle.get_instance()._prices = {"USDT-USDT": ONE}


class Market:
    """As much of a strategy and of its connectors as the executor asks for."""

    def __init__(self) -> None:
        self.connectors, self.current_timestamp = {BUYING: self, SELLING: self}, 1.0
        self._order_tracker = SimpleNamespace(fetch_order=lambda client_order_id: self.orders[client_order_id])
        self.orders: dict[str, InFlightOrder] = {}
        self.add_listener = self.remove_listener = lambda *_: None

    async def get_quote_price(self, trading_pair: str, is_buy: bool, volume: Decimal) -> Decimal:
        return PRICES[TradeType.BUY if is_buy else TradeType.SELL]

    def get_fee(self, **_: object) -> AddedToCostTradeFee:
        return AddedToCostTradeFee()

    def order(self, side: TradeType, amount: Decimal) -> str:
        name = f"{side.name}-{len(self.orders)}"
        self.orders[name] = InFlightOrder(
            name, PAIR, OrderType.MARKET, side, amount, 1.0, PRICES[side], name, OrderState.OPEN
        )
        return name

    def buy(self, _name: str, _pair: str, amount: Decimal, *_: object) -> str:
        return self.order(TradeType.BUY, amount)

    def sell(self, _name: str, _pair: str, amount: Decimal, *_: object) -> str:
        return self.order(TradeType.SELL, amount)

    def fill(self, order: InFlightOrder) -> None:
        """Fills it whole, with 0.1 % of its money as the fee."""
        name, money = order.client_order_id, order.amount * order.price
        fee = AddedToCostTradeFee(flat_fees=[TokenAmount("USDT", money / 1000)])
        order.update_with_trade_update(TradeUpdate(name, name, name, PAIR, 1.0, order.price, order.amount, money, fee))
        order.current_state = OrderState.FILLED

    def traded(self, side: TradeType) -> Decimal:
        return sum((order.executed_amount_base for order in self.orders.values() if order.trade_type is side), 0)


async def show(what: str, failing: TradeType | None, stopped: bool = False) -> None:
    """Prints what an executor reports of which the orders of one side fail, or which is stopped before the sale."""
    market = Market()
    executor = ArbitrageExecutor(market, ArbitrageExecutorConfig(
        timestamp=1.0, buying_market=ConnectorPair(connector_name=BUYING, trading_pair=PAIR),
        selling_market=ConnectorPair(connector_name=SELLING, trading_pair=PAIR), order_amount=ONE,
        min_profitability=Decimal("0.001"),
    ))
    orchestrator = ExecutorOrchestrator.__new__(ExecutorOrchestrator)
    orchestrator.cached_performance, orchestrator.positions_held = {}, {"controller": []}
    orchestrator.active_executors, orchestrator.strategy = {"controller": [executor]}, market
    orchestrator.executors_ids_position_held = []
    executor._status = RunnableStatus.RUNNING
    await executor.control_task()
    seen: set[str] = set()
    while not executor.is_closed:
        for name, order in list(market.orders.items()):
            if name in seen or stopped and order.trade_type is TradeType.SELL:
                continue
            seen.add(name)
            executor.process_order_created_event(0, market, SimpleNamespace(order_id=name))
            if order.trade_type is failing:
                order.current_state = OrderState.FAILED
                executor.process_order_failed_event(0, market, SimpleNamespace(order_id=name))
            else:
                market.fill(order)
        if stopped:
            executor.early_stop()
        await executor.control_task()
    orchestrator._update_positions_from_done_executors()
    report = orchestrator.generate_performance_report("controller")
    print(f"{what}: {executor.close_type.name}, net_pnl_quote {executor.executor_info.net_pnl_quote.normalize():f}")
    print(
        f"  controller: PnL {report.global_pnl_quote.normalize():f},"
        f" positions held {len(orchestrator.positions_held['controller'])};"
        f" in the account: {market.traded(TradeType.BUY)} bought, {market.traded(TradeType.SELL)} sold"
    )


async def main() -> None:
    print("buy 1 at 3000, fees 3; sell 1 at 3030")
    await show("sold, fees 3.03", None)
    await show("the sale fails each time", TradeType.SELL)
    await show("the purchase fails each time", TradeType.BUY)
    await show("stopped before the sale", None, stopped=True)


asyncio.run(main())
PYTHON
