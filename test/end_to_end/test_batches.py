"""Many orders at once: one result each, a few at a time, none lost and none doubled."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import (
    CancelError,
    NotFoundError,
    NotTrackedError,
    PlacementError,
    RefusedError,
    WithdrawnError,
    WouldTakeError,
)
from hummingbot.connector.exchange.peatio.execution.batch import BatchResult
from hummingbot.connector.exchange.peatio.execution.intent import IntentState
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.limit_order import LimitOrder
from hummingbot.core.data_type.market_order import MarketOrder
from hummingbot.core.event.events import MarketEvent
from hummingbot.core.web_assistant.connections.data_types import RESTMethod

from peatio_sandbox import Sandbox
from peatio_sandbox.faults.kinds import FaultKind
from test.end_to_end.scenarios import scenario
from test.end_to_end.support import Bot, Person, running_bot
from test.patience import eventually

PAIR = "BTC-USD"


def buy(price: str, amount: str = "0.1", pair: str = PAIR) -> LimitOrder:
    base, quote = pair.split("-")
    return LimitOrder("", pair, True, base, quote, Decimal(price), Decimal(amount))


def sell(price: str, amount: str = "0.1") -> LimitOrder:
    return LimitOrder("", PAIR, False, "BTC", "USD", Decimal(price), Decimal(amount))


def ladder(count: int) -> list[LimitOrder]:
    return [buy(f"{29000 - step}") for step in range(count)]


@dataclass
class InFlight:
    """Requests of a bot that await their answers."""

    now: int = 0
    most: int = 0


def watch_requests(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, is_meant: Callable[[RESTMethod, str], bool]
) -> InFlight:
    counted = InFlight()
    send = bot.exchange.rest._sender._send

    async def watched(request: Any) -> Any:
        if not is_meant(request.method, request.path):
            return await send(request)
        counted.now += 1
        counted.most = max(counted.most, counted.now)
        try:
            return await send(request)
        finally:
            counted.now -= 1

    monkeypatch.setattr(bot.exchange.rest._sender, "_send", watched)
    return counted


def errors(results: Sequence[BatchResult]) -> list[str]:
    return [type(result.error).__name__ for result in results if result.error is not None]


@scenario("Placing and cancelling", "A batch is placed and cancelled, with a result for each order")
async def test_a_batch_is_placed_and_cancelled(sandbox: Sandbox, bot: Bot) -> None:
    created = await bot.exchange.create_orders([*ladder(2), buy("28000", "0.00000001"), sell("31000")])
    assert errors(created) == ["ValueError"]
    placed = [result.client_order_id for result in created if result.is_success]
    for order_id in placed:
        await bot.live(order_id)
    cancelled = await bot.exchange.cancel_orders(placed, 15)
    assert cancelled == [BatchResult(order_id) for order_id in placed]
    assert [order.state for order in sandbox.orders("bot")] == ["cancel"] * 3


async def test_each_order_has_its_own_result_in_the_order_of_the_batch(
    sandbox: Sandbox, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_flight = watch_requests(
        bot, monkeypatch, lambda method, path: (method, path) == (RESTMethod.POST, CONSTANTS.ORDERS_PATH)
    )
    batch = [
        buy("29000"),
        buy("29001", "0.00000001"),  # below the market's smallest amount
        buy("29002", "100000"),  # more than there is money for
        sell("31000"),
        buy("1", pair="NO-SUCH"),
        sell("29000"),  # would match the first of the batch
        *ladder(12)[1:],
    ]
    results = await bot.exchange.create_orders(batch)
    assert [type(result.error) for result in results[:6]] == [
        type(None), ValueError, RefusedError, type(None), PlacementError, PlacementError
    ]
    assert "insufficient_balance" in str(results[2].error)
    assert all(result.is_success for result in results[6:])
    assert in_flight.most == CONSTANTS.PARALLEL_CREATES

    placed = [result.client_order_id for result in results if result.is_success]
    for order_id in placed:
        await bot.live(order_id)
    by_id = {order.exchange_order_id: order for order in map(bot.order, placed)}
    assert by_id.keys() == {str(order.id) for order in sandbox.orders("bot")}
    wanted = [order for order, result in zip(batch, results, strict=True) if result.is_success]
    assert [bot.order(order_id).price for order_id in placed] == [order.price for order in wanted]
    failed = {event.order_id for event in bot.of(MarketEvent.OrderFailure)}
    assert failed == {result.client_order_id for result in results if not result.is_success}


async def test_hummingbots_own_calls_name_the_orders_at_once_and_tell_by_events(
    sandbox: Sandbox, bot: Bot, taker: Person
) -> None:
    foreign = await taker.place("btcusd", "buy", "0.1", "28000")
    await taker.place("btcusd", "sell", "0.5", "30000")
    await eventually(lambda: bot.exchange.get_price(PAIR, True) == 30000, "the ask is there")
    market = MarketOrder("", PAIR, True, "BTC", "USD", Decimal("0.2"), 0.0)
    created = bot.exchange.batch_order_create([*ladder(7), market])
    assert len({order.client_order_id for order in created}) == 8
    for order in created[:7]:
        await bot.live(order.client_order_id)
        assert bot.order(order.client_order_id).price == order.price
    await bot.event(MarketEvent.BuyOrderCompleted, created[7].client_order_id)

    bot.exchange.batch_order_cancel(created[:7])
    for order in created[:7]:
        await bot.event(MarketEvent.OrderCancelled, order.client_order_id)
    assert [order.state for order in sandbox.orders("bot")].count("cancel") == 7
    assert {order.id: order.state for order in sandbox.orders("taker")}[foreign] == "wait"


async def test_a_batch_of_makers_keeps_out_what_would_take(sandbox: Sandbox, bot: Bot, taker: Person) -> None:
    await taker.place("btcusd", "sell", "0.5", "30000")
    await eventually(lambda: bot.exchange.get_price(PAIR, True) == 30000, "the ask is there")
    results = await bot.exchange.create_orders([buy("29999"), buy("30000")], OrderType.LIMIT_MAKER)
    assert [type(result.error) for result in results] == [type(None), WouldTakeError]
    assert sandbox.fills("bot") == []


@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize(
    ("fault", "where"),
    [
        (FaultKind.ANSWER_LOST, {"path": "/market/orders", "method": "POST"}),
        (FaultKind.CREATE_ERROR_STORED, {"delay_s": 0.2}),
        (FaultKind.RATE_LIMIT, {"path": "/market/orders", "method": "POST"}),
    ],
)
async def test_lost_answers_lose_no_order_of_a_batch_and_double_none(
    sandbox: Sandbox, bot: Bot, fault: FaultKind, where: dict[str, Any]
) -> None:
    sandbox.faults.start(fault, count=4, **where)
    results = await bot.exchange.create_orders(ladder(8))
    assert errors(results) == []
    await eventually(lambda: [order.state for order in sandbox.orders("bot")] == ["wait"] * 8, "eight orders rest")
    prices = {bot.order(result.client_order_id).price for result in results}
    assert {order.price for order in sandbox.orders("bot")} == prices
    journal = bot.exchange._engine.journal
    assert [intent.state for intent in journal.unfinished()] == [IntentState.LIVE] * 8


@pytest.mark.usefixtures("short_waits")
async def test_what_never_arrived_fails_for_itself_alone(sandbox: Sandbox, bot: Bot) -> None:
    sandbox.faults.start(FaultKind.REQUEST_LOST, path="/market/orders", method="POST", count=2)
    results = await bot.exchange.create_orders(ladder(6))
    assert errors(results) == ["PlacementError"] * 2
    assert len(sandbox.orders("bot")) == 4


@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize("fault", [FaultKind.LATENCY, FaultKind.ANSWER_LOST])
async def test_who_leaves_a_batch_loses_no_order_of_it(sandbox: Sandbox, bot: Bot, fault: FaultKind) -> None:
    how = {"delay_s": 0.5, "before": False} if fault is FaultKind.LATENCY else {"count": 5}
    sandbox.faults.start(fault, path="/market/orders", method="POST", member="bot", **how)
    batch = [buy("29002", "100000"), *ladder(7)]  # the first is more than there is money for
    leaver = asyncio.create_task(bot.exchange.create_orders(batch))
    await eventually(lambda: len(sandbox.orders("bot")) > 0, "the exchange has one, and has not answered")
    leaver.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaver
    assert bot.of(MarketEvent.BuyOrderCreated) == [], "nothing was told before the caller left"

    await eventually(lambda: len(bot.of(MarketEvent.BuyOrderCreated)) == 7, "all that wait for a turn are placed too")
    await eventually(lambda: len(bot.of(MarketEvent.OrderFailure)) == 1, "the refused one is told")
    followed = {order.exchange_order_id for order in bot.exchange.in_flight_orders.values()}
    assert followed == {str(order.id) for order in sandbox.orders("bot")}
    assert len(followed) == 7
    await eventually(lambda: len(bot.exchange._order_tasks) <= 1, "only the comparison with the engine's book goes on")


async def test_who_leaves_a_cancel_of_many_leaves_none_open(sandbox: Sandbox, bot: Bot) -> None:
    created = await bot.exchange.create_orders(ladder(12))
    ids = [result.client_order_id for result in created]
    for order_id in ids:
        await bot.live(order_id)
    sandbox.faults.start(FaultKind.LATENCY, path="/market/orders/*", member="bot", delay_s=0.3, before=True)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bot.exchange.cancel_orders(ids, 15), 0.1)
    for order_id in ids:
        await bot.event(MarketEvent.OrderCancelled, order_id)
    assert {order.state for order in sandbox.orders("bot")} == {"cancel"}


async def test_what_breaks_a_batch_is_logged_although_its_caller_left(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    has_left = asyncio.Event()

    async def broken(*_: Any) -> list[BatchResult]:
        await has_left.wait()
        raise LookupError("no such market")

    monkeypatch.setattr(bot.exchange, "_cancel_and_wait", broken)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bot.exchange.cancel_orders(["any"], 15), 0.05)
    has_left.set()
    line = "Task 'batch of orders' broke and is not started again."
    await eventually(lambda: line in caplog.text, "it has ended")
    assert "no such market" in caplog.text


async def test_what_waits_for_its_turn_is_not_sent_once_it_is_cancelled(sandbox: Sandbox, bot: Bot) -> None:
    fault = sandbox.faults.start(
        FaultKind.LATENCY, path="/market/orders", method="POST", member="bot", delay_s=1.0, before=True
    )
    created = bot.exchange.batch_order_create(ladder(20))
    await eventually(lambda: len(bot.exchange.in_flight_orders) == 20, "all are followed at once")
    last = created[-1].client_order_id
    bot.exchange.cancel(PAIR, last)
    failure = await bot.event(MarketEvent.OrderFailure, last)
    assert failure.error_type == WithdrawnError.__name__
    sandbox.faults.stop(fault)

    results = await bot.exchange.cancel_all(10)
    assert all(result.success for result in results)
    assert len(results) == 19
    assert len(sandbox.orders("bot")) == CONSTANTS.PARALLEL_CREATES, "what was under way, and nothing after it"
    assert {order.state for order in sandbox.orders("bot")} == {"cancel"}
    assert len(bot.of(MarketEvent.OrderFailure)) == 15


async def test_an_order_that_ended_does_not_fail_once_more_with_its_batch(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another order of the batch waits for so long that Hummingbot has forgotten the end, and the bot stops."""
    place = bot.exchange._place_order

    async def hang_at_28000(**order: Any) -> Any:
        if order["price"] == 28000:
            await asyncio.Event().wait()
        return await place(**order)

    monkeypatch.setattr(bot.exchange, "_place_order", hang_at_28000)
    quick, slow = (order.client_order_id for order in bot.exchange.batch_order_create([buy("29000"), buy("28000")]))
    await bot.live(quick)
    bot.exchange.cancel(PAIR, quick)
    await bot.event(MarketEvent.OrderCancelled, quick)
    bot.exchange._order_tracker._cached_orders.clear()

    await bot.exchange._order_tasks.stop()
    failure = await bot.event(MarketEvent.OrderFailure, slow)
    assert failure.error_type == WithdrawnError.__name__
    assert [failed.order_id for failed in bot.of(MarketEvent.OrderFailure)] == [slow]


@pytest.mark.parametrize("how", ["batch", "one by one"])
@pytest.mark.parametrize("cancelled", ["all", "those", "each"])
async def test_what_was_asked_for_in_the_same_step_is_cancelled_too(
    sandbox: Sandbox, bot: Bot, how: str, cancelled: str
) -> None:
    """Hummingbot stops a strategy right after its last step and cancels everything: an order of that step too."""
    if how == "batch":
        ids = [order.client_order_id for order in bot.exchange.batch_order_create(ladder(7))]
    else:
        ids = [bot.place(PAIR, TradeType.BUY, "0.1", f"{29000 - step}") for step in range(7)]
    if cancelled == "all":
        await bot.exchange.cancel_all(5.0)
    elif cancelled == "those":
        await bot.exchange.cancel_orders(ids, 5.0)
    else:
        for order_id in ids:
            bot.exchange.cancel(PAIR, order_id)
    await eventually(lambda: len(ended(bot)) == len(ids), "every order has ended")
    assert [order.state for order in sandbox.orders("bot") if order.state != "cancel"] == []


def ended(bot: Bot) -> set[str]:
    """Orders that ended without a fill."""
    return {event.order_id for kind in (MarketEvent.OrderCancelled, MarketEvent.OrderFailure) for event in bot.of(kind)}


async def test_what_waits_for_its_turn_is_not_sent_once_the_connector_stops(sandbox: Sandbox, bot: Bot) -> None:
    sandbox.faults.start(
        FaultKind.LATENCY, path="/market/orders", method="POST", member="bot", delay_s=0.3, before=True
    )
    bot.exchange.batch_order_create(ladder(12))
    await eventually(lambda: len(bot.exchange.in_flight_orders) == 12, "all are followed at once")
    await bot.exchange.stop_network()
    await eventually(lambda: len(bot.of(MarketEvent.OrderFailure)) == 7, "they failed")
    await eventually(lambda: len(sandbox.orders("bot")) == CONSTANTS.PARALLEL_CREATES, "what was under way arrives")


async def test_every_cancel_has_its_own_result(
    sandbox: Sandbox, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = await bot.exchange.create_orders(ladder(4))
    good, refused, stuck, left = (result.client_order_id for result in created)
    for result in created:
        await bot.live(result.client_order_id)
    monkeypatch.setattr(CONSTANTS, "REQUEST_TIMEOUT_S", 0.2)
    stuck_path = f"/market/orders/{bot.order(stuck).exchange_order_id}/cancel"
    sandbox.faults.start(FaultKind.SERVER_ERROR, path=stuck_path)
    order = bot.order(refused)
    order.exchange_order_id, own_id = "999999", order.exchange_order_id
    results = await bot.exchange.cancel_orders([good, "never heard of", refused, stuck], timeout_s=1.5)
    assert [type(result.error) for result in results] == [
        type(None), NotTrackedError, NotFoundError, CancelError
    ]
    assert "HTTP 5" in str(results[3].error)
    assert "did not end within 1.5 s of its cancel" in str(results[3].error)
    order.exchange_order_id = own_id
    assert bot.order(left).is_open, "nobody asked for that one"
    sandbox.faults.stop()
    assert all(result.is_success for result in await bot.exchange.cancel_orders([refused, stuck, left], 10))
    assert {row.state for row in sandbox.orders("bot")} == {"cancel"}


async def test_cancels_and_what_they_ask_are_bounded(
    sandbox: Sandbox, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Orders that are pending are asked for before they are cancelled, at places of their own."""
    sandbox.exchange.order_processor.pause()
    created = await bot.exchange.create_orders(ladder(30))

    async def no_poll() -> None:
        """What a poll asks for beside is not counted."""

    monkeypatch.setattr(bot.exchange._engine.reconciler, "poll", no_poll)
    in_flight = watch_requests(bot, monkeypatch, lambda method, path: path.startswith("market/orders/"))
    sandbox.faults.start(FaultKind.LATENCY, path="/market/orders/*", member="bot", delay_s=0.05, before=True)
    ids = [result.client_order_id for result in created]
    sandbox.exchange.order_processor.resume()
    results = await bot.exchange.cancel_orders(ids, 15)
    assert errors(results) == []
    assert [result.client_order_id for result in results] == ids
    assert 1 < in_flight.most <= 2 * CONSTANTS.PARALLEL_CANCELS


async def test_cancelling_some_never_cancels_a_whole_side(sandbox: Sandbox) -> None:
    """On an account of one's own, one request a market and side is used only where all of it is meant."""
    settings = ConnectorSettings(exclusive_account=True)
    async with running_bot(sandbox.url, sandbox.members["bot"], [PAIR], settings=settings) as bot:
        created = await bot.exchange.create_orders([*ladder(4), sell("31000"), sell("31001")])
        ids = [result.client_order_id for result in created]
        for order_id in ids:
            await bot.live(order_id)
        counts = sandbox.request_counts
        bulk = ("POST", "/api/v2/peatio/market/orders/cancel")
        results = await bot.exchange.cancel_orders(ids[:2] + ids[4:], 10)
        assert errors(results) == []
        assert counts[bulk] == 1, "the sells, of which all are meant"
        assert [order.state for order in sandbox.orders("bot")] == ["cancel", "cancel", "wait", "wait"] + ["cancel"] * 2
        assert all(result.success for result in await bot.exchange.cancel_all(10))
        assert counts[bulk] == 2
