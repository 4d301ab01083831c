"""Paper trade puts a book of its own kind into the tracker, and takes its own fills out of what that book shows."""

import logging
from collections.abc import AsyncIterator
from decimal import Decimal, InvalidOperation

import pytest
from hummingbot.connector.exchange.paper_trade.paper_trade_exchange import PaperTradeExchange
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.composite_order_book import CompositeOrderBook
from hummingbot.core.data_type.trade_fee import AddedToCostTradeFee
from hummingbot.core.event.event_forwarder import EventForwarder
from hummingbot.core.event.events import OrderBookEvent, OrderBookTradeEvent, OrderFilledEvent

from test.hummingbot.connector.exchange.peatio.book_support import Books, increment, levels, snapshot
from test.hummingbot.connector.exchange.peatio.fixtures import settle

PAIR = "BTC-USD"
SNAPSHOT = snapshot(2, bids=[["29990.0", "0.4"]], asks=[["30010.0", "0.6"], ["30020.0", "1.0"]])


class Paper(Books):
    """A tracker in Hummingbot's paper trade connector, its book followed."""

    def __init__(self) -> None:
        super().__init__(PAIR)
        self.connector = PaperTradeExchange(self.tracker, PeatioExchange, exchange_name="peatio")
        self.tracker.start()
        self.tracker.on_message(PAIR, "ob-snap", SNAPSHOT)
        self.tracker.on_connected()

    def buy(self, price: str, amount: str) -> None:
        """A buy order that paper trade fills from the book."""
        fee = AddedToCostTradeFee()
        fill = OrderFilledEvent(
            1.0, "c1", PAIR, TradeType.BUY, OrderType.LIMIT, Decimal(price), Decimal(amount), trade_fee=fee
        )
        self.connector.order_books[PAIR].record_filled_order(fill)


@pytest.fixture
async def paper() -> AsyncIterator[Paper]:
    started = Paper()
    yield started
    started.tracker.stop()
    await settle()


async def test_its_book_follows_snapshot_increments_and_trades(paper: Paper) -> None:
    book = paper.connector.order_books[PAIR]
    heard: list[OrderBookTradeEvent] = []
    forwarder = EventForwarder(heard.append)
    book.add_listener(OrderBookEvent.TradeEvent, forwarder)

    assert paper.tracker.on_level(PAIR, 3, True, 29995.0, 1.5)
    paper.tracker.on_message(PAIR, "ob-inc", increment(4, "asks", "30010.0", ""))
    trade = {"tid": 1001, "taker_type": "buy", "date": 1700000000, "price": "30010.0", "amount": "0.6"}
    paper.tracker.on_message(PAIR, "trades", {"trades": [trade]})

    assert type(book) is CompositeOrderBook
    assert paper.tracker.ready
    assert levels(book) == ([(29995.0, 1.5), (29990.0, 0.4)], [(30020.0, 1.0)])
    assert book.get_price(is_buy=True) == 30020.0
    assert [(event.trade_id, event.price) for event in heard] == [(1001, 30010.0)]


async def test_a_break_empties_it_and_a_replay_fills_it(paper: Paper) -> None:
    paper.tracker.on_message(PAIR, "ob-inc", increment(9, "bids", "1.0", "1.0"))
    assert levels(paper.connector.order_books[PAIR]) == ([], [])

    paper.source.answer = lambda pair: paper.tracker.on_message(pair, "ob-snap", SNAPSHOT)
    await paper.pauses.end()
    assert levels(paper.connector.order_books[PAIR])[0] == [(29990.0, 0.4)]


async def test_a_crossed_level_comes_back_whole_whatever_paper_trade_took_of_it(paper: Paper) -> None:
    book = paper.connector.order_books[PAIR]
    paper.buy("30010", "0.5")
    paper.tracker.on_message(PAIR, "ob-inc", increment(3, "bids", "30010.0", "1.0"))
    paper.tracker.on_message(PAIR, "ob-inc", increment(4, "bids", "30010.0", ""))

    assert [(row.price, row.amount) for row in book.original_ask_entries()] == [(30010.0, 0.6), (30020.0, 1.0)]


async def test_what_paper_trade_took_does_not_deplete_the_book(paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONSTANTS, "SNAPSHOT_LEVELS", 2)
    paper.tracker.on_message(PAIR, "ob-snap", SNAPSHOT)
    paper.buy("30010", "0.6")
    paper.buy("30020", "1")
    assert levels(paper.connector.order_books[PAIR])[1] == []

    paper.pass_s(1)
    assert paper.tracker.ready


async def test_an_empty_book_is_reported_once_for_each_time_it_is_empty(
    paper: Paper, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for logger in paper.tracker._price_loggers:  # those of other tests' trackers, which were never stopped
        monkeypatch.setattr(logger, "filters", [paper.tracker._empty_books])
    caplog.set_level("INFO")
    assert paper.connector.ready  # it learns its pairs there
    for number in (1, 2):
        paper.tracker.on_message(PAIR, "ob-inc", increment(9, "bids", "1.0", "1.0"))
        for is_buy in (True, False, True):
            assert paper.connector.get_price(PAIR, is_buy).is_nan()
        paper.pass_s(1)
        assert caplog.text.count("orderbook for BTC-USD is empty.") == number
        paper.tracker.on_message(PAIR, "ob-snap", SNAPSHOT)
        paper.pass_s(1)
        end = "has prices again after 2 s; 2 message(s) about it were not repeated in the log."
        assert caplog.text.count(end) == number


async def test_a_tracker_that_is_stopped_leaves_no_filter(paper: Paper) -> None:
    loggers = paper.tracker._price_loggers
    assert all(paper.tracker._empty_books in logger.filters for logger in loggers)
    paper.tracker.stop()
    assert not any(paper.tracker._empty_books in logger.filters for logger in loggers)


async def test_errors_of_ticks_are_left_out_only_while_a_book_is_empty(paper: Paper) -> None:
    def log(error: Exception) -> bool:
        record = logging.LogRecord("clock", logging.ERROR, "", 0, "Unexpected error.", None, (type(error), error, None))
        return paper.tracker._empty_books.filter(record)

    assert [log(InvalidOperation()) for _ in range(2)] == [True, True]
    paper.tracker.on_message(PAIR, "ob-inc", increment(9, "bids", "1.0", "1.0"))
    assert [log(InvalidOperation()) for _ in range(3)] == [True, False, False]
    assert [log(ZeroDivisionError()) for _ in range(2)] == [True, True]


async def test_an_error_of_a_tick_from_another_place_is_logged_while_a_book_is_empty(paper: Paper) -> None:
    """One of another strategy, or of another connector's prices."""

    def log(divisor: str) -> bool:
        try:
            if divisor == "0":
                Decimal(0) / Decimal(divisor)
            else:
                Decimal(divisor) > 0  # noqa: B015
        except InvalidOperation as error:
            traceback = (type(error), error, error.__traceback__)
            record = logging.LogRecord("clock", logging.ERROR, "", 0, "Unexpected error.", None, traceback)
        return paper.tracker._empty_books.filter(record)

    paper.tracker.on_message(PAIR, "ob-inc", increment(9, "bids", "1.0", "1.0"))
    assert [log("NaN"), log("NaN")] == [True, False]
    assert [log("0"), log("0")] == [True, False]


async def test_a_line_that_cannot_be_formatted_is_no_error_of_who_logs_it(paper: Paper) -> None:
    """Hummingbot's loggers and those of other connectors pass by here; logging itself reports such a line."""
    record = logging.LogRecord("clock", logging.ERROR, "", 0, "%d orders", ("no",), None)
    assert paper.tracker._empty_books.filter(record)


async def test_an_ordinary_stop_is_no_lost_connection(paper: Paper, caplog: pytest.LogCaptureFixture) -> None:
    paper.tracker.stop()
    paper.tracker.on_lost()  # as the connection does at its end, whatever ended it
    assert "was lost" not in caplog.text
    assert levels(paper.connector.order_books[PAIR]) == ([], [])
