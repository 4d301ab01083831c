"""Pairs come and go while a tracker runs."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import StreamError

from test.hummingbot.connector.exchange.peatio.book_support import Books, increment
from test.hummingbot.connector.exchange.peatio.fixtures import settle
from test.hummingbot.connector.exchange.peatio.order_books.resync_support import (
    BOOK,
    OTHER,
    PAIR,
    SNAPSHOT,
    break_book,
    sends_snapshot,
    sound_books,
)
from test.hummingbot.connector.exchange.peatio.ranger_server import running


@pytest.fixture
async def books() -> AsyncIterator[Books]:
    async with sound_books() as started:
        yield started


async def test_a_pair_is_added_on_the_standing_connection(books: Books) -> None:
    books.source.on_subscribe = sends_snapshot(books)

    assert await books.tracker.add_trading_pair(OTHER)

    assert books.source.subscribed == [OTHER]
    assert books.levels(OTHER) == BOOK
    assert books.tracker._trading_pairs == [PAIR, OTHER]
    assert books.tracker.ready
    await books.pauses.end()
    assert books.source.asked == []


async def test_an_added_pair_without_a_snapshot_holds_readiness_up_until_it_was_asked_for(books: Books) -> None:
    books.source.answer = sends_snapshot(books)

    assert await books.tracker.add_trading_pair(OTHER)
    await settle()
    assert books.reason(OTHER) == "no snapshot has come yet"
    assert not books.tracker.ready
    assert books.pauses.waits_s == [CONSTANTS.SNAPSHOT_TIMEOUT_S]

    await books.pauses.end()
    assert books.source.asked == [OTHER]
    assert books.tracker.ready


async def test_a_pair_that_cannot_be_subscribed_to_leaves_no_trace(books: Books) -> None:
    books.source.can_subscribe = False

    assert not await books.tracker.add_trading_pair(OTHER)

    assert list(books.tracker.order_books) == books.tracker._trading_pairs == [PAIR]
    assert books.tracker.ready


async def test_a_subscription_that_breaks_leaves_no_trace_either(books: Books) -> None:
    def fail(pair: str) -> None:
        raise StreamError("gone")

    books.source.on_subscribe = fail

    with pytest.raises(StreamError):
        await books.tracker.add_trading_pair(OTHER)
    assert list(books.tracker.order_books) == [PAIR]
    assert books.tracker.ready


async def test_a_pair_is_followed_once(books: Books, caplog: pytest.LogCaptureFixture) -> None:
    assert not await books.tracker.add_trading_pair(PAIR)

    assert books.source.subscribed == []
    assert "BTC-USD is already being tracked" in caplog.text


async def test_pairs_are_added_after_the_first_books_are_there() -> None:
    books = Books(PAIR)
    books.tracker.start()
    async with running(books.tracker.add_trading_pair(OTHER)) as adding:
        await settle()
        assert books.source.subscribed == []

        books.tracker.on_message(PAIR, "ob-snap", SNAPSHOT)
        assert await asyncio.wait_for(adding, 5)
    assert books.source.subscribed == [OTHER]
    books.tracker.stop()
    await settle()


async def test_a_pair_added_twice_at_once_is_followed_once() -> None:
    books = Books(PAIR)
    books.tracker.start()
    both = asyncio.gather(books.tracker.add_trading_pair(OTHER), books.tracker.add_trading_pair(OTHER))
    await settle()
    books.tracker.on_message(PAIR, "ob-snap", SNAPSHOT)

    assert sorted(await asyncio.wait_for(both, 5)) == [False, True]
    assert books.source.subscribed == [OTHER]
    books.tracker.stop()
    await settle()


async def test_a_removed_pair_is_forgotten(books: Books) -> None:
    books.source.on_subscribe = sends_snapshot(books)
    await books.tracker.add_trading_pair(OTHER)

    assert await books.tracker.remove_trading_pair(PAIR)

    assert books.source.unsubscribed == [PAIR]
    assert list(books.tracker.order_books) == books.tracker._trading_pairs == [OTHER]
    assert list(books.tracker.metrics.per_pair_metrics) == [OTHER]
    assert books.tracker.ready
    books.tracker.on_message(PAIR, "ob-snap", SNAPSHOT)
    assert list(books.tracker.order_books) == [OTHER]


async def test_a_pair_that_was_removed_can_be_added_again(books: Books) -> None:
    books.source.on_subscribe = sends_snapshot(books)
    await books.tracker.remove_trading_pair(PAIR)

    assert await books.tracker.add_trading_pair(PAIR)
    assert books.levels() == BOOK
    books.tracker.on_message(PAIR, "ob-inc", increment(3, "bids", "29990.0", "0.5"))
    assert books.levels() == ([(29990.0, 0.5)], [])


async def test_removing_a_broken_pair_ends_its_asking_and_frees_the_rest(books: Books) -> None:
    books.source.on_subscribe = sends_snapshot(books)
    await books.tracker.add_trading_pair(OTHER)
    break_book(books)
    await settle()
    assert not books.tracker.ready

    await books.tracker.remove_trading_pair(PAIR)
    await books.pauses.end()

    assert books.source.asked == []
    assert books.tracker.ready


async def test_a_pair_removed_before_its_first_snapshot_does_not_hold_the_start_up() -> None:
    books = Books(PAIR, OTHER)
    books.tracker.start()
    books.tracker.on_message(PAIR, "ob-snap", SNAPSHOT)
    await settle()

    await books.tracker.remove_trading_pair(OTHER)

    await asyncio.wait_for(books.tracker.wait_ready(), 5)
    assert books.tracker.ready
    books.tracker.stop()
    await settle()


async def test_a_pair_that_is_not_followed_cannot_be_removed(books: Books, caplog: pytest.LogCaptureFixture) -> None:
    assert not await books.tracker.remove_trading_pair(OTHER)

    assert books.source.unsubscribed == []
    assert "ETH-USD is not being tracked" in caplog.text


async def test_a_pair_that_the_list_lost_already_is_removed_all_the_same(books: Books) -> None:
    """Hummingbot hands one list of pairs to connector, tracker and data source."""
    books.tracker._trading_pairs.clear()

    assert await books.tracker.remove_trading_pair(PAIR)
    assert books.tracker.order_books == {}


async def test_a_pair_that_the_list_has_already_is_not_listed_twice(books: Books) -> None:
    books.source.on_subscribe = books.tracker._trading_pairs.append

    await books.tracker.add_trading_pair(OTHER)
    assert books.tracker._trading_pairs == [PAIR, OTHER]
