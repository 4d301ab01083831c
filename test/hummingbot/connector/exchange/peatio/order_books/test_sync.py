"""A market's book as a pure machine: inputs in, commands out, no event loop."""

from collections.abc import Sequence
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import NotSentError, StreamError
from hummingbot.connector.exchange.peatio.order_books.commands import (
    AskDepth,
    Cancel,
    Command,
    Count,
    Event,
    Job,
    Log,
    Notify,
    Resubscribe,
    Wait,
)
from hummingbot.connector.exchange.peatio.order_books.counts import BookCounts, BookFault, BookState
from hummingbot.connector.exchange.peatio.order_books.levels import SyncedLevels
from hummingbot.connector.exchange.peatio.order_books.sync import BookSync
from hummingbot.core.data_type.order_book import OrderBook
from hypothesis import given, settings
from hypothesis import strategies as st

from test.hummingbot.connector.exchange.peatio.book_support import followed_book, increment, levels, snapshot

PAIR = "BTC-USD"
BIDS, ASKS = [["29990.0", "0.4"]], [["30010.0", "0.6"]]
BOOK = ([(29990.0, 0.4)], [(30010.0, 0.6)])
NOTHING: tuple[list[Any], list[Any]] = ([], [])
DEPTH = {"timestamp": 1, "bids": BIDS, "asks": ASKS}
LATE_S = 1000.0


def without_logs(commands: Sequence[Command]) -> list[Command]:
    return [command for command in commands if not isinstance(command, Log)]


def new_book() -> BookSync:
    return BookSync(PAIR, SyncedLevels(OrderBook()), BookCounts(), 0.0)


def broken_book() -> BookSync:
    """A book that was followed for long and has a gap at `LATE_S`; the subscription is to be sent again."""
    market = followed_book(PAIR, BIDS, ASKS)
    market.on_message("ob-inc", increment(9, "bids", "1", "1"), LATE_S)
    return market


def silent_book() -> BookSync:
    """A book that trades show to be silent at `LATE_S`."""
    market = followed_book(PAIR, BIDS, ASKS)
    trade = {"tid": 1, "taker_type": "buy", "date": 1700000000, "price": "30010.0", "amount": "0.25"}
    market.on_trade(trade, LATE_S - CONSTANTS.SILENCE_AFTER_TRADE_S)
    assert without_logs(market.tick(LATE_S))[-1] == Notify(Event.SILENT)
    return market


def replay(market: BookSync, *sequences: int) -> Sequence[Command]:
    """The subscription is sent and answered; the commands that follow the ack."""
    market.on_timer(Job.RESUBSCRIBE, LATE_S)
    first, *others = sequences
    market.on_message("ob-snap", snapshot(first, BIDS, ASKS), LATE_S)
    for sequence in others:
        market.on_message("ob-inc", increment(sequence, "bids", "29990.0", "0.4"), LATE_S)
    return market.on_ack(None, LATE_S)


def test_a_new_book_is_empty_until_its_snapshot() -> None:
    market = new_book()
    assert (market.state, market.fault) == (BookState.EMPTY, BookFault.NO_SNAPSHOT)
    assert market.on_message("ob-inc", increment(1, "bids", "1", "1"), 0.0) == (Count(rejected=1),)

    assert market.on_message("ob-snap", snapshot(1, BIDS, ASKS), 1.0) == [Count(snapshots=1)]
    assert (market.state, market.reason) == (BookState.FOLLOWING, "")
    assert levels(market.levels) == BOOK


def test_the_next_increment_is_applied_either_way() -> None:
    market = followed_book(PAIR, BIDS, ASKS, 11)
    assert market.on_level(12, True, 29990.0, 0.5)
    assert market.on_message("ob-inc", increment(13, "asks", "30010.0", ""), 1.0) == (Count(increments=1),)
    assert not market.on_level(15, True, 29990.0, 0.6), "a gap is left to on_increment"
    assert levels(market.levels) == ([(29990.0, 0.5)], [])


def test_the_first_change_of_an_engine_is_asked_for_again_at_once() -> None:
    """An engine that was restarted before it made a change counts from the same place."""
    market = followed_book(PAIR, BIDS, ASKS)
    assert not market.on_level(2, True, 29990.0, 0.5)
    commands = market.on_message("ob-inc", increment(2, "bids", "29990.0", "0.5"), 1.0)

    assert without_logs(commands) == [Wait(Job.RESUBSCRIBE, 0)], "no message was missed"
    assert (market.state, market.fault) == (BookState.EMPTY, BookFault.FIRST_CHANGE)


def test_a_first_change_that_is_stored_with_its_book_is_applied() -> None:
    market = new_book()
    market.on_message("ob-snap", snapshot(1, BIDS, ASKS), 0.0)
    assert market.on_message("ob-inc", increment(2, "bids", "29990.0", "0.5"), 0.0) == (Count(increments=1),)


@pytest.mark.parametrize("is_first_connection", [True, False])
def test_a_first_change_while_other_books_are_still_asked_for_is_asked_for_again_at_once(
    is_first_connection: bool,
) -> None:
    """Seed 120168 of the simulation: on a slow line, several books later, the engine that had opened with that book was
    started once more. Its first change was taken for one that the server had stored behind it."""
    market = new_book()
    if not is_first_connection:
        market.on_lost(0.0)
    market.on_message("ob-snap", snapshot(1, BIDS, ASKS), LATE_S)
    market.on_stored()
    commands = [*market.on_message("ob-inc", increment(2, "bids", "29990.0", "0.5"), LATE_S)]
    commands += market.on_message("ob-inc", increment(3, "bids", "29990.0", "0.6"), LATE_S)
    commands += market.on_connected(LATE_S)

    assert Wait(Job.RESUBSCRIBE, 0) in commands
    assert (market.state, market.fault) == (BookState.EMPTY, BookFault.FIRST_CHANGE)
    assert replay(market, 1, 2, 3)
    assert (market.state, market.sequence) == (BookState.FOLLOWING, 3), "stored with its book"


@pytest.mark.parametrize("is_first_connection", [True, False])
def test_a_first_change_that_the_server_stored_is_applied_while_others_are_asked_for(is_first_connection: bool) -> None:
    market = new_book()
    if not is_first_connection:
        market.on_lost(0.0)
    market.on_message("ob-snap", snapshot(1, BIDS, ASKS), LATE_S)
    market.on_message("ob-inc", increment(2, "bids", "29990.0", "0.5"), LATE_S)
    market.on_stored()
    market.on_message("ob-inc", increment(3, "bids", "29990.0", "0.6"), LATE_S)
    market.on_connected(LATE_S)
    assert (market.state, market.sequence) == (BookState.FOLLOWING, 3)


def test_a_gap_empties_the_book_and_the_subscription_is_sent_again_at_once() -> None:
    market = followed_book(PAIR, BIDS, ASKS)
    commands = market.on_message("ob-inc", increment(9, "bids", "1", "1"), LATE_S)

    assert without_logs(commands) == [Wait(Job.RESUBSCRIBE, 0), Notify(Event.GAP)]
    assert (market.state, market.fault) == (BookState.EMPTY, BookFault.GAP)
    assert levels(market.levels) == NOTHING
    assert not market.on_level(2, True, 1.0, 1.0)


def test_a_replay_is_kept_back_until_the_ack() -> None:
    market = broken_book()
    assert market.on_timer(Job.RESUBSCRIBE, LATE_S) == [Resubscribe(is_fresh=False)]
    assert market.on_message("ob-snap", snapshot(8, BIDS, ASKS), LATE_S) == []
    assert market.on_message("ob-inc", increment(9, "bids", "29990.0", "0.5"), LATE_S) == []
    assert (market.state, levels(market.levels)) == (BookState.REPLAYING, NOTHING)

    commands = without_logs(market.on_ack(None, LATE_S + 1))
    assert commands == [Count(snapshots=1, increments=1), Wait(Job.CHECK, CONSTANTS.DEPTH_QUIET_S)]
    assert (market.state, market.sequence) == (BookState.FOLLOWING, 9)
    assert market.counts.invalid_s == 1


def test_an_answer_without_a_snapshot_is_followed_by_a_fresh_subscription() -> None:
    market = broken_book()
    market.on_timer(Job.RESUBSCRIBE, LATE_S)
    (wait,) = market.on_ack(None, LATE_S)
    assert isinstance(wait, Wait)
    assert 0 < wait.delay_s <= CONSTANTS.BACKOFF_START_S
    assert market.on_timer(Job.RESUBSCRIBE, LATE_S) == [Resubscribe(is_fresh=True)]


def test_a_failed_subscription_is_sent_again() -> None:
    market = broken_book()
    market.on_timer(Job.RESUBSCRIBE, LATE_S)
    log, wait = market.on_ack(StreamError("no connection"), LATE_S)
    assert isinstance(log, Log)
    assert log.text == "No snapshot of BTC-USD: no connection"
    assert isinstance(wait, Wait)
    assert market.state is BookState.EMPTY


def test_a_second_break_starts_no_second_subscription() -> None:
    market = broken_book()
    assert without_logs(market.on_message("ob-snap", {}, LATE_S)) == []
    market.on_timer(Job.RESUBSCRIBE, LATE_S)
    assert without_logs(market.on_message("ob-snap", {}, LATE_S)) == []


def test_a_book_that_is_back_before_the_timer_is_not_asked_for() -> None:
    market = broken_book()
    market.on_message("ob-snap", snapshot(9, BIDS, ASKS), LATE_S)
    assert market.on_timer(Job.RESUBSCRIBE, LATE_S) == []
    commands = market.on_message("ob-inc", increment(20, "bids", "1", "1"), LATE_S)
    assert [type(command) for command in without_logs(commands)] == [Cancel, Wait, Notify]


def test_a_replay_that_cannot_be_read_is_no_book() -> None:
    market = broken_book()
    market.on_timer(Job.RESUBSCRIBE, LATE_S)
    market.on_message("ob-snap", {"bids": "?", "asks": [], "sequence": 9}, LATE_S)
    commands = without_logs(market.on_ack(None, LATE_S))
    assert [type(command) for command in commands] == [Wait]
    assert (market.state, market.fault) == (BookState.EMPTY, BookFault.UNREADABLE)


def test_a_lost_connection_ends_all_that_is_under_way() -> None:
    market = broken_book()
    market.on_timer(Job.RESUBSCRIBE, LATE_S)
    market.tick(LATE_S + CONSTANTS.REST_FALLBACK_AFTER_S)
    commands = market.on_lost(LATE_S + CONSTANTS.REST_FALLBACK_AFTER_S)
    assert commands == [Cancel(Job.RESUBSCRIBE), Cancel(Job.FEED)]
    assert (market.state, market.fault) == (BookState.EMPTY, BookFault.CONNECTION)
    assert without_logs(market.tick(LATE_S + 3600)) == [], "nothing is fed without a connection"


def test_what_a_new_connection_replays_is_kept_back_until_its_acknowledgement() -> None:
    market = followed_book(PAIR, BIDS, ASKS)
    market.on_connected(0.0)
    market.on_lost(LATE_S)
    market.on_message("ob-snap", snapshot(8, BIDS, ASKS), LATE_S + 1)
    assert not market.on_level(9, True, 29990.0, 0.5)
    market.on_message("ob-inc", increment(9, "bids", "29990.0", "0.5"), LATE_S + 1)
    assert (market.state, levels(market.levels)) == (BookState.REPLAYING, NOTHING), "an old book is no book"

    market.on_connected(LATE_S + 1)
    assert (market.state, market.sequence) == (BookState.FOLLOWING, 9)
    assert levels(market.levels) == ([(29990.0, 0.5)], [(30010.0, 0.6)])
    assert market.on_level(10, True, 29990.0, 0.4)


def test_a_restart_that_a_new_connection_shows_renews_no_other_book() -> None:
    """All markets are replayed with the connection."""
    market = followed_book(PAIR, BIDS, ASKS, 11)
    market.on_connected(0.0)
    for sequence in (12, 13):
        market.on_level(sequence, True, 29990.0, 0.4)
    market.on_lost(LATE_S)
    market.on_message("ob-snap", snapshot(1, BIDS, ASKS), LATE_S + 1)
    notices = [command for command in market.on_connected(LATE_S + 1) if isinstance(command, Notify)]
    assert notices == [Notify(Event.ENGINE_RESTART)]


def test_a_new_connection_that_replays_a_gap_subscribes_again() -> None:
    market = followed_book(PAIR, BIDS, ASKS)
    market.on_connected(0.0)
    market.on_lost(LATE_S)
    market.on_message("ob-snap", snapshot(8, BIDS, ASKS), LATE_S + 1)
    market.on_message("ob-inc", increment(11, "bids", "29990.0", "0.5"), LATE_S + 1)
    (wait,) = without_logs(market.on_connected(LATE_S + 1))
    assert isinstance(wait, Wait)
    assert wait.job is Job.RESUBSCRIBE
    assert (market.state, market.fault) == (BookState.EMPTY, BookFault.GAP)


def test_a_sequence_below_the_highest_is_an_engine_restart() -> None:
    market = followed_book(PAIR, BIDS, ASKS, 11)
    for sequence in (12, 13):
        market.on_level(sequence, True, 29990.0, 0.4)
    commands = market.on_message("ob-inc", increment(2, "bids", "1", "1"), LATE_S)
    assert without_logs(commands)[-1] == Notify(Event.ENGINE_RESTART)
    assert market.counts.restarts == 1


def test_a_book_that_stays_invalid_is_reported_once() -> None:
    market = broken_book()
    assert market.tick(LATE_S + CONSTANTS.QUOTES_PULLED_AFTER_S - 0.5) == []
    assert market.tick(LATE_S + CONSTANTS.QUOTES_PULLED_AFTER_S) == [Notify(Event.INVALID)]
    assert market.tick(LATE_S + CONSTANTS.QUOTES_PULLED_AFTER_S + 1) == []


def test_rest_depth_feeds_a_book_until_the_stream_does() -> None:
    market = broken_book()
    late_s = LATE_S + CONSTANTS.REST_FALLBACK_AFTER_S
    assert AskDepth(Job.FEED) in market.tick(late_s)
    assert AskDepth(Job.FEED) not in market.tick(late_s), "once"

    assert without_logs(market.on_depth(Job.FEED, DEPTH, late_s)) == [Wait(Job.FEED, CONSTANTS.REST_BOOK_PERIOD_S)]
    assert (market.state, levels(market.levels)) == (BookState.REST_FED, BOOK)
    assert market.on_timer(Job.FEED, late_s) == [AskDepth(Job.FEED)]

    assert Cancel(Job.FEED) in replay(market, 9)
    assert market.state is BookState.FOLLOWING


def test_a_feed_that_fails_for_too_long_leaves_the_book_empty() -> None:
    market = broken_book()
    late_s = LATE_S + CONSTANTS.REST_FALLBACK_AFTER_S
    market.tick(late_s)
    market.on_depth(Job.FEED, DEPTH, late_s)
    later_s = late_s + CONSTANTS.REST_BOOK_MAX_AGE_S
    (wait,) = without_logs(market.on_depth(Job.FEED, NotSentError("no connection"), later_s))
    assert isinstance(wait, Wait)
    assert (market.state, levels(market.levels)) == (BookState.EMPTY, NOTHING)


def test_a_fed_book_that_is_empty_again_is_reported_again() -> None:
    """Quotes that were placed by REST depth must not stay on an empty book."""
    market = broken_book()
    late_s = LATE_S + CONSTANTS.REST_FALLBACK_AFTER_S
    assert Notify(Event.INVALID) in market.tick(late_s)
    market.on_depth(Job.FEED, DEPTH, late_s)
    assert market.tick(late_s) == []

    market.on_lost(late_s)
    assert market.tick(late_s) == [Notify(Event.INVALID)]
    assert market.tick(late_s) == []


def test_a_silent_books_replay_that_shows_nothing_new_is_compared_with_depth() -> None:
    market = silent_book()
    assert AskDepth(Job.CONFIRM) in replay(market, 1)
    assert (market.state, levels(market.levels)) == (BookState.REPLAYING, NOTHING)

    market.on_depth(Job.CONFIRM, DEPTH, LATE_S)
    assert (market.state, levels(market.levels)) == (BookState.FOLLOWING, BOOK)


@pytest.mark.parametrize("answer", [NotSentError("no connection"), {**DEPTH, "asks": []}])
def test_depth_that_does_not_agree_confirms_nothing(answer: Any) -> None:
    market = silent_book()
    replay(market, 1)
    assert without_logs(market.on_depth(Job.CONFIRM, answer, LATE_S)) == []
    assert market.state is BookState.REPLAYING


def test_the_next_subscription_makes_a_confirmation_out_of_date() -> None:
    market = silent_book()
    replay(market, 1)
    assert market.on_timer(Job.RESUBSCRIBE, LATE_S) == [Cancel(Job.CONFIRM), Resubscribe(is_fresh=False)]


def test_a_break_ends_the_comparison_with_depth() -> None:
    market = broken_book()
    replay(market, 9)
    assert Cancel(Job.CHECK) in market.on_message("ob-inc", increment(20, "bids", "1", "1"), LATE_S)
    assert market.on_timer(Job.CHECK, LATE_S) == []
    assert market.on_depth(Job.CHECK, DEPTH, LATE_S) == []


# Any inputs in any order.

INPUTS = st.lists(
    st.sampled_from(
        ["connected", "lost", "tick", "ack", "failed ack", "unreadable", "depth", "no depth", "trade", "whole book"]
    )
    | st.sampled_from(Job)
    | st.tuples(st.sampled_from(["snapshot", "increment", "level"]), st.integers(1, 6)),
    max_size=60,
)


def feed_input(market: BookSync, each: Any, now_s: float, waiting: set[Job]) -> Sequence[Command]:
    trade = {"tid": int(now_s), "taker_type": "buy", "date": 1, "price": "1", "amount": "1"}
    match each:
        case "snapshot", sequence:
            return market.on_message("ob-snap", snapshot(sequence, BIDS, ASKS), now_s)
        case "increment", sequence:
            return market.on_message("ob-inc", increment(sequence, "bids", "29990.0", "1"), now_s)
        case "level", sequence:
            market.on_level(sequence, False, 30010.0, 1.0)
        case "connected":
            return market.on_connected(now_s)
        case "lost":
            return market.on_lost(now_s)
        case "tick":
            return market.tick(now_s)
        case "unreadable":
            return market.on_message("ob-snap", {}, now_s)
        case "trade":
            market.on_trade(trade, now_s)
        case "whole book":
            return market.on_message("update", DEPTH, now_s)
        case "ack" | "failed ack" if Job.RESUBSCRIBE in waiting:
            waiting.discard(Job.RESUBSCRIBE)
            return market.on_ack(None if each == "ack" else StreamError("?"), now_s)
        case "depth" | "no depth" if asked := waiting & {Job.FEED, Job.CHECK, Job.CONFIRM}:
            job = min(asked, key=lambda job: job.value)
            waiting.discard(job)
            depth = {**DEPTH, "timestamp": now_s}
            return market.on_depth(job, depth if each == "depth" else NotSentError("?"), now_s)
    return ()


@settings(deadline=None, derandomize=True, max_examples=300)
@given(INPUTS)
def test_a_book_has_levels_only_where_it_is_followed_or_fed(inputs: list[Any]) -> None:
    market = new_book()
    timers: set[Job] = set()
    waiting: set[Job] = set()
    for number, each in enumerate(inputs, 1):
        now_s = number * 4.0
        if isinstance(each, Job):
            commands = market.on_timer(each, now_s) if each in timers else ()
            timers.discard(each)
        else:
            commands = feed_input(market, each, now_s, waiting)
        for command in commands:
            match command:
                case Wait(job):
                    assert job not in timers, "one timer a job"
                    timers.add(job)
                case Cancel(job):
                    timers.discard(job)
                    waiting.discard(job)
                case AskDepth(job):
                    waiting.add(job)
                case Resubscribe():
                    assert Job.RESUBSCRIBE not in waiting, "one subscription at a time"
                    waiting.add(Job.RESUBSCRIBE)
        assert (market.state is BookState.FOLLOWING) == (market.reason == "")
        assert market.state is not BookState.FOLLOWING or market._replay is None
        if market.state in (BookState.EMPTY, BookState.REPLAYING):
            assert levels(market.levels) == NOTHING
        if market.reason and market.counts.gaps:
            assert Job.RESUBSCRIBE in timers | waiting or market.fault is BookFault.CONNECTION
