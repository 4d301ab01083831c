"""Book and trade messages of Ranger in Hummingbot's form, and the book they make."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from math import inf, isfinite
from typing import Any

from hummingbot.connector.exchange.peatio.common.book_messages import price_levels
from hummingbot.connector.exchange.peatio.common.errors import CrossedBookError, MessageError
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.data_type.order_book import OrderBook
from hummingbot.core.data_type.order_book_message import OrderBookMessage, OrderBookMessageType
from hummingbot.core.data_type.order_book_row import OrderBookRow
from hummingbot.core.event.events import OrderBookTradeEvent

# A named tuple's own constructor takes twice as long.
_new_row = tuple.__new__

_TRADE_TYPES = {"buy": TradeType.BUY, "sell": TradeType.SELL}


class PeatioOrderBook(OrderBook):
    """A book of one market.

    `update_id` is the caller's own counter, never Peatio's sequence: that starts again at 1 with the engine, and
    Hummingbot drops whatever counts lower than the last snapshot.

    **Cut sides.** A snapshot ends after so many levels. What lies beyond the last one is unknown, not empty, and what
    increments say of it is left out: a level out there may have unknown ones before it.

    **Crossed books.** Hummingbot's book takes a level out when a newer one of the other side crosses it, although the
    exchange never said that it is gone. Such levels are put aside and come back when nothing crosses them any more.
    """

    def __init__(self) -> None:
        super().__init__()
        # The worst price up to which a side is known; infinite where its snapshot was not cut.
        self._bid_edge, self._ask_edge = -inf, inf
        # No bid is higher and no ask is lower than these. They may be far off, which costs a look, not an error.
        self._bid_bound, self._ask_bound = -inf, inf
        self._hidden_bids: dict[float, float] = {}
        self._hidden_asks: dict[float, float] = {}

    @property
    def is_crossed(self) -> bool:
        """Whether, by what the exchange said, the best bid is not below the best ask."""
        return bool(self._hidden_bids or self._hidden_asks)

    @property
    def is_depleted(self) -> bool:
        """Whether nothing is left of a side whose snapshot was cut: its best price is one that nobody told."""
        return (self._bid_edge > -inf and self.best(is_bid=True) is None) or (
            self._ask_edge < inf and self.best(is_bid=False) is None
        )

    @property
    def edges(self) -> tuple[float, float]:
        """The lowest bid and the highest ask price up to which the book is known."""
        return self._bid_edge, self._ask_edge

    def best(self, is_bid: bool) -> float | None:
        """The best price of a side, None where it is empty."""
        entry = next(self.bid_entries() if is_bid else self.ask_entries(), None)
        return None if entry is None else float(entry.price)

    def best_reported(self, is_bid: bool) -> float | None:
        """The best price of a side by what the exchange said, levels that are put aside included."""
        put_aside = self._hidden_bids if is_bid else self._hidden_asks
        prices = [price for price in (self.best(is_bid), *put_aside) if price is not None]
        return (max if is_bid else min)(prices, default=None)

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
            raise MessageError(f"A public trade cannot be read: {payload!r:.200}") from error

    def apply_public_trade(self, payload: Mapping[str, Any], trading_pair: str) -> None:
        """Tells the listeners of the book of a trade, see `trade_message_from_exchange`.

        :raises MessageError: when a field is missing
        """
        message = self.trade_message_from_exchange(payload, trading_pair)
        is_sell = message.content["trade_type"] == float(TradeType.SELL.value)
        self.apply_trade(
            OrderBookTradeEvent(
                trading_pair=trading_pair,
                timestamp=message.timestamp,
                price=float(message.content["price"]),
                amount=float(message.content["amount"]),
                trade_id=message.trade_id,
                type=TradeType.SELL if is_sell else TradeType.BUY,
            )
        )

    def start_from(self, payload: Mapping[str, Any], update_id: int, level_limit: int) -> None:
        """Holds what `MARKET.ob-snap` or REST depth tells, and nothing else.

        :param level_limit: how many levels a side has at most; one with so many was cut
        :raises MessageError: when a side is no list of levels, or the best bid is not below the best ask; the
            book is unchanged then
        """
        bids = [OrderBookRow(*level, update_id) for level in _levels(payload.get("bids"))]
        asks = [OrderBookRow(*level, update_id) for level in _levels(payload.get("asks"))]
        best_bid = max((row.price for row in bids), default=-inf)
        best_ask = min((row.price for row in asks), default=inf)
        if best_bid >= best_ask:
            raise CrossedBookError(f"its best bid {best_bid} is not below its best ask {best_ask}")
        self.apply_snapshot(bids, asks, update_id)
        self._bid_edge = min(row.price for row in bids) if len(bids) >= level_limit else -inf
        self._ask_edge = max(row.price for row in asks) if len(asks) >= level_limit else inf
        self._bid_bound, self._ask_bound = best_bid, best_ask
        self._hidden_bids, self._hidden_asks = {}, {}

    def clear(self, update_id: int) -> None:
        """Holds nothing."""
        self.start_from({}, update_id, 1)

    def apply_increment(self, payload: Mapping[str, Any], update_id: int) -> None:
        """Applies the value of `MARKET.ob-inc` at once, without a message of Hummingbot's between.

        :raises MessageError: when a side is neither a pair nor a list of pairs; the book is unchanged then
        """
        bids, asks = payload.get("bids"), payload.get("asks")
        bid_rows = _rows(bids, update_id) if bids else []
        ask_rows = _rows(asks, update_id) if asks else []
        if len(bid_rows) + len(ask_rows) == 1:
            price, volume, _ = (bid_rows or ask_rows)[0]
            if self.apply_plain_level(bool(bid_rows), price, volume, update_id):
                return
        self._apply_with_care(bid_rows, ask_rows, update_id)

    def apply_plain_level(self, is_bid: bool, price: float, volume: float, update_id: int) -> bool:
        """The ordinary increment: one level that crosses nothing and lies within what is known, told by comparisons.

        :return: False, and the book is unchanged, where it is another
        """
        row = _new_row(OrderBookRow, (price, volume, update_id))
        if is_bid:
            if not self._bid_edge <= price < self._ask_bound:
                return False
            if price > self._bid_bound:
                self._bid_bound = price
            self.apply_diffs([row], [], update_id)
        else:
            if not self._bid_bound < price <= self._ask_edge:
                return False
            if price < self._ask_bound:
                self._ask_bound = price
            self.apply_diffs([], [row], update_id)
        return True

    def _apply_with_care(self, bids: list[OrderBookRow], asks: list[OrderBookRow], update_id: int) -> None:
        bids = [row for row in bids if row.price >= self._bid_edge]
        asks = [row for row in asks if row.price <= self._ask_edge]
        for row in bids:
            self._hidden_bids.pop(row.price, None)
        for row in asks:
            self._hidden_asks.pop(row.price, None)
        # Side after side, so that which of two is the newer one is plain.
        self._hide_asks_up_to(max((row.price for row in bids if row.amount > 0), default=-inf))
        self.apply_diffs(bids, [], update_id)
        self._hide_bids_down_to(min((row.price for row in asks if row.amount > 0), default=inf))
        self.apply_diffs([], asks, update_id)
        self._show_what_is_crossed_no_more(update_id)
        self._find_bounds()

    def _hide_asks_up_to(self, price: float) -> None:
        crossed = takewhile(lambda ask: ask.price <= price, self.ask_entries())
        self._hidden_asks.update((ask.price, ask.amount) for ask in crossed)

    def _hide_bids_down_to(self, price: float) -> None:
        crossed = takewhile(lambda bid: bid.price >= price, self.bid_entries())
        self._hidden_bids.update((bid.price, bid.amount) for bid in crossed)

    def _show_what_is_crossed_no_more(self, update_id: int) -> None:
        best_bid = self.best(is_bid=True)
        asks = [OrderBookRow(*level, update_id) for level in self._hidden_asks.items()]
        shown = [ask for ask in asks if best_bid is None or ask.price > best_bid]
        self.apply_diffs([], shown, update_id)
        best_ask = self.best(is_bid=False)
        bids = [OrderBookRow(*level, update_id) for level in self._hidden_bids.items()]
        shown_bids = [bid for bid in bids if best_ask is None or bid.price < best_ask]
        self.apply_diffs(shown_bids, [], update_id)
        for ask in shown:
            del self._hidden_asks[ask.price]
        for bid in shown_bids:
            del self._hidden_bids[bid.price]

    def _find_bounds(self) -> None:
        if self.is_crossed:
            self._bid_bound, self._ask_bound = inf, -inf  # nothing is plain now
            return
        best_bid, best_ask = self.best(is_bid=True), self.best(is_bid=False)
        self._bid_bound = -inf if best_bid is None else best_bid
        self._ask_bound = inf if best_ask is None else best_ask

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


def _levels(side: Any) -> Iterable[tuple[float, float]]:
    """The levels that are there: Hummingbot's book would keep a level of nothing."""
    return [(price, volume) for price, volume in _numbers(price_levels(side)) if volume > 0]


def _numbers(levels: Sequence[tuple[Any, Any]]) -> list[tuple[float, float]]:
    """Hummingbot's book counts in floats; a level that is no pair of numbers must not reach it."""
    try:
        return [(_finite(price), _finite(volume)) for price, volume in levels]
    except (TypeError, ValueError) as error:
        raise _no_level(levels) from error


def _no_level(what: Any) -> MessageError:
    return MessageError(f"A book level is a price and a volume, not {what!r:.80}")


def _finite(value: Any) -> float:
    number = float(value)
    if not isfinite(number):
        raise ValueError(f"{value!r} is not finite")
    return number
