"""Orders and trades on their one way into Hummingbot, whatever the order they arrive in."""

import asyncio
import itertools
from decimal import Decimal

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.balance_messages import parse_balance
from hummingbot.connector.exchange.peatio.common.messages import parse_order
from hummingbot.core.data_type.in_flight_order import OrderState
from hummingbot.core.data_type.trade_fee import DeductedFromReturnsTradeFee, TokenAmount
from hummingbot.core.event.events import MarketEvent

from test.hummingbot.connector.exchange.peatio.fixtures import WireOrder, WireTrade, rest_url, settle
from test.hummingbot.connector.exchange.peatio.recorded import RACES, answer, private_event, step
from test.hummingbot.connector.exchange.peatio.rig import OPEN_ORDERS, PAIR, RATES, TRADES, Rig
from test.patience import eventually

CREATED = MarketEvent.BuyOrderCreated
FILLED = MarketEvent.OrderFilled
COMPLETED = MarketEvent.BuyOrderCompleted
CANCELLED = MarketEvent.OrderCancelled
FAILED = MarketEvent.OrderFailure

BUY = WireOrder(18)
HALF = WireTrade(8, "30000.0", "0.5", "sell")
REST = WireTrade(9, "30000.0", "0.5", "sell")
WHOLE = WireTrade(8, "30000.0", "1.0", "sell")


async def test_a_life_in_the_recorded_order(rig: Rig) -> None:
    order = rig.follow(BUY)
    rig.hear(BUY.now("pending").event())
    assert order.current_state is OrderState.OPEN
    assert not order.seen_live_event.is_set()
    rig.hear(BUY.event())
    assert order.seen_live_event.is_set()
    rig.hear(HALF.event(BUY), BUY.now("wait", "0.5").event())
    assert order.current_state is OrderState.PARTIALLY_FILLED
    rig.hear(REST.event(BUY), BUY.now("done", "1.0").event())
    assert rig.kinds == [CREATED, FILLED, FILLED, COMPLETED]
    completed = rig.of(COMPLETED)[0]
    assert (completed.base_asset_amount, completed.quote_asset_amount) == (Decimal(1), Decimal(30000))
    assert rig.requests() == []


# What may come in any order: all of it was seen so on a running exchange (docs/protocol.md sections 4.2 and 4.7).
LIFE = {
    "pending": BUY.now("pending").event(),
    "wait": BUY.event(),
    "trade 1": HALF.event(BUY),
    "part": BUY.now("wait", "0.5").event(),
    "trade 2": REST.event(BUY),
    "done": BUY.now("done", "1.0").event(),
}


@pytest.mark.parametrize("shuffled", list(itertools.permutations(LIFE))[::7], ids=lambda names: ", ".join(names))
async def test_the_outcome_is_the_same_in_whatever_order_the_events_come(rig: Rig, shuffled: tuple[str, ...]) -> None:
    order = rig.follow(BUY)
    rig.answer_order(BUY.now("done", "1.0"), [HALF, REST], repeat=True)
    for name in shuffled:
        rig.hear(LIFE[name])
        rig.hear(LIFE[name])
        await asyncio.sleep(0)
    await eventually(lambda: order.ended_event.is_set())
    await settle()
    assert order.current_state is OrderState.FILLED
    assert sorted(rig.kinds, key=str) == sorted([CREATED, FILLED, FILLED, COMPLETED], key=str)
    assert rig.kinds[-1] is COMPLETED
    assert {fill.exchange_trade_id for fill in rig.of(FILLED)} == {"8", "9"}
    assert rig.of(COMPLETED)[0].base_asset_amount == Decimal(1)


async def test_an_event_of_an_unknown_order_is_kept_only_for_a_create_under_way(rig: Rig) -> None:
    early = rig.exchange._engine.pending_events
    rig.hear(BUY.event())
    with early.during_create():
        rig.hear(BUY.now("pending").event())
        assert len(early.take("18")) == 1
    assert rig.events == []


async def test_a_fill_is_reported_with_its_fee_and_only_once(rig: Rig) -> None:
    order = rig.follow(BUY)
    rig.hear(BUY.event(), HALF.event(BUY), HALF.event(BUY))
    rig.report_handler.apply_order(order, parse_order(BUY.now("wait", "0.5").row([HALF])))
    (fill,) = rig.of(FILLED)
    assert (fill.price, fill.amount, fill.exchange_trade_id) == (Decimal(30000), Decimal("0.5"), "8")
    assert fill.trade_fee == DeductedFromReturnsTradeFee(flat_fees=[TokenAmount("BTC", Decimal("0.0005"))])


async def test_both_sides_of_a_self_trade_become_fills(rig: Rig) -> None:
    """The recorded one: both trade events name the order that rested; the other's side is asked for."""
    names = {"base": "btc", "quote": "usd", "price": "29500.0", "volume": "0.01"}
    rig.follow(WireOrder(18, side="sell", **names), "rested")
    rig.follow(WireOrder(19, side="buy", **names), "crossed")
    rig.http.get(rest_url("market/orders/19"), payload=answer("SELF-TRADE taker order"))
    for event in step("SELF-TRADE cross")["events"]:
        stream = event["key"].rpartition(".")[2]
        if event["key"].startswith("private."):
            rig.hear({stream: event["payload"]})
    await eventually(lambda: rig.of(COMPLETED))
    rested, crossed = rig.of(FILLED)
    assert (rested.order_id, crossed.order_id) == ("rested", "crossed")
    assert rested.exchange_trade_id == crossed.exchange_trade_id == "8"
    assert rested.trade_fee.flat_fees == [TokenAmount("USD", Decimal("0.295"))]
    assert crossed.trade_fee.flat_fees == [TokenAmount("BTC", Decimal("0.00002"))]
    assert len(rig.of(MarketEvent.SellOrderCompleted)) == 1
    assert rig.requests("GET", "market/orders/18") == []


async def test_a_final_state_waits_for_the_fills_that_led_to_it(rig: Rig) -> None:
    order = rig.follow(BUY)
    rig.answer_order(BUY.now("done", "1.0"), [WHOLE])
    rig.hear(BUY.event(), BUY.now("done", "1.0").event())
    assert order.current_state is OrderState.OPEN
    await eventually(lambda: order.ended_event.is_set())
    assert rig.kinds == [CREATED, FILLED, COMPLETED]


async def test_a_cancelled_order_waits_for_its_partial_fills_too(rig: Rig) -> None:
    order = rig.follow(BUY)
    rig.answer_order(BUY.now("cancel", "0.5"), [HALF])
    rig.hear(BUY.event(), BUY.now("cancel", "0.5").event())
    await eventually(lambda: order.ended_event.is_set())
    assert rig.kinds == [CREATED, FILLED, CANCELLED]


async def test_one_order_is_looked_up_by_one_task(rig: Rig) -> None:
    order = rig.follow(BUY, rates=None)
    rig.answer_order(BUY.now("done", "1.0"), [HALF, REST])
    rig.hear(HALF.event(BUY), BUY.now("wait", "0.5").event(), REST.event(BUY), BUY.now("done", "1.0").event())
    await eventually(lambda: order.ended_event.is_set())
    await settle()
    assert rig.count("GET", "market/orders/18") == 1
    assert rig.kinds == [CREATED, FILLED, FILLED, COMPLETED]


async def test_a_fill_of_unknown_rates_is_asked_for_and_the_rates_are_kept(rig: Rig) -> None:
    order = rig.follow(BUY, rates=None)
    rig.answer_order(BUY.now("wait", "0.5"), [HALF])
    rig.hear(HALF.event(BUY))
    await eventually(lambda: rig.of(FILLED))
    assert rig.of(FILLED)[0].trade_fee.flat_fees == [TokenAmount("BTC", Decimal("0.0005"))]
    rig.hear(REST.event(BUY))
    assert len(rig.of(FILLED)) == 2
    assert order.fee_rates is not None


async def test_a_lookup_goes_on_with_growing_pauses_while_the_exchange_stumbles(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    order = rig.follow(BUY)
    for _ in range(3):
        rig.answer_order_error(BUY, 503, ["server.internal_error"])
    rig.http.get(rest_url("market/orders/18"), payload={"id": 18})
    rig.answer_order(BUY.now("done", "1.0"), [HALF, REST])
    rig.hear(BUY.now("done", "1.0").event())
    await eventually(lambda: order.ended_event.is_set())
    pauses_s = rig.exchange.sleeps_s
    assert len(pauses_s) == 4
    for index, pause_s in enumerate(pauses_s):
        assert 0.25 * 2**index <= pause_s <= 0.5 * 2**index
    assert "The fills of order c1 are not known yet" in caplog.text


async def test_a_lookup_of_an_order_that_the_exchange_denies_counts_it_as_not_found(rig: Rig) -> None:
    rig.follow(BUY)
    rig.answer_order_error(BUY, 404, ["record.not_found"])
    rig.hear(BUY.now("done", "1.0").event())
    await eventually(lambda: rig.tracker._order_not_found_records["c1"])
    await settle()
    assert rig.tracker._order_not_found_records["c1"] == 1
    assert rig.exchange.sleeps_s == []


async def test_stopping_ends_the_lookups(rig: Rig) -> None:
    order = rig.follow(BUY)
    rig.answer_order_error(BUY, 503, [], repeat=True)
    rig.hear(BUY.now("done", "1.0").event())
    await eventually(lambda: rig.exchange.sleeps_s)
    await rig.exchange._engine.close()
    asked = rig.count("GET", "market/orders/18")
    await asyncio.sleep(0.02)
    assert rig.count("GET", "market/orders/18") == asked
    assert not order.ended_event.is_set()


async def test_a_rejected_order_has_failed(rig: Rig) -> None:
    order = rig.follow(BUY)
    rig.hear(BUY.now("pending").event(), BUY.now("reject").event())
    assert order.current_state is OrderState.FAILED
    (failure,) = rig.of(FAILED)
    assert failure.order_id == "c1"
    assert failure.error_type == "PeatioReject"
    assert "rejected the order after accepting the request" in failure.error_message
    assert "Free USD at that moment, as far as known here: not known" in failure.error_message


async def test_a_reject_tells_what_was_free_at_that_moment(rig: Rig) -> None:
    rig.exchange._balances.pushed([parse_balance({"currency": "usd", "balance": "12.5", "locked": "0"})])
    rig.follow(BUY)
    rig.hear(BUY.now("reject").event())
    (failure,) = rig.of(FAILED)
    assert "Free USD at that moment, as far as known here: 12.5." in failure.error_message


async def test_wait_after_the_end_reopens_nothing(rig: Rig) -> None:
    order = rig.follow(BUY)
    rig.hear(WHOLE.event(BUY), BUY.now("done", "1.0").event(), BUY.event(), BUY.now("done", "1.0").event())
    await settle()
    assert order.current_state is OrderState.FILLED
    assert rig.kinds.count(COMPLETED) == 1


async def test_wait_after_a_fill_keeps_the_order_partially_filled(rig: Rig) -> None:
    order = rig.follow(BUY)
    rig.hear(HALF.event(BUY), BUY.now("wait", "0.5").event(), BUY.event(), BUY.now("pending").event())
    assert order.current_state is OrderState.PARTIALLY_FILLED


async def test_a_market_order_ends_by_its_only_event(rig: Rig) -> None:
    wire = WireOrder(15, price=None, volume="0.05")
    order = rig.follow(wire)
    rig.hear(
        private_event("market buy 0.05", "trade", member="taker"),
        private_event("market buy 0.05", "order", member="taker"),
    )
    assert order.current_state is OrderState.FILLED
    assert rig.kinds == [CREATED, FILLED, COMPLETED]
    assert rig.of(FILLED)[0].price == Decimal(30100)
    assert rig.requests() == []


async def test_a_market_order_that_was_cut_off_is_cancelled_with_what_it_got(rig: Rig) -> None:
    """The recorded one ran out of money half-way; REST alone tells."""
    order = rig.follow(WireOrder(28, price=None, volume="0.0002"))
    rig.hear(private_event("poor market buy 0.0002 with 5 USD", "trade", recording=RACES, member="poor"))
    rig.report_handler.apply_order(order, parse_order(answer("market order result", RACES)))
    assert order.current_state is OrderState.CANCELED
    assert [fill.amount for fill in rig.of(FILLED)] == [Decimal("0.0001")]


async def test_after_a_market_order_the_balances_are_asked_for_though_nothing_was_filled(rig: Rig) -> None:
    """No event reports what it had locked, and that this is free again."""
    balances = rig.exchange._balances
    balances.pushed([parse_balance({"currency": "usd", "balance": "5", "locked": "0"})])
    order = rig.follow(WireOrder(28, price=None, volume="0.0002"))
    balances.reserve("c1", "USD", "BTC", Decimal(4), is_answered=True, is_market=True)
    assert balances.available["USD"] == 1
    rig.report_handler.apply_order(order, parse_order(WireOrder(28, "cancel", price=None, volume="0.0002").row([])))
    assert balances.available["USD"] == 5
    assert balances.needs_snapshot


async def test_a_market_order_is_asked_for_until_it_has_ended(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The cancel of its rest is told by no event (docs/protocol.md section 4.6)."""
    monkeypatch.setattr(CONSTANTS, "BACKOFF_START_S", 0.001)
    monkeypatch.setattr(CONSTANTS, "END_EVENT_LATE_S", 0.001)
    wire = WireOrder(28, price=None, volume="0.0002")
    order = rig.follow(wire)
    rig.answer_order(wire)
    for _ in range(20):
        rig.answer_order_error(wire, 503, [])
    rig.http.get(rest_url("market/orders/28"), payload=answer("market order result", RACES))
    rig.report_handler.follow_to_end(order)
    await eventually(lambda: order.ended_event.is_set())
    await settle()
    assert order.current_state is OrderState.CANCELED
    assert rig.count("GET", "market/orders/28") == 22
    assert caplog.text.count("The fills of order c1 are not known yet") == 1


async def test_a_fill_that_was_recorded_before_a_restart_is_known_and_not_reported_again(rig: Rig) -> None:
    order = rig.follow(BUY)
    order.recorded_trade_ids = frozenset({"8"})
    rig.hear(BUY.event(), HALF.event(BUY), REST.event(BUY), BUY.now("done", "1.0").event())
    assert [fill.exchange_trade_id for fill in rig.of(FILLED)] == ["9"]
    assert rig.of(COMPLETED)[0].base_asset_amount == Decimal(1)


async def test_an_end_that_was_told_is_waited_for_though_rest_lags_behind(rig: Rig) -> None:
    """A replica or a cache may answer with what was before."""
    order = rig.follow(BUY)
    rig.answer_order(BUY)
    rig.answer_order(BUY.now("wait", "0.5"), [HALF])
    rig.answer_order(BUY.now("done", "1.0"), [HALF, REST])
    rig.hear(BUY.now("done", "1.0").event())
    await eventually(lambda: order.ended_event.is_set())
    assert rig.kinds == [CREATED, FILLED, FILLED, COMPLETED]


async def test_an_event_of_an_unknown_order_is_handed_on_and_a_trade_is_not(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A late order may have turned up."""
    unknown: list[str] = []
    monkeypatch.setattr(
        rig.exchange._engine.late_orders, "on_unknown_order", lambda report: unknown.append(report.order_id)
    )
    rig.hear(BUY.event(), HALF.event(BUY))
    assert unknown == ["18"]


async def test_orders_that_do_not_tell_their_rates_get_their_fills_from_the_list_of_trades(rig: Rig) -> None:
    """Peatio before 2.5."""
    order = rig.follow(BUY, rates=None)
    row = BUY.now("done", "1.0").row([HALF, REST])
    del row["maker_fee"], row["taker_fee"]
    rig.http.get(rest_url("market/orders/18"), payload=row)
    foreign = WireTrade(10, "30000.0", "3.0", "sell").row(WireOrder(17))
    rig.answer_trades(REST.row(BUY), HALF.row(BUY), foreign)
    rig.hear(BUY.now("done", "1.0").event())
    await eventually(lambda: order.ended_event.is_set())
    assert {fill.exchange_trade_id for fill in rig.of(FILLED)} == {"8", "9"}
    assert [fill.trade_fee.flat_fees for fill in rig.of(FILLED)] == [[TokenAmount("BTC", Decimal("0.0005"))]] * 2
    parameters = dict(rig.parameters("market/trades"))
    assert parameters["market"] == "btcusd"
    assert int(parameters["time_from"]) == 1795207684


async def test_a_self_trade_whose_fee_nobody_tells_gets_the_exchanges_usual_one(rig: Rig) -> None:
    """Peatio before 2.5 lists it once, for the other order (docs/protocol.md section 4.9)."""
    order = rig.follow(BUY, rates=None)
    row = BUY.now("done", "1.0").row([WHOLE])
    del row["maker_fee"], row["taker_fee"]
    rig.http.get(rest_url("market/orders/18"), payload=row, repeat=True)
    rig.http.get(TRADES, payload=[WHOLE.row(WireOrder(17))], repeat=True)
    rig.hear(BUY.now("done", "1.0").event())
    await settle()
    assert not order.ended_event.is_set(), "without any rates there is nothing to reckon with"
    rig.exchange._fees.learn(PAIR, RATES)
    await eventually(lambda: order.ended_event.is_set())
    (fill,) = rig.of(FILLED)
    assert fill.trade_fee.flat_fees == [TokenAmount("BTC", RATES.maker)]


async def test_an_update_tells_the_state_in_hummingbots_words(rig: Rig) -> None:
    order = rig.follow(BUY)
    update = rig.report_handler.update_of(order, parse_order(BUY.now("wait", "0.5").row()))
    assert update.new_state is OrderState.PARTIALLY_FILLED
    assert (update.client_order_id, update.exchange_order_id, update.trading_pair) == ("c1", "18", PAIR)
    assert update.update_timestamp == 1795207684.0
    assert update.misc_updates is None


# A third-party engine answers a create with a uuid and no number (docs/protocol.md section 4.12).

UUID = "8b8b7ef0-2f5c-4d8e-9c51-0b3a5f1f6c11"


async def test_an_order_known_by_its_uuid_is_found_by_the_number_that_events_have(rig: Rig) -> None:
    order = rig.follow(BUY)
    order.exchange_order_id = UUID
    rig.http.get(rest_url(f"market/orders/{UUID}"), payload=BUY.row([HALF], uuid=UUID, executed_volume="0.5"))
    rig.report_handler.look_up(order)
    await eventually(lambda: rig.of(FILLED))
    rig.hear(REST.event(BUY), BUY.now("done", "1.0").event())
    assert rig.kinds == [CREATED, FILLED, FILLED, COMPLETED]


async def test_an_event_that_names_the_uuid_is_enough(rig: Rig) -> None:
    order = rig.follow(BUY)
    order.exchange_order_id = UUID
    event = BUY.now("wait").event()
    event["order"]["uuid"] = UUID
    rig.hear(event)
    assert order.seen_live_event.is_set()
    rig.hear(WHOLE.event(BUY))
    assert rig.kinds == [CREATED, FILLED]


async def test_the_list_of_open_orders_matches_by_either_id(rig: Rig) -> None:
    order = rig.follow(BUY)
    order.exchange_order_id = UUID
    rig.answer_trades()
    rig.http.get(OPEN_ORDERS, payload=[BUY.row(uuid=UUID)])
    await rig.exchange._update_order_status()
    assert order.seen_live_event.is_set()
    assert rig.count("GET", f"market/orders/{UUID}") == 0
