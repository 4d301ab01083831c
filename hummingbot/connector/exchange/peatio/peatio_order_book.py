"""Book and trade messages of Ranger in Hummingbot's form."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from hummingbot.connector.exchange.peatio.peatio_errors import PeatioMessageError
from hummingbot.connector.exchange.peatio.peatio_messages import price_levels
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.data_type.order_book import OrderBook
from hummingbot.core.data_type.order_book_message import OrderBookMessage, OrderBookMessageType
from hummingbot.core.data_type.order_book_row import OrderBookRow

# A named tuple's own constructor takes twice as long.
_new_row = tuple.__new__

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

    def apply_increment(self, payload: Mapping[str, Any], update_id: int) -> None:
        """Applies the value of `MARKET.ob-inc` at once, without a message of Hummingbot's between.

        :raises PeatioMessageError: when a side is neither a pair nor a list of pairs; the book is unchanged then
        """
        bids, asks = payload.get("bids"), payload.get("asks")
        self.apply_diffs(_rows(bids, update_id) if bids else [], _rows(asks, update_id) if asks else [], update_id)

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


def _rows(side: Any, update_id: int) -> list[OrderBookRow]:
    if isinstance(side, list) and len(side) == 2 and isinstance(side[0], str):
        # What Rango sends, and all that it sends; the general way below takes twice as long.
        try:
            price, volume = float(side[0]), float(side[1] or 0)
        except (TypeError, ValueError) as error:
            raise _no_level(side) from error
        if isfinite(price) and isfinite(volume):
            return [_new_row(OrderBookRow, (price, volume, update_id))]
    return [_new_row(OrderBookRow, (*level, update_id)) for level in _numbers(price_levels(side))]


def _numbers(levels: Sequence[tuple[Any, Any]]) -> list[tuple[float, float]]:
    """Hummingbot's book counts in floats; a level that is no pair of numbers must not reach it."""
    try:
        return [(_finite(price), _finite(volume)) for price, volume in levels]
    except (TypeError, ValueError) as error:
        raise _no_level(levels) from error


def _no_level(what: Any) -> PeatioMessageError:
    return PeatioMessageError(f"A book level is a price and a volume, not {what!r:.80}")


def _finite(value: Any) -> float:
    number = float(value)
    if not isfinite(number):
        raise ValueError(f"{value!r} is not finite")
    return number
