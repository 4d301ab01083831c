"""Books through everything that breaks them, over real sockets: what is noticed, what is shown, how they come back.

The connector's waiting times are shortened, and the engines publish snapshots more often than real ones.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.order_books.counts import BookCounts, BookState
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.core.clock import Clock, ClockMode
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.event.events import MarketEvent
from hummingbot.strategy.market_trading_pair_tuple import MarketTradingPairTuple
from hummingbot.strategy.pure_market_making import PureMarketMakingStrategy

from peatio_sandbox import FaultKind, Sandbox
from peatio_sandbox.exchange import engine
from test.end_to_end.support import TICK_S, Bot, Person, eventually, levels, person, running_bot
from test.end_to_end.test_streams import books_agree

PAIR, MARKET = "BTC-USD", "btcusd"


@pytest.fixture(autouse=True)
def short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "BOOK_TICK_S": 0.05,
        "CROSSED_LIMIT_S": 0.3,
        "SILENCE_BEFORE_TRADE_S": 0.3,
        "SILENCE_AFTER_TRADE_S": 0.3,
        "QUIET_AFTER_S": 0.5,
        "QUIET_CHECK_S": 0.5,
        "QUIET_CHECK_GAP_S": 0.1,
        "REST_BOOK_PERIOD_S": 1.1,  # the exchange's clock counts whole seconds
        "DEPTH_QUIET_S": 0.2,
        "QUOTES_PULLED_AFTER_S": 0.3,
        "SNAPSHOT_TIMEOUT_S": 0.5,
        "BACKOFF_MAXIMUM_S": 1.0,
    }.items():
        monkeypatch.setattr(CONSTANTS, name, value)


@pytest.fixture
def frequent_snapshots(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine publishes one with every third change."""
    monkeypatch.setattr(engine, "SNAPSHOT_INCREMENTS", 2)
    monkeypatch.setattr(engine, "SNAPSHOT_MIN_PERIOD_S", 0.0)


@pytest.fixture
async def maker(sandbox: Sandbox) -> AsyncIterator[Person]:
    async with person(sandbox, "maker") as someone:
        yield someone


@pytest.fixture
async def two_sides(sandbox: Sandbox, bot: Bot, taker: Person) -> None:
    """Somebody's bid and ask, far apart, are in the bot's book."""
    await taker.place(MARKET, "sell", "1", "31000")
    await taker.place(MARKET, "buy", "1", "29000")
    await eventually(lambda: bot.exchange.get_price(PAIR, True) == 31000, "the ask is there")
    await eventually(lambda: bot.exchange.get_price(PAIR, False) == 29000, "the bid is there")


def counts(bot: Bot) -> BookCounts:
    found: BookCounts = bot.exchange.order_book_tracker.health[PAIR].counts
    return found


def state(bot: Bot) -> BookState:
    found: BookState = bot.exchange.order_book_tracker.health[PAIR].state
    return found


def reason(bot: Bot) -> str:
    return str(bot.exchange.order_book_tracker.health[PAIR].reason)


def is_empty(bot: Bot) -> bool:
    book = bot.exchange.get_order_book(PAIR)
    return not levels(book.ask_entries()) and not levels(book.bid_entries())


def update_id(bot: Bot) -> int:
    book = bot.exchange.get_order_book(PAIR)
    return max(int(book.snapshot_uid), int(book.last_diff_uid))


@contextmanager
def broker_lost(sandbox: Sandbox) -> Iterator[None]:
    """Nothing published meanwhile reaches Ranger; its sockets stay open."""
    fault = sandbox.faults.start(FaultKind.BROKER_LOST)
    yield
    sandbox.faults.stop(fault)


@contextmanager
def public_events_lost(sandbox: Sandbox) -> Iterator[None]:
    """The same for public events alone."""
    publish = sandbox.ranger.publish

    def publish_private(routing_key: str, payload: object) -> None:
        if routing_key.startswith("private."):
            publish(routing_key, payload)

    with patch.object(sandbox.ranger, "publish", publish_private):
        yield


async def trade(maker: Person, taker: Person, price: str = "30000") -> None:
    await maker.place(MARKET, "sell", "0.1", price)
    await taker.place(MARKET, "buy", "0.1", price)


async def lose_an_increment(sandbox: Sandbox, taker: Person) -> None:
    """One change of the book is lost and the next one shows it."""
    with public_events_lost(sandbox):
        await taker.place(MARKET, "buy", "0.1", "28000")
        await eventually(sandbox.exchange.is_quiet, "the lost one was published")
    await taker.place(MARKET, "buy", "0.1", "28001")


async def bring_snapshot(sandbox: Sandbox, taker: Person) -> None:
    """Enough changes that the engine publishes its book (`frequent_snapshots`)."""
    for price in range(28100, 28104):
        await taker.place(MARKET, "buy", "0.1", str(price))


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


@pytest.mark.usefixtures("two_sides", "frequent_snapshots")
async def test_trades_seen_over_rest_show_that_the_stream_has_gone_silent(
    sandbox: Sandbox, bot: Bot, maker: Person, taker: Person
) -> None:
    with broker_lost(sandbox):
        await asyncio.sleep(1.5)  # times of trades are whole seconds
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
        await asyncio.sleep(1.5)
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
        await asyncio.sleep(1.5)
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
    asked = sandbox.request_counts.copy()
    await asyncio.sleep(2)

    assert bot.exchange.ready
    assert counts(bot).silent == counts(bot).resyncs == 0
    trades_asked = sum((sandbox.request_counts - asked).values())
    assert 2 <= trades_asked <= 12, "now and then it is looked whether there were any"


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


# What a bot does meanwhile.


@pytest.mark.parametrize("pulls", [True, False])
async def test_own_quotes_are_pulled_from_an_untrusted_market_where_that_is_set(
    sandbox: Sandbox, taker: Person, pulls: bool
) -> None:
    settings = ConnectorSettings(pull_quotes=pulls)
    async with running_bot(sandbox.url, sandbox.members["bot"], [PAIR, "DOGE-BTC"], settings=settings) as bot:
        here = bot.place(PAIR, TradeType.SELL, "0.1", "30500")
        there = bot.place("DOGE-BTC", TradeType.SELL, "1000", "0.00002")
        await bot.live(here)
        await bot.live(there)
        await eventually(lambda: bot.exchange.get_price(PAIR, True) == 30500, "it stands in the book")
        await lose_an_increment(sandbox, taker)
        await eventually(lambda: is_empty(bot), "the book is not trusted")
        if pulls:
            await bot.event(MarketEvent.OrderCancelled, here)
        else:
            await asyncio.sleep(1)
        states = {order.market: order.state for order in sandbox.orders("bot")}
        assert states == {MARKET: "cancel" if pulls else "wait", "dogebtc": "wait"}


async def test_pulling_quotes_goes_on_while_the_exchange_takes_no_cancel(
    sandbox: Sandbox, taker: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONSTANTS, "LEFTOVERS_TIMEOUT_S", 0.1)
    settings = ConnectorSettings(pull_quotes=True)
    async with running_bot(sandbox.url, sandbox.members["bot"], [PAIR], settings=settings) as bot:
        ids = [bot.place(PAIR, TradeType.SELL, "0.1", price) for price in ("30500", "30600", "30700")]
        for order_id in ids:
            await bot.live(order_id)
        away = sandbox.faults.start(
            FaultKind.SERVER_ERROR, path="/market/orders/*/cancel", method="POST", member="bot"
        )
        await lose_an_increment(sandbox, taker)
        await eventually(lambda: sandbox.faults.hits.get(FaultKind.SERVER_ERROR, 0) >= 6, "all are tried again")
        sandbox.faults.stop(away)
        for order_id in ids:
            await bot.event(MarketEvent.OrderCancelled, order_id)


@asynccontextmanager
async def quoting(bot: Bot) -> AsyncIterator[None]:
    """Hummingbot's own pure_market_making on the connector, by a clock of its own."""
    strategy = PureMarketMakingStrategy()
    strategy.init_params(
        market_info=MarketTradingPairTuple(bot.exchange, PAIR, *PAIR.split("-")),
        bid_spread=Decimal("0.01"),
        ask_spread=Decimal("0.01"),
        order_amount=Decimal("0.1"),
        order_refresh_time=0.3,
        max_order_age=1800,
        filled_order_delay=0.2,
    )
    with Clock(ClockMode.REALTIME, TICK_S) as clock:
        clock.add_iterator(strategy)
        task = asyncio.create_task(clock.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def break_by_gap(sandbox: Sandbox, taker: Person) -> None:
    await lose_an_increment(sandbox, taker)


async def break_by_cut(sandbox: Sandbox, taker: Person) -> None:
    sandbox.faults.start(FaultKind.WEBSOCKET_DROP, channel="public", duration_s=3.0)


async def break_by_silence(sandbox: Sandbox, taker: Person) -> None:
    with public_events_lost(sandbox):
        await asyncio.sleep(1.5)
        async with person(sandbox, "maker") as maker:
            await trade(maker, taker)
        await asyncio.sleep(3)


@pytest.mark.usefixtures("two_sides")
@pytest.mark.parametrize("break_book", [break_by_gap, break_by_cut, break_by_silence])
async def test_pure_market_making_creates_no_order_from_an_untrusted_book(
    sandbox: Sandbox, bot: Bot, taker: Person, break_book: Any
) -> None:
    tracker = bot.exchange.order_book_tracker
    while_untrusted: list[str] = []
    for name in ("buy", "sell"):
        place = getattr(bot.exchange, name)

        def placed(*arguments: Any, place: Any = place, **options: Any) -> Any:
            while_untrusted.extend(tracker.invalid_reasons.values())
            return place(*arguments, **options)

        setattr(bot.exchange, name, placed)
    async with quoting(bot):
        await eventually(lambda: len(sandbox.orders("bot")) >= 6, "it quotes and refreshes")
        await break_book(sandbox, taker)
        await eventually(lambda: tracker.invalid_reasons, "the book is not trusted")
        await asyncio.sleep(0.5)  # what was on its way arrives
        placed_before = len(sandbox.orders("bot"))
        await asyncio.sleep(1)
        assert tracker.invalid_reasons
        assert len(sandbox.orders("bot")) == placed_before
        sandbox.exchange.restart_engines()  # which brings a snapshot
        await eventually(lambda: bot.exchange.ready, "the book is back")
        placed_before = len(sandbox.orders("bot"))
        await eventually(lambda: len(sandbox.orders("bot")) >= placed_before + 4, "it quotes again")
        assert while_untrusted == []


def has_texts(caplog: pytest.LogCaptureFixture, part: str, count: int) -> bool:
    return sum(part in record.getMessage() for record in caplog.records) == count


def fail_as_a_tick_does() -> None:
    try:
        assert Decimal("NaN") < Decimal(1)
    except InvalidOperation:
        logging.getLogger("hummingbot.core.clock").exception("The test's tick failed.")


@pytest.mark.usefixtures("two_sides")
async def test_what_hummingbot_says_of_an_empty_book_is_logged_once_with_its_end(
    sandbox: Sandbox, bot: Bot, taker: Person, caplog: pytest.LogCaptureFixture
) -> None:
    """It says so at each price that is asked for, and pure_market_making's ticks end with an error meanwhile."""
    async with quoting(bot):
        await eventually(lambda: len(sandbox.orders("bot")) >= 2, "it quotes")
        episodes = bot.exchange.order_book_tracker._empty_books._episodes
        await eventually(lambda: PAIR not in episodes, "the end of what was empty at the start is logged")
        caplog.set_level("INFO")
        caplog.clear()
        for number in (1, 2):
            await lose_an_increment(sandbox, taker)
            await eventually(lambda: is_empty(bot), "the gap is seen")
            for _ in range(30):
                bot.exchange.get_price(PAIR, True)
                fail_as_a_tick_does()
                await asyncio.sleep(TICK_S / 2)
            assert has_texts(caplog, "orderbook for BTC-USD is empty", number)
            assert has_texts(caplog, "The test's tick failed", number)
            # Only while it has orders does the strategy's own tick compare a missing price.
            assert sum("running clock tick" in record.getMessage() for record in caplog.records) <= number
            sandbox.exchange.restart_engines()
            await eventually(lambda: bot.exchange.ready, "the book is back")
            await eventually(partial(has_texts, caplog, "has prices again", number), "the end is logged")
    assert "A strategy cannot price while an order book is empty: BTC-USD" in caplog.text
