"""What REST tells of orders whose events were lost."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hummingbot.core.data_type.in_flight_order import OrderState
from hummingbot.core.event.events import MarketEvent

from test.hummingbot.connector.exchange.peatio.fixtures import WireOrder, WireTrade, rest_url, settle
from test.hummingbot.connector.exchange.peatio.recorded import answer
from test.hummingbot.connector.exchange.peatio.rig import CREATED_AT_S, OPEN_ORDERS, TRADES, Rig
from test.patience import eventually

FILLED = MarketEvent.OrderFilled

FIRST = WireOrder(18)
SECOND = WireOrder(19, side="sell", price="31000.0")


async def test_nothing_to_follow_needs_no_request(rig: Rig) -> None:
    await rig.exchange._update_order_status()
    assert rig.requests() == []


async def test_any_number_of_open_orders_needs_two_requests(rig: Rig) -> None:
    wires = [WireOrder(number) for number in range(1, 31)]
    orders = [rig.follow(wire, f"c{wire.order_id}") for wire in wires]
    rig.answer_trades()
    rig.answer_open_orders(*wires)
    await rig.exchange._update_order_status()
    assert len(rig.requests()) == 2
    assert {order.current_state for order in orders} == {OrderState.OPEN}
    assert all(order.seen_live_event.is_set() for order in orders)


async def test_asks_for_pending_and_waiting_orders_and_for_trades_since_the_oldest_order(rig: Rig) -> None:
    rig.follow(FIRST)
    rig.exchange._set_current_timestamp(CREATED_AT_S + 3600)
    rig.follow(SECOND, "c2")
    rig.answer_trades()
    rig.answer_open_orders(FIRST, SECOND)
    await rig.exchange._update_order_status()
    states = [value for name, value in rig.parameters("market/orders") if name == "state[]"]
    assert states == ["pending", "wait"]
    # A minute before, for the exchange's clock may be behind ours.
    assert dict(rig.parameters("market/trades"))["time_from"] == str(int(CREATED_AT_S) - 60)


async def test_an_order_of_unknown_age_asks_for_all_trades(rig: Rig) -> None:
    rig.follow(FIRST).creation_timestamp = float("nan")
    rig.answer_trades()
    rig.answer_open_orders(FIRST)
    await rig.exchange._update_order_status()
    assert dict(rig.parameters("market/trades"))["time_from"] == "0"


async def test_an_order_without_an_id_at_the_exchange_is_not_asked_for(rig: Rig) -> None:
    rig.follow(FIRST).exchange_order_id = None
    rig.answer_trades()
    await rig.exchange._update_order_status()
    assert rig.count("GET", "market/orders") == 0


async def test_lost_fills_come_from_the_list_of_trades_oldest_first(rig: Rig) -> None:
    rig.follow(FIRST)
    older, newer = WireTrade(8, "30000.0", "0.25", "sell"), WireTrade(9, "29999.0", "0.25", "sell")
    foreign = WireTrade(7, "30000.0", "5.0").row(WireOrder(17))
    rig.answer_trades(newer.row(FIRST), older.row(FIRST), foreign)
    rig.answer_open_orders(FIRST.now("wait", "0.5"))
    await rig.exchange._update_order_status()
    assert [fill.exchange_trade_id for fill in rig.of(FILLED)] == ["8", "9"]
    # Told again by the event that was only late, nothing happens.
    rig.hear(older.event(FIRST), newer.event(FIRST))
    assert len(rig.of(FILLED)) == 2


async def test_an_order_that_is_not_in_the_list_is_asked_for_by_its_id(rig: Rig) -> None:
    gone, still = rig.follow(FIRST), rig.follow(SECOND, "c2")
    rig.answer_trades()
    rig.answer_open_orders(SECOND)
    rig.answer_order(FIRST.now("cancel"))
    await rig.exchange._update_order_status()
    assert gone.current_state is OrderState.CANCELED
    assert still.current_state is OrderState.OPEN
    assert rig.count("GET", "market/orders/19") == 0


async def test_absence_from_the_list_alone_ends_nothing(rig: Rig) -> None:
    order = rig.follow(FIRST)
    rig.answer_trades()
    rig.answer_open_orders()
    rig.answer_order(FIRST)
    await rig.exchange._update_order_status()
    assert order.current_state is OrderState.OPEN
    assert rig.tracker._order_not_found_records == {}


async def test_a_missed_self_trade_is_found_on_both_orders(rig: Rig) -> None:
    """The list of trades has it once, as maker; the taker's side comes with the order."""
    names = {"price": "29500.0", "volume": "0.01"}
    rested, crossed = WireOrder(18, side="sell", **names), WireOrder(19, **names)
    rig.follow(rested, "rested")
    rig.follow(crossed, "crossed")
    rig.http.get(TRADES, payload=answer("SELF-TRADE trades list"))
    rig.answer_open_orders()
    rig.answer_order(rested.now("done", "0.01"), [WireTrade(8, "29500.0", "0.01")])
    rig.http.get(rest_url("market/orders/19"), payload=answer("SELF-TRADE taker order"))
    await rig.exchange._update_order_status()
    assert [fill.order_id for fill in rig.of(FILLED)] == ["rested", "crossed"]
    assert rig.tracker.active_orders == {}


async def test_only_a_404_counts_as_not_found_and_the_fourth_makes_the_order_lost(rig: Rig) -> None:
    order = rig.follow(FIRST)
    for count in range(1, rig.tracker.lost_order_count_limit + 2):
        assert order.is_open
        rig.answer_trades()
        rig.answer_open_orders()
        rig.answer_order_error(FIRST, 404, ["record.not_found"])
        await rig.exchange._update_order_status()
        assert rig.tracker._order_not_found_records.get("c1", count) == count
    assert order.is_failure
    assert rig.tracker.lost_orders == {"c1": order}


ERRORS = [
    (500, '{"errors":["server.internal_error"]}'),
    (502, "<html><head><title>502 Bad Gateway</title></head></html>"),
    (503, ""),
    (504, "upstream request timeout"),
    (429, "Too many requests"),
    (401, '{"errors":["authz.invalid_session"]}'),
    (403, '{"errors":["market.trade.not_permitted"]}'),
    (404, "404 Not Found"),
    (422, '{"errors":["market.order.invaild_id_or_uuid"]}'),
    (200, "<html>maintenance</html>"),
    (200, '{"id":18}'),
]


@pytest.mark.parametrize(("status", "body"), ERRORS)
async def test_any_other_answer_leaves_the_order_as_it_is(rig: Rig, status: int, body: str) -> None:
    order = rig.follow(FIRST)
    other = rig.follow(SECOND, "c2")
    for _ in range(rig.tracker.lost_order_count_limit + 2):
        rig.answer_trades()
        rig.answer_open_orders()
        rig.http.get(rest_url("market/orders/18"), status=status, body=body)
        rig.answer_order(SECOND)
        await rig.exchange._update_order_status()
    assert order.current_state is OrderState.OPEN
    assert rig.tracker._order_not_found_records == {}
    # One order that cannot be asked for does not keep the others from being asked for.
    assert not order.seen_live_event.is_set()
    assert other.seen_live_event.is_set()


async def test_a_reset_or_a_time_out_leaves_the_order_as_it_is(rig: Rig) -> None:
    order = rig.follow(FIRST)
    for error in (ConnectionResetError("reset"), TimeoutError()):
        rig.answer_trades()
        rig.answer_open_orders()
        rig.http.get(rest_url("market/orders/18"), exception=error)
        await rig.exchange._update_order_status()
    assert order.current_state is OrderState.OPEN
    assert rig.tracker._order_not_found_records == {}


async def test_an_exchange_that_goes_away_during_a_poll_is_not_asked_for_each_order(rig: Rig) -> None:
    """Time-outs would add up."""
    for number in range(1, 6):
        rig.follow(WireOrder(number), f"c{number}")
    rig.answer_trades()
    rig.answer_open_orders()
    rig.http.get(rest_url("market/orders/1"), exception=TimeoutError())
    await rig.exchange._update_order_status()
    assert len(rig.requests()) == 3


async def test_without_the_list_no_order_is_asked_for_one_by_one(rig: Rig) -> None:
    """An exchange that is down is not asked N times more."""
    order = rig.follow(FIRST)
    rig.answer_trades()
    rig.http.get(OPEN_ORDERS, status=503)
    await rig.exchange._update_order_status()
    assert order.current_state is OrderState.OPEN
    assert rig.count("GET", "market/orders/18") == 0


async def test_without_the_trades_the_orders_are_asked_for_all_the_same(rig: Rig) -> None:
    order = rig.follow(FIRST)
    half = WireTrade(8, "30000.0", "0.5", "sell")
    rig.http.get(TRADES, status=503)
    rig.answer_open_orders(FIRST.now("wait", "0.5"))
    rig.answer_order(FIRST.now("wait", "0.5"), [half])
    await rig.exchange._update_order_status()
    assert order.current_state is OrderState.PARTIALLY_FILLED
    # The list shows that something was filled, so it is asked for.
    await eventually(lambda: rig.of(FILLED))
    await settle()
    assert [fill.amount for fill in rig.of(FILLED)] == [Decimal("0.5")]


async def test_an_outage_is_told_once_and_its_end_once(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("WARNING")
    rig.follow(FIRST)
    rig.http.get(TRADES, status=503)
    rig.http.get(OPEN_ORDERS, status=503)
    await rig.exchange._update_order_status()
    for _ in range(3):
        # A part that works does not end it.
        rig.http.get(TRADES, status=502)
        rig.answer_open_orders(FIRST)
        await rig.exchange._update_order_status()
    (record,) = caplog.records
    assert "cannot be fetched" in record.getMessage()
    for _ in range(2):
        rig.answer_trades()
        rig.answer_open_orders(FIRST)
        await rig.exchange._update_order_status()
    assert len(caplog.records) == 1, "its end is no warning"
    assert not rig.exchange._engine.reconciler.has_failed


async def test_trades_are_asked_for_since_the_last_known_one(rig: Rig) -> None:
    rig.follow(FIRST)
    row = {**WireTrade(8, "30000.0", "0.25", "sell").row(FIRST), "created_at": "2026-11-20T22:00:00Z"}
    older = {**row, "id": 7, "created_at": "2026-11-20T21:00:00Z"}
    for rows in ([row, older], []):
        rig.answer_trades(*rows)
        rig.answer_open_orders(FIRST)
        await rig.exchange._update_order_status()
    newest_s = int(datetime(2026, 11, 20, 22, tzinfo=UTC).timestamp())
    asked = [dict(rig.parameters("market/trades", index))["time_from"] for index in range(2)]
    assert asked == [str(int(CREATED_AT_S) - 60), str(newest_s - 60)]
