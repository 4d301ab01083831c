"""Refused creates: an order's own fault concerns that order, a pause what it concerns."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import PlacementError
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.limit_order import LimitOrder
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import FaultKind, Sandbox
from test.end_to_end.support import Bot
from test.patience import eventually

BUY, SELL = TradeType.BUY, TradeType.SELL
CREATES: dict[str, Any] = {"path": "/market/orders", "method": "POST", "member": "bot"}
CREATE_ROUTE = ("POST", "/api/v2/peatio/market/orders")


@pytest.fixture
async def sandbox(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Bitcoin trades between 20,000 and 40,000 dollars."""
    market = replace(sandbox.exchange.markets["btcusd"], min_price=Decimal(20000), max_price=Decimal(40000))
    monkeypatch.setitem(sandbox.exchange.markets, "btcusd", market)
    return sandbox


@pytest.fixture(autouse=True)
def no_error_and_no_traceback(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """None of it is a mistake of the connector, nor an alarm."""
    yield
    assert [record.getMessage() for record in caplog.records if record.levelno > logging.WARNING] == []
    assert not any(record.exc_info for record in caplog.records)


def sells(*prices: str) -> list[LimitOrder]:
    return [LimitOrder("", "BTC-USD", False, "BTC", "USD", Decimal(price), Decimal("0.1")) for price in prices]


def submit_failures(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [text for text in caplog.messages if text.startswith("Failed to submit")]


async def test_a_price_outside_the_markets_limits_is_found_before_it_is_sent(
    sandbox: Sandbox, bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    results = await bot.exchange.create_orders(sells("30000", "40000.01", "31000", "19999"))
    assert [type(result.error) for result in results] == [type(None), PlacementError, type(None), PlacementError]
    assert "outside the limits of BTC-USD, 20000 to 40000" in str(results[1].error)
    assert sandbox.request_counts[CREATE_ROUTE] == 2
    failures = submit_failures(caplog)
    assert len(failures) == 2
    assert f"SELL LIMIT order {results[1].client_order_id} (0.1" in failures[0]
    assert all(result.is_success for result in await bot.exchange.create_orders(sells("32000"))), "nothing is paused"


@pytest.mark.parametrize("price", ["NaN", "0", "-1"])
async def test_a_price_that_is_none_fails_that_order_alone(sandbox: Sandbox, bot: Bot, price: str) -> None:
    (failed,) = await bot.exchange.create_orders(sells(price))
    assert isinstance(failed.error, PlacementError | ValueError)
    assert sandbox.request_counts[CREATE_ROUTE] == 0
    (placed,) = await bot.exchange.create_orders(sells("30000"))
    assert placed.is_success


async def test_limits_that_changed_fail_the_order_that_meets_them_and_are_read_again(
    sandbox: Sandbox, bot: Bot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    narrow = replace(sandbox.exchange.markets["btcusd"], max_price=Decimal(35000))
    monkeypatch.setitem(sandbox.exchange.markets, "btcusd", narrow)
    results = await bot.exchange.create_orders(sells("30000", "36000", "31000"))
    assert [result.is_success for result in results] == [True, False, True]
    (failure,) = submit_failures(caplog)
    assert "market.order.invalid_volume_or_price" in failure
    sent = sandbox.request_counts[CREATE_ROUTE]

    async def is_found_before_it_is_sent() -> bool:
        (result,) = await bot.exchange.create_orders(sells("36000"))
        return "outside the limits of BTC-USD, 20000 to 35000" in str(result.error)

    await eventually(is_found_before_it_is_sent, "the rules are read again", pause_s=1.0)
    assert sandbox.request_counts[CREATE_ROUTE] <= sent + 2


async def test_a_gateways_page_for_one_create_leaves_other_markets_alone(sandbox: Sandbox, bot: Bot) -> None:
    sandbox.faults.start(FaultKind.REFUSED, count=1, **CREATES)
    await bot.event(MarketEvent.OrderFailure, bot.place("BTC-USD", BUY, "0.1", "29000"))
    await bot.live(bot.place("DOGE-BTC", BUY, "1000", "0.00002"))


async def test_placing_resumes_soon_after_a_gateways_page(
    sandbox: Sandbox, bot: Bot, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked again after a pause: five seconds, and less here."""
    monkeypatch.setattr(CONSTANTS, "PLACEMENT_PAUSE_S", 0.5)
    sandbox.faults.start(FaultKind.REFUSED, count=1, **CREATES)

    async def is_placed() -> bool:
        (result,) = await bot.exchange.create_orders(sells("30000"))
        return bool(result.is_success)

    assert not await is_placed()
    await eventually(is_placed, "placing resumes", pause_s=0.2)
    assert caplog.text.count("Order placement on BTC-USD is paused") >= 1
    assert "resumes" in caplog.text


async def test_an_answer_about_the_account_pauses_every_market(sandbox: Sandbox, bot: Bot) -> None:
    sandbox.faults.start(FaultKind.REFUSED, count=1, status=403, code="market.trade.not_permitted", **CREATES)
    for pair, price in (("BTC-USD", "29000"), ("DOGE-BTC", "0.00002")):
        failure = await bot.event(MarketEvent.OrderFailure, bot.place(pair, BUY, "1000", price))
        assert "raise its level" in failure.error_message
    assert sandbox.request_counts[CREATE_ROUTE] == 1, "the second was not sent"


@pytest.mark.parametrize("order_type", [OrderType.LIMIT, OrderType.MARKET])
async def test_a_refused_order_is_said_with_its_id_the_reason_and_what_to_do(
    sandbox: Sandbox, bot: Bot, caplog: pytest.LogCaptureFixture, order_type: OrderType
) -> None:
    sandbox.faults.start(
        FaultKind.REFUSED, count=1, status=422, code="market.account.insufficient_balance", **CREATES
    )
    order_id = bot.place("BTC-USD", SELL, "0.1", "30000", order_type)
    await bot.event(MarketEvent.OrderFailure, order_id)
    (said,) = submit_failures(caplog)
    assert f"SELL {order_type.name} order {order_id} (0.1" in said
    assert "market.account.insufficient_balance. Deposit funds or lower the order amount." in said
    assert "Check API key" not in caplog.text
