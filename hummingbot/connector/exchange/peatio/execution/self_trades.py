"""Whether an order would match one's own. Peatio does not prevent it (docs/protocol.md section 4.9). Pure."""

from collections.abc import Iterable
from decimal import Decimal

from hummingbot.connector.exchange.peatio.execution.create import Create
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.order_book import OrderBook


def crossed_orders(order: Create, own_orders: Iterable[TrackedOrder], book: OrderBook | None) -> list[TrackedOrder]:
    """The own orders that `order` would match, the first in front.

    A market order reaches an own one where what others offer at better prices does not suffice; without a book it is
    taken to reach it. An own market order matches any limit order of the other side.
    """
    is_buy, is_market = order.trade_type is TradeType.BUY, order.order_type is OrderType.MARKET
    opposite = [
        own
        for own in own_orders
        if own.trading_pair == order.trading_pair and own.trade_type is not order.trade_type and own.is_open
    ]
    limits = [own for own in opposite if own.order_type is not OrderType.MARKET]
    limits.sort(key=lambda own: own.price if is_buy else -own.price)
    if is_market:
        return [own for own in limits if _others_before(own, limits, is_buy, book) < order.amount]
    crossed = [own for own in limits if (order.price >= own.price if is_buy else order.price <= own.price)]
    return [own for own in opposite if own.order_type is OrderType.MARKET] + crossed


def _others_before(own: TrackedOrder, limits: list[TrackedOrder], is_buy: bool, book: OrderBook | None) -> Decimal:
    """What others offer at better prices than that of `own`. The book has our own orders as well."""
    if book is None:
        return Decimal(0)
    price = float(own.price)
    entries = book.ask_entries() if is_buy else book.bid_entries()
    offered = sum(entry.amount for entry in entries if (entry.price < price if is_buy else entry.price > price))
    better = (other for other in limits if (other.price < own.price if is_buy else other.price > own.price))
    return Decimal(str(offered)) - sum((other.amount - other.executed_amount_base for other in better), Decimal(0))
