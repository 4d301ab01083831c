"""How Rango and its connections live and die, over real sockets (docs/protocol.md section 5)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from jwt import InvalidKeyError

from conformance.ranger_client import RawClient, Seen
from conformance.ranger_tokens import MEMBER_UID, Clock, TokenMint
from peatio_sandbox.ranger.auth import TokenVerifier
from peatio_sandbox.ranger.ranger import Ranger, RangerConfig
from peatio_sandbox.ranger.standalone import RangerServer

TIMEOUT_S = 5.0
BOOK = "/public?stream=btcusd.ob-inc"
ACK = '{"success":{"message":"subscribed","streams":["btcusd.ob-inc"]}}'
SNAPSHOT = '{"btcusd.ob-snap":{"sequence":1}}'
# All of them are in recording 04.
MALFORMED_SUBSCRIBES = [
    b'{"event":"subscribe"}',
    b'{"event":"subscribe","streams":"btcusd.trades"}',
    b'{"event":"subscribe","streams":5}',
    b'{"event":"subscribe","streams":{"a":1}}',
]


@pytest.fixture(scope="module")
def mint() -> TokenMint:
    return TokenMint(Clock())


@pytest.fixture
async def server() -> AsyncIterator[RangerServer]:
    async with RangerServer(Ranger()) as running:
        running.ranger.publish("public.btcusd.ob-snap", {"sequence": 1})
        yield running


async def _connect(server: RangerServer, target: str, headers: dict[str, str] | None = None) -> RawClient:
    client = await RawClient.websocket(server.host, server.port, target, headers)
    client.start_reading()
    await client.fence(TIMEOUT_S)
    return client


async def test_a_restart_ends_connections_without_close_frame_and_loses_the_books(server: RangerServer) -> None:
    clients = [await _connect(server, BOOK), await _connect(server, BOOK)]
    server.ranger.restart()
    for client in clients:
        await client.wait_seen(3, TIMEOUT_S)
        assert client.seen == [Seen("text", SNAPSHOT), Seen("text", ACK), Seen("tcp-end")]
    after = await _connect(server, BOOK)
    assert after.texts == [ACK]


async def test_a_server_that_is_down_refuses_and_comes_back_on_its_port(server: RangerServer) -> None:
    port = server.port
    await server.go_down()
    with pytest.raises(ConnectionRefusedError):
        await RawClient.websocket(server.host, port, BOOK)
    await server.come_back()
    assert server.port == port
    assert (await _connect(server, BOOK)).texts == [ACK]


async def test_behind_a_gateway_a_restart_shows_as_503_and_what_is_published_meanwhile_is_lost(
    server: RangerServer,
) -> None:
    server.ranger.restart(down_s=0.05)
    assert not server.ranger.is_up
    server.ranger.publish("public.btcusd.ob-snap", {"sequence": 2})
    refused = await RawClient.websocket(server.host, server.port, BOOK)
    assert refused.answer.status == "HTTP/1.1 503 Service Unavailable"
    await _wait_up(server.ranger)
    assert (await _connect(server, BOOK)).texts == [ACK]


async def _wait_up(ranger: Ranger) -> None:
    async with asyncio.timeout(TIMEOUT_S):
        while not ranger.is_up:  # noqa: ASYNC110 - it comes back by its own timer
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("message", MALFORMED_SUBSCRIBES)
async def test_a_malformed_subscribe_is_answered_and_harms_nobody(server: RangerServer, message: bytes) -> None:
    bystander, culprit = await _connect(server, BOOK), await _connect(server, "/public")
    culprit.send("text", message)
    server.ranger.publish("public.btcusd.ob-inc", {"sequence": 2})
    for client in (bystander, culprit):
        await client.fence(TIMEOUT_S)
        assert client.is_open
    assert len(culprit.texts) == 2, "the ack of the connect, and an answer"
    assert bystander.texts == [SNAPSHOT, ACK, '{"btcusd.ob-inc":{"sequence":2}}']


async def test_rabbitmq_lost_the_socket_stays_open_and_events_are_gone(server: RangerServer) -> None:
    client = await _connect(server, BOOK)
    server.ranger.publish("public.btcusd.ob-inc", {"sequence": 2})
    server.ranger.broker_connected = False
    server.ranger.publish("public.btcusd.ob-inc", {"sequence": 3})
    server.ranger.broker_connected = True
    server.ranger.publish("public.btcusd.ob-inc", {"sequence": 4})
    await client.fence(TIMEOUT_S)
    increments = [f'{{"btcusd.ob-inc":{{"sequence":{sequence}}}}}' for sequence in (2, 4)]
    assert client.texts == [SNAPSHOT, ACK, *increments]
    assert client.is_open


async def test_only_pongs_keep_a_connection_alive() -> None:
    config = RangerConfig(ping_period_s=0.2, pong_wait_s=0.3)
    async with RangerServer(Ranger(config)) as server:
        silent, ponging = await _connect(server, "/public"), await _connect(server, "/public")
        for _ in range(2):
            await ponging.wait_seen(len(ponging.seen) + 1, TIMEOUT_S)
            assert ponging.seen[-1] == Seen("ping")
            ponging.send("pong", b"")
            silent.send("text", b"ping")
            silent.send("ping", b"mine")
        await silent.wait_seen(6, TIMEOUT_S)
        assert silent.seen[-1] == Seen("tcp-end")
        assert not any(seen.operation == "close" for seen in silent.seen)
        assert ponging.is_open
        await ponging.close_socket()


async def test_closing_ends_every_connection() -> None:
    async with RangerServer(Ranger()) as server:
        client = await _connect(server, "/public")
        await server.ranger.close()
        await client.wait_seen(2, TIMEOUT_S)
        assert client.seen[-1] == Seen("tcp-end")
        assert server.ranger.connection_count == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, "403 Forbidden"),
        ({"Origin": "null"}, "403 Forbidden"),
        ({"Origin": "http://[bad"}, "403 Forbidden"),
        ({"Origin": "own"}, "101 Switching Protocols"),
        ({}, "101 Switching Protocols"),
    ],
)
async def test_foreign_origins_are_refused(server: RangerServer, headers: dict[str, str], status: str) -> None:
    own = f"http://{server.host}:{server.port}"
    given = {name: own if value == "own" else value for name, value in headers.items()}
    client = await RawClient.websocket(server.host, server.port, "/public", given)
    assert client.answer.status == f"HTTP/1.1 {status}"
    await client.close_socket()


@pytest.mark.parametrize(
    "head",
    [
        "GET /public HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13",
        "GET /public HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nSec-WebSocket-Version: 13",
        "GET /public HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8",
        "GET /public HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: Websocket\r\nSec-WebSocket-Version: 13",
    ],
    ids=["no upgrade", "another upgrade", "another version", "no key"],
)
async def test_requests_that_are_no_handshake(server: RangerServer, head: str) -> None:
    client = await RawClient.connect(server.host, server.port, head)
    assert (client.answer.status, client.answer.body) == ("HTTP/1.1 400 Bad Request", "Bad Request\n")


async def test_a_token_that_expires_leaves_its_connection_open(mint: TokenMint) -> None:
    clock = Clock()
    short = TokenMint(clock)
    async with RangerServer(Ranger(verifier=short.verifier("RS256"))) as server:
        token = short.token("short", "token expiring in 3 s: is the open connection dropped?")
        headers = {"Authorization": f"Bearer {token}"}
        client = await _connect(server, "/private?stream=order", headers)
        clock.elapsed_s = 10.0
        server.ranger.publish(f"private.{MEMBER_UID}.order", {"id": 1})
        await client.fence(TIMEOUT_S)
        assert client.texts[-1] == '{"order":{"id":1}}'
        refused = await RawClient.websocket(server.host, server.port, "/private", headers)
        assert (refused.answer.status, refused.answer.body) == ("HTTP/1.1 401 Unauthorized", "")
        await client.close_socket()


async def test_public_takes_a_good_token_and_ignores_a_bad_one(mint: TokenMint) -> None:
    async with RangerServer(Ranger(verifier=mint.verifier("RS256"))) as server:
        for note, streams in (("", '["order"]'), ("expired 1h ago", "[]")):
            headers = {"Authorization": f"Bearer {mint.token('c1', note)}"}
            client = await _connect(server, "/public?stream=order", headers)
            assert client.texts == [f'{{"success":{{"message":"subscribed","streams":{streams}}}}}']
            await client.close_socket()


def test_a_verifier_without_key_is_refused_at_once() -> None:
    with pytest.raises(InvalidKeyError):
        TokenVerifier(b"no key")
