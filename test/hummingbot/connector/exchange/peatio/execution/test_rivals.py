"""Which other cancelled orders count where one looks for the order in its place."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.messages import parse_order
from hummingbot.connector.exchange.peatio.execution.intent import Intent
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings

from test.hummingbot.connector.exchange.peatio.fixtures import WireOrder
from test.hummingbot.connector.exchange.peatio.rig import OPEN_ORDERS, PAIR, Rig
from test.patience import eventually

BUY = WireOrder(18)
ENDED = parse_order(BUY.now("cancel").row())
IN_ITS_PLACE = replace(BUY, order_id=19, volume="0.6")
SENT = Intent("c1", PAIR, "btcusd", is_buy=True, amount=Decimal("1.0"), price=Decimal(30000), created_at_s=1.0)


def stamp(after_s: float) -> str:
    """So long after the first ones ended, as REST writes it."""
    return datetime.fromtimestamp(ENDED.updated_at_s + after_s, UTC).isoformat().replace("+00:00", "Z")


async def test_a_second_cycle_comes_before_it_is_decided_who_goes_on_as_what(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one whose cancel had been asked for waited for the end of a third one, the order in its place was replaced,
    too: two of the next ones looked like the one in the second one's place, and that was left alone, with its fills."""
    rig.exchange._settings.current = ConnectorSettings(pegged=(PAIR,))
    monkeypatch.setattr(CONSTANTS, "REPLACEMENT_LIMIT_S", 0.2)
    monkeypatch.setattr(CONSTANTS, "REQUEST_TIMEOUT_S", 30.0)
    journal, wires = rig.exchange._engine.journal, {"c1": BUY, "c2": replace(BUY, order_id=17)}
    for key, wire in wires.items():
        journal.record(SENT.changed(client_order_id=key))
        journal.live(key, str(wire.order_id), None)
    first, second = (rig.follow_live(wire, key) for key, wire in wires.items())
    journal.want_cancel("c1")
    journal.record(SENT.changed(client_order_id="c3"))
    journal.live("c3", "16", None)
    smaller = [replace(IN_ITS_PLACE, order_id=number) for number in (19, 20)]
    grown = [replace(BUY, order_id=number) for number in (21, 22)]
    for wire in smaller:
        rig.answer_order(wire, repeat=True)
    rig.http.get(OPEN_ORDERS, payload=[wire.row(uuid=f"of {wire.order_id}") for wire in smaller], repeat=True)
    for wire in wires.values():
        rig.hear(wire.now("cancel").event())
    await eventually(lambda: second.exchange_order_id == "19", "it goes on")
    rig.http.clear()
    for wire in (*(wire.now("cancel") for wire in (*wires.values(), *smaller)), *grown):
        rig.answer_order(wire, repeat=True)
        rig.answer_cancel(wire, repeat=True)
    rows = [wire.now("cancel").row(uuid=f"of {wire.order_id}", updated_at=stamp(14)) for wire in smaller]
    rows += [wire.row(uuid=f"of {wire.order_id}", created_at=stamp(14)) for wire in grown]
    rig.http.get(OPEN_ORDERS, payload=rows, repeat=True)
    event = smaller[0].now("cancel").event()
    event["order"]["updated_at"] = int(ENDED.updated_at_s) + 14
    rig.hear(event)
    await eventually(lambda: second.exchange_order_id == "21", "it goes on once more")
    assert first.exchange_order_id == "18", "that is not decided yet"
    asked = [int(url.query["time_from"]) for _, url in rig.http.requests if "time_from" in url.query]
    assert max(asked) < ENDED.updated_at_s, "what is in the other one's place is listed, too"
    monkeypatch.setattr(CONSTANTS, "REQUEST_TIMEOUT_S", 0.1)
    await eventually(lambda: first.exchange_order_id == "22", "the other one does, too")


@pytest.mark.parametrize("is_cancel_taken", [False, True])
async def test_of_two_one_is_in_the_place_of_another_whose_end_the_list_alone_shows(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, is_cancel_taken: bool
) -> None:
    """The events of both ends were lost, and each was asked for at a time of its own: the first one gave up."""
    rig.exchange._settings.current = ConnectorSettings(pegged=(PAIR,))
    monkeypatch.setattr(CONSTANTS, "REPLACEMENT_LIMIT_S", 0.0 if is_cancel_taken else 0.2)
    journal, wires = rig.exchange._engine.journal, [BUY, replace(BUY, order_id=17)]
    for key, wire in zip(("c1", "c2"), wires, strict=True):
        journal.record(SENT.changed(client_order_id=key))
        journal.live(key, str(wire.order_id), None)
    order, other = (rig.follow_live(wire, key) for key, wire in zip(("c1", "c2"), wires, strict=True))
    next_ones = [replace(IN_ITS_PLACE, order_id=number) for number in (19, 20)]
    rows = [wire.now("cancel").row(uuid=f"of {wire.order_id}") for wire in wires]
    rows += [wire.row(uuid=f"of {wire.order_id}") for wire in next_ones]
    rig.http.get(OPEN_ORDERS, payload=rows, repeat=True)
    for wire in next_ones:
        rig.answer_order(wire, repeat=True)
        rig.answer_cancel(wire, callback=rig.says(wire.now("cancel").event()))
    rig.answer_cancel(BUY)
    for wire in wires:
        rig.answer_cancel(wire.now("cancel"), repeat=True)
    if is_cancel_taken:
        await rig.cancel(order)
        monkeypatch.setattr(CONSTANTS, "REPLACEMENT_DECIDED_S", -1.0)  # it waits for the other one's end until then
    rig.hear(BUY.now("cancel").event())
    if is_cancel_taken:
        await rig.exchange._engine._replacements.poll()
    await eventually(lambda: order.exchange_order_id == "19", "it goes on")
    monkeypatch.setattr(CONSTANTS, "REPLACEMENT_LIMIT_S", 0.2)
    rig.hear(wires[1].now("cancel").event())
    await eventually(lambda: other.exchange_order_id == "20", "the other one does, too")


async def test_of_two_one_is_in_the_place_of_the_order_of_a_create_without_an_answer(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list had that order as cancelled, too, but it counted only once the create was answered."""
    rig.exchange._settings.current = ConnectorSettings(pegged=(PAIR,))
    monkeypatch.setattr(CONSTANTS, "REPLACEMENT_LIMIT_S", 0.2)
    journal, lost = rig.exchange._engine.journal, replace(BUY, order_id=17)
    for key in ("c1", "lost"):
        journal.record(SENT.changed(client_order_id=key))
    journal.live("c1", "18", None)
    journal.sent("lost", ENDED.created_at_s)
    order = rig.follow_live(BUY, "c1")
    rows = [wire.now("cancel").row(uuid=f"of {wire.order_id}") for wire in (lost, BUY)]
    rows += [replace(IN_ITS_PLACE, order_id=number).row(uuid=f"of {number}") for number in (19, 20)]
    rig.http.get(OPEN_ORDERS, payload=rows, repeat=True)
    for number in (18, 19):
        rig.answer_order(replace(IN_ITS_PLACE, order_id=number), repeat=True)
        rig.answer_cancel(replace(IN_ITS_PLACE, order_id=number).now("cancel"), repeat=True)
    rig.hear(BUY.now("cancel").event())
    await eventually(lambda: order.exchange_order_id == "19", "it goes on")


async def test_one_that_ended_before_the_cycle_leaves_what_is_stored_at_the_end_of_another_without_a_word(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its cancel had ended it, and had no answer; that of the other one was taken, and a cycle replaced it a second
    later. The first one took the next order, and then both did."""
    rig.exchange._settings.current = ConnectorSettings(pegged=(PAIR,))
    monkeypatch.setattr(CONSTANTS, "REPLACEMENT_LIMIT_S", 0.2)
    journal, wires = rig.exchange._engine.journal, {"c1": BUY, "c2": replace(BUY, order_id=17)}
    for key, wire in wires.items():
        journal.record(SENT.changed(client_order_id=key))
        journal.live(key, str(wire.order_id), None)
        journal.want_cancel(key)
    order, other = (rig.follow_live(wire, key) for key, wire in wires.items())
    rig.answer_cancel(wires["c2"])
    await rig.cancel(other)
    early = BUY.now("cancel").event()
    early["order"]["updated_at"] = int(ENDED.updated_at_s) - 1
    rows = [BUY.now("cancel").row(uuid="of 18", updated_at=stamp(-1)), wires["c2"].now("cancel").row(uuid="of 17")]
    rig.http.get(OPEN_ORDERS, payload=[*rows, IN_ITS_PLACE.row(uuid="of 19")], repeat=True)
    for wire in (*wires.values(), IN_ITS_PLACE):
        rig.answer_order(wire.now("cancel"), repeat=True)
        rig.answer_cancel(wire.now("cancel"), repeat=True)
    rig.hear(early)
    rig.hear(wires["c2"].now("cancel").event())
    await eventually(order.ended_event.is_set, "it has ended")
    assert order.exchange_order_id == "18"
    monkeypatch.setattr(CONSTANTS, "REPLACEMENT_LIMIT_S", 0.0)
    await rig.exchange._engine._replacements.poll()
    assert other.exchange_order_id == "19"
    assert "look like" not in caplog.text


@pytest.mark.parametrize("is_under_way", [True, False])
async def test_one_that_may_be_in_the_place_of_an_order_without_an_answer_is_not_named_as_a_late_one(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, is_under_way: bool
) -> None:
    """It was named as one that is left alone, and followed once the create was answered."""
    rig.exchange._settings.current = ConnectorSettings(pegged=(PAIR,))
    engine, sent_at_s = rig.exchange._engine, ENDED.created_at_s
    for key, ago_s in (("c1", 0.0), ("lost", 100.0)):
        engine.journal.record(SENT.changed(client_order_id=key, created_at_s=sent_at_s - ago_s))
        engine.journal.sent(key, sent_at_s - ago_s)
    engine.journal.absent("lost")
    monkeypatch.setattr(engine.late_orders, "_creates", {"c1"} if is_under_way else set())
    monkeypatch.setattr(engine.late_orders, "_server_time_s", lambda: sent_at_s)
    monkeypatch.setattr(engine.late_orders, "_is_under_way", lambda _fingerprint: False)
    rig.http.get(OPEN_ORDERS, payload=[IN_ITS_PLACE.row(uuid="of 19", created_at=stamp(50))], repeat=True)
    event = IN_ITS_PLACE.event()
    event["order"]["created_at"] = int(ENDED.updated_at_s) + 50
    rig.hear(event)
    await engine.late_orders.poll()
    assert ("Order 19 looks like the lost order" in caplog.text) is not is_under_way
