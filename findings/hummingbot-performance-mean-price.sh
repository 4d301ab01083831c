#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: in the PnL of a derivative, the price of an order that was filled in parts is that of the parts weighted by their
# amounts.
# What happens: it is the plain mean of the prices. A part of a hundredth counts as much as the rest, and a loss can be
# shown as a profit. What is computed is also written into the first of the fills that were passed in, so that the next
# figures of the same list have other trades.
#
# Observed:
#   bought 99 at 100 and 1 at 60, sold 100 at 90: lost 960
#   trade_pnl 1000
#   the first fill, of 99 at 100, is now one of 100 at 80
#   computed once more from the same list: volume -8060, before -9960
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
import asyncio
from decimal import Decimal

import hummingbot.model.order
import hummingbot.model.order_status
from hummingbot.client.performance import PerformanceMetrics
from hummingbot.core.data_type.common import PositionAction, TradeType
from hummingbot.core.data_type.trade_fee import AddedToCostTradeFee
from hummingbot.core.rate_oracle.rate_oracle import RateOracle
from hummingbot.model.trade_fill import TradeFill

RateOracle.get_instance()._prices = {"BAY-USD": Decimal(90)}
BUY, SELL = TradeType.BUY.name, TradeType.SELL.name
ROWS = [("opens", BUY, 99, 100), ("opens", BUY, 1, 60), ("closes", SELL, 100, 90)]


def fill(order_id: str, side: str, amount: int, price: int) -> TradeFill:
    """A fill without a fee as the recorder writes it."""
    return TradeFill(
        order_id=order_id, trade_type=side, price=Decimal(price), amount=Decimal(amount), symbol="BAY-USD",
        trade_fee=AddedToCostTradeFee().to_json(),
        position=(PositionAction.OPEN if side == BUY else PositionAction.CLOSE).value,
    )


async def main() -> None:
    trades = [fill(*row) for row in ROWS]
    won = sum((amount if side == SELL else -amount) * price for _, side, amount, price in ROWS)
    print(f"bought 99 at 100 and 1 at 60, sold 100 at 90: {'won' if won > 0 else 'lost'} {abs(won)}")
    figures = await PerformanceMetrics.create("BAY-USD", trades, {"USD": Decimal(20000)})
    print(f"trade_pnl {figures.trade_pnl:f}")
    print(f"the first fill, of 99 at 100, is now one of {trades[0].amount} at {trades[0].price}")
    again = await PerformanceMetrics.create("BAY-USD", trades, {"USD": Decimal(20000)})
    print(f"computed once more from the same list: volume {again.b_vol_quote:f}, before {figures.b_vol_quote:f}")


asyncio.run(main())
PYTHON
