"""The connector's two websocket connections, and how they are cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hummingbot.connector.exchange.peatio.websocket.client import RangerConnection
from hummingbot.connector.exchange.peatio.websocket.sockets import Socket

from test.acceptance.amounts import far_buy_price
from test.acceptance.cards import expect
from test.acceptance.stage import BUY, Stage
from test.end_to_end.support import Bot
from test.patience import eventually


def private_connection(bot: Bot) -> RangerConnection:
    connection: RangerConnection = bot.exchange._user_stream_tracker.data_source._connection
    return connection


def public_connection(bot: Bot) -> RangerConnection:
    connection: RangerConnection = bot.exchange.order_book_tracker.data_source._connection
    return connection


def granted(connection: RangerConnection, streams: set[str]) -> None:
    """:raises AssertionError: when the server did not acknowledge them all"""
    missing = streams - connection.streams
    assert not missing, f"not acknowledged: {', '.join(sorted(missing))}"


@asynccontextmanager
async def cut(connection: RangerConnection) -> AsyncIterator[None]:
    """Closes the connection's socket here and keeps it from connecting anew; any server takes that."""
    connect, is_mended = connection._connect, asyncio.Event()

    async def connect_once_mended() -> Socket:
        await is_mended.wait()
        return await connect()

    connection._connect = connect_once_mended
    assert connection.socket is not None, "the connection is lost already"
    await connection.socket.close()
    try:
        await eventually(lambda: connection.socket is None, "the loss is noticed")
        yield
    finally:
        connection._connect = connect
        is_mended.set()


async def book_follows(stage: Stage, bot: Bot) -> None:
    """An order of the second account appears in the connector's book, and goes."""
    trader = stage.traders[-1]
    rules, tracker = stage.rules, bot.exchange.order_book_tracker
    amount, price = rules.smallest, far_buy_price(rules, await stage.book())
    await trader.need(rules.quote, amount * price)
    before = stage.at_level(bot, BUY, price)
    order_id = await trader.place(stage.market, "buy", f"{amount:f}", f"{price:f}")
    await eventually(lambda: stage.at_level(bot, BUY, price) > before, f"the order at {price} stands in the book")
    await trader.reaches(order_id, "wait")
    await trader.cancel(order_id)
    await eventually(lambda: stage.at_level(bot, BUY, price) <= before, f"the order at {price} is gone")
    expect("why a book is not trusted", tracker.invalid_reasons, {})
