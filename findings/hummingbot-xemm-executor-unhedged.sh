#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: XEMMExecutor sells at the taker what its maker order has bought, no more and no less: also where that order is
# filled in part, or filled while it is being cancelled because the taker's price moved.
# What happens: it reads no event of a fill, and only the completion of the order that it holds at the moment makes it
# trade at the taker. An order that it cancels for a better price is forgotten at once, with all it has bought. The next
# one is of the full amount again, and the executor ends as if nothing were left.
#
# Observed:
#   buys 1 at 99.01; bought 0.6
#   taker's price falls by 2 %: cancels it, and sells 0 at the taker
#   buys 1 at 97.03; the taker's price falls, it cancels, and is too late: bought 1, sells 0 at the taker
#   buys 1 at 95.05; bought 1: sells 1 at the taker
#   end, SHUTTING_DOWN to TERMINATED: bought 2.6, sold 1, held orders 0
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
import asyncio
import logging
from decimal import Decimal
from types import SimpleNamespace

from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder, OrderState, OrderUpdate, TradeUpdate
from hummingbot.core.data_type.trade_fee import AddedToCostTradeFee
from hummingbot.core.rate_oracle.rate_oracle import RateOracle
from hummingbot.strategy_v2.executors.executor_orchestrator import ExecutorOrchestrator  # the order of the imports
from hummingbot.strategy_v2.executors.data_types import ConnectorPair
from hummingbot.strategy_v2.executors.xemm_executor.data_types import XEMMExecutorConfig
from hummingbot.strategy_v2.executors.xemm_executor.xemm_executor import XEMMExecutor

logging.disable()
PAIR = "BAY-USD"


class Exchange:
    """As much of a connector as the executor reads; its book has one price, and there are no fees."""

    def __init__(self) -> None:
        self.price = Decimal(100)
        self.orders: dict[str, InFlightOrder] = {}
        self._order_tracker = SimpleNamespace(fetch_order=lambda client_order_id: self.orders[client_order_id])

    def supported_order_types(self) -> list[OrderType]:
        return [OrderType.LIMIT, OrderType.MARKET]

    async def get_quote_price(self, *_: object) -> Decimal:
        return self.price

    def get_fee(self, **_: object) -> AddedToCostTradeFee:
        return AddedToCostTradeFee()


class Strategy:
    """Notes the orders and the cancels, and reports an order that is created at once."""

    def __init__(self) -> None:
        self.connectors = {"maker": Exchange(), "taker": Exchange()}
        self.current_timestamp = 1.0
        self.cancelled: list[str] = []

    def buy(self, name: str, pair: str, amount: Decimal, kind: OrderType, price: Decimal, *_: object) -> str:
        return self._order(name, TradeType.BUY, pair, amount, kind, price)

    def sell(self, name: str, pair: str, amount: Decimal, kind: OrderType, price: Decimal, *_: object) -> str:
        return self._order(name, TradeType.SELL, pair, amount, kind, price)

    def cancel(self, _name: str, _pair: str, order_id: str) -> None:
        self.cancelled.append(order_id)

    def _order(self, name: str, side: TradeType, pair: str, amount: Decimal, kind: OrderType, price: Decimal) -> str:
        orders = self.connectors[name].orders
        order_id = f"{name}-{len(orders)}"
        orders[order_id] = InFlightOrder(order_id, pair, kind, side, amount, 1.0, price, order_id, OrderState.OPEN)
        return order_id


def traded(name: str) -> str:
    """Returns what all orders on one exchange have traded."""
    return f"{sum(order.executed_amount_base for order in strategy.connectors[name].orders.values()).normalize():f}"


def sent_to_taker() -> str:
    """Returns the amount of all orders at the taker."""
    return str(sum(order.amount for order in strategy.connectors["taker"].orders.values()))


def fill(name: str, amount: str) -> None:
    """Fills the newest order on one exchange by that much, with all the events of a connector."""
    order = list(strategy.connectors[name].orders.values())[-1]
    order_id, price = order.client_order_id, order.price if order.order_type is OrderType.LIMIT else Decimal(95)
    size = Decimal(amount)
    order.update_with_trade_update(
        TradeUpdate("fill", order_id, order_id, PAIR, 1.0, price, size, size * price, AddedToCostTradeFee())
    )
    executor.process_order_filled_event(0, None, SimpleNamespace(order_id=order_id, amount=size))
    if order.executed_amount_base == order.amount:
        order.update_with_order_update(OrderUpdate(PAIR, 1.0, OrderState.FILLED, order_id, order_id))
        executor.process_order_completed_event(0, None, SimpleNamespace(order_id=order_id))


async def tick(falls_to: int | None = None) -> str:
    """Lets the executor act once and reports the created order; returns its terms."""
    if falls_to:
        strategy.connectors["taker"].price = Decimal(falls_to)
    before = len(strategy.connectors["maker"].orders)
    await executor.control_task()
    orders = list(strategy.connectors["maker"].orders.values())
    if len(orders) == before:
        return ""
    executor.process_order_created_event(0, None, SimpleNamespace(order_id=orders[-1].client_order_id))
    return f"buys {orders[-1].amount} at {orders[-1].price:.2f}"


async def main() -> None:
    placed = await tick()
    fill("maker", "0.6")
    print(f"{placed}; bought {traded('maker')}")

    await tick(falls_to=98)
    (order_id,) = strategy.cancelled
    executor.process_order_canceled_event(0, None, SimpleNamespace(order_id=order_id))
    print(f"taker's price falls by 2 %: cancels it, and sells {sent_to_taker()} at the taker")

    placed = await tick()
    await tick(falls_to=96)
    assert len(strategy.cancelled) == 2
    fill("maker", "1")
    print(
        f"{placed}; the taker's price falls, it cancels, and is too late: bought 1,"
        f" sells {sent_to_taker()} at the taker"
    )

    placed = await tick()
    fill("maker", "1")
    print(f"{placed}; bought 1: sells {sent_to_taker()} at the taker")
    executor.process_order_created_event(0, None, SimpleNamespace(order_id="taker-0"))
    fill("taker", "1")
    before = executor.status.name
    await executor.control_task()
    held = len(executor._collect_held_position_orders())
    print(
        f"end, {before} to {executor.status.name}: bought {traded('maker')}, sold {traded('taker')}, held orders {held}"
    )


strategy = Strategy()
RateOracle.get_instance()._prices = {}
executor = XEMMExecutor(
    strategy,
    XEMMExecutorConfig(
        timestamp=1.0, buying_market=ConnectorPair(connector_name="maker", trading_pair=PAIR),
        selling_market=ConnectorPair(connector_name="taker", trading_pair=PAIR), maker_side=TradeType.BUY,
        order_amount=Decimal(1), min_profitability=Decimal("0.005"), target_profitability=Decimal("0.01"),
        max_profitability=Decimal("0.02"),
    ),
)
executor._status = type(executor.status).RUNNING
executor.unregister_events = lambda: None
asyncio.run(main())
PYTHON
