"""The levels of one Hummingbot order book, as the exchange reported them."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from math import inf
from typing import Any

from hummingbot.connector.exchange.peatio.common.book_messages import float_levels
from hummingbot.connector.exchange.peatio.common.errors import CrossedBookError
from hummingbot.core.data_type.order_book import OrderBook
from hummingbot.core.data_type.order_book_row import OrderBookRow
from hummingbot.core.event.events import OrderBookTradeEvent

# A named tuple's own constructor takes twice as long.
_new_row = tuple.__new__


class UpdateIds:
    """Numbers the changes of books, for all books of a tracker: they rise for as long as the process lives.

    Peatio's sequences do not: they start again at 1 with the engine, while Hummingbot drops what counts lower than the
    last snapshot.
    """

    def __init__(self) -> None:
        self._last = 0

    def take(self, count: int = 1) -> int:
        """The number of the last of the next `count` changes."""
        self._last += count
        return self._last


class SyncedLevels:
    """Applies snapshots and increments to a book, and keeps what a Hummingbot book cannot hold.

    Works with every kind of `OrderBook`, that of paper trade included, through the methods of `OrderBook` alone.

    **Cut sides.** A snapshot ends after so many levels. What lies beyond the last one is unknown, not empty, and what
    increments say of it is left out: a level out there may have unknown ones before it.

    **Crossed books.** Hummingbot's book takes a level out when a newer one of the other side crosses it, although the
    exchange never reported that it is gone. Such levels are hidden and come back when nothing crosses them any more.

    **Levels that come together.** `add_level` collects, `apply_added` hands all of them to the book in one call: most
    of what a call costs does not depend on the number of levels. Every other method applies first what was added.

    :param update_ids: what Hummingbot's update ids come from
    """

    def __init__(self, book: OrderBook, update_ids: UpdateIds | None = None) -> None:
        self._book = book
        self._next_update_id = (update_ids or UpdateIds()).take
        # The newest volume of each price that was added and is not in the book yet, and how many levels were added.
        self._added_bids: dict[float, float] = {}
        self._added_asks: dict[float, float] = {}
        self._added = 0
        # The worst price up to which a side is known; infinite where its snapshot was not cut.
        self._bid_edge, self._ask_edge = -inf, inf
        # No bid is higher and no ask is lower than these. They may be far off, which costs a look, not an error.
        self._bid_bound, self._ask_bound = -inf, inf
        self._hidden_bids: dict[float, float] = {}
        self._hidden_asks: dict[float, float] = {}

    @property
    def is_crossed(self) -> bool:
        """Whether, as the exchange reported it, the best bid is not below the best ask."""
        return bool(self._hidden_bids or self._hidden_asks)

    @property
    def is_depleted(self) -> bool:
        """Whether no known level is left on a side whose snapshot was cut: its best price is unknown."""
        return (self._bid_edge > -inf and self.best(is_bid=True) is None) or (
            self._ask_edge < inf and self.best(is_bid=False) is None
        )

    @property
    def edges(self) -> tuple[float, float]:
        """The lowest bid and the highest ask price up to which the book is known."""
        return self._bid_edge, self._ask_edge

    # A book of paper trade overrides these two, to take its own fills out of what the exchange reported.

    def bids(self) -> Iterator[OrderBookRow]:
        """Best first, without the hidden ones."""
        self.apply_added()
        rows: Iterator[OrderBookRow] = OrderBook.bid_entries(self._book)
        return rows

    def asks(self) -> Iterator[OrderBookRow]:
        """Best first, without the hidden ones."""
        self.apply_added()
        rows: Iterator[OrderBookRow] = OrderBook.ask_entries(self._book)
        return rows

    def best(self, is_bid: bool) -> float | None:
        """The best price of a side, None where it is empty."""
        row = next(self.bids() if is_bid else self.asks(), None)
        return None if row is None else float(row.price)

    def best_reported(self, is_bid: bool) -> float | None:
        """The best price of a side as the exchange reported it, hidden levels included; None where it is empty."""
        hidden = self._hidden_bids if is_bid else self._hidden_asks
        prices = [price for price in (self.best(is_bid), *hidden) if price is not None]
        return (max if is_bid else min)(prices, default=None)

    def start_from(self, payload: Mapping[str, Any], level_limit: int) -> None:
        """Holds what a snapshot, a whole book or REST depth contains, and nothing else.

        :param level_limit: how many levels a side has at most; one with so many was cut
        :raises MessageError: when a side is no list of levels, or the best bid is not below the best ask; the
            book is unchanged then
        """
        # Hummingbot's book would keep a level without volume.
        bids = [level for level in float_levels(payload.get("bids")) if level[1] > 0]
        asks = [level for level in float_levels(payload.get("asks")) if level[1] > 0]
        best_bid = max((price for price, _ in bids), default=-inf)
        best_ask = min((price for price, _ in asks), default=inf)
        if best_bid >= best_ask:
            raise CrossedBookError(f"its best bid {best_bid} is not below its best ask {best_ask}")
        self.apply_added()
        update_id = self._next_update_id()
        self._book.apply_snapshot(_rows(bids, update_id), _rows(asks, update_id), update_id)
        self._bid_edge = min(price for price, _ in bids) if len(bids) >= level_limit else -inf
        self._ask_edge = max(price for price, _ in asks) if len(asks) >= level_limit else inf
        self._bid_bound, self._ask_bound = best_bid, best_ask
        self._hidden_bids, self._hidden_asks = {}, {}

    def clear(self) -> None:
        """Holds nothing."""
        self.start_from({}, 1)

    def copy(self) -> "SyncedLevels":
        """The same levels in a book of their own, without the hidden ones."""
        made, book = SyncedLevels(OrderBook()), self._book
        bids, asks = list(self.bids()), list(self.asks())
        made._book.apply_snapshot(bids, asks, book.last_diff_uid)
        made._bid_edge, made._ask_edge = self.edges
        return made

    def apply_increment(self, payload: Mapping[str, Any]) -> None:
        """Applies the value of `MARKET.ob-inc`: absolute volumes, "" for a removal.

        :raises MessageError: when a side is neither a pair nor a list of pairs; the book is unchanged then
        """
        bids, asks = float_levels(payload.get("bids")), float_levels(payload.get("asks"))
        if len(bids) + len(asks) == 1:
            price, volume = (bids or asks)[0]
            if self.add_level(bool(bids), price, volume):
                self.apply_added()
                return
        self.apply_added()
        update_id = self._next_update_id()
        self._apply_and_hide(_rows(bids, update_id), _rows(asks, update_id), update_id)

    def add_level(self, is_bid: bool, price: float, volume: float) -> bool:
        """The ordinary increment: one level that crosses nothing and lies within what is known.

        It is in the book after `apply_added`. Of several with the same price the last one counts; as no two of them
        cross, their order does not matter otherwise.

        :return: False, and nothing is added, where it is another
        """
        if is_bid:
            if not self._bid_edge <= price < self._ask_bound:
                return False
            if price > self._bid_bound:
                self._bid_bound = price
            self._added_bids[price] = volume
        else:
            if not self._bid_bound < price <= self._ask_edge:
                return False
            if price < self._ask_bound:
                self._ask_bound = price
            self._added_asks[price] = volume
        self._added += 1
        return True

    def apply_added(self) -> int:
        """Hands the added levels to the book; how many they were, those that a later one replaced included."""
        count = self._added
        if count:
            self._added = 0
            update_id = self._next_update_id(count)
            bids, asks = _rows(self._added_bids.items(), update_id), _rows(self._added_asks.items(), update_id)
            self._added_bids.clear()
            self._added_asks.clear()
            self._book.apply_diffs(bids, asks, update_id)
        return count

    def apply_trade(self, trade: OrderBookTradeEvent) -> None:
        """Hands a public trade to the book's listeners; the levels stay."""
        self.apply_added()
        self._book.apply_trade(trade)

    def _apply_and_hide(self, bids: list[OrderBookRow], asks: list[OrderBookRow], update_id: int) -> None:
        bids = [row for row in bids if row.price >= self._bid_edge]
        asks = [row for row in asks if row.price <= self._ask_edge]
        for row in bids:
            self._hidden_bids.pop(row.price, None)
        for row in asks:
            self._hidden_asks.pop(row.price, None)
        # Side after side, so that it is clear which of two levels is the newer one.
        best_bid = max((row.price for row in bids if row.amount > 0), default=-inf)
        crossed = takewhile(lambda row: row.price <= best_bid, self.asks())
        self._hidden_asks |= {row.price: row.amount for row in crossed}
        self._book.apply_diffs(bids, [], update_id)
        best_ask = min((row.price for row in asks if row.amount > 0), default=inf)
        crossed = takewhile(lambda row: row.price >= best_ask, self.bids())
        self._hidden_bids |= {row.price: row.amount for row in crossed}
        self._book.apply_diffs([], asks, update_id)
        self._show_uncrossed(update_id)
        self._find_bounds()

    def _show_uncrossed(self, update_id: int) -> None:
        best_bid = self.best(is_bid=True)
        asks = {price: hidden for price, hidden in self._hidden_asks.items() if best_bid is None or price > best_bid}
        self._book.apply_diffs([], _rows(asks.items(), update_id), update_id)
        best_ask = self.best(is_bid=False)
        bids = {price: hidden for price, hidden in self._hidden_bids.items() if best_ask is None or price < best_ask}
        self._book.apply_diffs(_rows(bids.items(), update_id), [], update_id)
        for price in asks:
            del self._hidden_asks[price]
        for price in bids:
            del self._hidden_bids[price]

    def _find_bounds(self) -> None:
        if self.is_crossed:
            self._bid_bound, self._ask_bound = inf, -inf  # no increment is an ordinary one now
            return
        best_bid, best_ask = self.best(is_bid=True), self.best(is_bid=False)
        self._bid_bound = -inf if best_bid is None else best_bid
        self._ask_bound = inf if best_ask is None else best_ask


def _rows(levels: Iterable[tuple[float, float]], update_id: int) -> list[OrderBookRow]:
    return [_new_row(OrderBookRow, (price, volume, update_id)) for price, volume in levels]
