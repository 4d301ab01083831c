"""Who gets what: Rango's topics, its stored books and its way from a routing key to the subscribers.

Pure and synchronous: a subscriber gets a message by a call of its `send`. The rules are those of
docs/protocol.md section 5.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from peatio_sandbox.ranger.frames import encode_text
from peatio_sandbox.ranger.go_json import encode
from peatio_sandbox.ranger.messages import Request, acknowledgement, refusal

_logger = logging.getLogger(__name__)

_INCREMENT_SUFFIX = "-inc"
_SNAPSHOT_SUFFIX = "-snap"


def framed(text: str) -> bytes:
    """`text` as the frames it leaves in. Made once, however many subscribers it has."""
    return encode_text(text.encode("utf-8", "replace"))


class Subscriber(Protocol):
    """A connection as the hub sees it."""

    uid: str
    role: str
    public_streams: list[str]
    private_streams: list[str]

    def send(self, frames: bytes) -> None:
        """Take a framed text, or end because there is no room for it."""


@dataclass(slots=True)
class StoredBook:
    """What a new subscriber of a book is sent: the last snapshot and every increment since."""

    snapshot: bytes
    increments: list[bytes] = field(default_factory=list)


# Kept in order of subscription, so that a run repeats itself.
_Topic = dict[Subscriber, None]


class Hub:
    """The routing table of one Rango.

    Args:
        roles_by_prefix: which roles may subscribe to ``PREFIX.a.b`` streams.
    """

    def __init__(self, roles_by_prefix: Mapping[str, Iterable[str]]) -> None:
        self._roles_by_prefix = {prefix: frozenset(roles) for prefix, roles in roles_by_prefix.items()}
        self._public: dict[str, _Topic] = {}
        self._private: dict[tuple[str, str], _Topic] = {}
        self._prefixed: dict[tuple[str, str], _Topic] = {}
        self._books: dict[str, StoredBook] = {}
        self._without_snapshot: set[str] = set()

    def route(self, routing_key: str, payload: object) -> None:
        """Hand an event on.

        Args:
            routing_key: ``SCOPE.TYPE`` or ``SCOPE.STREAM.TYPE`` as Peatio publishes it; anything else is
                dropped, as Rango drops it.
            payload: what JSON can hold.
        """
        scope, *rest = routing_key.split(".")
        if len(rest) == 1:
            stream, kind, prefix = "", rest[0], scope
        elif len(rest) == 2:
            stream, kind = rest
            prefix = stream
        else:
            _logger.error("bad routing key: %s", routing_key)
            return
        if scope == "private":
            self._broadcast(self._private.get((stream, kind)), kind, payload)
            return
        topic = f"{prefix}.{kind}"
        if scope not in ("public", "global"):
            self._broadcast(self._prefixed.get((scope, topic)), topic, payload)
        elif kind.endswith(_SNAPSHOT_SUFFIX):
            book = topic.removesuffix(_SNAPSHOT_SUFFIX) + _INCREMENT_SUFFIX
            self._without_snapshot.discard(book)
            self._books[book] = StoredBook(framed(encode({f"{stream}.{kind}": payload})))
        elif kind.endswith(_INCREMENT_SUFFIX):
            self._route_increment(topic, payload)
        else:
            self._broadcast(self._public.get(topic), topic, payload)

    def _route_increment(self, topic: str, payload: object) -> None:
        book = self._books.get(topic)
        if book is None:
            if topic not in self._without_snapshot:
                self._without_snapshot.add(topic)
                _logger.warning("no snapshot before the increment of %s: dropped, and so are the next", topic)
            return
        frames = framed(encode({topic: payload}))
        book.increments.append(frames)
        for subscriber in list(self._public.get(topic, ())):
            subscriber.send(frames)

    @staticmethod
    def _broadcast(topic: _Topic | None, name: str, payload: object) -> None:
        if not topic:
            return
        frames = framed(encode({name: payload}))
        for subscriber in list(topic):
            subscriber.send(frames)

    def handle(self, subscriber: Subscriber, request: Request) -> None:
        """Carry out a subscribe or unsubscribe and acknowledge it."""
        for stream in request.streams:
            dots = stream.count(".")
            if request.method == "subscribe":
                if dots == 0:
                    self._subscribe_private(subscriber, stream)
                elif dots == 2:
                    self._subscribe_prefixed(subscriber, stream)
                else:
                    self._subscribe_public(subscriber, stream)
            elif dots == 0:
                self._unsubscribe_private(subscriber, stream)
            else:
                self._unsubscribe_public(subscriber, stream)
        streams = subscriber.public_streams + subscriber.private_streams
        subscriber.send(framed(acknowledgement(request.method, streams)))

    def _subscribe_private(self, subscriber: Subscriber, stream: str) -> None:
        if not subscriber.uid:
            _logger.warning("anonymous connection asked for the private stream %s", stream)
            return
        self._private.setdefault((subscriber.uid, stream), {})[subscriber] = None
        _add(subscriber.private_streams, stream)

    def _subscribe_public(self, subscriber: Subscriber, stream: str) -> None:
        self._public.setdefault(stream, {})[subscriber] = None
        _add(subscriber.public_streams, stream)
        self._replay_book(subscriber, stream)

    def _subscribe_prefixed(self, subscriber: Subscriber, stream: str) -> None:
        prefix, _, topic = stream.partition(".")
        if subscriber.role not in self._roles_by_prefix.get(prefix, ()):
            subscriber.send(framed(refusal(stream)))
            return
        self._prefixed.setdefault((prefix, topic), {})[subscriber] = None
        _add(subscriber.public_streams, stream)
        self._replay_book(subscriber, topic)

    def _replay_book(self, subscriber: Subscriber, stream: str) -> None:
        """Send the stored book on every subscribe, also of those who have the stream already."""
        book = self._books.get(stream)
        if book is None:
            return
        subscriber.send(book.snapshot)
        for frames in book.increments:
            subscriber.send(frames)

    def _unsubscribe_private(self, subscriber: Subscriber, stream: str) -> None:
        if _discard(self._private, (subscriber.uid, stream), subscriber):
            subscriber.private_streams.remove(stream)

    def _unsubscribe_public(self, subscriber: Subscriber, stream: str) -> None:
        if _discard(self._public, stream, subscriber):
            subscriber.public_streams.remove(stream)

    def drop(self, subscriber: Subscriber) -> None:
        """Forget a connection that ended."""
        for stream in subscriber.public_streams:
            _discard(self._public, stream, subscriber)
            prefix, _, topic = stream.partition(".")
            _discard(self._prefixed, (prefix, topic), subscriber)
        for stream in subscriber.private_streams:
            _discard(self._private, (subscriber.uid, stream), subscriber)


def _add(streams: list[str], stream: str) -> None:
    if stream not in streams:
        streams.append(stream)


def _discard[Key](topics: dict[Key, _Topic], key: Key, subscriber: Subscriber) -> bool:
    """Take the subscriber off a topic, and the topic away with its last one; whether it was on it."""
    topic = topics.get(key)
    if topic is None or subscriber not in topic:
        return False
    del topic[subscriber]
    if not topic:
        del topics[key]
    return True
