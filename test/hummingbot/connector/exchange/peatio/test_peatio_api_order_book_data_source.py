"""The public streams: what is subscribed to, who gets the messages, and pairs that come and go."""

import json
from collections.abc import AsyncIterator, Mapping
from functools import partial
from typing import Any

import pytest
from bidict import bidict
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import MessageError
from hummingbot.connector.exchange.peatio.peatio_api_order_book_data_source import PeatioAPIOrderBookDataSource
from hummingbot.connector.test_support.network_mocking_assistant import NetworkMockingAssistant

from test.hummingbot.connector.exchange.peatio.fixtures import eventually, settle
from test.hummingbot.connector.exchange.peatio.ranger_server import RangerServer, running, web_sessions
from test.hummingbot.connector.exchange.peatio.recorded import answer
from test.hummingbot.connector.exchange.peatio.source_support import OTHER, PAIR, source_of


class Heard:
    """A `BookListener` that writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, Any]] = []
        self.connected = 0
        self.lost = 0

    def on_snapshot(self, trading_pair: str, payload: Mapping[str, Any]) -> None:
        self.told.append(("snapshot", trading_pair, payload))

    def on_level(self, trading_pair: str, sequence: int, is_bid: bool, price: float, volume: float) -> bool:
        return False

    def on_increment(self, trading_pair: str, payload: Mapping[str, Any]) -> None:
        if "sequence" not in payload:
            raise MessageError("no sequence")
        self.told.append(("increment", trading_pair, payload))

    def on_whole_book(self, trading_pair: str, payload: Mapping[str, Any]) -> None:
        self.told.append(("whole book", trading_pair, payload))

    def on_trades(self, trading_pair: str, payload: Mapping[str, Any]) -> None:
        self.told.append(("trades", trading_pair, payload))

    def on_unreadable(self, trading_pair: str, error: MessageError) -> None:
        self.told.append(("unreadable", trading_pair, str(error)))

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


async def test_books_one_by_one_and_then_all_trades_are_subscribed_to() -> None:
    mocking = NetworkMockingAssistant()
    await settle()  # its queues are made by a task of its own
    source, connector = source_of([PAIR, OTHER])
    socket = mocking.configure_web_assistants_factory(connector._web_assistants_factory)
    sent = mocking.json_messages_sent_through_websocket(socket)

    async with running(source.listen_for_subscriptions()):
        for count in range(4):
            await eventually(partial(has_length, sent, count))
            mocking.add_websocket_aiohttp_message(socket, json.dumps({"success": {"streams": []}}))
        await settle()

        assert sent == [
            subscribed("btcusd.ob-inc"),
            subscribed("ethusd.ob-inc"),
            subscribed("btcusd.trades", "ethusd.trades"),
        ]


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
        ("snapshot", PAIR, {"sequence": 1}),
        ("increment", PAIR, {"sequence": 2}),
        ("trades", "A-B", {"trades": []}),
        ("unreadable", PAIR, "no sequence"),
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
        assert heard.told == [("snapshot", "TRST-USD", {"sequence": 1})]


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


# Pairs that come and go.


async def test_one_more_pair_is_subscribed_to_on_the_standing_connection(server: RangerServer) -> None:
    source, heard = listened([PAIR], server)
    server.stored["ethusd.ob-inc"] = [{"ethusd.ob-snap": {"sequence": 1}}]
    async with running(source.listen_for_subscriptions()):
        await eventually(lambda: heard.connected)

        assert await source.subscribe_to_trading_pair(OTHER)
        assert heard.told == [("snapshot", OTHER, {"sequence": 1})]
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
        assert heard.told == [("increment", PAIR, {"sequence": 3})]

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


async def test_asking_for_a_book_again_is_one_subscription_to_its_increments(server: RangerServer) -> None:
    source, heard = listened([PAIR], server)
    server.stored["btcusd.ob-inc"] = [{"btcusd.ob-snap": {"sequence": 1}}]
    async with running(source.listen_for_subscriptions()):
        await eventually(lambda: heard.connected)

        await source.resubscribe_book(PAIR)
        assert json.loads(server.frames[-1]) == subscribed("btcusd.ob-inc")
        assert heard.told == [("snapshot", PAIR, {"sequence": 1})] * 2, "it is there before the call returns"


async def test_the_base_class_may_subscribe_as_well(server: RangerServer) -> None:
    source, heard = listened([PAIR], server)
    async with running(source.listen_for_subscriptions()):
        await eventually(lambda: heard.connected)
        assert source._connection.socket is not None

        await source._subscribe_channels(source._connection.socket)
        assert heard.connected == 2
