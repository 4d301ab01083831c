#!/usr/bin/env bash
# hftbacktest 2.4.4 (PyPI)
#
# Guess: the lot size that a backtest requires for each asset is the step of its order amounts: an amount between two
# lots is refused or rounded, one below a lot is no order.
# What happens: no order is compared with it. Any amount is taken and filled as it is, a thousandth of a lot too, by
# both models of the exchange. A strategy that does not round its amounts passes the backtest; an exchange refuses its
# orders.
#
# Observed:
#   lot size 1, asks: 10 at 101
#   no_partial_fill_exchange: buy 1: filled 1, position 1
#   no_partial_fill_exchange: buy 0.3: filled 0.3, position 0.3
#   no_partial_fill_exchange: buy 2.7: filled 2.7, position 2.7
#   no_partial_fill_exchange: buy 0.001: filled 0.001, position 0.001
#   partial_fill_exchange: buy 1: filled 1, position 1
#   partial_fill_exchange: buy 0.3: filled 0.3, position 0.3
#   partial_fill_exchange: buy 2.7: filled 2.7, position 2.7
#   partial_fill_exchange: buy 0.001: filled 0.001, position 0.001
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
ROWS = [(1, BUY_EVENT, 99.0), (1, SELL_EVENT, 101.0), (20, BUY_EVENT, 90.0)]
data = np.array([(KIND | side, s * SECOND, s * SECOND, price, 10.0, 0, 0, 0.0) for s, side, price in ROWS], event_dtype)


def show(exchange: str, qty: float) -> None:
    """Prints what becomes of a purchase, each in a backtest of its own."""
    asset = (
        BacktestAsset().data(data).linear_asset(1.0).constant_order_latency(0, 0).risk_adverse_queue_model()
        .trading_value_fee_model(0, 0).tick_size(1.0).lot_size(1.0)
    )
    backtest = HashMapMarketDepthBacktest([getattr(asset, exchange)()])
    backtest.elapse(2 * SECOND)
    assert backtest.depth(0).lot_size == 1
    backtest.submit_buy_order(0, 1, 101.0, qty, GTC, LIMIT, True)
    order = backtest.orders(0).get(1)
    assert order.status == FILLED
    print(f"{exchange}: buy {qty:g}: filled {order.exec_qty:g}, position {backtest.position(0):g}")
    backtest.close()


print("lot size 1, asks: 10 at 101")
for exchange in ("no_partial_fill_exchange", "partial_fill_exchange"):
    for qty in (1.0, 0.3, 2.7, 0.001):
        show(exchange, qty)
PYTHON
