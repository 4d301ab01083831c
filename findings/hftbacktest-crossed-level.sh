#!/usr/bin/env bash
# hftbacktest 2.4.4 (PyPI)
#
# Guess: the best ask of the market depth is the lowest price at which the depth has an amount.
# What happens: a bid that reaches asks moves the best ask past them, and it stays there when the bid is gone, although
# the depth still has the amounts of the asks in between. Only another change of such a level makes it the best again.
#
# Observed:
#   asks at 101 and 105:   best ask 101, amount at 101 1
#   bid at 102 added:      best ask 105, amount at 101 1
#   bid at 102 gone:       best ask 105, amount at 101 1
#   ask at 101 changed:    best ask 101, amount at 101 2
set -eu
. "$(dirname "$0")/lib.bash"

fresh_venv --only-binary :all: hftbacktest==2.4.4

"$python" -I - <<'PYTHON' | check_observed
import numpy as np
from hftbacktest import (
    BUY_EVENT, DEPTH_EVENT, EXCH_EVENT, LOCAL_EVENT, SELL_EVENT, BacktestAsset, HashMapMarketDepthBacktest,
)
from hftbacktest.types import event_dtype

SECOND = 1_000_000_000
KIND = EXCH_EVENT | LOCAL_EVENT | DEPTH_EVENT
ROWS = [
    (1, BUY_EVENT, 100.0, 1.0), (1, SELL_EVENT, 101.0, 1.0), (1, SELL_EVENT, 105.0, 1.0),
    (3, BUY_EVENT, 102.0, 1.0),
    (5, BUY_EVENT, 102.0, 0.0),
    (7, SELL_EVENT, 101.0, 2.0),
    (20, BUY_EVENT, 90.0, 1.0),  # so that the data do not end before the last look
]
data = np.array([(KIND | side, s * SECOND, s * SECOND, price, qty, 0, 0, 0.0) for s, side, price, qty in ROWS], event_dtype)
asset = (
    BacktestAsset().data(data).linear_asset(1.0).constant_order_latency(0, 0).risk_adverse_queue_model()
    .no_partial_fill_exchange().trading_value_fee_model(0, 0).tick_size(1.0).lot_size(1.0)
)
backtest = HashMapMarketDepthBacktest([asset])
backtest.elapse(SECOND)
for moment in ("asks at 101 and 105", "bid at 102 added", "bid at 102 gone", "ask at 101 changed"):
    depth = backtest.depth(0)
    print(f"{moment + ':':22} best ask {depth.best_ask:.0f}, amount at 101 {depth.ask_qty_at_tick(101):.0f}")
    backtest.elapse(2 * SECOND)
backtest.close()
PYTHON
