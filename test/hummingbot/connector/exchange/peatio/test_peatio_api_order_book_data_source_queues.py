"""Beside its listener the data source offers Hummingbot's queues and books from REST; and the whole way to a book."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aioresponses import aioresponses
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.peatio_order_book import PeatioOrderBook
from hummingbot.core.data_type.order_book_message import OrderBookMessage, OrderBookMessageType

from test.hummingbot.connector.exchange.peatio.book_support import increment, levels, snapshot
from test.hummingbot.connector.exchange.peatio.fixtures import eventually, rest_url, settle
from test.hummingbot.connector.exchange.peatio.ranger_server import RangerServer, running, web_sessions
from test.hummingbot.connector.exchange.peatio.recorded import answer, lines
from test.hummingbot.connector.exchange.peatio.source_support import PAIR, connector_of, source_of

SUBSCRIBE_BOOK = json.dumps({"event": "subscribe", "streams": ["btcusd.ob-inc"]})


@pytest.fixture(autouse=True)
async def _sessions(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    monkeypatch.setattr(CONSTANTS, "BACKOFF_START_S", 0.01)
    monkeypatch.setattr(CONSTANTS, "BACKOFF_MAXIMUM_S", 0.01)
    async with web_sessions():
        yield


@pytest.fixture
async def server() -> AsyncIterator[RangerServer]:
    async with RangerServer() as ranger:
        yield ranger


# Hummingbot's own route.


def recorded_message(stream: str, index: int = 0) -> dict[str, Any]:
    """A public message of the recorded session."""
    found = [
        json.loads(line["msg"])
        for line in lines("ranger-over-gateway/ws.jsonl")
        if line["conn"] == "public" and f'"{stream}"' in line.get("msg", "")
    ]
    message: dict[str, Any] = [message for message in found if stream in message][index]
    return message


async def test_without_a_listener_messages_go_through_hummingbots_queues(server: RangerServer) -> None:
    source, _ = source_of([PAIR], server.url)
    outputs: list[asyncio.Queue[OrderBookMessage]] = [asyncio.Queue() for _ in range(3)]
    loop = asyncio.get_running_loop()
    async with (
        running(source.listen_for_subscriptions()),
        running(source.listen_for_order_book_snapshots(loop, outputs[0])),
        running(source.listen_for_order_book_diffs(loop, outputs[1])),
        running(source.listen_for_trades(loop, outputs[2])),
    ):
        await eventually(lambda: len(server.frames) == 2)
        for stream in ("btcusd.ob-snap", "btcusd.ob-inc", "btcusd.trades"):
            await server.client.send(recorded_message(stream))
        await server.client.send({"btcusd.kline-1m": []})
        book, diff, trade = [await asyncio.wait_for(output.get(), 5) for output in outputs]

    assert [message.type for message in (book, diff, trade)] == [
        OrderBookMessageType.SNAPSHOT,
        OrderBookMessageType.DIFF,
        OrderBookMessageType.TRADE,
    ]
    assert {message.trading_pair for message in (book, diff, trade)} == {PAIR}
    assert book.update_id < diff.update_id
    assert [(row.price, row.amount) for row in diff.asks] == [(31000.01, 0.01)]
    assert trade.trade_id == 1
    assert source._message_queue.keys() == {"order_book_snapshot", "order_book_diff", "trade"}


async def test_a_message_that_cannot_be_read_does_not_end_the_queues(caplog: pytest.LogCaptureFixture) -> None:
    source, _ = source_of([PAIR])
    output: asyncio.Queue[OrderBookMessage] = asyncio.Queue()
    queue = source._message_queue[source._diff_messages_queue_key]
    queue.put_nowait({"btcusd.ob-inc": {"asks": 5, "sequence": 1}})
    queue.put_nowait(recorded_message("btcusd.ob-inc"))

    async with running(source.listen_for_order_book_diffs(asyncio.get_running_loop(), output)):
        assert (await asyncio.wait_for(output.get(), 5)).trading_pair == PAIR
    assert "Unexpected error when processing public order book updates from exchange" in caplog.text


async def test_a_new_book_comes_from_rest_and_counts_in_the_same_units() -> None:
    source, _ = source_of([PAIR])
    with aioresponses() as http:
        http.get(rest_url("public/timestamp"), body=json.dumps(answer("public timestamp")), repeat=True)
        http.get(rest_url("public/markets/btcusd/depth?limit=300"), body=json.dumps(answer("depth")), repeat=True)

        first = await source.get_new_order_book(PAIR)
        second = await source.get_new_order_book(PAIR)

    assert isinstance(first, PeatioOrderBook)
    assert levels(first) == ([(29000.0, 0.3), (28900.1, 0.2)], [(30000.0, 0.5), (30050.5, 0.25)])
    assert (first.snapshot_uid, second.snapshot_uid) == (1, 2)


async def test_a_silent_hour_overwrites_no_sound_book(monkeypatch: pytest.MonkeyPatch) -> None:
    source, _ = source_of([PAIR])
    monkeypatch.setattr(source, "FULL_ORDER_BOOK_RESET_DELTA_SECONDS", 0.01)
    output: asyncio.Queue[OrderBookMessage] = asyncio.Queue()
    with aioresponses() as http:
        async with running(source.listen_for_order_book_snapshots(asyncio.get_running_loop(), output)):
            await asyncio.sleep(0.05)

        assert output.empty()
        assert not http.requests


async def test_last_prices_are_the_connectors() -> None:
    source, _ = source_of([PAIR])
    with aioresponses() as http:
        http.get(rest_url("public/timestamp"), body=json.dumps(answer("public timestamp")))
        http.get(rest_url("public/markets/tickers"), body=json.dumps(answer("tickers after trades")))

        assert await source.get_last_traded_prices([PAIR], "ignored") == {PAIR: 29500.0}


# Together with the tracker, over a socket.


async def test_books_are_followed_through_a_gap_and_a_restart(server: RangerServer) -> None:
    connector = connector_of([PAIR], server.url)
    server.stored["btcusd.ob-inc"] = [
        {"btcusd.ob-snap": snapshot(2, bids=[["1.0", "1.0"]])},
        {"btcusd.ob-inc": increment(3, "bids", "1.0", "2.0")},
    ]
    tracker = connector.order_book_tracker
    tracker.start()
    try:
        await asyncio.wait_for(tracker.wait_ready(), 5)
        # The snapshot comes before the acks; the set-up ends with that of the trades.
        await eventually(lambda: tracker.data_source._connection.streams == {"btcusd.ob-inc", "btcusd.trades"})
        book = tracker.order_books[PAIR]
        assert levels(book) == ([(1.0, 2.0)], [])
        assert book.get_price(is_buy=False) == 1.0

        server.acks = False
        stored, server.stored["btcusd.ob-inc"] = server.stored["btcusd.ob-inc"], []
        await server.client.send({"btcusd.ob-inc": increment(5, "bids", "1.0", "9.0")})
        await eventually(lambda: server.frames.count(SUBSCRIBE_BOOK) == 2)
        assert not tracker.ready
        assert levels(book) == ([], []), "nobody prices from a broken book"

        server.acks = True
        server.stored["btcusd.ob-inc"] = stored
        await server.client.ack()
        await eventually(lambda: tracker.ready)
        assert levels(book) == ([(1.0, 2.0)], [])

        server.stored["btcusd.ob-inc"] = [{"btcusd.ob-snap": snapshot(1, asks=[["3.0", "1.0"]])}]
        server.client.cut()
        await eventually(lambda: len(server.clients) == 2)
        await eventually(lambda: tracker.ready)
        assert levels(book) == ([], [(3.0, 1.0)])
    finally:
        await connector.stop_network()
        await settle()
