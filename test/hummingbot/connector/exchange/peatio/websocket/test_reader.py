"""Reading a websocket past Hummingbot: what is JSON, and that nothing but text is handed on."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from decimal import Decimal

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hummingbot.connector.exchange.peatio.http.assistants import make_factory
from hummingbot.connector.exchange.peatio.settings.exchanges import venue_of
from hummingbot.connector.exchange.peatio.websocket.reader import decoded, read_texts
from hummingbot.core.web_assistant.ws_assistant import WSAssistant
from hypothesis import given, settings
from hypothesis import strategies as st

from test.hummingbot.connector.exchange.peatio.ranger_server import running, web_sessions
from test.patience import eventually

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(deadline=None, derandomize=True)
@given(JSON)
def test_json_is_decoded_as_the_standard_library_does(value: object) -> None:
    text = json.dumps(value)
    assert decoded(text) == json.loads(text)


@pytest.mark.parametrize("text", [' {"a": 1}', '{"a": 1}\n', "\n[1]\n"])
def test_blanks_around_a_message_do_not_matter(text: str) -> None:
    assert decoded(text) == json.loads(text)


@pytest.mark.parametrize("text", ["pong", "", "{", '{"a": 1} {"b": 2}', '{"a": 1}x'])
def test_what_is_no_json_stays_text(text: str) -> None:
    assert decoded(text) == text


@pytest.mark.parametrize("blank", ["", " "])
def test_numbers_are_floats_unless_every_digit_counts(blank: str) -> None:
    text = '{"amount": 0.1234567890123456789, "price": 1.2e-7, "big": 1e400}' + blank
    exact = {"amount": Decimal("0.1234567890123456789"), "price": Decimal("1.2E-7"), "big": Decimal("1E+400")}
    assert decoded(text, is_exact=True) == exact
    assert decoded(text) == {name: float(number) for name, number in exact.items()}


@pytest.fixture
async def peer() -> AsyncIterator[tuple[WSAssistant, web.WebSocketResponse]]:
    """Both ends of a websocket."""
    ends: asyncio.Queue[web.WebSocketResponse] = asyncio.Queue()

    async def serve(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        await ends.put(socket)
        async for message in socket:
            if message.type is aiohttp.WSMsgType.PONG:
                socket["pong"] = message.data
        return socket

    app = web.Application()
    app.router.add_get("/", serve)
    async with web_sessions(), TestServer(app) as server:
        factory = make_factory(venue_of(""))
        assistant = await factory.get_ws_assistant()
        await assistant.connect(ws_url=str(server.make_url("/")).replace("http", "ws", 1))
        yield assistant, await ends.get()
        await assistant.disconnect()


async def test_texts_that_come_at_once_are_all_read_and_the_rest_is_kept_for_hummingbot(
    peer: tuple[WSAssistant, web.WebSocketResponse],
) -> None:
    assistant, socket = peer
    texts: list[str] = []
    for number in range(2000):
        await socket.send_str(f"{number}" + "x" * 200)
        if number % 100 == 50:
            await socket.ping(b"still there?")
    async with running(read_texts(assistant, texts.append)) as reading:
        await eventually(lambda: len(texts) == 2000 and "pong" in socket)
        await socket.send_str("last")
        await socket.close()
        await eventually(reading.done)
    assert [text.rstrip("x") for text in texts] == [*map(str, range(2000)), "last"]
    assert isinstance(reading.exception(), ConnectionError)


async def test_texts_are_handed_on_and_pings_answered(peer: tuple[WSAssistant, web.WebSocketResponse]) -> None:
    assistant, socket = peer
    texts: list[str] = []
    async with running(read_texts(assistant, texts.append)):
        await socket.send_str("one")
        await socket.send_bytes(b"not for us")
        await socket.ping(b"still there?")
        await socket.send_str("two")
        await eventually(lambda: len(texts) == 2 and "pong" in socket)
        assert texts == ["one", "two"]
        assert socket["pong"] == b"still there?"
        assert abs(assistant.last_recv_time - time.time()) < 60


async def test_the_end_of_the_connection_is_an_error(peer: tuple[WSAssistant, web.WebSocketResponse]) -> None:
    assistant, socket = peer
    closing = asyncio.create_task(socket.close())
    with pytest.raises(ConnectionError, match="closed unexpectedly"):
        await read_texts(assistant, lambda text: None)
    await closing


async def test_our_own_goodbye_ends_the_reading(peer: tuple[WSAssistant, web.WebSocketResponse]) -> None:
    assistant, _ = peer
    async with running(read_texts(assistant, lambda text: None)) as reading:
        await asyncio.sleep(0)
        await assistant.disconnect()
        await eventually(reading.done)
        assert isinstance(reading.exception(), ConnectionError)
