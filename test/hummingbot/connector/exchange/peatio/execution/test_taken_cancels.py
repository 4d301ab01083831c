"""Orders that ended after their cancel was taken, and that the exchange may have replaced before."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.messages import parse_order
from hummingbot.connector.exchange.peatio.execution.follow_ups import FollowUp
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.intent import Intent, IntentState
from hummingbot.connector.exchange.peatio.execution.intent_journal import IntentJournal
from hummingbot.connector.exchange.peatio.resizes.successors import Replaced
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.core.data_type.in_flight_order import OrderState
from hummingbot.core.event.events import MarketEvent

from test.hummingbot.connector.exchange.peatio.fixtures import WireOrder, WireTrade, rest_url
from test.hummingbot.connector.exchange.peatio.rig import OPEN_ORDERS, PAIR, Rig
from test.patience import eventually

D = Decimal
BUY = WireOrder(18)
IN_ITS_PLACE = replace(BUY, order_id=19, volume="0.6")


def intent(key: str, amount: str = "1.0", price: str = "30000") -> Intent:
    created_at_s = 1_795_207_684.0
    return Intent(key, PAIR, "btcusd", is_buy=True, amount=D(amount), price=D(price), created_at_s=created_at_s)


def journal_of(rig: Rig) -> IntentJournal:
    return rig.exchange._engine.journal


def in_question(rig: Rig) -> list[tuple[str, str | None]]:
    found = journal_of(rig).follow_ups.of(FollowUp.SUCCESSOR)
    return [(each.client_order_id, each.exchange_order_id) for each in found]


async def poll(rig: Rig) -> None:
    await rig.exchange._engine._replacements.poll()


async def cancelled(rig: Rig, monkeypatch: pytest.MonkeyPatch, left: str = "1.0") -> TrackedOrder:
    """An order that ended right after its cancel was taken, some seconds ago. Its second cancel is answered.

    :param left: how much cycles had left of it
    """
    monkeypatch.setattr(CONSTANTS, "REPLACEMENT_LIMIT_S", 0.0)
    rig.exchange._settings.current = ConnectorSettings(pegged=(PAIR,))
    journal_of(rig).record(intent("c1"))
    journal_of(rig).live("c1", "18", None)
    order = rig.follow_live(BUY)
    rig.answer_cancel(BUY)
    await rig.cancel(order)
    rig.hear(replace(BUY, volume=left).now("cancel").event())
    assert order.current_state is OrderState.CANCELED
    rig.answer_cancel(BUY.now("cancel"))
    await rig.exchange._engine.second_cancels.wait()
    assert in_question(rig) == [("c1", "18")]
    return order


async def test_an_order_in_its_place_that_no_event_reports_is_found_and_cancelled(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pegged seed 681 of the simulation: such an order stayed open, and nobody followed it."""
    order = await cancelled(rig, monkeypatch)
    rig.http.get(OPEN_ORDERS, payload=[IN_ITS_PLACE.row(), BUY.now("cancel").row()])
    rig.answer_cancel(IN_ITS_PLACE, callback=rig.says(IN_ITS_PLACE.now("cancel").event()))
    rig.answer_cancel(IN_ITS_PLACE.now("cancel"))
    rig.answer_cancel(BUY.now("cancel"), repeat=True)
    await poll(rig)
    assert (rig.tracker.is_lost(order), order.exchange_order_id) == (True, "19")
    assert in_question(rig) == []
    (row,) = journal_of(rig).file.unfinished()
    assert (row.exchange_order_id, row.state, row.is_cancel_wanted) == ("19", IntentState.LIVE, True)
    await eventually(order.ended_event.is_set, "it is cancelled")
    await rig.exchange._engine.second_cancels.wait()
    assert rig.count("POST", "market/orders/19/cancel") == 2, "the second one removes it from the engine"
    assert len(rig.of(MarketEvent.OrderCancelled)) == 1


async def test_what_the_order_in_its_place_was_filled_for_is_recorded(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await cancelled(rig, monkeypatch)
    rig.http.get(OPEN_ORDERS, payload=[IN_ITS_PLACE.now("done", "0.6").row()])
    rig.answer_order(IN_ITS_PLACE.now("done", "0.6"), [WireTrade(8, "30000.0", "0.6", "sell")])
    for wire in (BUY.now("cancel"), IN_ITS_PLACE.now("done", "0.6")):
        rig.answer_cancel(wire, repeat=True)
    await poll(rig)
    await eventually(order.ended_event.is_set, "its fill is known")
    (fill,) = rig.of(MarketEvent.OrderFilled)
    assert (fill.order_id, fill.amount, fill.exchange_order_id) == ("c1", D("0.6"), "19")
    assert len(rig.of(MarketEvent.OrderCancelled)) == 1, "its end is reported once"
    assert rig.of(MarketEvent.BuyOrderCompleted) == []
    await rig.exchange._engine.second_cancels.wait()
    assert journal_of(rig).unfinished() == []


async def test_the_end_is_in_question_until_the_exchange_lists_no_such_order(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cancelled(rig, monkeypatch)
    rig.http.get(OPEN_ORDERS, status=503)
    await poll(rig)
    assert in_question(rig) == [("c1", "18")]
    rig.http.get(OPEN_ORDERS, payload=[replace(IN_ITS_PLACE, price="29999.0").row(), BUY.now("cancel").row()])
    await poll(rig)
    assert in_question(rig) == []
    asked = rig.count("GET", "market/orders")
    await poll(rig)
    assert rig.count("GET", "market/orders") == asked


async def test_nothing_is_asked_before_an_order_in_its_place_is_surely_stored(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cancelled(rig, monkeypatch)
    monkeypatch.setattr(CONSTANTS, "REPLACEMENT_LIMIT_S", 60.0)
    await poll(rig)
    assert rig.count("GET", "market/orders") == 0


def lost_create(rig: Rig, before_s: float = 0.0, amount: str = "0.6") -> None:
    """Without an answer, of an order of just the size of `IN_ITS_PLACE`.

    :param before_s: how long before that one was stored
    """
    sent_at_s = intent("c2").created_at_s - before_s
    journal_of(rig).record(intent("c2", amount).changed(created_at_s=sent_at_s))
    journal_of(rig).sent("c2", sent_at_s)


@pytest.mark.parametrize("left", ["1.0", "0.6", "0.4"])
@pytest.mark.parametrize("before_s", [0.0, CONSTANTS.REQUEST_TIMEOUT_S + 10])
async def test_one_of_just_the_size_that_a_create_asked_for_is_that_ones(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, before_s: float, left: str
) -> None:
    """Pegged seeds 85321 and 81205 of the simulation: it was stored too late to be surely that create's. Dense seed 37:
    less had been left than that, and more is its full size."""
    order = await cancelled(rig, monkeypatch, left)
    rig.http.get(OPEN_ORDERS, payload=[IN_ITS_PLACE.row()], repeat=True)
    lost_create(rig, before_s)
    rig.hear(IN_ITS_PLACE.event())
    assert (in_question(rig), order.exchange_order_id) == ([("c1", "18")], "18")
    monkeypatch.setattr(CONSTANTS, "REPLACEMENT_DECIDED_S", -1.0)
    await poll(rig)
    assert (in_question(rig), order.exchange_order_id) == ([], "18")


async def test_an_order_that_a_create_without_an_answer_may_be_is_left_until_that_is_known(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cancelled(rig, monkeypatch, left="0.4")
    grown = replace(IN_ITS_PLACE, volume="1.0")
    rig.http.get(OPEN_ORDERS, payload=[BUY.now("cancel").row(uuid="of 18"), grown.row()], repeat=True)
    lost_create(rig, amount="1.0")
    rig.hear(grown.event())
    await poll(rig)
    assert in_question(rig) == [("c1", "18")]
    journal_of(rig).live("c2", "19", None)
    await poll(rig)
    assert in_question(rig) == []
    assert [row.exchange_order_id for row in journal_of(rig).unfinished()] == ["19"]


async def test_of_more_orders_than_were_cancelled_none_is_taken_and_all_are_named(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await cancelled(rig, monkeypatch)
    rows = [replace(IN_ITS_PLACE, order_id=number).row() for number in (19, 20)]
    rig.http.get(OPEN_ORDERS, payload=rows, repeat=True)
    await poll(rig)
    assert in_question(rig) == [("c1", "18")]
    monkeypatch.setattr(CONSTANTS, "REPLACEMENT_DECIDED_S", -1.0)
    await poll(rig)
    assert in_question(rig) == []
    assert "Orders 19, 20 look like one that the exchange put in its place" in caplog.text


async def test_of_two_one_is_in_the_place_of_a_late_order_that_is_left_alone(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await cancelled(rig, monkeypatch)
    lost_create(rig, CONSTANTS.REQUEST_TIMEOUT_S + 10)
    journal_of(rig).absent("c2")
    late = replace(BUY, order_id=17, volume="0.6").now("cancel")
    next_ones = [replace(BUY, order_id=number, volume=volume) for number, volume in ((19, "0.3"), (20, "0.5"))]
    rows = [late.row(uuid="of 17"), *(wire.row(uuid=f"of {wire.order_id}") for wire in next_ones)]
    rig.http.get(OPEN_ORDERS, payload=rows, repeat=True)
    rig.answer_cancel(next_ones[1], callback=rig.says(next_ones[1].now("cancel").event()))
    rig.answer_cancel(BUY.now("cancel"), repeat=True)
    await poll(rig)
    assert (in_question(rig), order.exchange_order_id) == ([], "20")


async def test_one_that_was_stored_when_a_late_order_ended_is_not_of_one_that_its_cancel_had_ended(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pegged seed 133792 of the simulation: its event came before that of the late one's end."""
    order = await cancelled(rig, monkeypatch)
    lost_create(rig, CONSTANTS.REQUEST_TIMEOUT_S + 10)
    ended = parse_order(BUY.now("cancel").row())
    cycle_s = ended.updated_at_s + 1
    cycle = datetime.fromtimestamp(cycle_s, UTC).isoformat().replace("+00:00", "Z")
    late, next_one = replace(BUY, order_id=17, volume="0.6").now("cancel"), replace(BUY, order_id=19, volume="0.3")
    event = next_one.event()
    event["order"]["created_at"] = int(cycle_s)
    rig.hear(event)
    assert order.exchange_order_id == "18"
    rows = [late.row(uuid="of 17", updated_at=cycle), next_one.row(uuid="of 19", created_at=cycle)]
    rig.http.get(OPEN_ORDERS, payload=[*rows, BUY.now("cancel").row(uuid="of 18")], repeat=True)
    await poll(rig)
    assert (in_question(rig), order.exchange_order_id) == ([("c1", "18")], "18")
    monkeypatch.setattr(CONSTANTS, "REPLACEMENT_DECIDED_S", -1.0)
    await poll(rig)
    assert (in_question(rig), order.exchange_order_id) == ([], "18")


async def test_of_two_one_is_in_the_place_of_what_may_be_in_the_place_of_another(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That one's is not decided yet, and a later cycle replaced both."""
    order = await cancelled(rig, monkeypatch)
    ended = parse_order(replace(BUY, order_id=17).now("cancel").row())
    ended = replace(ended, updated_at_s=ended.updated_at_s - 14)
    rig.exchange._engine._replacements._held["c2"] = Replaced(ended, D("1.0"))
    between = replace(IN_ITS_PLACE, order_id=19).now("cancel")
    next_ones = [replace(BUY, order_id=number) for number in (20, 21)]
    rows = [between.row(uuid="of 19", created_at=datetime.fromtimestamp(ended.updated_at_s, UTC).isoformat())]
    rows += [wire.row(uuid=f"of {wire.order_id}") for wire in next_ones]
    rig.http.get(OPEN_ORDERS, payload=rows, repeat=True)
    rig.answer_cancel(next_ones[0], callback=rig.says(next_ones[0].now("cancel").event()))
    rig.answer_cancel(BUY.now("cancel"), repeat=True)
    await poll(rig)
    assert (in_question(rig), order.exchange_order_id) == ([], "20")


async def test_an_order_in_the_place_of_one_that_has_not_ended_is_that_ones(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both were cancelled, one of them not by us."""
    monkeypatch.setattr(CONSTANTS, "REPLACEMENT_WITHIN_S", 2.0)
    await cancelled(rig, monkeypatch)
    monkeypatch.setattr(CONSTANTS, "REPLACEMENT_LIMIT_S", 60.0)
    other = replace(BUY, order_id=17)
    order = rig.follow_live(other, "c2")
    rig.http.get(OPEN_ORDERS, status=503, repeat=True)
    rig.hear(other.now("cancel").event())
    rig.hear(IN_ITS_PLACE.event())
    assert in_question(rig) == [("c1", "18")]
    assert not order.ended_event.is_set()
    assert rig.count("POST", "market/orders/19/cancel") == 0


@pytest.mark.parametrize(("state", "now"), [("wait", "19"), ("cancel", "18")])
async def test_one_that_may_be_in_the_place_of_another_whose_end_is_not_reported_is_left_until_that_is_known(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, state: str, now: str
) -> None:
    """A cycle replaced the other one, which was as large, a second after the cancel had ended this one. The event of
    the next one came before that of the other one's end."""
    order = await cancelled(rig, monkeypatch)
    other = replace(BUY, order_id=17)
    journal_of(rig).record(intent("c2"))
    journal_of(rig).live("c2", "17", None)
    rig.follow_live(other, "c2")
    rig.hear(IN_ITS_PLACE.event())
    assert (in_question(rig), order.exchange_order_id) == ([("c1", "18")], "18")
    rows = [other.now(state).row(uuid="of 17"), BUY.now("cancel").row(uuid="of 18"), IN_ITS_PLACE.row(uuid="of 19")]
    rig.http.get(OPEN_ORDERS, payload=rows, repeat=True)
    rig.answer_cancel(IN_ITS_PLACE, callback=rig.says(IN_ITS_PLACE.now("cancel").event()))
    rig.answer_cancel(BUY.now("cancel"), repeat=True)
    await poll(rig)
    assert order.exchange_order_id == now, "where the list has the other one open, it is not in that one's place"


async def test_the_next_process_looks_for_the_order_in_its_place(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is reconciled like those that were left open."""
    await cancelled(rig, monkeypatch)
    await rig.exchange._engine.close()
    replacements = rig.exchange._engine._replacements
    replacements._taken_cancels._ends.clear()  # a new process knows what the journal knows
    rig.tracker._cached_orders.clear()
    monkeypatch.setattr(CONSTANTS, "REPLACEMENT_LIMIT_S", 0.5)
    rig.answer_order(BUY.now("cancel"), repeat=True)
    rig.http.get(OPEN_ORDERS, payload=[IN_ITS_PLACE.row(uuid="of 19")], repeat=True)
    rig.answer_cancel(BUY.now("cancel"), repeat=True)
    rig.http.get(rest_url("market/orders/19"), payload=IN_ITS_PLACE.row([], uuid="of 19"), repeat=True)
    rig.http.post(
        rest_url("market/orders/19/cancel"),
        status=201,
        payload=IN_ITS_PLACE.row(uuid="of 19"),
        callback=rig.says(IN_ITS_PLACE.now("cancel").event()),
        repeat=True,
    )
    rig.exchange._engine.start()
    await eventually(lambda: rig.exchange._engine.may_place)
    await eventually(lambda: not journal_of(rig).unfinished(), "the row is closed")
    assert rig.count("POST", "market/orders/19/cancel") >= 1
    assert in_question(rig) == [("c1", "19")], "its cancel was taken as well"
    monkeypatch.setattr(CONSTANTS, "REPLACEMENT_LIMIT_S", 0.0)
    await poll(rig)
    assert in_question(rig) == []


async def test_a_row_that_is_open_by_then_is_left_as_it_is(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process died between the row of the order in its place and the note that nothing is in question any more."""
    await cancelled(rig, monkeypatch)
    journal = journal_of(rig)
    (ended,) = journal.follow_ups.of(FollowUp.SUCCESSOR)
    journal.taken_back(ended.changed(exchange_order_id="19"))
    rig.exchange._engine._replacements._taken_cancels._ends.clear()
    rig.exchange._engine._replacements.resume()
    assert [row.exchange_order_id for row in journal.unfinished()] == ["19"]
    assert in_question(rig) == []
