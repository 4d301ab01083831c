"""Orders that the engine may hold although the exchange has cancelled them."""

import logging
from dataclasses import replace
from decimal import Decimal

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.execution.follow_ups import FollowUp
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.intent import Intent, IntentState, OrderEnd
from hummingbot.connector.exchange.peatio.execution.second_cancel import SecondCancelPolicy, SecondCancels
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.core.event.event_forwarder import SourceInfoEventForwarder
from hummingbot.core.event.events import MarketEvent

from test.hummingbot.connector.exchange.peatio.fixtures import WireOrder, WireTrade, settle
from test.hummingbot.connector.exchange.peatio.rig import OPEN_ORDERS, PAIR, Rig
from test.patience import eventually

BUY = WireOrder(18)
GONE = BUY.now("cancel")
CANCEL = f"market/orders/{BUY.order_id}/cancel"


def second_cancels(rig: Rig) -> SecondCancels:
    return rig.exchange._engine.second_cancels


def is_due(rig: Rig, client_order_id: str = "c1") -> bool:
    """Whether the order's second cancel is not answered yet."""
    intent = rig.exchange._engine.journal.get(client_order_id)
    return intent is not None and intent.state is IntentState.ENDED


def cancelled_by_us(rig: Rig, seconds_ago: float, is_pending: bool = False) -> TrackedOrder:
    """An order whose first cancel left some time ago."""
    order = rig.follow_live(BUY)
    policy = second_cancels(rig)._policy
    policy.on_cancel_sent("c1", PAIR, rig.exchange._time() - seconds_ago, is_pending)
    return order


async def test_a_cancel_that_took_effect_at_once_leaves_no_ghost(rig: Rig) -> None:
    cancelled_by_us(rig, 0.1)
    rig.hear(GONE.event())
    await settle()
    assert rig.count("POST", CANCEL) == 0


async def test_on_a_pegged_market_no_end_is_above_suspicion(rig: Rig) -> None:
    """A cycle may have ended it in the database, while our cancel waited for the engine (dense seed 3 of the
    simulation)."""
    rig.exchange._settings.current = ConnectorSettings(pegged=(PAIR,))
    order = cancelled_by_us(rig, 0.1)
    order.is_cancel_taken = True
    rig.exchange._engine.journal.record(order.to_intent().changed(market="btcusd"))
    rig.exchange._engine.journal.live("c1", str(order.exchange_order_id), None)
    rig.answer_cancel_error(BUY, 503, [])
    rig.answer_cancel(GONE)
    rig.hear(GONE.event())
    await eventually(order.ended_event.is_set)
    assert is_due(rig), "a death of the process does not end it"
    await second_cancels(rig).wait()
    assert rig.count("POST", CANCEL) == 2
    assert not is_due(rig)


async def test_our_own_cancel_is_remembered_before_it_leaves(rig: Rig) -> None:
    order = rig.follow_live(BUY)
    rig.answer_cancel(BUY, callback=rig.says(GONE.event()))
    await rig.cancel(order)
    await eventually(order.ended_event.is_set)
    await settle()
    assert rig.count("POST", CANCEL) == 1


@pytest.mark.parametrize("why", ["cancelled while pending", "took long", "not asked for by this process"])
async def test_a_suspicious_cancel_is_followed_by_a_second_one(rig: Rig, why: str) -> None:
    if why == "took long":
        cancelled_by_us(rig, CONSTANTS.PROMPT_CANCEL_S + 1)
    elif why == "cancelled while pending":
        cancelled_by_us(rig, 0.1, is_pending=True)
    else:
        rig.follow_live(BUY)
    rig.answer_cancel(GONE)
    rig.hear(GONE.event())
    await second_cancels(rig).wait()
    assert rig.count("POST", CANCEL) == 1
    rig.hear(GONE.event())
    await settle()
    assert rig.count("POST", CANCEL) == 1
    await second_cancels(rig).wait()  # nothing to wait for


@pytest.mark.parametrize("state", ["done", "reject"])
async def test_only_a_cancelled_order_leaves_a_ghost(rig: Rig, state: str) -> None:
    rig.follow(BUY)
    second_cancels(rig)._policy.on_cancel_sent("c1", PAIR, rig.exchange._time(), is_pending=True)
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
    for status, codes in (
        (503, []), (401, ["authz.invalid_signature"]), (422, ["market.order.cancel_error"]), (403, []), (404, [])
    ):
        rig.answer_cancel_error(BUY, status, codes)
    rig.answer_cancel(GONE)
    rig.hear(GONE.event())
    await second_cancels(rig).wait()
    assert rig.count("POST", CANCEL) == 6
    assert "engine's book" not in caplog.text


async def test_a_refusal_is_an_answer_and_is_told(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.follow_live(BUY)
    rig.answer_cancel_error(BUY, 404, ["record.not_found"])
    rig.hear(GONE.event())
    await second_cancels(rig).wait()
    assert rig.count("POST", CANCEL) == 1
    assert "Order 18 is cancelled, but may still be in the matching engine's book" in caplog.text


async def test_a_stop_leaves_a_second_cancel_to_the_next_start(rig: Rig) -> None:
    rig.exchange._engine.journal.record(intent("c1"))
    rig.exchange._engine.journal.live("c1", "18", None)
    rig.follow_live(BUY)
    rig.hear(GONE.event())
    assert is_due(rig)
    await rig.exchange._engine.close()
    sent = rig.count("POST", CANCEL)
    await settle()
    assert rig.count("POST", CANCEL) == sent
    rig.answer_cancel(GONE)
    rig.exchange._engine.start()
    await eventually(lambda: rig.exchange._engine.may_place)
    await second_cancels(rig).wait()
    assert rig.count("POST", CANCEL) == sent + 1
    assert not is_due(rig)


async def test_an_engine_restart_makes_prompt_cancels_suspicious_as_well(rig: Rig) -> None:
    cancelled_by_us(rig, 0.1)
    rig.hear(GONE.event())
    rig.follow_live(WireOrder(19), "c2")
    policy = second_cancels(rig)._policy
    policy.on_cancel_sent("c2", PAIR, rig.exchange._time())
    rig.answer_cancel(GONE)

    rig.exchange.on_engine_restart("ETH-USD")
    assert not is_due(rig)

    rig.exchange.on_engine_restart(PAIR)
    await second_cancels(rig).wait()
    assert rig.count("POST", CANCEL) == 1
    assert policy.is_needed("c2", rig.exchange._time()), "its cancel was under way"


async def test_a_prompt_cancel_is_compared_once_with_the_engines_book(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled_by_us(rig, 0.1)
    rig.hear(GONE.event())
    rig.answer_cancel(GONE)
    cancels = second_cancels(rig)
    assert cancels.unseen() == [], "the engine needs a moment"
    monkeypatch.setattr(CONSTANTS, "PROMPT_CANCEL_S", 0.0)
    assert [intent.client_order_id for intent in cancels.unseen()] == ["c1"]
    cancels.on_seen("c1", is_left=False)
    assert cancels.unseen() == []
    assert not is_due(rig)


async def test_an_order_that_the_engines_book_still_has_is_cancelled_once_more(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled_by_us(rig, 0.1)
    rig.hear(GONE.event())
    rig.answer_cancel(GONE)
    monkeypatch.setattr(CONSTANTS, "PROMPT_CANCEL_S", 0.0)
    second_cancels(rig).on_seen("c1", is_left=True)
    assert is_due(rig)
    await second_cancels(rig).wait()
    assert rig.count("POST", CANCEL) == 1
    assert not is_due(rig)
    assert second_cancels(rig).unseen() == []


async def test_the_last_processs_prompt_cancels_are_compared_after_the_start(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = cancelled_by_us(rig, 0.1)
    rig.exchange._engine.journal.record(order.to_intent().changed(market="btcusd"))
    rig.exchange._engine.journal.live("c1", str(order.exchange_order_id), None)
    rig.hear(GONE.event())
    await settle()
    journal, cancels = rig.exchange._engine.journal, second_cancels(rig)
    next_start = SecondCancels(
        cancels._rest, journal, cancels._is_pegged, cancels._tasks, cancels._now_s, cancels._sleep, cancels._logger
    )
    next_start.resume()
    assert next_start.unseen() == [], "the book needs a moment"
    monkeypatch.setattr(CONSTANTS, "PROMPT_CANCEL_S", 0.0)
    assert [intent.client_order_id for intent in next_start.unseen()] == ["c1"]
    rig.answer_cancel(GONE)
    next_start.on_engine_restart(PAIR)
    await next_start.wait()
    assert rig.count("POST", CANCEL) == 1


async def test_a_restart_long_after_the_cancel_is_none_of_its_business(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled_by_us(rig, 0.1)
    rig.hear(GONE.event())
    monkeypatch.setattr(CONSTANTS, "RESTART_NOTICED_S", -1.0)
    rig.exchange.on_engine_restart(PAIR)
    assert not is_due(rig)


async def test_the_journal_keeps_the_order_until_the_second_cancel_is_answered(rig: Rig) -> None:
    """Should the process die in between, the next one sends it, and reports nothing of the order again."""
    journal = rig.exchange._engine.journal
    journal.record(intent("c1"))
    journal.live("c1", "18", None)
    rig.follow_live(BUY)
    rig.hear(GONE.event())
    assert [row.state for row in journal.unfinished()] == [IntentState.ENDED]
    assert journal.has_ended("c1")
    rig.answer_cancel(GONE)
    await second_cancels(rig).wait()
    assert journal.unfinished() == []


async def test_the_journal_says_ended_only_once_hummingbot_knows_the_end(rig: Rig) -> None:
    """A process that dies in between leaves the order live, or nobody would ever report its end."""
    journal = rig.exchange._engine.journal
    journal.record(intent("c1"))
    journal.live("c1", "18", None)
    rig.follow_live(BUY)
    seen: list[IntentState] = []
    listener = SourceInfoEventForwarder(lambda *_: seen.extend(row.state for row in journal.unfinished()))
    rig.exchange.add_listener(MarketEvent.OrderCancelled, listener)
    rig.answer_cancel(GONE)
    rig.hear(GONE.event())
    assert seen == [IntentState.LIVE]
    assert is_due(rig)
    await second_cancels(rig).wait()


async def test_the_next_process_sends_the_second_cancel_and_reports_nothing_again(rig: Rig) -> None:
    journal = rig.exchange._engine.journal
    journal.record(intent("c1"))
    journal.live("c1", "18", None)
    (known,) = journal.unfinished()
    journal.ended(known)
    await rig.exchange._engine.close()
    rig.answer_cancel(GONE)
    rig.exchange._engine.start()
    await eventually(lambda: rig.exchange._engine.may_place)
    await second_cancels(rig).wait()
    assert rig.count("POST", CANCEL) == 1
    assert rig.events == []
    assert journal.unfinished() == []


async def test_an_order_that_goes_on_under_another_id_is_cancelled_once_more_under_the_former(rig: Rig) -> None:
    """By the next process where this one dies before that is answered. The row is that of the order in its place."""
    rig.exchange._settings.current = ConnectorSettings(pegged=(PAIR,))
    journal = rig.exchange._engine.journal
    journal.record(intent("c1"))
    journal.live("c1", "18", None)
    order = rig.follow_live(BUY)
    next_one = replace(BUY, order_id=19, volume="0.6")
    rig.http.get(OPEN_ORDERS, payload=[next_one.row()], repeat=True)
    rig.answer_cancel_error(BUY, 503, [], repeat=True)
    rig.hear(GONE.event())
    await eventually(lambda: order.exchange_order_id == "19", "it goes on")
    await rig.exchange._engine.close()
    sent = rig.count("POST", CANCEL)
    rig.http.clear()
    rig.answer_cancel(GONE)
    rig.exchange._engine.startup.own_journal()
    second_cancels(rig).resume()
    await second_cancels(rig).wait()
    assert rig.count("POST", CANCEL) == sent + 1
    assert [row.exchange_order_id for row in journal.unfinished()] == ["19"]
    assert journal.follow_ups.of(FollowUp.SECOND_CANCEL) == []


async def test_a_start_leaves_the_row_of_an_order_that_goes_on_to_that_order(rig: Rig) -> None:
    """The history has the end of the former one, and the row the one that took its place."""
    journal = rig.exchange._engine.journal
    journal.record(intent("c1"))
    journal.live("c1", "18", None)
    journal.close("c1", OrderEnd.CANCELLED)
    journal.taken_back(replace(intent("c1"), exchange_order_id="19"))
    second_cancels(rig).resume()
    second_cancels(rig).on_engine_restart(PAIR)
    assert [(row.exchange_order_id, row.state) for row in journal.unfinished()] == [("19", IntentState.LIVE)]


def test_the_policy_forgets_what_no_restart_can_bring_back() -> None:
    policy = SecondCancelPolicy()
    policy.on_cancel_sent("a", PAIR, 0.0)
    assert not policy.is_needed("a", 1.0)
    policy.forget_old(1.0 + CONSTANTS.RESTART_NOTICED_S)
    assert policy.on_engine_restart(PAIR, 1.0 + CONSTANTS.RESTART_NOTICED_S) == ["a"]
    policy.forget_old(2.0 + CONSTANTS.RESTART_NOTICED_S)
    assert "a" not in policy


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
