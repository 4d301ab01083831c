"""Which own orders the matching engine's book lacks, and when it cannot tell."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from math import inf
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.execution.engine_book import EngineBook, EngineBookCheck
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.intent import Intent
from hummingbot.connector.exchange.peatio.order_books.counts import BookState
from hummingbot.core.data_type.in_flight_order import OrderState
from hummingbot.core.data_type.order_book_row import OrderBookRow

from test.hummingbot.connector.exchange.peatio.fixtures import WireOrder
from test.hummingbot.connector.exchange.peatio.rig import PAIR, Rig

LATE_S = CONSTANTS.ENGINE_ABSENT_S


@dataclass
class Book:
    """What `BookSync` and its levels say."""

    rows: list[tuple[float, float]] = field(default_factory=list)
    sequence: int = 1
    state: BookState = BookState.FOLLOWING
    whole_book_s: float | None = None
    is_crossed: bool = False
    edges: tuple[float, float] = (-inf, inf)

    @property
    def levels(self) -> "Book":
        return self

    def bids(self) -> list[OrderBookRow]:
        return [OrderBookRow(price, amount, 1) for price, amount in self.rows]

    def asks(self) -> list[OrderBookRow]:
        return []


def absent(checked: EngineBook, orders: list[TrackedOrder], book: Book, now_s: float) -> list[str]:
    books: Any = {PAIR: book}
    return [order.client_order_id for order in checked.absent(orders, books, now_s)]


@pytest.fixture
async def orders(rig: Rig) -> list[TrackedOrder]:
    """Buys of 1 BTC at 30000 and 29000."""
    return [rig.follow_live(WireOrder(4), "c4"), rig.follow_live(WireOrder(5, price="29000.0"), "c5")]


def shown(orders: list[TrackedOrder]) -> EngineBook:
    """After a look at a book that has them."""
    checked = EngineBook()
    assert absent(checked, orders, Book([(30000.0, 1.0), (29000.0, 1.0)]), 0.0) == []
    return checked


async def test_an_order_that_stays_away_while_the_book_moves_is_absent(orders: list[TrackedOrder]) -> None:
    checked = shown(orders)
    assert absent(checked, orders, Book([(29000.0, 1.5)], sequence=2), 1.0) == []
    assert absent(checked, orders, Book([(29000.0, 1.5)], sequence=3), LATE_S) == []
    assert absent(checked, orders, Book([(29000.0, 1.5)], sequence=2), LATE_S + 1) == [], "the stream may be frozen"
    assert absent(checked, orders, Book([(29000.0, 1.5)], sequence=3), LATE_S + 1) == ["c4"]


async def test_of_orders_at_one_price_the_book_has_only_the_sum(rig: Rig) -> None:
    orders = [rig.follow_live(WireOrder(number), f"c{number}") for number in (4, 5)]
    checked = EngineBook()
    assert absent(checked, orders, Book([(30000.0, 2.0)]), 0.0) == []
    assert absent(checked, orders, Book([(30000.0, 1.5)]), 1.0) == []
    assert absent(checked, orders, Book([(30000.0, 1.5)], sequence=2), LATE_S + 1) == ["c4", "c5"]


@pytest.mark.parametrize(
    "change",
    [
        lambda book: setattr(book, "state", BookState.REST_FED),
        lambda book: setattr(book, "whole_book_s", 1.0),
        lambda book: setattr(book, "is_crossed", True),
        lambda book: setattr(book, "edges", (30000.0, inf)),
        lambda book: book.rows.insert(0, (30000.0, 1.0)),
    ],
)
async def test_a_book_that_cannot_tell_starts_the_time_again(
    orders: list[TrackedOrder], change: Callable[[Book], None]
) -> None:
    checked = shown(orders)
    absent(checked, orders, Book([(29000.0, 1.0)]), 1.0)
    untold = Book([(29000.0, 1.0)], sequence=2)
    change(untold)
    assert absent(checked, orders, untold, LATE_S + 1) == []
    assert absent(checked, orders, Book([(29000.0, 1.0)], sequence=3), LATE_S + 2) == []


async def test_a_book_that_never_showed_an_order_of_ours_may_group_prices(orders: list[TrackedOrder]) -> None:
    checked = EngineBook()
    absent(checked, orders, Book([(30010.0, 1.0)]), 0.0)
    assert absent(checked, orders, Book([(30010.0, 1.0)], sequence=2), LATE_S + 1) == []


async def test_orders_that_leave_the_book_by_themselves_are_not_looked_at(orders: list[TrackedOrder]) -> None:
    checked = shown(orders)
    cancelled, pending = orders
    cancelled.current_state = OrderState.PENDING_CANCEL
    pending.seen_live_event.clear()
    absent(checked, orders, Book(), 1.0)
    assert absent(checked, orders, Book(sequence=2), LATE_S + 1) == []
    assert absent(checked, orders, Book(sequence=2), LATE_S + 1) == []


@dataclass
class Ended:
    """`SecondCancels` with one order that was promptly cancelled: a buy at 30000."""

    seen: dict[str, bool] = field(default_factory=dict)

    def unseen(self) -> list[Intent]:
        price, amount = Decimal("30000.00"), Decimal(1)
        return [] if self.seen else [Intent("gone", PAIR, "btcusd", True, amount, price, 1.0)]

    def on_seen(self, client_order_id: str, is_left: bool) -> None:
        self.seen[client_order_id] = is_left


async def looked_at(rig: Rig, book: Book | None) -> bool | None:
    """Whether the book is taken to have the cancelled order still; None where it cannot tell."""
    engine, ended = rig.exchange._engine, Ended()
    cancels: Any = ended
    books: Any = {} if book is None else {PAIR: book}
    tasks, logger = rig.exchange._order_tasks, rig.exchange.logger()
    check = EngineBookCheck(
        rig.tracker, engine.reports, engine.canceller, cancels, lambda: books, tasks, asyncio.sleep, logger
    )
    await check.run()
    return ended.seen.get("gone")


async def test_what_a_level_has_besides_open_orders_may_be_a_cancelled_one(rig: Rig) -> None:
    assert await looked_at(rig, Book([(29000.0, 1.0)])) is False
    assert await looked_at(rig, Book([(30000.0, 0.3)])) is True, "others took a part of it"
    rig.follow_live(WireOrder(4), "c4")
    assert await looked_at(rig, Book([(30000.0, 1.0)])) is False
    assert await looked_at(rig, Book([(30000.0, 1.3)])) is True


async def test_a_book_that_cannot_tell_is_asked_again(rig: Rig) -> None:
    assert await looked_at(rig, None) is None
    assert await looked_at(rig, Book(state=BookState.EMPTY)) is None
    assert await looked_at(rig, Book(edges=(30000.0, inf))) is None
