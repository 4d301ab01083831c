"""Whether a connector's book has every message of its exchange.

Hummingbot's connectors go on with the book that they had when a websocket was lost, and with what comes after it:
levels that went meanwhile stay in the book, for up to an hour. The first book has such a hole too, as it is asked for
while the connection is being made. Here the book is taken over whole, from the exchange or, where the exchange sends
whole books by itself, from the connection.
"""

import asyncio
import logging
import math
import time
from collections.abc import Callable
from typing import Any

from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.connector.exchange_py_base import ExchangePyBase
from hummingbot.core.data_type.order_book import OrderBook
from hummingbot.core.data_type.order_book_message import OrderBookMessage

#: A new connection gives no more than answers to the subscriptions at first; a book asked for before these would miss
#: what happened in between.
SUBSCRIBED_AFTER_S = 1.0
#: Between two requests for the book where one failed.
RETRY_AFTER_S = 2.0
#: Where a connector keeps its connection to itself, only a silence can show that it was lost.
SILENT_S = 2.0
#: What was lost in a shorter silence does not show at all there: the book is asked for again after this time, while
#: changes come.
REFRESHED_AFTER_S = 30.0


class AskedNobodyError(Exception):
    """The connector has no request for a book: it gave what it had."""


def book_version(connector: ExchangePyBase, trading_pair: str) -> tuple[int, ...]:
    """Another one once a message changed the book; () where there is no book.

    The numbers that the book keeps of its messages are not enough: some connectors number them by the second.
    """
    book = connector.order_books.get(trading_pair)
    if book is None:
        return ()
    tracker = connector.order_book_tracker
    counts = tracker.metrics.per_pair_metrics.get(trading_pair)
    queue = tracker._tracking_message_queues.get(trading_pair)
    # Counted are messages on their way to the book.
    routed = 0 if counts is None else counts.diffs_processed + counts.snapshots_processed
    return id(book), book.snapshot_uid, book.last_diff_uid, routed - (0 if queue is None else queue.qsize())


class BookConnection:
    """
    :param logger: for a book that cannot be had
    :param now_s: a clock that never steps
    """

    def __init__(
        self,
        connector: ExchangePyBase,
        trading_pair: str,
        logger: logging.Logger,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connector = connector
        self._trading_pair = trading_pair
        self._logger = logger
        self._now_s = now_s
        #: The connection that the book comes by. Some connectors never show one.
        self._socket: Any = None
        self._shows_sockets = False
        self._version: tuple[int, ...] = ()
        self._heard_s = -math.inf
        #: When the next whole book is due, where no connection shows.
        self._refresh_at_s = math.inf
        self._is_missing = False
        #: What the book was when its connection was lost, as the number of its last whole one.
        self._hole: int | None = None
        self._ask_at_s = 0.0
        self._asking: asyncio.Task[OrderBookMessage] | None = None

    def is_whole(self) -> bool:
        """To be asked often: a connection that was lost in between is noticed by its successor."""
        if isinstance(self._connector, PeatioExchange):
            return True  # its connector shows whole books only
        socket = getattr(self._connector.order_book_tracker.data_source, "_ws_assistant", None)
        self._shows_sockets = self._shows_sockets or socket is not None
        if not self._shows_sockets:
            if self._was_silent():
                self._lose(self._now_s())  # what comes now shows that there is a connection again
            elif not self._is_missing:
                self._refresh()
        elif not _is_open(socket):
            self._lose(math.inf)
            self._is_missing, self._socket = True, None
            return False
        elif socket is not self._socket:
            self._lose(self._now_s() + SUBSCRIBED_AFTER_S)
            self._socket = socket
        return not self._is_missing or self._is_there_again()

    def close(self) -> None:
        """No request goes on."""
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    def _was_silent(self) -> bool:
        version, now_s = book_version(self._connector, self._trading_pair), self._now_s()
        if version == self._version:
            return False
        before, self._version = self._version, version
        heard_s, self._heard_s = self._heard_s, now_s
        is_whole_one = before != () and before[:2] != version[:2]
        if is_whole_one:
            self._refresh_at_s = now_s + REFRESHED_AFTER_S
        return now_s - heard_s > SILENT_S and not is_whole_one

    def _refresh(self) -> None:
        """What comes is followed meanwhile. A book of which nothing is heard is left to its age."""
        now_s, book = self._now_s(), self._connector.order_books.get(self._trading_pair)
        if self._asking is None:
            if now_s >= self._refresh_at_s and now_s - self._heard_s <= SILENT_S:
                self._asking = asyncio.ensure_future(self._ask())
        elif book is not None and self._is_answered():
            self._refresh_at_s = now_s + REFRESHED_AFTER_S if self._take_answer(book) else self._ask_at_s

    def _lose(self, ask_at_s: float) -> None:
        self.close()
        tracker, book = self._connector.order_book_tracker, self._connector.order_books.get(self._trading_pair)
        counts = tracker.metrics.per_pair_metrics.get(self._trading_pair)
        is_first = self._hole is None
        self._hole = 0 if book is None else book.snapshot_uid
        self._ask_at_s = ask_at_s
        # The first one is whole where the exchange has sent it by the connection.
        self._is_missing = not (is_first and counts is not None and counts.snapshots_processed)
        # Hummingbot writes these over the next whole book, older ones too.
        tracker._past_diffs_windows[self._trading_pair].clear()

    def _is_there_again(self) -> bool:
        book = self._connector.order_books.get(self._trading_pair)
        if book is None:
            return False
        if book.snapshot_uid != self._hole:  # the exchange sent a whole one by itself
            self.close()
            self._is_missing = False
            return True
        if self._asking is None:
            if self._now_s() >= self._ask_at_s:
                self._asking = asyncio.ensure_future(self._ask())
            return False
        if self._is_answered() and self._take_answer(book):
            self._is_missing = False
            self._refresh_at_s = self._now_s() + REFRESHED_AFTER_S
        return not self._is_missing

    def _is_answered(self) -> bool:
        """Whether the answer is there, and the book has every message that came before it."""
        queue = self._connector.order_book_tracker._tracking_message_queues.get(self._trading_pair)
        return self._asking is not None and self._asking.done() and (queue is None or queue.empty())

    def _take_answer(self, book: OrderBook) -> bool:
        """Whether it is a whole book, which is taken over. If not, says when it may be asked for again."""
        assert self._asking is not None
        asked, self._asking = self._asking, None
        error = asked.exception()
        if error is None:
            self._take_over(book, asked.result())
        elif isinstance(error, AskedNobodyError):
            self._ask_at_s = math.inf
        else:
            self._ask_at_s = self._now_s() + RETRY_AFTER_S
            self._logger.warning(f"The book of {self._trading_pair} on {self._connector.name} is not there: {error}")
        return error is None

    def _take_over(self, book: OrderBook, whole: OrderBookMessage) -> None:
        """Hummingbot's tracker would write over it every change that it has kept, older ones too."""
        window = self._connector.order_book_tracker._past_diffs_windows[self._trading_pair]
        newer = [change for change in window if change.update_id >= whole.update_id]
        book.apply_snapshot(whole.bids, whole.asks, whole.update_id)
        for change in newer:
            book.apply_diffs(change.bids, change.asks, change.update_id)
        window.clear()
        window.extend(newer)

    async def _ask(self) -> OrderBookMessage:
        has_waited = asyncio.Event()
        asyncio.get_running_loop().call_soon(has_waited.set)
        whole = await self._connector.order_book_tracker.data_source._order_book_snapshot(self._trading_pair)
        if not has_waited.is_set():  # an answer takes more than one step of the event loop
            raise AskedNobodyError
        return whole


def _is_open(socket: Any) -> bool:
    """A connector may notice, and keep the lost one for seconds."""
    return socket is not None and bool(getattr(getattr(socket, "_connection", None), "connected", True))
