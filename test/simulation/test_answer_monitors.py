"""`simulation.monitors.cancels`, `liveness` and `silence` on hand-made events, and the times they count from."""

from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest

from peatio_sandbox.dialects.catalog import DEFAULT_DIALECT
from peatio_sandbox.dialects.forks import BITZLATO_OPEN_ORDERS, Bitzlato
from simulation.events import EventLog
from simulation.exchange import ExchangeHost
from simulation.loop import SimulatedLoop
from simulation.monitors import liveness
from simulation.monitors.cancels import BOUND_S, CancelMonitor
from simulation.monitors.disturbances import UNSAID_S, Disturbances
from simulation.monitors.liveness import RETRY_S, LivenessProbe
from simulation.monitors.silence import SilenceMonitor
from simulation.monitors.views import has_crossed_book, has_room

KEY = "X-Auth-Apikey: 61d025b8573501c2"


def overdue(monitor: CancelMonitor, at_s: float, ready_at_s: float = 0.0) -> list[str]:
    return [violation.text for violation in monitor.check(at_s, "bot", ready_at_s)]


def test_a_cancel_without_an_outcome_is_found_when_its_time_is_over_and_once() -> None:
    monitor = CancelMonitor(Disturbances())
    monitor.asked(1.0, "bot", "a")
    monitor.asked(50.0, "bot", "a")  # the first question counts
    assert overdue(monitor, 1.0 + BOUND_S) == []
    text = f"the cancel of a, asked for at 1.000 s, has no outcome {BOUND_S:g} s after 1.000 s"
    assert overdue(monitor, 2.0 + BOUND_S) == [text]
    assert overdue(monitor, 3.0 + BOUND_S) == []


def test_a_cancel_whose_order_ended_is_answered() -> None:
    monitor = CancelMonitor(Disturbances())
    monitor.asked(1.0, "bot", "a")
    monitor.ended("a")
    monitor.asked(2.0, "bot", "a")  # too late: nothing is left to cancel
    assert overdue(monitor, 2000.0) == []


def test_the_time_of_a_cancel_begins_after_the_last_fault_and_when_the_bot_is_ready() -> None:
    disturbances = Disturbances()
    monitor = CancelMonitor(disturbances)
    monitor.asked(1.0, "bot", "a")
    disturbances.extend(20.0)
    assert overdue(monitor, 20.0 + BOUND_S) == []
    assert overdue(monitor, 30.0 + BOUND_S, ready_at_s=30.0) == []
    assert overdue(monitor, 31.0 + BOUND_S, ready_at_s=30.0) != []


@pytest.mark.parametrize(("has_ended", "count"), [(True, 0), (False, 1)])
def test_a_cancel_that_a_dead_process_was_asked_for_has_to_come_to_the_exchange(has_ended: bool, count: int) -> None:
    monitor = CancelMonitor(Disturbances())
    monitor.asked(1.0, "bot", "a")
    monitor.died("bot", lambda key: False)
    found = list(monitor.check(100.0 + BOUND_S, "bot", 10.0, lambda key: has_ended))
    assert len(found) == count


def test_a_cancel_is_waited_for_until_it_is_answered_or_its_order_has_ended_at_the_exchange() -> None:
    monitor = CancelMonitor(Disturbances())
    monitor.asked(1.0, "bot", "a")
    assert monitor.is_waiting("bot", lambda order: False)
    assert not monitor.is_waiting("second", lambda order: False)
    assert not monitor.is_waiting("bot", lambda order: order == "a")
    monitor.ended("a")
    assert not monitor.is_waiting("bot", lambda order: False)


def test_one_that_had_ended_when_the_process_died_is_answered() -> None:
    monitor = CancelMonitor(Disturbances())
    monitor.asked(1.0, "bot", "a")
    monitor.died("bot", lambda key: True)
    assert overdue(monitor, 2000.0) == []


def test_a_disturbance_lasts_for_all_its_times_or_as_long_as_one_that_says_none() -> None:
    disturbances = Disturbances()
    assert disturbances.is_quiet(0.0)
    disturbances.begin(10.0, {"duration_s": 5.0, "delay_s": 20.0, "fault": "latency", "count": 3})
    assert disturbances.until_s == 35.0
    disturbances.begin(12.0, {"duration_s": 1.0})
    assert disturbances.until_s == 35.0
    disturbances.begin(30.0, {"bot": "bot", "offset_s": 7200.0})  # a clock that is wrong from now on
    assert disturbances.until_s == 30.0 + UNSAID_S
    assert not disturbances.is_quiet(95.0, for_s=10.0)


def probe(place: Callable[[], str | None], live: set[str]) -> LivenessProbe:
    return LivenessProbe("bot", 0.0, place, lambda: live)


def test_a_bot_trades_when_an_order_that_it_was_given_is_live() -> None:
    live = {"an earlier one"}
    trading = probe(iter(["a"]).__next__, live)
    assert not trading.is_done(1.0)
    assert not trading.is_done(2.0)
    live.add("a")
    assert trading.is_done(3.0)


def test_a_bot_whose_orders_come_to_nothing_gets_others_and_is_stuck_in_the_end() -> None:
    keys = iter("abcdefgh")
    trading = probe(keys.__next__, set())
    for at_s in (0.0, 1.0, RETRY_S):
        assert not trading.is_done(at_s)
    assert next(keys) == "c"
    assert trading.complaint(liveness.BOUND_S) is None
    assert trading.complaint(liveness.BOUND_S + 1) == (
        f"bot does not trade {liveness.BOUND_S:g} s after the last fault: of 2 orders none became live"
    )


def test_a_bot_that_never_becomes_ready_is_stuck() -> None:
    trading = probe(lambda: None, set())
    assert not trading.is_done(1.0)
    assert "it never became ready" in str(trading.complaint(liveness.BOUND_S + 1))


def test_a_bot_to_which_the_exchange_gives_no_room_is_not_stuck() -> None:
    """A fork takes so many open orders of a member, and other bots of the account may have them all."""
    trading = LivenessProbe("bot", 0.0, lambda: None, set, lambda: False)
    assert trading.is_done(1.0)


def test_a_bot_that_waits_for_a_book_that_is_not_crossed_is_not_stuck() -> None:
    has_books = True
    trading = LivenessProbe("bot", 0.0, lambda: None, set, has_books=lambda: has_books)
    has_books = False
    assert not trading.is_done(liveness.BOUND_S), "it may be crossed for a moment"
    assert trading.complaint(liveness.BOUND_S + 1) is None
    assert trading.is_done(liveness.BOUND_S + 1)
    has_books = True
    assert not trading.is_done(liveness.BOUND_S + 1)
    assert trading.complaint(liveness.BOUND_S + 1) is not None


@pytest.mark.parametrize("has", ["engine", "database", "nothing"])
def test_without_the_engine_s_book_an_order_that_never_came_to_the_engine_crosses_it(has: str) -> None:
    """The database has it, from which whole books and REST depth are made."""
    exchange = ExchangeHost(SimulatedLoop(1, EventLog()), "exchange", 1, ["bot"])
    prices = {"buy": Decimal(30), "sell": Decimal(29)}
    cast(Any, exchange.sandbox.exchange.store).best_price = lambda market, side: prices[side]
    if has == "database":
        exchange.watch.publish("public.btcusd.update", {"asks": [["29", "1"]], "bids": [["30", "1"]]})
    else:
        watched = exchange.watch.stored_books["btcusd"]
        watched.snapshot({"asks": [["29", "1"]], "bids": [["28", "1"]], "sequence": 3}, 0.0)
        if has == "nothing":
            watched.on_restart(1.0)
    assert has_crossed_book(exchange, "btcusd") is (has != "engine")
    prices["sell"] = Decimal(31)
    assert not has_crossed_book(exchange, "btcusd")


@pytest.mark.parametrize(("dialect", "has_its_room"), [(Bitzlato.name, False), (DEFAULT_DIALECT, True)])
def test_orders_that_rest_take_the_room_of_a_market_that_takes_few(dialect: str, has_its_room: bool) -> None:
    loop = SimulatedLoop(1, EventLog())
    exchange = ExchangeHost(loop, "exchange", 1, ["bot"], dialect=dialect)
    resting = [SimpleNamespace(market="btcusd", state="wait")] * BITZLATO_OPEN_ORDERS
    cast(Any, exchange.sandbox).orders = lambda member: [*resting, SimpleNamespace(market="ethusd", state="pending")]
    assert has_room(exchange, "bot", "btcusd") is has_its_room
    assert has_room(exchange, "bot", "ethusd")


REQUEST = f"POST /api/v2/peatio/market/orders/5/cancel HTTP/1.1\r\nHost: exchange\r\n{KEY}\r\n\r\n".encode()


def sent(monitor: SilenceMonitor, source: str = "bot.1", number: int = 1) -> list[str]:
    return [violation.text for violation in monitor.sent(9.5, source, number, "exchange", REQUEST)]


def test_a_request_after_the_stop_is_found_once_and_names_no_key() -> None:
    monitor = SilenceMonitor()
    assert sent(monitor) == []
    assert list(monitor.stopped(9.0, "bot.1", 1, [])) == []
    assert sent(monitor) == [
        "POST /api/v2/peatio/market/orders/5/cancel left for exchange 0.500 s after the connector was stopped"
    ]
    assert sent(monitor) == []


def test_others_in_the_process_and_the_other_end_of_its_connections_may_go_on() -> None:
    monitor = SilenceMonitor()
    assert list(monitor.stopped(9.0, "bot.1", 1, [])) == []
    assert sent(monitor, number=2) == []
    assert sent(monitor, source="exchange") == []


def test_a_connector_that_was_started_again_may_send() -> None:
    monitor = SilenceMonitor()
    assert list(monitor.stopped(9.0, "bot.1", 1, [])) == []
    monitor.started(1)
    assert sent(monitor) == []


def test_a_task_that_is_left_is_found() -> None:
    [violation] = SilenceMonitor().stopped(9.0, "bot.1", 1, ["cancel of order a"])
    assert violation.text == "1 task(s) of the stopped connector are left: cancel of order a"
