"""What breaks an order book, and what a bot's book looks like then."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.order_books.counts import BookCounts, BookState

from peatio_sandbox import FaultKind, Sandbox
from test.end_to_end.support import Bot, Person, levels
from test.patience import eventually

PAIR, MARKET = "BTC-USD", "btcusd"


def counts(bot: Bot) -> BookCounts:
    found: BookCounts = bot.exchange.order_book_tracker.health[PAIR].counts
    return found


def state(bot: Bot) -> BookState:
    found: BookState = bot.exchange.order_book_tracker.health[PAIR].state
    return found


def reason(bot: Bot) -> str:
    return str(bot.exchange.order_book_tracker.health[PAIR].reason)


def is_empty(bot: Bot) -> bool:
    book = bot.exchange.get_order_book(PAIR)
    return not levels(book.ask_entries()) and not levels(book.bid_entries())


def update_id(bot: Bot) -> int:
    book = bot.exchange.get_order_book(PAIR)
    return max(int(book.snapshot_uid), int(book.last_diff_uid))


@contextmanager
def broker_lost(sandbox: Sandbox) -> Iterator[None]:
    """Nothing published meanwhile reaches Ranger; its sockets stay open."""
    fault = sandbox.faults.start(FaultKind.BROKER_LOST)
    yield
    sandbox.faults.stop(fault)


@contextmanager
def public_events_lost(sandbox: Sandbox) -> Iterator[None]:
    """The same for public events alone."""
    publish = sandbox.ranger.publish

    def publish_private(routing_key: str, payload: object) -> None:
        if routing_key.startswith("private."):
            publish(routing_key, payload)

    with patch.object(sandbox.ranger, "publish", publish_private):
        yield


async def trade(maker: Person, taker: Person, price: str = "30000") -> None:
    await maker.place(MARKET, "sell", "0.1", price)
    await taker.place(MARKET, "buy", "0.1", price)


async def lose_an_increment(sandbox: Sandbox, taker: Person) -> None:
    """One change of the book is lost and the next one shows it."""
    with public_events_lost(sandbox):
        await taker.place(MARKET, "buy", "0.1", "28000")
        await eventually(sandbox.exchange.is_quiet, "the lost one was published")
    await taker.place(MARKET, "buy", "0.1", "28001")


async def bring_snapshot(sandbox: Sandbox, taker: Person) -> None:
    """Enough changes that the engine publishes its book (`frequent_snapshots`)."""
    for price in range(28100, 28104):
        await taker.place(MARKET, "buy", "0.1", str(price))


async def rests(bot: Bot) -> None:
    """Waits until a trade from now on is dated after all that moved the book.

    Times of trades are whole seconds, and so is the exchange's clock, from which their age is computed.
    """
    silence, enough_s = bot.exchange.order_book_tracker.markets[PAIR].silence, 2 + CONSTANTS.SILENCE_BEFORE_TRADE_S
    await eventually(lambda: time.monotonic() - silence._moved_s > enough_s, "the book rests")
