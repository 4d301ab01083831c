"""Follows a market of any of Hummingbot's connectors and records it."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from hummingbot.client.settings import AllConnectorSettings
from hummingbot.core.clock import Clock, ClockMode
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.event_forwarder import EventForwarder
from hummingbot.core.event.events import OrderBookEvent, OrderBookTradeEvent

from peatio_cli.record.events import Encoder

#: Hummingbot's book has no event for a change of its levels.
LOOK_INTERVAL_S = 0.01
#: Levels of each side; one that is farther away is none.
DEPTH = 100
READY_TIMEOUT_S = 60.0
TICK_S = 1.0


class RecordError(Exception):
    """Nothing can be recorded; the text says why and what to do."""


def make_connector(name: str, pair: str, url: str | None) -> Any:
    """A connector that only follows a market, without keys.

    :param url: of a Peatio; None for any other exchange
    :raises RecordError: when there is none of this name
    """
    if url is not None:
        from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange

        return PeatioExchange("", "", url, trading_pairs=[pair], trading_required=False)
    settings = AllConnectorSettings.get_connector_settings().get(name)
    if settings is None:
        raise RecordError(f"Hummingbot has no connector {name}; remedy: see `./hbot connect` for their names")
    return settings.non_trading_connector_instance_with_default_configuration([pair])


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
                await _follow(book, stop, encoder)
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


async def _follow(book: Any, stop: asyncio.Event, encoder: Encoder) -> None:
    def look() -> None:
        encoder.book(time.time_ns(), _levels(book.bid_entries()), _levels(book.ask_entries()))

    def on_trade(trade: OrderBookTradeEvent) -> None:
        look()  # what the book was when the trade came
        encoder.trade(time.time_ns(), float(trade.price), float(trade.amount), trade.type is TradeType.BUY)

    forwarder = EventForwarder(on_trade)
    book.add_listener(OrderBookEvent.TradeEvent, forwarder)
    seen: tuple[int, int] | None = None
    while not stop.is_set():
        version = (book.snapshot_uid, book.last_diff_uid)
        if version != seen:
            seen = version
            look()
        await asyncio.sleep(LOOK_INTERVAL_S)
    book.remove_listener(OrderBookEvent.TradeEvent, forwarder)


def _levels(rows: Iterable[Any]) -> Mapping[float, float]:
    return {row.price: row.amount for row in islice(rows, DEPTH)}


def save(encoder: Encoder, path: Path) -> None:
    """As `numpy.load` and hftbacktest read it.

    :raises OSError: when the file cannot be written
    """
    with path.open("wb") as file:
        np.savez_compressed(file, data=encoder.array())
