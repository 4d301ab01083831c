"""Connections, polling, and the events of the private stream."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.core.data_type.in_flight_order import OrderState
from hummingbot.core.network_iterator import NetworkStatus

from test.hummingbot.connector.exchange.peatio.fixtures import (
    SITE,
    WireOrder,
    WireTrade,
    balance_rows,
    rest_url,
    settle,
)
from test.hummingbot.connector.exchange.peatio.recorded import answer
from test.hummingbot.connector.exchange.peatio.rig import (
    BALANCES,
    OPEN_ORDERS,
    PAIR,
    TIMESTAMP,
    TRADES,
    Rig,
    timestamp_in,
)
from test.patience import eventually

VERSION = rest_url("public/version")
BUY = WireOrder(4)


# Connections.


async def test_the_version_is_logged_once_however_often_the_network_starts(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    rig.http.get(VERSION, payload=answer("public version"), repeat=True)
    for _ in range(2):
        await rig.exchange.start_network()
        await eventually(lambda: "runs Peatio" in caplog.text)
        await settle()
        await rig.exchange.stop_network()
    assert caplog.text.count(f"{SITE} runs Peatio 3.1.0.") == 1
    assert rig.count("GET", "public/version") == 1


async def test_an_exchange_that_does_not_tell_its_version_is_traded_on_all_the_same(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    rig.http.get(VERSION, status=404, body="404 Not Found")
    assert await rig.exchange.version() == ""
    assert f"{SITE} did not answer with its version" in caplog.text


async def test_stopping_leaves_nothing_running(rig: Rig) -> None:
    before = asyncio.all_tasks()
    await rig.exchange.start_network()
    await settle()
    assert asyncio.all_tasks() > before
    await rig.exchange.stop_network()
    await eventually(lambda: {task for task in asyncio.all_tasks() if not task.done()} <= before)


async def test_an_instance_that_does_not_trade_settles_no_orders(rig: Rig) -> None:
    rig.exchange._trading_required = False
    await rig.exchange.start_network()
    await settle()
    assert rig.exchange._engine.startup._run is None
    await rig.exchange.stop_network()


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"payload": answer("public timestamp")}, NetworkStatus.CONNECTED),
        ({"status": 503}, NetworkStatus.NOT_CONNECTED),
        ({"body": "<html></html>"}, NetworkStatus.NOT_CONNECTED),
    ],
)
async def test_the_exchange_answers_or_not(rig: Rig, how: dict[str, Any], status: NetworkStatus) -> None:
    rig.http.get(TIMESTAMP, **how)
    assert await rig.exchange.check_network() is status


@pytest.mark.parametrize(("is_live", "interval_s"), [(True, 120.0), (False, 5.0)])
async def test_polls_are_rare_only_while_the_private_streams_stand(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, is_live: bool, interval_s: float
) -> None:
    source = type(rig.exchange._user_stream_tracker.data_source)
    monkeypatch.setattr(source, "is_subscribed", property(lambda self: is_live))
    assert rig.exchange._get_poll_interval(1.0) == interval_s


async def test_polls_are_frequent_while_the_last_one_failed(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that everything is known soon after an outage of REST alone."""
    source = type(rig.exchange._user_stream_tracker.data_source)
    monkeypatch.setattr(source, "is_subscribed", property(lambda self: True))
    rig.follow(WireOrder(18))
    for parts in (BALANCES, TRADES, OPEN_ORDERS):
        rig.http.get(parts, status=503)
    await rig.exchange._status_polling_loop_fetch_updates()
    assert rig.exchange._get_poll_interval(1.0) == 5.0
    rig.http.get(BALANCES, payload=[])
    rig.answer_trades()
    rig.answer_open_orders(WireOrder(18))
    await rig.exchange._status_polling_loop_fetch_updates()
    assert rig.exchange._get_poll_interval(1.0) == 120.0


async def test_an_outage_writes_one_warning_a_subject_and_one_line_when_it_is_over(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    rig.http.get(TIMESTAMP, status=503, repeat=True)
    rig.http.get(BALANCES, status=503, repeat=True)
    for _ in range(5):
        await rig.exchange._update_time_synchronizer()
        await rig.exchange._status_polling_loop_fetch_updates()
    assert [record.getMessage().split(" cannot")[0] for record in caplog.records] == [
        "The exchange's clock",
        "The balances",
    ]
    assert not any(record.exc_info for record in caplog.records)


# Polling.


@pytest.fixture
async def polling(rig: Rig) -> AsyncIterator[Rig]:
    """With an open order, and Hummingbot's loop that waits for a wish to poll."""
    rig.follow(BUY)
    rig.http.get(TIMESTAMP, payload=timestamp_in(0), repeat=True)
    rig.http.get(BALANCES, payload=balance_rows(usd=("1", "0")), repeat=True)
    rig.http.get(TRADES, payload=[], repeat=True)
    loop = asyncio.create_task(rig.exchange._status_polling_loop())
    yield rig
    loop.cancel()


def answer_open_orders(rig: Rig, callback: Callable[..., Any] | None = None) -> None:
    rig.http.get(OPEN_ORDERS, payload=[BUY.row()], callback=callback)


async def test_after_a_reconnect_everything_is_asked_for_at_once(polling: Rig) -> None:
    answer_open_orders(polling)
    await settle()
    assert polling.requests() == []
    polling.exchange.on_private_stream_connected()
    await eventually(lambda: polling.count("GET", "market/orders"))
    await eventually(lambda: polling.tracker.active_orders["c1"].seen_live_event.is_set())
    assert polling.count("GET", "account/balances") >= 1


async def test_a_reconnect_during_a_poll_is_followed_by_another_poll(polling: Rig) -> None:
    """What happened between the first poll's answers and the new subscription is known to nobody."""
    answer_open_orders(polling, lambda *args, **kwargs: polling.exchange.on_private_stream_connected())
    answer_open_orders(polling)
    polling.exchange.on_private_stream_connected()
    await eventually(lambda: polling.count("GET", "market/orders") == 2)
    await settle()
    assert polling.count("GET", "market/orders") == 2


async def test_events_that_want_polls_again_and_again_do_not_poll_without_a_pause(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gaps of many markets on a stream that loses messages."""
    exchange, polls = rig.exchange, []

    async def poll() -> None:
        polls.append(True)
        exchange.on_messages_missed(PAIR)

    async def nothing() -> None:
        pass

    async def pause(_delay_s: float) -> None:
        paused.set()
        await asyncio.Event().wait()

    paused = asyncio.Event()
    monkeypatch.setattr(exchange, "_update_order_status", poll)
    monkeypatch.setattr(exchange, "_update_all_balances", nothing)
    monkeypatch.setattr(exchange, "_sleep", pause)
    task = asyncio.create_task(exchange._status_polling_loop_fetch_updates())
    await paused.wait()
    task.cancel()
    assert len(polls) == CONSTANTS.POLLS_AT_ONCE


async def test_after_the_machine_stood_still_everything_is_asked_for_at_once(
    polling: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though the streams seem to stand and the next poll is minutes away."""
    source = type(polling.exchange._user_stream_tracker.data_source)
    monkeypatch.setattr(source, "is_subscribed", property(lambda self: True))
    polling.http.get(OPEN_ORDERS, payload=[BUY.row()], repeat=True)
    for now_s in (1000.0, 1001.0, 1001.0 + CONSTANTS.MACHINE_SLEPT_S):
        polling.exchange.tick(now_s)
        await eventually(lambda: polling.count("GET", "market/orders"))
        await settle()
    assert polling.count("GET", "market/orders") == 1
    polling.exchange.tick(1002.0 + 2 * CONSTANTS.MACHINE_SLEPT_S)
    await eventually(lambda: polling.count("GET", "market/orders") == 2)


# The private stream.


async def test_events_take_their_way_from_the_queue(rig: Rig) -> None:
    order = rig.follow(BUY)
    queue = rig.exchange._user_stream_tracker.user_stream
    listener = asyncio.create_task(rig.exchange._user_stream_event_listener())
    for message in (
        {"deposit_address": {"currency": "btc"}},
        BUY.event(),
        WireTrade(8, "30000.0", "1.0", "sell").event(BUY),
        BUY.now("done", "1.0").event(),
    ):
        queue.put_nowait(message)
    await eventually(lambda: order.current_state is OrderState.FILLED)
    listener.cancel()


UNEXPECTED = "Unexpected error in user stream listener loop."


@pytest.mark.parametrize(
    ("bad", "line"),
    [
        ([1, 2], UNEXPECTED),
        ("text", UNEXPECTED),
        ({"order": {"id": 4}}, "An event of the private streams cannot be read; REST is asked instead: "),
        ({"order": {**BUY.event()["order"], "state": "x"}}, "Order c1 (4) cannot be read: it is in the state 'x'"),
    ],
)
async def test_a_message_that_cannot_be_read_costs_neither_the_next_one_nor_any_time(
    rig: Rig, bad: Any, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    order = rig.follow(BUY)
    queue = rig.exchange._user_stream_tracker.user_stream
    listener = asyncio.create_task(rig.exchange._user_stream_event_listener())
    queue.put_nowait(bad)
    queue.put_nowait(BUY.event())
    await eventually(order.seen_live_event.is_set)
    assert line in caplog.text
    assert rig.exchange.sleeps_s == []
    listener.cancel()


async def test_an_event_that_cannot_be_read_hides_none_beside_it_and_rest_is_asked(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    order = rig.follow(BUY)
    reconciler = rig.exchange._engine.reconciler
    queue = rig.exchange._user_stream_tracker.user_stream
    listener = asyncio.create_task(rig.exchange._user_stream_event_listener())
    unreadable = {"order": {"id": 4, "price": "NaN"}, "balances": {"eur": None, "btc": ["1.5", "0.5"]}}
    for _ in range(2):
        queue.put_nowait({**unreadable, **WireTrade(8, "30000.0", "1.0", "sell").event(BUY)})
    await eventually(lambda: rig.exchange.available_balances)
    assert list(order.order_fills) == ["8"]
    assert str(rig.exchange.get_balance("BTC")) == "2.0"
    assert caplog.text.count("An event of the private streams cannot be read; REST is asked instead") == 1
    assert caplog.text.count("In the list of pushed balances, a row cannot be read") == 1
    queue.put_nowait({})
    await settle()
    assert reconciler.is_behind, "also after the next message"
    rig.answer_open_orders(BUY)
    rig.answer_trades()
    await reconciler.poll()
    assert not reconciler.is_behind
    listener.cancel()


async def test_pushed_balances_are_shown_at_once(rig: Rig) -> None:
    listener = asyncio.create_task(rig.exchange._user_stream_event_listener())
    rig.exchange._user_stream_tracker.user_stream.put_nowait({"balances": {"btc": ["1.5", "0.5"]}})
    await eventually(lambda: rig.exchange.available_balances)
    assert str(rig.exchange.get_available_balance("BTC")) == "1.5"
    assert str(rig.exchange.get_balance("BTC")) == "2.0"
    listener.cancel()
