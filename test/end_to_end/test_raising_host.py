"""A screen, a log handler or a listener of Hummingbot that raises changes nothing about the orders."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, NoReturn

import pytest
from hummingbot.connector.client_order_tracker import ClientOrderTracker
from hummingbot.connector.exchange.peatio import peatio_engine_host
from hummingbot.connector.exchange.peatio.execution.trade_records import OrderRecord, record_of
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.connector.exchange.peatio.settings import hummingbot_host
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.event_forwarder import EventForwarder
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import Sandbox
from test.end_to_end.support import Bot
from test.end_to_end.test_history import kept_fills
from test.end_to_end.test_orders import ledger_fills, reported_fills
from test.end_to_end.test_restart import leave_orders
from test.end_to_end.venue import Trader, Venue
from test.patience import eventually

SELL = TradeType.SELL


def refuse(*of: Any, **with_: Any) -> NoReturn:
    raise RuntimeError("the screen is gone")


class RaisingScreen:
    notify = staticmethod(refuse)


class RaisingHandler(logging.Handler):
    emit = staticmethod(refuse)


@contextmanager
def raising_log_handler() -> Iterator[None]:
    """On the loggers of the connector and of Hummingbot's order tracker; other parts of the test log as ever."""
    loggers = [PeatioExchange.logger(), ClientOrderTracker.logger()]
    handler = RaisingHandler()
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)


def break_first_reconciliation(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    broken = ["database disk image is malformed"]

    def break_once(*of: Any) -> OrderRecord:
        if broken:
            raise RuntimeError(broken.pop())
        return record_of(*of)

    monkeypatch.setattr(peatio_engine_host, "record_of", break_once)
    return broken


@pytest.mark.parametrize("where", ["screen", "connector"])
async def test_a_reconciliation_that_cannot_report_its_failure_is_repeated_before_anything_is_placed(
    sandbox: Sandbox, venue: Venue, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    await leave_orders(venue, ["30000"])
    broken = break_first_reconciliation(monkeypatch)
    if where == "screen":
        monkeypatch.setattr(hummingbot_host, "_application", RaisingScreen)
    else:
        monkeypatch.setattr(PeatioExchange, "notify", refuse)
    async with venue.running_bot():
        states = [order.state for order in sandbox.orders("bot")]
        assert (broken, states) == ([], ["cancel"]), "settled before it was ready"


async def test_orders_live_on_under_a_log_handler_that_raises(sandbox: Sandbox, venue: Venue, taker: Trader) -> None:
    await leave_orders(venue, ["30200"])
    with raising_log_handler():
        async with venue.running_bot() as bot:
            filled = bot.place("BTC-USD", SELL, "0.1", "30000")
            kept = bot.place("BTC-USD", SELL, "0.1", "30100")
            for order_id in (filled, kept):
                await bot.live(order_id)
            await taker.place("btcusd", "buy", "0.1", "30000")
            await bot.event(MarketEvent.SellOrderCompleted, filled)
            bot.exchange.cancel("BTC-USD", kept)
            await bot.event(MarketEvent.OrderCancelled, kept)
            assert reported_fills(bot, sandbox) == ledger_fills(sandbox) == kept_fills(venue.folder)
            assert [order.state for order in sandbox.orders("bot")] == ["cancel", "done", "cancel"]


async def test_a_listener_that_raises_hides_no_fill_from_others(
    sandbox: Sandbox, bot: Bot, taker: Trader
) -> None:
    listener = EventForwarder(refuse)
    for kind in MarketEvent:
        bot.exchange.add_listener(kind, listener)
    order_id = bot.place("BTC-USD", SELL, "0.1", "30000")
    await bot.live(order_id)
    await taker.place("btcusd", "buy", "0.1", "30000")
    await bot.event(MarketEvent.SellOrderCompleted, order_id)
    assert reported_fills(bot, sandbox) == ledger_fills(sandbox)
    await eventually(lambda: bot.available("BTC") == Decimal("999.9"), "the balance follows")
