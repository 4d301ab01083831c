#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: a hanging order that reaches `max_order_age` is renewed with what is left of it.
# What happens: it is renewed with the amount that it had when it was new, as often as it comes to that age: what it has
# filled is bought or sold again. If an order of 1 is filled by 0.9 each time, 0.9 more are bought each time.
#
# Observed:
#   hanging: buy 1
#   filled by 0.9, then too old: cancelled, and placed again for 1
#   filled by 0.9, then too old: cancelled, and placed again for 1
#   filled by 0.9, then too old: cancelled, and placed again for 1
#   bought 2.7 of 1, and 1 more is asked for
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
import logging
from decimal import Decimal
from types import SimpleNamespace

from hummingbot.core.data_type.limit_order import LimitOrder
from hummingbot.logger import HummingbotLogger
from hummingbot.strategy.hanging_orders_tracker import HangingOrdersTracker

logging.disable()
HummingbotLogger.notify = lambda *_: None


class Strategy:
    """As much of a strategy as the tracker of its hanging orders reads; it has one order at a time."""

    trading_pair, max_order_age, order_refresh_time, current_timestamp = "BAY-USD", 60.0, 30.0, 0.0
    market_info = SimpleNamespace(market=SimpleNamespace(get_maker_order_type=lambda: None))

    def __init__(self) -> None:
        self.active_orders: list[LimitOrder] = []
        self.cancelled: list[str] = []
        self.bought = Decimal(0)
        self._count = 0

    def get_price(self) -> Decimal:
        return Decimal(100)

    def buy_with_specific_market(self, _market: object, amount: Decimal, price: Decimal, **_: object) -> str:
        self._count += 1
        self._set(str(self._count), price, amount, Decimal(0))
        return self.active_orders[0].client_order_id

    def cancel_order(self, order_id: str) -> None:
        self.cancelled.append(order_id)

    def fill(self, part: Decimal) -> None:
        """Has the open order filled by that much."""
        order = self.active_orders[0]
        self._set(order.client_order_id, order.price, order.quantity, part)
        self.bought += part

    def _set(self, order_id: str, price: Decimal, amount: Decimal, filled: Decimal) -> None:
        created = int(self.current_timestamp * 1e6)
        self.active_orders = [
            LimitOrder(order_id, "BAY-USD", True, "BAY", "USD", price, amount, filled, creation_timestamp=created)
        ]


strategy = Strategy()
strategy.current_timestamp = 1.0
strategy.buy_with_specific_market(None, Decimal(1), Decimal(99))
tracker = HangingOrdersTracker(strategy)
tracker.add_as_hanging_order(strategy.active_orders[0])
tracker.update_strategy_orders_with_equivalent_orders()
print(f"hanging: buy {strategy.active_orders[0].quantity}")
for _ in range(3):
    strategy.fill(Decimal("0.9"))
    strategy.current_timestamp += 61
    tracker.process_tick()
    cancelled = strategy.cancelled.pop()
    assert cancelled == strategy.active_orders[0].client_order_id
    strategy.active_orders = []
    tracker._did_cancel_order(0, None, SimpleNamespace(order_id=cancelled))
    tracker.update_strategy_orders_with_equivalent_orders()
    print(f"filled by 0.9, then too old: cancelled, and placed again for {strategy.active_orders[0].quantity}")
print(f"bought {strategy.bought} of 1, and {strategy.active_orders[0].quantity} more is asked for")
PYTHON
