"""A stop at every point of a create, a cancel, a lookup and a reconciliation.

On mocked HTTP a run takes the same iterations of the event loop each time, so that stopping after 0, 1, 2, … of them
stops at every `await`.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from aioresponses import aioresponses
from hummingbot.connector.exchange.peatio.execution.intent import Intent, IntentState
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.core.clock import Clock, ClockMode
from hummingbot.core.data_type.common import OrderType
from hummingbot.core.event.events import MarketEvent
from hummingbot.core.network_iterator import NetworkStatus

from test.hummingbot.connector.exchange.peatio.fixtures import WireOrder, WireTrade, rest_url
from test.hummingbot.connector.exchange.peatio.rig import CREATED_AT_S, PAIR, Rig
from test.patience import eventually

BUY = WireOrder(18)
CANCELLED = BUY.now("cancel")
FILLED = BUY.now("done", executed=BUY.volume)
TRADE_ID = "551"
FILL = WireTrade(int(TRADE_ID), str(BUY.price), BUY.volume)
#: What Hummingbot's database holds of an order's money and its end.
RECORDED = {MarketEvent.OrderFilled, MarketEvent.BuyOrderCompleted, MarketEvent.OrderCancelled}
CREATE, CANCEL = "market/orders", f"market/orders/{BUY.order_id}/cancel"
LISTED = re.compile(rf"^{re.escape(rest_url('market/orders'))}\?")
#: More iterations than any of the operations takes; a test asserts it.
ITERATIONS = 120


def answer_create(rig: Rig) -> None:
    rig.http.post(rest_url(CREATE), status=201, payload=BUY.now("pending").row(), repeat=True)


def answer_ambiguously(rig: Rig) -> None:
    rig.http.post(rest_url(CREATE), status=500, repeat=True)
    rig.http.get(LISTED, payload=[])
    rig.http.get(LISTED, payload=[BUY.row()], repeat=True)


def place(rig: Rig) -> str:
    return str(rig.exchange.buy(PAIR, Decimal(BUY.volume), OrderType.LIMIT, Decimal(str(BUY.price))))


def live_order(rig: Rig) -> str:
    """An order of ours that rests at the exchange."""
    rig.exchange._engine.journal.record(intent("c1"))
    rig.exchange._engine.journal.live("c1", str(BUY.order_id), None)
    rig.follow_live(BUY)
    return "c1"


def intent(client_order_id: str) -> Intent:
    price, volume = Decimal(str(BUY.price)), Decimal(BUY.volume)
    return Intent(client_order_id, PAIR, "btcusd", True, volume, price, CREATED_AT_S)


@asynccontextmanager
async def fresh_rig(folder: Path) -> AsyncIterator[Rig]:
    with aioresponses() as http:
        made = Rig(http, folder)
        # The exchange's clock stands where it stored the recorded order.
        made.exchange._engine.submission._server_time_s = lambda: CREATED_AT_S
        yield made
        await made.close()


async def spin(iterations: int) -> None:
    for _ in range(iterations):
        await asyncio.sleep(0)


async def stop_for_good(rig: Rig) -> None:
    """As Hummingbot's `stop`: it takes the connector off its clock, and its recorder leaves in the same step."""
    rig.exchange.status = NetworkStatus.STOPPED
    running = asyncio.all_tasks()
    rig.exchange.stop(Clock(ClockMode.REALTIME))
    heard = rig.kinds
    await asyncio.gather(*(asyncio.all_tasks() - running))
    unrecorded = rig.kinds[len(heard) :]
    assert not RECORDED.intersection(unrecorded), "they are in nobody's history"


def note_states_at_the_end(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> list[IntentState]:
    """The states of the rows that the stop leaves open, once it has ended."""
    states: list[IntentState] = []
    close_file = rig.exchange._engine.journal.close_file

    def note_states() -> None:
        states.extend(row.state for row in rig.exchange._engine.journal.unfinished())
        close_file()

    monkeypatch.setattr(rig.exchange._engine.journal, "close_file", note_states)
    return states


async def assert_at_rest(rig: Rig, before: set["asyncio.Task[object]"]) -> None:
    """No task of the connector runs, and none of its requests leaves any more."""
    assert {task for task in asyncio.all_tasks() - before if not task.done()} == set()
    sent = len(rig.requests())
    rig.exchange.cancel(PAIR, "c1")
    place(rig)
    await asyncio.sleep(0.005)
    await spin(20)
    assert len(rig.requests()) == sent


@pytest.mark.parametrize("answer", [answer_create, answer_ambiguously])
@pytest.mark.parametrize("iterations", range(0, ITERATIONS, 2))
async def test_a_stop_leaves_a_create_placed_unsent_or_for_the_next_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Callable[[Rig], None], iterations: int
) -> None:
    before = asyncio.all_tasks()
    async with fresh_rig(tmp_path) as rig:
        answer(rig)
        order_id = place(rig)
        await spin(iterations)
        states = note_states_at_the_end(rig, monkeypatch)
        await stop_for_good(rig)
        has_left = rig.count("POST", CREATE) > 0
        assert rig.count("POST", CREATE) <= 1
        failed = [event.order_id for event in rig.of(MarketEvent.OrderFailure)]
        if has_left:
            assert states in ([IntentState.SENT], [IntentState.LIVE])
            assert failed == []
        else:
            assert states == []
            assert failed == [order_id], "no order ends without an event"
        await assert_at_rest(rig, before)


def create_and_fill(rig: Rig) -> str:
    """A create whose answer is ambiguous; the order is found, and was filled by then."""
    rig.http.post(rest_url(CREATE), status=500, repeat=True)
    rig.http.get(LISTED, payload=[FILLED.row()], repeat=True)
    rig.answer_order(FILLED, [FILL], repeat=True)
    return place(rig)


def cancel_too_late(rig: Rig) -> str:
    """A cancel that the exchange answers with the order, which was filled."""
    order_id = live_order(rig)
    rig.answer_cancel(FILLED, repeat=True)
    rig.answer_order(FILLED, [FILL], repeat=True)
    rig.exchange.cancel(PAIR, order_id)
    return order_id


@pytest.mark.parametrize("begin", [create_and_fill, cancel_too_late])
@pytest.mark.parametrize("iterations", range(0, ITERATIONS, 2))
async def test_a_fill_that_is_learned_behind_the_stop_is_left_to_the_next_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begin: Callable[[Rig], str], iterations: int
) -> None:
    async with fresh_rig(tmp_path) as rig:
        begin(rig)
        await spin(iterations)
        states = note_states_at_the_end(rig, monkeypatch)
        await stop_for_good(rig)
        has_left = begin is cancel_too_late or rig.count("POST", CREATE) > 0
        was_heard = bool(rig.of(MarketEvent.BuyOrderCompleted))
        assert bool(states) == (has_left and not was_heard)


@pytest.mark.parametrize("begin", [create_and_fill, cancel_too_late])
@pytest.mark.parametrize("iterations", range(0, ITERATIONS, 4))
async def test_such_a_fill_is_reported_once_by_the_next_run(
    tmp_path: Path, begin: Callable[[Rig], str], iterations: int
) -> None:
    async with fresh_rig(tmp_path) as rig:
        begin(rig)
        await spin(iterations)
        await stop_for_good(rig)
        has_left = begin is cancel_too_late or rig.count("POST", CREATE) > 0
        rig.exchange.rest.is_closed = False
        rig.exchange._set_current_timestamp(CREATED_AT_S)
        rig.exchange._engine.start()
        await eventually(lambda: rig.exchange._engine.may_place)
        assert rig.exchange._engine.journal.unfinished() == []
        assert [event.exchange_trade_id for event in rig.of(MarketEvent.OrderFilled)] == has_left * [TRADE_ID]
        assert len(rig.of(MarketEvent.BuyOrderCompleted)) == has_left


@pytest.mark.parametrize("iterations", range(0, ITERATIONS, 4))
async def test_a_stop_forgets_no_wanted_cancel(tmp_path: Path, iterations: int) -> None:
    before = asyncio.all_tasks()
    async with fresh_rig(tmp_path) as rig:
        order_id = live_order(rig)
        rig.answer_cancel(BUY, repeat=True)
        rig.exchange.cancel(PAIR, order_id)
        await spin(iterations)
        is_wanted = [row.is_cancel_wanted for row in rig.exchange._engine.journal.unfinished()]
        await stop_for_good(rig)
        assert is_wanted == [True]
        await assert_at_rest(rig, before)


@pytest.mark.parametrize(("ask", "iterations"), [
    (lambda exchange: exchange.batch_order_cancel([SimpleNamespace(client_order_id="c1")]), 0),
    (lambda exchange: asyncio.ensure_future(exchange.cancel_orders(["c1"], 1.0)), 1),
], ids=["batch_order_cancel", "cancel_orders"])
async def test_cancels_of_many_are_remembered_before_anything_is_waited_for(
    tmp_path: Path, ask: Callable[[PeatioExchange], object], iterations: int
) -> None:
    async with fresh_rig(tmp_path) as rig:
        live_order(rig)
        rig.answer_cancel(BUY, repeat=True)
        asked = ask(rig.exchange)
        await spin(iterations)
        assert [row.is_cancel_wanted for row in rig.exchange._engine.journal.unfinished()] == [True]
        await stop_for_good(rig)
        if isinstance(asked, asyncio.Future):
            await asyncio.gather(asked, return_exceptions=True)


@pytest.mark.parametrize("iterations", range(0, ITERATIONS, 2))
async def test_a_stop_during_a_reconciliation_leaves_its_rows_to_the_next(tmp_path: Path, iterations: int) -> None:
    before = asyncio.all_tasks()
    async with fresh_rig(tmp_path) as rig:
        rig.exchange._engine.journal.record(intent("lost"))
        await stop_for_good(rig)
        rig.http.get(LISTED, payload=[])
        rig.http.get(LISTED, payload=[BUY.row()], repeat=True)
        rig.answer_cancel(BUY, repeat=True)
        rig.answer_order(BUY, repeat=True)
        rig.exchange.rest.is_closed = False
        rig.exchange._engine.start()
        await spin(iterations)
        await stop_for_good(rig)
        await assert_at_rest(rig, before)
        # The next owner finds the order, cancels it and hears of its end.
        sent = rig.count("POST", CANCEL)
        rig.exchange.rest.is_closed = False
        rig.exchange._engine.start()
        await eventually(lambda: rig.count("POST", CANCEL) > sent)
        rig.hear(CANCELLED.event())
        await eventually(lambda: rig.exchange._engine.may_place)
        assert rig.exchange._engine.journal.unfinished() == []
        assert len(rig.of(MarketEvent.OrderCancelled)) == 1
        assert len(rig.of(MarketEvent.BuyOrderCreated)) <= 1


@pytest.mark.parametrize("iterations", range(0, ITERATIONS, 2))
async def test_a_lost_network_ends_no_create_that_has_left_and_no_cancel(tmp_path: Path, iterations: int) -> None:
    async with fresh_rig(tmp_path) as rig:
        answer_ambiguously(rig)
        rig.answer_cancel(WireOrder(7), repeat=True)
        order_id = place(rig)
        await spin(iterations)
        rig.exchange.status = NetworkStatus.NOT_CONNECTED
        await rig.exchange.stop_network()  # as Hummingbot does after a failed network check
        has_left = rig.count("POST", CREATE) > 0
        outcome = MarketEvent.BuyOrderCreated if has_left else MarketEvent.OrderFailure
        await eventually(lambda: rig.of(outcome))
        assert [event.order_id for event in rig.of(outcome)] == [order_id]
        assert rig.count("POST", CREATE) <= 1
        if has_left:
            rig.hear(BUY.event())
            rig.answer_cancel(BUY)
            rig.exchange.cancel(PAIR, order_id)
            await rig.exchange.stop_network()
            await eventually(lambda: rig.count("POST", CANCEL))


async def test_every_operation_ends_within_the_iterations_that_are_tried(tmp_path: Path) -> None:
    for name in ("create", "cancel"):
        async with fresh_rig(tmp_path / name) as rig:
            if name == "create":
                answer_create(rig)
                place(rig)
            else:
                rig.answer_cancel(BUY, callback=rig.says(CANCELLED.event()))
                rig.exchange.cancel(PAIR, live_order(rig))
            await spin(ITERATIONS)
            assert len(rig.exchange._order_tasks) == 0, name
