"""LIMIT_MAKER orders: they rest, or fail before they are sent, or it is said that they took."""

import asyncio
import logging
from decimal import Decimal
from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio.execution.counts import Placement
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.connector.exchange.peatio.settings.exchanges import NAMED_EXCHANGES, load_named_exchanges
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.faults.kinds import FaultKind
from test.end_to_end.scenarios import scenario
from test.end_to_end.support import Bot, Person, running_bot
from test.end_to_end.venue import Trader
from test.patience import eventually

BUY, SELL = TradeType.BUY, TradeType.SELL
MAKER = OrderType.LIMIT_MAKER
PAIR, MARKET = "BTC-USD", "btcusd"


@pytest.fixture
async def ask(bot: Bot, taker: Person) -> None:
    """Somebody sells at 30000, and the bot's book has it."""
    await taker.place(MARKET, "sell", "1", "30000")
    await eventually(lambda: bot.exchange.get_price(PAIR, True) == 30000, "the ask is there")


@scenario("Placing and cancelling", "LIMIT_MAKER rests, or fails and takes nothing")
async def test_a_maker_order_rests_or_fails(sandbox: Sandbox, bot: Bot, taker: Trader) -> None:
    await taker.place(MARKET, "sell", "1", "30000")
    await eventually(lambda: bot.exchange.get_price(PAIR, True) == 30000, "the ask is there")
    crossing = bot.place(PAIR, BUY, "0.1", "30000", MAKER)
    await bot.event(MarketEvent.OrderFailure, crossing)
    resting = bot.place(PAIR, BUY, "0.1", "29000", MAKER)
    await bot.live(resting)
    assert bot.exchange._order_tracker.counts[PAIR].ambiguous_creates == 0
    bot.exchange.cancel(PAIR, resting)
    await bot.event(MarketEvent.OrderCancelled, resting)
    assert sandbox.fills("bot") == []


async def test_strategies_that_make_markets_choose_it(bot: Bot) -> None:
    assert bot.exchange.get_maker_order_type() is MAKER
    assert bot.exchange.get_taker_order_type() is OrderType.MARKET


@pytest.mark.usefixtures("ask")
async def test_one_that_rests_is_an_order_like_others_and_pays_the_makers_fee(
    sandbox: Sandbox, bot: Bot, taker: Person
) -> None:
    order_id = bot.place(PAIR, BUY, "0.1", "29999.99", MAKER)
    order = await bot.live(order_id)
    assert order.order_type is MAKER
    await taker.place(MARKET, "sell", "0.1", "29000")
    await bot.event(MarketEvent.BuyOrderCompleted, order_id)
    (fill,) = bot.of(MarketEvent.OrderFilled, order_id)
    assert fill.trade_fee.flat_fees[0].amount == Decimal("0.0001")
    assert bot.exchange._order_tracker.counts[PAIR].makers_that_took == 0
    assert [order.ord_type for order in sandbox.orders("bot")] == ["limit"]


@pytest.mark.usefixtures("ask")
async def test_one_that_would_take_fails_with_its_reason_and_is_not_sent(
    sandbox: Sandbox, bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    order_id = bot.place(PAIR, BUY, "0.1", "30000", MAKER)
    failure = await bot.event(MarketEvent.OrderFailure, order_id)
    assert failure.error_type == "WouldTakeError"
    assert failure.error_message == "The buy order at 30000.00 would take liquidity: the best ask is 30000.0."
    assert failure.order_type is MAKER
    assert sandbox.orders("bot") == []
    assert bot.exchange._engine.journal.unfinished() == [], "nothing to look for after a crash"
    assert bot.exchange._order_tracker.counts[PAIR].placements[Placement.WOULD_TAKE] == 1
    assert "Traceback" not in caplog.text, "an everyday matter"
    assert not any(record.exc_info for record in caplog.records if record.levelno >= logging.INFO)

    await bot.live(bot.place(PAIR, BUY, "0.1", "29999", MAKER))
    assert len(sandbox.orders("bot")) == 1, "the next one is placed"


@pytest.mark.usefixtures("ask")
async def test_without_a_trusted_book_none_is_sent(sandbox: Sandbox, bot: Bot) -> None:
    fault = sandbox.faults.start(FaultKind.WEBSOCKET_DROP, duration_s=60)
    await eventually(lambda: bot.exchange.order_book_tracker.invalid_reasons, "the book is empty")
    order_id = bot.place(PAIR, BUY, "0.1", "29000", MAKER)
    failure = await bot.event(MarketEvent.OrderFailure, order_id)
    assert failure.error_type == "WouldTakeError"
    assert failure.error_message.startswith("Without a book of BTC-USD it is not known")
    assert sandbox.orders("bot") == []
    bot.place(PAIR, BUY, "0.1", "29000")
    await eventually(lambda: len(sandbox.orders("bot")) == 1, "other orders are placed as ever")
    sandbox.faults.stop(fault)


async def test_one_that_took_all_the_same_is_reported(
    sandbox: Sandbox, bot: Bot, taker: Person, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody's order reaches the exchange first; nothing can prevent that from here."""
    shown: list[str] = []
    module = "hummingbot.connector.exchange.peatio.peatio_engine_host"
    monkeypatch.setattr(f"{module}.notify", lambda text, logger: shown.append(text))
    await eventually(lambda: bot.exchange.ready)
    fault = sandbox.faults.start(
        FaultKind.LATENCY, path="/market/orders", method="POST", member="bot", delay_s=0.5, before=True
    )
    order_id = bot.place(PAIR, BUY, "0.3", "30000", MAKER)
    await asyncio.sleep(0.1)
    await taker.place(MARKET, "sell", "0.1", "30000")
    await taker.place(MARKET, "sell", "0.1", "29990")
    await eventually(lambda: len(bot.of(MarketEvent.OrderFilled, order_id)) == 2, "it took both")
    sandbox.faults.stop(fault)
    counts = bot.exchange._order_tracker.counts[PAIR]
    assert (counts.makers_that_took, counts.taken_by_makers) == (1, Decimal("0.2"))
    assert len(shown) == 1, "the user sees one notice for an order"
    assert "took liquidity: " in shown[0]
    assert caplog.text.count("took liquidity: ") == 1, "the second fill is logged"
    assert order_id in shown[0]
    assert "0.1 BTC at 29990.0 USD" in shown[0]
    # What is left of it rests, and is the maker's.
    await taker.place(MARKET, "sell", "0.1", "30000")
    await bot.event(MarketEvent.BuyOrderCompleted, order_id)
    assert counts.taken_by_makers == Decimal("0.2")


async def test_openfinex_is_told_and_decides_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Sandbox(SandboxConfig(seed=11, dialect="openfinex")) as sandbox:
        entry = f"exchanges:\n  finex:\n    domain: {sandbox.url}\n    dialect: openfinex\n"
        (tmp_path / "peatio.yml").write_text(entry)
        named_exchanges, _ = load_named_exchanges(tmp_path)
        monkeypatch.setitem(NAMED_EXCHANGES, "peatio_finex", named_exchanges["peatio_finex"])
        await play_on_openfinex(sandbox)
    assert sandbox.handler_errors == []


async def play_on_openfinex(sandbox: Sandbox) -> None:
    async with running_bot(sandbox.url, sandbox.members["bot"], [PAIR], domain="peatio_finex") as bot:
        sell = bot.place(PAIR, SELL, "0.1", "30000")
        await bot.live(sell)
        bot.exchange._settings.current = ConnectorSettings(refuse_self_trades=False)
        crossing = bot.place(PAIR, BUY, "0.1", "30000", MAKER)
        failure = await bot.event(MarketEvent.OrderFailure, crossing)
        assert "rejects those that would have taken" in failure.error_message
        resting = bot.place(PAIR, BUY, "0.1", "29999", MAKER)
        await bot.live(resting)
        assert [(order.state, order.post_only) for order in sandbox.orders("bot")] == [
            ("wait", False), ("reject", True), ("wait", True)
        ]
        bot.exchange.cancel(PAIR, resting)
        await bot.event(MarketEvent.OrderCancelled, resting)
        counts = bot.exchange._order_tracker.counts[PAIR]
        assert (counts.ambiguous_creates, counts.makers_that_took) == (0, 0)
