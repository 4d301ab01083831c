"""The order book that strategies price from."""

from hummingbot.core.data_type.order_book import OrderBook


class PeatioOrderBook(OrderBook):
    """Hummingbot's book; `SyncedLevels` fills it, and counts its update ids."""
