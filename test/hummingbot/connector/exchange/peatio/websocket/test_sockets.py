"""Both kinds of websockets on a real server: which texts are handed on, what is answered, and how they end."""

import asyncio
import base64
import hashlib
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import batched
from typing import Any

import aiohttp
import pytest
from aiohttp import WSCloseCode, web
from aiohttp.test_utils import TestServer
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.websocket.fast_socket import open_fast_socket
from hummingbot.connector.exchange.peatio.websocket.sockets import Socket

from test.hummingbot.connector.exchange.peatio.ranger_server import running, web_sessions
from test.hummingbot.connector.exchange.peatio.ranger_support import OPENERS
from test.patience import eventually

TEXT, BINARY, CONTINUATION, PING = 1, 2, 0, 9


def frame(kind: int, data: bytes, is_last: bool = True, reserved: int = 0) -> bytes:
    """As a server sends it (RFC 6455 section 5.2)."""
    first = kind | 0x80 * is_last | reserved
    if len(data) < 126:
        return bytes((first, len(data))) + data
    if len(data) < 65_536:
        return bytes((first, 126)) + len(data).to_bytes(2, "big") + data
    return bytes((first, 127)) + len(data).to_bytes(8, "big") + data


@dataclass
class Peer:
    """The server's end.

    :ivar heard: what came: texts, pongs as bytes
    """

    socket: web.WebSocketResponse
    transport: asyncio.Transport
    heard: list[str | bytes] = field(default_factory=list)

    def send(self, *frames: bytes) -> None:
        """At once, so that it arrives as few reads."""
        self.transport.write(b"".join(frames))


@pytest.fixture(params=OPENERS)
async def ends(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Socket, Peer]]:
    """Both ends of a websocket."""
    async with both_ends(OPENERS[request.param]) as pair:
        yield pair


@pytest.fixture
async def fast_ends() -> AsyncIterator[tuple[Socket, Peer]]:
    async with both_ends(OPENERS["fast"]) as pair:
        yield pair


@asynccontextmanager
async def both_ends(opener: Callable[[str], Any]) -> AsyncIterator[tuple[Socket, Peer]]:
    peers: asyncio.Queue[Peer] = asyncio.Queue()

    async def serve(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        assert isinstance(request.transport, asyncio.Transport)
        peer = Peer(socket, request.transport)
        await peers.put(peer)
        async for message in socket:
            if message.type is aiohttp.WSMsgType.PING:
                await socket.pong(message.data)
            else:
                peer.heard.append(message.data)
        return socket

    app = web.Application()
    app.router.add_get("/", serve)
    async with web_sessions(), TestServer(app) as server:
        opened: Socket = await opener(str(server.make_url("/")).replace("http", "ws", 1))
        yield opened, await peers.get()
        await opened.close()


class Read:
    """What `read` handed on."""

    def __init__(self) -> None:
        self.parts: list[list[str]] = []

    def __call__(self, texts: Any) -> None:
        self.parts.append(list(texts))

    @property
    def texts(self) -> list[str]:
        return [text for part in self.parts for text in part]


async def test_texts_that_come_at_once_are_all_read_in_their_order(ends: tuple[Socket, Peer]) -> None:
    socket, peer = ends
    read = Read()
    sent = [f"{number}" + "x" * 200 for number in range(2000)]
    async with running(socket.read(read)) as reading:
        for number, text in enumerate(sent):
            peer.send(frame(TEXT, text.encode()))
            if number % 100 == 50:
                peer.send(frame(PING, b"still there?"))
        await eventually(lambda: len(read.texts) == 2000 and b"still there?" in peer.heard)
        peer.send(frame(TEXT, b"last"))
        await peer.socket.close()
        await eventually(reading.done)
    assert read.texts == [*sent, "last"]
    assert isinstance(reading.exception(), ConnectionError)


async def test_texts_are_handed_on_and_pings_answered(ends: tuple[Socket, Peer]) -> None:
    socket, peer = ends
    read = Read()
    async with running(socket.read(read)):
        await peer.socket.send_str("one")
        await peer.socket.send_bytes(b"not for us")
        await peer.socket.ping(b"still there?")
        await peer.socket.send_str("zwölf")
        await eventually(lambda: len(read.texts) == 2 and b"still there?" in peer.heard)
        assert read.texts == ["one", "zwölf"]
        assert abs(socket.last_recv_time - time.time()) < 60


async def test_texts_that_come_together_are_handed_on_together(fast_ends: tuple[Socket, Peer]) -> None:
    """Also where the last frame of them is none that the listener sees: picows answers pings itself."""
    socket, peer = fast_ends
    read = Read()
    async with running(socket.read(read)):
        for end in ((), (frame(PING, b""),), (frame(BINARY, b"\0"),)):
            peer.send(frame(TEXT, b"one"), frame(TEXT, b"two"), frame(TEXT, b"three"), *end)
            await eventually(lambda: read.texts)
            assert read.parts == [["one", "two", "three"]]
            read.parts.clear()


async def test_what_comes_before_the_reading_is_kept_for_it(ends: tuple[Socket, Peer]) -> None:
    socket, peer = ends
    peer.send(frame(TEXT, b"early"))
    await peer.socket.send_str("bird")
    await asyncio.sleep(0.05)
    read = Read()
    async with running(socket.read(read)):
        await eventually(lambda: read.texts == ["early", "bird"])


async def test_what_comes_after_the_reading_is_dropped(fast_ends: tuple[Socket, Peer]) -> None:
    socket, peer = fast_ends
    read = Read()
    async with running(socket.read(read)):
        peer.send(frame(TEXT, b"one"))
        await eventually(lambda: read.texts)
    peer.send(frame(TEXT, b"two"), frame(PING, b"read?"))
    await eventually(lambda: b"read?" in peer.heard)
    assert read.texts == ["one"]


async def test_a_text_is_sent(ends: tuple[Socket, Peer]) -> None:
    socket, peer = ends
    await socket.send_text('{"event":"subscribe"}')
    await eventually(lambda: peer.heard == ['{"event":"subscribe"}'])


async def test_the_end_of_the_connection_is_an_error(ends: tuple[Socket, Peer]) -> None:
    socket, peer = ends
    async with running(peer.socket.close(code=1001)):
        with pytest.raises(ConnectionError, match=r"closed unexpectedly.*1001"):
            await asyncio.wait_for(socket.read(Read()), 5)
    with pytest.raises((RuntimeError, OSError)):
        await socket.send_text("too late")


async def test_a_connection_that_is_cut_is_an_error(ends: tuple[Socket, Peer]) -> None:
    socket, peer = ends
    peer.transport.abort()
    with pytest.raises((ConnectionError, aiohttp.ClientError)):
        await asyncio.wait_for(socket.read(Read()), 5)


async def test_our_own_goodbye_ends_the_reading(ends: tuple[Socket, Peer]) -> None:
    socket, peer = ends
    async with running(socket.read(Read())) as reading:
        await asyncio.sleep(0)
        await socket.close()
        await eventually(reading.done)
        assert isinstance(reading.exception(), ConnectionError)
    assert peer.socket.close_code == WSCloseCode.OK


@pytest.mark.parametrize("seed", range(3))
async def test_a_message_in_parts_is_one_text(ends: tuple[Socket, Peer], seed: int) -> None:
    """Control frames may stand between (RFC 6455 section 5.4)."""
    socket, peer = ends
    rng, read, sent = random.Random(seed), Read(), []
    async with running(socket.read(read)):
        for _ in range(100):
            text = "".join(rng.choices("aä€𝄞", k=rng.randint(0, 12)))
            parts = [bytes(part) for part in batched(text.encode(), rng.randint(1, 7))] or [b""]
            for number, part in enumerate(parts):
                peer.send(frame(CONTINUATION if number else TEXT, part, is_last=number == len(parts) - 1))
                if rng.random() < 0.3:
                    peer.send(frame(PING, b""))
            sent.append(text)
            if rng.random() < 0.2:
                await asyncio.sleep(0)
        await eventually(lambda: len(read.texts) == len(sent))
    assert read.texts == sent


async def test_bytes_in_parts_are_nobodys(fast_ends: tuple[Socket, Peer]) -> None:
    socket, peer = fast_ends
    read = Read()
    async with running(socket.read(read)):
        peer.send(frame(BINARY, b"\0", is_last=False), frame(CONTINUATION, b"\xff"), frame(TEXT, b"one"))
        await eventually(lambda: read.texts == ["one"])


MOST = 1000


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([frame(TEXT, b"x" * (MOST + 1))], WSCloseCode.MESSAGE_TOO_BIG),
        ([frame(TEXT, b"x" * MOST, is_last=False), frame(CONTINUATION, b"x")], WSCloseCode.MESSAGE_TOO_BIG),
        ([frame(TEXT, b"\xff")], WSCloseCode.INVALID_TEXT),
        ([frame(TEXT, b"\xc3", is_last=False), frame(CONTINUATION, b"(")], WSCloseCode.INVALID_TEXT),
        ([frame(TEXT, b"{}", reserved=0x40)], WSCloseCode.PROTOCOL_ERROR),
        ([frame(CONTINUATION, b"x")], WSCloseCode.PROTOCOL_ERROR),
        ([frame(TEXT, b"a", is_last=False), frame(TEXT, b"b")], WSCloseCode.PROTOCOL_ERROR),
    ],
    ids=["long", "long in parts", "no UTF-8", "no UTF-8 in parts", "reserved bits", "no beginning", "no end"],
)
async def test_what_breaks_the_protocol_ends_the_connection(
    frames: list[bytes], code: WSCloseCode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONSTANTS, "MAX_MESSAGE_BYTES", MOST)
    async with both_ends(OPENERS["fast"]) as (socket, peer):
        read = Read()
        peer.send(frame(TEXT, b"good"), *frames)
        with pytest.raises(ConnectionError, match="given up"):
            await asyncio.wait_for(socket.read(read), 5)
        await eventually(lambda: peer.socket.close_code == code)
        assert read.texts in (["good"], [])


async def test_a_message_of_the_greatest_length_is_read(fast_ends: tuple[Socket, Peer]) -> None:
    socket, peer = fast_ends
    read = Read()
    async with running(socket.read(read)):
        peer.send(frame(TEXT, b"x" * CONSTANTS.MAX_MESSAGE_BYTES))
        await eventually(lambda: read.texts)
    assert len(read.texts[0]) == CONSTANTS.MAX_MESSAGE_BYTES


async def test_a_server_that_answers_no_ping_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONSTANTS, "HEARTBEAT_S", 0.1)
    async with both_ends(OPENERS["fast"]) as (socket, peer):
        peer.transport.pause_reading()
        with pytest.raises(ConnectionError, match="closed unexpectedly"):
            await asyncio.wait_for(socket.read(Read()), 10)
        peer.transport.resume_reading()


async def test_a_server_that_sends_much_need_not_answer_pings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its pong may stand behind what it sends."""
    monkeypatch.setattr(CONSTANTS, "HEARTBEAT_S", 0.2)
    async with both_ends(OPENERS["fast"]) as (socket, peer):
        peer.transport.pause_reading()
        read = Read()
        async with running(socket.read(read)) as reading:
            for number in range(60):
                peer.send(frame(TEXT, f"{number}".encode()))
                await asyncio.sleep(0.02)
            assert not reading.done()
        peer.transport.resume_reading()


async def test_a_server_that_hangs_up_on_the_upgrade_opens_no_socket() -> None:
    """picows counts it as a success, without a listener."""

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    listener = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with listener:
        port = listener.sockets[0].getsockname()[1]
        with pytest.raises(ConnectionError, match="before it answered the upgrade"):
            await open_fast_socket(f"ws://127.0.0.1:{port}/", None)


def headers_of(request: bytes) -> dict[bytes, bytes]:
    pairs = (line.split(b": ", 1) for line in request.splitlines()[1:] if line)
    return {name.lower(): value for name, value in pairs}


async def test_an_opening_that_is_given_up_leaves_no_connection_once_the_server_answers() -> None:
    """A connector that is stopped while its connection opens sends nothing afterwards, pings neither."""
    asked, may_answer = asyncio.Event(), asyncio.Event()
    received: list[bytes] = []

    async def answer_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await may_answer.wait()
        key = headers_of(request)[b"sec-websocket-key"]
        accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        with suppress(ConnectionError):
            received.append(await reader.read())
        received.append(b"the end")
        writer.close()

    listener = await asyncio.start_server(answer_late, "127.0.0.1", 0)
    async with listener:
        opening = asyncio.create_task(open_fast_socket(f"ws://127.0.0.1:{listener.sockets[0].getsockname()[1]}/", None))
        await asked.wait()
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        may_answer.set()
        await eventually(lambda: received, "the server sees the end")
        assert set(received) <= {b"", b"the end"}, "nothing was sent"
        assert [task for task in asyncio.all_tasks() if "ping" in str(task.get_coro())] == []
