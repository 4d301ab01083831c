#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: a backtest acts on a controller's signal when the candle that it was computed from has ended.
# What happens: the signals are joined to the minutes by the start of their candle, so that one that uses the close of a
# candle of five minutes acts up to five minutes before that close: it knows the future.
#
# Observed:
#   close at 00:10 known from: 00:05
#   moved by one candle: 00:10
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' 2>/dev/null | check_observed
from types import SimpleNamespace

import pandas as pd

from hummingbot.strategy_v2.executors.executor_orchestrator import ExecutorOrchestrator  # the order of the imports
from hummingbot.strategy_v2.backtesting.backtesting_engine_base import BacktestingEngineBase

START_S = 1_700_006_400  # a full hour
COLUMNS = ("open", "high", "low", "close", "volume")


def candles(count: int, step_s: int) -> pd.DataFrame:
    """The price is 100, from 00:09 on 110."""
    rows = []
    for number in range(count):
        start_s = START_S + number * step_s
        close = 110.0 if start_s + step_s > START_S + 9 * 60 else 100.0
        rows.append({"timestamp": start_s, **dict.fromkeys(COLUMNS, close)})
    return pd.DataFrame(rows)


def acts_at(signal: pd.Series, features: pd.DataFrame) -> str:
    features = features.assign(signal=signal)
    engine = BacktestingEngineBase.__new__(BacktestingEngineBase)
    engine.backtesting_resolution = "1m"
    engine.controller = SimpleNamespace(
        config=SimpleNamespace(connector_name="any", trading_pair="BAY-USD"),
        market_data_provider=SimpleNamespace(get_candles_df=lambda **_: candles(20, 60)),
        processed_data={"features": features},
    )
    minutes = engine.prepare_market_data()
    first_s = minutes[minutes["signal"] > 0]["timestamp"].min()
    return f"00:{int(first_s - START_S) // 60:02}"


features = candles(4, 300)
rises = (features["close"] > 105).astype(int)
print(f"close at 00:10 known from: {acts_at(rises, features)}")
print(f"moved by one candle: {acts_at(rises.shift(1).fillna(0), features)}")
PYTHON
