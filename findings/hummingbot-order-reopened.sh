#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: FILLED is a final state: an update that arrives late cannot change an order's state back, and an order
# completes once.
# What happens: InFlightOrder takes whatever state comes last. OPEN after FILLED makes the order open again, and the
# next FILLED fires a second completed event. Where updates come from two sources, as on most exchanges, that sequence
# is to be expected.
#
# Observed:
#   FILLED: is_open False, 1 completed event(s)
#   OPEN:   is_open True, 1 completed event(s)
#   FILLED: is_open False, 2 completed event(s)
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
import asyncio
from decimal import Decimal

from hummingbot.connector.client_order_tracker import ClientOrderTracker
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder, OrderState, OrderUpdate, TradeUpdate
from hummingbot.core.data_type.trade_fee import AddedToCostTradeFee

PAIR, ONE, PRICE = "BTC-USD", Decimal(1), Decimal(30000)


class Connector:
    """As much of a connector as the tracker needs."""

    current_timestamp = 1.0

    def __init__(self) -> None:
        self.completed = 0

    def trigger_event(self, tag, event) -> None:
        self.completed += tag.name == "BuyOrderCompleted"


async def main() -> None:
    connector = Connector()
    tracker = ClientOrderTracker(connector)
    order = InFlightOrder("mine", PAIR, OrderType.LIMIT, TradeType.BUY, ONE, 1.0, PRICE, "theirs", OrderState.OPEN)
    tracker.start_tracking_order(order)
    fee = AddedToCostTradeFee()
    tracker.process_trade_update(TradeUpdate("fill", "mine", "theirs", PAIR, 1.0, PRICE, ONE, PRICE, fee))
    for state in (OrderState.FILLED, OrderState.OPEN, OrderState.FILLED):
        await tracker.process_order_update(OrderUpdate(PAIR, 1.0, state, "mine", "theirs"))
        print(f"{state.name + ':':7} is_open {order.is_open}, {connector.completed} completed event(s)")


asyncio.run(main())
PYTHON
