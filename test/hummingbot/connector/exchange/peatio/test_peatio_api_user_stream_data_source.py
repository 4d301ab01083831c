"""The private streams over a real socket: who we are is proven on the upgrade, and every refusal is explained."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import StreamError
from hummingbot.connector.exchange.peatio.common.messages import TradeReport
from hummingbot.connector.exchange.peatio.peatio_api_user_stream_data_source import PeatioAPIUserStreamDataSource
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.connector.exchange.peatio.websocket import opening
from hummingbot.connector.exchange.peatio.websocket.fast_socket import FastSocket
from hummingbot.connector.test_support.network_mocking_assistant import NetworkMockingAssistant

from test.hummingbot.connector.exchange.peatio.fixtures import API_KEY, SECRET, settle
from test.hummingbot.connector.exchange.peatio.message_support import read_events
from test.hummingbot.connector.exchange.peatio.ranger_server import RangerServer, running, web_sessions
from test.hummingbot.connector.exchange.peatio.recorded import answer, lines
from test.hummingbot.connector.exchange.peatio.source_support import PAIR, connector_of
from test.patience import eventually

SUBSCRIBE = {"event": "subscribe", "streams": ["order", "trade"]}
# Peatio has no such streams, its forks do; a Ranger acknowledges what it does not know.
SUBSCRIBE_BALANCES = {"event": "subscribe", "streams": ["balances", "balance"]}
BALANCES = (200, json.dumps(answer("balances")))


class PrivateStream:
    """The data source under test, its connector, and the queue it fills."""

    def __init__(self, server: RangerServer) -> None:
        self.server = server
        self.connector: PeatioExchange = connector_of([PAIR], server.url)
        self.source = PeatioAPIUserStreamDataSource(
            auth=self.connector._auth,
            connector=self.connector,
            api_factory=self.connector._web_assistants_factory,
            venue=self.connector.venue,
        )
        self.output: asyncio.Queue[Any] = asyncio.Queue()

    def listen(self) -> Any:
        return running(self.source.listen_for_user_stream(self.output))

    def asked(self, path: str) -> list[web.Request]:
        """The REST requests to `path`."""
        return [request for request in self.server.rest_requests if request.match_info["path"] == path]


@pytest.fixture
async def server() -> AsyncIterator[RangerServer]:
    async with RangerServer() as ranger:
        ranger.answer_time()
        yield ranger


@pytest.fixture
async def stream(server: RangerServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PrivateStream]:
    monkeypatch.setattr(CONSTANTS, "BACKOFF_START_S", 0.01)
    monkeypatch.setattr(CONSTANTS, "BACKOFF_MAXIMUM_S", 0.01)
    async with web_sessions():
        yield PrivateStream(server)


def assert_signed(request: web.Request) -> None:
    """As the gateway checks it: the key, a nonce within five seconds, the signature of both."""
    nonce, key = request.headers["X-Auth-Nonce"], request.headers["X-Auth-Apikey"]
    assert key == API_KEY
    assert abs(int(nonce) / 1000 - time.time()) < 5
    expected = hmac.new(SECRET.encode(), f"{nonce}{key}".encode(), hashlib.sha256).hexdigest()
    assert request.headers["X-Auth-Signature"] == expected


async def test_the_upgrade_is_signed_with_the_servers_clock(stream: PrivateStream, server: RangerServer) -> None:
    async with stream.listen():
        await eventually(lambda: stream.source.is_subscribed)

        assert len(stream.asked("public/timestamp")) == 1
        assert server.client.request.path == "/api/v2/ranger/private"
        assert_signed(server.client.request)
        await eventually(lambda: [json.loads(frame) for frame in server.frames] == [SUBSCRIBE, SUBSCRIBE_BALANCES])


async def test_balances_are_asked_for_last_and_it_does_not_matter_whether_they_are_granted(
    stream: PrivateStream, server: RangerServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.refused = {"balances", "balance"}
    told: list[int] = []
    stream.connector.on_private_stream_connected = lambda: told.append(len(server.frames))  # type: ignore[method-assign]
    async with stream.listen():
        await eventually(lambda: len(server.frames) == 2)
        await server.client.send({"balances": {"btc": ["1", "0"]}})
        assert await asyncio.wait_for(stream.output.get(), 5) == {"balances": {"btc": ["1", "0"]}}
        assert stream.source.is_subscribed
    assert told == [1]
    assert len(server.clients) == 1
    assert [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []


async def test_numbers_of_orders_and_trades_keep_every_digit(stream: PrivateStream, server: RangerServer) -> None:
    """Forks send numbers where Peatio sends texts; a float would lose digits."""
    trade = '{"trade":{"id":8,"order_id":4,"market":"btcusd","side":"buy","created_at":1.5,"price":%s,"amount":%s}}'
    async with stream.listen():
        await eventually(lambda: stream.source.is_subscribed)
        await server.client.send(trade % ("30000.1234567890123456", "12345.1234567890123456"))
        (event,) = read_events(await asyncio.wait_for(stream.output.get(), 5))
    assert isinstance(event, TradeReport)
    assert (event.price, event.amount) == (Decimal("30000.1234567890123456"), Decimal("12345.1234567890123456"))
    # All of its digits: it is what the fee is computed of.
    assert event.total == Decimal("370355227.79297230652767081726870921383936")


async def test_picows_reads_the_stream(stream: PrivateStream) -> None:
    """Every fill comes this way; the mocked socket below is aiohttp's, as the one through a proxy is."""
    async with stream.listen():
        await eventually(lambda: stream.source.is_subscribed)
        assert stream.source._connection is not None
        assert isinstance(stream.source._connection.socket, FastSocket)


async def test_every_connection_is_signed_anew(stream: PrivateStream, server: RangerServer) -> None:
    async with stream.listen():
        await eventually(lambda: stream.source.is_subscribed)
        server.client.cut()
        await eventually(lambda: len(server.clients) == 2 and stream.source.is_subscribed)

    first, second = [client.request.headers["X-Auth-Nonce"] for client in server.clients]
    assert int(first) < int(second)
    assert len(stream.asked("public/timestamp")) == 1, "the clock is known already"


async def test_private_messages_are_queued_as_they_come(stream: PrivateStream, server: RangerServer) -> None:
    recorded = [
        json.loads(line["msg"])
        for line in lines("ranger-over-gateway/ws.jsonl")
        if line["conn"] == "maker" and "success" not in line.get("msg", "success")
    ]
    async with stream.listen():
        await eventually(lambda: stream.source.is_subscribed)
        await server.client.send("pong")
        for message in recorded:
            await server.client.send(message)

        assert [await asyncio.wait_for(stream.output.get(), 5) for _ in recorded] == recorded
        assert stream.output.empty()


async def test_the_connector_is_told_of_every_stream_that_stands(stream: PrivateStream, server: RangerServer) -> None:
    """So that it asks for what happened while there was none."""
    told = []
    stream.connector.on_private_stream_connected = lambda: told.append(stream.source.is_subscribed)  # type: ignore[method-assign]
    async with stream.listen():
        await eventually(lambda: told == [True])
        server.client.cut()
        await eventually(lambda: told == [True, True])


async def test_a_stream_that_stands_has_a_time_of_its_last_message(stream: PrivateStream, server: RangerServer) -> None:
    assert stream.source.last_recv_time == 0
    assert not stream.source.is_subscribed
    server.acks = False
    async with stream.listen():
        await eventually(lambda: server.frames)
        assert stream.source.last_recv_time == 0, "a socket alone is no stream"

        server.client.streams = ["order", "trade"]
        await server.client.ack()
        await eventually(lambda: stream.source.is_subscribed)
        assert abs(stream.source.last_recv_time - time.time()) < 5

        await server.stop()
        await eventually(lambda: not stream.source.is_subscribed)
        assert stream.source.last_recv_time == 0


@pytest.mark.parametrize(
    ("refused", "names"), [({"order"}, "order"), ({"trade"}, "trade"), ({"order", "trade"}, "order, trade")]
)
async def test_a_stream_that_is_not_granted_is_an_error_that_says_what_to_do(
    refused: set[str], names: str, stream: PrivateStream, server: RangerServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Ranger does not refuse: it acknowledges without the stream."""
    server.refused = refused
    async with stream.listen():
        await eventually(lambda: len(server.clients) == 2)
        server.refused = set()
        await eventually(lambda: stream.source.is_subscribed)

    assert f"did not grant the private stream(s) {names}" in caplog.text
    assert "Check the API key and its permissions." in caplog.text


# Refused upgrades.


@pytest.mark.parametrize(
    ("step", "remedy"),
    [
        ("auth bad signature", "Check the API secret"),
        ("auth unknown key", "Check the API key"),
        ("auth inactive key", "Activate the API key"),
    ],
)
async def test_a_wrong_key_is_told_as_rest_tells_it(
    step: str, remedy: str, stream: PrivateStream, server: RangerServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.upgrade_statuses = [401]
    server.rest["account/balances"] = [(401, json.dumps(answer(step)))]
    async with stream.listen():
        await eventually(lambda: stream.source.is_subscribed)

    (code,) = answer(step)["errors"]
    assert "The exchange refused the private websocket: GET account/balances was answered with HTTP 401" in caplog.text
    assert code in caplog.text
    assert remedy in caplog.text
    (asked,) = stream.asked("account/balances")
    assert dict(asked.query) == {"limit": "1"}
    assert_signed(asked)
    assert "Traceback" not in caplog.text


async def test_a_nonce_that_expired_is_mended_by_the_rest_call(stream: PrivateStream, server: RangerServer) -> None:
    server.upgrade_statuses = [401]
    server.rest["account/balances"] = [(401, json.dumps(answer("auth nonce -6s"))), BALANCES]
    async with stream.listen():
        await eventually(lambda: stream.source.is_subscribed)

    assert len(server.upgrades) == 2
    assert len(server.clients) == 1, "the second upgrade follows at once"
    assert len(stream.asked("public/timestamp")) == 2
    assert_signed(server.client.request)


async def test_a_key_that_only_rest_takes_is_the_exchanges_to_mend(
    stream: PrivateStream, server: RangerServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.upgrade_statuses = [401, 403]
    server.rest["account/balances"] = [BALANCES]
    async with stream.listen():
        await eventually(lambda: stream.source.is_subscribed)

    assert "HTTP 403; the same API key works over REST" in caplog.text
    assert "ask the exchange to let it use the websocket" in caplog.text


async def test_a_rest_interface_that_does_not_answer_explains_nothing(
    stream: PrivateStream, server: RangerServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.upgrade_statuses = [401]
    server.rest["account/balances"] = [(503, "<html>busy</html>")]
    async with stream.listen():
        await eventually(lambda: stream.source.is_subscribed)

    reason = "GET account/balances was answered with HTTP 503: busy."
    assert f"HTTP 401; the REST call to find the reason failed: {reason}" in caplog.text


@pytest.mark.parametrize("status", [400, 403, 404, 502, 503])
async def test_any_other_refusal_is_told_by_its_status(
    status: int, stream: PrivateStream, server: RangerServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.upgrade_statuses = [status]
    async with stream.listen():
        await eventually(lambda: stream.source.is_subscribed)

    assert f"The exchange refused the private websocket: HTTP {status}" in caplog.text
    assert stream.asked("account/balances") == []


@pytest.mark.parametrize("statuses", [[429], [401, 503]])
async def test_a_refusal_for_a_time_says_how_long(
    statuses: list[int], stream: PrivateStream, server: RangerServer
) -> None:
    server.upgrade_statuses, server.upgrade_headers = statuses, {"Retry-After": "7"}
    server.rest["account/balances"] = [BALANCES]
    with pytest.raises(StreamError) as refused:
        await stream.source._open_socket()
    assert refused.value.retry_after_s == 7


async def test_no_log_line_shows_key_secret_or_signature(
    stream: PrivateStream, server: RangerServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    server.upgrade_statuses = [401, 403, 401]
    server.rest["account/balances"] = [BALANCES, (401, json.dumps(answer("auth bad signature")))]
    async with stream.listen():
        await eventually(lambda: stream.source.is_subscribed)

    assert len(caplog.records) > 2
    for secret in (API_KEY, SECRET, server.client.request.headers["X-Auth-Signature"]):
        assert secret not in caplog.text


# On mocks, as Hummingbot's own connectors are tested.


async def test_the_subscription_and_the_headers_on_a_mocked_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """aiohttp's, as where picows is not installed."""
    monkeypatch.setattr(opening, "open_fast_socket", None)
    async with web_sessions():
        mocking = NetworkMockingAssistant()
        await settle()  # its queues are made by a task of its own
        stream = PrivateStream(RangerServer())
        stream.connector._time_synchronizer.add_time_offset_ms_sample(0.0)
        factory = stream.connector._web_assistants_factory
        socket = mocking.configure_web_assistants_factory(factory)
        mocking.add_websocket_aiohttp_message(socket, json.dumps({"success": {"streams": []}}))
        async with stream.listen():
            await eventually(lambda: mocking.text_messages_sent_through_websocket(socket))
            mocking.add_websocket_aiohttp_message(socket, json.dumps({"success": {"streams": ["order", "trade"]}}))
            mocking.add_websocket_aiohttp_message(socket, json.dumps({"order": {"id": 1}}))

            assert await asyncio.wait_for(stream.output.get(), 5) == {"order": {"id": 1}}
            assert json.loads(mocking.text_messages_sent_through_websocket(socket)[0]) == SUBSCRIBE
            session: Any = factory._connections_factory._ws_independent_session
            assert set(session.connection_kwargs["headers"]) == {
                "X-Auth-Apikey",
                "X-Auth-Nonce",
                "X-Auth-Signature",
            }
