"""Which of several like orders is in whose place, where Hummingbot's database knows it and the journal does not: the
disk refused to write the new id, and the process died."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio import peatio_engine_host
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.intent import Intent
from hummingbot.connector.exchange.peatio.execution.trade_records import OrderRecord
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.core.event.events import MarketEvent

from test.hummingbot.connector.exchange.peatio.fixtures import WireOrder, WireTrade
from test.hummingbot.connector.exchange.peatio.rig import OPEN_ORDERS, PAIR, Rig
from test.patience import eventually

D = Decimal
PRICE = D(30000)
FIRST, SECOND = WireOrder(17), WireOrder(18)


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """What Hummingbot's database has: client order id → its trades."""
    trades: dict[str, set[str]] = {}
    monkeypatch.setattr(
        peatio_engine_host, "record_of", lambda _, key: OrderRecord(True, frozenset(trades.get(key, ())))
    )
    return trades


def left(rig: Rig, orders: Mapping[str, WireOrder]) -> list[TrackedOrder]:
    """Orders of the last run, as its journal and Hummingbot's database know them."""
    rig.exchange._settings.current = ConnectorSettings(pegged=(PAIR,))
    engine, found = rig.exchange._engine, []
    for key, wire in orders.items():
        intent = Intent(key, PAIR, "btcusd", is_buy=True, amount=D(wire.volume), price=PRICE, created_at_s=1.0)
        engine.journal.record(intent)
        engine.journal.live(key, str(wire.order_id), None)
        order = rig.follow_live(wire, key)
        order.learn(intent, rig.exchange.order_record(key))
        found.append(order)
    return found


def has_put(rig: Rig, orders: Mapping[WireOrder, str | None]) -> None:
    """The exchange has these in their places, with the id of the trade that filled a part of it."""
    for wire, trade_id in orders.items():
        trades = [] if trade_id is None else [WireTrade(int(trade_id), str(PRICE), "0.1")]
        rig.answer_order(wire, trades, repeat=True)
    rows = [wire.row(uuid=f"of {wire.order_id}") for wire in orders]
    rig.http.get(OPEN_ORDERS, payload=rows, repeat=True)


def next_one(order_id: int, volume: str = "0.6", executed: str = "0") -> WireOrder:
    return replace(FIRST, order_id=order_id, volume=volume).now("wait", executed=executed)


async def test_like_orders_go_on_as_those_whose_fills_are_recorded_for_them(
    rig: Rig, recorded: dict[str, set[str]]
) -> None:
    """Pegged seed 83879 of the simulation: each was taken for the other one, and its fills were recorded again."""
    recorded.update(c1={"8"}, c2={"7"})
    orders = left(rig, {"c1": FIRST, "c2": SECOND})
    has_put(rig, {next_one(19, executed="0.1"): "7", next_one(20, executed="0.1"): "8"})
    for wire in (FIRST, SECOND):
        rig.hear(wire.now("cancel").event())
    await eventually(lambda: [order.exchange_order_id for order in orders] == ["20", "19"], "both go on")
    await eventually(lambda: [order.executed_amount_base for order in orders] == [D("0.1")] * 2, "the fills are known")
    assert rig.of(MarketEvent.OrderFilled) == [], "and not recorded again"


@pytest.mark.parametrize("is_second_followed", [True, False])
async def test_one_goes_on_as_no_order_whose_fills_are_recorded_for_another(
    rig: Rig, recorded: dict[str, set[str]], is_second_followed: bool
) -> None:
    recorded.update(c2={"7"})
    order, _ = left(rig, {"c1": FIRST, "c2": SECOND})
    if not is_second_followed:  # its own look at the exchange is not answered yet
        rig.tracker.stop_tracking_order("c2")
        rig.tracker._cached_orders.clear()
    has_put(rig, {next_one(19, executed="0.1"): "7", next_one(20): None})
    rig.hear(FIRST.now("cancel").event())
    await eventually(lambda: order.exchange_order_id == "20", "it goes on")


async def test_of_those_without_recorded_fills_each_goes_on_in_the_order_of_the_sizes(
    rig: Rig, recorded: dict[str, set[str]]
) -> None:
    recorded.update(c2={"7"})
    wires = {"c3": replace(FIRST, order_id=16, volume="0.8"), "c1": FIRST, "c2": replace(SECOND, volume="0.9")}
    orders = left(rig, wires)
    has_put(rig, {next_one(19): None, next_one(20, "0.54", "0.1"): "7", next_one(21, "0.48"): None})
    for wire in wires.values():
        rig.hear(wire.now("cancel").event())
    await eventually(lambda: [order.exchange_order_id for order in orders] == ["21", "19", "20"], "all go on")


async def test_fills_that_this_process_knows_are_asked_for_at_no_order(
    rig: Rig, recorded: dict[str, set[str]]
) -> None:
    order, second = left(rig, {"c1": FIRST, "c2": SECOND})
    rig.hear(WireTrade(7, str(PRICE), "0.1").event(SECOND))
    recorded.update(c2={"7"})
    other = next_one(19, executed="0.1")
    rig.http.get(OPEN_ORDERS, payload=[other.row(uuid="of 19")], repeat=True)
    rig.hear(FIRST.now("cancel").event())
    await eventually(lambda: order.exchange_order_id == "19", "it goes on, although no answer has that order's trades")
    assert second.exchange_order_id == "18"


@pytest.mark.parametrize(("owner", "now"), [("c1", "20"), ("c2", "19")])
async def test_one_whose_cancel_was_taken_goes_on_likewise(
    rig: Rig, recorded: dict[str, set[str]], monkeypatch: pytest.MonkeyPatch, owner: str, now: str
) -> None:
    monkeypatch.setattr(CONSTANTS, "REPLACEMENT_LIMIT_S", 0.0)
    recorded[owner] = {"8"}
    order, _ = left(rig, {"c1": FIRST, "c2": SECOND})
    rig.answer_cancel(FIRST)
    await rig.cancel(order)
    rig.hear(FIRST.now("cancel").event())
    has_put(rig, {SECOND: None, next_one(19): None, next_one(20, executed="0.1"): "8"})
    for wire in (next_one(19), next_one(20)):
        rig.answer_cancel(wire, repeat=True)
    await rig.exchange._engine._replacements.poll()
    assert (rig.tracker.is_lost(order), order.exchange_order_id) == (True, now)
