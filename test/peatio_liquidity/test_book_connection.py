"""When a connector's book has every message: Hummingbot's own tracker and book, with a data source that is made up."""

import asyncio
import logging
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from hummingbot.core.data_type.order_book_message import OrderBookMessage, OrderBookMessageType
from hummingbot.core.data_type.order_book_tracker import OrderBookTracker
from hummingbot.core.data_type.order_book_tracker_data_source import OrderBookTrackerDataSource

from peatio_liquidity.book_connection import (
    REFRESHED_AFTER_S,
    RETRY_AFTER_S,
    SILENT_S,
    SUBSCRIBED_AFTER_S,
    BookConnection,
    book_version,
)

PAIR = "BTC-USDT"


def message(kind: OrderBookMessageType, update_id: int, bids: dict[int, int]) -> OrderBookMessage:
    content = {"trading_pair": PAIR, "update_id": update_id, "bids": list(bids.items()), "asks": [(101, 1)]}
    return OrderBookMessage(kind, content, float(update_id))


def whole(update_id: int, bids: dict[int, int]) -> OrderBookMessage:
    return message(OrderBookMessageType.SNAPSHOT, update_id, bids)


class Source(OrderBookTrackerDataSource):
    """:ivar answers: to requests for the book; :ivar asks: whether the connector has such a request"""

    def __init__(self) -> None:
        super().__init__([PAIR])
        self.answers: list[Any] = [whole(10, {99: 1})]
        self.asks = True

    async def _order_book_snapshot(self, trading_pair: str) -> OrderBookMessage:
        answer = self.answers.pop(0)
        if self.asks:
            await asyncio.sleep(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def listen_for_subscriptions(self) -> None:
        """A test says what comes."""

    async def _parse_order_book_diff_message(self, raw_message: Any, message_queue: "asyncio.Queue[Any]") -> None:
        message_queue.put_nowait(raw_message)

    async def _parse_order_book_snapshot_message(self, raw_message: Any, message_queue: "asyncio.Queue[Any]") -> None:
        message_queue.put_nowait(raw_message)

    async def get_last_traded_prices(self, trading_pairs: list[str], domain: str | None = None) -> dict[str, float]:
        return dict.fromkeys(trading_pairs, 100.0)

    async def subscribe_to_trading_pair(self, trading_pair: str) -> bool:
        raise NotImplementedError

    async def unsubscribe_from_trading_pair(self, trading_pair: str) -> bool:
        raise NotImplementedError


class World:
    """:ivar connector: with one market, whose first book has a bid at 99"""

    def __init__(self) -> None:
        self.source = Source()
        self.tracker = OrderBookTracker(self.source, [PAIR])
        self.connector: Any = SimpleNamespace(
            name="usual", order_book_tracker=self.tracker, order_books=self.tracker.order_books
        )
        self.now_s = 100.0
        self.connection = BookConnection(self.connector, PAIR, logging.getLogger(__name__), lambda: self.now_s)

    def connect(self) -> None:
        self.source._ws_assistant = SimpleNamespace(_connection=SimpleNamespace(connected=True))

    def lose(self) -> None:
        self.source._ws_assistant = None

    async def change(self, update_id: int, bids: dict[int, int]) -> None:
        sent = message(OrderBookMessageType.DIFF, update_id, bids)
        self.source._message_queue[self.source._diff_messages_queue_key].put_nowait(sent)
        await turns()

    async def send_whole(self, update_id: int, bids: dict[int, int]) -> None:
        sent = whole(update_id, bids)
        self.source._message_queue[self.source._snapshot_messages_queue_key].put_nowait(sent)
        await turns()

    async def is_asked(self) -> bool:
        """Whether a look asks for the book."""
        before = len(self.source.answers)
        assert not self.connection.is_whole()
        await turns()
        return len(self.source.answers) < before

    def bids(self) -> dict[float, float]:
        return {row.price: row.amount for row in self.tracker.order_books[PAIR].bid_entries()}


async def turns() -> None:
    for _ in range(12):
        await asyncio.sleep(0)


@pytest.fixture
async def started(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """Nothing has looked at it yet."""
    monkeypatch.setattr(OrderBookTracker, "_sleep", staticmethod(lambda delay: asyncio.sleep(0)))
    world = World()
    world.tracker.start()
    await turns()
    yield world
    world.connection.close()
    world.tracker.stop()
    await turns()


@pytest.fixture
async def world(started: World) -> World:
    """Its book is whole."""
    started.connect()
    await started.send_whole(11, {99: 1})
    assert started.connection.is_whole()
    return started


async def test_a_lost_connection_leaves_a_book_that_is_not_whole_until_it_is_asked_for(world: World) -> None:
    world.lose()
    assert not world.connection.is_whole()
    world.connect()
    world.source.answers = [whole(20, {97: 3})]
    assert not await world.is_asked(), "not before the subscriptions have their answers"
    world.now_s += SUBSCRIBED_AFTER_S
    assert await world.is_asked()
    assert world.connection.is_whole()
    assert world.connection.is_whole()
    assert world.bids() == {97: 3}


async def test_a_level_from_before_is_not_written_over_the_book_that_was_asked_for(world: World) -> None:
    """Hummingbot's tracker keeps the last changes, and writes them over each whole book, older ones too."""
    await world.change(12, {98: 5})
    world.lose()
    assert not world.connection.is_whole()
    world.connect()
    await world.is_asked()
    world.source.answers = [whole(20, {99: 1})]
    world.now_s += SUBSCRIBED_AFTER_S
    assert await world.is_asked()
    assert world.connection.is_whole()
    assert world.bids() == {99: 1}


async def test_nor_over_one_that_the_exchange_sends_by_itself(world: World) -> None:
    await world.change(12, {98: 5})
    world.lose()
    assert not world.connection.is_whole()
    world.connect()
    assert not world.connection.is_whole()
    await world.send_whole(20, {99: 2})
    assert world.connection.is_whole(), "nothing has to be asked for"
    assert world.bids() == {99: 2}


async def test_of_the_changes_since_the_connection_those_are_kept_that_are_newer_than_the_book(world: World) -> None:
    world.connect()
    assert not world.connection.is_whole()
    await world.change(19, {98: 5})
    await world.change(21, {97: 7})
    world.source.answers = [whole(20, {99: 1, 98: 2})]
    world.now_s += SUBSCRIBED_AFTER_S
    assert await world.is_asked()
    await world.change(22, {96: 9})
    assert world.connection.is_whole()
    assert world.bids() == {99: 1, 98: 2, 97: 7, 96: 9}
    await world.change(19, {99: 0})
    assert world.bids() == {99: 1, 98: 2, 97: 7, 96: 9}, "the book has what is older"


async def test_one_that_is_lost_again_meanwhile_begins_again(world: World) -> None:
    world.connect()
    world.source.answers = [whole(20, {97: 3}), whole(30, {96: 4})]
    await world.is_asked()
    world.now_s += SUBSCRIBED_AFTER_S
    assert await world.is_asked()
    world.lose()
    assert not world.connection.is_whole()
    world.connect()
    assert not await world.is_asked(), "the book of the connection before does not count"
    world.now_s += SUBSCRIBED_AFTER_S
    assert await world.is_asked()
    assert world.connection.is_whole()
    assert world.bids() == {96: 4}


async def test_a_connection_that_a_connector_keeps_although_it_is_closed_is_lost(world: World) -> None:
    """As bybit, for five seconds."""
    world.source._ws_assistant._connection.connected = False
    assert not world.connection.is_whole()


async def test_a_book_that_cannot_be_had_is_asked_for_again(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.connect()
    world.source.answers = [OSError("HTTP status is 503"), whole(20, {97: 3})]
    await world.is_asked()
    world.now_s += SUBSCRIBED_AFTER_S
    assert await world.is_asked()
    assert not await world.is_asked()
    assert "The book of BTC-USDT on usual is not there: HTTP status is 503" in caplog.text
    assert not await world.is_asked()
    world.now_s += RETRY_AFTER_S
    assert await world.is_asked()
    assert world.connection.is_whole()


async def test_what_a_connector_has_from_before_is_no_answer(world: World) -> None:
    """As derive, which gives the last book that the connection brought, and dexalot, which gives an empty one."""
    world.source.asks = False
    world.source.answers = [whole(11, {99: 1}), whole(30, {})]
    world.connect()
    await world.is_asked()
    world.now_s += SUBSCRIBED_AFTER_S
    assert await world.is_asked()
    world.now_s += RETRY_AFTER_S
    assert not await world.is_asked()
    assert not await world.is_asked(), "there is nobody to ask"
    await world.send_whole(20, {98: 2})
    assert world.connection.is_whole()
    assert world.bids() == {98: 2}


async def test_the_first_book_is_asked_for_once_more_as_it_is_older_than_the_connection(started: World) -> None:
    started.connect()
    started.source.answers = [whole(10, {99: 1})]
    assert not await started.is_asked()
    started.now_s += SUBSCRIBED_AFTER_S
    assert await started.is_asked()
    assert started.connection.is_whole(), "whole, although nothing changed meanwhile"


async def test_where_no_connection_shows_a_change_after_a_silence_is_a_new_connection(
    started: World,
) -> None:
    started.source.answers = [whole(12, {99: 1}), whole(22, {96: 2})]
    assert await started.is_asked(), "the first book, as above"
    assert started.connection.is_whole()
    await started.change(13, {98: 5})
    assert started.connection.is_whole()
    started.now_s += SILENT_S
    await started.change(14, {98: 6})
    assert started.connection.is_whole()
    started.now_s += SILENT_S + 0.1
    assert started.connection.is_whole(), "the age says that it stands still"
    await started.change(21, {97: 3})
    assert await started.is_asked()
    assert started.connection.is_whole()
    assert started.bids() == {96: 2}


@pytest.fixture
async def unshown(started: World) -> World:
    """A connector that shows no connection, with a whole book."""
    started.source.answers = [whole(12, {99: 1})]
    assert await started.is_asked()
    for _ in range(2):
        assert started.connection.is_whole()
    return started


async def changes(world: World, first: int, for_s: float) -> int:
    """One a second, which are looked at.

    :return: the number of the last
    """
    number = first
    for number in range(first, first + int(for_s)):
        world.now_s += 1.0
        await world.change(number, {50: number})
        assert world.connection.is_whole()
        await turns()
    return number


async def test_what_was_lost_in_a_moment_that_shows_nowhere_is_there_soon(unshown: World) -> None:
    """The level at 99 went while the connection was gone for less than `SILENT_S`."""
    unshown.source.answers = [OSError("HTTP status is 503"), whole(1000, {98: 2}), whole(2000, {97: 2})]
    last = await changes(unshown, 13, REFRESHED_AFTER_S - 1)
    assert (len(unshown.source.answers), 99 in unshown.bids()) == (3, True), "not all the time"
    last = await changes(unshown, last + 1, 3 + RETRY_AFTER_S)
    assert unshown.bids() == {98: 2}, "asked for twice, and quotes stayed meanwhile"
    await changes(unshown, 1001, REFRESHED_AFTER_S - 2)
    assert len(unshown.source.answers) == 1


async def test_changes_that_come_while_the_book_is_asked_for_again_are_in_it(unshown: World) -> None:
    last = await changes(unshown, 13, REFRESHED_AFTER_S - 1)
    unshown.source.answers = [whole(last + 1, {98: 2})]
    unshown.now_s += 1.0
    await unshown.change(last + 1, {98: 2})
    assert unshown.connection.is_whole()
    await turns()
    await unshown.change(last + 2, {97: 7})
    assert unshown.connection.is_whole()
    assert unshown.bids() == {98: 2, 97: 7}


async def test_a_book_of_which_nothing_is_heard_is_not_made_young(unshown: World) -> None:
    """Its age has to pull the quotes."""
    unshown.source.answers = [whole(1000, {98: 2})]
    for _ in range(int(3 * REFRESHED_AFTER_S)):
        unshown.now_s += 1.0
        assert unshown.connection.is_whole()
        await turns()
    assert len(unshown.source.answers) == 1


async def test_where_no_connection_shows_whole_books_that_come_need_not_be_asked_for(started: World) -> None:
    """As xrpl, every ten seconds."""
    await started.send_whole(11, {98: 1})
    assert started.connection.is_whole()
    started.source.answers = []
    for update_id in (12, 13):
        started.now_s += 10.0
        await started.send_whole(update_id, {98: update_id})
        assert started.connection.is_whole()


async def test_at_the_end_no_request_goes_on(world: World) -> None:
    world.connect()
    world.source.answers = [whole(20, {97: 3})]
    await world.is_asked()
    world.now_s += SUBSCRIBED_AFTER_S
    assert not world.connection.is_whole()
    world.connection.close()
    await turns()
    assert len(world.source.answers) == 1


async def test_a_change_is_seen_although_its_number_is_that_of_the_one_before(world: World) -> None:
    """As of coinbase_advanced_trade and bitstamp, which number by the second."""
    await world.change(12, {98: 5})
    before = book_version(world.connector, PAIR)
    assert book_version(world.connector, PAIR) == before
    await world.change(12, {98: 6})
    assert book_version(world.connector, PAIR) != before
    assert book_version(world.connector, "ETH-USDT") == ()
