"""Orders that the exchange makes smaller and larger without a trade, report by report."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.core.data_type.in_flight_order import OrderState
from hummingbot.core.event.events import MarketEvent

from test.hummingbot.connector.exchange.peatio.fixtures import WireOrder, WireTrade, rest_url
from test.hummingbot.connector.exchange.peatio.rig import PAIR, Rig
from test.patience import eventually

FILLED = MarketEvent.OrderFilled
COMPLETED = MarketEvent.BuyOrderCompleted
D = Decimal

BUY = WireOrder(18)
SMALLER = replace(BUY, volume="0.6")
HALF = WireTrade(8, "30000.0", "0.5", "sell")
FIRST_S = 1_800_000_000


def at(wire: WireOrder, second: int, **changes: Any) -> dict[str, Any]:
    """Its event, written in that second."""
    event = wire.event()
    return {"order": {**event["order"], "updated_at": FIRST_S + second, **changes}}


def reserved(rig: Rig) -> Decimal:
    return rig.exchange._balances._reservations["c1"].amount


@pytest.fixture
def pegged(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """The market is named under `pegged:`, and its looks are 0.2 s apart."""
    rig.exchange._settings.current = ConnectorSettings(pegged=(PAIR,))
    monkeypatch.setattr(CONSTANTS, "RESIZE_LOOKS_S", 0.2)
    return rig


async def test_a_lower_origin_is_a_resize_at_once_and_locks_follow(rig: Rig) -> None:
    order = rig.follow_live(BUY)
    assert reserved(rig) == 30000
    rig.hear(at(SMALLER, 1))
    assert (order.amount, order.size.placed) == (D("0.6"), D("1.0"))
    assert reserved(rig) == 18000
    rig.hear(HALF.event(BUY), at(SMALLER.now("wait", "0.5"), 2))
    assert reserved(rig) == 3000
    rig.hear(at(replace(BUY, executed="0.5"), 3))
    assert (order.amount, reserved(rig)) == (D("1.0"), D(15000))
    assert rig.requests() == []
    assert order.current_state is OrderState.PARTIALLY_FILLED


async def test_it_completes_at_its_new_size(rig: Rig) -> None:
    order = rig.follow_live(BUY)
    rig.hear(at(replace(BUY, volume="0.5"), 1), HALF.event(BUY), at(replace(BUY, volume="0.5").now("done", "0.5"), 2))
    assert order.current_state is OrderState.FILLED
    assert rig.of(COMPLETED)[0].base_asset_amount == D("0.5")
    assert rig.requests() == []


async def test_it_completes_where_the_end_is_the_first_to_say_so(rig: Rig) -> None:
    """A resize without an event, and the order filled at its new size."""
    order = rig.follow_live(BUY)
    rig.hear(HALF.event(BUY), at(replace(BUY, volume="0.5").now("done", "0.5"), 2))
    assert (order.current_state, order.amount) == (OrderState.FILLED, D("0.5"))
    assert rig.requests() == []


async def test_an_older_report_does_not_undo_a_resize(rig: Rig) -> None:
    order = rig.follow_live(BUY)
    rig.hear(at(SMALLER, 5), at(BUY, 4))
    assert order.amount == D("0.6")
    assert rig.requests() == []


async def test_where_two_reports_of_one_second_differ_the_exchange_is_asked(rig: Rig) -> None:
    order = rig.follow_live(BUY)
    answer = SMALLER.row([], updated_at="2027-01-15T08:00:05Z")
    rig.http.get(rest_url("market/orders/18"), payload=answer, repeat=True)
    rig.hear(at(SMALLER, 5), at(BUY, 5))
    await eventually(lambda: not order.size.is_doubtful, "an answer agrees")
    assert order.amount == D("0.6")
    await eventually(lambda: rig.report_handler.is_complete, "it is asked for no more")
    assert rig.count("GET", "market/orders/18") == 2


async def test_a_resize_to_below_what_was_filled_leaves_what_was_filled(rig: Rig) -> None:
    order = rig.follow_live(BUY)
    rig.hear(HALF.event(BUY), at(BUY.now("wait", "0.5"), 1))
    below = {"origin_volume": "0.3", "remaining_volume": "0.0", "executed_volume": "0.3"}
    rig.hear(at(BUY, 2, **below))
    assert (order.amount, reserved(rig)) == (D("0.5"), D(0))
    assert order.is_open
    assert not order.is_done
    assert rig.exchange.limit_orders == []
    rig.hear(at(BUY.now("cancel"), 3, **below))
    assert order.current_state is OrderState.CANCELED
    assert len(rig.of(FILLED)) == 1


async def test_at_zero_it_rests_and_grows_back(rig: Rig) -> None:
    order = rig.follow_live(BUY)
    rig.hear(at(replace(BUY, volume="0.0"), 1))
    assert (order.amount, order.is_open, order.is_done, order.is_filled) == (D(0), True, False, False)
    assert "c1" in rig.exchange.in_flight_orders
    assert rig.exchange.limit_orders == []
    assert rig.exchange.notices == [
        "BTC-USD: the exchange resized 1 open order(s) without a trade, together from 1 to 0; 1 of them at zero, out "
        "of the book until the exchange lets them grow."
    ]
    rig.hear(at(SMALLER, 2))
    assert [each.quantity for each in rig.exchange.limit_orders] == [D("0.6")]
    assert "1 open order(s) without a trade, together from 1 to 0.6." in rig.exchange.notices[0]


async def test_a_phantom_fill_is_looked_for_where_the_market_is_not_named(rig: Rig) -> None:
    order = rig.follow_live(BUY)
    rig.answer_order(BUY.now("wait", "0.4"), [], repeat=True)
    rig.hear(at(BUY.now("wait", "0.4"), 1))
    await eventually(lambda: rig.count("GET", "market/orders/18") > 20, "it is asked for without an end")
    assert (order.amount, order.size.unexplained) == (D(1), D(0))


async def test_a_phantom_fill_is_a_resize_after_two_looks(pegged: Rig) -> None:
    order = pegged.follow_live(BUY)
    pegged.answer_order(BUY.now("wait", "0.4"), [], repeat=True)
    pegged.hear(at(BUY.now("wait", "0.4"), 1))
    await eventually(lambda: order.amount == D("0.6"), "two looks agree")
    assert (order.size.unexplained, reserved(pegged)) == (D("0.4"), D(18000))
    assert order.current_state is OrderState.OPEN, "nothing was filled"
    await eventually(lambda: pegged.report_handler.is_complete, "no look-up goes on")
    rest = WireTrade(9, "30000.0", "0.6", "sell")
    pegged.http.get(rest_url("market/orders/18"), payload=BUY.now("done", "1.0").row([rest]), repeat=True)
    pegged.hear(rest.event(BUY), at(BUY.now("done", "1.0"), 3))
    assert order.current_state is OrderState.FILLED
    assert pegged.of(COMPLETED)[0].base_asset_amount == D("0.6")


async def test_growing_back_takes_less_for_a_phantom(pegged: Rig) -> None:
    order = pegged.follow_live(BUY)
    pegged.answer_order(BUY.now("wait", "0.4"), [], repeat=True)
    pegged.hear(at(BUY.now("wait", "0.4"), 1))
    await eventually(lambda: order.amount == D("0.6"), "two looks agree")
    pegged.hear(at(BUY.now("wait", "0.1"), 2))
    assert order.amount == D("0.9")
    assert reserved(pegged) == 27000


async def test_a_trade_that_turns_up_late_is_booked_once_and_corrects_the_size(pegged: Rig) -> None:
    """What was taken for a resize was a fill: its trade comes after the second look."""
    order = pegged.follow_live(BUY)
    late = WireTrade(8, "30000.0", "0.4", "sell")
    pegged.answer_order(BUY.now("wait", "0.4"), [], repeat=True)
    pegged.hear(at(BUY.now("wait", "0.4"), 1))
    await eventually(lambda: order.amount == D("0.6"), "it is taken for a resize")
    await eventually(lambda: pegged.report_handler.is_complete, "no look-up goes on")
    pegged.http.clear()
    pegged.http.requests.clear()
    pegged.answer_order(BUY.now("wait", "0.4"), [late], repeat=True)
    pegged.hear(late.event(BUY), late.event(BUY))
    await eventually(lambda: order.amount == D("1.0"), "the size is corrected")
    assert (order.executed_amount_base, order.size.unexplained) == (D("0.4"), D(0))
    assert len(pegged.of(FILLED)) == 1
    assert reserved(pegged) == 18000
    rest = WireTrade(9, "30000.0", "0.6", "sell")
    pegged.hear(rest.event(BUY), at(BUY.now("done", "1.0"), 3))
    assert pegged.of(COMPLETED)[0].base_asset_amount == D("1.0")


async def test_a_late_trade_on_another_market_is_never_taken_for_a_resize(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONSTANTS, "RESIZE_LOOKS_S", 0.0)
    order = rig.follow_live(BUY)
    for _ in range(5):
        rig.answer_order(BUY.now("wait", "0.5"), [])
    rig.answer_order(BUY.now("wait", "0.5"), [HALF])
    rig.hear(at(BUY.now("wait", "0.5"), 1))
    await eventually(lambda: rig.of(FILLED), "the fill is found")
    assert (order.amount, order.executed_amount_base) == (D(1), D("0.5"))


async def test_a_saved_order_knows_its_sizes(pegged: Rig) -> None:
    order = pegged.follow_live(BUY)
    pegged.hear(at(SMALLER, 1))
    restored = TrackedOrder.from_json(json.loads(json.dumps(order.to_json())))
    assert (restored.amount, restored.size.placed, restored.size.origin) == (D("0.6"), D("1.0"), D("0.6"))
    assert restored.to_intent().amount == D("1.0")


async def test_a_saved_order_knows_its_former_ids_where_it_has_its_size_again(pegged: Rig) -> None:
    """A trade of the former id may still be reported."""
    order = pegged.follow_live(BUY)
    order.size.replaced(frozenset({"17"}), D(0), D(0))
    assert not order.size.is_resized
    restored = TrackedOrder.from_json(json.loads(json.dumps(order.to_json())))
    assert restored.has_id("17")


async def test_a_market_order_has_no_size_that_changes(rig: Rig) -> None:
    wire = WireOrder(18, price=None)
    order = rig.follow(wire)
    rig.hear(at(replace(wire, volume="0.6"), 1))
    assert order.amount == 1
