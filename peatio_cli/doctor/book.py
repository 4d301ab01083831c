"""Does a book stream: its first state comes, and what follows on it has no gap."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.book_messages import price_levels, sequence_of
from hummingbot.connector.exchange.peatio.common.dialects import book_stream_of

from peatio_cli.doctor.check_runner import ExchangeSession
from peatio_cli.doctor.findings import Finding, broken, fine
from peatio_cli.doctor.places import found_websocket, put_into_file
from peatio_cli.doctor.stream import StreamSession, open_stream

# Refusals that come from the right place: login, a proxy, too many connections.
NOT_ELSEWHERE = frozenset({401, 403, 407, 429})


@dataclass
class _Book:
    """What a stream said of one market's book so far.

    :param stream: increments, which follow a snapshot, or whole books, each of which is a state of its own
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
        :raises MessageError: when it tells of this book and cannot be read
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
        """What came, in words."""
        if self.is_whole:
            return f"{self.market}: whole books, the last of {self.levels} levels"
        changes = f"{self.changes} changes followed without a gap" if self.changes else "no changes meanwhile"
        return f"{self.market}: a snapshot of {self.levels} levels, {changes}"


def _levels(book: Any) -> int:
    return len(price_levels(book.get("asks"))) + len(price_levels(book.get("bids")))


async def check_public_stream(patient: ExchangeSession) -> Finding:
    """Subscribes to one book, waits for its first state and follows it for a while."""
    try:
        return await _followed_book(patient)
    except aiohttp.WSServerHandshakeError as error:
        if error.status in NOT_ELSEWHERE or error.status >= 500:
            raise
        prefix = await found_websocket(patient)
        if prefix is None:
            raise
        return broken(
            f"the websocket was refused (HTTP {error.status}); one opens under {prefix or '/'}",
            put_into_file("websocket_prefix", prefix),
        )


async def _followed_book(patient: ExchangeSession) -> Finding:
    assert patient.market is not None
    symbol = patient.market.symbol
    book = _Book(symbol, f"{symbol}.{book_stream_of(patient.version)}")
    async with open_stream(patient, "public") as session:
        granted = await session.subscribe([book.stream])
        if book.stream not in granted:
            return broken(
                f"the websocket did not grant {book.stream}",
                "Ask the exchange whether its websocket is a Ranger or Rango.",
            )
        await _first_state(session, book, patient.patience.snapshot_s)
        if book.levels is None:
            return broken(
                f"no book of {symbol} within {patient.patience.snapshot_s:.0f} s of subscribing",
                "Try again in a minute: after a restart the websocket has no book until the next trade or order. "
                "If it stays so, tell the exchange that its Ranger gets nothing from its matching engine.",
            )
        deadline_s = time.monotonic() + patient.patience.listen_s
        while (message := await session.next_message(deadline_s)) is not None:
            book.take(message)
    if book.gap:
        return broken(
            f"{symbol}: {book.gap}",
            "Messages are lost between the exchange and here. The connector asks for a new book each time; if it "
            "happens often, use a faster network, and tell the exchange.",
        )
    return fine(book.text)


async def _first_state(session: StreamSession, book: _Book, timeout_s: float) -> None:
    """Waits for the first book. Asked for again like the connector does: early subscribers get none."""
    deadline_s = time.monotonic() + timeout_s
    while book.levels is None and time.monotonic() < deadline_s:
        again_s = min(time.monotonic() + CONSTANTS.SNAPSHOT_TIMEOUT_S, deadline_s)
        while book.levels is None and (message := await session.next_message(again_s)) is not None:
            book.take(message)
        if book.levels is None and time.monotonic() < deadline_s:
            await session.subscribe([book.stream])
