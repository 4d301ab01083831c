"""One websocket connection to Rango: its queue, its pings and its ways to end.

Rango gives each connection a queue of 256 messages and a writer that empties it. A message for a full queue
ends the connection, without a close frame. The writer runs beside the hub, so in ordinary traffic the queue
is empty; it fills when the peer does not read, and while one subscribe is carried out, because that is too
quick for the writer to follow (docs/protocol.md section 5). The same here: a message is written at once while
the socket takes it, and queued while it does not or while a subscribe is in hand.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from peatio_sandbox.ranger.frames import (
    CLOSE,
    CLOSE_NO_STATUS,
    PING,
    PONG,
    TEXT,
    FrameError,
    FrameReader,
    encode_close,
    encode_frame,
)
from peatio_sandbox.ranger.hub import Hub, framed
from peatio_sandbox.ranger.messages import Request, RequestError, error, parse_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp.abc import AbstractStreamWriter

    from peatio_sandbox.ranger.frames import Frame

_logger = logging.getLogger(__name__)

#: What is written at once, though more may follow in the same step of the loop.
_WRITE_BYTES = 16_384


@dataclass(frozen=True)
class RangerConfig:
    """Rango's constants (seen; docs/protocol.md section 5), settable for tests.

    Attributes:
        ping_period_s: time between two protocol pings.
        pong_wait_s: a connection ends this long after its last pong, or its beginning.
        write_wait_s: a connection ends when a write makes no way for this long.
        queue_limit: messages a connection may have waiting.
        read_limit_bytes: longest message a client may send.
        roles_by_prefix: roles that may subscribe to ``PREFIX.a.b`` streams.
    """

    ping_period_s: float = 54.0
    pong_wait_s: float = 60.0
    write_wait_s: float = 10.0
    queue_limit: int = 256
    read_limit_bytes: int = 512
    roles_by_prefix: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: {"admin": ("admin", "superadmin")})


class Connection:
    """The server's end of one websocket, a `Subscriber` of the hub and a payload parser to aiohttp.

    Args:
        transport: the socket, the handshake done.
        writer: aiohttp's writer on it, for its `drain`.
        hub: the routing table.
        uid: the member's uid, empty for an anonymous connection.
        role: the member's role.
        config: limits and times.
        is_silent: whether the line to this member is dead, asked for everything that is to pass it.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        writer: AbstractStreamWriter,
        hub: Hub,
        uid: str,
        role: str,
        config: RangerConfig,
        is_silent: Callable[[str], bool] = lambda _uid: False,
    ) -> None:
        self.uid = uid
        self.role = role
        self.public_streams: list[str] = []
        self.private_streams: list[str] = []
        self._transport = transport
        self._http_writer = writer
        self._hub = hub
        self._config = config
        self._is_silent = is_silent
        self._reader = FrameReader(masked=True, message_limit_bytes=config.read_limit_bytes)
        self._message = b""
        self._queue: deque[bytes] = deque()
        self._queue_limit = config.queue_limit
        # What leaves with the end of this step of the loop, in one write, and its size. Of a write that the socket does
        # not take, all messages but the first count as queued.
        self._unwritten: list[bytes] = []
        self._unwritten_bytes = 0
        self._not_taken = 0
        self._holding = False
        self._held_reply: bytes | None = None
        self._drainer: asyncio.Task[None] | None = None
        loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = loop.create_future()
        self._pong_deadline = loop.call_later(config.pong_wait_s, self.end)
        self._next_ping = loop.call_later(config.ping_period_s, self._ping)
        # Every byte the kernel does not take is felt at once, as by Go's blocking writes.
        transport.set_write_buffer_limits(high=0)

    def start(self, streams: tuple[str, ...]) -> None:
        """Subscribe to the streams asked for by URL. The writer starts only after that."""
        self._carry_out(Request("subscribe", streams), queue_limit=self._config.queue_limit)

    async def wait_ended(self) -> None:
        """Return when the connection has ended, whoever ended it."""
        await asyncio.shield(self._ended)

    def end(self) -> None:
        """End the TCP connection without a close frame. What the kernel holds is still delivered."""
        if self._ended.done():
            return
        self._write_out()
        self._ended.set_result(None)
        self._pong_deadline.cancel()
        self._next_ping.cancel()
        if self._drainer is not None:
            self._drainer.cancel()
        self._queue.clear()
        self._hub.drop(self)
        self._transport.abort()

    def send(self, frames: bytes) -> None:
        """Write a framed text or queue it; with the queue full, end the connection."""
        if self._ended.done() or self._is_silent(self.uid):
            return
        if not self._holding and self._is_idle():
            self._write(frames)
        elif len(self._queue) + self._not_taken < self._queue_limit:
            self._queue.append(frames)
            if not self._holding:
                self._start_drainer()
        else:
            _logger.warning("closing slow websocket connection")
            self.end()

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """Take bytes from aiohttp's protocol."""
        self._reader.feed(data)
        self._read_frames()
        return False, b""

    def feed_eof(self) -> None:
        """The peer has gone."""
        self.end()

    def _write(self, frames: bytes) -> None:
        """Write before the next step of the loop: a match has several events, and a write costs as much as all else."""
        if not self._unwritten:
            asyncio.get_running_loop().call_soon(self._write_out)
        self._unwritten.append(frames)
        self._unwritten_bytes += len(frames)
        if self._unwritten_bytes > _WRITE_BYTES:
            self._write_out()

    def _write_out(self) -> None:
        if not self._unwritten or self._ended.done():
            return
        messages = self._unwritten
        self._unwritten, self._unwritten_bytes = [], 0
        self._transport.write(b"".join(messages))
        waiting_bytes = self._transport.get_write_buffer_size()
        if not waiting_bytes:
            return
        while waiting_bytes > 0:
            waiting_bytes -= len(messages.pop())
            self._not_taken += 1
        self._not_taken -= 1  # it is with the writer
        if self._not_taken > self._queue_limit:
            _logger.warning("closing slow websocket connection")
            self.end()
        else:
            self._start_drainer()

    def _write_now(self, frames: bytes) -> None:
        """Write a control frame, behind what is to leave before it."""
        self._write_out()
        self._transport.write(frames)

    def _is_idle(self) -> bool:
        return not (self._queue or self._not_taken or self._transport.get_write_buffer_size())

    def _read_frames(self) -> None:
        try:
            while not self._ended.done() and self._held_reply is None:
                frame = self._reader.next_frame()
                if frame is None:
                    return
                self._on_frame(frame)
        except FrameError as broken:
            self._close(broken.code, broken.reason)

    def _on_frame(self, frame: Frame) -> None:
        if self._is_silent(self.uid):
            return
        self._write_out()
        if frame.opcode == PING:
            self._write_now(encode_frame(PONG, frame.payload))
        elif frame.opcode == PONG:
            self._pong_deadline.cancel()
            loop = asyncio.get_running_loop()
            self._pong_deadline = loop.call_later(self._config.pong_wait_s, self.end)
        elif frame.opcode == CLOSE:
            code = int.from_bytes(frame.payload[:2], "big") if len(frame.payload) >= 2 else CLOSE_NO_STATUS
            self._close(code)
        else:
            self._message = frame.payload if frame.opcode >= TEXT else self._message + frame.payload
            if frame.final:
                self._on_message(self._message)

    def _close(self, code: int, reason: str = "") -> None:
        """Send a close frame and end, without waiting for the peer's."""
        self._write_now(encode_close(code, reason))
        self.end()

    def _on_message(self, message: bytes) -> None:
        """Answer one message; text and binary are the same to Rango."""
        message = message.replace(b"\n", b" ").strip()
        if not message:
            return
        if message == b"ping":
            self._reply("pong")
            return
        try:
            request = parse_request(message)
            # The writer, when idle, takes the first message out of the hub's hands: one more than the queue.
            idle_writer = 1 if self._is_idle() else 0
            self._carry_out(request, queue_limit=self._config.queue_limit + idle_writer)
        except RequestError as refused:
            self._reply(error(str(refused)))

    def _carry_out(self, request: Request, queue_limit: int) -> None:
        """Let the hub handle `request` while the writer stands still."""
        self._holding, self._queue_limit = True, queue_limit
        try:
            self._hub.handle(self, request)
        finally:
            self._holding, self._queue_limit = False, self._config.queue_limit
        if self._ended.done():
            self._hub.drop(self)  # ended half-way: the hub went on subscribing it
        else:
            self._flush()

    def _reply(self, text: str) -> None:
        """Queue an answer that is not the hub's; with the queue full, read no more until it fits."""
        frames = framed(text)
        if self._is_idle():
            self._write_now(frames)
            if not self._is_idle():
                self._start_drainer()
        elif len(self._queue) + self._not_taken < self._queue_limit:
            self.send(frames)
        else:
            self._held_reply = frames
            self._transport.pause_reading()

    def _flush(self) -> None:
        """Write what is queued while the socket takes it."""
        self._write_out()
        if self._transport.get_write_buffer_size() == 0:
            self._not_taken = 0
        while self._queue and self._transport.get_write_buffer_size() == 0:
            self._transport.write(self._queue.popleft())
        if not self._is_idle():
            self._start_drainer()

    def _start_drainer(self) -> None:
        if self._drainer is None and not self._ended.done():
            self._drainer = asyncio.get_running_loop().create_task(self._drain())

    async def _drain(self) -> None:
        """Wait for the peer to read, and go on writing when it does."""
        try:
            while not self._is_idle():
                async with asyncio.timeout(self._config.write_wait_s):
                    await self._http_writer.drain()
                self._flush()
                self._release_reply()
        except (TimeoutError, ConnectionError):
            self.end()
        finally:
            self._drainer = None

    def _release_reply(self) -> None:
        if self._held_reply is None or len(self._queue) + self._not_taken >= self._queue_limit:
            return
        frames, self._held_reply = self._held_reply, None
        self.send(frames)
        self._transport.resume_reading()
        self._read_frames()

    def _ping(self) -> None:
        if not self._is_silent(self.uid):
            self._write_now(encode_frame(PING))
        loop = asyncio.get_running_loop()
        self._next_ping = loop.call_later(self._config.ping_period_s, self._ping)
