"""Follows a market of any of Hummingbot's connectors and records it."""

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from hummingbot.client.settings import AllConnectorSettings
from hummingbot.core.clock import Clock, ClockMode
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.event_forwarder import EventForwarder
from hummingbot.core.event.events import OrderBookEvent, OrderBookTradeEvent

from peatio_cli.record.events import Encoder
from peatio_cli.record.row_file import RowFile
from peatio_liquidity.book_connection import BookConnection, book_version
from peatio_liquidity.sources import book_trouble

#: Hummingbot's book has no event for a change of its levels.
LOOK_INTERVAL_S = 0.01
#: Levels of each side; one that is farther away is none.
DEPTH = 100
READY_TIMEOUT_S = 60.0
TICK_S = 1.0
#: A time of the exchange that is farther away is none.
CLOCKS_DIFFER_S = 3600.0


class RecordError(Exception):
    """Nothing can be recorded; the text says why and what to do."""


def make_connector(name: str, pair: str, url: str | None) -> Any:
    """A connector that only follows a market, without keys.

    :param url: of a Peatio; None for any other exchange
    :raises RecordError: when there is none of this name, or its books are not the exchange's
    """
    if url is not None:
        from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange

        return PeatioExchange("", "", url, trading_pairs=[pair], trading_required=False)
    settings = AllConnectorSettings.get_connector_settings().get(name)
    if settings is None:
        raise RecordError(f"Hummingbot has no connector {name}; remedy: see `./hbot connect` for their names")
    connector = settings.non_trading_connector_instance_with_default_configuration([pair])
    if (trouble := book_trouble(connector)) is not None:
        raise RecordError(f"{name} cannot be recorded: {trouble}; remedy: record the pair on another exchange")
    return connector


async def record(connector: Any, pair: str, stop: asyncio.Event, encoder: Encoder) -> None:
    """Until asked to stop.

    :raises RecordError: when the market's book does not come
    """
    with Clock(ClockMode.REALTIME, TICK_S) as clock:
        clock.add_iterator(connector)
        ticking = asyncio.create_task(clock.run())
        try:
            book = await _book(connector, pair, stop)
            if book is not None:
                await _follow(connector, pair, book, stop, encoder)
        finally:
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)
            connector.stop(clock)
            await connector.stop_network()


async def _book(connector: Any, pair: str, stop: asyncio.Event) -> Any:
    until_s = time.monotonic() + READY_TIMEOUT_S
    while not stop.is_set():
        book = connector.order_books.get(pair)
        if book is not None and next(iter(book.bid_entries()), None) and next(iter(book.ask_entries()), None):
            return book
        if time.monotonic() > until_s:
            raise RecordError(
                f"{connector.name} has no book of {pair} after {READY_TIMEOUT_S:.0f} s; remedy: check the pair, as in "
                "BTC-USDT, and the network"
            )
        await asyncio.sleep(LOOK_INTERVAL_S)
    return None


async def _follow(connector: Any, pair: str, book: Any, stop: asyncio.Event, encoder: Encoder) -> None:
    connection = BookConnection(connector, pair, logging.getLogger(__name__))
    newest = connector.order_book_tracker._past_diffs_windows.get(pair, ())

    def look() -> None:
        bids, asks = _levels(book.bid_entries()), _levels(book.ask_entries())
        encoder.book(time.time_ns(), bids, asks, _time_of_book(book, newest))

    def on_trade(trade: OrderBookTradeEvent) -> None:
        if seen is not None:
            look()  # what the book was when the trade came
        is_buy = trade.type is TradeType.BUY
        encoder.trade(time.time_ns(), float(trade.price), float(trade.amount), is_buy, _nanoseconds(trade.timestamp))

    forwarder = EventForwarder(on_trade)
    book.add_listener(OrderBookEvent.TradeEvent, forwarder)
    seen: tuple[int, ...] | None = None
    try:
        while not stop.is_set():
            version = book_version(connector, pair)
            if not connection.is_whole():
                if seen is not None:
                    encoder.gap(time.time_ns())
                seen = None
            elif version != seen:
                seen = version
                look()
            await asyncio.sleep(LOOK_INTERVAL_S)
    finally:
        connection.close()
        book.remove_listener(OrderBookEvent.TradeEvent, forwarder)


def _time_of_book(book: Any, newest: Sequence[Any]) -> int | None:
    """Of its last change, where the connector keeps the messages and this is the last one."""
    if not newest or newest[-1].update_id != book.last_diff_uid:
        return None
    return _nanoseconds(newest[-1].timestamp)


def _nanoseconds(timestamp: float) -> int | None:
    """None for whole seconds, which are too coarse, and for what is no time of these days."""
    is_time = isinstance(timestamp, float) and abs(timestamp - time.time()) < CLOCKS_DIFFER_S
    return round(timestamp * 1e9) if is_time and timestamp % 1 else None


def _levels(rows: Iterable[Any]) -> Mapping[float, float]:
    return {row.price: row.amount for row in islice(rows, DEPTH)}


def save(encoder: Encoder, path: Path) -> None:
    """As `numpy.load` and hftbacktest read it.

    :raises OSError: when the file cannot be written
    """
    file = RowFile(path)
    file.append(encoder.take())
    file.pack()
