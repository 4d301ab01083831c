"""The connection to Ranger is kept up: every way to lose it, the waits between attempts, and how it ends."""

import asyncio
import gc
import json
import logging
from functools import partial

import aiohttp
import pytest
from aiohttp import WSCloseCode
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import StreamError
from hummingbot.connector.exchange.peatio.common.retry import Backoff
from hummingbot.connector.exchange.peatio.websocket.client import Message, RangerConnection
from hummingbot.connector.exchange.peatio.websocket.sockets import OnTexts, Socket

from test.hummingbot.connector.exchange.peatio.fixtures import settle
from test.hummingbot.connector.exchange.peatio.ranger_server import RangerServer, running
from test.hummingbot.connector.exchange.peatio.ranger_support import LOGGER, Ranger, connected, ranger_and_server
from test.patience import eventually

pytestmark = pytest.mark.usefixtures("_each_kind_of_socket")

TRADE: Message = {"btcusd.trades": {"trades": []}}
LOST = "The websocket connection was lost"


async def assert_comes_back(ranger: Ranger, server: RangerServer) -> None:
    """After one loss there is a second connection, subscribed as the first."""
    await eventually(lambda: ranger.connected == 2)
    assert ranger.lost == 1
    assert len(server.clients) == 2
    assert server.client.frames == server.clients[0].frames
    assert ranger.connection.streams == {"btcusd.trades"}
    await server.client.send(TRADE)
    await eventually(lambda: TRADE in ranger.messages)


@pytest.mark.parametrize("code", [WSCloseCode.GOING_AWAY, WSCloseCode.MESSAGE_TOO_BIG, WSCloseCode.OK])
async def test_a_server_that_closes_is_connected_to_again(code: WSCloseCode, caplog: pytest.LogCaptureFixture) -> None:
    async with ranger_and_server() as (ranger, server):
        async with connected(ranger):
            await eventually(lambda: ranger.connected)
            await server.client.socket.close(code=code)

            await assert_comes_back(ranger, server)
    assert LOST in caplog.text
    assert {record.levelno for record in caplog.records} == {logging.WARNING}


async def test_a_server_that_vanishes_is_connected_to_again(caplog: pytest.LogCaptureFixture) -> None:
    """As a restarted Rango: the end of the TCP connection, no close frame."""
    async with ranger_and_server() as (ranger, server):
        async with connected(ranger):
            await eventually(lambda: ranger.connected)
            server.client.cut()

            await assert_comes_back(ranger, server)
    assert LOST in caplog.text


async def test_a_server_that_is_down_is_tried_until_it_is_back(caplog: pytest.LogCaptureFixture) -> None:
    async with ranger_and_server() as (ranger, server):
        async with connected(ranger):
            await eventually(lambda: ranger.connected)
            port = int(server.url.rpartition(":")[2])
            await server.stop()
            await eventually(lambda: len(ranger.sleeps.waits_s) > 3)
            assert ranger.lost == 1, "an attempt that fails is no connection that was lost"
            assert ranger.connection.streams == frozenset()
            assert ranger.connection.socket is None

            await server.start(port)
            await eventually(lambda: ranger.connected == 2)
    assert "Cannot connect" in caplog.text


async def test_a_gateway_that_hangs_up_on_the_upgrade_is_no_surprise(caplog: pytest.LogCaptureFixture) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    listener = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with ranger_and_server() as (ranger, server):
        server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        async with connected(ranger):
            await eventually(lambda: len(ranger.sleeps.waits_s) > 2)
    listener.close()
    assert "The websocket cannot be opened" in caplog.text
    assert "Unexpected error" not in caplog.text


async def test_an_upgrade_that_is_not_answered_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """aiohttp's own limit is five minutes; all this time the books would be empty."""
    monkeypatch.setattr(CONSTANTS, "CONNECT_TIMEOUT_S", 0.05)
    asked: list[bytes] = []
    end = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        await end.wait()
        writer.close()

    listener = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    async with ranger_and_server() as (ranger, server):
        server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        try:
            async with connected(ranger):
                await eventually(lambda: len(asked) >= 2)
        finally:
            end.set()
            listener.close()


async def test_a_loss_is_told_to_who_is_subscribing() -> None:
    async with ranger_and_server() as (ranger, server):
        async with connected(ranger):
            await eventually(lambda: ranger.connected)
            server.acks = False
            async with running(ranger.connection.subscribe(["ethusd.trades", "btcusd.ob-inc"])) as subscription:
                await eventually(lambda: len(server.frames) == 2)
                server.client.cut()

                with pytest.raises(StreamError, match="ended"):
                    await asyncio.wait_for(subscription, 5)


async def test_a_loss_while_the_connection_is_set_up_is_an_attempt_that_failed() -> None:
    async with ranger_and_server(acks=False) as (ranger, server):
        async with connected(ranger):
            await eventually(lambda: server.frames)
            server.acks = True
            server.client.cut()

            await eventually(lambda: ranger.connected == 1)
            assert len(server.clients) == 2
            assert ranger.lost == 1


async def test_a_loss_before_the_greeting_is_one_too() -> None:
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))
    async with ranger_and_server(greets=False) as (ranger, server):
        async with connected(ranger):
            await eventually(lambda: server.clients)
            server.greets = True
            server.client.cut()

            await eventually(lambda: ranger.connected)
            assert len(server.clients) == 2
    gc.collect()
    assert complaints == [], "the greeting that nobody waited for any more is no error of asyncio's"


@pytest.mark.parametrize("error", [RuntimeError("WS is not connected."), ConnectionResetError("closing transport")])
async def test_a_loss_that_shows_in_sending_is_one_as_well(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(text: str) -> None:
        raise error

    async with ranger_and_server() as (ranger, _):
        async with connected(ranger):
            await eventually(lambda: ranger.connected)
            monkeypatch.setattr(ranger.connection.socket, "send_text", fail)

            with pytest.raises(StreamError, match="ended"):
                await ranger.connection.subscribe(["ethusd.trades"])


# Waits.


def without_jitter(start_s: float, maximum_s: float) -> Backoff:
    backoff = Backoff(start_s, maximum_s)
    backoff._random.random = lambda: 1.0  # type: ignore[method-assign]
    return backoff


def failing(error: Exception, sleeps: list[float], backoff: Backoff | None = None) -> RangerConnection:
    """A connection that cannot be made, and its waits."""

    async def connect() -> Socket:
        raise error

    async def connected_() -> None: ...

    async def sleep(seconds: float) -> None:
        sleeps.append(seconds)
        await asyncio.sleep(0)

    return RangerConnection(
        connect=connect,
        on_message=lambda message: None,
        on_connected=connected_,
        on_lost=lambda: None,
        logger=logging.getLogger(LOGGER),
        backoff=backoff,
        sleep=sleep,
    )


async def test_the_waits_between_attempts_double_up_to_their_maximum() -> None:
    waits_s: list[float] = []
    async with running(failing(OSError("down"), waits_s, without_jitter(0.5, 8.0)).run()):
        await eventually(lambda: len(waits_s) >= 7)

    assert waits_s[:7] == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]


@pytest.mark.parametrize(("asked_s", "waited_s"), [(7.0, 7.0), (0.1, 0.5), (86_400.0, 60.0)])
async def test_an_exchange_that_says_when_to_come_back_is_waited_for(asked_s: float, waited_s: float) -> None:
    waits_s: list[float] = []
    busy = StreamError("busy", retry_after_s=asked_s)
    async with running(failing(busy, waits_s, without_jitter(0.5, 0.5)).run()):
        await eventually(lambda: len(waits_s) >= 2)

    assert waits_s[:2] == [waited_s, waited_s]


async def test_by_itself_it_waits_as_the_constants_say() -> None:
    waits_s: list[float] = []
    async with running(failing(OSError("down"), waits_s).run()):
        await eventually(lambda: len(waits_s) >= 12)

    assert CONSTANTS.BACKOFF_START_S / 2 <= waits_s[0] <= CONSTANTS.BACKOFF_START_S
    assert CONSTANTS.BACKOFF_MAXIMUM_S / 2 <= waits_s[11] <= CONSTANTS.BACKOFF_MAXIMUM_S


@pytest.mark.parametrize(("stable_after_s", "grows"), [(-1.0, False), (3600.0, True)])
async def test_after_a_connection_that_lasted_the_waits_begin_anew(
    stable_after_s: float, grows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONSTANTS, "STABLE_AFTER_S", stable_after_s)
    async with ranger_and_server() as (ranger, server):
        ranger.connection._backoff = without_jitter(0.5, 8.0)
        async with connected(ranger):
            for count in (1, 2, 3):
                await eventually(partial(ranger.has_connected, count))
                server.client.cut()
            await eventually(lambda: len(ranger.sleeps.waits_s) == 3)

        assert ranger.sleeps.waits_s == ([0.5, 1.0, 2.0] if grows else [0.5, 0.5, 0.5])


async def test_a_connection_that_was_never_set_up_did_not_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONSTANTS, "STABLE_AFTER_S", -1.0)
    monkeypatch.setattr(CONSTANTS, "ACK_TIMEOUT_S", 0.02)
    async with ranger_and_server(acks=False) as (ranger, _):
        ranger.connection._backoff = without_jitter(0.5, 8.0)
        async with connected(ranger):
            await eventually(lambda: len(ranger.sleeps.waits_s) >= 3)

        assert ranger.sleeps.waits_s[:3] == [0.5, 1.0, 2.0]


# What is logged.


@pytest.mark.parametrize(
    ("error", "level", "says"),
    [
        (StreamError("The exchange refused it."), logging.ERROR, "The exchange refused it."),
        (ConnectionResetError(), logging.WARNING, "cannot be opened; it is tried again (ConnectionResetError)."),
        (TimeoutError(), logging.WARNING, "cannot be opened; it is tried again (TimeoutError)."),
        (OSError("no route"), logging.WARNING, "cannot be opened; it is tried again (no route)."),
        (aiohttp.ServerDisconnectedError(), logging.WARNING, "again (Server disconnected)."),
        (KeyError("x"), logging.ERROR, "Unexpected error on the websocket connection."),
    ],
)
async def test_why_an_attempt_failed_is_logged_with_a_traceback_only_for_the_unexpected(
    error: Exception, level: int, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    waits_s: list[float] = []
    async with running(failing(error, waits_s).run()):
        await eventually(lambda: waits_s)

    record = caplog.records[0]
    assert record.levelno == level
    assert says in record.getMessage()
    assert bool(record.exc_info) is isinstance(error, KeyError)


async def test_a_set_up_that_fails_gives_the_connection_up(caplog: pytest.LogCaptureFixture) -> None:
    async with ranger_and_server() as (ranger, server):
        asked: list[int] = []

        async def fail_once() -> None:
            asked.append(1)
            if len(asked) == 1:
                raise StreamError("no private streams")

        ranger.connection._on_connected = fail_once
        async with connected(ranger):
            await eventually(lambda: len(asked) == 2)
            assert ranger.lost == 1
            await asyncio.wait_for(server.clients[0].closed.wait(), 5)
    assert "no private streams" in caplog.text


# The end.


async def test_cancelling_closes_the_socket_and_tells_of_the_loss() -> None:
    async with ranger_and_server() as (ranger, server):
        async with running(ranger.connection.run()) as task:
            await eventually(lambda: ranger.connected)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert ranger.lost == 1
        assert ranger.connection.socket is None
        await asyncio.wait_for(server.client.closed.wait(), 5)
        assert server.client.socket.close_code == WSCloseCode.OK


async def test_it_can_be_run_again_at_once() -> None:
    """Hummingbot stops and starts its trackers in one breath."""
    async with ranger_and_server() as (ranger, server):
        async with running(ranger.connection.run()) as first:
            await eventually(lambda: ranger.connected == 1)
            first.cancel()
            async with connected(ranger):
                await eventually(lambda: ranger.connected == 2)
                await eventually(first.done)
                assert ranger.connection.streams == {"btcusd.trades"}
                assert len(server.clients) == 2, "one connection for each run"
                assert ranger.sleeps.waits_s == []


class Unwilling:
    """A socket that loses the connection at once and takes its time to close."""

    last_recv_time = 0.0

    def __init__(self, may_close: asyncio.Event) -> None:
        self.may_close = may_close
        self.is_closing = False

    async def send_text(self, text: str) -> None: ...

    async def read(self, on_texts: OnTexts) -> None:
        raise ConnectionResetError

    async def close(self) -> None:
        self.is_closing = True
        await self.may_close.wait()


async def test_the_loss_is_told_before_the_goodbye_is_waited_for() -> None:
    """A dead server does not answer the close frame, and aiohttp waits ten seconds for it."""
    may_close = asyncio.Event()
    socket = Unwilling(may_close)
    async with ranger_and_server() as (ranger, _):

        async def connect() -> Socket:
            return socket

        ranger.connection._connect = connect
        async with connected(ranger):
            await eventually(lambda: socket.is_closing)
            await settle()
            lost_while_closing = ranger.lost
            may_close.set()
        assert lost_while_closing == 1


async def test_a_goodbye_that_fails_hides_neither_the_loss_nor_the_end(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Unwilling):
        async def read(self, on_texts: OnTexts) -> None:
            await asyncio.Event().wait()

        async def close(self) -> None:
            if not self.is_closing:
                self.is_closing = True
                raise RuntimeError("no goodbye")

    async with ranger_and_server() as (ranger, _):
        socket = Broken(asyncio.Event())

        async def connect() -> Socket:
            return socket

        ranger.connection._connect = connect
        async with running(ranger.connection.run()) as task:
            await settle()
            task.cancel()
            await eventually(lambda: socket.is_closing)
            await settle()
            assert task.cancelled()
        assert ranger.lost == 1
        assert ranger.connection.socket is None
    assert "Unexpected error" not in caplog.text


async def test_what_rango_greets_with_is_understood() -> None:
    """Recording 02: a connection without streams is greeted with an empty list."""
    async with ranger_and_server(greets=False) as (ranger, server):
        async with connected(ranger):
            await eventually(lambda: server.clients)
            await server.client.send(json.loads('{"success":{"message":"subscribed","streams":[]}}'))
            await eventually(lambda: ranger.connected)


async def test_it_ends_when_cancelled_even_if_something_fails_at_that_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise it would reconnect, and whoever stops the connector would wait for it."""

    async def fails_when_cancelled() -> None:
        reached.set()
        try:
            await asyncio.Event().wait()
        finally:
            raise OSError("closing")

    async with ranger_and_server() as (ranger, _):
        reached = asyncio.Event()
        monkeypatch.setattr(ranger.connection, "_on_connected", fails_when_cancelled)
        task = asyncio.create_task(ranger.connection.run())
        await reached.wait()
        task.cancel()
        await asyncio.wait([task], timeout=5)
        assert task.cancelled()
        assert ranger.lost == 1
