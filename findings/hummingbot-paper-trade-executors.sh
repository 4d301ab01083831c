#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: paper trade stands in for a connector, so what places orders through a connector runs on it: V1 strategies
# and, since `connector_name: NAME_paper_trade` is accepted in their settings, V2 controllers with their executors.
# What happens: `PaperTradeExchange` takes orders, and has no `trading_rules`, which executors read before their first
# one. Each attempt to create one ends with an AttributeError; a controller makes it again every second.
#
# Observed:
#   buy(): 1 limit order
#   PositionExecutor: AttributeError, no attribute 'trading_rules'
#   GridExecutor: AttributeError, no attribute 'trading_rules'
#   DCAExecutor: AttributeError, no attribute 'trading_rules'
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' 2>/dev/null | check_observed
import asyncio
import re
from decimal import Decimal
from types import SimpleNamespace

from hummingbot.connector.exchange.paper_trade.paper_trade_exchange import PaperTradeExchange
from hummingbot.connector.exchange_base import ExchangeBase
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.composite_order_book import CompositeOrderBook
from hummingbot.core.data_type.order_book_row import OrderBookRow
from hummingbot.strategy_v2.executors.dca_executor.data_types import DCAExecutorConfig
from hummingbot.strategy_v2.executors.dca_executor.dca_executor import DCAExecutor
from hummingbot.strategy_v2.executors.grid_executor.data_types import GridExecutorConfig
from hummingbot.strategy_v2.executors.grid_executor.grid_executor import GridExecutor
from hummingbot.strategy_v2.executors.position_executor.data_types import PositionExecutorConfig, TripleBarrierConfig
from hummingbot.strategy_v2.executors.position_executor.position_executor import PositionExecutor

NAME, PAIR, PRICE = "binance_paper_trade", "BAY-USD", Decimal(100)
MARKET = {"timestamp": 1.0, "connector_name": NAME, "trading_pair": PAIR, "side": TradeType.BUY}
BARRIERS = TripleBarrierConfig(take_profit=Decimal("0.01"))


def paper_trade() -> PaperTradeExchange:
    """Returns paper trade on a book of one level a side; the tracker is replaced by what paper trade reads of it."""
    book = CompositeOrderBook()
    book.apply_snapshot([OrderBookRow(99.0, 10.0, 1)], [OrderBookRow(101.0, 10.0, 1)], 1)
    tracker = SimpleNamespace(
        data_source=SimpleNamespace(order_book_create_function=None), order_books={PAIR: book}, ready=True
    )
    market = PaperTradeExchange(tracker, ExchangeBase, exchange_name="binance")
    market.set_balance("BAY", Decimal(10))
    market.set_balance("USD", Decimal(10000))
    assert market.ready
    return market


async def main() -> None:
    """Prints what an order, and what three executors do."""
    market = paper_trade()
    market.buy(PAIR, Decimal(1), OrderType.LIMIT, Decimal(98))
    print(f"buy(): {len(market.limit_orders)} limit order")
    strategy = SimpleNamespace(connectors={NAME: market}, current_timestamp=1.0, add_listener=lambda *_: None)
    position = PositionExecutorConfig(**MARKET, amount=Decimal(1), entry_price=PRICE, triple_barrier_config=BARRIERS)
    grid = GridExecutorConfig(
        **MARKET,
        start_price=Decimal(90),
        end_price=Decimal(110),
        limit_price=Decimal(80),
        total_amount_quote=Decimal(100),
        triple_barrier_config=BARRIERS,
    )
    dca = DCAExecutorConfig(**MARKET, amounts_quote=[Decimal(10)], prices=[PRICE])
    for executor, config in ((PositionExecutor, position), (GridExecutor, grid), (DCAExecutor, dca)):
        try:
            executor(strategy, config)
            print(f"{executor.__name__}: made")
        except Exception as error:
            what = re.search(r"no attribute '\w+'", str(error))
            print(f"{executor.__name__}: {type(error).__name__}, {what[0] if what else error}")


asyncio.run(main())
PYTHON
