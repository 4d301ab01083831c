"""Run by an interpreter that has hftbacktest: the best prices and the trades that it makes of a recording, as JSON."""

import json
import sys

from hftbacktest import (  # type: ignore[import-not-found]  # in an environment of its own
    BacktestAsset,
    HashMapMarketDepthBacktest,
)

asset = (
    BacktestAsset()
    .data([sys.argv[1]])
    .linear_asset(1.0)
    .constant_order_latency(0, 0)
    .risk_adverse_queue_model()
    .no_partial_fill_exchange()
    .trading_value_fee_model(0, 0)
    .tick_size(0.01)
    .lot_size(0.000001)
    .last_trades_capacity(10_000)
)
backtest = HashMapMarketDepthBacktest([asset])
looks = []
while backtest.elapse(100_000_000) == 0:
    depth = backtest.depth(0)
    best = (depth.best_bid, depth.best_bid_qty, depth.best_ask, depth.best_ask_qty)
    trades = len(backtest.last_trades(0))
    looks.append([int(backtest.current_timestamp), *map(float, best), trades])
backtest.close()
print(json.dumps(looks))
