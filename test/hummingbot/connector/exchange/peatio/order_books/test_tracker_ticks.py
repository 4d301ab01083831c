"""Books that no message shows to be wrong: crossed, used up, silent."""

from collections.abc import AsyncIterator

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.order_books.counts import BookState

from test.hummingbot.connector.exchange.peatio.book_support import Books, increment, snapshot
from test.hummingbot.connector.exchange.peatio.fixtures import settle

PAIR, OTHER = "BTC-USD", "ETH-USD"
BIDS, ASKS = [["29990.0", "0.4"]], [["30010.0", "0.6"]]
BOOK = ([(29990.0, 0.4)], [(30010.0, 0.6)])
TRADE = {"tid": 1, "taker_type": "buy", "date": 1700000000, "price": "30010.0", "amount": "0.25"}
DEPTH = {"timestamp": 1, "bids": BIDS, "asks": ASKS}


class Followed(Books):
    """Two followed books that have been sound for a minute; the first is at sequence 50."""

    def __init__(self) -> None:
        super().__init__(PAIR, OTHER)
        self.tracker.start()
        self.tracker.on_connected()
        self.tracker.on_message(PAIR, "ob-snap", snapshot(50, BIDS, ASKS))
        self.tracker.on_message(OTHER, "ob-snap", snapshot(7))
        self.source.answer = lambda pair: None
        self.pass_s(60)

    def replay(self, *sequences: int) -> None:
        first, *others = sequences
        self.tracker.on_message(PAIR, "ob-snap", snapshot(first, BIDS, ASKS))
        for sequence in others:
            self.tracker.on_message(PAIR, "ob-inc", increment(sequence, "bids", "29990.0", "0.4"))

    def trade(self, number: int) -> None:
        """The public stream tells of a trade."""
        self.tracker.on_message(PAIR, "trades", {"trades": [{**TRADE, "tid": number}]})

    def next_increment(self, price: str = "29980.0") -> None:
        sequence = self.tracker.markets[PAIR].sequence + 1
        self.tracker.on_message(PAIR, "ob-inc", increment(sequence, "bids", price, "1.0"))


@pytest.fixture
async def books() -> AsyncIterator[Followed]:
    followed = Followed()
    await settle()
    followed.source.trade_requests.clear()
    yield followed
    followed.tracker.stop()
    await settle()


# Crossed.


async def test_a_book_that_stays_crossed_is_not_trusted(books: Followed, caplog: pytest.LogCaptureFixture) -> None:
    books.next_increment("30010.0")
    books.pass_s(CONSTANTS.CROSSED_LIMIT_S)
    assert books.tracker.ready

    books.pass_s(0.5)
    assert books.reason() == "crossed for 1.0 s"
    assert books.levels() == ([], [])
    assert books.counts().crossed == 1
    books.pass_s(5)
    assert caplog.text.count("invalid: crossed for") == 1
    await books.pauses.end()
    assert books.source.asked == [PAIR]


async def test_a_book_that_is_crossed_for_a_moment_now_and_again_is_sound(books: Followed) -> None:
    for _ in range(5):
        books.next_increment("30010.0")
        books.pass_s(CONSTANTS.CROSSED_LIMIT_S / 2)
        sequence = books.tracker.markets[PAIR].sequence + 1
        books.tracker.on_message(PAIR, "ob-inc", increment(sequence, "bids", "30010.0", ""))
        books.pass_s(CONSTANTS.CROSSED_LIMIT_S / 2)

    assert books.tracker.ready
    assert books.counts().crossed == 0


async def test_a_crossed_snapshot_is_none(books: Followed) -> None:
    books.source._remember("btcusd", PAIR)
    books.source._on_message({"btcusd.ob-snap": snapshot(51, [["30010.0", "1"]], ASKS)})

    reason = books.reason()
    assert reason is not None
    assert reason.startswith("its snapshot is crossed (its best bid 30010.0 is not below its best ask 30010.0)")
    assert books.levels() == ([], [])
    assert books.counts().crossed == 1


async def test_a_replay_that_ends_crossed_is_not_shown_for_a_moment(books: Followed) -> None:
    def answer(pair: str) -> None:
        books.replay(50, 51)
        books.tracker.on_message(PAIR, "ob-inc", increment(52, "bids", "30020.0", "1"))

    books.source.answer = answer
    books.tracker.on_message(PAIR, "ob-inc", increment(90, "bids", "1.0", "1.0"))
    await books.pauses.end()

    assert books.reason() == "its stored book is crossed"
    assert books.levels() == ([], [])


# Used up.


async def test_a_book_used_up_to_its_cut_is_not_trusted(books: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONSTANTS, "SNAPSHOT_LEVELS", 1)
    books.tracker.on_message(PAIR, "ob-snap", snapshot(50, BIDS, ASKS))
    books.tracker.on_message(PAIR, "ob-inc", increment(51, "bids", "29990.0", ""))
    books.pass_s(0.5)

    assert books.reason() == "a side is used up to where its snapshot was cut"
    assert books.levels() == ([], [])
    assert books.counts().depleted == 1

    def answer(pair: str) -> None:
        books.replay(50)
        books.tracker.on_message(PAIR, "ob-inc", increment(51, "bids", "29990.0", ""))

    books.source.answer = answer
    await books.pauses.end()
    assert books.levels() == ([], []), "a replay that ends so is no better"

    books.source.answer = lambda pair: books.replay(60)
    await books.pauses.end()
    assert books.levels() == BOOK


# Silent.


async def test_trades_that_go_on_without_increments_make_a_book_silent(books: Followed) -> None:
    books.trade(1001)
    books.pass_s(CONSTANTS.SILENCE_AFTER_TRADE_S - 0.5)
    assert books.tracker.ready

    books.pass_s(0.5)
    assert books.reason() == "trades go on and it has not moved for 62 s"
    assert books.levels() == ([], [])
    assert books.counts().silent == 1
    await books.pauses.end()
    assert books.source.asked == [PAIR]


async def test_a_trade_with_its_increment_before_or_after_it_is_in_order(books: Followed) -> None:
    books.next_increment()
    books.pass_s(1)
    books.trade(1001)
    books.pass_s(20)
    books.trade(1002)
    books.pass_s(1)
    books.next_increment()
    books.pass_s(20)

    assert books.tracker.ready


async def test_a_trade_that_was_told_of_before_is_not_a_new_one(books: Followed) -> None:
    books.next_increment()
    books.trade(1001)
    books.pass_s(30)
    books.trade(1001)
    books.trade(1000)
    books.pass_s(10)

    assert books.tracker.ready


async def test_a_quiet_market_is_asked_for_its_last_trade_now_and_then(books: Followed) -> None:
    books.source.trades = {PAIR: None, OTHER: None}
    for _ in range(240):
        books.pass_s(0.5)
        await settle()

    # Two minutes, each market every six seconds.
    assert 38 <= len(books.source.trade_requests) <= 42
    assert books.tracker.ready


async def test_a_market_that_moves_is_not_asked_about(books: Followed) -> None:
    books.source.trades = {PAIR: None, OTHER: None}
    for _ in range(60):
        books.next_increment()
        books.pass_s(1)
        await settle()

    assert PAIR not in books.source.trade_requests


async def test_trades_that_only_rest_reports_are_found_out_within_ten_seconds(books: Followed) -> None:
    books.source.trades = {PAIR: None, OTHER: None}
    books.next_increment()
    for _ in range(12):
        books.pass_s(0.5)
        await settle()
    traded_s = books.clock.now_s
    while books.reason() is None:
        books.source.trades[PAIR] = (1001, books.clock.now_s - traded_s)
        books.pass_s(0.5)
        await settle()
        assert books.clock.now_s - traded_s <= 10
    assert str(books.reason()).startswith("trades go on and it has not moved")


async def test_a_trade_seen_over_rest_alone_makes_a_book_silent(books: Followed) -> None:
    books.source.trades = {PAIR: (1001, 4.0), OTHER: None}
    for _ in range(90):
        books.pass_s(0.5)
        await settle()

    assert list(books.tracker.invalid_reasons) == [PAIR]
    assert books.counts().silent == 1


async def test_a_trade_that_was_before_the_book_was_last_heard_is_nothing_new(books: Followed) -> None:
    books.source.trades = {PAIR: (1001, 3600.0), OTHER: (5, 90.0)}
    for _ in range(90):
        books.pass_s(0.5)
        await settle()

    assert PAIR in books.source.trade_requests
    assert books.tracker.ready


async def test_an_own_fill_that_the_public_stream_does_not_tell_of_is_looked_into(books: Followed) -> None:
    books.next_increment()
    books.pass_s(10)
    books.source.trades = {PAIR: (1001, 2.0), OTHER: None}
    books.tracker.on_own_trade(PAIR, "1001")
    books.pass_s(CONSTANTS.SILENCE_AFTER_TRADE_S)
    await settle()
    assert PAIR in books.source.trade_requests
    books.pass_s(CONSTANTS.SILENCE_AFTER_TRADE_S)

    assert list(books.tracker.invalid_reasons) == [PAIR]


async def test_an_own_fill_that_the_public_stream_tells_of_costs_no_request(books: Followed) -> None:
    books.next_increment()
    books.tracker.on_own_trade(PAIR, "1001")
    books.trade(1001)
    books.pass_s(CONSTANTS.QUIET_AFTER_S - 0.5)
    await settle()

    assert PAIR not in books.source.trade_requests
    assert books.tracker.ready


async def test_an_own_fill_is_looked_into_once(books: Followed) -> None:
    books.source.trades = {PAIR: None, OTHER: None}
    books.next_increment()
    books.tracker.on_own_trade(PAIR, "1001")
    for _ in range(9):
        books.pass_s(0.5)
        await settle()
    assert books.source.trade_requests.count(PAIR) == 1


async def test_fills_of_pairs_that_are_not_followed_do_nothing(books: Followed) -> None:
    books.tracker.on_own_trade("NO-SUCH", "1")
    books.tracker.on_own_trade(PAIR, "no number")
    books.tracker.on_message("NO-SUCH", "trades", {"trades": [{"tid": 1}]})
    books.tracker.on_message(PAIR, "trades", {"trades": [{**TRADE, "tid": "no number"}]})
    books.pass_s(10)

    assert books.tracker.ready


async def silence(books: Followed) -> None:
    books.trade(1001)
    books.pass_s(CONSTANTS.SILENCE_AFTER_TRADE_S)
    await settle()


async def test_a_silent_book_whose_replay_shows_nothing_new_stays_empty(books: Followed) -> None:
    await silence(books)
    books.source.answer = lambda pair: books.replay(40, *range(41, 51))
    await books.pauses.end()
    await books.pauses.end()

    assert books.levels() == ([], [])
    assert not books.tracker.ready
    assert books.counts().stale_replays == books.counts().resyncs == 2


@pytest.mark.parametrize("sequences", [(40, *range(41, 52)), (3, 4)])
async def test_a_silent_book_whose_replay_goes_on_or_begins_anew_is_followed(
    books: Followed, sequences: tuple[int, ...]
) -> None:
    await silence(books)
    books.source.answer = lambda pair: books.replay(*sequences)
    await books.pauses.end()

    assert not books.reason()
    assert books.levels() == BOOK


async def test_a_silent_book_is_followed_when_live_increments_go_on_from_its_replay(books: Followed) -> None:
    await silence(books)
    books.source.answer = lambda pair: books.replay(50)
    await books.pauses.end()
    assert not books.tracker.ready

    books.tracker.on_message(PAIR, "ob-inc", increment(51, "bids", "29990.0", "0.9"))
    assert books.tracker.ready
    assert books.levels() == ([(29990.0, 0.9)], [(30010.0, 0.6)])


async def test_a_silent_book_is_not_taken_up_with_a_gap_behind_its_replay(books: Followed) -> None:
    await silence(books)
    books.source.answer = lambda pair: books.replay(50)
    await books.pauses.end()

    books.tracker.on_message(PAIR, "ob-inc", increment(55, "bids", "29990.0", "0.9"))
    books.tracker.on_message(PAIR, "ob-inc", increment(56, "bids", "29990.0", "0.9"))
    assert not books.tracker.ready
    assert books.levels() == ([], [])


async def test_a_silent_book_that_rest_depth_agrees_with_missed_nothing(books: Followed) -> None:
    await silence(books)
    books.source.answer = lambda pair: books.replay(50)
    books.source.depths = [DEPTH]
    await books.pauses.end()

    assert books.tracker.ready
    assert books.levels() == BOOK
    books.pass_s(30)
    assert books.tracker.ready, "the same trade is not taken for new"


async def test_a_silent_book_that_rest_depth_contradicts_stays_empty(books: Followed) -> None:
    await silence(books)
    books.source.answer = lambda pair: books.replay(50)
    books.source.depths = [{**DEPTH, "asks": [["30020.0", "0.6"]]}]
    await books.pauses.end()

    assert books.levels() == ([], [])
    assert books.source.depth_requests == [PAIR]


async def test_a_silent_server_stays_so_through_a_reconnect(books: Followed) -> None:
    """It is the server that hears nothing: another connection to it shows the same old book."""
    await silence(books)
    books.tracker.on_lost()
    books.replay(40, *range(41, 51))
    books.tracker.on_message(OTHER, "ob-snap", snapshot(7))
    books.tracker.on_connected()
    assert list(books.tracker.invalid_reasons) == [PAIR]

    books.tracker.on_message(PAIR, "ob-inc", increment(51, "bids", "29990.0", "0.9"))
    assert books.tracker.ready


# What it is told.


async def test_a_book_that_is_not_followed_for_a_moment_is_told_once(books: Followed) -> None:
    books.tracker.on_message(PAIR, "ob-inc", increment(90, "bids", "1.0", "1.0"))
    books.pass_s(CONSTANTS.QUOTES_PULLED_AFTER_S - 0.5)
    assert books.events.invalid == []

    books.pass_s(5)
    assert books.events.invalid == [PAIR]
    books.tracker.on_message(PAIR, "ob-snap", snapshot(90))
    books.tracker.on_message(PAIR, "ob-inc", increment(99, "bids", "1.0", "1.0"))
    books.pass_s(5)
    assert books.events.invalid == [PAIR, PAIR]


async def test_a_book_that_is_back_at_once_is_not_told(books: Followed) -> None:
    books.tracker.on_message(PAIR, "ob-inc", increment(90, "bids", "1.0", "1.0"))
    books.pass_s(1)
    await settle()
    books.source.answer = lambda pair: books.replay(90)
    await books.pauses.end()
    books.pass_s(10)

    assert books.events.invalid == []


async def test_the_health_of_a_book_tells_mode_reason_and_counts(books: Followed) -> None:
    books.tracker.on_message(PAIR, "ob-inc", increment(90, "bids", "1.0", "1.0"))
    books.clock.now_s += 4
    health = books.tracker.health[PAIR]
    assert (health.state, health.reason, health.since_s) == (BookState.EMPTY, "its sequence went from 50 to 90", 4)
    assert (health.counts.gaps, health.counts.invalid_s) == (1, 4)
    assert books.tracker.health[OTHER].state is BookState.FOLLOWING

    books.clock.now_s += 1
    books.source.answer = lambda pair: books.replay(90)
    await books.pauses.end()
    books.clock.now_s += 7
    health = books.tracker.health[PAIR]
    assert (health.state, health.reason, health.since_s) == (BookState.FOLLOWING, "", 0)
    assert (health.counts.gaps, health.counts.resyncs, health.counts.invalid_s) == (1, 1, 5)


async def test_each_fault_is_logged_once_an_occurrence(books: Followed, caplog: pytest.LogCaptureFixture) -> None:
    def gap(pair: str) -> None:
        books.replay(50, 60)

    books.source.answer = gap
    books.tracker.on_message(PAIR, "ob-inc", increment(90, "bids", "1.0", "1.0"))
    for _ in range(5):
        await books.pauses.end()
    assert books.counts().resyncs == 5
    assert caplog.text.count("is invalid") == 1
    assert books.counts().gaps == 1

    books.source.answer = lambda pair: books.replay(90)
    await books.pauses.end()
    books.tracker.on_message(PAIR, "ob-inc", increment(99, "bids", "1.0", "1.0"))
    assert caplog.text.count("is invalid") == 2


async def test_a_lost_connection_is_logged_in_one_line_for_all(
    books: Followed, caplog: pytest.LogCaptureFixture
) -> None:
    books.tracker.on_lost()
    books.tracker.on_lost()

    assert caplog.text.count("The connection was lost") == 1
    assert f"{PAIR}, {OTHER}" in caplog.text
    assert books.counts().connection_losses == 1
