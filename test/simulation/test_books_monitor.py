"""`simulation.monitors.books` on hand-made messages of an engine."""

from collections import deque
from math import inf

from simulation.monitors.books import DEPTH_MAX_AGE_S, LATE_S, BookMonitor
from simulation.monitors.disturbances import Disturbances
from simulation.monitors.published_books import Level, PublishedBook, key_of
from simulation.monitors.stored_books import ASKED_WITHIN_S, CONFIRMED_WITHIN_S, StoredBook
from simulation.monitors.violation import Property

ASK: Level = ("asks", 101.0, 1.0)
BID: Level = ("bids", 99.0, 2.0)
SMALLER_BID: Level = ("bids", 99.0, 1.5)
Answers = deque[tuple[float, int]]


def published() -> PublishedBook:
    """At 10 s an ask and a bid, from 20 s on a smaller bid, from 30 s on the ask alone."""
    book = PublishedBook()
    book.snapshot({"asks": [["101.0", "1.0"]], "bids": [["99.0", "2.0"]], "sequence": 1}, 10.0)
    book.increment({"bids": ["99.0", "1.5"], "sequence": 2}, 20.0)
    book.increment({"bids": ["99.0", ""], "sequence": 3}, 30.0)
    return book


def texts(at_s: float, *levels: Level, until_s: float = 0.0, answers: Answers | None = None) -> list[str]:
    disturbances = Disturbances()
    disturbances.extend(until_s)
    found = BookMonitor(disturbances).check(
        at_s, "bot.1", "BTC-USD", key_of(levels), published(), answers or deque(), StoredBook()
    )
    violations = list(found)
    assert all(violation.broken is Property.BOOKS for violation in violations)
    return [violation.text for violation in violations]


def test_the_key_is_that_of_the_levels_in_any_order_and_follows_increments() -> None:
    book = published()
    assert key_of([ASK, BID]) == key_of([BID, ASK])
    assert book.superseded_at_s(key_of([BID, ASK])) == 20.0
    assert book.superseded_at_s(key_of([SMALLER_BID, ASK])) == 30.0
    assert book.superseded_at_s(key_of([ASK])) == float("inf")
    assert book.superseded_at_s(key_of([BID])) is None


def test_the_present_book_one_of_a_moment_ago_and_an_empty_one_are_right() -> None:
    assert texts(31.0, ASK) == []
    assert texts(30.0 + LATE_S, ASK, SMALLER_BID) == []
    assert texts(31.0) == []


def test_a_book_that_the_engine_never_had_is_wrong_at_once_though_a_fault_is_in_force() -> None:
    assert texts(31.0, BID, until_s=100.0) == ["the book of BTC-USD was never published"]
    wrong_amount = ("asks", 101.0, 1.1)
    assert texts(31.0, wrong_amount) == ["the book of BTC-USD was never published"]


def test_a_book_that_later_messages_should_have_changed_is_wrong() -> None:
    assert texts(40.0, ASK, BID) == ["the book of BTC-USD is that of 20.0 s ago"]


def test_an_old_book_is_right_while_no_message_since_the_last_fault_could_show_it() -> None:
    assert texts(40.0, ASK, BID, until_s=35.0) == []
    # The change at 30 s came after the fault.
    assert texts(40.0, ASK, BID, until_s=25.0) == ["the book of BTC-USD is that of 20.0 s ago"]


def test_rest_depth_feeds_a_book_for_as_long_as_it_may() -> None:
    answers = deque([(32.0, key_of([BID]))])
    assert texts(33.0, BID, answers=answers) == []
    late_s = 32.0 + DEPTH_MAX_AGE_S + 0.5
    assert texts(late_s, BID, answers=answers) == [f"the book of BTC-USD is that of {DEPTH_MAX_AGE_S + 0.5:.1f} s ago"]


def test_a_book_that_stays_wrong_is_reported_once() -> None:
    monitor = BookMonitor(Disturbances())
    counts = [
        len(list(monitor.check(at_s, "bot.1", "BTC-USD", key_of([BID]), published(), deque(), StoredBook())))
        for at_s in (31.0, 32.0)
    ]
    assert counts == [1, 0]


# What the websocket server makes of the messages of two engines.

CHANGE: Level = ("asks", 102.0, 3.0)
LATER: Level = ("asks", 103.0, 4.0)


def mixed() -> tuple[PublishedBook, StoredBook]:
    """At 20 s an engine opens with a bid more than that of 10 s, which the server misses; changes at 30 s and 40 s."""
    published, stored = PublishedBook(), StoredBook()
    opening = {"asks": [["101.0", "1.0"]], "bids": [], "sequence": 1}
    for book in (published, stored):
        book.snapshot(opening, 10.0)
    stored.on_engine(20.0)
    published.snapshot({**opening, "bids": [["99.0", "2.0"]]}, 20.0)
    for at_s, sequence, level in ((30.0, 2, CHANGE), (40.0, 3, LATER)):
        for book in (published, stored):
            change(book, at_s, sequence, level)
    return published, stored


def change(book: PublishedBook | StoredBook, at_s: float, sequence: int, level: Level) -> None:
    side, price, amount = level
    book.increment({side: [str(price), str(amount)], "sequence": sequence}, at_s)


def found(at_s: float, published: PublishedBook, stored: StoredBook, *levels: Level) -> list[str]:
    monitor = BookMonitor(Disturbances())
    key = key_of(levels)
    return [one.text for one in monitor.check(at_s, "bot.1", "BTC-USD", key, published, deque(), stored)]


def test_what_the_server_made_of_two_engines_is_right_while_nothing_shows_it() -> None:
    published, stored = mixed()
    assert found(41.0, published, stored, ASK, CHANGE, LATER) == []
    assert found(40.5, published, stored, ASK, CHANGE) == [], "a moment ago"
    assert found(41.0, published, stored, ASK, BID, CHANGE, LATER) == [], "the engine's own"
    assert found(41.0, published, stored, ASK, LATER) == ["the book of BTC-USD was never published"]
    change(published, 45.0, 4, BID)
    assert found(50.0, published, stored, ASK, CHANGE) == ["the book of BTC-USD is that of 10.0 s ago"]


def test_it_is_wrong_once_a_newer_book_was_stored_and_there_was_time_to_ask_for_it() -> None:
    published, stored = mixed()
    stored.snapshot({"asks": [["101.0", "1.0"]], "bids": [["99.0", "2.0"]], "sequence": 3}, 80.0)
    late_s = 80.0 + ASKED_WITHIN_S
    more: Level = ("asks", 104.0, 5.0)
    for at_s, sequence, amount in ((81.0, 4, 1.0), (late_s + 1.0, 5, 2.0)):
        for book in (published, stored):
            change(book, at_s, sequence, (*more[:2], amount))
    levels = ASK, CHANGE, LATER, (*more[:2], 2.0)
    assert found(late_s + 1.0, published, stored, *levels) == []
    assert found(late_s + 1.0 + LATE_S, published, stored, *levels) == ["the book of BTC-USD is that of 2.5 s ago"]


def test_another_engine_and_a_gap_end_it() -> None:
    for end in ("engine", "gap"):
        published, stored = mixed()
        if end == "engine":
            stored.on_engine(50.0)
        else:
            change(stored, 50.0, 9, CHANGE)
        change(published, 51.0, 4, BID)
        assert found(50.0 + LATE_S, published, stored, ASK, CHANGE, LATER) == []
        assert found(60.0, published, stored, ASK, CHANGE, LATER) == ["the book of BTC-USD is that of 10.0 s ago"]


def test_numbers_that_fit_by_chance_are_known_once_those_of_another_market_show_a_restart() -> None:
    """Seed 120234: all that an engine had published was missed when its first change arrived, with the next number."""
    stored, opening = StoredBook(), {"asks": [["101.0", "1.0"]], "bids": [], "sequence": 1}
    stored.snapshot(opening, 10.0)
    change(stored, 11.0, 2, CHANGE)
    stored.on_engine(20.0)
    change(stored, 30.0, 3, LATER)
    mixed_key = key_of([ASK, CHANGE, LATER])
    stored.snapshot({**opening, "sequence": 3}, 80.0)
    assert stored.superseded_at_s(mixed_key) == inf, "no subscriber has a reason to ask for it"
    stored.on_shown(100.0)
    assert stored.superseded_at_s(mixed_key) == 100.0 + CONFIRMED_WITHIN_S + ASKED_WITHIN_S


def test_a_number_goes_back_where_the_market_had_passed_it() -> None:
    stored = StoredBook()
    assert not stored.increment({"asks": ["102.0", "3.0"], "sequence": 5}, 9.0)
    stored.snapshot({"asks": [["101.0", "1.0"]], "bids": [], "sequence": 7}, 10.0)
    assert not stored.increment({"asks": ["102.0", "3.0"], "sequence": 9}, 11.0), "a gap"
    assert stored.increment({"asks": ["102.0", "3.0"], "sequence": 2}, 12.0)
