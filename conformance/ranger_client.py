"""A websocket client that hides nothing: it sends the frames it is given and records every frame it gets.

The replay compares on the wire's level, so it needs to see fragments, close frames and connections that end
without one. Ordinary client libraries hide these.
"""

from __future__ import annotations

import asyncio
import base64
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from peatio_sandbox.ranger.frames import (
    CLOSE,
    CLOSE_NO_STATUS,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    FrameReader,
    encode_frame,
)

_OPCODES = {"cont": CONTINUATION, "text": TEXT, "binary": 2, "close": CLOSE, "ping": PING, "pong": PONG}
_OPERATIONS = {opcode: name for name, opcode in _OPCODES.items()}
_FENCE = "fence "


@dataclass(frozen=True)
class Seen:
    """One thing a client gets: a frame (`operation` as in the recordings) or ``tcp-end``.

    Attributes:
        operation: ``text``, ``cont``, ``ping``, ``pong``, ``close`` or ``tcp-end``.
        text: payload of a frame, reason of a close.
        code: code of a close, None for a close without one.
    """

    operation: str
    text: str = ""
    code: int | None = None

    def __str__(self) -> str:
        if self.operation == "close":
            return f"close {self.code} {self.text!r}"
        return f"{self.operation} {self.text}".rstrip()


@dataclass
class HttpAnswer:
    """The head of an HTTP answer, and its body unless it is 101."""

    status: str
    headers: dict[str, str]
    body: str = ""


@dataclass
class RawClient:
    """One connection to a websocket server.

    Attributes:
        answer: what the handshake got.
        seen: what has come since, in order, without the answers to fences.
        frame_count: frames among them.
        ended: set when the TCP connection has ended.
    """

    answer: HttpAnswer
    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter
    seen: list[Seen] = field(default_factory=list)
    frame_count: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    _fences: int = 0
    _fences_seen: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _receiver: asyncio.Task[None] | None = None

    @classmethod
    async def connect(cls, host: str, port: int, head: str, *, receive_buffer_bytes: int | None = None) -> RawClient:
        """Open a connection and send a request.

        Args:
            head: the request's lines, joined by CR LF, without the empty one; a websocket key is added to
                one that asks for an upgrade.
            receive_buffer_bytes: size of the kernel's receive buffer; None leaves it to the system.

        Raises:
            OSError: nobody listens.
        """
        connection = socket.socket()
        if receive_buffer_bytes is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        connection.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(connection, (host, port))
        except OSError:
            connection.close()
            raise
        reader, writer = await asyncio.open_connection(sock=connection)
        if "Upgrade: websocket" in head:
            head += f"\r\nSec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}"
        writer.write(f"{head}\r\n\r\n".encode())
        answer = await _read_answer(reader, has_body=not head.startswith("HEAD"))
        client = cls(answer, reader, writer)
        if answer.status.split()[1] != "101":
            await client.close_socket()
        return client

    @classmethod
    async def websocket(
        cls,
        host: str,
        port: int,
        target: str,
        headers: Mapping[str, str] | None = None,
        *,
        receive_buffer_bytes: int | None = None,
    ) -> RawClient:
        """Open a websocket at a path with its query; it does not read before `start_reading`.

        Raises:
            OSError: nobody listens.
        """
        lines = [
            f"GET {target} HTTP/1.1",
            f"Host: {host}:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            *(f"{name}: {value}" for name, value in (headers or {}).items()),
        ]
        return await cls.connect(host, port, "\r\n".join(lines), receive_buffer_bytes=receive_buffer_bytes)

    async def __aenter__(self) -> Self:
        self.start_reading()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close_socket()

    @property
    def is_open(self) -> bool:
        """Whether frames can still come."""
        return not self.ended.is_set()

    def start_reading(self) -> None:
        """Begin to read; until then the kernel's buffer fills."""
        if self._receiver is None and self.is_open:
            self._receiver = asyncio.get_running_loop().create_task(self._receive())

    @property
    def seen_and_counted(self) -> list[Seen]:
        """What was seen, the end with the count of frames before it, as the recordings have it."""
        end = Seen("tcp-end", f"after {self.frame_count} frames")
        return [end if one.operation == "tcp-end" else one for one in self.seen]

    @property
    def texts(self) -> list[str]:
        """The text messages that came in one frame."""
        return [seen.text for seen in self.seen if seen.operation == "text"]

    def send(self, operation: str, payload: bytes, *, final: bool = True) -> None:
        """Send one frame."""
        frame = encode_frame(_OPCODES[operation], payload, final=final, mask=os.urandom(4))
        self._writer.write(frame)

    async def fence(self, timeout_s: float) -> None:
        """Return when everything the server has sent so far is in `seen`, or the connection has ended.

        Raises:
            TimeoutError: neither happened.
        """
        if not self.is_open:
            return
        self._fences += 1
        self.send("ping", f"{_FENCE}{self._fences}".encode())
        async with asyncio.timeout(timeout_s):
            while self.is_open and self._fences_seen < self._fences:
                self._news.clear()
                await self._news.wait()

    async def wait_seen(self, count: int, timeout_s: float) -> None:
        """Return when `count` things have been seen, the connection has ended, or the time is up."""
        try:
            async with asyncio.timeout(timeout_s):
                while self.is_open and len(self.seen) < count:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return

    async def close_socket(self) -> None:
        """End the TCP connection from this side."""
        if self._receiver is not None:
            self._receiver.cancel()
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except OSError:
            pass  # the server was first
        self.ended.set()

    async def _receive(self) -> None:
        frames = FrameReader(masked=False)
        while data := await self._read():
            frames.feed(data)
            while (frame := frames.next_frame()) is not None:
                self._note(_OPERATIONS[frame.opcode], frame.payload)
        self.seen.append(Seen("tcp-end"))
        self.ended.set()
        self._news.set()

    async def _read(self) -> bytes:
        try:
            return await self._reader.read(1 << 16)
        except ConnectionError:
            return b""

    def _note(self, operation: str, payload: bytes) -> None:
        self._news.set()
        if operation == "pong" and payload.startswith(_FENCE.encode()):
            self._fences_seen += 1
            return
        self.frame_count += 1
        if operation == "close":
            code = int.from_bytes(payload[:2], "big") if payload else None
            self.seen.append(Seen("close", payload[2:].decode(), None if code == CLOSE_NO_STATUS else code))
        else:
            self.seen.append(Seen(operation, payload.decode()))


async def _read_answer(reader: asyncio.StreamReader, *, has_body: bool) -> HttpAnswer:
    try:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    except asyncio.IncompleteReadError:
        return HttpAnswer("closed without an answer", {})
    headers = {}
    for line in lines[1:-2]:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    size = int(headers.get("content-length", "0")) if has_body else 0
    return HttpAnswer(lines[0], headers, (await reader.readexactly(size)).decode())
