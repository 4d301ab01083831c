"""How a tracker gets its books back, and how patiently it asks."""

from collections.abc import AsyncIterator, Callable

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS

from test.hummingbot.connector.exchange.peatio.book_support import Books, increment
from test.hummingbot.connector.exchange.peatio.fixtures import settle
from test.hummingbot.connector.exchange.peatio.order_books.resync_support import (
    BOOK,
    PAIR,
    SNAPSHOT,
    break_book,
    sends_snapshot,
    sound_books,
)


@pytest.fixture
async def books() -> AsyncIterator[Books]:
    async with sound_books() as started:
        yield started


@pytest.fixture
def long_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every book counts as having been sound for long."""
    monkeypatch.setattr(CONSTANTS, "STABLE_AFTER_S", -1.0)


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
