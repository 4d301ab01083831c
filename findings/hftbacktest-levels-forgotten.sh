#!/usr/bin/env bash
# hftbacktest 2.4.4 (PyPI)
#
# Guess: with `partial_fill_exchange`, which fills an order by the amounts of the book, an order that takes several
# levels changes position and balance by the sum of them.
# What happens: the order is filled, with nothing left, and only what the last level gave is counted: position, balance,
# volume and `exec_qty` know nothing of the levels before. A backtest that takes more than the best level holds less
# than it has bought and pays for less.
#
# Observed:
#   asks: 1 at 101, 2 at 102, 3 at 103; bids: 1 at 99, 2 at 98, 3 at 97
#   buy 1 up to 103: FILLED, left 0, exec_qty 1; position 1, balance -101, volume 1
#   buy 3 up to 103: FILLED, left 0, exec_qty 2; position 2, balance -204, volume 2
#   buy 6 up to 103: FILLED, left 0, exec_qty 3; position 3, balance -309, volume 3
#   sell 6 down to 97: FILLED, left 0, exec_qty 3; position -3, balance 291, volume 3
#   buy 6 at market price: FILLED, left 0, exec_qty 3; position 3, balance -309, volume 3
set -eu
. "$(dirname "$0")/lib.bash"

fresh_venv --only-binary :all: hftbacktest==2.4.4

"$python" -I - <<'PYTHON' | check_observed
import numpy as np
from hftbacktest import (
    BUY_EVENT, DEPTH_EVENT, EXCH_EVENT, FILLED, GTC, LIMIT, LOCAL_EVENT, SELL_EVENT, BacktestAsset,
    HashMapMarketDepthBacktest,
)
from hftbacktest.order import MARKET
from hftbacktest.types import event_dtype

SECOND = 1_000_000_000
KIND = EXCH_EVENT | LOCAL_EVENT | DEPTH_EVENT
ASKS, BIDS = ((101.0, 1.0), (102.0, 2.0), (103.0, 3.0)), ((99.0, 1.0), (98.0, 2.0), (97.0, 3.0))
rows = [(1, SELL_EVENT, *ask) for ask in ASKS] + [(1, BUY_EVENT, *bid) for bid in BIDS]
rows.append((20, BUY_EVENT, 90.0, 1.0))  # so that the data do not end before the last look
data = np.array([
    (KIND | side, s * SECOND, s * SECOND, price, qty, 0, 0, 0.0) for s, side, price, qty in rows
], event_dtype)


def show(side: str, qty: float, price: float, kind: int = LIMIT) -> None:
    """Prints what becomes of an order, each in a backtest of its own."""
    asset = (
        BacktestAsset().data(data).linear_asset(1.0).constant_order_latency(0, 0).risk_adverse_queue_model()
        .partial_fill_exchange().trading_value_fee_model(0, 0).tick_size(1.0).lot_size(1.0)
    )
    backtest = HashMapMarketDepthBacktest([asset])
    backtest.elapse(2 * SECOND)
    submit = backtest.submit_buy_order if side == "buy" else backtest.submit_sell_order
    submit(0, 1, price, qty, GTC, kind, True)
    backtest.elapse(SECOND)
    order, state = backtest.orders(0).get(1), backtest.state_values(0)
    assert order.status == FILLED
    limit = "at market price" if kind == MARKET else f"{'up' if side == 'buy' else 'down'} to {price:g}"
    print(
        f"{side} {qty:g} {limit}: FILLED, left {order.leaves_qty:g}, exec_qty {order.exec_qty:g};"
        f" position {backtest.position(0):g}, balance {state.balance:g}, volume {state.trading_volume:g}"
    )
    backtest.close()


print(*(
    f"{side}: {', '.join(f'{qty:g} at {price:g}' for price, qty in levels)}"
    for side, levels in (("asks", ASKS), ("bids", BIDS))
), sep="; ")
show("buy", 1.0, 103.0)
show("buy", 3.0, 103.0)
show("buy", 6.0, 103.0)
show("sell", 6.0, 97.0)
show("buy", 6.0, 103.0, MARKET)
PYTHON
