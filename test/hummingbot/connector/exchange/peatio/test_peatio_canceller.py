"""Cancelling the way Peatio takes it: after `wait`, and the answer is not the outcome."""

import asyncio
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.peatio_canceller import PeatioCanceller
from hummingbot.connector.exchange.peatio.peatio_errors import (
    PeatioNotFoundError,
    PeatioPlacingError,
    PeatioServerError,
)
from hummingbot.connector.exchange.peatio.peatio_in_flight_order import PeatioInFlightOrder
from hummingbot.core.data_type import in_flight_order
from hummingbot.core.data_type.cancellation_result import CancellationResult
from hummingbot.core.data_type.in_flight_order import OrderState
from hummingbot.core.event.events import MarketEvent

from test.hummingbot.connector.exchange.peatio.fixtures import WireOrder, WireTrade, eventually, rest_url, settle
from test.hummingbot.connector.exchange.peatio.recorded import answer
from test.hummingbot.connector.exchange.peatio.rig import Rig

BUY = WireOrder(18)
PENDING = BUY.now("pending")
WHOLE = WireTrade(8, "30000.0", "1.0", "sell")
CANCEL = "market/orders/18/cancel"
ORDER = "market/orders/18"


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONSTANTS, "BACKOFF_START_S", 0.002)
    monkeypatch.setattr(CONSTANTS, "CANCEL_PENDING_LIMIT_S", 0.02)


def canceller_of(rig: Rig) -> PeatioCanceller:
    return rig.exchange._canceller


def seen_live(rig: Rig, wire: WireOrder = BUY, client_order_id: str = "c1") -> PeatioInFlightOrder:
    order = rig.follow(wire, client_order_id)
    rig.hear(wire.event())
    return order


def says(rig: Rig, *messages: dict[str, Any]) -> Any:
    """Makes a mocked request's callback that has the private stream send `messages`."""
    return lambda *args, **kwargs: asyncio.get_running_loop().call_soon(rig.hear, *messages)


# One cancel.


async def test_an_order_seen_live_is_cancelled_at_once(rig: Rig) -> None:
    order = seen_live(rig)
    rig.answer_cancel(BUY)
    await canceller_of(rig).cancel(order)
    assert [request for request, _ in rig.requests()] == [f"POST {CANCEL}"]
    assert rig.body(CANCEL) == {}
    assert order.current_state is OrderState.PENDING_CANCEL
    assert rig.of(MarketEvent.OrderCancelled) == []


async def test_an_order_not_yet_seen_live_is_asked_for_at_once(rig: Rig) -> None:
    """Its event may have been lost."""
    order = rig.follow(BUY)
    rig.answer_order(BUY)
    rig.answer_cancel(BUY)
    await canceller_of(rig).cancel(order)
    assert [request for request, _ in rig.requests()] == [f"GET {ORDER}", f"POST {CANCEL}"]
    assert order.seen_live_event.is_set()
    assert not order.has_ghost_risk


async def test_a_pending_order_is_cancelled_as_soon_as_its_event_says_wait(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONSTANTS, "BACKOFF_START_S", 60.0)
    monkeypatch.setattr(CONSTANTS, "CANCEL_PENDING_LIMIT_S", 600.0)
    order = rig.follow(BUY)
    rig.answer_order(PENDING)
    rig.answer_cancel(BUY)
    cancel = asyncio.create_task(canceller_of(rig).cancel(order))
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
    assert not order.has_ghost_risk


async def test_a_pending_order_is_asked_for_again_and_again(rig: Rig) -> None:
    order = rig.follow(BUY)
    for _ in range(3):
        rig.answer_order(PENDING)
    rig.answer_order(BUY)
    rig.answer_cancel(BUY)
    await canceller_of(rig).cancel(order)
    assert rig.count("GET", ORDER) == 4
    assert not order.has_ghost_risk


async def test_an_order_that_stays_pending_is_cancelled_all_the_same_and_once_more_when_it_has_ended(rig: Rig) -> None:
    order = rig.follow(BUY)
    rig.answer_order(PENDING, repeat=True)
    rig.answer_cancel(PENDING)
    await canceller_of(rig).cancel(order)
    assert rig.count("POST", CANCEL) == 1
    assert order.has_ghost_risk
    rig.answer_cancel(BUY.now("cancel"))
    rig.hear(BUY.now("cancel").event())
    await rig.flow.wait_for_ghosts()
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
    await canceller_of(rig).cancel(order)
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
    order = seen_live(rig)
    rig.answer_cancel(ended)
    rig.answer_order(ended, trades)
    await canceller_of(rig).cancel(order)
    assert order.current_state is state
    assert [fill.exchange_trade_id for fill in rig.of(MarketEvent.OrderFilled)] == [
        str(trade.trade_id) for trade in trades
    ]


async def test_a_cancel_that_meets_a_fill_ends_as_the_fill(rig: Rig) -> None:
    order = seen_live(rig)
    rig.answer_cancel(BUY)
    await canceller_of(rig).cancel(order)
    rig.hear(WHOLE.event(BUY), BUY.now("done", "1.0").event())
    assert order.current_state is OrderState.FILLED
    assert rig.of(MarketEvent.OrderCancelled) == []


async def test_an_unknown_order_is_told_as_not_found_and_nothing_is_concluded(rig: Rig) -> None:
    order = seen_live(rig)
    rig.http.post(rest_url(CANCEL), status=404, payload=answer("cancel unknown id"))
    with pytest.raises(PeatioNotFoundError):
        await canceller_of(rig).cancel(order)
    assert order.is_open


async def test_an_exchange_in_trouble_is_told_as_that(rig: Rig) -> None:
    order = seen_live(rig)
    rig.http.post(rest_url(CANCEL), status=503)
    with pytest.raises(PeatioServerError):
        await canceller_of(rig).cancel(order)
    assert order.current_state is OrderState.OPEN


async def test_an_order_whose_create_is_not_answered_cannot_be_cancelled_yet(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_flight_order, "GET_EX_ORDER_ID_TIMEOUT", 0.01)
    order = rig.follow(BUY, is_created=False)
    order.exchange_order_id = None
    order.exchange_order_id_update_event.clear()
    with pytest.raises(PeatioPlacingError):
        await canceller_of(rig).cancel(order)
    assert rig.requests() == []


# All at once.


async def test_cancelling_all_waits_until_the_orders_have_ended(rig: Rig) -> None:
    order = seen_live(rig)
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
    seen_live(rig)
    rig.answer_cancel(BUY, callback=says(rig, WHOLE.event(BUY), BUY.now("done", "1.0").event()))
    assert await rig.exchange.cancel_all(5) == [CancellationResult("c1", True)]
    assert len(rig.of(MarketEvent.OrderFilled)) == 1


async def test_an_order_whose_last_event_is_lost_is_asked_for(rig: Rig) -> None:
    order = seen_live(rig)
    rig.answer_cancel(BUY)
    rig.answer_order(BUY.now("cancel"))
    assert await rig.exchange.cancel_all(5) == [CancellationResult("c1", True)]
    assert order.current_state is OrderState.CANCELED


async def test_a_cancel_without_effect_is_sent_again(rig: Rig) -> None:
    """As an exchange in trouble has it (docs/protocol.md section 4.11)."""
    seen_live(rig)
    rig.answer_cancel(BUY)
    rig.answer_order(BUY)
    rig.answer_cancel(BUY, callback=says(rig, BUY.now("cancel").event()))
    assert await rig.exchange.cancel_all(5) == [CancellationResult("c1", True)]
    assert rig.count("POST", CANCEL) == 2


async def test_a_failed_cancel_is_sent_again(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    seen_live(rig)
    rig.http.post(rest_url(CANCEL), status=503)
    rig.answer_order(BUY, repeat=True)
    rig.http.post(rest_url(CANCEL), body="<html>maintenance</html>")
    rig.http.post(rest_url(CANCEL), payload={"id": 18})
    rig.answer_cancel(BUY, callback=says(rig, BUY.now("cancel").event()))
    assert await rig.exchange.cancel_all(5) == [CancellationResult("c1", True)]
    assert rig.count("POST", CANCEL) == 4
    assert "Order c1 is not cancelled yet" in caplog.text


async def test_what_could_not_be_cancelled_in_time_is_named(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    good, bad = WireOrder(18), WireOrder(19)
    seen_live(rig, good, "good")
    seen_live(rig, bad, "bad")
    rig.answer_cancel(good, callback=says(rig, good.now("cancel").event()))
    rig.http.post(rest_url("market/orders/19/cancel"), status=503, repeat=True)
    rig.answer_order(bad, repeat=True)
    assert await rig.exchange.cancel_all(0.2) == [CancellationResult("good", True), CancellationResult("bad", False)]
    assert "Not known to be cancelled, look at the exchange: bad" in caplog.text


async def test_a_refusal_is_not_repeated(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    seen_live(rig)
    rig.http.post(rest_url(CANCEL), status=403, payload={"errors": ["market.trade.not_permitted"]})
    assert await rig.exchange.cancel_all(5) == [CancellationResult("c1", False)]
    assert rig.count("POST", CANCEL) == 1
    assert "raise its level" in caplog.text


async def test_cancelling_all_removes_the_ghosts_before_it_is_done(rig: Rig) -> None:
    """A bot that stops leaves nothing behind that could still be hit."""
    rig.follow(BUY)
    rig.answer_order(PENDING, repeat=True)
    rig.answer_cancel(PENDING, callback=says(rig, BUY.now("cancel").event()))
    rig.answer_cancel(BUY.now("cancel"))
    assert await rig.exchange.cancel_all(5) == [CancellationResult("c1", True)]
    assert rig.count("POST", CANCEL) == 2


async def test_only_some_cancels_are_under_way_at_a_time(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    wires = [WireOrder(number) for number in range(1, CONSTANTS.PARALLEL_CANCELS * 3 + 1)]
    for wire in wires:
        seen_live(rig, wire, f"c{wire.order_id}")
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
        rig.answer_cancel(wire, callback=says(rig, wire.now("cancel").event()))
    results = await rig.exchange.cancel_all(5)
    assert [result.success for result in results] == [True] * len(wires)
    assert most == CONSTANTS.PARALLEL_CANCELS
