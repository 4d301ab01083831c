"""Orders that would match one's own, which Peatio does not prevent (docs/protocol.md section 4.9)."""

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import FaultKind, Sandbox
from test.end_to_end.support import Bot
from test.end_to_end.test_cancels import CANCELS
from test.end_to_end.test_orders import ledger_fills, reported_fills
from test.end_to_end.venue import Trader
from test.patience import eventually

BUY, SELL, MARKET = TradeType.BUY, TradeType.SELL, OrderType.MARKET
PAIR = "BTC-USD"


async def quotes(bot: Bot, *prices: str) -> list[str]:
    """Own bids that the book shows."""
    ids = [bot.place(PAIR, BUY, "0.1", price) for price in prices]
    for order_id in ids:
        await bot.live(order_id)
    best = max(map(float, prices))
    await eventually(lambda: bot.exchange.get_price(PAIR, False) == best, "they stand in the book")
    return ids


async def test_a_market_order_cancels_the_own_orders_that_it_would_match_and_then_goes(
    sandbox: Sandbox, bot: Bot, taker: Trader
) -> None:
    """It may close a position, a stop-loss say, which no strategy can place at another price."""
    await taker.place("btcusd", "buy", "0.2", "28000")
    near, far, beyond = await quotes(bot, "29500", "29000", "27000")
    close = bot.place(PAIR, SELL, "0.15", None, MARKET)
    await bot.event(MarketEvent.SellOrderCompleted, close)
    for order_id in (near, far):
        await bot.event(MarketEvent.OrderCancelled, order_id)
    assert bot.order(beyond).is_open, "it does not reach that one"
    assert not bot.of(MarketEvent.OrderFailure)
    assert reported_fills(bot, sandbox) == ledger_fills(sandbox)
    assert {fill.order_id for fill in bot.of(MarketEvent.OrderFilled)} == {close}


async def test_it_is_said_once_and_not_as_a_failure(
    bot: Bot, taker: Trader, caplog: pytest.LogCaptureFixture
) -> None:
    await taker.place("btcusd", "buy", "0.2", "28000")
    near, far = await quotes(bot, "29500", "29000")
    close = bot.place(PAIR, SELL, "0.15", None, MARKET)
    await bot.event(MarketEvent.SellOrderCompleted, close)
    said = [text for text in caplog.messages if text.startswith(f"Market order {close}")]
    assert len(said) == 1
    assert f"our own order(s) {near}, {far}, which are cancelled first" in said[0]
    assert "Failed" not in caplog.text


async def test_a_quote_that_is_made_meanwhile_does_not_stand_in_its_way(
    sandbox: Sandbox, bot: Bot, taker: Trader
) -> None:
    """A strategy quotes again as soon as its quote is cancelled."""
    await taker.place("btcusd", "buy", "0.2", "28000")
    await quotes(bot, "29500")
    sandbox.faults.start(FaultKind.LATENCY, delay_s=0.3, before=True, count=1, **CANCELS)
    close = bot.place(PAIR, SELL, "0.15", None, MARKET)
    await eventually(lambda: sandbox.faults.hits.get(FaultKind.LATENCY), "the quote is being cancelled")
    again = bot.place(PAIR, BUY, "0.1", "29400")
    failure = await bot.event(MarketEvent.OrderFailure, again)
    assert f"would match our own market order {close}" in failure.error_message
    await bot.event(MarketEvent.SellOrderCompleted, close)
    assert {fill.order_id for fill in bot.of(MarketEvent.OrderFilled)} == {close}


async def test_where_the_own_orders_cannot_be_cancelled_it_is_refused(
    sandbox: Sandbox, bot: Bot, taker: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONSTANTS, "CLEAR_WAY_TIMEOUT_S", 0.5)
    await taker.place("btcusd", "buy", "0.2", "28000")
    (near,) = await quotes(bot, "29500")
    sandbox.faults.start(FaultKind.SERVER_ERROR, **CANCELS)
    close = bot.place(PAIR, SELL, "0.15", None, MARKET)
    failure = await bot.event(MarketEvent.OrderFailure, close)
    assert f"would match our own order {near}" in failure.error_message
    assert "refuse_self_trades: false" in failure.error_message
    assert sandbox.fills("bot") == []


async def test_one_that_is_cancelled_while_it_waits_is_not_sent(sandbox: Sandbox, bot: Bot, taker: Trader) -> None:
    await taker.place("btcusd", "buy", "0.2", "28000")
    await quotes(bot, "29500")
    sandbox.faults.start(FaultKind.SERVER_ERROR, **CANCELS)
    close = bot.place(PAIR, SELL, "0.15", None, MARKET)
    await eventually(lambda: sandbox.faults.hits.get(FaultKind.SERVER_ERROR), "it waits for the cancel")
    bot.exchange.cancel(PAIR, close)
    await bot.event(MarketEvent.OrderFailure, close)
    assert len(sandbox.orders("bot")) == 1
