#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: a backtest takes the profit of a DCA where DCAExecutor does: when it is ahead by that much of what it paid for
# all that it has bought.
# What happens: the backtest reckons from another average price. The amounts of a DCA are money, and it weights the
# prices with them as if they were coins: 100 USD at 100 and 100 USD at 50 are 3 BAY for 200 USD, 66.67 each, and it
# takes 75. A take-profit of 10 % waits for 82.5, which is a gain of 23.75 %; the gain that it reports beside is right.
#
# Observed:
#   bought for 100 USD at 100 and for 100 USD at 50, take-profit 10 %
#   average price: DCAExecutor 66.67, backtest 75.00
#   price 74, gain 11.0%: DCAExecutor TAKE_PROFIT, backtest goes on
#   price 82, gain 23.0%: DCAExecutor TAKE_PROFIT, backtest goes on
#   price 83, gain 24.5%: DCAExecutor TAKE_PROFIT, backtest TAKE_PROFIT
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
from decimal import Decimal
from types import SimpleNamespace

import pandas as pd

from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder, OrderState, TradeUpdate
from hummingbot.core.data_type.trade_fee import AddedToCostTradeFee
from hummingbot.strategy_v2.backtesting.backtesting_engine_base import BacktestingEngineBase
from hummingbot.strategy_v2.executors.dca_executor.data_types import DCAExecutorConfig
from hummingbot.strategy_v2.executors.dca_executor.dca_executor import DCAExecutor
from hummingbot.strategy_v2.models.base import RunnableStatus
from hummingbot.strategy_v2.models.executors import TrackedOrder

NAME, PAIR, MINUTE = "any", "BAY-USD", 60.0
PRICES, MONEY = [Decimal(100), Decimal(50)], Decimal(100)
SETTINGS = DCAExecutorConfig(
    timestamp=MINUTE, connector_name=NAME, trading_pair=PAIR, side=TradeType.BUY, prices=PRICES,
    amounts_quote=[MONEY, MONEY], take_profit=Decimal("0.1"), stop_loss=Decimal("0.9"),
)


def bought(price: Decimal) -> TrackedOrder:
    """An order for MONEY that is filled without a fee."""
    order = InFlightOrder(
        str(price), PAIR, OrderType.LIMIT, TradeType.BUY, MONEY / price, 1.0, price, str(price), OrderState.OPEN
    )
    order.update_with_trade_update(
        TradeUpdate("fill", str(price), str(price), PAIR, 1.0, price, order.amount, MONEY, AddedToCostTradeFee())
    )
    order.current_state = OrderState.FILLED
    tracked = TrackedOrder(order.client_order_id)
    tracked.order = order
    return tracked


def live(price: int) -> DCAExecutor:
    """Returns an executor that has bought at both prices and has looked at the market's once."""
    rules = SimpleNamespace(min_notional_size=Decimal(0), min_order_size=Decimal(0))
    exchange = SimpleNamespace(trading_rules={PAIR: rules}, get_price_by_type=lambda *_: Decimal(price))
    strategy = SimpleNamespace(
        connectors={NAME: exchange}, current_timestamp=2.0, sell=lambda *_: "sell", cancel=lambda *_: None
    )
    executor = DCAExecutor(strategy, SETTINGS)
    executor._open_orders, executor._status = [bought(each) for each in PRICES], RunnableStatus.RUNNING
    executor.control_barriers()
    return executor


def backtest(price: int) -> object:
    """Returns the end of a backtest in which the market is at 100, at 50, and then twice at that price."""
    rows = [(MINUTE * (at + 1), *[float(each)] * 4) for at, each in enumerate((*PRICES, price, price))]
    candles = pd.DataFrame(rows, columns=["timestamp", "open", "high", "low", "close"])
    candles.index = pd.Index(candles["timestamp"], name="epoch_seconds")
    simulation = BacktestingEngineBase().simulate_executor(SETTINGS, candles, trade_cost=0.0)
    return simulation.get_executor_info_at_timestamp(4 * MINUTE)


def name(close_type: object) -> str:
    return close_type.name if close_type is not None else "goes on"


print("bought for 100 USD at 100 and for 100 USD at 50, take-profit 10 %")
average = backtest(74).custom_info["current_position_average_price"]
print(f"average price: DCAExecutor {live(74).current_position_average_price:.2f}, backtest {average:.2f}")
for price in (74, 82, 83):
    end = backtest(price)
    reached = end.close_timestamp == 3 * MINUTE  # else the candles were over
    assert abs(live(price).trade_pnl_pct - end.net_pnl_pct) < Decimal("1e-9")
    print(
        f"price {price}, gain {end.net_pnl_pct:.1%}: DCAExecutor {name(live(price).close_type)},"
        f" backtest {name(end.close_type if reached else None)}"
    )
PYTHON
