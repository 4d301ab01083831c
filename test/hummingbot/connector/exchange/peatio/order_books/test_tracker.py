"""Books follow an unbroken sequence from a snapshot, or are empty and say why."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import pytest
from hummingbot.connector.exchange.peatio.peatio_order_book import PeatioOrderBook
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.data_type.order_book import OrderBook
from hummingbot.core.event.event_forwarder import EventForwarder
from hummingbot.core.event.events import OrderBookEvent, OrderBookTradeEvent

from test.hummingbot.connector.exchange.peatio.book_support import Books, increment, snapshot
from test.hummingbot.connector.exchange.peatio.fixtures import settle
from test.hummingbot.connector.exchange.peatio.recorded import lines
from test.patience import eventually

PAIR = "BTC-USD"
EMPTY: tuple[list[object], list[object]] = ([], [])
SNAPSHOT = snapshot(2, bids=[["29990.0", "0.4"], ["29980.0", "0.8"]], asks=[["30010.0", "0.6"]])
BOOK = ([(29990.0, 0.4), (29980.0, 0.8)], [(30010.0, 0.6)])


@pytest.fixture
async def books() -> AsyncIterator[Books]:
    """A started tracker of one pair, without a snapshot."""
    started = Books(PAIR)
    started.tracker.start()
    yield started
    started.tracker.stop()
    await settle()


async def test_a_book_is_empty_until_its_snapshot_and_then_the_exchanges(books: Books) -> None:
    assert books.reason() == "no snapshot has come yet"
    assert books.levels() == EMPTY
    assert isinstance(books.book(), PeatioOrderBook)

    books.tracker.on_message(PAIR, "ob-snap", SNAPSHOT)

    assert books.tracker.invalid_reasons == {}
    assert books.levels() == BOOK


async def test_increments_are_applied_in_their_sequence(books: Books) -> None:
    books.tracker.on_message(PAIR, "ob-snap", SNAPSHOT)

    books.tracker.on_message(PAIR, "ob-inc", increment(3, "bids", "29990.0", "0.9"))
    books.tracker.on_message(PAIR, "ob-inc", increment(4, "asks", "30010.0", ""))
    books.tracker.on_message(PAIR, "ob-inc", increment(5, "asks", "30020.0", "1.5"))

    assert books.levels() == ([(29990.0, 0.9), (29980.0, 0.8)], [(30020.0, 1.5)])
    assert books.tracker.invalid_reasons == {}
    assert books.source.asked == []


async def test_the_recorded_public_session_is_followed_without_a_break(books: Books) -> None:
    messages = [
        json.loads(line["msg"])
        for line in lines("ranger-over-gateway/ws.jsonl")
        if line["conn"] == "public" and "msg" in line
    ]
    for message in messages:
        for stream, payload in message.items():
            if stream == "btcusd.ob-snap":
                books.tracker.on_message(PAIR, "ob-snap", payload)
            elif stream == "btcusd.ob-inc":
                books.tracker.on_message(PAIR, "ob-inc", payload)

    metrics = books.tracker.metrics
    assert books.tracker.invalid_reasons == {}
    assert metrics.total_snapshots_processed == 1
    assert metrics.total_diffs_processed == sum("btcusd.ob-inc" in message for message in messages) > 20
    assert metrics.total_diffs_rejected == 0


@pytest.mark.parametrize(("sequence", "what"), [(4, "a gap"), (2, "the same again"), (1, "backwards"), (100, "far")])
async def test_any_other_sequence_than_the_next_empties_the_book(books: Books, sequence: int, what: str) -> None:
    books.tracker.on_message(PAIR, "ob-snap", SNAPSHOT)

    books.tracker.on_message(PAIR, "ob-inc", increment(sequence, "bids", "29990.0", "0.9"))

    assert books.levels() == EMPTY, what
    assert books.reason() == f"its sequence went from 2 to {sequence}"
    with pytest.raises(OSError, match="no price quote is possible"):
        books.book().get_price(is_buy=True)


async def test_after_a_break_nothing_is_applied_until_the_next_snapshot(books: Books) -> None:
    books.tracker.on_message(PAIR, "ob-snap", SNAPSHOT)
    books.tracker.on_message(PAIR, "ob-inc", increment(4, "bids", "29990.0", "0.9"))

    books.tracker.on_message(PAIR, "ob-inc", increment(5, "bids", "29990.0", "1.0"))
    books.tracker.on_message(PAIR, "ob-inc", increment(3, "bids", "29990.0", "1.0"))
    assert books.levels() == EMPTY

    books.tracker.on_message(PAIR, "ob-snap", snapshot(5, bids=[["29990.0", "1.0"]]))
    books.tracker.on_message(PAIR, "ob-inc", increment(6, "bids", "29990.0", "1.1"))
    assert books.levels() == ([(29990.0, 1.1)], [])
    assert books.tracker.invalid_reasons == {}


async def test_an_increment_before_the_first_snapshot_is_dropped(books: Books) -> None:
    """An early subscriber gets increments without ever having had a snapshot."""
    books.tracker.on_message(PAIR, "ob-inc", increment(1, "bids", "29990.0", "0.9"))

    assert books.levels() == EMPTY
    assert books.reason() == "no snapshot has come yet"
    assert books.tracker.metrics.total_diffs_rejected == 1
    assert books.tracker.metrics.get_or_create_pair_metrics(PAIR).diffs_rejected == 1


async def test_a_replayed_snapshot_takes_the_place_of_the_book(books: Books) -> None:
    books.tracker.on_message(PAIR, "ob-snap", SNAPSHOT)
    books.tracker.on_message(PAIR, "ob-inc", increment(3, "bids", "29990.0", "0.9"))

    books.tracker.on_message(PAIR, "ob-snap", SNAPSHOT)
    assert books.levels() == BOOK
    books.tracker.on_message(PAIR, "ob-inc", increment(3, "bids", "29990.0", "0.9"))

    assert books.levels() == ([(29990.0, 0.9), (29980.0, 0.8)], [(30010.0, 0.6)])
    assert books.tracker.invalid_reasons == {}


async def test_an_engine_that_starts_again_at_one_is_followed_from_its_snapshot(books: Books) -> None:
    books.tracker.on_message(PAIR, "ob-snap", snapshot(500, bids=[["1.0", "1.0"]]))
    books.tracker.on_message(PAIR, "ob-inc", increment(1, "bids", "2.0", "1.0"))
    assert books.levels() == EMPTY

    books.tracker.on_message(PAIR, "ob-snap", snapshot(1, bids=[["2.0", "1.0"]]))
    books.tracker.on_message(PAIR, "ob-inc", increment(2, "bids", "2.0", "3.0"))
    assert books.levels() == ([(2.0, 3.0)], [])


async def test_the_update_id_rises_whatever_the_sequence_does(books: Books) -> None:
    seen: list[int] = []

    def look() -> None:
        seen.append(max(books.book().snapshot_uid, books.book().last_diff_uid))

    def reconnect() -> None:
        books.tracker.on_message(PAIR, "ob-snap", snapshot(1))
        books.tracker.on_connected()

    steps: tuple[Callable[[], None], ...] = (
        lambda: books.tracker.on_message(PAIR, "ob-snap", snapshot(500)),
        lambda: books.tracker.on_message(PAIR, "ob-inc", increment(501, "bids", "1.0", "1.0")),
        lambda: books.tracker.on_message(PAIR, "ob-inc", increment(1, "bids", "1.0", "1.0")),
        lambda: books.tracker.on_message(PAIR, "ob-snap", snapshot(1)),
        lambda: books.tracker.on_message(PAIR, "ob-inc", increment(2, "asks", "2.0", "1.0")),
        books.tracker.on_lost,
        reconnect,
    )
    for step in steps:
        step()
        look()

    assert seen == sorted(set(seen))


@pytest.mark.parametrize(
    "payload",
    [
        {"bids": ["29990.0", "0.9"]},
        {"bids": ["29990.0", "0.9"], "sequence": "3"},
        {"bids": ["29990.0"], "sequence": 3},
        {"bids": ["cheap", "0.9"], "sequence": 3},
        None,
        [],
    ],
)
async def test_an_increment_that_cannot_be_read_is_a_break(books: Books, payload: object) -> None:
    books.tracker.on_message(PAIR, "ob-snap", SNAPSHOT)

    books.tracker.on_message(PAIR, "ob-inc", payload)  # type: ignore[arg-type]

    assert books.levels() == EMPTY
    assert str(books.reason()).startswith("a message could not be read (A book ")


async def test_a_lost_connection_empties_every_book() -> None:
    books = Books(PAIR, "ETH-USD")
    books.tracker.start()
    await settle()
    books.tracker.on_message(PAIR, "ob-snap", SNAPSHOT)
    books.tracker.on_message("ETH-USD", "ob-snap", snapshot(7, asks=[["2500.0", "1.0"]]))

    books.tracker.on_lost()

    assert books.tracker.invalid_reasons == dict.fromkeys([PAIR, "ETH-USD"], "the connection was lost")
    assert books.levels() == EMPTY
    assert books.levels("ETH-USD") == EMPTY
    books.tracker.stop()
    await settle()


async def test_only_the_broken_market_is_distrusted() -> None:
    books = Books(PAIR, "ETH-USD")
    books.tracker.start()
    await settle()
    books.tracker.on_message(PAIR, "ob-snap", SNAPSHOT)
    books.tracker.on_message("ETH-USD", "ob-snap", snapshot(7, asks=[["2500.0", "1.0"]]))

    books.tracker.on_message("ETH-USD", "ob-inc", increment(9, "asks", "2500.0", ""))
    books.tracker.on_message(PAIR, "ob-inc", increment(3, "asks", "30010.0", ""))

    assert list(books.tracker.invalid_reasons) == ["ETH-USD"]
    assert books.levels() == ([(29990.0, 0.4), (29980.0, 0.8)], [])
    books.tracker.stop()
    await settle()


async def test_hummingbots_market_data_provider_sees_that_the_tracker_runs(books: Books) -> None:
    """It waits up to 30 s for a task under this name, before each book of a connector that does not trade."""
    task = books.tracker._order_book_stream_listener_task
    assert not task.done()
    books.tracker.stop()
    await books.tracker.tasks.stop()
    assert task.done()


async def test_messages_of_a_pair_that_is_not_followed_do_nothing(books: Books) -> None:
    books.tracker.on_message("ETH-USD", "ob-snap", SNAPSHOT)
    books.tracker.on_message("ETH-USD", "ob-inc", increment(3, "bids", "1.0", "1.0"))
    books.tracker.on_message("ETH-USD", "trades", {"trades": [{}]})
    books.tracker.on_message("ETH-USD", "ob-snap", {})
    await settle()

    assert list(books.tracker.order_books) == [PAIR]
    assert list(books.tracker.invalid_reasons) == [PAIR]
    assert books.pauses.waits_s == []


# Ready.


async def test_it_is_ready_while_every_book_is_sound() -> None:
    books = Books(PAIR, "ETH-USD")
    tracker = books.tracker
    assert not tracker.ready
    tracker.start()
    await settle()
    waiting = asyncio.create_task(tracker.wait_ready())
    tracker.on_message(PAIR, "ob-snap", SNAPSHOT)
    await settle()
    assert not tracker.ready
    assert not waiting.done()

    tracker.on_message("ETH-USD", "ob-snap", snapshot(7))
    await asyncio.wait_for(waiting, 5)
    assert tracker.ready

    tracker.on_message(PAIR, "ob-inc", increment(9, "bids", "1.0", "1.0"))
    assert not tracker.ready
    tracker.on_message(PAIR, "ob-snap", SNAPSHOT)
    assert tracker.ready

    tracker.on_lost()
    assert not tracker.ready
    tracker.stop()
    await settle()
    assert not tracker.ready


async def test_without_pairs_it_is_ready_at_once() -> None:
    tracker = Books().tracker
    tracker.start()

    await asyncio.wait_for(tracker.wait_ready(), 5)
    assert tracker.ready
    tracker.stop()
    await settle()


async def test_stopping_ends_listening_and_resyncing(books: Books) -> None:
    await settle()
    assert books.source.listening == 1
    books.tracker.on_message(PAIR, "ob-snap", SNAPSHOT)
    books.tracker.on_message(PAIR, "ob-inc", increment(9, "bids", "1.0", "1.0"))

    books.tracker.stop()
    await books.pauses.end()

    assert books.source.listening == 0
    assert books.source.asked == []


async def test_it_can_be_started_again(books: Books) -> None:
    books.tracker.on_message(PAIR, "ob-snap", SNAPSHOT)
    books.tracker.start()
    await settle()

    assert books.source.listening == 1
    assert books.reason() == "no snapshot has come yet"
    books.tracker.on_message(PAIR, "ob-snap", SNAPSHOT)
    await asyncio.wait_for(books.tracker.wait_ready(), 5)
    assert books.levels() == BOOK


async def test_a_market_without_trades_gets_its_last_price_from_rest(books: Books) -> None:
    books.tracker.on_message(PAIR, "ob-snap", SNAPSHOT)

    await eventually(lambda: books.book().last_trade_price == 29500.0)


# Trades and figures.


async def test_public_trades_are_told_by_the_book(books: Books) -> None:
    heard: list[OrderBookTradeEvent] = []
    forwarder = EventForwarder(heard.append)
    books.book().add_listener(OrderBookEvent.TradeEvent, forwarder)
    payload = json.loads(lines("rango-3.1.0/15_public_event_shapes_and_number_formatting.jsonl")[5]["raw"])
    (bought,) = payload["btcusd.trades"]["trades"]

    books.tracker.on_message(PAIR, "trades", {"trades": [bought, {**bought, "tid": 1002, "taker_type": "sell"}]})

    first, second = heard
    assert (first.trading_pair, first.price, first.amount) == (PAIR, 30010.0, 0.25)
    assert (first.trade_id, first.timestamp, first.type) == (1001, 1700000000.0, TradeType.BUY)
    assert (second.trade_id, second.type) == (1002, TradeType.SELL)
    assert books.book().last_trade_price == 30010.0
    assert books.tracker.metrics.total_trades_processed == 2


@pytest.mark.parametrize("payload", [{}, {"trades": None}, {"trades": []}])
async def test_no_trades_are_none(books: Books, payload: dict[str, object]) -> None:
    books.tracker.on_message(PAIR, "trades", payload)

    assert books.tracker.metrics.total_trades_processed == 0


async def test_a_trade_that_cannot_be_read_touches_neither_the_book_nor_the_others(
    books: Books, caplog: pytest.LogCaptureFixture
) -> None:
    good = {"tid": 1001, "taker_type": "buy", "date": 1700000000, "price": "30010.0", "amount": "0.25"}
    books.tracker.on_message(PAIR, "ob-snap", SNAPSHOT)

    books.tracker.on_message(PAIR, "trades", {"trades": [{"tid": 1000}, good]})

    assert books.levels() == BOOK
    assert books.tracker.invalid_reasons == {}
    assert books.book().last_trade_price == 30010.0
    metrics = books.tracker.metrics
    assert (metrics.total_trades_processed, metrics.total_trades_rejected) == (1, 1)
    assert metrics.get_or_create_pair_metrics(PAIR).trades_rejected == 1
    assert "A public trade cannot be read" in caplog.text


async def test_figures_are_kept_for_each_pair(books: Books) -> None:
    books.tracker.on_message(PAIR, "ob-snap", SNAPSHOT)
    books.tracker.on_message(PAIR, "ob-inc", increment(3, "bids", "29990.0", "0.9"))
    books.tracker.on_message(PAIR, "ob-inc", increment(4, "bids", "29990.0", "1.0"))

    metrics = books.tracker.metrics
    pair = metrics.get_or_create_pair_metrics(PAIR)
    assert (metrics.total_snapshots_processed, metrics.total_diffs_processed) == (1, 2)
    assert (pair.snapshots_processed, pair.diffs_processed) == (1, 2)
    assert metrics.tracker_start_time <= pair.last_snapshot_timestamp <= pair.last_diff_timestamp
    assert metrics.to_dict()["per_pair_metrics"][PAIR]["diffs_processed"] == 2


def test_hummingbots_own_book_says_when_it_is_empty() -> None:
    """What the tracker relies on when it empties a book."""
    with pytest.raises(OSError, match="no price quote is possible"):
        OrderBook().get_price(is_buy=False)
