"""A tracker whose only book is sound, what breaks it, and what a server answers to a request for it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from test.hummingbot.connector.exchange.peatio.book_support import Books, Level, increment, snapshot
from test.hummingbot.connector.exchange.peatio.fixtures import settle

PAIR, OTHER = "BTC-USD", "ETH-USD"
SNAPSHOT = snapshot(2, bids=[["29990.0", "0.4"]])
BOOK: tuple[list[Level], list[Level]] = ([(29990.0, 0.4)], [])


@asynccontextmanager
async def sound_books() -> AsyncIterator[Books]:
    """A tracker whose only book is sound and has been for a moment."""
    started = Books(PAIR)
    started.tracker.start()
    started.tracker.on_message(PAIR, "ob-snap", SNAPSHOT)
    await settle()
    yield started
    started.tracker.stop()
    await settle()


def break_book(books: Books) -> None:
    books.tracker.on_message(PAIR, "ob-inc", increment(9, "bids", "1.0", "1.0"))


def sends_snapshot(books: Books) -> Callable[[str], None]:
    return lambda pair: books.tracker.on_message(pair, "ob-snap", SNAPSHOT)
