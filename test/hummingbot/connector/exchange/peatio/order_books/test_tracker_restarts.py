"""Who tells that a matching engine has started anew, and who must not."""

from collections.abc import AsyncIterator, Callable

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS

from test.hummingbot.connector.exchange.peatio.book_support import Books, increment, snapshot
from test.hummingbot.connector.exchange.peatio.fixtures import settle

PAIR, OTHER = "BTC-USD", "ETH-USD"


class Restarts(Books):
    """Two followed books, of which the first has reached sequence 50."""

    def __init__(self) -> None:
        super().__init__(PAIR, OTHER)
        self.tracker.start()
        for pair in (PAIR, OTHER):
            self.tracker.on_message(pair, "ob-snap", snapshot(49))
            self.tracker.on_message(pair, "ob-inc", increment(50, "bids", "1.0", "50"))
        self.tracker.on_connected()

    def replay(self, *sequences: int) -> None:
        """What a subscription is answered with: a snapshot of the first, increments of the others."""
        first, *others = sequences
        self.tracker.on_message(PAIR, "ob-snap", snapshot(first))
        for sequence in others:
            self.tracker.on_message(PAIR, "ob-inc", increment(sequence, "bids", "1.0", str(sequence)))

    def stored(self, *sequences: int) -> Callable[[str], None]:
        """What the server stores for the first book; the other one's has not changed."""

        def answer(pair: str) -> None:
            if pair == PAIR:
                self.replay(*sequences)
            else:
                self.tracker.on_message(OTHER, "ob-snap", snapshot(50))

        return answer

    async def end_pauses(self) -> None:
        """Of the first book's resubscription, then of those to which it leads."""
        await self.pauses.end()
        await self.pauses.end()

    @property
    def counted(self) -> int:
        return self.tracker.health[PAIR].counts.restarts


@pytest.fixture
async def books(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Restarts]:
    monkeypatch.setattr(CONSTANTS, "STABLE_AFTER_S", -1.0)
    started = Restarts()
    await settle()
    yield started
    started.tracker.stop()
    await settle()


async def test_increments_that_begin_anew_tell_of_a_restart(books: Restarts) -> None:
    books.tracker.on_message(PAIR, "ob-inc", increment(2, "bids", "1.0", "1.0"))

    assert books.events.restarted == [PAIR]
    assert books.counted == 1


async def test_a_restart_is_told_once_and_the_next_one_again(books: Restarts) -> None:
    books.source.answer = books.stored(1, 2, 3)
    books.tracker.on_message(PAIR, "ob-inc", increment(2, "bids", "1.0", "1.0"))
    await books.end_pauses()
    assert books.tracker.ready
    assert books.events.restarted == [PAIR]

    books.source.answer = books.stored(1, 2)
    books.tracker.on_message(PAIR, "ob-inc", increment(2, "bids", "1.0", "1.0"))
    await books.end_pauses()
    assert books.events.restarted == [PAIR, PAIR]
    assert books.counted == 2


@pytest.mark.parametrize("sequence", [52, 50])
async def test_a_gap_or_a_repeated_message_tells_of_none(books: Restarts, sequence: int) -> None:
    books.source.answer = lambda pair: books.replay(49, 50, 51, 52)
    books.tracker.on_message(PAIR, "ob-inc", increment(sequence, "bids", "1.0", "1.0"))
    await books.pauses.end()

    assert books.tracker.ready
    assert books.events.restarted == []


async def test_a_restarted_engine_that_has_come_as_far_as_the_old_one_is_noticed(books: Restarts) -> None:
    """The other book's number goes on from its old one by chance."""

    def answer(pair: str) -> None:
        books.tracker.on_message(pair, "ob-snap", snapshot(49))
        if pair == PAIR:
            books.tracker.on_message(pair, "ob-inc", increment(50, "bids", "1.0", "7"))
            books.tracker.on_message(pair, "ob-inc", increment(51, "bids", "1.0", "8"))

    books.source.answer = answer
    books.tracker.on_message(PAIR, "ob-inc", increment(50, "bids", "1.0", "7"))
    assert books.events.restarted == [], "it may be an old message"
    await books.end_pauses()
    assert books.tracker.ready
    assert books.events.restarted[0] == PAIR
    assert books.tracker.health[OTHER].counts.other_restarts == 1
    assert books.counted == 1


@pytest.mark.parametrize(("first", "is_restart"), [(51, True), (49, False)])
async def test_numbers_that_went_back_are_a_restart_unless_what_is_stored_refutes_it(
    books: Restarts, first: int, is_restart: bool
) -> None:
    """Seed 120234 of the simulation: a whole book was stored late, so that nothing showed what came before, and another
    market's book went on from that of the engine before it by chance."""

    def answer(pair: str) -> None:
        books.tracker.on_message(pair, "ob-snap", snapshot(first))
        if pair == PAIR:
            for sequence in range(first + 1, 54):
                books.tracker.on_message(pair, "ob-inc", increment(sequence, "bids", "1.0", str(sequence)))

    books.source.answer = answer
    books.tracker.on_message(PAIR, "ob-inc", increment(44, "bids", "1.0", "7"))
    await books.end_pauses()
    assert books.tracker.ready
    assert books.source.asked == ([PAIR, OTHER] if is_restart else [PAIR])
    assert books.tracker.health[OTHER].counts.other_restarts == is_restart


async def test_a_snapshot_alone_tells_of_none(books: Restarts) -> None:
    """It has the change of the next increment already."""
    books.source.answer = lambda pair: books.replay(50)
    books.tracker.on_message(PAIR, "ob-inc", increment(50, "bids", "1.0", "50"))
    await books.pauses.end()
    assert books.tracker.ready
    assert books.events.restarted == []


async def test_a_restart_behind_a_gap_is_noticed_after_the_resync(books: Restarts) -> None:
    books.source.answer = lambda pair: books.replay(1, 2, 3, 4)
    books.tracker.on_message(PAIR, "ob-inc", increment(60, "bids", "1.0", "1.0"))
    assert books.events.restarted == []
    await books.pauses.end()

    assert books.events.restarted == [PAIR]


async def test_a_replay_of_what_is_stored_is_no_restart(books: Restarts) -> None:
    """It goes back to the snapshot before it comes to where the book was."""
    books.source.answer = lambda pair: books.replay(20, *range(21, 56))
    books.tracker.on_message(PAIR, "ob-inc", increment(55, "bids", "1.0", "1.0"))
    await books.pauses.end()

    assert books.tracker.ready
    assert books.events.restarted == []


async def test_a_replay_with_a_gap_says_nothing_of_the_engine(books: Restarts) -> None:
    books.source.answer = lambda pair: books.replay(20, 21, 30)
    books.tracker.on_message(PAIR, "ob-inc", increment(55, "bids", "1.0", "1.0"))
    await books.pauses.end()

    assert books.reason() == "the stored sequence goes from 21 to 30"
    assert books.events.restarted == []


async def test_a_restart_while_the_connection_was_lost_is_noticed_after_the_ack(books: Restarts) -> None:
    books.tracker.on_lost()
    books.replay(1, 2, 3)
    assert books.events.restarted == [], "the replay may go on"
    books.tracker.on_connected()

    assert books.events.restarted == [PAIR]


async def test_a_plain_reconnect_tells_of_none(books: Restarts) -> None:
    books.tracker.on_lost()
    books.replay(20, *range(21, 51))
    books.tracker.on_message(OTHER, "ob-snap", snapshot(50))
    books.tracker.on_connected()

    assert books.tracker.ready
    assert books.events.restarted == []


async def test_a_server_without_a_snapshot_tells_of_none(books: Restarts) -> None:
    books.tracker.on_lost()
    books.tracker.on_connected()
    await books.pauses.end()

    assert not books.tracker.ready
    assert books.events.restarted == []


async def test_a_restart_that_a_replay_confirms_renews_the_other_books(books: Restarts) -> None:
    """The other engine's new sequence goes on from the old one by chance: 51 comes after 50."""
    books.source.answer = lambda pair: (
        books.replay(1, 2, 3) if pair == PAIR else books.tracker.on_message(OTHER, "ob-snap", snapshot(51))
    )
    books.tracker.on_message(OTHER, "ob-inc", increment(51, "bids", "1.0", "7.0"))
    books.tracker.on_message(PAIR, "ob-inc", increment(2, "bids", "1.0", "1.0"))
    await books.end_pauses()

    assert books.tracker.ready
    assert books.source.asked == [PAIR, OTHER], "and not PAIR again"
    assert books.tracker.health[OTHER].counts.other_restarts == 1
    assert books.tracker.health[PAIR].counts.other_restarts == 0


async def test_books_that_all_were_restarted_are_renewed_once(books: Restarts) -> None:
    def answer(pair: str) -> None:
        books.tracker.on_message(pair, "ob-snap", snapshot(1))
        books.tracker.on_message(pair, "ob-inc", increment(2, "bids", "1.0", "1.0"))

    books.source.answer = answer
    books.tracker.on_message(PAIR, "ob-inc", increment(2, "bids", "1.0", "1.0"))
    await books.end_pauses()

    assert books.tracker.ready
    assert books.source.asked == [PAIR, OTHER]
    assert books.events.restarted == [PAIR, OTHER]


class Openings(Restarts):
    """Two books as a restarted engine opened with them, before any change."""

    def __init__(self) -> None:
        Books.__init__(self, PAIR, OTHER)
        self.tracker.start()
        for pair in (PAIR, OTHER):
            self.tracker.on_message(pair, "ob-snap", snapshot(1, bids=[["5.0", "1.0"]]))
        self.tracker.on_connected()

    def stored_bids(self, **levels: str) -> Callable[[str], None]:
        """What the server stores: for the first book, what the present engine opened with and its first change."""

        def answer(pair: str) -> None:
            bid = [["5.0", levels["bid"]]] if pair == PAIR else [["5.0", "1.0"]]
            self.tracker.on_message(pair, "ob-snap", snapshot(1, bids=bid))
            if pair == PAIR:
                self.tracker.on_message(pair, "ob-inc", FIRST_CHANGE)

        return answer


FIRST_CHANGE = increment(2, "bids", "4.0", "3.0")


@pytest.fixture
async def openings(books: Restarts) -> AsyncIterator[Openings]:
    started = Openings()
    await settle()
    yield started
    started.tracker.stop()
    await settle()


def bids(books: Books) -> list[tuple[float, float]]:
    return [(row.price, row.amount) for row in books.tracker.order_books[PAIR].bid_entries()]


async def test_an_engine_that_was_restarted_before_its_first_change_is_noticed(openings: Openings) -> None:
    """Its first change has the number that continues the book of the engine before it, on every market."""
    openings.source.answer = openings.stored_bids(bid="2.0")
    openings.tracker.on_message(PAIR, "ob-inc", FIRST_CHANGE)
    assert bids(openings) == [], "it may be of another engine"
    await openings.end_pauses()

    assert bids(openings) == [(5.0, 2.0), (4.0, 3.0)]
    assert openings.counted == 1
    assert openings.events.restarted == [PAIR]
    assert openings.source.asked == [PAIR, OTHER], "the other engine was restarted too"


@pytest.mark.parametrize("has_change", [False, True])
async def test_the_first_change_of_the_same_engine_is_no_restart(openings: Openings, has_change: bool) -> None:
    """After a minute an engine stores another snapshot before its first change, which has that change."""
    change = [["4.0", "3.0"]] if has_change else []

    def answer(pair: str) -> None:
        openings.tracker.on_message(pair, "ob-snap", snapshot(1, bids=[["5.0", "1.0"], *change]))
        openings.tracker.on_message(pair, "ob-inc", FIRST_CHANGE)

    openings.source.answer = answer
    openings.tracker.on_message(PAIR, "ob-inc", FIRST_CHANGE)
    await openings.end_pauses()
    openings.tracker.on_message(PAIR, "ob-inc", increment(3, "bids", "3.0", "1.0"))

    assert bids(openings) == [(5.0, 1.0), (4.0, 3.0), (3.0, 1.0)]
    assert openings.counted == 0
    assert openings.source.asked == [PAIR]
    assert openings.tracker.health[PAIR].counts.first_changes == 1


async def test_the_quick_way_of_an_increment_does_not_take_the_first_change(openings: Openings) -> None:
    assert not openings.tracker.on_level(PAIR, 2, True, 4.0, 3.0)


async def test_a_message_that_comes_late_renews_no_other_book(books: Restarts) -> None:
    """It looks like a restart until the replay ends where the book was."""
    books.source.answer = lambda pair: books.replay(49, 50, 51)
    books.tracker.on_message(PAIR, "ob-inc", increment(48, "bids", "1.0", "1.0"))
    await books.end_pauses()

    assert books.tracker.ready
    assert books.source.asked == [PAIR]
