#!/usr/bin/env bash
# hftbacktest 2.4.4 (PyPI)
#
# Data that the package converts from Tardis, Binance or Bybit hold events that clear a side of the book up to a price,
# each before a snapshot of it.
# Guess: ROIVectorMarketDepthBacktest, the faster depth, ends with the same book as HashMapMarketDepthBacktest.
# What happens: of the asks it clears none. Asks that the snapshot does not have any more stay in its depth beside those
# that it has, and an order to sell waits behind them: what is filled in the one backtest is not in the other. With bids
# both are alike.
#
# Observed:
#   HashMapMarketDepthBacktest
#     1 at each level: bids 99 98 97 96 95, asks 101 102 103 104 105
#     cleared, and a snapshot of the last two: bids 96 95, asks 104 105
#     sell 1 at 102, of which the market then buys 1: filled
#   ROIVectorMarketDepthBacktest
#     1 at each level: bids 99 98 97 96 95, asks 101 102 103 104 105
#     cleared, and a snapshot of the last two: bids 96 95, asks 101 102 103 104 105
#     sell 1 at 102, of which the market then buys 1: not filled
set -eu
. "$(dirname "$0")/lib.bash"

fresh_venv --only-binary :all: hftbacktest==2.4.4

"$python" -I - <<'PYTHON' | check_observed
import numpy as np
from hftbacktest import (
    BUY_EVENT, DEPTH_CLEAR_EVENT, DEPTH_EVENT, DEPTH_SNAPSHOT_EVENT, EXCH_EVENT, FILLED, GTC, LIMIT, LOCAL_EVENT,
    SELL_EVENT, TRADE_EVENT, BacktestAsset, HashMapMarketDepthBacktest, ROIVectorMarketDepthBacktest,
)
from hftbacktest.types import event_dtype

SECOND = 1_000_000_000
BIDS, ASKS = (99.0, 98.0, 97.0, 96.0, 95.0), (101.0, 102.0, 103.0, 104.0, 105.0)
rows = []
for side, prices in ((BUY_EVENT, BIDS), (SELL_EVENT, ASKS)):
    rows += [(1, DEPTH_EVENT | side, price, 1.0) for price in prices]
    rows.append((3, DEPTH_CLEAR_EVENT | side, prices[-1], 0.0))
    rows += [(3, DEPTH_SNAPSHOT_EVENT | side, price, 1.0) for price in prices[3:]]
rows.append((6, TRADE_EVENT | BUY_EVENT, 102.0, 1.0))
rows.append((20, DEPTH_EVENT | BUY_EVENT, 90.0, 1.0))  # so that the data do not end before the last look
rows.sort(key=lambda row: row[0])
data = np.array([
    (EXCH_EVENT | LOCAL_EVENT | kind, s * SECOND, s * SECOND, price, qty, 0, 0, 0.0) for s, kind, price, qty in rows
], event_dtype)


def levels(depth) -> str:
    bids = [tick for tick in range(100, 90, -1) if depth.bid_qty_at_tick(tick)]
    asks = [tick for tick in range(100, 110) if depth.ask_qty_at_tick(tick)]
    return f"bids {' '.join(map(str, bids))}, asks {' '.join(map(str, asks))}"


def show(backtest_class: type) -> None:
    asset = (
        BacktestAsset().data(data).linear_asset(1.0).constant_order_latency(0, 0).risk_adverse_queue_model()
        .partial_fill_exchange().trading_value_fee_model(0, 0).tick_size(1.0).lot_size(1.0)
        .roi_lb(1.0).roi_ub(200.0)
    )
    backtest = backtest_class([asset])
    print(backtest_class.__name__)
    backtest.elapse(SECOND)
    print(f"  1 at each level: {levels(backtest.depth(0))}")
    backtest.elapse(2 * SECOND)
    print(f"  cleared, and a snapshot of the last two: {levels(backtest.depth(0))}")
    backtest.submit_sell_order(0, 1, 102.0, 1.0, GTC, LIMIT, True)
    backtest.elapse(3 * SECOND)
    order = backtest.orders(0).get(1)
    print(f"  sell 1 at 102, of which the market then buys 1: {'filled' if order.status == FILLED else 'not filled'}")
    backtest.close()


show(HashMapMarketDepthBacktest)
show(ROIVectorMarketDepthBacktest)
PYTHON
