"""Ranger over real sockets: the rows of the behaviour table in docs/protocol.md section 5 about streams."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import aiohttp
import pytest
from aiohttp import web

from conformance.ranger_client import RawClient, Seen
from peatio_sandbox.ranger.ranger import Ranger

TIMEOUT_S = 5.0

Open = Callable[..., Awaitable[RawClient]]


@pytest.fixture
async def ranger() -> Ranger:
    return Ranger()


@pytest.fixture
async def address(ranger: Ranger) -> AsyncIterator[tuple[str, int]]:
    """Ranger behind a gateway that takes a header for the uid."""

    async def private(request: web.Request) -> web.StreamResponse:
        request["uid"] = request.headers.get("Uid", "")
        return await ranger.handle_private(request)

    application = web.Application()
    application.router.add_route("*", "/public", ranger.handle_public)
    application.router.add_route("*", "/private", private)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][:2]
    await ranger.close()
    await runner.cleanup()


@pytest.fixture
async def connect(address: tuple[str, int]) -> AsyncIterator[Open]:
    """Opens websockets that read, and closes them at the end."""
    async with AsyncExitStack() as stack:

        async def open_(target: str = "/public", uid: str = "") -> RawClient:
            client = await RawClient.websocket(*address, target, {"Uid": uid} if uid else None)
            return await stack.enter_async_context(client)

        yield open_


async def _taken(client: RawClient) -> list[Seen]:
    """What has come since the last call."""
    await client.fence(TIMEOUT_S)
    taken = list(client.seen)
    client.seen.clear()
    return taken


async def _said(client: RawClient, message: dict[str, object]) -> list[str]:
    """What a message is answered with."""
    await _taken(client)
    client.send("text", json.dumps(message).encode())
    return [seen.text for seen in await _taken(client)]


def _subscribe(*streams: str) -> dict[str, object]:
    return {"event": "subscribe", "streams": list(streams)}


def _ack(*streams: str) -> str:
    return json.dumps({"success": {"message": "subscribed", "streams": list(streams)}}, separators=(",", ":"))


def _publish_book(ranger: Ranger, market: str, increments: int, first_sequence: int = 1) -> list[str]:
    """A snapshot and increments; returns the texts a new subscriber is sent."""
    ranger.publish(f"public.{market}.ob-snap", {"sequence": first_sequence})
    sequences = range(first_sequence + 1, first_sequence + 1 + increments)
    for sequence in sequences:
        ranger.publish(f"public.{market}.ob-inc", {"sequence": sequence})
    return [f'{{"{market}.ob-snap":{{"sequence":{first_sequence}}}}}'] + [
        f'{{"{market}.ob-inc":{{"sequence":{sequence}}}}}' for sequence in sequences
    ]


async def test_a_book_is_replayed_on_every_subscribe_then_comes_the_ack(ranger: Ranger, connect: Open) -> None:
    book = _publish_book(ranger, "btcusd", 3)
    client = await connect("/public?stream=btcusd.ob-inc")
    assert [seen.text for seen in await _taken(client)] == [*book, _ack("btcusd.ob-inc")]
    assert await _said(client, _subscribe("btcusd.ob-inc")) == [*book, _ack("btcusd.ob-inc")]


async def test_later_snapshots_are_not_pushed(ranger: Ranger, connect: Open) -> None:
    _publish_book(ranger, "btcusd", 0)
    client = await connect("/public?stream=btcusd.ob-inc,btcusd.ob-snap")
    await _taken(client)
    _, increment = _publish_book(ranger, "btcusd", 1, first_sequence=5)
    assert [seen.text for seen in await _taken(client)] == [increment]


async def test_an_early_subscriber_gets_increments_without_a_snapshot_until_it_asks_again(
    ranger: Ranger, connect: Open
) -> None:
    client = await connect("/public?stream=btcusd.ob-inc")
    ranger.publish("public.btcusd.ob-inc", {"sequence": 1})
    assert [seen.text for seen in await _taken(client)] == [_ack("btcusd.ob-inc")]
    book = _publish_book(ranger, "btcusd", 1)
    assert [seen.text for seen in await _taken(client)] == book[1:]
    assert await _said(client, _subscribe("btcusd.ob-inc")) == [*book, _ack("btcusd.ob-inc")]


async def test_many_books_in_one_frame_overflow_the_queue(ranger: Ranger, connect: Open) -> None:
    """25 markets with 20 stored increments each in one legal frame died 5 of 5 times (seen)."""
    markets = [f"m{number:02}" for number in range(25)]
    for market in markets:
        _publish_book(ranger, market, 20)
    client = await connect()
    message = json.dumps(_subscribe(*(f"{market}.ob-inc" for market in markets)), separators=(",", ":"))
    assert len(message) <= 512
    await _taken(client)
    client.send("text", message.encode())
    assert (await _taken(client))[-1] == Seen("tcp-end")
    assert ranger.connection_count == 0


async def test_one_book_per_frame_survives(ranger: Ranger, connect: Open) -> None:
    """50 markets with 120 increments each, the next after the ack, survived 5 of 5 times (seen)."""
    books = {f"m{number:02}": _publish_book(ranger, f"m{number:02}", 120) for number in range(50)}
    client = await connect()
    for market, book in books.items():
        answers = await _said(client, _subscribe(f"{market}.ob-inc"))
        assert answers[: len(book)] == book
    assert client.is_open


async def test_streams_of_all_kinds(ranger: Ranger, connect: Open) -> None:
    client = await connect("/public?stream=btcusd.trades,global.tickers,btcusd.kline-1m,nosuch.stream")
    await _taken(client)
    ranger.publish("public.btcusd.trades", {"trades": [{"tid": 1, "price": "1.0"}]})
    ranger.publish("public.global.tickers", {"btcusd": {"last": "1.0"}})
    ranger.publish("public.btcusd.kline-1m", [1700000000, 1.0, 2.0, 0.5, 1.5, 0.00000012])
    ranger.publish("public.ethusd.trades", {"trades": []})
    assert [seen.text for seen in await _taken(client)] == [
        '{"btcusd.trades":{"trades":[{"price":"1.0","tid":1}]}}',
        '{"global.tickers":{"btcusd":{"last":"1.0"}}}',
        '{"btcusd.kline-1m":[1700000000,1,2,0.5,1.5,1.2e-7]}',
    ]


async def test_a_payload_changed_after_publishing_is_sent_as_it_was(ranger: Ranger, connect: Open) -> None:
    client = await connect("/public?stream=btcusd.trades")
    await _taken(client)
    payload = {"trades": [1]}
    ranger.publish("public.btcusd.trades", payload)
    payload["trades"].append(2)
    assert [seen.text for seen in await _taken(client)] == ['{"btcusd.trades":{"trades":[1]}}']


async def test_private_streams_by_uid(ranger: Ranger, connect: Open) -> None:
    mine, other = await connect("/private?stream=order,trade", uid="ID1"), await connect("/private", uid="ID2")
    assert [seen.text for seen in await _taken(mine)] == [_ack("order", "trade")]
    assert await _said(other, _subscribe("order")) == [_ack("order")]
    ranger.publish("private.ID1.order", {"id": 1})
    assert [seen.text for seen in await _taken(mine)] == ['{"order":{"id":1}}']
    assert await _taken(other) == []


async def test_private_streams_are_silently_refused_without_identity(ranger: Ranger, connect: Open) -> None:
    client = await connect("/public?stream=order", uid="ID1")  # the gateway gives /public no identity
    assert [seen.text for seen in await _taken(client)] == [_ack()]
    assert await _said(client, _subscribe("trade", "btcusd.trades")) == [_ack("btcusd.trades")]
    ranger.publish("private.ID1.trade", {"id": 1})
    assert await _taken(client) == []


async def test_private_without_uid_is_refused(connect: Open) -> None:
    client = await connect("/private")
    assert client.answer.status == "HTTP/1.1 401 Unauthorized"
    assert (client.answer.headers["content-length"], client.answer.body) == ("0", "")


async def test_a_market_symbol_with_a_dot_is_taken_for_a_prefix(connect: Open) -> None:
    client = await connect("/private", uid="ID1")
    assert await _said(client, _subscribe("a.b.trades", "btcusd.trades")) == [
        '{"success":{"message":"cannot subscribe to a.b.trades"}}',
        _ack("btcusd.trades"),
    ]


async def test_the_limit_of_512_bytes(connect: Open) -> None:
    client = await connect()
    message = b'{"event":"subscribe","streams":["btcusd.trades"]'
    await _taken(client)
    client.send("text", message.ljust(511) + b"}")
    assert [seen.text for seen in await _taken(client)] == [_ack("btcusd.trades")]
    client.send("text", message.ljust(512) + b"}")
    assert await _taken(client) == [Seen("close", "", 1009), Seen("tcp-end")]


async def test_a_client_that_closes_gets_its_code_back(connect: Open) -> None:
    client = await connect()
    await _taken(client)
    client.send("close", (1001).to_bytes(2, "big") + b"bye")
    assert await _taken(client) == [Seen("close", "", 1001), Seen("tcp-end")]


async def test_broken_framing_is_a_protocol_error(connect: Open) -> None:
    client = await connect()
    await _taken(client)
    client.send("cont", b"x")
    assert await _taken(client) == [
        Seen("close", "continuation after final message frame", 1002),
        Seen("tcp-end"),
    ]


async def test_text_ping(connect: Open) -> None:
    client = await connect()
    await _taken(client)
    client.send("text", b" ping\n")
    assert await _taken(client) == [Seen("text", "pong")]


async def test_what_ended_is_forgotten(ranger: Ranger, connect: Open) -> None:
    client = await connect("/private?stream=order,btcusd.trades", uid="ID1")
    stays = await connect("/public?stream=btcusd.trades")
    for one in (client, stays):
        await _taken(one)
    await client.close_socket()
    while ranger.connection_count > 1:
        await stays.fence(TIMEOUT_S)
    ranger.publish("public.btcusd.trades", {})
    ranger.publish("private.ID1.order", {})
    assert [seen.text for seen in await _taken(stays)] == ['{"btcusd.trades":{}}']


async def test_library_clients_join_the_frames_of_a_long_message(ranger: Ranger, address: tuple[str, int]) -> None:
    url = f"http://{address[0]}:{address[1]}/public?stream=btcusd.trades"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as websocket:
        await websocket.receive_str()
        for size in (1000, 1500, 5000):
            ranger.publish("public.btcusd.trades", "x" * size)
            assert await websocket.receive_str() == f'{{"btcusd.trades":"{"x" * size}"}}'
