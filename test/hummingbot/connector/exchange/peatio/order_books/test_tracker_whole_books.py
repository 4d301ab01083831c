"""Peatio before 2.4: the whole book every five seconds, and no increments."""

from collections.abc import AsyncIterator

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.dialects import is_before

from test.hummingbot.connector.exchange.peatio.book_support import Books, levels
from test.hummingbot.connector.exchange.peatio.fixtures import settle

PAIR = "BTC-USD"
FIRST = {"bids": [["29990.0", "0.4"]], "asks": [["30010.0", "0.6"]]}
SECOND = {"bids": [["29980.0", "1.0"]], "asks": []}


@pytest.fixture
async def books() -> AsyncIterator[Books]:
    books = Books(PAIR)
    books.tracker.start()
    books.tracker.on_connected()
    books.source.answer = lambda pair: None
    yield books
    books.tracker.stop()
    await settle()


async def test_each_one_takes_the_place_of_the_one_before(books: Books) -> None:
    book = books.tracker.order_books[PAIR]
    books.tracker.on_message(PAIR, "update", FIRST)
    assert books.tracker.invalid_reasons == {}
    assert levels(book) == ([(29990.0, 0.4)], [(30010.0, 0.6)])
    update_id = book.snapshot_uid
    books.tracker.on_message(PAIR, "update", SECOND)
    assert levels(book) == ([(29980.0, 1.0)], [])
    assert book.snapshot_uid > update_id
    assert books.tracker.metrics.total_snapshots_processed == 2


async def test_a_market_that_is_not_followed_has_none(books: Books) -> None:
    books.tracker.on_message("ETH-USD", "update", FIRST)
    assert "ETH-USD" not in books.tracker.order_books


async def test_one_that_is_crossed_is_none_and_the_next_is_one_again(books: Books) -> None:
    books.tracker.on_message(PAIR, "update", FIRST)
    crossed = {"bids": [["30020.0", "0.4"]], "asks": [["30010.0", "0.6"]]}
    books.tracker.on_message(PAIR, "update", crossed)
    assert "crossed" in books.tracker.invalid_reasons[PAIR]
    assert levels(books.tracker.order_books[PAIR]) == ([], [])
    books.tracker.on_message(PAIR, "update", SECOND)
    assert books.tracker.invalid_reasons == {}


async def test_when_they_stay_out_the_last_one_is_not_trusted_for_long(books: Books) -> None:
    books.tracker.on_message(PAIR, "update", FIRST)
    books.pass_s(CONSTANTS.WHOLE_BOOK_LATE_S - 1)
    assert books.tracker.invalid_reasons == {}
    books.pass_s(2)
    assert "the last whole book came" in books.tracker.invalid_reasons[PAIR]
    books.tracker.on_message(PAIR, "update", SECOND)
    assert books.tracker.invalid_reasons == {}


@pytest.mark.parametrize(
    ("version", "answer"),
    [
        ("2.3.44", True), ("1.9", True), ("2.4.0", False), ("2.10.1", False), ("3.1.0", False),
        ("", False), ("unknown", False), ("2", False), ("2.x", False),
    ],
)
def test_versions_are_compared_as_numbers(version: str, answer: bool) -> None:
    assert is_before(version, (2, 4)) is answer
