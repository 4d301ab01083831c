"""Book and trade messages of Ranger in Hummingbot's form."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from hummingbot.connector.exchange.peatio.peatio_errors import PeatioMessageError
from hummingbot.connector.exchange.peatio.peatio_messages import price_levels
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.data_type.order_book import OrderBook
from hummingbot.core.data_type.order_book_message import OrderBookMessage, OrderBookMessageType

_TRADE_TYPES = {"buy": TradeType.BUY, "sell": TradeType.SELL}


class PeatioOrderBook(OrderBook):
    """A book of one market.

    `update_id` is the caller's own counter, never Peatio's sequence: that starts again at 1 with the engine, and
    Hummingbot drops whatever counts lower than the last snapshot.
    """

    @classmethod
    def snapshot_message_from_exchange(
        cls, payload: Mapping[str, Any], trading_pair: str, update_id: int, timestamp_s: float
    ) -> OrderBookMessage:
        """:param payload: the value of `MARKET.ob-snap`, or REST depth

        :raises PeatioMessageError: when a side is no list of levels
        """
        return cls._book_message(OrderBookMessageType.SNAPSHOT, payload, trading_pair, update_id, timestamp_s)

    @classmethod
    def diff_message_from_exchange(
        cls, payload: Mapping[str, Any], trading_pair: str, update_id: int, timestamp_s: float
    ) -> OrderBookMessage:
        """:param payload: the value of `MARKET.ob-inc`: one side, absolute volumes, "" for a removal

        :raises PeatioMessageError: when a side is neither a pair nor a list of pairs
        """
        return cls._book_message(OrderBookMessageType.DIFF, payload, trading_pair, update_id, timestamp_s)

    @classmethod
    def trade_message_from_exchange(cls, payload: Mapping[str, Any], trading_pair: str) -> OrderBookMessage:
        """:param payload: one entry of the list in `MARKET.trades`

        :raises PeatioMessageError: when a field is missing
        """
        try:
            trade_type = _TRADE_TYPES[payload["taker_type"]]
            content = {
                "trading_pair": trading_pair,
                "trade_type": float(trade_type.value),
                "trade_id": payload["tid"],
                "update_id": payload["tid"],
                "price": _finite(payload["price"]),
                "amount": _finite(payload["amount"]),
            }
            return OrderBookMessage(OrderBookMessageType.TRADE, content, float(payload["date"]))
        except (KeyError, TypeError, ValueError) as error:
            raise PeatioMessageError(f"A public trade cannot be read: {payload!r:.200}") from error

    @staticmethod
    def _book_message(
        kind: OrderBookMessageType, payload: Mapping[str, Any], trading_pair: str, update_id: int, timestamp_s: float
    ) -> OrderBookMessage:
        content = {
            "trading_pair": trading_pair,
            "update_id": update_id,
            "bids": _numbers(price_levels(payload.get("bids"))),
            "asks": _numbers(price_levels(payload.get("asks"))),
        }
        return OrderBookMessage(kind, content, timestamp_s)


def _numbers(levels: Sequence[tuple[Any, Any]]) -> list[tuple[float, float]]:
    """Hummingbot's book counts in floats; a level that is no pair of numbers must not reach it."""
    try:
        return [(_finite(price), _finite(volume)) for price, volume in levels]
    except (TypeError, ValueError) as error:
        raise PeatioMessageError(f"A book level is a price and a volume, not {levels!r:.80}") from error


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is not finite")
    return number
