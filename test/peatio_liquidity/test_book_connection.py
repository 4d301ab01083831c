"""When a connector's book has every message, on a connector that is made up."""

import asyncio
import logging
from types import SimpleNamespace
from typing import Any

import pytest

from peatio_liquidity.book_connection import RETRY_AFTER_S, SUBSCRIBED_AFTER_S, BookConnection

PAIR = "BTC-USDT"


class Connector:
    """:ivar snapshots: what requests for the book come to; :ivar router: what the tracker still has to take over"""

    name = "usual"

    def __init__(self) -> None:
        self.snapshots: list[Any] = []
        self.router: asyncio.Queue[Any] = asyncio.Queue()
        self.source = SimpleNamespace(_ws_assistant=object(), _order_book_snapshot=self._snapshot)
        self.order_book_tracker = SimpleNamespace(data_source=self.source, _order_book_snapshot_stream=self.router)
        self.order_books = {PAIR: SimpleNamespace(snapshot_uid=7)}

    async def _snapshot(self, _pair: str) -> Any:
        snapshot = self.snapshots.pop(0)
        if isinstance(snapshot, Exception):
            raise snapshot
        return SimpleNamespace(update_id=snapshot)

    def lose_connection(self) -> None:
        self.source._ws_assistant = None

    def connect(self) -> None:
        self.source._ws_assistant = object()

    def take_over(self) -> None:
        self.order_books[PAIR].snapshot_uid = self.router.get_nowait().update_id


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


async def turns() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


def connected() -> tuple[Any, Clock, BookConnection]:
    connector: Any = Connector()
    clock = Clock()
    connection = BookConnection(connector, PAIR, logging.getLogger(__name__), clock)
    assert connection.is_whole(), "its first book came with it"
    return connector, clock, connection


async def test_a_lost_connection_leaves_a_book_that_is_not_whole_until_it_is_asked_for_and_taken_over() -> None:
    connector, clock, connection = connected()
    connector.lose_connection()
    assert not connection.is_whole()
    connector.connect()
    connector.snapshots = [9]
    assert not connection.is_whole()
    await turns()
    assert connector.snapshots == [9], "not before the subscriptions have their answers"
    clock.now_s += SUBSCRIBED_AFTER_S
    assert not connection.is_whole()
    await turns()
    assert connector.snapshots == []
    assert not connection.is_whole(), "it is on its way to the book"
    connector.take_over()
    assert connection.is_whole()
    assert connection.is_whole()


async def test_a_connection_that_was_replaced_between_two_looks_is_noticed() -> None:
    connector, _, connection = connected()
    connector.connect()
    assert not connection.is_whole()


async def test_one_that_is_lost_again_meanwhile_begins_again() -> None:
    connector, clock, connection = connected()
    connector.connect()
    connector.snapshots = [9, 11]
    assert not connection.is_whole()
    clock.now_s += SUBSCRIBED_AFTER_S
    assert not connection.is_whole()
    await turns()
    connector.take_over()
    connector.lose_connection()
    assert not connection.is_whole()
    connector.connect()
    assert not connection.is_whole(), "the book of the connection before does not count"
    clock.now_s += SUBSCRIBED_AFTER_S
    assert not connection.is_whole()
    await turns()
    connector.take_over()
    assert connection.is_whole()


async def test_a_book_that_cannot_be_had_is_asked_for_again(caplog: pytest.LogCaptureFixture) -> None:
    connector, clock, connection = connected()
    connector.connect()
    connector.snapshots = [OSError("HTTP status is 503"), 9]
    assert not connection.is_whole()
    clock.now_s += SUBSCRIBED_AFTER_S
    assert not connection.is_whole()
    await turns()
    assert not connection.is_whole()
    assert "The book of BTC-USDT on usual is not there: HTTP status is 503" in caplog.text
    assert not connection.is_whole()
    await turns()
    assert connector.snapshots == [9]
    clock.now_s += RETRY_AFTER_S
    assert not connection.is_whole()
    await turns()
    connector.take_over()
    assert connection.is_whole()


def test_a_connector_that_keeps_its_connection_elsewhere_is_believed() -> None:
    connector: Any = Connector()
    connector.lose_connection()
    assert BookConnection(connector, PAIR, logging.getLogger(__name__)).is_whole()
    connector.order_book_tracker.data_source = SimpleNamespace()
    assert BookConnection(connector, PAIR, logging.getLogger(__name__)).is_whole()


async def test_at_the_end_no_request_goes_on() -> None:
    connector, clock, connection = connected()
    connector.connect()
    connector.snapshots = [9]
    connection.is_whole()
    clock.now_s += SUBSCRIBED_AFTER_S
    connection.is_whole()
    connection.close()
    await turns()
    assert connector.snapshots == [9]
