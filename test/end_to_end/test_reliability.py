"""What breaks between the connector and the exchange, and what must come of it, over real sockets.

The waiting times of the connector are shortened where a test would only sit them out.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import OrderState
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import FaultKind, Sandbox
from test.end_to_end.paces import POLL_INTERVAL_S
from test.end_to_end.scenarios import scenario
from test.end_to_end.support import Bot, engine_levels, open_at_exchange, warnings
from test.end_to_end.test_orders import ledger_fills, reported_fills
from test.end_to_end.venue import Trader, Venue
from test.patience import eventually

BUY, SELL = TradeType.BUY, TradeType.SELL
CREATE: dict[str, Any] = {"path": "/market/orders", "method": "POST", "member": "bot", "count": 1}


pytestmark = pytest.mark.usefixtures("short_waits")


@scenario(
    "What breaks",
    "A create is answered with an error although it was stored: found, placed once",
    kind=FaultKind.CREATE_ERROR_STORED,
    parameters={"delay_s": 0.5},
)
@scenario(
    "What breaks",
    "The answer to a create is lost: the order is found, and placed once",
    kind=FaultKind.ANSWER_LOST,
    parameters={},
)
@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        (FaultKind.ANSWER_LOST, {}),
        (FaultKind.ANSWER_STALLED, {}),
        (FaultKind.SERVER_ERROR_AFTER, {"status": 502, "html": True}),
        (FaultKind.CREATE_ERROR_STORED, {"delay_s": 0.5}),
    ],
)
async def test_an_order_whose_answer_is_lost_is_found_and_placed_once(
    sandbox: Sandbox, bot: Bot, kind: FaultKind, parameters: dict[str, Any]
) -> None:
    where: dict[str, Any] = {"member": "bot", "count": 1} if kind is FaultKind.CREATE_ERROR_STORED else CREATE
    sandbox.faults.start(kind, **where, **parameters)
    order_id = bot.place("BTC-USD", BUY, "0.1", "29000")
    order = await bot.live(order_id)
    (placed,) = sandbox.orders("bot")
    assert order.exchange_order_id in (str(placed.id), placed.uuid), "placed once"
    assert len(bot.of(MarketEvent.BuyOrderCreated)) == 1
    assert not bot.of(MarketEvent.OrderFailure)


@scenario("What breaks", "A create that never arrived fails and is not sent again")
async def test_an_order_that_never_arrived_fails_and_is_not_sent_again(sandbox: Sandbox, bot: Bot) -> None:
    sandbox.faults.start(FaultKind.REQUEST_LOST, **CREATE)
    order_id = bot.place("BTC-USD", BUY, "0.1", "29000")
    failure = await bot.event(MarketEvent.OrderFailure, order_id)
    assert "no order like" in failure.error_message
    assert sandbox.orders("bot") == []


@scenario("What breaks", "An order that arrives after it was given up is cancelled, its fill recorded")
async def test_an_order_that_turns_up_after_it_was_given_up_is_cancelled_and_its_fill_recorded(
    sandbox: Sandbox, venue: Venue, taker: Trader
) -> None:
    """Stored after the connector had stopped waiting for the answer: on a shared account it may be somebody else's."""
    async with venue.running_bot(settings=ConnectorSettings(exclusive_account=True)) as bot:
        await turn_up_late(sandbox, bot, taker)


@contextmanager
def creates_held(sandbox: Sandbox, count: int) -> Iterator[None]:
    """So many creates arrive at the end, and none of them before."""
    arrive = asyncio.Event()

    async def passes(_: float) -> bool:
        await arrive.wait()
        return True

    sandbox.faults.start(FaultKind.LATENCY, before=True, **{**CREATE, "count": count})
    with patch.object(sandbox._requests, "_passes", passes):
        yield
        arrive.set()


async def turn_up_late(sandbox: Sandbox, bot: Bot, taker: Trader) -> None:
    with creates_held(sandbox, 1):
        order_id = bot.place("BTC-USD", SELL, "0.1", "30000")
        await bot.event(MarketEvent.OrderFailure, order_id)
        sandbox.exchange.order_processor.pause()
    await eventually(lambda: sandbox.orders("bot"), "it arrives after all")
    await taker.place("btcusd", "buy", "0.04", "30000")
    sandbox.exchange.order_processor.resume()
    await eventually(lambda: sandbox.orders("bot")[0].state == "cancel", "it is cancelled")
    await eventually(lambda: reported_fills(bot, sandbox) == ledger_fills(sandbox), "what was filled of it is recorded")
    assert {fill.order_id for fill in bot.of(MarketEvent.OrderFilled)} <= {order_id}


async def test_twins_that_turn_up_are_both_cancelled(
    sandbox: Sandbox, venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Both are given up one after the other, long before the first of them arrives.
    monkeypatch.setattr(CONSTANTS, "LOOKUP_LIMIT_S", 0.3)
    async with venue.running_bot(settings=ConnectorSettings(exclusive_account=True)) as bot:
        await turn_up_twice(sandbox, bot)


async def turn_up_twice(sandbox: Sandbox, bot: Bot) -> None:
    sandbox.faults.start(FaultKind.EVENTS_LOST, probability=1.0)
    with creates_held(sandbox, 2):
        for _ in range(2):
            bot.place("BTC-USD", SELL, "0.1", "30000")
        await eventually(lambda: len(bot.of(MarketEvent.OrderFailure)) == 2, "both are given up", timeout_s=60)
    await eventually(lambda: len(open_at_exchange(sandbox)) == 2, "and both arrive after all")
    await bot.exchange._engine.poll()
    await eventually(lambda: not open_at_exchange(sandbox), "they are cancelled")
    assert {order.state for order in sandbox.orders("bot")} == {"cancel"}


async def test_what_was_surely_not_processed_is_sent_again(sandbox: Sandbox, bot: Bot) -> None:
    sandbox.faults.start(FaultKind.RATE_LIMIT, retry_after_s=1, **CREATE)
    order_id = bot.place("BTC-USD", BUY, "0.1", "29000")
    await bot.live(order_id)
    assert len(sandbox.orders("bot")) == 1


@scenario("What breaks", "Two identical orders with lost answers are both found")
async def test_two_identical_orders_with_lost_answers_are_both_found(sandbox: Sandbox, bot: Bot) -> None:
    sandbox.faults.start(FaultKind.ANSWER_LOST, **{**CREATE, "count": 2})
    ids = [bot.place("BTC-USD", BUY, "0.1", "29000") for _ in range(2)]
    orders = [await bot.live(order_id) for order_id in ids]
    first, second = ({str(placed.id), placed.uuid} for placed in sandbox.orders("bot"))
    found = {str(order.exchange_order_id) for order in orders}
    assert len(found & first) == len(found & second) == 1


async def test_an_outage_leaves_orders_as_they_are(
    sandbox: Sandbox, bot: Bot, taker: Trader, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    ids = [bot.place("BTC-USD", SELL, "0.01", str(30000 + i)) for i in range(20)]
    for order_id in ids:
        await bot.live(order_id)
    fault = sandbox.faults.start(FaultKind.SERVER_ERROR, status=503, html=True)
    for _ in range(6):
        await bot.exchange._update_order_status()
    assert len(bot.exchange.in_flight_orders) == 20
    assert not bot.of(MarketEvent.OrderFailure)
    # Those of the clock and of the balances are logged once each, if their turn came meanwhile.
    assert warnings("The state of our orders cannot be fetched", caplog) == 1, "one for all of it"
    sandbox.faults.start(FaultKind.BROKER_LOST)
    sandbox.faults.stop(fault)
    await taker.place("btcusd", "buy", "0.03", "30002")
    await eventually(lambda: sandbox.orders("bot")[2].state == "done", "three are filled unseen")
    await bot.exchange._update_order_status()
    await eventually(lambda: len(bot.of(MarketEvent.SellOrderCompleted)) == 3, "and recorded by the next poll")
    assert reported_fills(bot, sandbox) == ledger_fills(sandbox)
    assert caplog.text.count("The state of our orders can be fetched again") == 1
    assert warnings("can be fetched again", caplog) == 0, "good news is no warning"


async def test_a_private_stream_that_has_fallen_silent_is_found_out_by_a_fill_and_polled_for(
    sandbox: Sandbox, bot: Bot, taker: Trader, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broker that is lost behind Ranger leaves the socket open, and nothing comes any more."""
    monkeypatch.setattr(CONSTANTS, "EVENT_LATE_S", -2.0)  # at once, even where the clock is known to half a second
    order_id = bot.place("BTC-USD", SELL, "0.1", "30000")
    await bot.live(order_id)
    bot.exchange._engine.reconciler._stream_since_s -= 10  # the exchange tells whole seconds
    assert bot.exchange._get_poll_interval(0.0) == 120
    lost = sandbox.faults.start(FaultKind.BROKER_LOST)
    await taker.place("btcusd", "buy", "0.04", "30000")
    await eventually(lambda: sandbox.fills("bot"), "a fill that nobody tells of")
    await bot.exchange._update_order_status()
    assert reported_fills(bot, sandbox) == ledger_fills(sandbox)
    assert bot.exchange._get_poll_interval(0.0) == POLL_INTERVAL_S
    assert warnings("The private stream did not report a fill", caplog) == 1
    sandbox.faults.stop(lost)
    await taker.place("btcusd", "buy", "0.01", "30000")
    await eventually(lambda: bot.exchange._get_poll_interval(0.0) == 120, "it speaks again")


@scenario("What breaks", "An order cancelled while `pending` does not stay in the engine's book")
async def test_an_order_cancelled_while_pending_for_long_leaves_no_ghost(sandbox: Sandbox, bot: Bot) -> None:
    sandbox.exchange.order_processor.pause()
    order_id = bot.place("BTC-USD", BUY, "0.5", "29000")
    await bot.event(MarketEvent.BuyOrderCreated, order_id)
    bot.exchange.cancel("BTC-USD", order_id)
    await eventually(lambda: cancel_requests(sandbox), "the cancel was sent in the end")
    await asyncio.sleep(0.2)
    sandbox.exchange.order_processor.resume()
    await eventually(lambda: not open_at_exchange(sandbox), "it is cancelled there", timeout_s=20)
    await bot.event(MarketEvent.OrderCancelled, order_id)
    await eventually(lambda: engine_levels(sandbox, "btcusd") == ([], []), "and gone from the engine's book")


def cancel_requests(sandbox: Sandbox) -> int:
    """How often the cancel of one order was asked for, by the path of any dialect."""
    return sum(
        count for (method, route), count in sandbox.request_counts.items() if method != "GET" and "{id}" in route
    )


@scenario("What breaks", "The engine restarts during cancels: no cancelled order stays in its book")
async def test_an_engine_restart_during_a_cancel_leaves_no_ghost(sandbox: Sandbox, bot: Bot) -> None:
    ids = [bot.place("BTC-USD", BUY, "0.1", str(29000 + i)) for i in range(3)]
    for order_id in ids:
        await bot.live(order_id)
    sandbox.exchange.order_processor.pause()
    for order_id in ids:
        bot.exchange.cancel("BTC-USD", order_id)
    await eventually(lambda: engine_levels(sandbox, "btcusd") == ([], []), "the engine has cancelled")
    sandbox.exchange.restart_engines()
    await eventually(lambda: engine_levels(sandbox, "btcusd") != ([], []), "and loads what the database holds")
    sandbox.exchange.order_processor.resume()
    await eventually(lambda: not open_at_exchange(sandbox), "they are cancelled in the database")
    last = bot.place("BTC-USD", SELL, "0.1", "31000")
    await bot.live(last)
    await eventually(lambda: engine_levels(sandbox, "btcusd")[1] == [], "and gone from the engine's book")


@scenario("What breaks", "Stopping leaves nothing open while cancels fail and events are lost")
async def test_stop_leaves_nothing_open_through_faults(sandbox: Sandbox, bot: Bot) -> None:
    await stop_through_faults(sandbox, bot, 12)


async def stop_through_faults(sandbox: Sandbox, bot: Bot, count: int) -> None:
    for i in range(count):
        bot.place("BTC-USD", BUY, "0.01", str(29000 + i))
    await eventually(lambda: len(bot.of(MarketEvent.BuyOrderCreated)) == count, "all are placed")
    sandbox.faults.start(FaultKind.SERVER_ERROR, path="/market/orders/*/cancel", status=503, probability=0.5, count=10)
    sandbox.faults.start(FaultKind.EVENTS_LOST, probability=0.5)
    results = await bot.exchange.cancel_all(20)
    assert all(result.success for result in results)
    assert len(results) == count
    assert open_at_exchange(sandbox) == []


@pytest.mark.parametrize("is_event_lost", [False, True])
async def test_cancels_go_out_while_reads_wait_for_the_request_limit(
    sandbox: Sandbox, bot: Bot, is_event_lost: bool
) -> None:
    """A tenth of the limit is left, which is the cancels'; the first cancel of each order fails, or its end is lost."""
    ids = [bot.place("BTC-USD", BUY, "0.01", str(29000 + i)) for i in range(24)]
    for order_id in ids:
        await bot.live(order_id)
    throttler = bot.exchange._throttler
    budget, _ = throttler.budget(CONSTANTS.REST_LIMIT_ID)
    throttler._called_at_s[CONSTANTS.REST_LIMIT_ID].extend([throttler._now_s()] * (budget * 9 // 10))
    if is_event_lost:
        sandbox.faults.start(FaultKind.EVENTS_LOST, member="bot", count=24)
    else:
        sandbox.faults.start(FaultKind.SERVER_ERROR, path="/market/orders/*/cancel", count=24)
    results = await bot.exchange.cancel_all(30)  # the reads wait for the limit for minutes
    assert [result.success for result in results] == [True] * 24
    assert open_at_exchange(sandbox) == []


@scenario("What breaks", "Private events come twice and out of order")
async def test_duplicated_and_reordered_events_change_nothing(sandbox: Sandbox, bot: Bot, taker: Trader) -> None:
    sandbox.faults.start(FaultKind.EVENTS_DUPLICATED)
    sandbox.faults.start(FaultKind.EVENTS_REORDERED, delay_s=0.2)
    ids = [bot.place("BTC-USD", SELL, "0.05", str(30000 + i)) for i in range(3)]
    for order_id in ids:
        await bot.live(order_id)
    await taker.place("btcusd", "buy", "0.12", "30100")
    await eventually(lambda: len(bot.of(MarketEvent.SellOrderCompleted)) == 2, "two complete")
    await eventually(lambda: bot.order(ids[2]).current_state is OrderState.PARTIALLY_FILLED, "the third in part")
    await eventually(lambda: reported_fills(bot, sandbox) == ledger_fills(sandbox), "every fill, once")


async def test_placing_stops_where_the_journal_cannot_be_written_and_cancelling_goes_on(
    bot: Bot, data_folder: Path, sandbox: Sandbox
) -> None:
    kept = bot.place("BTC-USD", BUY, "0.1", "29000")
    await bot.live(kept)
    assert bot.exchange._engine.journal._file is not None
    bot.exchange._engine.journal._file.close()
    refused = bot.place("BTC-USD", BUY, "0.1", "28000")
    failure = await bot.event(MarketEvent.OrderFailure, refused)
    assert "peatio_journal.sqlite cannot be written" in failure.error_message
    assert len(sandbox.orders("bot")) == 1
    bot.exchange.cancel("BTC-USD", kept)
    await bot.event(MarketEvent.OrderCancelled, kept)


async def counted(sandbox: Sandbox, action: Callable[[], Awaitable[object]]) -> int:
    """How many REST requests reach the sandbox during `action`."""
    before = sum(sandbox.request_counts.values())
    await action()
    return sum(sandbox.request_counts.values()) - before


async def test_a_poll_of_a_hundred_orders_takes_four_requests(sandbox: Sandbox, venue: Venue) -> None:
    pairs = ("BTC-USD", "ETH-USD", "ETH-BTC", "DOGE-BTC")
    settings = ConnectorSettings(exclusive_account=True)
    async with venue.running_bot(pairs, settings=settings) as bot:
        prices = {"BTC-USD": "20000", "ETH-USD": "1000", "ETH-BTC": "0.05", "DOGE-BTC": "0.00002"}
        ids = [bot.place(pair, BUY, "1", prices[pair]) for pair in pairs for _ in range(25)]
        for order_id in ids:
            await bot.live(order_id)
        await eventually(lambda: not bot.exchange._balances.needs_snapshot, "the balances are confirmed")

        async def poll() -> None:
            await bot.exchange._update_time_synchronizer()
            await bot.exchange._status_polling_loop_fetch_updates()

        assert await counted(sandbox, poll) <= 4

        async def cancel_all() -> None:
            assert all(result.success for result in await bot.exchange.cancel_all(20))

        assert await counted(sandbox, cancel_all) <= 16
        assert open_at_exchange(sandbox) == []


@scenario("Fills and fees", "Free funds while orders come and go")
async def test_available_funds_are_never_negative_or_nan(sandbox: Sandbox, bot: Bot, taker: Trader) -> None:
    await watch_funds_of_orders(bot, taker, 5)


async def watch_funds_of_orders(bot: Bot, taker: Trader, count: int) -> None:
    await taker.place("btcusd", "sell", "1", "30000")
    await eventually(lambda: bot.exchange.get_price("BTC-USD", True) == 30000, "an ask")
    for _ in range(count):
        bot.place("BTC-USD", BUY, "0.01", None, OrderType.MARKET)
        bot.place("BTC-USD", BUY, "0.01", "29000")
        assert all(amount >= 0 for amount in map(Decimal, bot.exchange.available_balances.values()))
        await asyncio.sleep(0.02)
    await eventually(lambda: len(bot.of(MarketEvent.BuyOrderCompleted)) == count, "the market orders fill")
    locked = count * Decimal("0.01") * 29000
    spent = count * Decimal("0.01") * 30000
    await eventually(lambda: bot.available("USD") == 10_000_000 - locked - spent, "exact when all is told")


async def test_an_open_order_that_the_matching_engine_lost_is_found_and_cancelled(
    sandbox: Sandbox, bot: Bot, taker: Trader, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Engine and broker die together: what was on its way to the engine stays open in the database alone."""
    monkeypatch.setattr(CONSTANTS, "ENGINE_CHECK_S", 0.05)
    monkeypatch.setattr(CONSTANTS, "ENGINE_ABSENT_S", 0.5)
    kept = bot.place("BTC-USD", BUY, "0.1", "29000")
    await bot.live(kept)
    sandbox.exchange.matching.pause()
    lost = bot.place("BTC-USD", BUY, "0.1", "29500")
    await bot.live(lost)
    sandbox.exchange.matching.clear()
    sandbox.exchange.matching.resume()

    async def is_cancelled_while_the_book_moves() -> bool:
        await taker.place("btcusd", "sell", "0.1", "31000")
        return bool(bot.of(MarketEvent.OrderCancelled, lost))

    await eventually(is_cancelled_while_the_book_moves, "the lost order is cancelled", pause_s=0.1)
    assert bot.order(kept).is_open
    assert bot.exchange._order_tracker.counts["BTC-USD"].engine_absent == 1
    assert f"Order {lost} (exchange id" in caplog.text
    assert [order.state for order in sandbox.orders("bot")] == ["wait", "cancel"]
