"""`record-market` with Hummingbot's connector for Binance: times of the exchange, and what is missed."""

import asyncio

import pytest

from peatio_cli.record.events import GAP, Encoder, Flag, Kind
from peatio_cli.record.recorder import record
from peatio_liquidity import book_connection
from test.patience import eventually
from test.peatio_liquidity.loopback.binance_api import PAIR, binance, connector
from test.peatio_liquidity.loopback.exchange import LoopbackExchange
from test.peatio_liquidity.loopback.stage import filled_book


async def test_a_market_of_another_exchange_is_recorded_with_its_times_and_its_gaps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(book_connection, "SUBSCRIBED_AFTER_S", 0.2)
    exchange, encoder, stop = filled_book(LoopbackExchange()), Encoder(), asyncio.Event()
    async with binance(exchange) as server:
        source = connector(trading_required=False)
        recording = asyncio.create_task(record(source, PAIR, stop, encoder))
        await eventually(lambda: len(encoder) == 4 and len(server.market), "the first book, and the connection")
        exchange.offer(True, "29985", "0.4")
        exchange.trade_of_others(True, "30010", "0.1")
        await eventually(lambda: len(encoder) == 6, "a level and a trade")
        server.market.drop()
        await eventually(lambda: len(encoder) >= 11, "the gap")
        await eventually(lambda: len(encoder) == 16, "the book again", timeout_s=30.0)
        stop.set()
        await recording
        await source._web_assistants_factory.close()
    rows = encoder.array()
    kinds = (rows["ev"] & 0xFF).tolist()
    assert kinds[:4] == [Kind.SNAPSHOT] * 4
    assert sorted(kinds[4:6]) == [Kind.DEPTH, Kind.TRADE]
    assert kinds[6:] == [Kind.DEPTH] * 5 + [Kind.SNAPSHOT] * 5
    assert rows["ival"].tolist() == [0] * 6 + [GAP] * 5 + [0] * 5
    assert set(rows["qty"][6:11].tolist()) == {0.0}
    trade = rows[kinds.index(Kind.TRADE)]
    assert int(trade["ev"]) & Flag.BUY
    assert (float(trade["px"]), float(trade["qty"])) == (30010.0, 0.1)
    assert 0 < trade["local_ts"] - trade["exch_ts"] < 5e9
