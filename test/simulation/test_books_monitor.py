"""`simulation.monitors.books` on hand-made messages of an engine."""

from collections import deque

from simulation.monitors.books import DEPTH_MAX_AGE_S, LATE_S, BookMonitor
from simulation.monitors.disturbances import Disturbances
from simulation.monitors.published_books import Level, PublishedBook, key_of
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
        at_s, "bot.1", "BTC-USD", key_of(levels), published(), answers or deque()
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
        len(list(monitor.check(at_s, "bot.1", "BTC-USD", key_of([BID]), published(), deque()))) for at_s in (31.0, 32.0)
    ]
    assert counts == [1, 0]
