"""Paper trade puts a book of its own kind into the tracker, and takes its own fills out of what that book shows."""

from collections.abc import AsyncIterator
from decimal import Decimal

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
