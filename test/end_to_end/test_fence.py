"""A bot that its guard took for dead and that is awake: it places nothing until it has reconciled."""

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.guard.fence import FenceFile
from hummingbot.connector.exchange.peatio.guard.heartbeat import HeartbeatRecord, heartbeat_records
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import FaultKind, Sandbox, SandboxConfig
from test.end_to_end.support import Bot, Person, person, running_bot, ticks
from test.end_to_end.test_orders import ledger_fills, reported_fills
from test.end_to_end.test_restart import leave_orders
from test.end_to_end.venue import Venue
from test.patience import eventually

SELL = TradeType.SELL
BALANCES = ("GET", "/api/v2/peatio/account/balances")


def pulse_in(folder: Path) -> HeartbeatRecord:
    ((pulse, _),) = heartbeat_records(folder)
    return pulse


def fence_in(folder: Path) -> FenceFile:
    return FenceFile(folder, pulse_in(folder).owner)


async def test_the_heart_beats_while_the_clock_ticks(bot: Bot, data_folder: Path) -> None:
    stamps = {stamp for _, stamp in heartbeat_records(data_folder)}
    await eventually(lambda: {stamp for _, stamp in heartbeat_records(data_folder)} != stamps, "another beat")
    pulse = pulse_in(data_folder)
    assert pulse.connector == "peatio"
    assert bot.exchange._api_key not in str(pulse)


async def test_it_beats_on_while_the_network_is_down(bot: Bot, data_folder: Path) -> None:
    await bot.exchange.stop_network()  # as Hummingbot does after a network check that failed
    before = list(heartbeat_records(data_folder))
    await eventually(lambda: list(heartbeat_records(data_folder)) != before, "another beat")


async def test_a_bot_that_is_stopped_says_goodbye(sandbox: Sandbox, data_folder: Path) -> None:
    async with running_bot(sandbox.url, sandbox.members["bot"], ["BTC-USD"]) as bot:
        order_id = bot.place("BTC-USD", SELL, "0.1", "30000")
        await bot.live(order_id)
        await bot.exchange.cancel_all(10)
        assert list(heartbeat_records(data_folder))
    await eventually(lambda: not list(heartbeat_records(data_folder)), "its heartbeat is gone")


async def test_a_bot_that_is_stopped_with_orders_open_stays_under_guard(venue: Venue, data_folder: Path) -> None:
    await leave_orders(venue, ["30000"])
    await asyncio.sleep(0)  # the clock's end and what it does
    before = list(heartbeat_records(data_folder))
    assert len(before) == 1
    async with venue.running_bot():
        assert list(heartbeat_records(data_folder)) != before, "it beats again"


async def test_a_fenced_bot_places_nothing_reconciles_and_goes_on(
    sandbox: Sandbox, bot: Bot, taker: Person, data_folder: Path
) -> None:
    filled, cancelled, left = [bot.place("BTC-USD", SELL, "0.1", price) for price in ("30000", "30100", "30200")]
    for order_id in (filled, cancelled, left):
        await bot.live(order_id)
    sandbox.ranger.broker_connected = False  # a bot that stood still hears of nothing
    await taker.place("btcusd", "buy", "0.15", "30100")
    async with person(sandbox, "bot") as guard:
        await guard.cancel(str(bot.order(cancelled).exchange_order_id))
    await sandbox.settle()
    sandbox.faults.start(FaultKind.SERVER_ERROR, status=503, count=3)
    fence_in(data_folder).put_up("no heartbeat for 30 s")

    refused = bot.place("BTC-USD", SELL, "0.1", "30300")
    (failure,) = [await bot.event(MarketEvent.OrderFailure, refused)]
    assert "guard" in failure.error_message
    assert not bot.exchange.ready

    await bot.event(MarketEvent.SellOrderCompleted, filled)
    await bot.event(MarketEvent.OrderCancelled, cancelled)
    await bot.event(MarketEvent.OrderCancelled, left)
    await eventually(lambda: not fence_in(data_folder).is_up, "the fence is taken down")
    assert reported_fills(bot, sandbox) == ledger_fills(sandbox)
    fills = [kind for kind, _ in bot.events].index(MarketEvent.OrderFilled)
    ends = [kind for kind, _ in bot.events].index(MarketEvent.SellOrderCompleted)
    assert fills < ends
    assert len(sandbox.orders("bot")) == 3, "the refused one was never sent"

    sandbox.ranger.broker_connected = True
    await eventually(lambda: bot.exchange.ready, "it goes on")
    await bot.live(bot.place("BTC-USD", SELL, "0.1", "30300"))
    assert sandbox.orders("bot")[-1].state == "wait"


async def test_a_create_that_waits_for_the_rate_limit_is_stopped_as_well(
    sandbox: Sandbox, bot: Bot, data_folder: Path
) -> None:
    """The bot may fall asleep at any point; the last look at the fence is right before the request leaves."""
    async with bot.exchange._throttler._turns[CONSTANTS.CREATE_LIMIT_ID]:
        order_id = bot.place("BTC-USD", SELL, "0.1", "30000")
        journal = bot.exchange._engine.journal
        await eventually(journal.unfinished, "it is written down and waits")
        fence_in(data_folder).put_up("no heartbeat for 30 s")
    await bot.event(MarketEvent.OrderFailure, order_id)
    await eventually(lambda: not fence_in(data_folder).is_up, "the fence is taken down")
    assert sandbox.orders("bot") == []
    assert journal.unfinished() == []


async def test_a_bot_that_is_started_again_takes_the_fence_down_after_its_recovery(
    sandbox: Sandbox, venue: Venue, data_folder: Path, taker: Person
) -> None:
    """Orders left open are not adopted across a fence: the guard was to cancel them."""
    ids = await leave_orders(venue, ["30000", "30100"])
    await taker.place("btcusd", "buy", "0.1", "30000")
    await sandbox.settle()
    fence = fence_in(data_folder)
    fence.put_up("no heartbeat for 30 s")
    settings = ConnectorSettings(leftovers="adopt")
    async with venue.running_bot(settings=settings) as bot:
        assert not fence.is_up, "it was not ready before"
        await bot.event(MarketEvent.SellOrderCompleted, ids[0])
        await bot.event(MarketEvent.OrderCancelled, ids[1])
        assert [order.state for order in sandbox.orders("bot")] == ["done", "cancel"]
        assert reported_fills(bot, sandbox) == ledger_fills(sandbox)
        await bot.live(bot.place("BTC-USD", SELL, "0.1", "30300"))


async def test_the_fence_stays_while_the_exchange_cannot_be_asked(
    sandbox: Sandbox, bot: Bot, data_folder: Path
) -> None:
    order_id = bot.place("BTC-USD", SELL, "0.1", "30000")
    await bot.live(order_id)
    sandbox.go_down()
    fence_in(data_folder).put_up("no heartbeat for 30 s")
    await eventually(lambda: bot.exchange._engine.switch._is_settling, "it is noticed")
    await ticks(bot, 0.5)
    assert fence_in(data_folder).is_up
    sandbox.come_back()
    await bot.event(MarketEvent.OrderCancelled, order_id)
    await eventually(lambda: not fence_in(data_folder).is_up, "the fence is taken down", timeout_s=40)


async def test_the_fence_stays_while_a_cancel_has_no_effect(
    sandbox: Sandbox, bot: Bot, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONSTANTS, "LEFTOVERS_TIMEOUT_S", 0.3)
    monkeypatch.setattr(CONSTANTS, "END_EVENT_LATE_S", 0.5)
    order_id = bot.place("BTC-USD", SELL, "0.1", "30000")
    await bot.live(order_id)
    sandbox.exchange.order_processor.pause()
    fence_in(data_folder).put_up("no heartbeat for 30 s")
    cancels = ("POST", "/api/v2/peatio/market/orders/{id}/cancel")
    await eventually(lambda: sandbox.request_counts[cancels] >= 2, "it is tried again")
    assert fence_in(data_folder).is_up
    sandbox.exchange.order_processor.resume()
    await eventually(lambda: not fence_in(data_folder).is_up, "the fence is taken down")
    assert bot.order(order_id).is_done


async def test_the_fence_stays_while_the_balances_cannot_be_learned(
    sandbox: Sandbox, bot: Bot, data_folder: Path
) -> None:
    fault = sandbox.faults.start(FaultKind.SERVER_ERROR, path="/account/balances", status=503)
    asked = sandbox.request_counts[BALANCES]
    fence_in(data_folder).put_up("no heartbeat for 30 s")
    await eventually(lambda: sandbox.request_counts[BALANCES] >= asked + 2, "they are asked for again")
    assert fence_in(data_folder).is_up
    sandbox.faults.stop(fault)
    await eventually(lambda: not fence_in(data_folder).is_up, "the fence is taken down")


@pytest.mark.parametrize("is_wanted", [True, False])
async def test_the_exchange_cancels_on_close_where_it_can_and_should(is_wanted: bool) -> None:
    async with Sandbox(SandboxConfig(seed=11, dialect="bitzlato")) as sandbox:
        settings = ConnectorSettings(exclusive_account=True, cancel_on_close=is_wanted)
        async with running_bot(sandbox.url, sandbox.members["bot"], ["BTC-USD"], settings=settings) as bot:
            await bot.live(bot.place("BTC-USD", SELL, "0.1", "30000"))
        await sandbox.settle()
        assert [order.state for order in sandbox.orders("bot")] == ["cancel" if is_wanted else "wait"]
        assert sandbox.orders("bot")[0].origin_volume == Decimal("0.1")
