"""One-level increments from the socket into the book: how many a second of CPU time."""

import asyncio
import json
import statistics
import time
from functools import partial
from typing import Any

import aiohttp
from hummingbot.core.data_type.order_book import OrderBook
from hummingbot.core.data_type.order_book_row import OrderBookRow

from bench import wire
from bench.profiles import measured
from bench.server import ServerOptions
from bench.subjects import Server, running_connector, running_server, until


def measure(subject: str, changes: int, blasts: int, levels: int) -> dict[str, float]:
    """
    :param subject: "peatio", "binance", or "bare": parsing and `OrderBook.apply_diffs` alone, in Peatio's format
    :param changes: how many are sent at once
    :param blasts: how often; the median counts, for other work on the machine slows down some of them
    """
    options = ServerOptions(levels=levels, changes=changes, blasts=blasts)
    taken_s = asyncio.run(_bare(options) if subject == "bare" else _connector(subject, options))
    return {"messages_per_cpu_s": changes / statistics.median(taken_s), "fastest_per_cpu_s": changes / min(taken_s)}


async def _connector(subject: str, options: ServerOptions) -> list[float]:
    async with running_connector(subject, options, trading=False) as (connector, server):
        await until(lambda: connector.order_book_tracker.ready, "the book is ready")
        book = next(iter(connector.order_books.values()))
        return await _cpu_s_of_blasts(book, server, options, book.snapshot_uid)


async def _bare(options: ServerOptions) -> list[float]:
    async with running_server("peatio", options) as server, aiohttp.ClientSession() as session:
        async with session.ws_connect(f"{server.address.url}/api/v2/ranger/public") as socket:
            await socket.send_json({"event": "subscribe", "streams": [f"{wire.market_name(0)}usd.ob-inc"]})
            book = OrderBook()
            reader = asyncio.create_task(_read(socket, book))
            await until(lambda: book.snapshot_uid, "the snapshot came")
            try:
                return await _cpu_s_of_blasts(book, server, options, wire.OPENING_UPDATE)
            finally:
                reader.cancel()


async def _read(socket: aiohttp.ClientWebSocketResponse, book: OrderBook) -> None:
    """What nobody can do without."""
    async for message in socket:
        data = json.loads(message.data)
        ((stream, payload),) = data.items()
        sequence = payload.get("sequence")
        if stream.endswith(".ob-inc"):
            bids, asks = _rows(payload.get("bids"), sequence), _rows(payload.get("asks"), sequence)
            book.apply_diffs(bids, asks, sequence)
        elif stream.endswith(".ob-snap"):
            bids = [OrderBookRow(float(price), float(volume), sequence) for price, volume in payload["bids"]]
            asks = [OrderBookRow(float(price), float(volume), sequence) for price, volume in payload["asks"]]
            book.apply_snapshot(bids, asks, sequence)


def _rows(level: list[str] | None, update_id: int) -> list[Any]:
    return [OrderBookRow(float(level[0]), float(level[1] or 0), update_id)] if level else []


async def _cpu_s_of_blasts(book: Any, server: Server, options: ServerOptions, update_id: int) -> list[float]:
    taken_s = []
    with measured():
        for number in range(1, options.blasts + 1):
            began_s = time.process_time()
            server.command("blast")
            await until(partial(_has_come, book, update_id + number * options.changes), "all changes are in the book")
            taken_s.append(time.process_time() - began_s)
    done = list(wire.changes(options.changes * options.blasts, options.levels))
    expected = wire.top_after(options.levels, done)
    found = (book.get_price(False), book.get_price(True))
    if found != expected:
        raise RuntimeError(f"the book ended with {found}, not with {expected}")
    return taken_s


def _has_come(book: Any, update_id: int) -> bool:
    return bool(book.last_diff_uid >= update_id)
