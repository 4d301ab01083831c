"""Books through everything that breaks them, over real sockets: what is noticed, what is shown, how they come back.

The connector's waiting times are shortened, and the engines publish snapshots more often than real ones.
"""

import asyncio
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.order_books.counts import BookState
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import FaultKind, Sandbox
from peatio_sandbox.exchange import engine
from test.end_to_end.broken_books import (
    MARKET,
    PAIR,
    bring_snapshot,
    broker_lost,
    counts,
    is_empty,
    lose_an_increment,
    reason,
    rests,
    state,
    trade,
    update_id,
)
from test.end_to_end.support import Bot, Person, levels, running_bot
from test.end_to_end.test_streams import books_agree
from test.patience import eventually

pytestmark = pytest.mark.usefixtures("short_book_times")


@pytest.mark.usefixtures("two_sides", "frequent_snapshots")
async def test_a_gap_empties_the_book_until_there_is_a_snapshot_behind_it(
    sandbox: Sandbox, bot: Bot, taker: Person
) -> None:
    before = update_id(bot)
    await lose_an_increment(sandbox, taker)
    await eventually(lambda: is_empty(bot), "the gap is seen")
    assert not bot.exchange.ready
    assert bot.exchange.get_price(PAIR, True).is_nan()
    await bring_snapshot(sandbox, taker)
    await eventually(lambda: bot.exchange.ready, "the book is back")
    await eventually(lambda: books_agree(bot, sandbox, PAIR, MARKET), "and whole")
    assert counts(bot).gaps == 1
    assert counts(bot).invalid_s > 0
    assert update_id(bot) > before
    await eventually(lambda: counts(bot).depth_checks == 1, "it is compared with REST depth")
    assert counts(bot).depth_differences == 0


@pytest.mark.usefixtures("two_sides")
async def test_an_engine_restart_is_noticed_and_followed(sandbox: Sandbox, bot: Bot, taker: Person) -> None:
    for price in range(28000, 28005):
        await taker.place(MARKET, "buy", "0.1", str(price))
    await eventually(lambda: books_agree(bot, sandbox, PAIR, MARKET), "seven orders")
    before = update_id(bot)
    sandbox.faults.start(FaultKind.ENGINE_RESTART)
    await taker.place(MARKET, "buy", "0.1", "28100")
    await eventually(lambda: counts(bot).restarts == 1, "its sequence begins anew")
    await eventually(lambda: bot.exchange.ready and books_agree(bot, sandbox, PAIR, MARKET), "and is followed")
    assert update_id(bot) > before


@pytest.mark.usefixtures("two_sides")
async def test_a_book_that_goes_on_from_that_of_another_engine_is_mended(
    sandbox: Sandbox, bot: Bot, taker: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ranger misses what the second of two engines opens with, and stores its first change behind that of the first."""
    monkeypatch.setattr(CONSTANTS, "STORED_BOOK_OLD_S", 0.5)
    sandbox.faults.start(FaultKind.ENGINE_RESTART)
    with broker_lost(sandbox):
        await taker.place(MARKET, "buy", "0.1", "28000")
        await sandbox.settle()
        sandbox.faults.start(FaultKind.ENGINE_RESTART)
    await taker.place(MARKET, "buy", "0.1", "28001")
    book = bot.exchange.get_order_book(PAIR)
    await eventually(lambda: (28001.0, 0.1) in levels(book.bid_entries()), "its first change has come")
    assert (28000.0, 0.1) not in levels(book.bid_entries()), "nothing shows what was missed"

    monkeypatch.setattr(engine, "SNAPSHOT_MAX_PERIOD_S", 0.0)
    renewal = bot.exchange.order_book_tracker.markets[PAIR]._symptoms.renewal
    await eventually(lambda: renewal._old_at is not None, "a newer one comes with the next change")
    await taker.place(MARKET, "buy", "0.1", "28002")
    await eventually(lambda: books_agree(bot, sandbox, PAIR, MARKET), "a newer book is asked for")
    assert counts(bot).renewals == 1


@pytest.mark.usefixtures("two_sides", "frequent_snapshots")
async def test_trades_seen_over_rest_show_that_the_stream_has_gone_silent(
    sandbox: Sandbox, bot: Bot, maker: Person, taker: Person
) -> None:
    with broker_lost(sandbox):
        await rests(bot)
        await trade(maker, taker)
        await maker.place(MARKET, "sell", "0.1", "30500")
        await eventually(lambda: state(bot) in (BookState.EMPTY, BookState.REPLAYING), "the silence is noticed")
        assert reason(bot).startswith("trades go on and it has not moved")
        assert is_empty(bot)
        await eventually(lambda: counts(bot).stale_replays >= 1, "what is stored shows nothing new")
        assert is_empty(bot), "and is not taken for the book"
    await bring_snapshot(sandbox, taker)
    await eventually(lambda: bot.exchange.ready and books_agree(bot, sandbox, PAIR, MARKET), "the book is back")
    assert counts(bot).silent == 1


@pytest.mark.usefixtures("two_sides", "frequent_snapshots")
async def test_own_fills_found_over_rest_show_it_too(
    sandbox: Sandbox, bot: Bot, taker: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONSTANTS, "QUIET_AFTER_S", 3600.0)
    sell = bot.place(PAIR, TradeType.SELL, "0.1", "30500")
    await bot.live(sell)
    await eventually(lambda: books_agree(bot, sandbox, PAIR, MARKET), "it stands in the book")
    with broker_lost(sandbox):
        await rests(bot)
        await taker.place(MARKET, "buy", "0.1", "30500")
        await eventually(lambda: sandbox.orders("bot")[0].state == "done", "it is filled")
        bot.exchange.on_private_stream_connected()  # as the next status poll would come anyway
        await bot.event(MarketEvent.OrderFilled, sell)
        await eventually(lambda: counts(bot).silent == 1, "the silence is noticed")
        assert is_empty(bot)


@pytest.mark.usefixtures("two_sides", "frequent_snapshots")
async def test_rest_depth_takes_a_silent_streams_place_and_gives_way_to_it(
    sandbox: Sandbox, bot: Bot, maker: Person, taker: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONSTANTS, "REST_FALLBACK_AFTER_S", 0.5)
    with broker_lost(sandbox):
        await rests(bot)
        await trade(maker, taker)
        await maker.place(MARKET, "sell", "0.1", "30500")
        await eventually(lambda: state(bot) is BookState.REST_FED, "depth takes its place")
        await eventually(lambda: books_agree(bot, sandbox, PAIR, MARKET), "with what is there")
        await maker.place(MARKET, "sell", "0.1", "30400")
        await eventually(lambda: bot.exchange.get_price(PAIR, True) == 30400, "and follows, more slowly")
        assert list(bot.exchange.order_book_tracker.rest_fed_reasons) == [PAIR]
    await bring_snapshot(sandbox, taker)
    await eventually(lambda: state(bot) is BookState.FOLLOWING, "the stream is back")
    await eventually(lambda: books_agree(bot, sandbox, PAIR, MARKET), "and followed")
    assert counts(bot).rest_fallbacks == 1


@pytest.mark.usefixtures("two_sides")
async def test_a_quiet_market_is_quoted_from_rest_depth_after_a_restart_of_the_websocket_server(
    sandbox: Sandbox, bot: Bot, maker: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its memory of books is empty then, and the engine publishes a snapshot only together with a change."""
    monkeypatch.setattr(CONSTANTS, "REST_FALLBACK_AFTER_S", 0.5)
    await maker.place("ethusd", "sell", "1", "2000")
    await sandbox.settle()
    sandbox.ranger.restart()
    await eventually(lambda: not bot.exchange.ready, "the loss is noticed")
    await eventually(lambda: bot.exchange.ready, "REST depth is enough to be ready")
    assert state(bot) is BookState.REST_FED
    assert bot.exchange.get_price(PAIR, True) == 31000
    mark = "BTC-USD is fed from REST depth: resting limit orders only"
    assert bot.exchange.status_dict[mark]

    assert await bot.exchange.add_trading_pair("ETH-USD")
    await eventually(lambda: bot.exchange.ready, "one more quiet market is")
    assert bot.exchange.get_price("ETH-USD", True) == 2000

    for price in (None, "31000"):
        order_type = OrderType.LIMIT if price else OrderType.MARKET
        taking = bot.place(PAIR, TradeType.BUY, "0.1", price, order_type)
        await bot.event(MarketEvent.OrderFailure, taking)
    assert not sandbox.orders("bot")
    monkeypatch.setattr(engine, "SNAPSHOT_MAX_PERIOD_S", 0.0)
    resting = bot.place(PAIR, TradeType.BUY, "0.1", "30500")
    await bot.live(resting)
    await eventually(lambda: state(bot) is BookState.FOLLOWING, "the own order brings a snapshot")
    await eventually(lambda: books_agree(bot, sandbox, PAIR, MARKET), "and the book is followed")
    assert mark not in bot.exchange.status_dict


@pytest.mark.usefixtures("two_sides")
async def test_a_market_without_trades_may_be_quiet(sandbox: Sandbox, bot: Bot) -> None:
    trades = ("GET", "/api/v2/peatio/public/markets/{market}/trades")
    asked = sandbox.request_counts[trades]
    await eventually(lambda: sandbox.request_counts[trades] >= asked + 3, "now and then REST is asked for trades")
    assert bot.exchange.ready
    assert counts(bot).silent == 0
    assert counts(bot).resyncs == counts(bot).first_changes


# What Ranger does to those who read too slowly, or ask for too much.


def publish_book(sandbox: Sandbox, market: str, increments: int, first: int = 1) -> None:
    """A snapshot and `increments` as the engine of the market would publish them; the best ask ends at 200."""
    book = {"asks": [["200.0", "1.0"]], "bids": [["100.0", "1.0"]], "sequence": first}
    sandbox.ranger.publish(f"public.{market}.ob-snap", book)
    publish_increments(sandbox, market, first + 1, increments)


def publish_increments(sandbox: Sandbox, market: str, first: int, count: int) -> None:
    for sequence in range(first, first + count):
        payload: dict[str, Any] = {"bids": ["99.0", str(sequence)], "sequence": sequence}
        sandbox.ranger.publish(f"public.{market}.ob-inc", payload)


MARKETS = {"BTC-USD": "btcusd", "ETH-USD": "ethusd", "ETH-BTC": "ethbtc", "DOGE-BTC": "dogebtc"}


async def test_replays_that_together_overflow_the_queue_come_one_after_the_other(sandbox: Sandbox) -> None:
    for market in MARKETS.values():
        publish_book(sandbox, market, 200)
    async with running_bot(sandbox.url, sandbox.members["bot"], list(MARKETS)) as bot:
        whole = [(100.0, 1.0), (99.0, 201.0)]
        books = [bot.exchange.get_order_book(pair) for pair in MARKETS]
        await eventually(lambda: all(levels(book.bid_entries()) == whole for book in books), "all replays were read")
        assert counts(bot).connection_losses == 0


async def test_a_replay_that_overflows_the_queue_alone_is_survived_until_it_is_shorter(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    publish_book(sandbox, MARKET, 400)
    async with running_bot(sandbox.url, sandbox.members["bot"], [PAIR], wait_ready=False) as bot:
        await eventually(lambda: caplog.text.count("connection was lost") >= 2, "the connection is cut, and again")
        assert is_empty(bot)
        publish_book(sandbox, MARKET, 3, first=401)
        await eventually(lambda: bot.exchange.ready, "the book is there")
        assert levels(bot.exchange.get_order_book(PAIR).bid_entries()) == [(100.0, 1.0), (99.0, 404.0)]


async def test_a_reader_that_was_cut_for_slowness_comes_back(sandbox: Sandbox, bot: Bot) -> None:
    before = update_id(bot)
    publish_increments(sandbox, MARKET, 2, 3)
    await eventually(lambda: levels(bot.exchange.get_order_book(PAIR).bid_entries()) == [(99.0, 4.0)], "it is followed")
    for _ in range(400):  # more than the kernel and the queue take
        sandbox.ranger.publish(f"public.{MARKET}.trades", {"trades": [], "padding": "x" * 100_000})
    await eventually(lambda: counts(bot).connection_losses == 1, "the connection is cut")
    assert is_empty(bot)
    await eventually(lambda: bot.exchange.ready, "the book is back")
    assert levels(bot.exchange.get_order_book(PAIR).bid_entries()) == [(99.0, 4.0)]
    assert update_id(bot) > before


async def test_what_lies_beyond_the_cut_of_a_snapshot_is_not_made_up(sandbox: Sandbox) -> None:
    asks = [[f"{1000 + number}.0", "1.0"] for number in range(CONSTANTS.SNAPSHOT_LEVELS)]
    sandbox.ranger.publish(f"public.{MARKET}.ob-snap", {"asks": asks, "bids": [["100.0", "1.0"]], "sequence": 1})
    async with running_bot(sandbox.url, sandbox.members["bot"], [PAIR]) as bot:
        for sequence, payload in enumerate(({"asks": ["5000.0", "1.0"]}, {"asks": ["1000.0", ""]}), 2):
            sandbox.ranger.publish(f"public.{MARKET}.ob-inc", {**payload, "sequence": sequence})
        await eventually(lambda: bot.exchange.get_price(PAIR, True) == 1001, "the best ask is gone")
        shown = levels(bot.exchange.get_order_book(PAIR).ask_entries(), 999)
        assert shown[-1] == (1300.0, 1.0)
        for number in range(1, CONSTANTS.SNAPSHOT_LEVELS):
            increment = {"asks": [f"{1000 + number}.0", ""], "sequence": number + 3}
            sandbox.ranger.publish(f"public.{MARKET}.ob-inc", increment)
            if number % 100 == 0:
                await asyncio.sleep(0.05)
        await eventually(lambda: counts(bot).depleted == 1, "it is used up to where it was cut")
        assert is_empty(bot)
        assert not bot.exchange.ready


@pytest.mark.usefixtures("two_sides")
async def test_a_book_that_stays_crossed_is_emptied(sandbox: Sandbox, bot: Bot) -> None:
    sequence = bot.exchange.order_book_tracker.markets[PAIR].sequence + 1
    sandbox.ranger.publish(f"public.{MARKET}.ob-inc", {"bids": ["32000.0", "1.0"], "sequence": sequence})
    await eventually(lambda: counts(bot).crossed == 1, "it is noticed")
    assert is_empty(bot)
    assert not bot.exchange.ready
    # Another engine's start, and with it a book that is not crossed.
    sandbox.exchange.restart_engines()
    await eventually(lambda: bot.exchange.ready and books_agree(bot, sandbox, PAIR, MARKET), "it is back")
