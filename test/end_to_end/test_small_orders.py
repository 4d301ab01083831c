"""Amounts as strategies give them: too small ones, of which the user reads which amount to set, once, and in `status`;
and ones that are no Decimal."""

import logging
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import Sandbox
from test.end_to_end.support import Bot
from test.patience import eventually

PAIR = "BTC-USD"


async def test_the_amount_to_set_is_logged_once_and_stays_in_status(
    sandbox: Sandbox, bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    minimum = sandbox.exchange.markets["btcusd"].min_amount
    small = f"{minimum / 2:f}"

    def errors() -> list[str]:
        return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]

    for price in ("20000", "20001"):  # two refreshes of a market maker
        for side, at in ((TradeType.BUY, price), (TradeType.SELL, "90000")):
            bot.place(PAIR, side, small, at)
    await eventually(lambda: len(bot.of(MarketEvent.OrderFailure)) == 4, "every order fails")
    needed = f"{minimum.normalize():f}"
    start = f"{PAIR}: set the order amount to {needed} or more. The exchange takes no order of {small}, so"
    (error,) = errors()
    assert error.startswith(start)
    assert len(start) < 120, "hbot's status shows no more"
    assert bot.exchange.notices == [error]
    assert sandbox.orders("bot") == []

    await bot.live(bot.place(PAIR, TradeType.BUY, f"{minimum:f}", "20000"))
    assert bot.exchange.notices == []
    assert len(errors()) == 1


async def test_an_amount_that_a_strategy_rounds_to_zero_is_named_too(
    sandbox: Sandbox, bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    """As pure_market_making does before it makes an order, and then makes none."""
    assert bot.exchange.quantize_order_amount(PAIR, Decimal("0.0000000001")) == 0
    assert "no order of 0.0000000001, so" in bot.exchange.notices[0]
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == bot.exchange.notices


@pytest.mark.parametrize(("amount", "price"), [(1, 20000), (0.1, 20000.5)])
async def test_a_script_may_give_an_int_or_a_float(sandbox: Sandbox, bot: Bot, amount: Any, price: Any) -> None:
    await bot.live(bot.exchange.buy(PAIR, amount, OrderType.LIMIT, price))
    (order,) = sandbox.orders("bot")
    assert (order.origin_volume, order.price) == (Decimal(str(amount)), Decimal(str(price)))
    step: Any = 1
    assert bot.exchange.get_order_size_quantum(PAIR, step) > 0
