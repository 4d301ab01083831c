"""Faults are checked, begin, strike, end, and come in storms that repeat themselves."""

from __future__ import annotations

from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from peatio_sandbox import FaultError, FaultKind, OrderRecord, Sandbox, SandboxConfig
from peatio_sandbox.exchange.clock import Clock
from peatio_sandbox.exchange.exchange import OrderRequest
from peatio_sandbox.exchange.scheduler import ManualScheduler
from peatio_sandbox.faults.faults import STORM_KINDS
from peatio_sandbox.faults.kinds import PARAMETERS, Fault
from peatio_sandbox.faults.storm import Gust, plan_storm
from peatio_sandbox.faults.strikes import Strikes
from test.peatio_sandbox.support import START_S

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "reference" / "sandbox-faults.md"


@pytest.fixture
def scheduler() -> ManualScheduler:
    """Return time that passes by hand."""
    return ManualScheduler()


@pytest.fixture
def still(scheduler: ManualScheduler) -> Sandbox:
    """Return a sandbox that does not listen, on time that passes by hand."""
    sandbox = Sandbox(SandboxConfig(), clock=Clock(scheduler.time_s, START_S), scheduler=scheduler)
    sandbox.exchange.start_engines()
    return sandbox


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"kind": "earthquake"}, "unknown kind 'earthquake'; there are latency, "),
        ({"kind": "latency", "delay": 1}, "latency has no 'delay'; it takes duration_s, path, "),
        ({"kind": "broker_lost", "member": "bot"}, "broker_lost has no 'member'"),
        ({"kind": "latency", "delay_s": "1"}, "delay_s must be a number from 0 to 86400, not '1'"),
        ({"kind": "latency", "delay_s": -1}, "delay_s must be"),
        ({"kind": "latency", "before": 1}, "before must be true or false, not 1"),
        ({"kind": "server_error", "status": 404}, "status must be an integer from 500 to 599, not 404"),
        ({"kind": "server_error", "status": True}, "status must be"),
        ({"kind": "websocket_drop", "channel": "secret"}, "channel must be private or public, not 'secret'"),
        ({"kind": "latency", "duration_s": 0}, "duration_s must be"),
        ({"kind": "latency", "probability": 1.5}, "probability must be a number from 0 to 1"),
        ({"kind": "latency", "count": 0}, "count must be"),
        ({"kind": "latency", "path": "market/orders"}, "path must be a pattern such as /market/orders/*/cancel"),
        ({"kind": "latency", "method": "post"}, "method must be a word in capitals such as POST"),
        ({"kind": "latency", "member": "nobody"}, "unknown member 'nobody'; there are bot, "),
    ],
)
def test_what_makes_no_sense_is_refused_and_named(still: Sandbox, given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(FaultError) as refusal:
        still.faults.start(given.pop("kind"), **given)
    assert str(refusal.value).startswith(complaint)
    assert still.faults.active() == []


def test_a_fault_lasts_as_long_as_it_is_to(still: Sandbox, scheduler: ManualScheduler) -> None:
    brief = still.faults.start(FaultKind.LATENCY, duration_s=2)
    lasting = still.faults.start("answer_lost")
    scheduler.advance(1.9)
    assert [fault.id for fault in still.faults.active()] == [brief, lasting]
    scheduler.advance(0.2)
    assert [fault.id for fault in still.faults.active()] == [lasting]
    still.faults.stop(brief)
    still.faults.stop(lasting)
    assert still.faults.active() == []
    with pytest.raises(FaultError, match="no fault 3"):
        still.faults.stop(3)


def test_all_faults_can_be_stopped_at_once(still: Sandbox) -> None:
    offset_s = still.clock.offset_s
    for kind in FaultKind:
        still.faults.start(kind)
    assert {fault.kind for fault in still.faults.active()} == set(FaultKind) - {"websocket_drop", "engine_restart"}
    still.faults.stop()
    assert still.faults.active() == []
    assert still.clock.offset_s == offset_s
    assert not still.exchange.order_processor.paused
    assert not still.exchange.matching.paused


def test_a_fault_with_a_count_ends_when_it_has_struck_so_often(still: Sandbox, scheduler: ManualScheduler) -> None:
    still.faults.start(FaultKind.SOUND_ORDER_REJECTED, count=2, member="bot")
    orders = [_submit(still, name) for name in ("bot", "maker", "bot", "bot")]
    while not still.exchange.is_quiet():
        scheduler.run_next()
    assert [order.state for order in orders] == ["reject", "wait", "reject", "wait"]
    assert still.faults.active() == []
    assert still.faults.hits == {FaultKind.SOUND_ORDER_REJECTED: 2}


def _submit(sandbox: Sandbox, member: str) -> OrderRecord:
    exchange = sandbox.exchange
    request = OrderRequest(exchange.markets["btcusd"], "sell", "limit", Decimal("0.1"), Decimal(30_000))
    return exchange.submit(exchange.members[member], request)


def test_the_dice_are_the_seeds() -> None:
    def throws(seed: int) -> list[bool]:
        strikes = Strikes(seed)
        strikes.add(Fault(1, FaultKind.EVENTS_LOST, probability=0.5))
        return [strikes.strike(FaultKind.EVENTS_LOST, lambda _: True) is not None for _ in range(100)]

    assert throws(1) == throws(1)
    assert throws(1) != throws(2)
    assert 30 < sum(throws(1)) < 70


@pytest.mark.parametrize(
    ("fault", "method", "path", "expected"),
    [
        (Fault(1, FaultKind.LATENCY), "GET", "/api/v2/peatio/public/markets", True),
        (Fault(1, FaultKind.LATENCY), "GET", "/api/v2/ranger/public", False),
        (Fault(1, FaultKind.LATENCY, method="POST"), "GET", "/api/v2/peatio/market/orders", False),
        (Fault(1, FaultKind.LATENCY, path="/market/orders"), "POST", "/api/v2/peatio/market/orders", True),
        (Fault(1, FaultKind.LATENCY, path="/market/orders"), "POST", "/api/v2/peatio/market/orders/1/cancel", False),
        (Fault(1, FaultKind.LATENCY, path="/market/*"), "POST", "/api/v2/peatio/market/orders/1/cancel", True),
        (Fault(1, FaultKind.LATENCY, path="/api/v2/ranger/*"), "GET", "/api/v2/ranger/public", True),
    ],
)
def test_faults_can_be_limited_to_some_requests(fault: Fault, method: str, path: str, expected: bool) -> None:
    assert fault.concerns_request(method, path) is expected


def plan(seed: int, count: int) -> list[Gust]:
    """Return the first faults of a storm."""
    return list(islice(plan_storm(seed, STORM_KINDS, 2.0, 1.0, "bot"), count))


def test_the_same_seed_makes_the_same_storm_and_another_another() -> None:
    assert plan(7, 60) == plan(7, 60)
    assert plan(7, 60) != plan(8, 60)


def test_every_kind_comes_before_one_comes_again() -> None:
    kinds = [gust.kind for gust in plan(7, 3 * len(STORM_KINDS))]
    for begin in range(0, len(kinds), len(STORM_KINDS)):
        assert set(kinds[begin : begin + len(STORM_KINDS)]) == set(STORM_KINDS)


def test_a_storms_times_are_about_those_asked_for_and_everything_in_it_can_be_done(still: Sandbox) -> None:
    gusts = plan(7, 2000)
    assert 1.7 < sum(gust.pause_s for gust in gusts) / len(gusts) < 2.2
    assert 0.85 < sum(gust.duration_s for gust in gusts) / len(gusts) < 1.1
    for gust in gusts:
        still.faults.prepare(gust.kind, {"duration_s": gust.duration_s, **gust.given})


def test_a_storm_blows_until_it_is_ended(still: Sandbox, scheduler: ManualScheduler) -> None:
    lasting = still.faults.start(FaultKind.LATENCY)
    kinds = [FaultKind.EVENTS_LOST, FaultKind.CLOCK_SKEW]
    still.faults.storm(5, kinds=kinds, mean_pause_s=1.0, mean_duration_s=3.0)
    scheduler.advance(30)
    assert {fault.kind for fault in still.faults.active()} == {FaultKind.LATENCY, *kinds}
    still.faults.end_storm()
    assert [fault.id for fault in still.faults.active()] == [lasting]
    scheduler.advance(30)
    assert [fault.id for fault in still.faults.active()] == [lasting]
    assert still.faults.start(FaultKind.LATENCY) > 10


@pytest.mark.parametrize(
    "given",
    [
        {"kinds": ()},
        {"kinds": ("earthquake",)},
        {"mean_pause_s": 0},
        {"mean_duration_s": -1},
        {"member": "nobody"},
        {"seed": "seven"},
    ],
)
def test_a_storm_that_makes_no_sense_is_refused(still: Sandbox, given: dict[str, Any]) -> None:
    with pytest.raises(FaultError):
        still.faults.storm(**{"seed": 1, "mean_pause_s": 1.0, "mean_duration_s": 1.0, **given})


@pytest.mark.parametrize("kind", list(FaultKind))
def test_every_kind_and_parameter_is_documented(kind: FaultKind) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert f"`{kind}`" in text
    row = next(line for line in text.splitlines() if line.startswith(f"| `{kind}`"))
    common = ("path", "method", "member", "probability", "count")
    for parameter in PARAMETERS[kind]:
        assert parameter.name in common or f"`{parameter.name}`" in row
