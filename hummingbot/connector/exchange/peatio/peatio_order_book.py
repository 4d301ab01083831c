"""Book and trade messages of Ranger in Hummingbot's form."""

from collections.abc import Mapping
from typing import Any

from hummingbot.connector.exchange.peatio.common.book_messages import float_levels, trade_event
from hummingbot.core.data_type.order_book import OrderBook
from hummingbot.core.data_type.order_book_message import OrderBookMessage, OrderBookMessageType


class PeatioOrderBook(OrderBook):
    """Hummingbot's book, and the messages from which Hummingbot's own tracker fills it.

    `update_id` is the caller's own counter, never Peatio's sequence: that starts again at 1 with the engine, and
    Hummingbot drops whatever counts lower than the last snapshot.
    """

    @classmethod
    def snapshot_message_from_exchange(
        cls, payload: Mapping[str, Any], trading_pair: str, update_id: int, timestamp_s: float
    ) -> OrderBookMessage:
        """:param payload: the value of `MARKET.ob-snap`, or REST depth

        :raises MessageError: when a side is no list of levels
        """
        return cls._book_message(OrderBookMessageType.SNAPSHOT, payload, trading_pair, update_id, timestamp_s)

    @classmethod
    def diff_message_from_exchange(
        cls, payload: Mapping[str, Any], trading_pair: str, update_id: int, timestamp_s: float
    ) -> OrderBookMessage:
        """:param payload: the value of `MARKET.ob-inc`: one side, absolute volumes, "" for a removal

        :raises MessageError: when a side is neither a pair nor a list of pairs
        """
        return cls._book_message(OrderBookMessageType.DIFF, payload, trading_pair, update_id, timestamp_s)

    @classmethod
    def trade_message_from_exchange(cls, payload: Mapping[str, Any], trading_pair: str) -> OrderBookMessage:
        """:param payload: one entry of the list in `MARKET.trades`

        :raises MessageError: when a field is missing
        """
        trade = trade_event(payload, trading_pair)
        content = {
            "trading_pair": trading_pair,
            "trade_type": float(trade.type.value),
            "trade_id": trade.trade_id,
            "update_id": trade.trade_id,
            "price": trade.price,
            "amount": trade.amount,
        }
        return OrderBookMessage(OrderBookMessageType.TRADE, content, trade.timestamp)

    @staticmethod
    def _book_message(
        kind: OrderBookMessageType, payload: Mapping[str, Any], trading_pair: str, update_id: int, timestamp_s: float
    ) -> OrderBookMessage:
        content = {
            "trading_pair": trading_pair,
            "update_id": update_id,
            "bids": float_levels(payload.get("bids")),
            "asks": float_levels(payload.get("asks")),
        }
        return OrderBookMessage(kind, content, timestamp_s)
