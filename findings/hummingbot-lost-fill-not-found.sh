#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: a fill that the stream lost is found by the next poll of REST, which exists for that.
# What happens: the poll asks for the fills of open orders, and of those that ended in the last 30 s. While the stream
# is alive it comes every 120 s. So for an order that ended in the first 90 s after a poll nobody asks: its lost fill
# is in no history and in no profit, though it is in the balances.
#
# Observed:
#   order cancelled at 150 s, 90 s before the poll: its lost fill is not reported
#   order cancelled at 200 s, 40 s before the poll: its lost fill is not reported
#   order cancelled at 220 s, 20 s before the poll: its lost fill is reported
#   polls at 120 s, 240 s, 360 s
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
import asyncio
import logging
from decimal import Decimal
from types import SimpleNamespace

from cachetools import TTLCache

from hummingbot.connector.client_order_tracker import ClientOrderTracker
from hummingbot.connector.exchange_py_base import ExchangePyBase
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder, OrderState, OrderUpdate, TradeUpdate
from hummingbot.core.data_type.trade_fee import AddedToCostTradeFee

logging.disable()

PAIR, ONE, PART, PRICE = "BTC-USD", Decimal(1), Decimal("0.4"), Decimal(30000)


class Connector(ExchangePyBase):
    """As much of a connector as its polls need; each order has a fill that only REST tells."""

    name = "some"

    def __init__(self) -> None:
        self.now = self._last_timestamp = self._last_poll_timestamp = 0.0
        self.reported: list[str] = []
        self._poll_notifier = asyncio.Event()
        self._user_stream_tracker = SimpleNamespace(last_recv_time=0.0)
        tracker = self._order_tracker = ClientOrderTracker(self)
        tracker._cached_orders = TTLCache(tracker.MAX_CACHE_SIZE, tracker.CACHED_ORDER_TTL, timer=lambda: self.now)

    @property
    def current_timestamp(self) -> float:
        return self.now

    async def _all_trade_updates_for_order(self, order: InFlightOrder) -> list[TradeUpdate]:
        mine, fee = order.client_order_id, AddedToCostTradeFee()
        return [TradeUpdate("fill of " + mine, mine, "theirs", PAIR, 1.0, PRICE, PART, PRICE * PART, fee)]

    async def _update_all_balances(self) -> None:
        pass

    async def _update_time_synchronizer(self, pass_on_non_cancelled_error: bool = False) -> None:
        pass

    def trigger_event(self, tag, event) -> None:
        if tag.name == "OrderFilled":
            self.reported.append(event.order_id)


Connector.__abstractmethods__ = frozenset()


async def main() -> None:
    connector = Connector()
    polling = asyncio.create_task(connector._status_polling_loop())
    polls = []
    for second in range(1, 361):
        # A message of the stream comes every second, so that the long interval of polls counts.
        connector.now = connector._user_stream_tracker.last_recv_time = float(second)
        if second in (150, 200, 220):
            connector._order_tracker.start_tracking_order(InFlightOrder(
                str(second), PAIR, OrderType.LIMIT, TradeType.BUY, ONE, 1.0, PRICE, "theirs", OrderState.OPEN,
            ))
            await connector._order_tracker.process_order_update(
                OrderUpdate(PAIR, connector.now, OrderState.CANCELED, str(second))
            )
        connector.tick(connector.now)
        for _ in range(10):
            await asyncio.sleep(0)
        if connector._last_poll_timestamp == second:
            polls.append(f"{second} s")
    polling.cancel()
    for second in (150, 200, 220):
        outcome = "reported" if str(second) in connector.reported else "not reported"
        print(f"order cancelled at {second} s, {240 - second} s before the poll: its lost fill is {outcome}")
    print("polls at", ", ".join(polls))


asyncio.run(main())
PYTHON
