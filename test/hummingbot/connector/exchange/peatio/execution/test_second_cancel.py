"""Orders that the engine may hold although the exchange has cancelled them."""

import logging
from decimal import Decimal

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.intent_journal import Intent, IntentJournal, IntentState

from test.hummingbot.connector.exchange.peatio.fixtures import WireOrder, WireTrade, eventually, settle
from test.hummingbot.connector.exchange.peatio.rig import PAIR, Rig

BUY = WireOrder(18)
GONE = BUY.now("cancel")
CANCEL = f"market/orders/{BUY.order_id}/cancel"


def cancelled_by_us(rig: Rig, seconds_ago: float) -> TrackedOrder:
    """An order whose first cancel left some time ago."""
    order = rig.follow_live(BUY)
    order.cancel_sent_at_s = rig.exchange._time() - seconds_ago
    return order


async def test_a_cancel_that_took_effect_at_once_leaves_no_ghost(rig: Rig) -> None:
    cancelled_by_us(rig, 0.1)
    rig.hear(GONE.event())
    await settle()
    assert rig.count("POST", CANCEL) == 0


async def test_our_own_cancel_is_remembered_before_it_leaves(rig: Rig) -> None:
    order = rig.follow_live(BUY)
    rig.answer_cancel(BUY, callback=rig.says(GONE.event()))
    await rig.exchange._canceller.cancel(order)
    await eventually(order.ended_event.is_set)
    await settle()
    assert rig.count("POST", CANCEL) == 1


@pytest.mark.parametrize("why", ["cancelled while pending", "took long", "not asked for by this process"])
async def test_a_suspicious_cancel_is_followed_by_a_second_one(rig: Rig, why: str) -> None:
    if why == "took long":
        cancelled_by_us(rig, CONSTANTS.PROMPT_CANCEL_S + 1)
    elif why == "cancelled while pending":
        cancelled_by_us(rig, 0.1).has_ghost_risk = True
    else:
        rig.follow_live(BUY)
    rig.answer_cancel(GONE)
    rig.hear(GONE.event())
    await rig.report_handler.second_cancel.wait()
    assert rig.count("POST", CANCEL) == 1
    rig.hear(GONE.event())
    await settle()
    assert rig.count("POST", CANCEL) == 1
    await rig.report_handler.second_cancel.wait()  # nothing to wait for


@pytest.mark.parametrize("state", ["done", "reject"])
async def test_only_a_cancelled_order_leaves_a_ghost(rig: Rig, state: str) -> None:
    rig.follow(BUY).has_ghost_risk = True
    rig.hear(WireTrade(8, "30000.0", "1.0", "sell").event(BUY), BUY.now(state).event())
    await settle()
    assert rig.count("POST", CANCEL) == 0


async def test_a_market_order_leaves_none(rig: Rig) -> None:
    market = WireOrder(21, price=None)
    rig.follow(market)
    rig.hear(market.now("cancel").event())
    await settle()
    assert rig.count("POST", CANCEL) == 0


async def test_the_second_cancel_is_repeated_until_the_exchange_answers(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    rig.follow_live(BUY)
    rig.answer_cancel_error(BUY, 503, [])
    rig.answer_cancel_error(BUY, 401, ["authz.invalid_signature"])
    rig.answer_cancel(GONE)
    rig.hear(GONE.event())
    await rig.report_handler.second_cancel.wait()
    assert rig.count("POST", CANCEL) == 3
    assert "engine's book" not in caplog.text


async def test_a_refusal_is_an_answer_and_is_told(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.follow_live(BUY)
    rig.answer_cancel_error(BUY, 404, ["record.not_found"])
    rig.hear(GONE.event())
    await rig.report_handler.second_cancel.wait()
    assert rig.count("POST", CANCEL) == 1
    assert "Order 18 is cancelled, and may still stand in the engine's book" in caplog.text


async def test_stopping_and_starting_goes_on_with_what_is_left(rig: Rig) -> None:
    rig.follow_live(BUY)
    rig.hear(GONE.event())
    assert "c1" in rig.report_handler.second_cancel
    rig.report_handler.stop()
    await settle()
    assert "c1" in rig.report_handler.second_cancel
    rig.answer_cancel(GONE)
    rig.report_handler.start()
    await rig.report_handler.second_cancel.wait()
    assert "c1" not in rig.report_handler.second_cancel


async def test_an_engine_restart_makes_prompt_cancels_suspicious_as_well(rig: Rig) -> None:
    cancelled_by_us(rig, 0.1)
    rig.hear(GONE.event())
    other = WireOrder(19)
    under_way = rig.follow_live(other, "c2")
    under_way.cancel_sent_at_s = rig.exchange._time()
    untouched = rig.follow_live(WireOrder(20), "c3")
    rig.answer_cancel(GONE)

    rig.exchange.on_engine_restart("ETH-USD")
    assert "c1" not in rig.report_handler.second_cancel
    assert not under_way.has_ghost_risk

    rig.exchange.on_engine_restart(PAIR)
    await rig.report_handler.second_cancel.wait()
    assert rig.count("POST", CANCEL) == 1
    assert under_way.has_ghost_risk
    assert not untouched.has_ghost_risk


async def test_a_restart_long_after_the_cancel_is_none_of_its_business(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled_by_us(rig, 0.1)
    rig.hear(GONE.event())
    monkeypatch.setattr(CONSTANTS, "RESTART_NOTICED_S", -1.0)
    rig.exchange.on_engine_restart(PAIR)
    assert "c1" not in rig.report_handler.second_cancel


async def test_the_journal_keeps_the_order_until_the_second_cancel_is_answered(rig: Rig) -> None:
    """Should the process die in between, the next one sends it, and tells nothing of the order anew."""
    rig.exchange._engine.start()
    await eventually(lambda: rig.exchange._engine.is_recovered)
    journal: IntentJournal = rig.exchange._engine._books.journal  # type: ignore[union-attr]
    journal.record(intent("c1"))
    journal.live("c1", "18", None)
    rig.follow_live(BUY)
    rig.hear(GONE.event())
    assert [row.state for row in journal.unfinished()] == [IntentState.ENDED]
    assert journal.has_ended("c1")
    rig.answer_cancel(GONE)
    await rig.report_handler.second_cancel.wait()
    assert journal.unfinished() == []


async def test_the_next_process_sends_the_second_cancel_and_tells_nothing_anew(rig: Rig) -> None:
    journal = rig.exchange._engine._open_books().journal
    journal.record(intent("c1"))
    journal.live("c1", "18", None)
    journal.ended("c1")
    rig.answer_cancel(GONE)
    rig.exchange._engine.start()
    await eventually(lambda: rig.exchange._engine.is_recovered)
    await rig.report_handler.second_cancel.wait()
    assert rig.count("POST", CANCEL) == 1
    assert rig.events == []
    assert journal.unfinished() == []


def intent(client_order_id: str) -> Intent:
    return Intent(
        client_order_id=client_order_id,
        trading_pair=PAIR,
        market="btcusd",
        is_buy=True,
        amount=Decimal(BUY.volume),
        price=Decimal("30000.0"),
        created_at_s=1.0,
    )
