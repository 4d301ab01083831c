"""Hummingbot's order tracker where events arrive in any order."""

import gc
import itertools

import pytest
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.core.data_type.in_flight_order import OrderState, OrderUpdate
from hummingbot.core.event.events import MarketEvent

from test.hummingbot.connector.exchange.peatio.fixtures import WireOrder, WireTrade, settle
from test.hummingbot.connector.exchange.peatio.rig import PAIR, Rig

# States that Peatio's lifecycle leads to, each with those that may follow it.
FOLLOWERS = {
    OrderState.PENDING_CREATE: "OPEN PARTIALLY_FILLED PENDING_CANCEL CANCELED FILLED FAILED",
    OrderState.OPEN: "PARTIALLY_FILLED PENDING_CANCEL CANCELED FILLED FAILED",
    OrderState.PARTIALLY_FILLED: "PENDING_CANCEL CANCELED FILLED FAILED",
    OrderState.PENDING_CANCEL: "CANCELED FILLED FAILED",
    OrderState.CANCELED: "",
    OrderState.FILLED: "",
    OrderState.FAILED: "",
}
FINAL = (OrderState.CANCELED, OrderState.FILLED, OrderState.FAILED)


def update_to(state: OrderState, client_order_id: str | None = "c1") -> OrderUpdate:
    return OrderUpdate(PAIR, 1795207700.0, state, client_order_id=client_order_id, exchange_order_id="18")


def order_in(rig: Rig, state: OrderState) -> TrackedOrder:
    order = rig.follow(WireOrder(18), is_created=False)
    order.completely_filled_event.set()  # so that FILLED need not wait
    if state is not OrderState.PENDING_CREATE:
        rig.tracker.process_order_update(update_to(state))
    assert order.current_state is state
    return order


@pytest.mark.parametrize(("before", "after"), list(itertools.product(FOLLOWERS, FOLLOWERS)))
async def test_a_state_only_rises_and_a_final_one_stays(rig: Rig, before: OrderState, after: OrderState) -> None:
    order = order_in(rig, before)
    reported = list(rig.events)
    rig.tracker.process_order_update(update_to(after))
    if after.name in FOLLOWERS[before].split():
        assert order.current_state is after
    else:
        assert order.current_state is before
        assert rig.events == reported


@pytest.mark.parametrize("final", FINAL)
async def test_the_end_is_reported_once_however_often_it_is_told(rig: Rig, final: OrderState) -> None:
    order_in(rig, final)
    for state in (OrderState.OPEN, final, *FINAL):
        rig.tracker.process_order_update(update_to(state))
        await settle()
    ends = [kind for kind in rig.kinds if kind is not MarketEvent.BuyOrderCreated]
    assert len(ends) == 1


def ends_of(rig: Rig) -> list[TrackedOrder]:
    """The orders whose end the tracker reports from now on."""
    ended: list[TrackedOrder] = []

    class Listener:
        def on_order_ended(self, order: TrackedOrder, state: OrderState) -> None:
            ended.append(order)

    rig.tracker._listener = Listener()
    return ended


@pytest.mark.parametrize("state", [OrderState.OPEN, OrderState.PARTIALLY_FILLED, OrderState.PENDING_CANCEL])
async def test_an_order_has_not_ended_while_it_may_still_trade(rig: Rig, state: OrderState) -> None:
    ended = ends_of(rig)
    assert not order_in(rig, state).ended_event.is_set()
    assert ended == []


@pytest.mark.parametrize("final", FINAL)
async def test_the_end_of_an_order_is_noticed(rig: Rig, final: OrderState) -> None:
    ended = ends_of(rig)
    order = order_in(rig, final)
    assert order.ended_event.is_set()
    assert ended == [order]


async def test_an_update_takes_effect_before_the_call_returns(rig: Rig) -> None:
    order = rig.follow(WireOrder(18), is_created=False)
    rig.tracker.process_order_update(update_to(OrderState.OPEN))
    # No `await` between: what follows in the same step sees the new state.
    assert order.current_state is OrderState.OPEN
    assert rig.kinds == [MarketEvent.BuyOrderCreated]


async def test_an_update_finds_its_order_by_the_exchanges_id(rig: Rig) -> None:
    order = rig.follow(WireOrder(18), is_created=False)
    rig.tracker.process_order_update(update_to(OrderState.OPEN, client_order_id=None))
    assert order.current_state is OrderState.OPEN


async def test_an_update_of_an_unknown_order_changes_nothing(rig: Rig) -> None:
    order = rig.follow(WireOrder(18), is_created=False)
    rig.tracker.process_order_update(
        OrderUpdate(PAIR, 1.0, OrderState.FAILED, client_order_id="c9", exchange_order_id="99")
    )
    assert order.current_state is OrderState.PENDING_CREATE
    assert rig.events == []


async def test_finds_an_order_by_the_exchanges_id_as_soon_as_it_has_one(rig: Rig) -> None:
    order = rig.follow(WireOrder(18), is_created=False)
    order.exchange_order_id = None
    assert rig.tracker.find("18") is None
    order.update_exchange_order_id("18")
    assert rig.tracker.find("18") is order
    assert rig.tracker.find("18") is order  # by its index now
    assert rig.tracker.find("19") is None


@pytest.mark.parametrize("is_found_before", [True, False])
async def test_finds_a_closed_order_until_hummingbot_forgets_it(rig: Rig, is_found_before: bool) -> None:
    order = rig.follow(WireOrder(18), is_created=False)
    if is_found_before:
        assert rig.tracker.find("18") is order
    rig.tracker.process_order_update(update_to(OrderState.CANCELED))
    assert "c1" not in rig.tracker.active_orders
    assert rig.tracker.find("18") is order
    rig.tracker._cached_orders.clear()
    assert rig.tracker.find("18") is None


async def test_finds_a_lost_order(rig: Rig) -> None:
    order = rig.follow(WireOrder(18), is_created=False)
    for _ in range(rig.tracker.lost_order_count_limit + 1):
        await rig.tracker.process_order_not_found("c1")
    assert rig.tracker.lost_orders == {"c1": order}
    assert rig.tracker.find("18") is order
    # Its end at the exchange takes it from the list, without a second report.
    rig.tracker.process_order_update(update_to(OrderState.CANCELED))
    await settle()
    assert rig.tracker.find("18") is None
    assert rig.kinds == [MarketEvent.OrderFailure]


@pytest.mark.parametrize("sign", ["order", "trade", "poll"])
async def test_an_order_that_was_found_in_between_is_not_lost(rig: Rig, sign: str) -> None:
    """Only "not found" several times in a row says that the exchange does not have it."""
    wire = WireOrder(18)
    order = rig.follow_live(wire)
    for _ in range(rig.tracker.lost_order_count_limit):
        await rig.tracker.process_order_not_found("c1")
    if sign == "order":
        rig.hear(wire.event())
    elif sign == "trade":
        rig.hear(WireTrade(8, "30000.0", "0.5", "sell").event(wire))
    else:
        rig.answer_open_orders(wire)
        rig.answer_trades()
        await rig.exchange._update_order_status()
    for _ in range(rig.tracker.lost_order_count_limit):
        await rig.tracker.process_order_not_found("c1")
    assert order.is_open
    assert rig.tracker.lost_orders == {}
    await rig.tracker.process_order_not_found("c1")
    assert rig.tracker.lost_orders == {"c1": order}


async def test_an_order_given_up_that_turns_up_is_followed_for_its_fills(rig: Rig) -> None:
    order = rig.follow(WireOrder(18), is_created=False)
    order.exchange_order_id = None
    rig.tracker.process_order_update(OrderUpdate(PAIR, 1.0, OrderState.FAILED, client_order_id="c1"))
    rig.tracker.follow_as_lost(order, "18")
    assert rig.tracker.find("18") is order
    assert not order.ended_event.is_set()  # it is there to be cancelled
    rig.hear(WireTrade(8, "30000.0", "0.5", "sell").event(WireOrder(18)))
    assert [fill.order_id for fill in rig.of(MarketEvent.OrderFilled)] == ["c1"]
    ended = ends_of(rig)
    rig.hear(WireOrder(18, "cancel", executed="0.5").event())
    assert rig.tracker.lost_orders == {}
    assert ended == [order]
    assert rig.of(MarketEvent.OrderCancelled) == []


async def test_keeps_no_order_alive_that_hummingbot_has_forgotten(rig: Rig) -> None:
    rig.follow(WireOrder(18))
    rig.tracker.find("18")
    del rig.tracker._in_flight_orders["c1"]
    gc.collect()
    assert len(rig.tracker._by_exchange_order_id) == 0


async def test_restores_orders_with_what_peatio_adds_to_them(rig: Rig) -> None:
    order = rig.follow(WireOrder(18), is_created=False)
    saved = rig.exchange.tracking_states
    rig.tracker._in_flight_orders.clear()
    rig.exchange.restore_tracking_states(saved)
    restored = rig.tracker.find("18")
    assert restored == order
    assert restored is not order
    assert restored is not None
    assert restored.fee_rates == order.fee_rates


async def test_restoring_leaves_alone_what_is_known_better_by_now(rig: Rig) -> None:
    """Hummingbot restores its saved states after the connector has already settled the last run's orders."""
    order = rig.follow(WireOrder(18))
    saved = rig.exchange.tracking_states
    rig.tracker.process_order_update(update_to(OrderState.CANCELED))
    rig.exchange.restore_tracking_states(saved)
    assert rig.tracker.active_orders == {}
    assert order.current_state is OrderState.CANCELED


async def test_a_saved_failure_that_the_exchange_never_knew_is_forgotten(rig: Rig) -> None:
    known, unknown = rig.follow(WireOrder(18), "known"), rig.follow(WireOrder(19), "unknown")
    unknown.exchange_order_id = None
    for order in (known, unknown):
        order.current_state = OrderState.FAILED
    saved = rig.exchange.tracking_states
    rig.tracker._in_flight_orders.clear()
    rig.exchange.restore_tracking_states(saved)
    assert rig.tracker.lost_orders.keys() == {"known"}
