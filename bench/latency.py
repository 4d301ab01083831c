"""From a private trade frame to Hummingbot's event, and from `buy()` to the request on the wire."""

import asyncio
import statistics
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.event.event_forwarder import EventForwarder
from hummingbot.core.event.events import MarketEvent

from bench import wire
from bench.profiles import measured
from bench.server import ServerOptions
from bench.stamps import Instant, StampingSelector, noting_writes, run_stamped
from bench.subjects import is_open, place_orders, running_connector, until

#: Open while fills come in.
OPEN_ORDERS = 10
#: Left out: imports and caches of the first times.
WARM_UP = 5
#: What a first event leaves to do before the next is measured.
PAUSE_S = 0.004


def measure_fills(subject: str, fills: int, closed_orders: int) -> dict[str, float]:
    """:param closed_orders: how many recently closed orders Hummingbot's tracker still keeps"""
    return _medians(run_stamped(lambda selector: _fills(subject, fills, closed_orders, selector), StampingSelector))


def measure_orders(subject: str, orders: int) -> dict[str, float]:
    """:param orders: how many are placed; binance's limit is 100 in ten seconds"""
    return _medians(asyncio.run(_orders(subject, orders)))


async def _fills(subject: str, fills: int, closed_orders: int, selector: StampingSelector) -> list[Instant]:
    taken: list[Instant] = []
    forwarder = EventForwarder(lambda _: taken.append(_since(selector.ready_at)))
    async with running_connector(subject, ServerOptions()) as (connector, server):
        await until(lambda: connector.ready, "the connector is ready")
        (pair,) = wire.trading_pairs(1)
        ids = await place_orders(connector, [pair], OPEN_ORDERS)
        _close_orders(connector, pair, closed_orders)
        connector.add_listener(MarketEvent.OrderFilled, forwarder)
        exchange_ids = [connector.in_flight_orders[order_id].exchange_order_id for order_id in ids]
        with measured():
            for number in range(fills + WARM_UP):
                server.command(f"fill {exchange_ids[number % OPEN_ORDERS]}")
                await until(partial(_has, taken, number + 1), "the fill is reported", poll_s=PAUSE_S)
        kept = len(connector._order_tracker.cached_orders)
        if kept < closed_orders:
            raise RuntimeError(f"only {kept} closed orders were kept to the end")
    return taken[WARM_UP:]


def _close_orders(connector: Any, pair: str, count: int) -> None:
    for number in range(count):
        order_id = f"closed-{number}"
        price = Decimal(wire.MIDDLE)
        connector.start_tracking_order(
            order_id, f"{10**6 + number}", pair, TradeType.BUY, price, Decimal(1), OrderType.LIMIT
        )
        connector.stop_tracking_order(order_id)


async def _orders(subject: str, orders: int) -> list[Instant]:
    taken: list[Instant] = []
    asked_at: list[Instant] = []
    on_request = noting_writes(lambda data: data[:4] == b"POST", lambda: taken.append(_since(asked_at[-1])))
    async with running_connector(subject, ServerOptions()) as (connector, _):
        await until(lambda: connector.ready, "the connector is ready")
        (pair,) = wire.trading_pairs(1)
        with on_request, measured():
            for number in range(orders + WARM_UP):
                price = Decimal(wire.MIDDLE - 10 - number)
                asked_at.append(Instant.now())
                order_id = connector.buy(pair, Decimal("0.5"), OrderType.LIMIT, price)
                await until(partial(is_open, connector, order_id), "the order is open", poll_s=PAUSE_S)
    if len(taken) != len(asked_at):
        raise RuntimeError(f"{len(taken)} requests for {len(asked_at)} orders")
    return taken[WARM_UP:]


def _has(taken: list[Instant], count: int) -> bool:
    return len(taken) == count


def _since(began_at: Instant) -> Instant:
    return began_at.until(Instant.now())


def _medians(taken: Sequence[Instant]) -> dict[str, float]:
    return {
        "wall_us": statistics.median(passed.wall_s for passed in taken) * 1e6,
        "cpu_us": statistics.median(passed.cpu_s for passed in taken) * 1e6,
    }
