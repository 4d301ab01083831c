#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: InFlightOrder.is_filled, computed from Decimals, is True when nothing of the order is left.
# What happens: it compares as floats with a tolerance of one part in 10^9, and the event that the order is filled looks
# at eight decimals. In an order over thousands of millions of a cheap coin whole coins can be left of a "filled" one;
# of an amount with more than eight decimals the event fires while a part is left.
#
# Observed:
#   9999999995 of 10000000000: left 5, is_filled True, completely_filled_event False
#   0.999999998 of 1.000000002: left 0.000000004, is_filled False, completely_filled_event True
#   0.99 of 1: left 0.01, is_filled False, completely_filled_event False
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
import asyncio
from decimal import Decimal

from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder, OrderState, TradeUpdate
from hummingbot.core.data_type.trade_fee import AddedToCostTradeFee

PAIR, PRICE = "BAY-BTC", Decimal("0.00000001")


async def show(filled: Decimal, amount: Decimal) -> None:
    order = InFlightOrder("mine", PAIR, OrderType.LIMIT, TradeType.BUY, amount, 1.0, PRICE, "theirs", OrderState.OPEN)
    fee = AddedToCostTradeFee()
    order.update_with_trade_update(
        TradeUpdate("fill", "mine", "theirs", PAIR, 1.0, PRICE, filled, filled * PRICE, fee)
    )
    print(
        f"{filled} of {amount}: left {amount - order.executed_amount_base:f}, is_filled {order.is_filled},"
        f" completely_filled_event {order.completely_filled_event.is_set()}"
    )


for filled, amount in (("9999999995", "10000000000"), ("0.999999998", "1.000000002"), ("0.99", "1")):
    asyncio.run(show(Decimal(filled), Decimal(amount)))
PYTHON
