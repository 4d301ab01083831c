#!/usr/bin/env bash
# hftbacktest 2.4.4 (PyPI)
#
# Guess: a limit is a limit. A limit price between two ticks is refused, or rounded in favour of the order: a buy down,
# a sell up.
# What happens: it is rounded to the nearest tick. A buy is filled above and a sell below the price that was asked for,
# at once where the market is there, without a word: the order that comes back has the other price.
#
# Observed:
#   best bid 95, best ask 101, tick 1
#   buy at 100.4: 100, not filled
#   buy at 100.6: 101, filled at 101
#   sell at 95.6: 96, not filled
#   sell at 95.4: 95, filled at 95
set -eu
. "$(dirname "$0")/lib.bash"

fresh_venv --only-binary :all: hftbacktest==2.4.4

"$python" -I - <<'PYTHON' | check_observed
import numpy as np
from hftbacktest import (
    BUY_EVENT, DEPTH_EVENT, EXCH_EVENT, FILLED, GTC, LIMIT, LOCAL_EVENT, SELL_EVENT, BacktestAsset,
    HashMapMarketDepthBacktest,
)
from hftbacktest.types import event_dtype

SECOND = 1_000_000_000
KIND = EXCH_EVENT | LOCAL_EVENT | DEPTH_EVENT
ROWS = [(1, BUY_EVENT, 95.0), (1, SELL_EVENT, 101.0), (20, BUY_EVENT, 90.0)]
data = np.array([(KIND | side, s * SECOND, s * SECOND, price, 1.0, 0, 0, 0.0) for s, side, price in ROWS], event_dtype)


def show(side: str, price: float) -> None:
    """Prints what becomes of a limit order, each in a backtest of its own."""
    asset = (
        BacktestAsset().data(data).linear_asset(1.0).constant_order_latency(0, 0).risk_adverse_queue_model()
        .no_partial_fill_exchange().trading_value_fee_model(0, 0).tick_size(1.0).lot_size(1.0)
    )
    backtest = HashMapMarketDepthBacktest([asset])
    backtest.elapse(2 * SECOND)
    submit = backtest.submit_buy_order if side == "buy" else backtest.submit_sell_order
    submit(0, 1, price, 1.0, GTC, LIMIT, True)
    order = backtest.orders(0).get(1)
    end = f"filled at {order.exec_price:g}" if order.status == FILLED else "not filled"
    print(f"{side} at {price}: {order.price:g}, {end}")
    backtest.close()


print("best bid 95, best ask 101, tick 1")
show("buy", 100.4)
show("buy", 100.6)
show("sell", 95.6)
show("sell", 95.4)
PYTHON
