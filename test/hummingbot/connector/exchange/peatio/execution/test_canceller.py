"""Cancelling an order the way Peatio takes it: after `wait`, and the answer is not the outcome."""

import asyncio
from dataclasses import replace

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import (
    NotFoundError,
    PlacementError,
    ServerError,
)
from hummingbot.connector.exchange.peatio.execution.intent import IntentState
from hummingbot.core.data_type.in_flight_order import OrderState
from hummingbot.core.event.events import MarketEvent

from test.hummingbot.connector.exchange.peatio.fixtures import WireOrder, WireTrade, rest_url, settle
from test.hummingbot.connector.exchange.peatio.recorded import answer
from test.hummingbot.connector.exchange.peatio.rig import Rig
from test.patience import eventually

pytestmark = pytest.mark.usefixtures("short_pauses")

BUY = WireOrder(18)
PENDING = BUY.now("pending")
WHOLE = WireTrade(8, "30000.0", "1.0", "sell")
CANCEL = "market/orders/18/cancel"
ORDER = "market/orders/18"


def needs_second_cancel(rig: Rig) -> bool:
    """Whether the order would need a second cancel if it were reported as cancelled now."""
    return rig.exchange._engine.second_cancels._policy.is_needed("c1", rig.exchange._time())


async def test_an_order_seen_live_is_cancelled_at_once(rig: Rig) -> None:
    order = rig.follow_live(BUY)
    rig.answer_cancel(BUY)
    await rig.cancel(order)
    assert [request for request, _ in rig.requests()] == [f"POST {CANCEL}"]
    assert rig.body(CANCEL) == {}
    assert order.current_state is OrderState.PENDING_CANCEL
    assert rig.of(MarketEvent.OrderCancelled) == []


async def test_an_order_not_yet_seen_live_is_asked_for_at_once(rig: Rig) -> None:
    """Its event may have been lost."""
    order = rig.follow(BUY)
    rig.answer_order(BUY)
    rig.answer_cancel(BUY)
    await rig.cancel(order)
    assert [request for request, _ in rig.requests()] == [f"GET {ORDER}", f"POST {CANCEL}"]
    assert order.seen_live_event.is_set()
    assert not needs_second_cancel(rig)


async def test_a_pending_order_is_cancelled_as_soon_as_its_event_says_wait(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONSTANTS, "BACKOFF_START_S", 60.0)
    monkeypatch.setattr(CONSTANTS, "CANCEL_PENDING_LIMIT_S", 600.0)
    order = rig.follow(BUY)
    rig.answer_order(PENDING)
    rig.answer_cancel(BUY)
    cancel = asyncio.create_task(rig.cancel(order))
    await eventually(lambda: rig.count("GET", ORDER))
    await settle()
    assert rig.count("POST", CANCEL) == 0
    rig.hear(PENDING.event())
    await settle()
    assert rig.count("POST", CANCEL) == 0
    rig.hear(BUY.event())
    await asyncio.wait_for(cancel, 5)
    assert rig.count("GET", ORDER) == 1
    assert rig.count("POST", CANCEL) == 1
    assert not needs_second_cancel(rig)


async def test_a_pending_order_is_asked_for_again_and_again(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONSTANTS, "CANCEL_PENDING_LIMIT_S", 5.0)
    order = rig.follow(BUY)
    for _ in range(3):
        rig.answer_order(PENDING)
    rig.answer_order(BUY)
    rig.answer_cancel(BUY)
    await rig.cancel(order)
    assert rig.count("GET", ORDER) == 4
    assert not needs_second_cancel(rig)


async def test_an_order_that_stays_pending_is_cancelled_all_the_same_and_once_more_when_it_has_ended(rig: Rig) -> None:
    order = rig.follow(BUY)
    rig.answer_order(PENDING, repeat=True)
    rig.answer_cancel(PENDING)
    await rig.cancel(order)
    assert rig.count("POST", CANCEL) == 1
    assert needs_second_cancel(rig)
    rig.answer_cancel(BUY.now("cancel"))
    rig.hear(BUY.now("cancel").event())
    await rig.exchange._engine.second_cancels.wait()
    assert rig.count("POST", CANCEL) == 2
    assert order.current_state is OrderState.CANCELED


@pytest.mark.parametrize(
    ("ended", "trades", "state"),
    [
        (BUY.now("done", "1.0"), [WHOLE], OrderState.FILLED),
        (BUY.now("cancel"), [], OrderState.CANCELED),
        (BUY.now("reject"), [], OrderState.FAILED),
    ],
)
async def test_an_order_that_has_ended_is_not_cancelled(
    rig: Rig, ended: WireOrder, trades: list[WireTrade], state: OrderState
) -> None:
    order = rig.follow(BUY)
    rig.answer_order(ended, trades)
    await rig.cancel(order)
    assert rig.count("POST", CANCEL) == 0
    assert order.current_state is state


@pytest.mark.parametrize(
    ("ended", "trades", "state"),
    [(BUY.now("done", "1.0"), [WHOLE], OrderState.FILLED), (BUY.now("cancel"), [], OrderState.CANCELED)],
)
async def test_a_final_state_in_the_answer_settles_the_order(
    rig: Rig, ended: WireOrder, trades: list[WireTrade], state: OrderState
) -> None:
    """No event will come (docs/protocol.md section 4.5)."""
    order = rig.follow_live(BUY)
    rig.answer_cancel(ended)
    rig.answer_order(ended, trades)
    await rig.cancel(order)
    await eventually(lambda: order.is_done)
    assert order.current_state is state
    assert [fill.exchange_trade_id for fill in rig.of(MarketEvent.OrderFilled)] == [
        str(trade.trade_id) for trade in trades
    ]


async def test_a_cancel_that_meets_a_fill_ends_as_the_fill(rig: Rig) -> None:
    order = rig.follow_live(BUY)
    rig.answer_cancel(BUY)
    await rig.cancel(order)
    rig.hear(WHOLE.event(BUY), BUY.now("done", "1.0").event())
    assert order.current_state is OrderState.FILLED
    assert rig.of(MarketEvent.OrderCancelled) == []


async def test_an_unknown_order_is_told_as_not_found_and_nothing_is_concluded(rig: Rig) -> None:
    order = rig.follow_live(BUY)
    rig.http.post(rest_url(CANCEL), status=404, payload=answer("cancel unknown id"))
    with pytest.raises(NotFoundError):
        await rig.cancel(order)
    assert order.is_open


async def test_an_exchange_in_trouble_is_told_as_that(rig: Rig) -> None:
    order = rig.follow_live(BUY)
    rig.http.post(rest_url(CANCEL), status=503)
    with pytest.raises(ServerError):
        await rig.cancel(order)
    assert order.current_state is OrderState.OPEN


async def test_an_order_whose_create_is_not_answered_cannot_be_cancelled_yet(rig: Rig) -> None:
    order = rig.follow(BUY, is_created=False)
    order.exchange_order_id = None
    order.exchange_order_id_update_event.clear()
    rig.exchange._engine.journal.record(replace(order.to_intent(), market="btcusd", state=IntentState.RECORDED))
    with pytest.raises(PlacementError):
        await rig.cancel(order)
    assert rig.requests() == []
