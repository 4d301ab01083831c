"""Books and private events through loss and return of the connections, over real sockets."""

import math
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.event_forwarder import EventForwarder
from hummingbot.core.event.events import MarketEvent, OrderBookEvent

from peatio_sandbox import FaultKind, Sandbox, SandboxConfig
from test.end_to_end.scenarios import scenario
from test.end_to_end.support import Bot, engine_levels, levels, running_bot
from test.end_to_end.test_orders import ledger_fills, reported_fills
from test.end_to_end.venue import Trader, Venue
from test.patience import eventually

BUY, SELL = TradeType.BUY, TradeType.SELL


def books_agree(bot: Bot, sandbox: Sandbox, pair: str, market: str) -> bool:
    book = bot.exchange.get_order_book(pair)
    return (levels(book.ask_entries()), levels(book.bid_entries())) == engine_levels(sandbox, market)


@scenario("Order books", "The book follows the engine's, level by level")
async def test_the_book_follows_the_engine(sandbox: Sandbox, bot: Bot, taker: Trader) -> None:
    ids = [await taker.place("btcusd", "sell", "0.1", str(30000 + i)) for i in range(5)]
    ids += [await taker.place("btcusd", "buy", "0.1", str(29000 - i)) for i in range(5)]
    await eventually(lambda: len(engine_levels(sandbox, "btcusd")[1]) == 5, "ten orders stand in the engine's book")
    await eventually(lambda: books_agree(bot, sandbox, "BTC-USD", "btcusd"), "and in the bot's")
    assert bot.exchange.get_price("BTC-USD", True) == 30000
    await taker.cancel(ids[0])
    await eventually(lambda: bot.exchange.get_price("BTC-USD", True) == 30001, "the best ask is gone")
    for order_id in ids:
        await taker.cancel(order_id)
    await eventually(lambda: bot.exchange.get_price("BTC-USD", True).is_nan(), "the book is empty")


async def test_the_book_agrees_with_the_engine_while_others_trade() -> None:
    async with (
        Sandbox(SandboxConfig(seed=5, traders=True)) as busy,
        running_bot(busy.url, busy.members["bot"], ["BTC-USD", "ETH-USD"]) as bot,
    ):
        tracker = bot.exchange.order_book_tracker
        await eventually(lambda: tracker.metrics.total_diffs_processed > 100, "100 changes")
        # Both books move; they agree whenever nothing is under way between them.
        await eventually(lambda: books_agree(bot, busy, "BTC-USD", "btcusd"), "BTC-USD agrees")
        await eventually(lambda: books_agree(bot, busy, "ETH-USD", "ethusd"), "ETH-USD agrees")
        assert tracker.invalid_reasons == {}
    assert busy.handler_errors == []


@scenario("Order books", "Public trades and the last price")
async def test_public_trades_reach_the_book_and_the_last_price(sandbox: Sandbox, bot: Bot, taker: Trader) -> None:
    trades: list[Any] = []
    listener = EventForwarder(trades.append)
    book = bot.exchange.get_order_book("BTC-USD")
    book.add_listener(OrderBookEvent.TradeEvent, listener)
    assert math.isnan((await bot.exchange.get_last_traded_prices(["BTC-USD"]))["BTC-USD"])
    await taker.place("btcusd", "sell", "0.1", "30000")
    await taker.place("btcusd", "buy", "0.04", "30000")
    await eventually(lambda: trades, "a public trade")
    assert (trades[0].price, trades[0].amount, trades[0].type) == (30000.0, 0.04, BUY)

    async def last_price_is_known() -> bool:  # the server's tickers are a few seconds old
        return bool((await bot.exchange.get_last_traded_prices(["BTC-USD", "DOGE-BTC"]))["BTC-USD"] == 30000.0)

    await eventually(last_price_is_known, "the last price")


@scenario("What breaks", "The websocket server restarts: no price meanwhile, then books and streams are whole")
async def test_after_a_restart_of_the_websocket_server_books_and_streams_return(
    sandbox: Sandbox, bot: Bot, taker: Trader
) -> None:
    await taker.place("btcusd", "sell", "0.1", "30000")
    await eventually(lambda: bot.exchange.get_price("BTC-USD", True) == 30000, "the ask is there")
    update_id = bot.exchange.get_order_book("BTC-USD").snapshot_uid
    sandbox.ranger.restart()
    await eventually(lambda: not bot.exchange.order_book_tracker.ready, "the loss is noticed")
    assert bot.exchange.get_price("BTC-USD", True).is_nan(), "nobody prices from a book that is not followed"
    # Ranger's own memory is empty now: the engine's next snapshot starts the book again.
    sandbox.exchange.start_engines()
    await eventually(lambda: bot.exchange.ready, "everything stands again", timeout_s=40)
    await eventually(lambda: books_agree(bot, sandbox, "BTC-USD", "btcusd"), "the book is whole")
    assert bot.exchange.get_order_book("BTC-USD").snapshot_uid > update_id


@scenario("What breaks", "Both websockets are cut: no price meanwhile, then books and streams are whole")
async def test_after_cut_connections_books_and_streams_return(sandbox: Sandbox, bot: Bot, taker: Trader) -> None:
    first = await taker.place("btcusd", "sell", "0.1", "30000")
    await eventually(lambda: bot.exchange.get_price("BTC-USD", True) == 30000, "the ask is there")
    sandbox.faults.start(FaultKind.WEBSOCKET_DROP, duration_s=0.3)
    # Not `ready`: that can be false by the private connection, which is another one and lost on its own.
    await eventually(lambda: not bot.exchange.order_book_tracker.ready, "the loss is noticed")
    assert bot.exchange.get_price("BTC-USD", True).is_nan(), "nobody prices from a book that is not followed"
    await taker.place("btcusd", "sell", "0.1", "30005")
    await taker.cancel(first)
    await eventually(lambda: bot.exchange.ready, "everything stands again", timeout_s=30)
    await eventually(lambda: books_agree(bot, sandbox, "BTC-USD", "btcusd"), "the book is whole")
    assert bot.exchange.get_price("BTC-USD", True) == 30005
    order_id = bot.place("BTC-USD", BUY, "0.1", "29000")
    await bot.live(order_id)


@scenario("What breaks", "The matching engine restarts: the book is requested again and followed")
async def test_after_an_engine_restart_the_book_follows(sandbox: Sandbox, bot: Bot, taker: Trader) -> None:
    own = bot.place("BTC-USD", SELL, "0.1", "30010")
    await bot.live(own)
    await taker.place("btcusd", "sell", "0.1", "30000")
    await eventually(lambda: bot.exchange.get_price("BTC-USD", True) == 30000, "the ask is there")
    await sandbox.settle()
    sandbox.exchange.restart_engines()
    await taker.place("btcusd", "buy", "0.15", "30010")
    await eventually(lambda: bot.order(own).executed_amount_base == Decimal("0.05"), "the new engine matches")
    await eventually(lambda: bot.exchange.get_price("BTC-USD", True) == 30010, "the book follows", timeout_s=30)
    await eventually(lambda: books_agree(bot, sandbox, "BTC-USD", "btcusd"), "and agrees with the engine")
    assert reported_fills(bot, sandbox) == ledger_fills(sandbox)


@scenario("What breaks", "A fill while the private stream is down is found over REST")
async def test_fills_missed_while_the_private_stream_was_down_are_recovered(
    sandbox: Sandbox, bot: Bot, taker: Trader
) -> None:
    sell = bot.place("BTC-USD", SELL, "0.2", "30000")
    resting = bot.place("BTC-USD", SELL, "0.2", "30500")
    await bot.live(sell)
    await bot.live(resting)
    sandbox.ranger.broker_connected = False
    await taker.place("btcusd", "buy", "0.2", "30000")
    await eventually(lambda: sandbox.orders("bot")[0].state == "done", "filled there")
    assert not bot.of(MarketEvent.OrderFilled)
    sandbox.ranger.broker_connected = True
    sandbox.ranger.restart()
    sandbox.exchange.start_engines()
    await bot.event(MarketEvent.SellOrderCompleted, sell)
    assert reported_fills(bot, sandbox) == ledger_fills(sandbox)
    assert bot.order(resting).is_open


@scenario("Order books", "A market is added and removed while running")
async def test_a_pair_is_added_and_removed_while_running(sandbox: Sandbox, bot: Bot, taker: Trader) -> None:
    await taker.place("ethusd", "sell", "1", "2000")
    assert await bot.exchange.add_trading_pair("ETH-USD")
    await eventually(lambda: bot.exchange.get_price("ETH-USD", True) == 2000, "its book came")
    assert not await bot.exchange.add_trading_pair("ETH-USD"), "a second time is refused"
    await taker.place("ethusd", "sell", "1", "1999")
    await eventually(lambda: bot.exchange.get_price("ETH-USD", True) == 1999, "and follows")
    assert await bot.exchange.remove_trading_pair("ETH-USD")
    assert "ETH-USD" not in bot.exchange.order_books
    assert "ETH-USD" not in bot.exchange.trading_pairs
    assert bot.exchange.ready
    assert not await bot.exchange.add_trading_pair("NO-SUCH")


@scenario("Connecting", "Four markets, every stream acknowledged")
async def test_every_market_gets_its_streams(venue: Venue) -> None:
    pairs = ("BTC-USD", "ETH-USD", "ETH-BTC", "DOGE-BTC")
    async with venue.running_bot(pairs) as several:
        assert set(several.exchange.order_books) == set(pairs)
        connection = several.exchange.order_book_tracker.data_source._connection
        await eventually(lambda: len(connection.streams) == 2 * len(pairs), "book and trades of each")


async def test_a_pair_that_the_exchange_does_not_have_is_named_and_the_others_run(
    sandbox: Sandbox, taker: Trader, caplog: pytest.LogCaptureFixture
) -> None:
    pairs = ["NO-SUCH", "BTC-USD"]
    async with running_bot(sandbox.url, sandbox.members["bot"], pairs, wait_ready=False) as bot:
        await taker.place("btcusd", "sell", "0.1", "30000")
        tracker = bot.exchange.order_book_tracker
        await eventually(lambda: list(tracker.invalid_reasons) == ["NO-SUCH"], "the other book follows")
        await eventually(lambda: bot.exchange.get_price("BTC-USD", True) == 30000, "and has its ask")
    assert "The exchange has no open market for NO-SUCH." in caplog.text
