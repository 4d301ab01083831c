"""Sides that a snapshot cut off, and books that are crossed, against a plain book in whole numbers."""

from typing import Any

import pytest
from hummingbot.connector.exchange.peatio.common.errors import CrossedBookError, MessageError
from hummingbot.connector.exchange.peatio.order_books.levels import SyncedLevels
from hummingbot.core.data_type.order_book import OrderBook
from hummingbot.core.data_type.order_book_row import OrderBookRow
from hypothesis import given, settings
from hypothesis import strategies as st

from test.hummingbot.connector.exchange.peatio.book_support import Level, increment, levels, snapshot

Side = dict[int, int]
LIMIT = 5


def book_of(bids: Side, asks: Side, limit: int = LIMIT) -> SyncedLevels:
    """A book that starts from the best `limit` levels of each side, as a server cuts them."""
    book = SyncedLevels(OrderBook())
    best_bids = [[str(price), str(bids[price])] for price in sorted(bids, reverse=True)]
    best_asks = [[str(price), str(asks[price])] for price in sorted(asks)]
    book.start_from(snapshot(1, best_bids[:limit], best_asks[:limit]), limit)
    return book


def report(book: SyncedLevels, update_id: int, side: str, price: int, volume: int) -> None:
    book.apply_increment(increment(update_id, side, str(price), str(volume) if volume else ""))


def ladder(bids: Side, asks: Side) -> tuple[list[Level], list[Level]]:
    return (
        [(float(price), float(bids[price])) for price in sorted(bids, reverse=True)],
        [(float(price), float(asks[price])) for price in sorted(asks)],
    )


# Cut sides.


def test_a_side_with_as_many_levels_as_a_snapshot_has_is_known_up_to_its_last() -> None:
    book = book_of(dict.fromkeys(range(80, 100), 1), {101: 1, 102: 1})

    assert book.edges == (95.0, float("inf"))
    assert len(levels(book)[0]) == LIMIT


def test_what_is_said_of_levels_beyond_the_cut_is_left_out() -> None:
    book = book_of(dict.fromkeys(range(80, 100), 1), dict.fromkeys(range(101, 120), 1))
    before = levels(book)

    report(book, 2, "bids", 94, 7)
    report(book, 3, "asks", 106, 7)
    assert levels(book) == before
    report(book, 4, "bids", 95, 7)
    report(book, 5, "asks", 105, 7)
    assert levels(book)[0][-1] == (95.0, 7.0)
    assert levels(book)[1][-1] == (105.0, 7.0)


def test_beyond_the_last_level_of_a_whole_side_there_is_nothing_and_increments_count() -> None:
    book = book_of({99: 1}, {101: 1})

    report(book, 2, "bids", 10, 7)
    report(book, 3, "asks", 500, 7)
    assert levels(book) == ([(99.0, 1.0), (10.0, 7.0)], [(101.0, 1.0), (500.0, 7.0)])


@pytest.mark.parametrize(("side", "prices"), [("bids", range(95, 100)), ("asks", range(101, 106))])
def test_a_cut_side_is_depleted_when_nothing_known_is_left(side: str, prices: range) -> None:
    book = book_of(dict.fromkeys(range(80, 100), 1), dict.fromkeys(range(101, 120), 1))
    for number, price in enumerate(prices, 2):
        assert not book.is_depleted
        report(book, number, side, price, 0)

    assert book.is_depleted
    report(book, 9, side, prices[2], 1)
    assert not book.is_depleted, "a price better than the cut is known again"


def test_a_whole_side_that_is_empty_is_not_eaten() -> None:
    book = book_of({99: 1}, {101: 1})
    report(book, 2, "bids", 99, 0)

    assert not book.is_depleted
    assert levels(book) == ([], [(101.0, 1.0)])


def test_a_new_start_forgets_the_cut() -> None:
    book = book_of(dict.fromkeys(range(80, 100), 1), {101: 1})

    book.clear()
    assert book.edges == (float("-inf"), float("inf"))
    assert levels(book) == ([], [])
    assert not book.is_depleted


def test_levels_of_nothing_are_not_levels() -> None:
    book = SyncedLevels(OrderBook())
    book.start_from(snapshot(1, bids=[["99", "0"], ["98", "1"]], asks=[["90", ""], ["101", "1"]]), LIMIT)

    assert levels(book) == ([(98.0, 1.0)], [(101.0, 1.0)])


# Crossed books.


def test_hummingbots_own_book_forgets_a_level_that_a_newer_one_crosses() -> None:
    """Why crossing levels are put aside; when this fails they need not be any more."""
    book = OrderBook()
    book.apply_snapshot([OrderBookRow(99.0, 1.0, 1)], [OrderBookRow(101.0, 1.0, 1), OrderBookRow(102.0, 1.0, 1)], 1)
    book.apply_diffs([OrderBookRow(101.0, 1.0, 2)], [], 2)
    book.apply_diffs([OrderBookRow(101.0, 0.0, 3)], [], 3)

    assert levels(book) == ([(99.0, 1.0)], [(102.0, 1.0)])


@pytest.mark.parametrize("price", [101, 103])
def test_a_level_that_was_crossed_for_a_moment_is_there_again(price: int) -> None:
    book = book_of({99: 1}, {101: 1, 102: 2, 104: 1})

    report(book, 2, "bids", price, 5)
    assert book.is_crossed
    report(book, 3, "bids", price, 0)

    assert not book.is_crossed
    assert levels(book) == ([(99.0, 1.0)], [(101.0, 1.0), (102.0, 2.0), (104.0, 1.0)])


def test_a_crossed_level_that_the_exchange_takes_away_is_gone() -> None:
    book = book_of({99: 1}, {101: 1, 102: 2})

    report(book, 2, "bids", 101, 5)
    report(book, 3, "asks", 101, 0)

    assert not book.is_crossed
    assert levels(book) == ([(101.0, 5.0), (99.0, 1.0)], [(102.0, 2.0)])


@pytest.mark.parametrize("asks", [{99: 1}, {90: 1, 101: 1}])
def test_a_crossed_snapshot_is_refused(asks: Side) -> None:
    with pytest.raises(CrossedBookError, match=r"best bid 99\.0 is not below its best ask"):
        book_of({99: 1}, asks)


def test_a_refused_start_leaves_the_book_as_it_was() -> None:
    book = book_of({99: 1}, {101: 1})
    for payload in (snapshot(2, bids=[["9", "1"]], asks=[["8", "1"]]), {"bids": "?", "asks": []}):
        with pytest.raises(MessageError):
            book.start_from(payload, LIMIT)

    assert levels(book) == ([(99.0, 1.0)], [(101.0, 1.0)])


def test_a_message_of_many_levels_and_both_sides_is_taken_too() -> None:
    book = book_of({99: 1}, {101: 1})
    payload: dict[str, Any] = {"bids": [["100", "1"], ["99", None]], "asks": [["101", "0"], ["102", "3"]]}
    book.apply_increment({**payload, "sequence": 2})

    assert levels(book) == ([(100.0, 1.0)], [(102.0, 3.0)])


# Both, at random.

# Few prices, so that most changes hit something.
PRICES = st.integers(90, 110)
STARTS = st.dictionaries(PRICES, st.integers(1, 9))
CHANGES = st.lists(st.tuples(st.sampled_from(["bids", "asks"]), PRICES, st.sampled_from([0, 0, 1, 2, 3])), max_size=40)


def without_nothing(side: Side) -> Side:
    return {price: volume for price, volume in side.items() if volume}


def assert_is_what_is_known(book: SyncedLevels, bids: Side, asks: Side) -> None:
    """The book and all that was told of the exchange's, as far as it was told."""
    bid_edge, ask_edge = book.edges
    known_bids = {price: volume for price, volume in bids.items() if price >= bid_edge}
    known_asks = {price: volume for price, volume in asks.items() if price <= ask_edge}
    is_crossed = max(known_bids, default=0) >= min(known_asks, default=999)
    assert book.is_crossed == is_crossed
    if not is_crossed:
        assert levels(book) == ladder(known_bids, known_asks)
        is_empty_and_cut = (not known_bids and bid_edge > 0) or (not known_asks and ask_edge < 999)
        assert book.is_depleted == is_empty_and_cut


@settings(deadline=None, derandomize=True, max_examples=500)
@given(STARTS, STARTS, CHANGES)
def test_a_book_is_the_exchanges_as_far_as_it_is_known(bids: Side, asks: Side, changes: list[Any]) -> None:
    asks = {price: volume for price, volume in asks.items() if price > max(bids, default=0)}
    book = book_of(bids, asks)
    for update_id, (side, price, volume) in enumerate(changes, 2):
        plain = bids if side == "bids" else asks
        if volume:
            plain[price] = volume
        else:
            plain.pop(price, None)
        report(book, update_id, side, price, volume)

        assert_is_what_is_known(book, bids, asks)
        assert book._book.last_diff_uid == update_id


@settings(deadline=None, derandomize=True, max_examples=200)
@given(STARTS, STARTS, CHANGES)
def test_many_levels_a_message_make_the_same_book(bids: Side, asks: Side, changes: list[Any]) -> None:
    asks = {price: volume for price, volume in asks.items() if price > max(bids, default=0)}
    book = book_of(bids, asks)
    told: dict[str, Side] = {"bids": {}, "asks": {}}
    for side, price, volume in changes:
        told[side][price] = volume
        plain = bids if side == "bids" else asks
        plain[price] = volume
    message = {side: [[str(price), str(volume)] for price, volume in rows.items()] for side, rows in told.items()}
    book.apply_increment(message)

    assert_is_what_is_known(book, without_nothing(bids), without_nothing(asks))
