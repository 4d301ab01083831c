"""The public streams: what is subscribed to, who gets the messages, and pairs that come and go."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from aioresponses import aioresponses
from bidict import bidict
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import StreamError
from hummingbot.connector.exchange.peatio.peatio_api_order_book_data_source import PeatioAPIOrderBookDataSource

from test.hummingbot.connector.exchange.peatio.book_support import increment, levels, snapshot
from test.hummingbot.connector.exchange.peatio.fixtures import rest_url, settle
from test.hummingbot.connector.exchange.peatio.ranger_server import RangerServer, running, web_sessions
from test.hummingbot.connector.exchange.peatio.recorded import answer
from test.hummingbot.connector.exchange.peatio.source_support import OTHER, PAIR, connector_of, source_of
from test.patience import eventually

SUBSCRIBE_BOOK = json.dumps({"event": "subscribe", "streams": ["btcusd.ob-inc"]})


class Heard:
    """A `BookListener` that writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, Any]] = []
        self.stored: list[tuple[str, int]] = []
        self.connected = 0
        self.lost = 0

    def on_level(self, trading_pair: str, sequence: int, is_bid: bool, price: float, volume: float) -> bool:
        return False

    def apply_levels(self) -> None: ...

    def on_message(self, trading_pair: str, stream: str, payload: Mapping[str, Any]) -> None:
        self.told.append((stream, trading_pair, payload))

    def on_stored(self, trading_pair: str) -> None:
        self.stored.append((trading_pair, len(self.told)))

    def on_connected(self) -> None:
        self.connected += 1

    def on_lost(self) -> None:
        self.lost += 1


def subscribed(*streams: str, event: str = "subscribe") -> dict[str, object]:
    return {"event": event, "streams": list(streams)}


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


def has_length(items: list[Any], count: int) -> bool:
    return len(items) == count


def listened(trading_pairs: list[str], server: RangerServer) -> tuple[PeatioAPIOrderBookDataSource, Heard]:
    source, _ = source_of(trading_pairs, server.url)
    heard = Heard()
    source.attach(heard)
    return source, heard


# Subscribing.


async def test_books_one_by_one_and_then_all_trades_are_subscribed_to(server: RangerServer) -> None:
    source, heard = listened([PAIR, OTHER], server)
    async with running(source.listen_for_subscriptions()):
        await eventually(lambda: heard.connected)

        assert [json.loads(frame) for frame in server.frames] == [
            subscribed("btcusd.ob-inc"),
            subscribed("ethusd.ob-inc"),
            subscribed("btcusd.trades", "ethusd.trades"),
        ]


async def test_what_the_server_stores_of_a_book_ends_with_the_acknowledgement_of_its_stream(
    server: RangerServer,
) -> None:
    """Also where it is asked for again."""
    source, heard = listened([PAIR, OTHER], server)
    server.stored["btcusd.ob-inc"] = [{"btcusd.ob-snap": {"sequence": 1}}, {"btcusd.ob-inc": {"sequence": 2}}]
    server.stored["ethusd.ob-inc"] = [{"ethusd.ob-snap": {"sequence": 5}}]
    async with running(source.listen_for_subscriptions()):
        await eventually(lambda: heard.connected)
        assert heard.stored == [(PAIR, 2), (OTHER, 3)]
        await source.resubscribe_book(PAIR)
        assert heard.stored[2:] == [(PAIR, 5)]


async def test_the_url_is_the_exchanges_and_no_identity_is_sent(server: RangerServer) -> None:
    source, heard = listened([PAIR], server)
    async with running(source.listen_for_subscriptions()):
        await eventually(lambda: heard.connected)

        assert server.client.request.path == "/api/v2/ranger/public"
        assert not any(name.startswith("X-Auth") for name in server.client.request.headers)


async def test_the_listener_is_told_of_connections_that_stand_and_of_their_loss(server: RangerServer) -> None:
    source, heard = listened([PAIR], server)
    async with running(source.listen_for_subscriptions()):
        await eventually(lambda: heard.connected == 1)
        assert heard.lost == 0
        server.client.cut()

        await eventually(lambda: heard.connected == 2)
        assert heard.lost == 1
    assert heard.lost == 2


async def test_each_message_goes_to_the_listener_under_its_pair(server: RangerServer) -> None:
    source, heard = listened([PAIR, "A-B"], server)
    async with running(source.listen_for_subscriptions()):
        await eventually(lambda: heard.connected)
        messages: tuple[dict[str, Any], ...] = (
            {"btcusd.ob-snap": {"sequence": 1}},
            {"btcusd.ob-inc": {"sequence": 2}, "a.b.trades": {"trades": []}},
            {"btcusd.ob-inc": {}},
            {"global.tickers": {}},
            {"ethusd.ob-inc": {"sequence": 5}},
            {"btcusd.kline-1m": []},
            {"btcusd.trades": {"trades": [1]}},
        )
        for message in messages:
            await server.client.send(message)

        await eventually(lambda: ("trades", PAIR, {"trades": [1]}) in heard.told)
    assert heard.told == [
        ("ob-snap", PAIR, {"sequence": 1}),
        ("ob-inc", PAIR, {"sequence": 2}),
        ("trades", "A-B", {"trades": []}),
        ("ob-inc", PAIR, {}),
        ("kline-1m", PAIR, []),
        ("trades", PAIR, {"trades": [1]}),
    ]


async def test_a_market_that_was_closed_does_not_cost_the_others(
    server: RangerServer, caplog: pytest.LogCaptureFixture
) -> None:
    source, heard = listened(["TRST-USD", PAIR], server)
    async with running(source.listen_for_subscriptions()):
        await eventually(lambda: heard.connected)

        assert [json.loads(frame)["streams"] for frame in server.frames] == [["btcusd.ob-inc"], ["btcusd.trades"]]
    assert "The exchange has no open market for TRST-USD." in caplog.text
    assert "Unexpected error" not in caplog.text


async def test_while_the_markets_are_not_known_the_connection_is_tried_again(server: RangerServer) -> None:
    source, connector = source_of([PAIR], server.url)
    connector._set_trading_pair_symbol_map(None)
    heard = Heard()
    source.attach(heard)
    async with running(source.listen_for_subscriptions()):
        await eventually(lambda: len(server.clients) >= 3)
        assert heard.connected == 0

        server.rest["public/markets"] = [(200, json.dumps(answer("public markets")))]
        await eventually(lambda: heard.connected)


async def test_a_market_that_opens_again_is_followed_once_it_is_asked_for(server: RangerServer) -> None:
    source, connector = source_of(["TRST-USD"], server.url)
    heard = Heard()
    source.attach(heard)
    server.stored["trstusd.ob-inc"] = [{"trstusd.ob-snap": {"sequence": 1}}]
    async with running(source.listen_for_subscriptions()):
        await eventually(lambda: heard.connected)
        connector._set_trading_pair_symbol_map(bidict({"trstusd": "TRST-USD"}))

        await source.resubscribe_book("TRST-USD")
        assert heard.told == [("ob-snap", "TRST-USD", {"sequence": 1})]


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_an_address_that_is_no_websocket_is_told(
    status: int, server: RangerServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.upgrade_statuses = [status]
    source, heard = listened([PAIR], server)
    async with running(source.listen_for_subscriptions()):
        await eventually(lambda: heard.connected)

    assert f"/api/v2/ranger/public opened no websocket (HTTP {status}): check the address" in caplog.text
    assert heard.lost == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_an_upgrade_refused_for_the_moment_does_not_blame_the_address(
    status: int, server: RangerServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.upgrade_statuses = [status]
    source, heard = listened([PAIR], server)
    async with running(source.listen_for_subscriptions()):
        await eventually(lambda: heard.connected)

    assert f"opened no websocket (HTTP {status}): retrying." in caplog.text
    assert "check the address" not in caplog.text


async def test_an_upgrade_refused_for_a_time_says_how_long(server: RangerServer) -> None:
    server.upgrade_statuses, server.upgrade_headers = [429], {"Retry-After": "7"}
    source, _ = listened([PAIR], server)
    with pytest.raises(StreamError) as refused:
        await source._open_socket()
    assert refused.value.retry_after_s == 7


# Pairs that come and go.


async def test_one_more_pair_is_subscribed_to_on_the_standing_connection(server: RangerServer) -> None:
    source, heard = listened([PAIR], server)
    server.stored["ethusd.ob-inc"] = [{"ethusd.ob-snap": {"sequence": 1}}]
    async with running(source.listen_for_subscriptions()):
        await eventually(lambda: heard.connected)

        assert await source.subscribe_to_trading_pair(OTHER)
        assert heard.told == [("ob-snap", OTHER, {"sequence": 1})]
        assert [json.loads(frame)["streams"] for frame in server.frames[2:]] == [["ethusd.ob-inc"], ["ethusd.trades"]]

        server.client.cut()
        await eventually(lambda: heard.connected == 2)
        assert len(server.clients) == 2
        assert ["ethusd.ob-inc"] in [json.loads(frame)["streams"] for frame in server.client.frames]


async def test_a_pair_that_is_given_up_is_silent_whatever_the_server_does(server: RangerServer) -> None:
    source, heard = listened([PAIR, OTHER], server)
    async with running(source.listen_for_subscriptions()):
        await eventually(lambda: heard.connected)

        assert await source.unsubscribe_from_trading_pair(OTHER)
        assert [json.loads(frame) for frame in server.frames[3:]] == [
            subscribed("ethusd.ob-inc", event="unsubscribe"),
            subscribed("ethusd.trades", event="unsubscribe"),
        ]
        await server.client.send({"ethusd.ob-inc": {"sequence": 2}})
        await server.client.send({"btcusd.ob-inc": {"sequence": 3}})
        await eventually(lambda: heard.told)
        assert heard.told == [("ob-inc", PAIR, {"sequence": 3})]

        server.client.cut()
        await eventually(lambda: heard.connected == 2)
        assert not any("ethusd" in frame for frame in server.client.frames)


async def test_without_a_connection_pairs_neither_come_nor_go(caplog: pytest.LogCaptureFixture) -> None:
    source, _ = source_of([PAIR])

    assert not await source.subscribe_to_trading_pair(OTHER)
    assert "Could not subscribe to ETH-USD: There is no connection" in caplog.text
    assert not await source.unsubscribe_from_trading_pair(OTHER)


async def test_an_unsubscription_that_is_not_answered_is_logged(
    server: RangerServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    source, heard = listened([PAIR], server)
    async with running(source.listen_for_subscriptions()):
        await eventually(lambda: heard.connected)
        server.acks = False
        monkeypatch.setattr(CONSTANTS, "ACK_TIMEOUT_S", 0.02)

        assert not await source.unsubscribe_from_trading_pair(PAIR)
    assert "Could not unsubscribe from BTC-USD" in caplog.text


async def test_a_pair_without_a_market_is_not_subscribed_to(
    server: RangerServer, caplog: pytest.LogCaptureFixture
) -> None:
    source, heard = listened([PAIR], server)
    async with running(source.listen_for_subscriptions()):
        await eventually(lambda: heard.connected)

        assert not await source.subscribe_to_trading_pair("NO-PE")
    assert "Could not subscribe to NO-PE: The exchange has no open market for NO-PE." in caplog.text


async def test_a_pair_that_could_not_be_subscribed_to_is_not_subscribed_to_later(
    server: RangerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, heard = listened([PAIR], server)
    async with running(source.listen_for_subscriptions()):
        await eventually(lambda: heard.connected)
        server.acks = False
        monkeypatch.setattr(CONSTANTS, "ACK_TIMEOUT_S", 0.02)
        assert not await source.subscribe_to_trading_pair(OTHER)

        server.acks = True
        server.client.cut()
        await eventually(lambda: heard.connected == 2)
        assert not any("ethusd" in frame for frame in server.client.frames)


async def test_a_pair_whose_subscription_is_given_up_is_not_subscribed_to_later(server: RangerServer) -> None:
    """Whoever adds it may be cancelled while the server does not answer."""
    source, heard = listened([PAIR], server)
    async with running(source.listen_for_subscriptions()):
        await eventually(lambda: heard.connected)
        server.acks = False
        async with running(source.subscribe_to_trading_pair(OTHER)):
            await eventually(lambda: any("ethusd" in frame for frame in server.client.frames))

        server.acks = True
        server.client.cut()
        await eventually(lambda: heard.connected == 2)
        assert not any("ethusd" in frame for frame in server.client.frames)


async def test_an_old_server_that_did_not_answer_with_its_version_gives_whole_books_later(server: RangerServer) -> None:
    source, connector = source_of([PAIR], server.url)
    heard = Heard()
    source.attach(heard)
    server.rest["public/version"] = [(503, ""), (503, ""), (200, json.dumps({"version": "2.3.44"}))]
    async with running(source.listen_for_subscriptions()):
        await eventually(lambda: heard.connected)
        assert SUBSCRIBE_BOOK in server.frames

        await connector._learn_version()
        await source.resubscribe_book(PAIR)
        assert json.loads(server.frames[-1]) == subscribed("btcusd.update")


async def test_asking_for_a_book_again_is_one_subscription_to_its_increments(server: RangerServer) -> None:
    source, heard = listened([PAIR], server)
    server.stored["btcusd.ob-inc"] = [{"btcusd.ob-snap": {"sequence": 1}}]
    async with running(source.listen_for_subscriptions()):
        await eventually(lambda: heard.connected)

        await source.resubscribe_book(PAIR)
        assert json.loads(server.frames[-1]) == subscribed("btcusd.ob-inc")
        assert heard.told == [("ob-snap", PAIR, {"sequence": 1})] * 2, "it is there before the call returns"


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
