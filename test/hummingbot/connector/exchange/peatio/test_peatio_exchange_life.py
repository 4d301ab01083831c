"""Stops and starts that overlap, fail or meet orders without an answer."""

import asyncio
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aioresponses import CallbackResult
from hummingbot.connector.exchange.peatio.execution.engine_book import EngineBookCheck
from hummingbot.connector.exchange.peatio.execution.intent import IntentState
from hummingbot.connector.exchange.peatio.guard.heartbeat import heartbeat_records
from hummingbot.connector.exchange_py_base import ExchangePyBase
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.event.events import MarketEvent
from hummingbot.core.network_iterator import NetworkStatus

from test.hummingbot.connector.exchange.peatio.fixtures import (
    WireOrder,
    balance_rows,
    exchange_arguments,
    rest_url,
    settle,
)
from test.hummingbot.connector.exchange.peatio.rig import BALANCES, CREATED_AT_S, PAIR, Rig, SwiftExchange
from test.hummingbot.connector.exchange.peatio.test_peatio_exchange_stop import (
    BUY,
    CANCEL,
    CREATE,
    LISTED,
    answer_ambiguously,
    intent,
    place,
)
from test.patience import eventually


class SlowGoodbye:
    """Holds a stop of the network where the websocket is closed."""

    def __init__(
        self, exchange: SwiftExchange, monkeypatch: pytest.MonkeyPatch, error: Exception | None = None
    ) -> None:
        self.may_go_on = asyncio.Event()
        self._error = error
        monkeypatch.setattr(exchange._user_stream_tracker, "stop", self._stop)

    async def _stop(self) -> None:
        await self.may_go_on.wait()
        if self._error is not None:
            raise self._error


async def test_a_successor_waits_for_the_rows_from_the_first_moment_of_the_stop(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rig.exchange._engine.journal.record(intent("open"))
    goodbye = SlowGoodbye(rig.exchange, monkeypatch)
    rig.exchange.status = NetworkStatus.STOPPED
    stopping = asyncio.create_task(rig.exchange.stop_network())
    await settle()
    successor = SwiftExchange(**exchange_arguments(tmp_path, [PAIR]))
    assert not successor._engine.startup.own_journal(), "it does not take rows of its own"
    goodbye.may_go_on.set()
    await stopping
    assert successor._engine.startup.own_journal()
    assert [row.client_order_id for row in successor._engine.journal.unfinished()] == ["open"]
    await successor._engine.close()


async def test_a_stop_that_meets_an_error_still_ends_everything(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    goodbye = SlowGoodbye(rig.exchange, monkeypatch, OSError("broken pipe"))
    goodbye.may_go_on.set()
    rig.exchange.status = NetworkStatus.STOPPED
    with pytest.raises(OSError, match="broken pipe"):
        await rig.exchange.stop_network()
    assert rig.exchange._engine._rows.lock is None
    assert len(rig.exchange._order_tasks) == 0
    assert rig.exchange._engine.startup.own_journal(), "the rows are free"


async def test_the_heartbeat_ends_before_anything_is_waited_for(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`hbot stop` ends the process before the streams are closed; a guard would take the bot for dead."""
    assert len(list(heartbeat_records(tmp_path))) == 1
    SlowGoodbye(rig.exchange, monkeypatch)
    rig.exchange.status = NetworkStatus.STOPPED
    stopping = asyncio.create_task(rig.exchange.stop_network())
    await settle()
    assert list(heartbeat_records(tmp_path)) == []
    stopping.cancel()
    await asyncio.gather(stopping, return_exceptions=True)


async def test_a_bot_that_could_not_read_its_journal_stays_under_guard(rig: Rig, tmp_path: Path) -> None:
    rig.exchange._engine.journal.close_file()
    rig.exchange.status = NetworkStatus.STOPPED
    await rig.exchange.stop_network()
    assert len(list(heartbeat_records(tmp_path))) == 1, "nobody knows whether the last run left orders open"


async def test_a_start_during_a_stop_leaves_a_connector_that_works(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    goodbye = SlowGoodbye(rig.exchange, monkeypatch)
    rig.exchange.status = NetworkStatus.STOPPED
    stopping = asyncio.create_task(rig.exchange.stop_network())
    await settle()
    assert list(heartbeat_records(tmp_path)) == []
    rig.exchange.status = NetworkStatus.NOT_CONNECTED
    starting = asyncio.create_task(rig.exchange.start_network())
    await settle()
    goodbye.may_go_on.set()
    await asyncio.gather(stopping, starting)
    assert rig.exchange._engine.may_place
    assert not rig.exchange.rest.is_closed
    assert len(list(heartbeat_records(tmp_path))) == 1, "its heart beats again"


async def test_no_task_of_the_network_is_left_by_the_last_reports(rig: Rig) -> None:
    rig.exchange.status = NetworkStatus.STOPPED
    close = rig.exchange._engine.close

    async def close_with_a_last_report() -> None:
        rig.exchange._network_tasks.start(asyncio.Event().wait(), "refresh of the balances")
        await close()

    rig.exchange._engine.close = close_with_a_last_report  # type: ignore[method-assign]
    await rig.exchange.stop_network()
    assert len(rig.exchange._network_tasks) == 0


async def test_without_trading_readiness_asks_for_no_reconciliation(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ExchangePyBase, "ready", property(lambda self: True))
    rig.exchange._engine.admission.on_not_reconciled("Nobody asked for it.")
    assert not rig.exchange.ready
    rig.exchange._trading_required = False
    assert rig.exchange.ready


async def test_an_order_whose_request_breaks_is_absent_and_cancelled_should_it_turn_up(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.exchange._engine.submission._server_time_s = lambda: CREATED_AT_S
    send = rig.exchange.rest._sender._send

    async def break_off(request: object) -> object:
        await send(request)  # type: ignore[arg-type]
        raise RuntimeError("Session is closed")

    monkeypatch.setattr(rig.exchange.rest._sender, "_send", break_off)
    rig.http.post(rest_url(CREATE), status=201, payload=BUY.now("pending").row())
    order_id = place(rig)
    await eventually(lambda: rig.of(MarketEvent.OrderFailure))
    (row,) = rig.exchange._engine.journal.unfinished()
    assert (row.client_order_id, row.state) == (order_id, IntentState.ABSENT)
    monkeypatch.undo()
    rig.answer_cancel(BUY)
    rig.http.get(LISTED, payload=[])  # the list may be behind the event
    rig.hear(BUY.event())
    await eventually(lambda: rig.count("POST", CANCEL))


async def test_a_restarted_connector_ends_an_order_that_the_exchange_does_not_have(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.http.post(rest_url(CREATE), status=500)
    rig.http.get(LISTED, payload=[], repeat=True)
    order_id = place(rig)
    await eventually(lambda: rig.count("POST", CREATE))
    rig.exchange.status = NetworkStatus.STOPPED
    await rig.exchange.stop_network()
    assert rig.of(MarketEvent.OrderFailure) == [], "nobody knows"
    rig.exchange.rest.is_closed = False
    rig.exchange._engine.start()
    await eventually(lambda: rig.exchange._engine.may_place)
    assert [event.order_id for event in rig.of(MarketEvent.OrderFailure)] == [order_id]
    assert not rig.tracker.active_orders


async def test_a_cancel_that_was_asked_for_while_the_create_was_not_answered_is_sent(rig: Rig) -> None:
    journal = rig.exchange._engine.journal

    def asked_for(*_arguments: object, **_request: object) -> None:
        journal.want_cancels([row.client_order_id for row in journal.unfinished()])

    rig.exchange._engine.submission._server_time_s = lambda: CREATED_AT_S
    rig.http.post(rest_url(CREATE), status=500, callback=asked_for)
    answer_ambiguously(rig)
    rig.answer_cancel(BUY)
    rig.answer_order(BUY, repeat=True)
    place(rig)
    await eventually(lambda: rig.count("POST", CANCEL))


async def test_a_late_order_is_taken_once_although_event_and_list_report_it(rig: Rig) -> None:
    journal, late = rig.exchange._engine.journal, rig.exchange._engine.late_orders
    for name in ("a", "b"):
        journal.record(intent(name))
        journal.sent(name, CREATED_AT_S)
        journal.absent(name)
    rig.http.get(LISTED, payload=[BUY.row(), WireOrder(19).row()], repeat=True)
    rig.answer_cancel(BUY, repeat=True)
    rig.answer_cancel(WireOrder(19), repeat=True)
    rig.answer_order(BUY, repeat=True)
    rig.answer_order(WireOrder(19), repeat=True)
    rig.hear(BUY.event())
    await late.poll()
    await eventually(lambda: len(rig.of(MarketEvent.OrderFailure)) == 0 and not journal.in_state(IntentState.ABSENT))
    assert {row.client_order_id: row.exchange_order_id for row in journal.unfinished()} == {"a": "18", "b": "19"}


async def test_every_cancel_is_remembered_not_only_those_of_strategies(rig: Rig) -> None:
    rig.exchange._engine.journal.record(intent("c1"))
    rig.exchange._engine.journal.live("c1", "18", None)
    rig.follow_live(BUY)
    rig.answer_cancel(BUY, repeat=True)
    rig.answer_order(BUY, repeat=True)
    await rig.exchange.cancel_all(0.05)
    assert [row.is_cancel_wanted for row in rig.exchange._engine.journal.unfinished()] == [True]


async def test_what_the_admission_refuses_behind_a_queue_is_counted(rig: Rig) -> None:
    submission = rig.exchange._engine.submission
    for _ in range(5):
        await submission._queue.acquire()
    create = asyncio.create_task(
        rig.exchange._create_order(
            trade_type=TradeType.BUY,
            order_id="queued",
            trading_pair=PAIR,
            amount=Decimal(1),
            order_type=OrderType.LIMIT,
            price=Decimal(30000),
            is_of_batch=True,
        )
    )
    await settle()
    rig.exchange._engine.admission.stop()
    submission._queue.release()
    await create
    assert sum(rig.tracker.counts[PAIR].placements.values()) == 1


async def test_a_comparison_with_the_engines_book_that_breaks_is_tried_again_with_pauses(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(EngineBookCheck, "run", broken)
    for _ in range(5):
        rig.exchange._engine.tick()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert caplog.text.count("Task 'comparison with the engine's book' broke") == 1
    assert "not started again" not in caplog.text


async def test_no_order_is_placed_before_the_balances_of_after_the_reconciliation_are_known(rig: Rig) -> None:
    """Until they are copied fills change nothing: what an order had spent was available (pegged seed 81464 of the
    simulation, where they were answered with 404)."""
    rows = balance_rows(btc=("1", "0"), usd=("1000", "0"))
    rig.http.get(BALANCES, payload=rows)
    await rig.exchange._update_all_balances()
    await rig.exchange._engine.close()
    may_answer = asyncio.Event()

    async def late(*args: Any, **kwargs: Any) -> CallbackResult:
        await may_answer.wait()
        return CallbackResult(body=json.dumps(rows))

    rig.http.get(BALANCES, status=404)
    rig.http.get(BALANCES, status=503)
    rig.http.get(BALANCES, callback=late)
    rig.exchange._engine.start()
    await eventually(lambda: rig.count("GET", "account/balances") == 4, "they are asked for again")
    assert not rig.exchange._engine.may_place
    may_answer.set()
    await eventually(lambda: rig.exchange._engine.may_place, "they are known")
