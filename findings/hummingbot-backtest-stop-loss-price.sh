#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: in a backtest a position with a stop-loss of 1 % that is stopped loses about 1 %.
# What happens: the stop-loss is reached by the low of a candle and booked at its close. Where the price came back until
# then, the position ends as stopped out with a profit; where it fell on, the loss is as large as that. The low of the
# candle at whose close the position was opened counts too: it is stopped at once, by a price from before it was there.
#
# Observed:
#   bought at 100, stop-loss 1 %
#   next candle 100 to 102, low 98.9: STOP_LOSS at 102, PnL +2.0%
#   next candle 100 to 99.2, low 98.9: STOP_LOSS at 99.2, PnL -0.8%
#   next candle 100 to 90, low 90: STOP_LOSS at 90, PnL -10.0%
#   candle of the purchase had a low of 98.9, next candle 100 to 102, low 100: STOP_LOSS at 100, PnL +0.0%
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
from decimal import Decimal

import pandas as pd

from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.strategy_v2.backtesting.backtesting_engine_base import BacktestingEngineBase
from hummingbot.strategy_v2.executors.position_executor.data_types import PositionExecutorConfig, TripleBarrierConfig

PRICE, MINUTE = 100.0, 60.0
SETTINGS = PositionExecutorConfig(
    timestamp=MINUTE, connector_name="any", trading_pair="BAY-USD", side=TradeType.BUY, amount=Decimal(1),
    entry_price=Decimal(100),
    triple_barrier_config=TripleBarrierConfig(open_order_type=OrderType.MARKET, stop_loss=Decimal("0.01")),
)


def show(first_low: float, low: float, close: float) -> None:
    """Prints what becomes of a position that is opened at the close of one candle and has a second one."""
    rows = [(MINUTE, PRICE, PRICE, first_low, PRICE), (2 * MINUTE, PRICE, max(PRICE, close), low, close)]
    rows.append((3 * MINUTE, close, close, close, close))
    candles = pd.DataFrame(rows, columns=["timestamp", "open", "high", "low", "close"])
    candles.index = pd.Index(candles["timestamp"], name="epoch_seconds")
    simulation = BacktestingEngineBase().simulate_executor(SETTINGS, candles, trade_cost=0.0)
    end = simulation.get_executor_info_at_timestamp(3 * MINUTE)
    before = f"candle of the purchase had a low of {first_low:g}, " if first_low < PRICE else ""
    print(
        f"{before}next candle {PRICE:g} to {close:g}, low {low:g}: {end.close_type.name} at"
        f" {end.custom_info['close_price']:g}, PnL {end.net_pnl_pct:+.1%}"
    )


print("bought at 100, stop-loss 1 %")
show(PRICE, 98.9, 102.0)
show(PRICE, 98.9, 99.2)
show(PRICE, 90.0, 90.0)
show(98.9, PRICE, 102.0)
PYTHON
