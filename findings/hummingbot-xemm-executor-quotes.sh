#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# XEMMExecutor may trade a coin for euros on the maker and for dollars on the taker: its configuration allows it, and it
# has the rate between the two from the rate oracle.
# Guess: it quotes on the maker at the taker's price in the maker's currency, less the profit that is asked for.
# What happens: the rate is used only to judge an order that is there. The order is placed at the number of the taker's
# price, as if a dollar were a euro: a bid above the maker's market, which buys at once what is offered up to there. If it
# is still open, the executor finds it unprofitable, asks for its cancellation, and places the next at the same price.
#
# Observed:
#   taker's bid 110 USD = 100 EUR; profit asked for: 1 %
#   bid sent to the maker: 108.91 EUR
#   profitability that it sees: -8.18%, cancels: True
#   bid sent to the maker: 108.91 EUR
#   both in EUR, taker's bid 100: bid sent to the maker: 99.01 EUR, cancels: False
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
from hummingbot.core.data_type.trade_fee import AddedToCostTradeFee
from hummingbot.core.rate_oracle.rate_oracle import RateOracle
from hummingbot.strategy_v2.executors.executor_orchestrator import ExecutorOrchestrator  # the order of the imports
from hummingbot.strategy_v2.executors.data_types import ConnectorPair
from hummingbot.strategy_v2.executors.xemm_executor.data_types import XEMMExecutorConfig
from hummingbot.strategy_v2.executors.xemm_executor.xemm_executor import XEMMExecutor

logging.disable()
MAKER, PROFIT = "BAY-EUR", Decimal("0.01")
RateOracle.get_instance()._prices = {"USD-EUR": 1 / Decimal("1.1"), "EUR-USD": Decimal("1.1")}


class Exchange:
    """As much of a connector as the executor reads; there are no fees."""

    def __init__(self, price: int) -> None:
        self.price = Decimal(price)
        self.order: InFlightOrder | None = None
        self._order_tracker = SimpleNamespace(fetch_order=lambda client_order_id: self.order)

    def supported_order_types(self) -> list[OrderType]:
        return [OrderType.LIMIT, OrderType.MARKET]

    async def get_quote_price(self, *_: object) -> Decimal:
        return self.price

    def get_fee(self, **_: object) -> AddedToCostTradeFee:
        return AddedToCostTradeFee()


class Strategy:
    """Notes the order at the maker and its cancellation."""

    def __init__(self, taker_price: int) -> None:
        self.connectors = {"maker": Exchange(0), "taker": Exchange(taker_price)}
        self.cancelled = False

    def buy(self, name: str, pair: str, amount: Decimal, kind: OrderType, price: Decimal, *_: object) -> str:
        order = InFlightOrder("bid", pair, kind, TradeType.BUY, amount, 1.0, price, "1", OrderState.OPEN)
        self.connectors[name].order = order
        return "bid"

    def cancel(self, *_: object) -> None:
        self.cancelled = True

    def bid(self) -> str:
        return f"bid sent to the maker: {self.connectors['maker'].order.price:.2f} EUR"


async def quote(taker_pair: str, taker_price: int) -> tuple[Strategy, XEMMExecutor]:
    """Lets an executor place its order and look at it once."""
    strategy = Strategy(taker_price)
    executor = XEMMExecutor(
        strategy,
        XEMMExecutorConfig(
            timestamp=1.0, buying_market=ConnectorPair(connector_name="maker", trading_pair=MAKER),
            selling_market=ConnectorPair(connector_name="taker", trading_pair=taker_pair), maker_side=TradeType.BUY,
            order_amount=Decimal(1), min_profitability=PROFIT / 2, target_profitability=PROFIT,
            max_profitability=PROFIT * 2,
        ),
    )
    executor._status = type(executor.status).RUNNING
    await executor.control_task()
    executor.process_order_created_event(0, None, SimpleNamespace(order_id="bid"))
    await executor.control_task()
    return strategy, executor


async def main() -> None:
    print("taker's bid 110 USD = 100 EUR; profit asked for: 1 %")
    strategy, executor = await quote("BAY-USD", 110)
    print(strategy.bid())
    print(f"profitability that it sees: {executor._current_trade_profitability:.2%}, cancels: {strategy.cancelled}")
    strategy.connectors["maker"].order = None
    await executor.control_task()
    print(strategy.bid())
    strategy, _ = await quote(MAKER, 100)
    print(f"both in EUR, taker's bid 100: {strategy.bid()}, cancels: {strategy.cancelled}")


asyncio.run(main())
PYTHON
