"""The Rangers of peatio-core, written in Ruby, that stood where Rango stands now (docs/protocol.md section 5).

What differs from Rango: whatever is asked for is acknowledged, also what nobody will get; only a subscription that is
new replays the stored book; the very first snapshot reaches those who subscribed before it; what cannot be read is
passed over in silence; no limit on a client's message, no queue, no pings. The oldest (peatio-core up to 0.4.4) wrote
events as arrays, took the token as a message, and sent nothing to a new connection.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from peatio_sandbox.ranger.connection import Connection
from peatio_sandbox.ranger.frames import TEXT, encode_frame
from peatio_sandbox.ranger.hub import Hub, StoredBook, Subscriber
from peatio_sandbox.ranger.messages import Request
from peatio_sandbox.ranger.ranger import Ranger, RangerConfig

_logger = logging.getLogger(__name__)

_NEVER_S = 1e9
_NO_LIMIT = 1 << 62
#: What EventMachine's websocket server says when a message made its application fail.
CLOSE_APPLICATION_ERROR = 3000

RUBY_CONFIG = replace(
    RangerConfig(),
    ping_period_s=_NEVER_S,
    pong_wait_s=_NEVER_S,
    write_wait_s=_NEVER_S,
    queue_limit=_NO_LIMIT,
    read_limit_bytes=_NO_LIMIT,
)


class RubyHub(Hub):
    """The routing table of one Ruby Ranger.

    Args:
        whole_markets: whether ``btcusd`` subscribes to all streams of that market, as before increments.
        arrays: whether events are ``["btcusd.trades", …]`` and not ``{"btcusd.trades": …}``.
    """

    def __init__(self, *, whole_markets: bool = False, arrays: bool = False) -> None:
        super().__init__({})
        self._whole_markets = whole_markets
        self._arrays = arrays
        self._topics: dict[str, dict[Subscriber, None]] = {}
        self._stored: dict[str, StoredBook] = {}

    def route(self, routing_key: str, payload: object) -> None:
        """Hand an event on; a key that has not three parts is dropped."""
        if routing_key.count(".") != 2:
            _logger.error("invalid routing key: %s", routing_key)
            return
        scope, owner, kind = routing_key.split(".")
        if scope == "private":
            members = [subscriber for subscriber in self._topics.get(kind, ()) if subscriber.uid == owner]
            _send_all(members, self._framed(kind, payload))
            return
        stream = f"{owner}.{kind}"
        book, _, part = stream.rpartition("-")
        frames = self._framed(stream, payload)
        if part == "snap":
            if book not in self._stored:
                _send_all(list(self._topics.get(f"{book}-inc", ())), frames)
            self._stored[book] = StoredBook(frames)
            return
        if part == "inc":
            if book not in self._stored:
                _logger.warning("no snapshot before the increment of %s: dropped", book)
                return
            self._stored[book].increments.append(frames)
        subscribers = dict(self._topics.get(stream, {}))
        if self._whole_markets:
            subscribers |= self._topics.get(owner, {})
        _send_all(list(subscribers), frames)

    def handle(self, subscriber: Subscriber, request: Request) -> None:
        """Carry out a subscribe or unsubscribe and acknowledge it."""
        self.carry_out(subscriber, request)
        text = {"success": {"message": f"{request.method}d", "streams": subscriber.public_streams}}
        subscriber.send(ruby_framed(text))

    def carry_out(self, subscriber: Subscriber, request: Request) -> None:
        """Subscribe or unsubscribe without a word."""
        for stream in filter(None, request.streams):
            if request.method == "subscribe" and stream not in subscriber.public_streams:
                subscriber.public_streams.append(stream)
                self._topics.setdefault(stream, {})[subscriber] = None
                self._replay(subscriber, stream)
            elif request.method == "unsubscribe" and stream in subscriber.public_streams:
                subscriber.public_streams.remove(stream)
                self._topics[stream].pop(subscriber)

    def drop(self, subscriber: Subscriber) -> None:
        """Forget a connection that ended."""
        for stream in subscriber.public_streams:
            self._topics.get(stream, {}).pop(subscriber, None)

    def _replay(self, subscriber: Subscriber, stream: str) -> None:
        book = self._stored.get(stream.removesuffix("-inc")) if stream.endswith("-inc") else None
        if book is not None:
            for frames in (book.snapshot, *book.increments):
                subscriber.send(frames)

    def _framed(self, name: str, payload: object) -> bytes:
        return ruby_framed([name, payload] if self._arrays else {name: payload})


class RubyConnection(Connection):
    """One connection to a Ruby Ranger: what cannot be read is passed over, what breaks the code closes it."""

    def _on_message(self, message: bytes) -> None:
        """Answer one message. A failing one costs its sender the connection, and nobody else."""
        try:
            body = json.loads(message)
        except ValueError:
            self._on_unreadable()
            return
        if isinstance(body, dict):
            self._on_object(body)
        elif not isinstance(body, str):
            self._fail()

    def _on_unreadable(self) -> None:
        """Say nothing."""

    def _on_object(self, body: dict[str, object]) -> None:
        """Carry out a subscribe or unsubscribe; pass over anything else."""
        method = body.get("event")
        if method == "subscribe" or method == "unsubscribe":
            streams = body.get("streams")
            if not isinstance(streams, list):
                self._fail()
                return
            wanted = tuple(stream if isinstance(stream, str) else _ruby_text(stream) for stream in streams)
            self._carry_out(Request("subscribe" if method == "subscribe" else "unsubscribe", wanted), _NO_LIMIT)

    def _fail(self) -> None:
        self._close(CLOSE_APPLICATION_ERROR, "Application error")


class OldRubyConnection(RubyConnection):
    """One connection to a Ranger that takes ``{"jwt": "Bearer …"}``; the attributes are set by whoever makes it."""

    authenticate: Callable[[str], str | None]
    hub: RubyHub

    def start(self, streams: tuple[str, ...]) -> None:
        """Subscribe to the streams asked for by URL, and do not acknowledge it."""
        self.hub.carry_out(self, Request("subscribe", streams))

    def _on_unreadable(self) -> None:
        self._tell("error", "Error while handling message.")

    def _on_object(self, body: dict[str, object]) -> None:
        """Log in by a token, or do what every Ruby Ranger does."""
        if body.get("event") is not None:
            super()._on_object(body)
            return
        token = body.get("jwt")
        if not isinstance(token, str) or token.partition(" ")[0] != "Bearer":
            self._tell("error", "Token type is not provided or invalid.")
            return
        uid = self.authenticate(token)
        if uid is None:
            self._tell("error", "Authentication failed.")
            return
        self.uid = uid
        self._tell("success", "Authenticated.")

    def _fail(self) -> None:
        self._on_unreadable()

    def _tell(self, kind: str, text: str) -> None:
        self.send(ruby_framed({kind: {"message": text}}))


class RubyRanger(Ranger):
    """A Ruby Ranger (peatio-core 0.4.5 and later)."""

    def __init__(self, *, whole_markets: bool = False) -> None:
        self._whole_markets = whole_markets
        super().__init__(RUBY_CONFIG)

    def _make_hub(self) -> Hub:
        return RubyHub(whole_markets=self._whole_markets)

    def _streams_of(self, raw_path: str) -> tuple[str, ...]:
        query = raw_path.partition("?")[2]
        return tuple(value for name, value in parse_qsl(query) if name == "stream")

    def _make_connection(
        self, transport: asyncio.Transport, writer: AbstractStreamWriter, uid: str, role: str
    ) -> Connection:
        return RubyConnection(transport, writer, self._hub, uid, role, self._config, lambda uid: self.is_silent(uid))


class OldRubyRanger(RubyRanger):
    """The oldest Ruby Ranger (peatio-core up to 0.4.4): events as arrays, the token as a message.

    Args:
        authenticate: tells the uid that a token (``Bearer …``) stands for, None if it is not valid.
    """

    def __init__(self, authenticate: Callable[[str], str | None]) -> None:
        self._authenticate = authenticate
        super().__init__(whole_markets=True)

    async def handle_private(self, request: web.Request) -> web.StreamResponse:
        """Serve the private path to anybody: who one is may come as a message."""
        return await self._serve(request, *(self._identify(request) or ("", "")))

    def _make_hub(self) -> Hub:
        return RubyHub(whole_markets=True, arrays=True)

    def _make_connection(
        self, transport: asyncio.Transport, writer: AbstractStreamWriter, uid: str, role: str
    ) -> Connection:
        connection = OldRubyConnection(
            transport, writer, self._hub, uid, role, self._config, lambda uid: self.is_silent(uid)
        )
        connection.authenticate = self._authenticate
        assert isinstance(self._hub, RubyHub)
        connection.hub = self._hub
        return connection


def ruby_framed(body: object) -> bytes:
    """Return JSON in one frame, keys in their own order."""
    return encode_frame(TEXT, json.dumps(body, separators=(",", ":"), default=float).encode())


def _ruby_text(value: object) -> str:
    """Write a JSON value as Ruby's ``to_s`` does, as far as anybody could mean it for a stream."""
    return "" if value is None else json.dumps(value)


def _send_all(subscribers: list[Subscriber], frames: bytes) -> None:
    for subscriber in subscribers:
        subscriber.send(frames)
