"""A followed book that may go on from another engine's is asked for once more, when a newer one is stored."""

from collections.abc import Sequence

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.order_books.commands import Cancel, Command, Event, Job, Log, Notify, Wait
from hummingbot.connector.exchange.peatio.order_books.counts import BookFault
from hummingbot.connector.exchange.peatio.order_books.sync import BookSync

from test.hummingbot.connector.exchange.peatio.book_support import followed_book, increment, levels, snapshot

PAIR = "ETH-USD"
BIDS, ASKS = [["1998.45", "1.2"]], [["2001.26", "1.1"]]
#: What the engine of now opened with: one bid more, which the server does not have.
MORE_BIDS = [["1998.45", "1.2"], ["1995.01", "0.3"]]
OLD_S = CONSTANTS.STORED_BOOK_OLD_S
ASKED_AGAIN = Wait(Job.RESUBSCRIBE, 0)


def change(market: BookSync, sequence: int, now_s: float) -> None:
    market.on_message("ob-inc", increment(sequence, "asks", "2001.26", f"1.{sequence}"), now_s)


def tick(market: BookSync, now_s: float) -> list[Command]:
    return [command for command in market.tick(now_s) if not isinstance(command, (Log, Cancel))]


def stored(market: BookSync, first: int, bids: list[list[str]], last: int, now_s: float) -> Sequence[Command]:
    """The subscription is sent again, and answered with what the server stores."""
    market.on_timer(Job.RESUBSCRIBE, now_s)
    # A snapshot has the change of the next increment already.
    market.on_message("ob-snap", snapshot(first, bids, [["2001.26", f"1.{first + 1}"]]), now_s)
    for sequence in range(first + 1, last + 1):
        change(market, sequence, now_s)
    return market.on_ack(None, now_s)


def opened_book() -> BookSync:
    """The first change of an engine behind what an engine opened with, as the server stores it, followed at 1 s."""
    market = followed_book(PAIR, BIDS, ASKS)
    change(market, 2, 1.0)
    stored(market, 1, BIDS, 2, 1.0)
    assert not market.reason
    return market


def later_book() -> BookSync:
    """A book that begins with a later one than what its engine opened with, followed at 0 s."""
    market = followed_book(PAIR, BIDS, ASKS, sequence=40)
    change(market, 41, 1.0)
    return market


def find_difference(market: BookSync, now_s: float) -> None:
    """REST depth shows twice, while both rest, that it has one bid more."""
    depth = {"timestamp": now_s, "bids": MORE_BIDS, "asks": [["2001.26", f"1.{market.sequence}"]]}
    market._commands.extend(market._depth.start_check(market.sequence))
    for _ in range(2):
        market.on_timer(Job.CHECK, now_s)
        market.on_depth(Job.CHECK, depth, now_s)
    assert market.counts.depth_differences


def test_a_book_that_goes_on_from_that_of_another_engine_does_so_until_a_newer_one_is_stored() -> None:
    market = opened_book()
    change(market, 3, OLD_S)
    assert tick(market, OLD_S) == [], "what is stored need not be newer"
    assert tick(market, OLD_S + 1) == [], "this is when it is old"
    assert tick(market, OLD_S + 100) == [], "no change has come with a newer one"
    change(market, 4, OLD_S + 101)

    assert tick(market, OLD_S + 101) == [ASKED_AGAIN]
    assert (market.fault, market.counts.renewals) == (BookFault.RENEWAL, 1)
    assert levels(market.levels) == ([], [])
    commands = stored(market, 3, MORE_BIDS, 4, OLD_S + 101)
    assert levels(market.levels) == ([(1998.45, 1.2), (1995.01, 0.3)], [(2001.26, 1.4)])
    assert {Notify(Event.ENGINE_RESTART), Notify(Event.ENGINE_RESTART_CONFIRMED)} <= set(commands)
    assert market.counts.restarts == 1


def test_a_book_that_is_what_is_stored_is_followed_on_and_asked_for_once() -> None:
    market = opened_book()
    tick(market, OLD_S + 1)
    change(market, 3, OLD_S + 2)
    assert tick(market, OLD_S + 2) == [ASKED_AGAIN]
    commands = stored(market, 2, BIDS, 3, OLD_S + 2)

    assert not market.reason
    assert not any(isinstance(command, Notify) for command in commands)
    tick(market, 3 * OLD_S)
    change(market, 4, 3 * OLD_S + 1)
    assert tick(market, 3 * OLD_S + 1) == []
    assert (market.counts.renewals, market.counts.restarts) == (1, 0)


def test_where_the_newer_one_was_missed_too_it_is_asked_for_again_after_longer_and_longer_times() -> None:
    """A server may store no newer one at all, and while a book is asked for it is empty."""
    market, now_s, waited_s = opened_book(), 1.0, []
    for sequence in range(3, 12):
        asked_s = now_s
        while not tick(market, now_s + 1):
            now_s += 1
            if market._symptoms.renewal._old_at is not None:
                change(market, sequence, now_s)
        stored(market, 1, BIDS, sequence, now_s)
        assert not market.reason
        waited_s.append(round((now_s - asked_s) / OLD_S))
    assert waited_s == [1, 2, 4, 8, 16, 32, 55, 55, 55]
    assert market.counts.renewals == 9


def test_a_later_book_is_asked_for_again_where_only_another_market_showed_a_restart() -> None:
    """What the server stores may go on from the book of the engine before it, by chance."""
    market = later_book()
    market.on_other_restart(2.0)
    stored(market, 40, BIDS, 41, 2.0)
    assert not market.reason
    assert tick(market, OLD_S + 2) == []
    change(market, 42, OLD_S + 3)
    assert tick(market, OLD_S + 3) == [ASKED_AGAIN]
    stored(market, 41, MORE_BIDS, 42, OLD_S + 3)
    tick(market, 3 * OLD_S)
    change(market, 43, 3 * OLD_S + 1)
    assert tick(market, 3 * OLD_S + 1) == []


def test_a_later_book_is_not_asked_for_again() -> None:
    market = later_book()
    tick(market, OLD_S)
    change(market, 42, OLD_S + 1)
    assert tick(market, OLD_S + 1) == []


@pytest.mark.parametrize("has_more", [True, False])
def test_a_book_that_differs_from_rest_depth_is_asked_for_once(has_more: bool) -> None:
    """Where what is stored is the same, the database is the one that differs: later comparisons change nothing."""
    market = later_book()
    find_difference(market, 5.0)
    assert tick(market, OLD_S) == []
    change(market, 42, OLD_S + 1)
    assert tick(market, OLD_S + 1) == [ASKED_AGAIN]

    stored(market, 41, MORE_BIDS if has_more else BIDS, 42, OLD_S + 2)
    assert (not market.reason, market.counts.restarts) == (True, int(has_more))
    find_difference(market, OLD_S + 5)
    tick(market, 3 * OLD_S)
    change(market, 43, 3 * OLD_S + 1)
    assert tick(market, 3 * OLD_S + 1) == []
    assert market.counts.renewals == 1


def test_whole_books_are_none_that_a_newer_one_could_mend() -> None:
    """Peatio before 2.4 sends nothing else, and its first one has the number 1 here."""
    market = followed_book(PAIR, BIDS, ASKS, sequence=40)
    market.sequence = 0
    book = {"bids": BIDS, "asks": ASKS}
    for now_s in (1.0, OLD_S - 4, OLD_S + 1, OLD_S + 6):
        market.on_message("update", book, now_s)
        assert tick(market, now_s) == []
