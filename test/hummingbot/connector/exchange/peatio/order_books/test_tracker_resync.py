"""How a tracker gets its books back, how patiently it asks, and how pairs come and go while it runs."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import StreamError

from test.hummingbot.connector.exchange.peatio.book_support import Books, Level, increment, snapshot
from test.hummingbot.connector.exchange.peatio.fixtures import settle
from test.hummingbot.connector.exchange.peatio.ranger_server import running

PAIR, OTHER = "BTC-USD", "ETH-USD"
SNAPSHOT = snapshot(2, bids=[["29990.0", "0.4"]])
BOOK: tuple[list[Level], list[Level]] = ([(29990.0, 0.4)], [])


@pytest.fixture
async def books() -> AsyncIterator[Books]:
    """A tracker whose only book is sound and has been for a moment."""
    started = Books(PAIR)
    started.tracker.start()
    started.tracker.on_message(PAIR, "ob-snap", SNAPSHOT)
    await settle()
    yield started
    started.tracker.stop()
    await settle()


@pytest.fixture
def long_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every book counts as having been sound for long."""
    monkeypatch.setattr(CONSTANTS, "STABLE_AFTER_S", -1.0)


def break_book(books: Books) -> None:
    books.tracker.on_message(PAIR, "ob-inc", increment(9, "bids", "1.0", "1.0"))


def sends_snapshot(books: Books) -> Callable[[str], None]:
    return lambda pair: books.tracker.on_message(pair, "ob-snap", SNAPSHOT)


def sends_unreadable(books: Books) -> Callable[[str], None]:
    return lambda pair: books.tracker.on_message(pair, "ob-inc", {})


def assert_growing(waits_s: list[float]) -> None:
    """Each wait is one of the back-off's, jitter included."""
    for number, wait_s in enumerate(waits_s):
        full_s = min(CONSTANTS.BACKOFF_START_S * 2**number, CONSTANTS.BACKOFF_MAXIMUM_S)
        assert full_s / 2 <= wait_s <= full_s, (number, waits_s)


async def test_a_broken_book_is_asked_for_again_and_followed_from_its_snapshot(books: Books) -> None:
    books.source.answer = sends_snapshot(books)
    break_book(books)
    assert books.source.asked == []

    await books.pauses.end()

    assert books.source.asked == [PAIR]
    assert books.levels() == BOOK
    assert books.tracker.invalid_reasons == {}
    await books.pauses.end()
    assert books.source.asked == [PAIR], "a sound book is not asked for"


@pytest.mark.usefixtures("long_sound")
async def test_a_book_that_was_sound_for_long_is_asked_for_at_once(books: Books) -> None:
    break_book(books)
    await settle()

    assert books.pauses.waits_s == [0]


async def test_a_book_that_breaks_again_and_again_is_asked_for_ever_more_patiently(books: Books) -> None:
    books.source.answer = sends_snapshot(books)
    for _ in range(9):
        break_book(books)
        await books.pauses.end()

    assert len(books.source.asked) == 9
    assert_growing(books.pauses.waits_s)


async def test_a_server_that_does_not_answer_is_asked_ever_more_patiently(
    books: Books, caplog: pytest.LogCaptureFixture
) -> None:
    break_book(books)
    for _ in range(9):
        await books.pauses.end()

    assert len(books.source.asked) == 9
    assert_growing(books.pauses.waits_s)
    assert caplog.text.count("No snapshot of BTC-USD: There is no connection") == 9


async def test_a_server_that_answers_without_a_snapshot_is_asked_ever_more_patiently(books: Books) -> None:
    books.source.answer = lambda pair: None
    break_book(books)
    for _ in range(9):
        await books.pauses.end()

    assert_growing(books.pauses.waits_s)


@pytest.mark.usefixtures("long_sound")
async def test_a_server_whose_snapshots_cannot_be_read_is_asked_ever_more_patiently(books: Books) -> None:
    books.source.answer = sends_unreadable(books)
    break_book(books)
    for _ in range(9):
        await books.pauses.end()

    assert books.pauses.waits_s[0] == 0
    doubled = [wait_s for wait_s in books.pauses.waits_s[1:] if wait_s > CONSTANTS.BACKOFF_START_S]
    assert len(doubled) >= 7
    assert max(doubled) > CONSTANTS.BACKOFF_MAXIMUM_S / 2


@pytest.mark.usefixtures("long_sound")
async def test_after_a_sound_time_the_patience_begins_anew(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONSTANTS, "STABLE_AFTER_S", 3600.0)
    books.source.answer = sends_snapshot(books)
    for _ in range(5):
        break_book(books)
        await books.pauses.end()
    monkeypatch.setattr(CONSTANTS, "STABLE_AFTER_S", -1.0)
    break_book(books)
    await books.pauses.end()
    monkeypatch.setattr(CONSTANTS, "STABLE_AFTER_S", 3600.0)
    break_book(books)
    await books.pauses.end()

    assert books.pauses.waits_s[5] == 0
    assert books.pauses.waits_s[6] <= CONSTANTS.BACKOFF_START_S


@pytest.mark.parametrize("error", [RuntimeError("WS is not connected."), ConnectionResetError(), KeyError("pair")])
async def test_a_request_that_fails_in_any_way_is_made_again(
    books: Books, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(pair: str) -> None:
        raise error

    books.source.answer = fail
    break_book(books)
    await books.pauses.end()
    assert books.source.asked == [PAIR]

    books.source.answer = sends_snapshot(books)
    await books.pauses.end()
    assert books.source.asked == [PAIR, PAIR]
    assert books.levels() == BOOK
    assert "Unexpected error while asking for a snapshot of BTC-USD." in caplog.text


async def test_a_replay_whose_last_message_cannot_be_read_is_not_taken_without_it(books: Books) -> None:
    def answer(pair: str) -> None:
        books.tracker.on_message(pair, "ob-snap", SNAPSHOT)
        books.tracker.on_message(pair, "ob-inc", increment(3, "bids", "29990.0", "0.5"))
        books.tracker.on_message(pair, "ob-inc", {})

    books.source.answer = answer
    break_book(books)
    await books.pauses.end()

    assert str(books.reason()).startswith("a message could not be read")
    assert books.levels() == ([], [])


async def test_a_server_that_sends_nothing_to_subscribers_is_subscribed_to_from_scratch(books: Books) -> None:
    books.source.answer = lambda pair: None
    break_book(books)
    await books.pauses.end()
    books.source.answer = sends_snapshot(books)
    await books.pauses.end()
    assert books.source.asked_afresh == [False, True]

    break_book(books)
    await books.pauses.end()
    assert books.source.asked_afresh == [False, True, False]


async def test_a_connection_that_stands_does_not_ask_for_what_is_being_asked_for(books: Books) -> None:
    books.source.answer = sends_snapshot(books)
    break_book(books)
    await settle()

    books.tracker.on_connected()
    await books.pauses.end()

    assert books.source.asked == [PAIR]


async def test_a_break_while_a_book_is_being_asked_for_starts_no_second_request(books: Books) -> None:
    def replay_with_a_gap(pair: str) -> None:
        books.tracker.on_message(pair, "ob-snap", SNAPSHOT)
        books.tracker.on_message(pair, "ob-inc", increment(9, "bids", "1.0", "1.0"))

    books.source.answer = replay_with_a_gap
    break_book(books)
    await books.pauses.end()
    assert books.levels() == ([], [])
    assert books.source.asked == [PAIR]

    books.source.answer = sends_snapshot(books)
    await books.pauses.end()
    assert books.source.asked == [PAIR, PAIR]
    assert books.tracker.invalid_reasons == {}


async def test_an_early_subscriber_without_a_snapshot_asks_again() -> None:
    books = Books(PAIR)
    books.tracker.start()
    books.source.answer = sends_snapshot(books)

    books.tracker.on_connected()
    await settle()
    assert books.pauses.waits_s == [CONSTANTS.SNAPSHOT_TIMEOUT_S]
    assert books.source.asked == []

    await books.pauses.end()
    assert books.source.asked == [PAIR]
    assert books.levels() == BOOK
    books.tracker.stop()
    await settle()


async def test_a_snapshot_in_time_is_not_asked_for() -> None:
    books = Books(PAIR)
    books.tracker.start()
    books.tracker.on_connected()
    await settle()

    books.tracker.on_message(PAIR, "ob-snap", SNAPSHOT)
    await books.pauses.end()

    assert books.source.asked == []
    break_book(books)
    await books.pauses.end()
    assert books.source.asked == [PAIR], "the next break is asked for all the same"
    books.tracker.stop()
    await settle()


async def test_a_lost_connection_ends_the_asking_and_the_next_one_begins_it_anew(books: Books) -> None:
    break_book(books)
    await settle()
    books.tracker.on_lost()
    await books.pauses.end()
    assert books.source.asked == []

    books.source.answer = sends_snapshot(books)
    books.tracker.on_connected()
    await books.pauses.end()
    assert books.source.asked == [PAIR]
    assert books.levels() == BOOK


# Pairs that come and go.


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


@pytest.mark.parametrize("side", [10**400, {"1": "2"}, [[10**400, "0.4"]], [["29990.0", 10**400]]])
async def test_a_stored_level_that_is_no_number_is_asked_for_again(books: Books, side: object) -> None:
    books.source.answer = lambda pair: books.tracker.on_message(pair, "ob-snap", {"bids": side, "sequence": 4})
    break_book(books)
    await books.pauses.end()
    assert books.levels() == ([], [])

    books.source.answer = sends_snapshot(books)
    await books.pauses.end()
    assert books.levels() == BOOK


async def test_whatever_breaks_the_following_of_a_book_it_is_subscribed_to_again(
    books: Books, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise ZeroDivisionError

    books.source.answer = sends_snapshot(books)
    market = books.tracker.markets[PAIR]
    for method in ("on_ack", "on_timer", "on_message", "tick"):
        with monkeypatch.context() as patched:
            patched.setattr(market, method, fail)
            break_book(books)
            books.pass_s(0.5)
            await books.pauses.end()
        for _ in range(2):
            await books.pauses.end()
        assert books.levels() == BOOK, method
    assert "Unexpected error while following the order book of BTC-USD" in caplog.text
    assert not any(record.message.startswith("Task ") for record in caplog.records)
