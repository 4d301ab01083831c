"""The copies of limit orders that a V1 strategy or a script keeps, after a resize.

Hummingbot's `OrderTracker` of a strategy copies each limit order when it is placed, and there is no event for a size
that changes. Strategies add up these copies: `pure_market_making` counts them as funds for its next orders.
"""

from collections.abc import Iterable, MutableMapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hummingbot.core.data_type.limit_order import LimitOrder


def resize_copies(strategy: Any, client_order_id: str, amount: Decimal) -> None:
    """Lets the strategy's copies of the order have another size.

    :param strategy: the running one; None where there is none
    """
    tracker = getattr(strategy, "order_tracker", None)
    if tracker is None:
        return
    copy = _copy_in(tracker.tracked_limit_orders_map.values(), client_order_id)
    if copy is None:
        return
    resized = _resized(copy, amount)
    for orders in (*tracker.tracked_limit_orders_map.values(), *tracker.get_shadow_limit_orders().values()):
        if client_order_id in orders:
            orders[client_order_id] = resized
    hanging = getattr(strategy, "hanging_orders_tracker", None)
    if hanging is not None:
        _resize_hanging(hanging, resized)


def _copy_in(maps: Iterable[MutableMapping[str, LimitOrder]], client_order_id: str) -> LimitOrder | None:
    return next((orders[client_order_id] for orders in maps if client_order_id in orders), None)


def _resized(order: LimitOrder, amount: Decimal) -> LimitOrder:
    return LimitOrder(
        order.client_order_id,
        order.trading_pair,
        order.is_buy,
        order.base_currency,
        order.quote_currency,
        order.price,
        amount,
        order.filled_quantity,
        order.creation_timestamp,
        order.status,
        order.position,
    )


def _resize_hanging(tracker: Any, resized: LimitOrder) -> None:
    """Changes the order in all lists: the tracker cancels and creates orders where the lists differ."""
    key = resized.client_order_id
    for pair in tracker.current_created_pairs_of_orders:
        for side in ("buy_order", "sell_order"):
            order = getattr(pair, side)
            if order is not None and order.client_order_id == key:
                setattr(pair, side, resized)
    for order in [order for order in tracker.original_orders if order.client_order_id == key]:
        tracker.original_orders.remove(order)
        tracker.original_orders.add(resized)
    for orders in (tracker.strategy_current_hanging_orders, tracker.orders_being_renewed):
        for hanging in [hanging for hanging in orders if hanging.order_id == key]:
            orders.remove(hanging)
            orders.add(replace(hanging, amount=resized.quantity))
