"""What each of Hummingbot's connectors shows of the connection that its book comes by. No request leaves."""

import asyncio
import inspect
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock, MagicMock

import pytest
from hummingbot.connector.exchange_py_base import ExchangePyBase
from hummingbot.core.data_type.order_book import OrderBook
from hummingbot.core.data_type.order_book_row import OrderBookRow
from hummingbot.core.data_type.order_book_tracker import OrderBookTracker
from hummingbot.core.web_assistant.connections.ws_connection import WSConnection
from hummingbot.core.web_assistant.ws_assistant import WSAssistant

from peatio_liquidity.book_connection import SUBSCRIBED_AFTER_S, BookConnection
from peatio_liquidity.rates import quote_rate
from peatio_liquidity.sources import WITHOUT_BOOK
from test.patience import eventually
from test.peatio_liquidity.test_sources import LOGGER, PAIR, SPOT, chosen, connector_of

#: They keep their connection to themselves: only a silence shows that it was lost.
UNSHOWN = {"bing_x", "injective_v2", "xrpl"}
OTHERS = {name: settings.base_name() for name, settings in SPOT.items() if not name.startswith("peatio")}
#: What kucoin asks for before it connects.
PLACE = {"data": {"token": "", "instanceServers": [{"endpoint": "ws://127.0.0.1", "pingInterval": 18000}]}}


class Connection(WSConnection):
    """One that stands until the exchange closes it."""

    def __init__(self) -> None:
        super().__init__(MagicMock())
        self.is_closed = asyncio.Event()

    async def connect(self, *_: Any, **__: Any) -> None:
        self._connected = True

    async def send(self, request: Any) -> None:
        """Nobody reads it."""

    async def receive(self) -> None:
        await self.is_closed.wait()
        await self.disconnect()
        raise ConnectionError("The WS connection was closed unexpectedly.")


async def market_of(name: str, monkeypatch: pytest.MonkeyPatch) -> tuple[ExchangePyBase, OrderBook]:
    """One that is tracked, with nobody who listens."""
    connector = connector_of(name, monkeypatch)
    monkeypatch.setattr(connector, "get_last_traded_prices", AsyncMock(return_value={PAIR: 100.0}))
    book = OrderBook()
    connector.order_book_tracker._order_books[PAIR] = book
    return connector, book


@pytest.mark.parametrize("name", [name for name, folder in OTHERS.items() if folder not in UNSHOWN])
async def test_a_connection_that_is_lost_is_seen_at_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    connector, book = await market_of(name, monkeypatch)
    source, opened = connector.order_book_tracker.data_source, Connection()
    assistant = AsyncMock(side_effect=[WSAssistant(opened), WSAssistant(Connection())])
    rest = MagicMock(execute_request=AsyncMock(return_value=PLACE))
    monkeypatch.setattr(source._api_factory, "get_ws_assistant", assistant)
    monkeypatch.setattr(source._api_factory, "get_rest_assistant", AsyncMock(return_value=rest))
    monkeypatch.setattr(source, "_subscribe_channels", AsyncMock())
    listening = asyncio.create_task(source.listen_for_subscriptions())
    connection = BookConnection(connector, PAIR, LOGGER)
    try:
        await eventually(lambda: source._ws_assistant is not None and opened.connected, "connected")
        assert not connection.is_whole(), "the first book may be older than the connection"
        book.apply_snapshot([OrderBookRow(100, 1, 5)], [OrderBookRow(101, 1, 5)], 5)
        assert connection.is_whole()
        opened.is_closed.set()
        await eventually(lambda: not opened.connected, "closed")
        assert not connection.is_whole()
    finally:
        connection.close()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


@pytest.mark.parametrize("name", [name for name, folder in OTHERS.items() if folder in UNSHOWN])
async def test_the_others_never_show_theirs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = connector_of(name, monkeypatch).order_book_tracker.data_source
    assert "self._ws_assistant" not in inspect.getsource(type(source).listen_for_subscriptions)


@pytest.mark.parametrize("name", ["derive", "dexalot"])
async def test_of_one_that_asks_nobody_for_its_book_the_next_one_is_waited_for(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """derive gives the last book, dexalot an empty one."""
    connector, book = await market_of(name, monkeypatch)
    source, opened, now_s = connector.order_book_tracker.data_source, Connection(), 100.0
    if name == "derive":
        last = {"instrument_name": "BTCUSDT", "publish_id": 4, "timestamp": 1000, "bids": [[99, 1]], "asks": [[101, 1]]}
        await source._parse_order_book_snapshot_message({"params": {"data": last}}, asyncio.Queue())
    book.apply_snapshot([OrderBookRow(100, 1, 5)], [OrderBookRow(101, 1, 5)], 5)
    await opened.connect()
    source._ws_assistant = WSAssistant(opened)
    connection = BookConnection(connector, PAIR, LOGGER, lambda: now_s)
    for _ in range(5):
        assert not connection.is_whole()
        await asyncio.sleep(0)
        now_s += SUBSCRIBED_AFTER_S
    assert [row.price for row in book.bid_entries()] == [100.0]
    book.apply_snapshot([OrderBookRow(98, 1, 6)], [OrderBookRow(101, 1, 6)], 6)
    assert connection.is_whole()


def test_the_page_names_those_whose_connection_does_not_show_and_those_that_are_refused() -> None:
    page = Path(__file__).parents[2] / "docs" / "operate" / "liquidity.md"
    text = page.read_text(encoding="utf-8")
    assert [name for name in UNSHOWN | WITHOUT_BOOK.keys() if f"`{name}`" not in text] == []


async def test_a_connector_whose_book_is_not_the_exchanges_is_refused_also_for_rehearsals(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As long as this holds it is refused with reason."""
    assert set(WITHOUT_BOOK) == {"bing_x"}
    monkeypatch.setattr(OrderBookTracker, "_sleep", staticmethod(lambda delay: asyncio.sleep(0)))
    connector, _ = await market_of("bing_x", monkeypatch)
    tracker = connector.order_book_tracker
    source = tracker.data_source
    first = {"bids": [["100", "1"]], "asks": [["101", "1"]], "timestamp": time.time_ns() // 1_000_000}
    monkeypatch.setattr(source, "_request_order_book_snapshot", AsyncMock(return_value=first))
    monkeypatch.setattr(source, "listen_for_subscriptions", AsyncMock())
    tracker.start()
    try:
        await eventually(lambda: tracker.ready, "the first book")
        shown = []
        for price in ("99", "98", "97", "96"):
            book = {"bids": [[price, "1"]], "asks": [["101", "1"]]}
            message = {"dataType": f"{PAIR}@depth", "symbol": PAIR, "data": book}
            source._message_queue[source._diff_messages_queue_key].put_nowait(message)
            for _ in range(20):
                await asyncio.sleep(0)
            shown.append([row.price for row in tracker.order_books[PAIR].bid_entries()])
        assert shown != [[99.0], [98.0], [97.0], [96.0]]
    finally:
        tracker.stop()
    with pytest.raises(ValueError, match=r"source_connector is binance, and the book of .* keeps levels that are gone"):
        chosen(connector, paper_hedge=True)()
    config: Any = SimpleNamespace(quote_rate=None, rate_connector="bing_x", rate_pair="USDT-USD")
    provider: Any = SimpleNamespace(get_connector=lambda _: connector)
    with pytest.raises(ValueError, match="rate_connector is bing_x, and the book of"):
        quote_rate(config, provider, LOGGER)
