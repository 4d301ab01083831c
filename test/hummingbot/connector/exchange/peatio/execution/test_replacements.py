"""Orders in the place of ours: what is taken for one, and what is not."""

import asyncio
import json
import time
from dataclasses import replace
from decimal import Decimal

import pytest
from aioresponses import CallbackResult
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.messages import ReportedState, parse_order
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.intent import Intent, IntentState
from hummingbot.connector.exchange.peatio.resizes.successors import Replaced, contenders, successor, successors
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.core.data_type.in_flight_order import OrderState

from test.hummingbot.connector.exchange.peatio.fixtures import WireOrder, WireTrade
from test.hummingbot.connector.exchange.peatio.rig import CREATED_AT_S, OPEN_ORDERS, PAIR, Rig
from test.patience import eventually

D = Decimal
BUY = WireOrder(18)
ENDED = parse_order(BUY.now("cancel").row())
REPLACED = Replaced(ENDED, D("1.0"))
IN_ITS_PLACE = replace(BUY, order_id=19, volume="0.6")
SENT = Intent("c1", PAIR, "btcusd", is_buy=True, amount=D("1.0"), price=D(30000), created_at_s=1.0)
NEXT = replace(
    ENDED, order_id="19", origin_volume=D("0.6"), created_at_s=ENDED.updated_at_s, uuid="", state=ReportedState.WAIT
)


def test_the_next_order_of_its_market_side_and_price_takes_its_place() -> None:
    second = replace(NEXT, order_id="20")
    assert successors(REPLACED, [second, NEXT]) == [NEXT, second]


@pytest.mark.parametrize(
    "change",
    [
        {"market": "ethusd"},
        {"is_buy": False},
        {"price": D(29999)},
        {"is_limit": False},
        {"origin_volume": D("1.1")},
        {"origin_volume": D(0)},
        {"created_at_s": ENDED.updated_at_s + 3},
        {"created_at_s": ENDED.updated_at_s - 3},
        {"order_id": "17"},
    ],
    ids=str,
)
def test_any_other_does_not(change: dict[str, object]) -> None:
    assert successors(REPLACED, [replace(NEXT, **change)]) == []  # type: ignore[arg-type]


def test_of_two_that_were_cancelled_the_larger_one_leaves_what_alone_fits_the_smaller_one() -> None:
    partly_filled, whole = Replaced(ENDED, D("0.7")), REPLACED
    small, large = NEXT, replace(NEXT, order_id="20", origin_volume=D("0.8"))
    both = (partly_filled, whole)
    assert successors(partly_filled, [small, large]) == [small]
    assert successor(partly_filled, [small], both) == small
    assert successor(whole, [small, large], both) == large
    assert successor(whole, [large, replace(small, order_id="21")], both) == large


def test_where_each_goes_on_the_larger_one_has_the_larger_one() -> None:
    more, less = REPLACED, Replaced(ENDED, D("0.9"))
    # No part of the full sizes explains these.
    small, large = replace(NEXT, origin_volume=D("0.601")), replace(NEXT, order_id="20", origin_volume=D("0.7"))
    for cancelled, others in (([more, less], []), ([], [less, more])):
        assert successor(more, [small, large], cancelled, others) == large
        assert successor(less, [small, large], cancelled, others) == small
    assert successor(less, [small, large], [less, less], [more]) == large, "that one has none where two go on"
    assert successor(less, [large], [more, less]) == large


def test_the_sizes_that_count_are_those_to_which_they_can_grow() -> None:
    """Pegged seed 82485 of the simulation: the one of which less was left grew back to more."""
    grown, other = Replaced(replace(ENDED, remaining_volume=D("0.3")), D("0.9")), Replaced(ENDED, D("0.7"))
    candidates = [replace(NEXT, origin_volume=D("0.7")), replace(NEXT, order_id="20", origin_volume=D("0.9"))]
    assert successor(grown, candidates, [other, grown]) == candidates[1]
    assert successor(other, candidates, [other, grown]) == candidates[0]


def test_those_that_are_too_large_are_in_the_places_of_others() -> None:
    cancelled = [Replaced(ENDED, D(largest)) for largest in ("1.0", "0.8", "0.7")]
    candidates = [
        replace(NEXT, order_id=str(number), origin_volume=D(volume))
        for number, volume in ((19, "0.75"), (20, "0.6"), (21, "0.525"))
    ]
    assert contenders(cancelled[2], candidates) == candidates
    assert [successor(each, candidates, cancelled) for each in cancelled] == candidates
    stranger = replace(NEXT, order_id="22", origin_volume=D("0.77"))
    assert successor(cancelled[2], [stranger, candidates[2]], cancelled[2:]) == candidates[2]


def test_of_like_ones_the_oldest_takes_its_place() -> None:
    assert successor(REPLACED, [NEXT, replace(NEXT, order_id="20")], [REPLACED, REPLACED]) == NEXT


def test_none_takes_its_place_where_more_fit_than_were_cancelled() -> None:
    elsewhere = Replaced(replace(ENDED, price=D(29999)), D("1.0"))
    assert successor(REPLACED, [NEXT, replace(NEXT, order_id="20")], [REPLACED, elsewhere]) is None
    assert successor(REPLACED, [], [REPLACED]) is None


def test_one_that_may_be_in_the_place_of_another_that_was_cancelled_as_well_is_no_further_one() -> None:
    """Two cycles within moments."""
    first = replace(NEXT, state=ReportedState.CANCEL)
    second = replace(NEXT, order_id="20", origin_volume=D("0.8"), state=ReportedState.WAIT)
    assert successor(REPLACED, [first, second], [REPLACED]) == first
    assert successor(REPLACED, [first, second, replace(second, order_id="21")], [REPLACED]) == first
    assert successor(REPLACED, [first, second], [REPLACED, REPLACED]) == second
    open_one = replace(first, state=ReportedState.WAIT)
    assert successor(REPLACED, [open_one, second], [REPLACED]) is None


async def test_the_larger_of_two_cancelled_orders_does_not_take_the_only_one_that_fits_the_other(rig: Rig) -> None:
    rig.exchange._settings.current = ConnectorSettings(pegged=(PAIR,))
    small, large = replace(BUY, volume="0.7"), replace(BUY, order_id=19)
    orders = [rig.follow_live(small, "c1"), rig.follow_live(large, "c2")]
    next_ones = [replace(BUY, order_id=number, volume=volume) for number, volume in ((20, "0.6"), (21, "0.8"))]
    rig.http.get(OPEN_ORDERS, payload=[wire.row(uuid=f"of-{wire.order_id}") for wire in next_ones], repeat=True)
    for wire in (large, small):
        rig.hear(wire.now("cancel").event())
    await eventually(lambda: [order.exchange_order_id for order in orders] == ["20", "21"], "both go on")


async def test_one_that_was_cancelled_before_its_fills_were_known_is_not_asked_for_without_end(rig: Rig) -> None:
    """Balances are taken over only while no fill is known to be missing."""
    rig.exchange._settings.current = ConnectorSettings(pegged=(PAIR,))
    order = rig.follow_live(BUY)
    cancelled = BUY.now("cancel", executed="0.4")
    rig.answer_order(cancelled, [WireTrade(7, str(BUY.price), "0.4")], repeat=True)
    rig.answer_order(replace(IN_ITS_PLACE, volume="0.5"), repeat=True)
    rig.http.get(OPEN_ORDERS, payload=[replace(IN_ITS_PLACE, volume="0.5").row(uuid="of-19")], repeat=True)
    rig.hear(cancelled.event())
    assert not rig.report_handler.is_complete
    await eventually(lambda: order.exchange_order_id == "19", "it goes on")
    await eventually(lambda: rig.report_handler.is_complete, "nothing is asked for any more")
    assert order.executed_amount_base == D("0.4")


async def test_where_more_orders_fit_than_were_cancelled_none_is_taken(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rig.exchange._settings.current = ConnectorSettings(pegged=(PAIR,))
    monkeypatch.setattr(CONSTANTS, "REPLACEMENT_LIMIT_S", 0.5)
    order = rig.follow_live(BUY)
    rows = [replace(BUY, order_id=number, volume="0.6").row() for number in (19, 20)]
    rig.http.get(OPEN_ORDERS, payload=rows, repeat=True)
    rig.hear(BUY.now("cancel").event())
    await eventually(lambda: order.current_state is OrderState.CANCELED, "it ends")
    assert "Orders 19, 20 look like the one in its place" in caplog.text


async def test_of_two_one_is_in_the_place_of_a_late_order_that_is_left_alone(rig: Rig) -> None:
    """Pegged seed 85321 of the simulation: a cycle replaced the bot's order and one that looked like that of a lost
    create. Neither of the next ones was followed, and the bot's stayed open."""
    rig.exchange._settings.current = ConnectorSettings(pegged=(PAIR,))
    lost_create(rig, before_s=100.0)
    rig.exchange._engine.journal.absent("c2")
    order, late = rig.follow_live(BUY), replace(BUY, order_id=17, volume="0.6")
    next_ones = [replace(BUY, order_id=number, volume=volume) for number, volume in ((19, "0.3"), (20, "0.5"))]
    rows = [late.now("cancel").row(uuid="of 17"), *(wire.row(uuid=f"of {wire.order_id}") for wire in next_ones)]
    rig.http.get(OPEN_ORDERS, payload=rows, repeat=True)
    rig.answer_order(next_ones[1], repeat=True)
    rig.hear(BUY.now("cancel").event())
    await eventually(lambda: order.exchange_order_id == "20", "it goes on")
    asked = [url for method, url in rig.http.requests if method == "GET" and "time_from" in url.query]
    assert all(int(url.query["time_from"]) < ENDED.updated_at_s - 100 for url in asked), "from the lost create on"
    assert asked


async def test_on_another_market_a_cancel_is_the_end_at_once(rig: Rig) -> None:
    order = rig.follow_live(BUY)
    rig.hear(BUY.now("cancel").event())
    assert order.current_state is OrderState.CANCELED
    assert rig.requests() == []


async def test_a_late_answer_about_the_former_id_does_not_end_a_lost_order(rig: Rig) -> None:
    """Hummingbot's poll of lost orders asked for the order that another one has replaced by the time of the answer."""
    rig.exchange._settings.current = ConnectorSettings(pegged=(PAIR,))
    order = rig.follow_live(BUY)
    rig.tracker.follow_as_lost(order, "18")
    rig.http.get(OPEN_ORDERS, payload=[IN_ITS_PLACE.row()], repeat=True)

    async def replaced_meanwhile(*args: object, **kwargs: object) -> CallbackResult:
        rig.hear(BUY.now("cancel").event())
        await eventually(lambda: order.exchange_order_id == "19", "it goes on as the next one")
        return CallbackResult(payload=BUY.now("cancel").row())

    rig.answer_order(BUY, callback=replaced_meanwhile)
    rig.answer_order(IN_ITS_PLACE, repeat=True)
    await rig.exchange._update_lost_orders_status()
    assert (rig.tracker.is_lost(order), order.exchange_order_id, order.ended_event.is_set()) == (True, "19", False)


def lost_create(rig: Rig, before_s: float = 0.0, amount: str = "0.6") -> None:
    """Without an answer, of an order of just the size of `IN_ITS_PLACE`; sent so long before that one was stored."""
    journal, sent_at_s = rig.exchange._engine.journal, ENDED.updated_at_s - before_s
    journal.record(SENT.changed(client_order_id="c2", amount=D(amount), created_at_s=sent_at_s))
    journal.sent("c2", sent_at_s)


@pytest.mark.parametrize("left", ["1.0", "0.6", "0.4"])
@pytest.mark.parametrize("before_s", [0.0, 100.0])
async def test_one_of_just_the_size_that_a_create_asked_for_is_not_taken(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, before_s: float, left: str
) -> None:
    """Pegged seeds 82279 and 81205 of the simulation: the create was given up, and then the order was taken. Dense seed
    37: so it was where less had been left, though it had not grown back to its full size."""
    rig.exchange._settings.current = ConnectorSettings(pegged=(PAIR,))
    monkeypatch.setattr(CONSTANTS, "REPLACEMENT_LIMIT_S", 0.1)
    monkeypatch.setattr(CONSTANTS, "REQUEST_TIMEOUT_S", 0.1)
    order = rig.follow_live(BUY)
    lost_create(rig, before_s)
    rig.exchange._engine.journal.absent("c2")
    rig.http.get(OPEN_ORDERS, payload=[IN_ITS_PLACE.row()], repeat=True)
    rig.hear(replace(BUY, volume=left).now("cancel").event())
    await eventually(order.ended_event.is_set, "it has ended")
    assert (order.exchange_order_id, order.current_state) == ("18", OrderState.CANCELED)


async def test_one_that_may_be_in_the_place_of_an_own_order_is_not_named_as_a_late_one(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    """Pegged seed 82308 of the simulation: it was named as one that is left alone, and followed a second later."""
    rig.exchange._settings.current = ConnectorSettings(pegged=(PAIR,))
    journal, late_orders = rig.exchange._engine.journal, rig.exchange._engine.late_orders
    for key, sent_at_s in (("c1", CREATED_AT_S), ("lost", CREATED_AT_S - 100)):
        journal.record(SENT.changed(client_order_id=key, created_at_s=sent_at_s))
    journal.live("c1", "18", None)
    journal.sent("lost", CREATED_AT_S - 100)
    journal.absent("lost")
    order = rig.follow_live(BUY)
    rig.exchange._time_synchronizer.add_time_offset_ms_sample((CREATED_AT_S - time.time()) * 1000)
    rig.hear(IN_ITS_PLACE.event())  # before the event of the own one's end
    rig.http.get(OPEN_ORDERS, status=503)
    rig.hear(BUY.now("cancel").event())
    rows = [IN_ITS_PLACE.row(uuid="of 19"), BUY.now("cancel").row()]
    rig.http.get(OPEN_ORDERS, payload=rows, repeat=True)
    rig.answer_order(IN_ITS_PLACE, repeat=True)
    await late_orders.poll()
    assert order.exchange_order_id == "18", "it is looked for"
    assert late_orders.look_alikes == {}
    await eventually(lambda: order.exchange_order_id == "19", "it goes on")
    await late_orders.poll()
    assert "looks like the lost order" not in caplog.text
    rig.http.clear()
    rig.http.get(OPEN_ORDERS, payload=[replace(IN_ITS_PLACE, order_id=20).row(uuid="of 20")], repeat=True)
    await late_orders.poll()
    assert "Order 20 looks like the lost order lost" in caplog.text


async def test_like_orders_go_on_where_the_cancel_of_one_of_them_was_taken(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pegged seed 82485 of the simulation: that one did not count, so that more orders seemed to fit than were
    cancelled, and all of them were left alone."""
    rig.exchange._settings.current = ConnectorSettings(pegged=(PAIR,))
    like = [replace(BUY, order_id=number) for number in (16, 17, 18)]
    orders = [rig.follow_live(wire, f"c{wire.order_id}") for wire in like]
    rig.answer_cancel(like[1])
    await rig.cancel(orders[1])
    next_ones = [replace(IN_ITS_PLACE, order_id=number) for number in (21, 22, 23)]
    rig.http.get(OPEN_ORDERS, payload=[wire.row(uuid=f"of-{wire.order_id}") for wire in next_ones], repeat=True)
    for wire in like:
        rig.hear(wire.now("cancel").event())
    assert orders[1].current_state is OrderState.CANCELED
    for wire in next_ones:
        rig.hear(wire.event())
    await eventually(lambda: {orders[0].exchange_order_id, orders[2].exchange_order_id} == {"21", "22"}, "both go on")
    monkeypatch.setattr(CONSTANTS, "REPLACEMENT_LIMIT_S", 0.0)
    await rig.exchange._engine._replacements.poll()
    assert (rig.tracker.is_lost(orders[1]), orders[1].exchange_order_id) == (True, "23")


async def test_one_whose_cancel_had_been_asked_for_leaves_the_only_order_that_fits_to_the_other(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pegged seed 82485 of the simulation: a cancel had been taken, and the process died; the next one does not know
    that, and the order took the one in the place of another one."""
    rig.exchange._settings.current = ConnectorSettings(pegged=(PAIR,))
    monkeypatch.setattr(CONSTANTS, "REPLACEMENT_LIMIT_S", 0.5)
    journal, keys = rig.exchange._engine.journal, {"c1": BUY, "c2": replace(BUY, order_id=17, volume="0.7")}
    for key, wire in keys.items():
        journal.record(SENT.changed(client_order_id=key, amount=D(wire.volume)))
        journal.live(key, str(wire.order_id), None)
    orders = [rig.follow_live(wire, key) for key, wire in keys.items()]
    journal.want_cancel("c1")
    rig.http.get(OPEN_ORDERS, payload=[IN_ITS_PLACE.row(uuid="of 19")], repeat=True)
    for wire in keys.values():
        rig.hear(wire.now("cancel").event())
    journal.want_cancel("c2")  # as at a start: what is left of the last run is cancelled
    await eventually(orders[0].ended_event.is_set, "there is none for it")
    assert [order.exchange_order_id for order in orders] == ["18", "19"]


async def test_one_whose_cancel_had_been_asked_for_waits_for_the_end_of_another_own_one(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pegged seed 83760 of the simulation: the cancel had ended it, its answer was lost, and a cycle replaced the other
    one two seconds later."""
    rig.exchange._settings.current = ConnectorSettings(pegged=(PAIR,))
    monkeypatch.setattr(CONSTANTS, "REPLACEMENT_LIMIT_S", 0.1)
    monkeypatch.setattr(CONSTANTS, "REQUEST_TIMEOUT_S", 30.0)
    journal, other = rig.exchange._engine.journal, replace(BUY, order_id=17)
    for key, wire in (("c1", BUY), ("c2", other)):
        journal.record(SENT.changed(client_order_id=key))
        journal.live(key, str(wire.order_id), None)
    orders = [rig.follow_live(BUY, "c1"), rig.follow_live(other, "c2")]
    journal.want_cancel("c1")
    rig.http.get(OPEN_ORDERS, payload=[IN_ITS_PLACE.row(uuid="of 19")], repeat=True)
    rig.hear(BUY.now("cancel").event())
    asked = rig.count("GET", "market/orders")
    await eventually(lambda: rig.count("GET", "market/orders") > asked + 5, "it is waited for")
    assert [order.exchange_order_id for order in orders] == ["18", "17"]
    rig.hear(other.now("cancel").event())
    await eventually(orders[0].ended_event.is_set, "there is none for it")
    assert [order.exchange_order_id for order in orders] == ["18", "19"]


async def test_one_whose_cancel_had_been_asked_for_does_not_wait_for_another_that_is_listed_as_open(rig: Rig) -> None:
    rig.exchange._settings.current = ConnectorSettings(pegged=(PAIR,))
    journal, other = rig.exchange._engine.journal, replace(BUY, order_id=17)
    for key, wire in (("c1", BUY), ("c2", other)):
        journal.record(SENT.changed(client_order_id=key, created_at_s=CREATED_AT_S - 3600))
        journal.live(key, str(wire.order_id), None)
    order, _ = rig.follow_live(BUY, "c1"), rig.follow_live(other, "c2")
    journal.want_cancel("c1")
    rows = [wire.row(uuid=f"of {wire.order_id}") for wire in (other, IN_ITS_PLACE)]
    rig.http.get(OPEN_ORDERS, payload=rows, repeat=True)
    rig.answer_order(IN_ITS_PLACE, repeat=True)
    rig.hear(BUY.now("cancel").event())
    await eventually(lambda: order.exchange_order_id == "19", "it goes on")
    (url,) = (url for method, url in rig.http.requests if method == "GET" and "time_from" in url.query)
    assert int(url.query["time_from"]) < CREATED_AT_S - 3600, "from the other one's create on"


async def test_one_that_a_create_without_an_answer_may_be_is_waited_for_and_then_taken(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The create leaves it to the order that was cancelled, and that one left it to the create: nobody followed it
    (pegged seed 81150 of the simulation)."""
    rig.exchange._settings.current = ConnectorSettings(pegged=(PAIR,))
    monkeypatch.setattr(CONSTANTS, "REPLACEMENT_LIMIT_S", 0.1)
    monkeypatch.setattr(CONSTANTS, "REQUEST_TIMEOUT_S", 30.0)
    order = rig.follow_live(BUY)
    lost_create(rig, amount="1.0")
    # It can have grown back to that size.
    rig.http.get(OPEN_ORDERS, payload=[replace(IN_ITS_PLACE, volume="1.0").row()], repeat=True)
    rig.hear(replace(BUY, volume="0.4").now("cancel").event())
    asked = rig.count("GET", "market/orders")
    await eventually(lambda: rig.count("GET", "market/orders") > asked + 5, "it is waited for")
    assert (order.exchange_order_id, order.ended_event.is_set()) == ("18", False)
    monkeypatch.setattr(CONSTANTS, "REQUEST_TIMEOUT_S", 0.1)
    await eventually(lambda: order.exchange_order_id == "19", "it goes on")


async def test_an_order_that_has_ended_goes_on_as_no_other_one(rig: Rig) -> None:
    """Its end came by another way while the order in its place was looked for."""
    rig.exchange._settings.current = ConnectorSettings(pegged=(PAIR,))
    order = rig.follow_live(BUY)
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def late(*args: object, **kwargs: object) -> CallbackResult:
        asked.set()
        await may_answer.wait()
        return CallbackResult(body=json.dumps([IN_ITS_PLACE.row()]))

    rig.http.get(OPEN_ORDERS, callback=late)
    rig.hear(BUY.now("cancel").event())
    await asked.wait()
    rig.tracker.process_order_update(rig.report_handler.update_of(order, ENDED))
    assert order.current_state is OrderState.CANCELED
    may_answer.set()
    search = rig.exchange._engine._replacements._searches["c1"]
    await search
    assert order.exchange_order_id == "18"


async def taken_back(rig: Rig, is_row_closed: bool) -> TrackedOrder:
    """An order whose cancel was taken and that has ended; another one is in its place by then.

    :param is_row_closed: whether its second cancel is answered by then
    """
    rig.exchange._settings.current = ConnectorSettings(pegged=(PAIR,))
    journal = rig.exchange._engine.journal
    journal.record(SENT)
    journal.live("c1", "18", None)
    order = rig.follow_live(BUY)
    rig.answer_cancel(BUY)
    await rig.cancel(order)
    rig.hear(BUY.now("cancel").event())
    if is_row_closed:
        rig.answer_cancel(BUY.now("cancel"))
        await rig.exchange._engine.second_cancels.wait()
    rows = [row.state for row in journal.unfinished()]
    assert rows == ([] if is_row_closed else [IntentState.ENDED])
    rig.hear(IN_ITS_PLACE.event())
    return order


@pytest.mark.parametrize("is_row_closed", [True, False])
async def test_the_journal_has_the_order_in_the_place_of_one_that_has_ended(rig: Rig, is_row_closed: bool) -> None:
    """Should the process die before that one's cancel is answered, the next one has to know it."""
    await taken_back(rig, is_row_closed)
    (row,) = rig.exchange._engine.journal.file.unfinished()
    assert (row.exchange_order_id, row.state, row.is_cancel_wanted) == ("19", IntentState.LIVE, True)
    assert (row.trading_pair, row.market, row.is_buy, row.price) == (PAIR, "btcusd", True, D(30000))


@pytest.mark.parametrize("is_row_closed", [True, False])
async def test_the_second_cancel_of_the_former_order_leaves_that_row_open(rig: Rig, is_row_closed: bool) -> None:
    await taken_back(rig, is_row_closed)
    rig.answer_cancel(BUY.now("cancel"))
    await rig.exchange._engine.second_cancels.wait()
    assert rig.count("POST", "market/orders/18/cancel") >= 2
    assert [row.exchange_order_id for row in rig.exchange._engine.journal.unfinished()] == ["19"]


async def test_the_row_is_closed_once_the_order_in_its_place_has_ended(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONSTANTS, "REPLACEMENT_LIMIT_S", 0.1)
    order = await taken_back(rig, is_row_closed=True)
    rig.answer_order(IN_ITS_PLACE)
    rig.http.get(OPEN_ORDERS, payload=[], repeat=True)
    for wire in (BUY, IN_ITS_PLACE):
        rig.answer_cancel(wire.now("cancel"), repeat=True)
    await eventually(order.ended_event.is_set)
    await rig.exchange._engine.second_cancels.wait()
    assert rig.exchange._engine.journal.unfinished() == []
