"""Cancelling all orders: done when they have ended, and what has not is named."""

import asyncio
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.core.data_type.cancellation_result import CancellationResult
from hummingbot.core.data_type.in_flight_order import OrderState
from hummingbot.core.event.events import MarketEvent

from test.hummingbot.connector.exchange.peatio.fixtures import WireOrder, WireTrade, rest_url, settle
from test.hummingbot.connector.exchange.peatio.rig import Rig
from test.patience import eventually

pytestmark = pytest.mark.usefixtures("short_pauses")

BUY = WireOrder(18)
PENDING = BUY.now("pending")
WHOLE = WireTrade(8, "30000.0", "1.0", "sell")
CANCEL = "market/orders/18/cancel"


async def test_cancelling_all_waits_until_the_orders_have_ended(rig: Rig) -> None:
    order = rig.follow_live(BUY)
    rig.answer_cancel(BUY)
    cancel_all = asyncio.create_task(rig.exchange.cancel_all(5))
    await eventually(lambda: rig.count("POST", CANCEL))
    await settle()
    assert not cancel_all.done()
    rig.hear(BUY.now("cancel").event())
    assert await cancel_all == [CancellationResult("c1", True)]
    assert order.current_state is OrderState.CANCELED


async def test_nothing_open_needs_no_request(rig: Rig) -> None:
    assert await rig.exchange.cancel_all(5) == []
    assert rig.requests() == []


async def test_a_last_moment_fill_counts_as_ended_and_is_recorded(rig: Rig) -> None:
    rig.follow_live(BUY)
    rig.answer_cancel(BUY, callback=rig.says(WHOLE.event(BUY), BUY.now("done", "1.0").event()))
    assert await rig.exchange.cancel_all(5) == [CancellationResult("c1", True)]
    assert len(rig.of(MarketEvent.OrderFilled)) == 1


async def test_an_order_whose_last_event_is_lost_is_asked_for(rig: Rig) -> None:
    """By the next cancel, whose answer has the order's state."""
    order = rig.follow_live(BUY)
    rig.answer_cancel(BUY)
    rig.answer_cancel(BUY.now("cancel"))
    assert await rig.exchange.cancel_all(5) == [CancellationResult("c1", True)]
    assert order.current_state is OrderState.CANCELED


async def test_a_cancel_without_effect_is_sent_again(rig: Rig) -> None:
    """As an exchange in trouble has it (docs/protocol.md section 4.11)."""
    rig.follow_live(BUY)
    rig.answer_cancel(BUY)
    rig.answer_cancel(BUY, callback=rig.says(BUY.now("cancel").event()))
    assert await rig.exchange.cancel_all(5) == [CancellationResult("c1", True)]
    assert rig.count("POST", CANCEL) == 2


async def test_a_failed_cancel_is_sent_again(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.follow_live(BUY)
    for status, body in ((503, ""), (403, "<html>forbidden</html>"), (404, "Not Found"), (200, '{"id": 18}')):
        rig.http.post(rest_url(CANCEL), status=status, body=body)
    for status, code in ((422, "market.order.cancel_error"), (401, "authz.invalid_session")):
        rig.answer_cancel_error(BUY, status, [code])
    rig.answer_cancel(BUY, callback=rig.says(BUY.now("cancel").event()))
    assert await rig.exchange.cancel_all(5) == [CancellationResult("c1", True)]
    assert rig.count("POST", CANCEL) == 7
    assert rig.count("GET", "market/orders/18") == 0, "reads that wait for the request limit keep no cancel back"
    assert "Failed to cancel order c1; the cancel is repeated" in caplog.text


async def test_what_could_not_be_cancelled_in_time_is_named(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    good, bad = WireOrder(18), WireOrder(19)
    rig.follow_live(good, "good")
    rig.follow_live(bad, "bad")
    rig.answer_cancel(good, callback=rig.says(good.now("cancel").event()))
    rig.http.post(rest_url("market/orders/19/cancel"), status=503, repeat=True)
    rig.answer_order(bad, repeat=True)
    assert await rig.exchange.cancel_all(0.2) == [CancellationResult("good", True), CancellationResult("bad", False)]
    assert "Order(s) bad did not end within 0.2 s of their cancel" in caplog.text


async def test_an_order_that_the_exchange_does_not_know_is_not_cancelled_again(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    rig.follow_live(BUY)
    rig.answer_cancel_error(BUY, 404, ["record.not_found"], repeat=True)
    assert await rig.exchange.cancel_all(5) == [CancellationResult("c1", False)]
    assert rig.count("POST", CANCEL) == 1
    assert "Failed to cancel order c1: the exchange does not know the order" in caplog.text


async def test_reads_that_the_request_limit_keeps_back_keep_no_cancel_back(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An order that may be `pending` is asked for first, but not for ever."""

    async def waits_for_the_limit(*_: Any) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(rig.exchange.rest, "order", waits_for_the_limit)
    wires = [WireOrder(number) for number in range(1, CONSTANTS.PARALLEL_CANCELS * 2 + 1)]
    for wire in wires:
        rig.follow(wire, f"c{wire.order_id}")
        rig.answer_cancel(wire, callback=rig.says(wire.now("cancel").event()))
        rig.answer_cancel(wire.now("cancel"))
    results = await rig.exchange.cancel_all(5)
    assert [result.success for result in results] == [True] * len(wires)


async def test_one_order_that_breaks_something_does_not_keep_the_others_open(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken, good = WireOrder(18), WireOrder(19)
    rig.follow_live(broken, "broken")
    rig.follow_live(good, "good")
    cancel_order = rig.exchange.rest.cancel_order

    async def breaks_for_one(order_id: str) -> Any:
        if order_id == "18":
            raise KeyError("a mistake")
        return await cancel_order(order_id)

    monkeypatch.setattr(rig.exchange.rest, "cancel_order", breaks_for_one)
    rig.answer_order(broken, repeat=True)
    rig.answer_cancel(good, callback=rig.says(good.now("cancel").event()))
    assert await rig.exchange.cancel_all(0.2) == [
        CancellationResult("broken", False),
        CancellationResult("good", True),
    ]
    assert "a mistake" in caplog.text


async def test_cancelling_all_removes_the_ghosts_before_it_is_done(rig: Rig) -> None:
    """A bot that stops leaves nothing behind that could still be hit."""
    answered: list[str] = []

    async def answer_slowly(*args: Any, **kwargs: Any) -> None:
        await settle()
        answered.append("second cancel")

    rig.follow(BUY)
    rig.answer_order(PENDING, repeat=True)
    rig.answer_cancel(PENDING, callback=rig.says(BUY.now("cancel").event()))
    rig.answer_cancel(BUY.now("cancel"), callback=answer_slowly)
    assert await rig.exchange.cancel_all(5) == [CancellationResult("c1", True)]
    assert answered == ["second cancel"]


async def test_only_some_cancels_are_under_way_at_a_time(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    wires = [WireOrder(number) for number in range(1, CONSTANTS.PARALLEL_CANCELS * 3 + 1)]
    for wire in wires:
        rig.follow_live(wire, f"c{wire.order_id}")
    under_way: set[str] = set()
    most = 0
    cancel_order = rig.exchange.rest.cancel_order

    async def counted(order_id: str) -> Any:
        nonlocal most
        under_way.add(order_id)
        most = max(most, len(under_way))
        await asyncio.sleep(0.001)
        under_way.remove(order_id)
        return await cancel_order(order_id)

    monkeypatch.setattr(rig.exchange.rest, "cancel_order", counted)
    for wire in wires:
        rig.answer_cancel(wire, callback=rig.says(wire.now("cancel").event()))
    results = await rig.exchange.cancel_all(5)
    assert [result.success for result in results] == [True] * len(wires)
    assert most == CONSTANTS.PARALLEL_CANCELS


async def test_orders_that_stay_pending_do_not_keep_the_live_ones_waiting(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONSTANTS, "BACKOFF_START_S", 60.0)
    monkeypatch.setattr(CONSTANTS, "CANCEL_PENDING_LIMIT_S", 600.0)
    for number in range(100, 101 + CONSTANTS.PARALLEL_CANCELS):
        rig.follow(WireOrder(number), f"c{number}")
        rig.answer_order(WireOrder(number, "pending"))
    live = rig.follow_live(BUY)
    rig.answer_cancel(BUY, callback=rig.says(BUY.now("cancel").event()))
    cancel_all = asyncio.create_task(rig.exchange.cancel_all(60))
    await eventually(lambda: live.ended_event.is_set())
    cancel_all.cancel()


# All at once, on an account that nobody else uses.


@pytest.fixture
def exclusive(rig: Rig) -> Rig:
    rig.exchange._engine.canceller._is_account_exclusive = lambda: True
    return rig


BULK = "market/orders/cancel"


async def test_one_request_a_market_and_side_cancels_many(exclusive: Rig) -> None:
    rig = exclusive
    buys = [WireOrder(number) for number in range(1, 21)]
    sells = [WireOrder(number, side="sell") for number in range(21, 41)]
    for wire in [*buys, *sells]:
        rig.follow_live(wire, f"c{wire.order_id}")
    for wires in (buys, sells):
        rig.http.post(
            rest_url(BULK),
            status=201,
            payload=[wire.row() for wire in wires],
            callback=rig.says(*(wire.now("cancel").event() for wire in wires)),
        )
    results = await rig.exchange.cancel_all(5)
    assert all(result.success for result in results)
    assert [request for request, _ in rig.requests()] == [f"POST {BULK}"] * 2
    bodies = sorted((rig.body(BULK, index) for index in range(2)), key=str)
    assert bodies == [{"market": "btcusd", "side": "buy"}, {"market": "btcusd", "side": "sell"}]
    assert rig.tracker.counts["BTC-USD"].cancels == 40


async def test_what_the_bulk_leaves_is_cancelled_one_by_one(
    exclusive: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It reaches no pending order, and may fail as a whole."""
    monkeypatch.setattr(CONSTANTS, "BULK_CANCEL_EVENTS_S", 0.01)
    rig = exclusive
    rig.follow_live(BUY)
    rig.follow(WireOrder(19), "pending")
    rig.http.post(rest_url(BULK), status=503)
    rig.answer_cancel(BUY, callback=rig.says(BUY.now("cancel").event()))
    rig.answer_order(WireOrder(19))
    rig.answer_cancel(WireOrder(19), callback=rig.says(WireOrder(19, "cancel").event()))
    assert await rig.exchange.cancel_all(5) == [CancellationResult("c1", True), CancellationResult("pending", True)]
    assert rig.count("POST", BULK) == 1
    assert "one by one" in caplog.text
    counts = rig.tracker.counts["BTC-USD"]
    assert (counts.cancels, counts.failed_cancels, counts.ambiguous_cancels) == (2, 1, 1)


async def test_a_shared_account_is_never_cancelled_in_bulk(rig: Rig) -> None:
    rig.follow_live(BUY)
    rig.answer_cancel(BUY, callback=rig.says(BUY.now("cancel").event()))
    await rig.exchange.cancel_all(5)
    assert rig.count("POST", BULK) == 0
