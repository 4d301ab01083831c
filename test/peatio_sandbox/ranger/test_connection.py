"""The queue of one connection, on a socket that takes bytes only when the test says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest
from aiohttp.abc import AbstractStreamWriter

from peatio_sandbox.ranger.connection import Connection, RangerConfig
from peatio_sandbox.ranger.frames import PING, TEXT, FrameReader, encode_frame
from peatio_sandbox.ranger.hub import Hub

_MASK = b"\x05\x06\x07\x08"


class FakeSocket:
    """The transport and aiohttp's writer in one."""

    def __init__(self) -> None:
        self.takes = True
        self.written = b""
        self.is_reading = True
        self.is_aborted = False
        self._kept = b""
        self._room = asyncio.Event()

    def set_write_buffer_limits(self, high: int) -> None:
        assert high == 0

    def get_write_buffer_size(self) -> int:
        return len(self._kept)

    def write(self, data: bytes) -> None:
        if self.takes:
            self.written += data
        else:
            self._kept += data
            self._room.clear()

    def take(self) -> None:
        """The peer reads what is kept, then stops again."""
        self.written += self._kept
        self._kept = b""
        self._room.set()

    async def drain(self) -> None:
        if self._kept:
            await self._room.wait()

    def abort(self) -> None:
        self.is_aborted = True

    def pause_reading(self) -> None:
        self.is_reading = False

    def resume_reading(self) -> None:
        self.is_reading = True

    def texts(self) -> list[str]:
        reader = FrameReader(masked=False)
        reader.feed(self.written)
        found = []
        while (frame := reader.next_frame()) is not None:
            found.append(frame.payload.decode())
        return found


@pytest.fixture
async def socket() -> FakeSocket:
    return FakeSocket()


@pytest.fixture
async def hub() -> Hub:
    return Hub({})


@pytest.fixture
async def connection(socket: FakeSocket, hub: Hub) -> AsyncIterator[Connection]:
    made = _connection(socket, hub, RangerConfig(queue_limit=4))
    made.start(("a.trades",))
    yield made
    made.end()


def _connection(socket: FakeSocket, hub: Hub, config: RangerConfig) -> Connection:
    return Connection(cast(asyncio.Transport, socket), cast(AbstractStreamWriter, socket), hub, "", "", config)


def _say(connection: Connection, text: str) -> None:
    connection.feed_data(encode_frame(TEXT, text.encode(), mask=_MASK))


def _publish(hub: Hub, *numbers: int) -> None:
    for number in numbers:
        hub.route("public.a.trades", number)


async def test_a_peer_that_reads_never_fills_the_queue(socket: FakeSocket, hub: Hub, connection: Connection) -> None:
    _publish(hub, *range(1000))
    await asyncio.sleep(0)
    assert len(socket.texts()) == 1001
    assert not socket.is_aborted


async def test_a_peer_that_does_not_read_is_cut_when_the_queue_is_full(
    socket: FakeSocket, hub: Hub, connection: Connection
) -> None:
    socket.takes = False
    _publish(hub, 0, 1, 2, 3, 4)  # one is with the writer, four are in the queue
    await asyncio.sleep(0)
    assert not socket.is_aborted
    _publish(hub, 5)
    assert socket.is_aborted
    assert socket.texts() == ['{"success":{"message":"subscribed","streams":["a.trades"]}}']
    await connection.wait_ended()


async def test_what_was_queued_leaves_in_order_when_the_peer_reads(
    socket: FakeSocket, hub: Hub, connection: Connection
) -> None:
    socket.takes = False
    _publish(hub, 0, 1, 2, 3, 4)
    for _ in range(5):
        socket.take()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert socket.texts()[1:] == [f'{{"a.trades":{number}}}' for number in range(5)]
    socket.takes = True
    _publish(hub, 5)
    await asyncio.sleep(0)
    assert socket.texts()[-1] == '{"a.trades":5}'


async def test_what_is_sent_in_one_step_leaves_in_one_write(
    socket: FakeSocket, hub: Hub, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes: list[bytes] = []
    monkeypatch.setattr(socket, "write", writes.append)
    _publish(hub, 0, 1, 2)
    assert writes == []
    await asyncio.sleep(0)
    assert len(writes) == 1


async def test_a_pong_leaves_behind_what_was_sent_before(
    socket: FakeSocket, hub: Hub, connection: Connection
) -> None:
    _publish(hub, 0, 1)
    _say(connection, "ping")
    assert socket.texts()[1:] == ['{"a.trades":0}', '{"a.trades":1}', "pong"]


async def test_more_in_one_step_than_the_queue_takes_ends_the_connection_of_a_peer_that_does_not_read(
    socket: FakeSocket, hub: Hub, connection: Connection
) -> None:
    socket.takes = False
    _publish(hub, *range(6))
    await asyncio.sleep(0)
    assert socket.is_aborted


async def test_a_socket_filled_by_a_pong_is_waited_for_as_well(
    socket: FakeSocket, hub: Hub, connection: Connection
) -> None:
    socket.takes = False
    connection.feed_data(encode_frame(PING, b"x", mask=_MASK))
    _publish(hub, 0)
    socket.takes = True
    socket.take()
    await asyncio.sleep(0.01)
    assert socket.texts()[1:] == ["x", '{"a.trades":0}']


async def test_an_answer_that_does_not_fit_stops_the_reading_until_it_does(
    socket: FakeSocket, hub: Hub, connection: Connection
) -> None:
    socket.takes = False
    _publish(hub, 0, 1, 2, 3, 4)
    _say(connection, "ping")
    _say(connection, "hello")
    assert not socket.is_reading
    assert not socket.is_aborted
    socket.takes = True
    socket.take()
    await asyncio.sleep(0.01)
    assert socket.is_reading
    assert socket.texts()[-2:] == [
        "pong",
        '{"error":"Could not parse message: invalid character \'h\' looking for beginning of value"}',
    ]


async def test_a_write_that_makes_no_way_ends_the_connection(socket: FakeSocket, hub: Hub) -> None:
    connection = _connection(socket, hub, RangerConfig(write_wait_s=0.02))
    connection.start(("a.trades",))
    socket.takes = False
    _publish(hub, 0)
    await asyncio.wait_for(connection.wait_ended(), 5)
    assert socket.is_aborted


@pytest.mark.parametrize(("increments", "is_cut"), [(2, False), (3, True)])
async def test_by_url_the_writer_takes_nothing_before_all_is_queued(
    socket: FakeSocket, hub: Hub, increments: int, is_cut: bool
) -> None:
    _store_book(hub, increments)
    _connection(socket, hub, RangerConfig(queue_limit=4)).start(("a.ob-inc",))
    assert socket.is_aborted == is_cut
    assert len(socket.texts()) == (0 if is_cut else 4)


@pytest.mark.parametrize(("increments", "is_cut"), [(3, False), (4, True)])
async def test_by_message_an_idle_writer_takes_one_more(
    socket: FakeSocket, hub: Hub, connection: Connection, increments: int, is_cut: bool
) -> None:
    _store_book(hub, increments)
    _say(connection, '{"event":"subscribe","streams":["a.ob-inc"]}')
    assert socket.is_aborted == is_cut
    assert len(socket.texts()) == (1 if is_cut else 6)


async def test_who_is_cut_during_a_subscribe_leaves_nothing_in_the_hub(
    socket: FakeSocket, hub: Hub, connection: Connection
) -> None:
    _store_book(hub, 9)
    _say(connection, '{"event":"subscribe","streams":["a.ob-inc","b.trades"]}')
    assert socket.is_aborted
    assert not hub._public


async def test_who_ended_leaves_nothing_in_the_hub(hub: Hub, connection: Connection) -> None:
    assert hub._public
    connection.end()
    assert not hub._public


def _store_book(hub: Hub, increments: int) -> None:
    hub.route("public.a.ob-snap", {"sequence": 1})
    for sequence in range(2, increments + 2):
        hub.route("public.a.ob-inc", {"sequence": sequence})
