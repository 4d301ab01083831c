"""REST depth: compared with books that came back, and in their place as the last resort."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import NotSentError
from hummingbot.connector.exchange.peatio.order_books.counts import BookState
from hummingbot.connector.exchange.peatio.order_books.depth import difference

from test.hummingbot.connector.exchange.peatio.book_support import Books, increment, levels_of, snapshot
from test.hummingbot.connector.exchange.peatio.fixtures import settle

PAIR, OTHER = "BTC-USD", "ETH-USD"
BIDS, ASKS = [["29990.0", "0.4"]], [["30010.0", "0.6"]]
BOOK = ([(29990.0, 0.4)], [(30010.0, 0.6)])
DOWN = NotSentError("GET depth: no connection")


def depth(at: int, bids: list[list[str]] = BIDS, asks: list[list[str]] = ASKS) -> dict[str, Any]:
    return {"timestamp": at, "bids": bids, "asks": asks}


class Broken(Books):
    """One followed book and one that a server without snapshots does not give back."""

    def __init__(self) -> None:
        super().__init__(PAIR, OTHER)
        self._slept_s = 0.0
        self.tracker.start()
        self.tracker.on_connected()
        self.tracker.on_message(PAIR, "ob-snap", snapshot(50, BIDS, ASKS))
        self.tracker.on_message(OTHER, "ob-snap", snapshot(7))
        self.source.answer = lambda pair: None
        self.tracker.on_message(PAIR, "ob-inc", increment(90, "bids", "1.0", "1.0"))

    async def wait_s(self, seconds: float) -> None:
        """Time passes, and with it the pauses between depth requests."""
        for _ in range(int(seconds * 2)):
            self.pass_s(0.5)
            await settle()
            if self.depth_pauses.waits_s:
                self._slept_s += 0.5
                if self._slept_s >= self.depth_pauses.waits_s[-1]:
                    self._slept_s = 0.0
                    await self.depth_pauses.end()

    def come_back(self) -> None:
        self.tracker.on_message(PAIR, "ob-snap", snapshot(90, BIDS, ASKS))

    def state(self) -> BookState:
        return self.tracker.health[PAIR].state


@pytest.fixture
async def books() -> AsyncIterator[Broken]:
    broken = Broken()
    await settle()
    yield broken
    broken.tracker.stop()
    await settle()


# Comparing.


def test_equal_books_do_not_differ() -> None:
    assert difference(levels_of(BIDS, ASKS), levels_of(BIDS, ASKS)) == ""
    assert difference(levels_of([["1.10", "2.0"]], []), levels_of([["1.1", "2"]], [])) == ""
    assert difference(levels_of([], []), levels_of([], [])) == ""


@pytest.mark.parametrize(
    ("theirs", "text"),
    [
        (([["29990.0", "0.5"]], ASKS), "bid 0.4 at 29990.0 in the book, 0.5 at 29990.0 in REST depth"),
        (([["29991.0", "0.4"]], ASKS), "bid 0.4 at 29990.0 in the book, 0.4 at 29991.0 in REST depth"),
        ((BIDS, []), "ask 0.6 at 30010.0 in the book, nothing in REST depth"),
        (([*BIDS, ["2.0", "1"]], ASKS), "bid nothing in the book, 1.0 at 2.0 in REST depth"),
    ],
)
def test_the_first_different_level_is_named(theirs: tuple[Any, Any], text: str) -> None:
    assert difference(levels_of(BIDS, ASKS), levels_of(*theirs)) == text


def test_what_one_of_them_does_not_know_is_no_difference() -> None:
    many = [[str(100 - number), "1"] for number in range(20)]
    whole, cut = levels_of(many, []), levels_of(many[:10], [], limit=10)

    assert difference(whole, cut) == difference(cut, whole) == ""
    assert difference(levels_of(many[:9], []), cut) != ""


def test_levels_far_from_the_best_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONSTANTS, "DEPTH_COMPARED_LEVELS", 1)

    assert difference(levels_of([*BIDS, ["1.0", "1"]], ASKS), levels_of([*BIDS, ["2.0", "1"]], ASKS)) == ""


# A book that came back.


async def test_a_book_that_came_back_is_compared_once_it_rests(books: Broken) -> None:
    books.source.depths = [depth(1)]
    books.come_back()
    assert books.source.depth_requests == []
    await books.wait_s(60)

    assert books.source.depth_requests == [PAIR]
    assert (books.counts().depth_checks, books.counts().depth_differences) == (1, 0)


async def test_a_difference_is_reported_and_counted_and_not_obeyed(
    books: Broken, caplog: pytest.LogCaptureFixture
) -> None:
    books.source.depths = [depth(1, asks=[["30005.0", "1"]])]
    books.come_back()
    await books.wait_s(60)

    assert books.levels() == BOOK
    assert books.tracker.ready
    assert (books.counts().depth_checks, books.counts().depth_differences) == (1, 1)
    assert caplog.text.count("differs from REST depth while both rest: ask 0.6 at 30010.0 in the book, 1.0 at") == 1
    assert len(books.source.depth_requests) == 2


async def test_a_database_that_catches_up_is_no_difference(books: Broken) -> None:
    books.source.depths = [depth(1, asks=[]), depth(2)]
    books.come_back()
    await books.wait_s(60)

    assert (books.counts().depth_checks, books.counts().depth_differences) == (1, 0)


async def test_a_book_that_never_rests_is_not_compared_and_not_asked_for_for_ever(books: Broken) -> None:
    books.source.depths = [depth(1)]
    books.come_back()
    for sequence in range(91, 250):
        books.tracker.on_message(PAIR, "ob-inc", increment(sequence, "bids", "29980.0", str(sequence)))
        await books.wait_s(0.5)

    assert books.tracker.ready
    assert books.source.depth_requests == []
    assert books.counts().depth_checks == 0
    assert len(books.depth_pauses.waits_s) == CONSTANTS.DEPTH_CHECK_ATTEMPTS


async def test_a_change_during_the_request_spoils_the_comparison(books: Broken) -> None:
    books.source.depths = [depth(1, asks=[])]
    books.come_back()
    await books.depth_pauses.end()
    books.tracker.on_message(PAIR, "ob-inc", increment(91, "asks", "30010.0", "0.7"))
    await books.depth_pauses.end()

    assert books.counts().depth_checks == 0


async def test_depth_that_has_a_change_before_the_stream_tells_of_it_is_not_compared(books: Broken) -> None:
    books.source.depths = [depth(1, asks=[["30010.0", "0.7"]])]
    books.source.depth_gate.clear()
    books.come_back()
    await books.depth_pauses.end()
    books.tracker.on_message(PAIR, "ob-inc", increment(91, "asks", "30010.0", "0.7"))
    books.source.depth_gate.set()
    await settle()

    assert books.source.depth_requests == [PAIR]
    assert books.counts().depth_checks == 0


@pytest.mark.parametrize("answer", [DOWN, depth(1, bids=[["40000.0", "1"]]), {"timestamp": 1, "bids": "?"}])
async def test_no_depth_or_a_crossed_one_says_nothing(books: Broken, answer: Any) -> None:
    books.source.depths = [answer]
    books.come_back()
    await books.wait_s(120)

    assert books.tracker.ready
    assert books.counts().depth_checks == 0
    assert len(books.source.depth_requests) == CONSTANTS.DEPTH_CHECK_ATTEMPTS


async def test_the_first_book_of_a_market_is_not_compared() -> None:
    books = Books(PAIR)
    books.source.depths = [depth(1)]
    books.tracker.start()
    books.tracker.on_message(PAIR, "ob-snap", snapshot(50, BIDS, ASKS))
    await books.depth_pauses.end()

    assert books.source.depth_requests == []
    books.tracker.stop()
    await settle()


# The last resort.


async def test_a_book_that_the_stream_does_not_give_is_fed_from_depth(
    books: Broken, caplog: pytest.LogCaptureFixture
) -> None:
    books.source.depths = [depth(at) for at in range(1, 99)]
    await books.wait_s(CONSTANTS.REST_FALLBACK_AFTER_S - 0.5)
    assert books.state() is BookState.EMPTY
    assert books.source.depth_requests == []

    await books.wait_s(0.5)
    assert books.state() is BookState.REST_FED
    assert books.levels() == BOOK
    assert books.tracker.rest_fed_reasons == {PAIR: "its sequence went from 50 to 90"}
    assert books.tracker.invalid_reasons == {}
    assert books.tracker.ready
    assert books.counts().rest_fallbacks == 1
    assert "BTC-USD is fed from REST depth: its sequence went from 50 to 90" in caplog.text

    await books.wait_s(30)
    assert 9 <= len(books.source.depth_requests) <= 11
    assert books.counts().rest_fallbacks == 1


async def test_a_fed_book_is_the_last_depth_and_gives_way_to_the_stream(books: Broken) -> None:
    books.source.depths = [depth(1), depth(2, bids=[["29995.0", "1"]]), depth(3, bids=[["29995.0", "1"]])]
    await books.wait_s(CONSTANTS.REST_FALLBACK_AFTER_S)
    assert books.levels() == BOOK
    await books.wait_s(CONSTANTS.REST_BOOK_PERIOD_S)
    assert books.levels() == ([(29995.0, 1.0)], [(30010.0, 0.6)])

    books.source.answer = lambda pair: books.come_back()
    await books.pauses.end()
    assert books.state() is BookState.FOLLOWING
    assert books.levels() == BOOK
    assert books.tracker.ready
    await books.wait_s(0.5)
    books.source.depth_requests.clear()
    await books.wait_s(30)
    assert len(books.source.depth_requests) == 2, "only the comparison, and once more because they differ"


async def test_a_book_that_breaks_anew_is_not_fed_at_once(books: Broken) -> None:
    books.source.depths = [depth(at) for at in range(1, 99)]
    await books.wait_s(CONSTANTS.REST_FALLBACK_AFTER_S)
    books.clock.now_s += 1
    books.come_back()
    books.clock.now_s += 1
    books.tracker.on_message(PAIR, "ob-inc", increment(99, "bids", "1.0", "1.0"))
    await books.wait_s(CONSTANTS.REST_FALLBACK_AFTER_S - 0.5)
    assert books.state() is BookState.EMPTY

    await books.wait_s(1)
    assert books.state() is BookState.REST_FED


async def test_increments_never_change_a_fed_book(books: Broken) -> None:
    books.source.depths = [depth(at) for at in range(1, 99)]
    await books.wait_s(CONSTANTS.REST_FALLBACK_AFTER_S)
    for sequence in (1, 51, 90, 91):
        books.tracker.on_message(PAIR, "ob-inc", increment(sequence, "bids", "29990.0", "7"))

    assert books.levels() == BOOK


async def test_a_stream_that_still_has_a_gap_does_not_touch_a_fed_book(books: Broken) -> None:
    def gap(pair: str) -> None:
        books.tracker.on_message(pair, "ob-snap", snapshot(70, [["1.0", "1"]]))
        books.tracker.on_message(pair, "ob-inc", increment(90, "bids", "2.0", "7"))

    books.source.depths = [depth(at) for at in range(1, 99)]
    books.source.answer = gap
    await books.wait_s(CONSTANTS.REST_FALLBACK_AFTER_S)
    await books.pauses.end()

    assert books.state() is BookState.REST_FED
    assert books.levels() == BOOK


@pytest.mark.parametrize("answer", [depth(1, bids=[["40000.0", "1"]]), DOWN, depth(0), {"bids": [], "asks": []}])
async def test_depth_that_is_crossed_missing_or_without_a_time_is_not_used(books: Broken, answer: Any) -> None:
    books.source.depths = [answer]
    await books.wait_s(120)

    assert books.levels() == ([], [])
    assert books.state() is BookState.EMPTY
    assert books.counts().rest_fallbacks == 0
    assert len(books.source.depth_requests) < 12, "ever more patiently"


@pytest.mark.parametrize("later", [DOWN, depth(2, bids=[["40000.0", "1"]]), depth(1)])
async def test_a_fed_book_that_is_not_renewed_is_emptied_and_filled_again(books: Broken, later: Any) -> None:
    """Failing, crossed, or an answer from a cache whose time stands still."""
    books.source.depths = [depth(1), later]
    await books.wait_s(CONSTANTS.REST_FALLBACK_AFTER_S)
    assert books.levels() == BOOK
    await books.wait_s(CONSTANTS.REST_BOOK_MAX_AGE_S)
    assert books.levels() == ([], [])
    assert list(books.tracker.invalid_reasons) == [PAIR]

    books.source.depths = [depth(at) for at in range(3, 99)]
    await books.wait_s(CONSTANTS.BACKOFF_MAXIMUM_S)
    assert books.levels() == BOOK


async def test_a_fed_book_whose_next_answer_does_not_come_is_emptied(books: Broken) -> None:
    """A request that hangs, or waits for the request limit, is no failure yet."""
    books.source.depths = [depth(at) for at in range(1, 99)]
    await books.wait_s(CONSTANTS.REST_FALLBACK_AFTER_S)
    books.source.depth_gate.clear()
    await books.wait_s(CONSTANTS.REST_BOOK_MAX_AGE_S - 1)
    assert books.levels() == BOOK
    await books.wait_s(2)
    assert books.levels() == ([], [])
    assert not books.tracker.ready

    books.source.depth_gate.set()
    await settle()
    assert books.levels() == BOOK


async def test_depth_that_comes_too_late_is_not_used(books: Broken) -> None:
    books.source.depths = [depth(1, bids=[["1.0", "1"]])]
    books.source.depth_gate.clear()
    await books.wait_s(CONSTANTS.REST_FALLBACK_AFTER_S)
    books.come_back()
    books.source.depth_gate.set()
    await settle()
    assert books.levels() == BOOK
    assert books.state() is BookState.FOLLOWING


async def test_depth_that_comes_after_the_connection_was_lost_is_not_used(books: Broken) -> None:
    books.source.depths = [depth(1)]
    books.source.depth_gate.clear()
    await books.wait_s(CONSTANTS.REST_FALLBACK_AFTER_S)
    books.tracker.on_lost()
    books.source.depth_gate.set()
    await settle()

    assert books.levels() == ([], [])
    assert books.state() is BookState.EMPTY


async def test_without_a_connection_nothing_is_fed(books: Broken) -> None:
    books.source.depths = [depth(at) for at in range(1, 99)]
    await books.wait_s(CONSTANTS.REST_FALLBACK_AFTER_S)
    assert books.state() is BookState.REST_FED

    books.tracker.on_lost()
    assert books.levels() == ([], [])
    await books.wait_s(60)
    assert books.levels() == ([], [])
    assert books.state() is BookState.EMPTY


async def test_a_side_of_depth_that_was_cut_is_known_no_further(
    books: Broken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONSTANTS, "DEPTH_LIMIT", 1)
    books.source.depths = [depth(at) for at in range(1, 99)]
    await books.wait_s(CONSTANTS.REST_FALLBACK_AFTER_S)

    assert books.tracker.markets[PAIR].levels.edges == (29990.0, 30010.0)


async def test_the_requests_of_many_fed_books_are_spread() -> None:
    pairs = [f"C{number}-USD" for number in range(8)]
    books = Books(*pairs)
    books.source.answer = lambda pair: None
    books.source.depths = [depth(at) for at in range(1, 999)]
    books.tracker.start()
    books.tracker.on_connected()
    assert not books.tracker.ready
    for _ in range(40):
        books.pass_s(0.5)
        await settle()
    assert len(books.source.depth_requests) == 1
    for _ in range(20):
        so_far = len(books.source.depth_requests)
        books.clock.now_s += CONSTANTS.REST_DEPTH_GAP_S
        await books.depth_pauses.end()
        assert len(books.source.depth_requests) <= so_far + 1
    assert set(books.tracker.rest_fed_reasons) == set(pairs)
    assert books.tracker.ready
    books.tracker.stop()
    await settle()
