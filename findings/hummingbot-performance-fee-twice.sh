#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# `history` shows the PnL of trades before fees ("trade_pnl"), the fees, and what remains ("total_pnl").
# Guess: what remains is what the account has won or lost.
# What happens: it is less. Percentage fees of the kind DeductedFromReturns, which is that of every sale and on some
# exchanges of purchases too, are in the PnL of the trades already, and are then subtracted once more. For a fee that is
# reported as an amount, or of the kind AddedToCost, the sum is right.
#
# Observed:
#   bought and sold 1 at 100 for a fee of 1 % each: the account lost 2
#   AddedToCost 1 %: trade_pnl 0, fees 2, total_pnl -2
#   an amount of 1: trade_pnl 0, fees 2, total_pnl -2
#   DeductedFromReturns 1 %: trade_pnl -2, fees 2, total_pnl -4
#   as new_spot_fee has it, the purchase AddedToCost, the sale DeductedFromReturns: trade_pnl -1, fees 2, total_pnl -3
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
from hummingbot.core.data_type.trade_fee import (
    AddedToCostTradeFee, DeductedFromReturnsTradeFee, TokenAmount, TradeFeeBase, TradeFeeSchema,
)
from hummingbot.core.rate_oracle.rate_oracle import RateOracle
from hummingbot.model.trade_fill import TradeFill

PRICE, PERCENT = Decimal(100), Decimal("0.01")
RateOracle.get_instance()._prices = {"BAY-USD": PRICE}


def fill(side: TradeType, fee: TradeFeeBase) -> TradeFill:
    """A fill of 1 at PRICE as the recorder writes it."""
    return TradeFill(
        trade_type=side.name, price=PRICE, amount=Decimal(1), trade_fee=fee.to_json(), symbol="BAY-USD",
        position=PositionAction.NIL.value,
    )


async def show(name: str, purchase: TradeFeeBase, sale: TradeFeeBase) -> None:
    """Prints the figures of an account that had 1000 USD, bought 1 and sold 1."""
    trades = [fill(TradeType.BUY, purchase), fill(TradeType.SELL, sale)]
    left = {"BAY": Decimal(0), "USD": 1000 - 2 * PRICE * PERCENT}
    figures = await PerformanceMetrics.create("BAY-USD", trades, left)
    print(
        f"{name}: trade_pnl {figures.trade_pnl.normalize():f}, fees {figures.fee_in_quote.normalize():f},"
        f" total_pnl {figures.total_pnl.normalize():f}"
    )


async def main() -> None:
    print(f"bought and sold 1 at {PRICE} for a fee of 1 % each: the account lost {2 * PRICE * PERCENT:.0f}")
    added, deducted = AddedToCostTradeFee(percent=PERCENT), DeductedFromReturnsTradeFee(percent=PERCENT)
    amount = DeductedFromReturnsTradeFee(flat_fees=[TokenAmount("USD", PRICE * PERCENT)])
    await show("AddedToCost 1 %", added, added)
    await show("an amount of 1", amount, amount)
    await show("DeductedFromReturns 1 %", deducted, deducted)
    built = [TradeFeeBase.new_spot_fee(TradeFeeSchema(), side, PERCENT) for side in (TradeType.BUY, TradeType.SELL)]
    kinds = [fee.type_descriptor_for_json() for fee in built]
    await show(f"as new_spot_fee has it, the purchase {kinds[0]}, the sale {kinds[1]}", *built)


asyncio.run(main())
PYTHON
