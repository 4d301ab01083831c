"""A tracker whose exchange is a test: what it asks for is noted, what it is told is up to the test."""

import asyncio
from collections.abc import Callable
from typing import Any

from hummingbot.connector.exchange.peatio.common.errors import NotSentError, StreamError
from hummingbot.connector.exchange.peatio.config import parse_domain
from hummingbot.connector.exchange.peatio.order_books.counts import BookCounts
from hummingbot.connector.exchange.peatio.order_books.levels import SyncedLevels
from hummingbot.connector.exchange.peatio.order_books.sync import BookSync
from hummingbot.connector.exchange.peatio.order_books.tracker import BookTracker
from hummingbot.connector.exchange.peatio.peatio_api_order_book_data_source import PeatioAPIOrderBookDataSource
from hummingbot.core.data_type.order_book import OrderBook

from test.hummingbot.connector.exchange.peatio.fixtures import settle

Level = tuple[float, float]


def snapshot(sequence: int, bids: list[list[str]] | None = None, asks: list[list[str]] | None = None) -> dict[str, Any]:
    """The payload of `MARKET.ob-snap`."""
    return {"bids": bids or [], "asks": asks or [], "sequence": sequence}


def increment(sequence: int, side: str, price: str, volume: str) -> dict[str, Any]:
    """The payload of `MARKET.ob-inc`: one side, one flat pair, "" removes."""
    return {side: [price, volume], "sequence": sequence}


def levels(book: OrderBook | SyncedLevels) -> tuple[list[Level], list[Level]]:
    """Bids and asks as (price, amount), best first, as Hummingbot sees them."""
    book = book._book if isinstance(book, SyncedLevels) else book
    bids = [(row.price, row.amount) for row in book.bid_entries()]
    return bids, [(row.price, row.amount) for row in book.ask_entries()]


def levels_of(bids: list[list[str]], asks: list[list[str]], limit: int = 301) -> SyncedLevels:
    """The levels of a snapshot in a book of Hummingbot's."""
    made = SyncedLevels(OrderBook())
    made.start_from(snapshot(1, bids, asks), limit)
    return made


def followed_book(
    trading_pair: str, bids: list[list[str]], asks: list[list[str]], sequence: int = 1
) -> BookSync:
    """A market's book on a standing connection, followed from that sequence at second 0."""
    market = BookSync(trading_pair, SyncedLevels(OrderBook()), BookCounts(), 0.0)
    market.on_message("ob-snap", snapshot(sequence, bids, asks), 0.0)
    market.on_connected(0.0)
    market.tick(0.0)
    return market


class RecordedEvents:
    """What the tracker reports of its books.

    :ivar invalid: the pairs whose book has not been followed for too long
    :ivar restarted: the pairs whose engine restarted
    """

    def __init__(self) -> None:
        self.invalid: list[str] = []
        self.restarted: list[str] = []

    def on_book_invalid(self, trading_pair: str) -> None:
        self.invalid.append(trading_pair)

    def on_messages_missed(self, trading_pair: str) -> None:
        pass

    def on_engine_restart(self, trading_pair: str) -> None:
        self.restarted.append(trading_pair)


class ScriptedDataSource(PeatioAPIOrderBookDataSource):
    """Keeps no connection.

    :ivar asked: the pairs whose book was asked for again, in order
    :ivar answer: what such a request does; it fails until a test says otherwise
    :ivar depths: what REST depth answers, or raises; used up to its last
    :ivar depth_gate: while it is not set, the answers are under way
    :ivar trades: number and age of each pair's last trade, as REST tells it
    """

    def __init__(self, trading_pairs: list[str]) -> None:
        connector: Any = None
        factory: Any = None
        super().__init__(trading_pairs, connector, factory, parse_domain(""))
        self.asked: list[str] = []
        self.asked_afresh: list[bool] = []
        self.answer: Callable[[str], None] = self.fail
        self.subscribed: list[str] = []
        self.unsubscribed: list[str] = []
        self.can_subscribe = True
        self.on_subscribe: Callable[[str], None] = lambda pair: None
        self.listening = 0
        self.depths: list[Any] = []
        self.depth_requests: list[str] = []
        self.depth_gate = asyncio.Event()
        self.depth_gate.set()
        self.trades: dict[str, tuple[int, float] | None] = {}
        self.trade_requests: list[str] = []

    @staticmethod
    def fail(trading_pair: str) -> None:
        raise StreamError("There is no connection to the exchange's websocket.")

    async def listen_for_subscriptions(self) -> None:
        self.listening += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.listening -= 1

    async def resubscribe_book(self, trading_pair: str, is_afresh: bool = False) -> None:
        self.asked.append(trading_pair)
        self.asked_afresh.append(is_afresh)
        await asyncio.sleep(0)
        self.answer(trading_pair)

    async def depth(self, trading_pair: str) -> dict[str, Any]:
        self.depth_requests.append(trading_pair)
        await asyncio.sleep(0)
        await self.depth_gate.wait()
        if not self.depths:
            raise NotSentError("GET depth: no connection")
        answer = self.depths.pop(0) if len(self.depths) > 1 else self.depths[0]
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)

    async def newest_trade(self, trading_pair: str) -> tuple[int, float] | None:
        self.trade_requests.append(trading_pair)
        await asyncio.sleep(0)
        if trading_pair not in self.trades:
            raise NotSentError("GET trades: no connection")
        return self.trades[trading_pair]

    async def subscribe_to_trading_pair(self, trading_pair: str) -> bool:
        self.subscribed.append(trading_pair)
        if self.can_subscribe:
            self.on_subscribe(trading_pair)
        return self.can_subscribe

    async def unsubscribe_from_trading_pair(self, trading_pair: str) -> bool:
        self.unsubscribed.append(trading_pair)
        return True

    async def get_last_traded_prices(self, trading_pairs: list[str], domain: str | None = None) -> dict[str, float]:
        return dict.fromkeys(trading_pairs, 29500.0)


class Pauses:
    """The tracker's sleeps, each of which lasts until a test lets it end.

    :ivar waits_s: the lengths asked for, in order
    """

    def __init__(self) -> None:
        self.waits_s: list[float] = []
        self._sleepers: list[asyncio.Event] = []

    async def __call__(self, delay: float) -> None:
        self.waits_s.append(delay)
        awake = asyncio.Event()
        self._sleepers.append(awake)
        await awake.wait()

    async def end(self) -> None:
        """Ends all sleeps that are going on, and lets follow what follows from it."""
        await settle()
        sleepers, self._sleepers = self._sleepers, []
        for awake in sleepers:
            awake.set()
        await settle()


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


class Books:
    """A tracker of some pairs, not started, with its scripted source, its pauses and its clock."""

    def __init__(self, *trading_pairs: str) -> None:
        self.source = ScriptedDataSource(list(trading_pairs))
        self.events = RecordedEvents()
        self.tracker = BookTracker(self.source, list(trading_pairs), events=self.events)
        self.pauses = Pauses()
        self.depth_pauses = Pauses()
        self.tracker._sleep = self._sleep
        self.clock = Clock()
        self.tracker._now_s = self.clock

    async def _sleep(self, delay: float) -> None:
        task = asyncio.current_task()
        assert task is not None
        await (self.depth_pauses if " depth " in task.get_name() else self.pauses)(delay)

    def pass_s(self, seconds: float, step_s: float = 0.5) -> None:
        """Time passes; the tracker looks at its books as often as it does."""
        until_s = self.clock.now_s + seconds
        while self.clock.now_s < until_s:
            self.clock.now_s = min(self.clock.now_s + step_s, until_s)
            self.tracker.tick()

    def counts(self, trading_pair: str = "BTC-USD") -> BookCounts:
        return self.tracker.health[trading_pair].counts

    def book(self, trading_pair: str = "BTC-USD") -> OrderBook:
        return self.tracker.order_books[trading_pair]

    def levels(self, trading_pair: str = "BTC-USD") -> tuple[list[Level], list[Level]]:
        return levels(self.book(trading_pair))

    def reason(self, trading_pair: str = "BTC-USD") -> str | None:
        return self.tracker.invalid_reasons.get(trading_pair)
