"""Compares the exchange's database with the book of its matching engine, which is public.

An engine that loses its queue leaves orders open in the database that it does not have (docs/protocol.md section 6):
they are never matched, and keep their funds locked. Where the book's increments are followed, a level that has less
than our own orders at its price lacks at least one of them. Those are cancelled.

A trade executor that submits an order again behind its cancel leaves a cancelled order in the engine (section 4.4),
which others can hit. A level that has more than our own orders at its price may have it, or orders of others: the order
is cancelled once more, which does no harm.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from decimal import Decimal

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import MessageError, RequestError
from hummingbot.connector.exchange.peatio.common.messages import ReportedState
from hummingbot.connector.exchange.peatio.common.tasks import Tasks
from hummingbot.connector.exchange.peatio.execution.canceller import Canceller
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.report_handler import ReportHandler
from hummingbot.connector.exchange.peatio.execution.second_cancel import SecondCancels
from hummingbot.connector.exchange.peatio.execution.tracker import OrderTracker
from hummingbot.connector.exchange.peatio.order_books.counts import BookState
from hummingbot.connector.exchange.peatio.order_books.sync import BookSync
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import OrderState

# An order whose cancel was taken leaves the engine's book before its end is reported.
_RESTING = (OrderState.OPEN, OrderState.PARTIALLY_FILLED)
# Sums of floats against exact amounts.
_ROUNDING = 1 - 1e-9

#: Whether it is a bid, and its price.
_Level = tuple[bool, float]


class EngineBookCheck:
    """Asks for the orders that seem to be missing, and cancels those that are open. Cancels those that have ended and
    seem to be left once more."""

    def __init__(
        self,
        tracker: OrderTracker,
        report_handler: ReportHandler,
        canceller: Canceller,
        second_cancels: SecondCancels,
        books: Callable[[], Mapping[str, BookSync]],
        tasks: Tasks,
        sleep: Callable[[float], Awaitable[None]],
        logger: logging.Logger,
    ) -> None:
        self._tracker = tracker
        self._report_handler = report_handler
        self._canceller = canceller
        self._second_cancels = second_cancels
        self._books = books
        self._tasks = tasks
        self._sleep = sleep
        self._logger = logger
        self._book = EngineBook()
        self._task: asyncio.Task[None] | None = None

    def tick(self) -> None:
        """The connector's clock ticked: the comparison runs from the first tick on, and again after a stop."""
        if self._task is None or self._task.done():
            self._task = self._tasks.start_persistent(self._repeat, "comparison with the engine's book", self._sleep)

    async def _repeat(self) -> None:
        while True:
            await self.run()
            await self._sleep(CONSTANTS.ENGINE_CHECK_S)

    async def run(self) -> None:
        """Looks once."""
        books = self._books()
        self._look_for_ghosts(books)
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

    def _look_for_ghosts(self, books: Mapping[str, BookSync]) -> None:
        unseen = self._second_cancels.unseen()
        if not unseen:
            return
        own = _by_level(self._tracker.active_orders.values())
        for intent in unseen:
            assert intent.price is not None  # no market order stays in the engine's book
            level = intent.is_buy, float(intent.price)
            has_more = _has_more(books.get(intent.trading_pair), level, own[intent.trading_pair].get(level, ()))
            if has_more is not None:
                self._second_cancels.on_seen(intent.client_order_id, has_more)

    def _end(self, order: TrackedOrder) -> None:
        self._tracker.counts[order.trading_pair].engine_absent += 1
        self._logger.error(
            f"Order {order.client_order_id} (exchange id {order.exchange_order_id}) is open at the exchange, but the "
            f"book of its matching engine has less than this bot's orders at {order.price}: the engine lost the order, "
            "and nothing can fill it. It is cancelled."
        )
        self._canceller.start(order)


class EngineBook:
    """Compares own orders with the books, and reports which have been missing for `ENGINE_ABSENT_S`. Pure.

    Nothing is reported where the book cannot show it: it is not followed by increments, it is crossed or cut off before
    the order's price, it has never shown an order of ours at its price (a fork may group prices), or no increment came
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
        missing: dict[str, tuple[float, int]] = {}
        late = []
        for pair, levels in _by_level(orders).items():
            book = books.get(pair)
            if book is None or not _tells(book):
                continue
            volumes = _volumes(book, set(levels))
            for (is_bid, price), own in levels.items():
                if not _is_known(book, is_bid, price):
                    continue
                if volumes.get((is_bid, price), 0.0) >= _left(own) * _ROUNDING:
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


def _by_level(orders: Iterable[TrackedOrder]) -> dict[str, dict[_Level, list[TrackedOrder]]]:
    """The resting ones, by trading pair and level."""
    by_level: dict[str, dict[_Level, list[TrackedOrder]]] = defaultdict(lambda: defaultdict(list))
    for order in orders:
        is_resting = order.current_state in _RESTING and order.seen_live_event.is_set()
        if is_resting and order.order_type is not OrderType.MARKET:
            by_level[order.trading_pair][order.trade_type is TradeType.BUY, float(order.price)].append(order)
    return by_level


def _left(orders: Iterable[TrackedOrder]) -> float:
    """What is still to be filled of these orders."""
    return float(sum((order.amount - order.executed_amount_base for order in orders), Decimal(0)))


def _has_more(book: BookSync | None, level: _Level, own: Iterable[TrackedOrder]) -> bool | None:
    """Whether the book has more at a level than these orders; None where it cannot tell now."""
    if book is None or not _tells(book) or not _is_known(book, *level):
        return None
    return _volumes(book, {level}).get(level, 0.0) * _ROUNDING > _left(own)


def _tells(book: BookSync) -> bool:
    return book.state is BookState.FOLLOWING and book.whole_book_s is None and not book.levels.is_crossed


def _is_known(book: BookSync, is_bid: bool, price: float) -> bool:
    lowest_bid, highest_ask = book.levels.edges
    return price > lowest_bid if is_bid else price < highest_ask


def _volumes(book: BookSync, levels: set[_Level]) -> dict[_Level, float]:
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
