"""Checks a market's book stream: a first book arrives, and no increment is missing after it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.book_messages import price_levels, sequence_of
from hummingbot.connector.exchange.peatio.common.dialects import book_stream_of
from hummingbot.connector.exchange.peatio.common.fields import as_object

from peatio_cli.doctor.check_runner import ExchangeSession
from peatio_cli.doctor.findings import Finding, failed, passed
from peatio_cli.doctor.places import find_websocket_prefix, settings_remedy
from peatio_cli.doctor.stream import StreamSession, open_stream

# Refusals for which another prefix would not help: login, a proxy, too many connections.
FINAL_STATUSES = frozenset({401, 403, 407, 429})


@dataclass
class _Book:
    """One market's book according to its stream.

    :param stream: a stream of increments, which follow a snapshot, or of whole books
    """

    market: str
    stream: str
    levels: int | None = None
    sequence: int = 0
    changes: int = 0
    gap: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether each message is a whole book (Peatio before 2.4)."""
        return self.stream == f"{self.market}.{CONSTANTS.WHOLE_BOOK_STREAM}"

    def take(self, message: Mapping[str, Any]) -> None:
        """
        :raises MessageError: when a message about this book cannot be read
        """
        if self.is_whole:
            self._take_whole(message.get(self.stream))
            return
        snapshot = message.get(f"{self.market}.{CONSTANTS.SNAPSHOT_STREAM}")
        if snapshot is not None:
            self.levels = _levels(snapshot)
            self.sequence = sequence_of(snapshot)
        increment = message.get(self.stream)
        if increment is not None and self.levels is not None:
            sequence = sequence_of(increment)
            if sequence != self.sequence + 1:
                self.gap = f"the sequence went from {self.sequence} to {sequence}"
            self.sequence = sequence
            self.changes += 1

    def _take_whole(self, book: Any) -> None:
        if book is not None:
            self.changes += self.levels is not None
            self.levels = _levels(book)

    @property
    def text(self) -> str:
        """What was received, for the finding."""
        if self.is_whole:
            return f"{self.market}: whole books, the last of {self.levels} levels"
        changes = f"{self.changes} changes followed without a gap" if self.changes else "no changes meanwhile"
        return f"{self.market}: a snapshot of {self.levels} levels, {changes}"


def _levels(book: Any) -> int:
    book = as_object(book, "book")
    return len(price_levels(book.get("asks"))) + len(price_levels(book.get("bids")))


async def check_public_stream(exchange: ExchangeSession) -> Finding:
    """Subscribes to one book, waits for the first book and follows it for some seconds."""
    try:
        return await _follow_book(exchange)
    except aiohttp.WSServerHandshakeError as error:
        if error.status in FINAL_STATUSES or error.status >= 500:
            raise
        prefix = await find_websocket_prefix(exchange)
        if prefix is None:
            raise
        return failed(
            f"the websocket was refused (HTTP {error.status}); there is one under {prefix or '/'}",
            settings_remedy("websocket_prefix", prefix),
        )


async def _follow_book(exchange: ExchangeSession) -> Finding:
    assert exchange.market is not None
    symbol = exchange.market.symbol
    book = _Book(symbol, f"{symbol}.{book_stream_of(exchange.version)}")
    async with open_stream(exchange, "public") as session:
        granted = await session.subscribe([book.stream])
        if book.stream not in granted:
            return failed(
                f"the websocket did not grant {book.stream}",
                "Ask the exchange whether its websocket is Ranger or Rango.",
            )
        await _wait_for_book(session, book, exchange.timeouts.snapshot_s)
        if book.levels is None:
            return failed(
                f"no book of {symbol} within {exchange.timeouts.snapshot_s:.0f} s of subscribing",
                "Try again in a minute: after a restart the websocket has no book until the next trade or order. "
                "If it persists, tell the exchange that its Ranger receives nothing from its matching engine.",
            )
        deadline_s = time.monotonic() + exchange.timeouts.listen_s
        while (message := await session.next_message(deadline_s)) is not None:
            book.take(message)
    if book.gap:
        return failed(
            f"{symbol}: {book.gap}",
            "Messages are lost between the exchange and this machine. The connector requests a new book each time. If "
            "it happens often, use a faster network, and tell the exchange.",
        )
    return passed(book.text)


async def _wait_for_book(session: StreamSession, book: _Book, timeout_s: float) -> None:
    """Waits for the first book and subscribes again as the connector does: early subscribers get none."""
    deadline_s = time.monotonic() + timeout_s
    while book.levels is None and time.monotonic() < deadline_s:
        again_s = min(time.monotonic() + CONSTANTS.SNAPSHOT_TIMEOUT_S, deadline_s)
        while book.levels is None and (message := await session.next_message(again_s)) is not None:
            book.take(message)
        if book.levels is None and time.monotonic() < deadline_s:
            await session.subscribe([book.stream])
