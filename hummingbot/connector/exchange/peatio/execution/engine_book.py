"""Ends own orders that are open in the exchange's database and not in its matching engine.

An engine that loses its queue leaves such orders behind (docs/protocol.md section 6): they are never matched, and keep
their funds locked. The engine's book is public: where its increments are followed, a level that has less than our own
orders at its price lacks at least one of them.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import MessageError, RequestError
from hummingbot.connector.exchange.peatio.common.messages import ReportedState
from hummingbot.connector.exchange.peatio.execution.canceller import Canceller
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.report_handler import ReportHandler
from hummingbot.connector.exchange.peatio.execution.tracker import OrderTracker
from hummingbot.connector.exchange.peatio.order_books.counts import BookState
from hummingbot.connector.exchange.peatio.order_books.sync import BookSync
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import OrderState

# An order whose cancel was taken leaves the engine's book before its end is reported.
_RESTING = (OrderState.OPEN, OrderState.PARTIALLY_FILLED)
# Sums of floats against exact amounts.
_ROUNDING = 1 - 1e-9


class EngineBookCheck:
    """Asks for the orders that seem to be missing, and cancels those that are open."""

    def __init__(
        self, tracker: OrderTracker, report_handler: ReportHandler, canceller: Canceller, logger: logging.Logger
    ) -> None:
        self._tracker = tracker
        self._report_handler = report_handler
        self._canceller = canceller
        self._logger = logger
        self._book = EngineBook()

    async def run(self, books: Mapping[str, BookSync]) -> None:
        """Looks once."""
        for order in self._book.absent(self._tracker.active_orders.values(), books, time.monotonic()):
            executed = order.executed_amount_base
            try:
                report = await self._report_handler.fetch(order)
            except (RequestError, MessageError) as error:
                self._logger.debug(f"Whether order {order.client_order_id} is open is not known: {error}")
                continue
            self._report_handler.apply_order(order, report)
            if report.state is ReportedState.WAIT and order.is_open and order.executed_amount_base == executed:
                self._end(order)

    def _end(self, order: TrackedOrder) -> None:
        self._tracker.counts[order.trading_pair].engine_absent += 1
        self._logger.error(
            f"Order {order.client_order_id} (exchange id {order.exchange_order_id}) is open at the exchange, but the "
            f"book of its matching engine has less than this bot's orders at {order.price}: the engine lost the order, "
            "and nothing can fill it. It is cancelled."
        )
        self._canceller.start(order)


class EngineBook:
    """Compares own orders with the books, and says which have been missing for `ENGINE_ABSENT_S`. Pure.

    Nothing is said where the book cannot tell: it is not followed by increments, it is crossed or cut off before the
    order's price, it has never shown an order of ours at its price (a fork may group prices), or no increment came
    since the order went missing (the stream may be frozen).
    """

    def __init__(self) -> None:
        self._shown: set[str] = set()
        #: Since when an order is missing, and the book's sequence then.
        self._missing: dict[str, tuple[float, int]] = {}

    def absent(
        self, orders: Iterable[TrackedOrder], books: Mapping[str, BookSync], now_s: float
    ) -> list[TrackedOrder]:
        """The orders to look at. Where one of several at a price is missing, all of them: the book has only their sum.

        :param now_s: a clock that never steps
        """
        by_price: dict[str, dict[tuple[bool, float], list[TrackedOrder]]] = defaultdict(lambda: defaultdict(list))
        for order in orders:
            is_resting = order.current_state in _RESTING and order.seen_live_event.is_set()
            if is_resting and order.order_type is not OrderType.MARKET:
                level = order.trade_type is TradeType.BUY, float(order.price)
                by_price[order.trading_pair][level].append(order)
        missing: dict[str, tuple[float, int]] = {}
        late = []
        for pair, levels in by_price.items():
            book = books.get(pair)
            if book is None or not _tells(book):
                continue
            volumes = _volumes(book, set(levels))
            for (is_bid, price), own in levels.items():
                if not _is_known(book, is_bid, price):
                    continue
                left = sum((order.amount - order.executed_amount_base for order in own), Decimal(0))
                if volumes.get((is_bid, price), 0.0) >= float(left) * _ROUNDING:
                    self._shown.add(pair)
                    continue
                for order in own:
                    since_s, sequence = self._missing.get(order.client_order_id, (now_s, book.sequence))
                    missing[order.client_order_id] = since_s, sequence
                    is_late = now_s - since_s >= CONSTANTS.ENGINE_ABSENT_S and book.sequence > sequence
                    if is_late and pair in self._shown:
                        late.append(order)
        self._missing = missing
        return late


def _tells(book: BookSync) -> bool:
    return book.state is BookState.FOLLOWING and book.whole_book_s is None and not book.levels.is_crossed


def _is_known(book: BookSync, is_bid: bool, price: float) -> bool:
    lowest_bid, highest_ask = book.levels.edges
    return price > lowest_bid if is_bid else price < highest_ask


def _volumes(book: BookSync, levels: set[tuple[bool, float]]) -> dict[tuple[bool, float], float]:
    """What the book has at these levels."""
    volumes = {}
    for is_bid, rows in ((True, book.levels.bids()), (False, book.levels.asks())):
        left = {price for is_bid_too, price in levels if is_bid_too is is_bid}
        for row in rows:
            if not left:
                break
            if row.price in left:
                left.remove(row.price)
                volumes[is_bid, float(row.price)] = float(row.amount)
    return volumes
