"""Whether an order would match one's own. Peatio does not prevent it (docs/protocol.md section 4.9). Pure."""

from collections.abc import Iterable
from decimal import Decimal

from hummingbot.connector.exchange.peatio.execution.create import Create
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.order_book import OrderBook


def crossed_order(order: Create, own_orders: Iterable[TrackedOrder], book: OrderBook | None) -> TrackedOrder | None:
    """The own resting order that `order` would match first, None where there is none.

    A market order reaches an own one where the book's other orders at better prices do not suffice; without a book
    it is taken to reach it.
    """
    is_buy = order.trade_type is TradeType.BUY
    opposite = [
        own
        for own in own_orders
        if own.trading_pair == order.trading_pair
        and own.trade_type is not order.trade_type
        and own.order_type is not OrderType.MARKET
        and own.is_open
    ]
    if not opposite:
        return None
    nearest = min(opposite, key=lambda own: own.price if is_buy else -own.price)
    if order.order_type is OrderType.MARKET:
        return nearest if _volume_before(nearest.price, is_buy, book) < order.amount else None
    crosses = order.price >= nearest.price if is_buy else order.price <= nearest.price
    return nearest if crosses else None


def _volume_before(price: Decimal, is_buy: bool, book: OrderBook | None) -> Decimal:
    """What others offer at better prices than `price`."""
    if book is None:
        return Decimal(0)
    entries = book.ask_entries() if is_buy else book.bid_entries()
    better = (entry for entry in entries if (entry.price < float(price)) is is_buy and entry.price != float(price))
    return Decimal(str(sum(entry.amount for entry in better)))
