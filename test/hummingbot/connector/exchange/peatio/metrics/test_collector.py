"""What happens to orders, books and requests moves its metric and no other. `test/end_to_end/test_metrics.py` reads
them over HTTP."""


import pytest
from hummingbot.connector.exchange.peatio.common.errors import RefusedError, ServerError
from hummingbot.connector.exchange.peatio.execution.counts import Latencies
from hummingbot.connector.exchange.peatio.metrics.catalog import METRICS
from hummingbot.connector.exchange.peatio.metrics.collector import ConnectorCollector, samples
from hummingbot.connector.exchange.peatio.order_books.counts import BookFault
from prometheus_client import CollectorRegistry, generate_latest

from test.hummingbot.connector.exchange.peatio.fixtures import WireOrder, WireTrade, rest_url
from test.hummingbot.connector.exchange.peatio.rig import OPEN_ORDERS, PAIR, Rig

pytestmark = pytest.mark.usefixtures("short_pauses")

BUY = WireOrder(18)
WHOLE = WireTrade(8, "30000.0", "1.0", "sell")
CANCEL = "market/orders/18/cancel"

Read = dict[tuple[str, tuple[str, ...]], float]


def read(rig: Rig) -> Read:
    """Every sample but those of time; a histogram's is how many durations it holds."""
    return {
        (name, labels): float(sum(value.counts) if isinstance(value, Latencies) else value)
        for name, labels, value in samples(rig.exchange)
        if not name.endswith(("clock_offset_seconds", "untrusted_seconds_total", "budget_left"))
    }


class Moved:
    """What changed since it was made."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._before = read(rig)

    def __call__(self) -> Read:
        changes = {key: value - self._before.get(key, 0) for key, value in read(self._rig).items()}
        return {key: change for key, change in changes.items() if change}


async def test_a_cancel_that_the_exchange_took(rig: Rig) -> None:
    order = rig.follow_live(BUY)
    rig.answer_cancel(BUY)
    moved = Moved(rig)
    await rig.cancel(order)
    assert moved() == {("peatio_cancels_total", (PAIR, "accepted")): 1, ("peatio_requests_total", ()): 1}


async def test_a_cancel_that_the_exchange_refused(rig: Rig) -> None:
    order = rig.follow_live(BUY)
    rig.answer_cancel_error(BUY, 422, ["market.order.cancel_error"])
    moved = Moved(rig)
    with pytest.raises(RefusedError):
        await rig.cancel(order)
    assert moved() == {
        ("peatio_cancels_total", (PAIR, "failed")): 1,
        ("peatio_requests_total", ()): 1,
        ("peatio_request_failures_total", ("refused",)): 1,
    }


async def test_a_cancel_without_a_telling_answer(rig: Rig) -> None:
    order = rig.follow_live(BUY)
    rig.http.post(rest_url(CANCEL), status=503)
    moved = Moved(rig)
    with pytest.raises(ServerError):
        await rig.cancel(order)
    assert moved() == {
        ("peatio_cancels_total", (PAIR, "failed")): 1,
        ("peatio_ambiguous_outcomes_total", (PAIR, "cancel")): 1,
        ("peatio_requests_total", ()): 1,
        ("peatio_request_failures_total", ("server_error",)): 1,
    }


async def test_a_fill_that_the_stream_told_of(rig: Rig) -> None:
    rig.follow_live(BUY)
    moved = Moved(rig)
    rig.hear(WHOLE.event(BUY), WHOLE.event(BUY), BUY.now("done", "1.0").event())
    assert moved() == {("peatio_fills_total", (PAIR,)): 1, ("peatio_open_orders", (PAIR,)): -1}


async def test_a_fill_and_an_end_that_polling_found(rig: Rig) -> None:
    rig.follow_live(BUY)
    rig.answer_trades(WHOLE.row(BUY))
    rig.answer_open_orders()
    rig.answer_order(BUY.now("done", "1.0"), [WHOLE])
    moved = Moved(rig)
    await rig.exchange._update_order_status()
    assert moved() == {
        ("peatio_fills_total", (PAIR,)): 1,
        ("peatio_drift_total", (PAIR, "fill")): 1,
        ("peatio_drift_total", (PAIR, "end")): 1,
        ("peatio_open_orders", (PAIR,)): -1,
        ("peatio_requests_total", ()): 3,
    }


async def test_a_poll_that_finds_what_the_stream_told_is_no_drift(rig: Rig) -> None:
    rig.follow_live(BUY)
    half = WireTrade(8, "30000.0", "0.5", "sell")
    rig.hear(half.event(BUY))
    rig.answer_trades(half.row(BUY))
    rig.answer_open_orders(BUY.now("wait", "0.5"))
    moved = Moved(rig)
    await rig.exchange._update_order_status()
    assert moved() == {("peatio_requests_total", ()): 2}


async def test_an_end_that_the_stream_tells_of_during_a_poll_is_no_drift(rig: Rig) -> None:
    rig.follow_live(BUY)
    rig.answer_trades()
    events = (WHOLE.event(BUY), BUY.now("done", "1.0").event())
    rig.http.get(OPEN_ORDERS, payload=[BUY.row()], callback=lambda *args, **kwargs: rig.hear(*events))
    moved = Moved(rig)
    await rig.exchange._update_order_status()
    assert moved() == {
        ("peatio_fills_total", (PAIR,)): 1,
        ("peatio_open_orders", (PAIR,)): -1,
        ("peatio_requests_total", ()): 2,
    }


@pytest.mark.parametrize("fault", BookFault)
async def test_each_fault_of_a_book_has_its_label(rig: Rig, fault: BookFault) -> None:
    tracker = rig.exchange.order_book_tracker
    tracker._open_book(PAIR)
    moved = Moved(rig)
    tracker.markets[PAIR].counts.add(fault)
    assert moved() == {("peatio_book_faults_total", (PAIR, fault.name.lower())): 1}


async def test_every_metric_of_the_table_is_told_with_its_labels_and_no_other(rig: Rig) -> None:
    rig.exchange.order_book_tracker._open_book(PAIR)
    told = {name: len(labels) for name, labels, _ in samples(rig.exchange)}
    assert told == {each.name: len(each.labels) for each in METRICS}


async def test_the_clock_is_not_told_before_it_was_measured(rig: Rig) -> None:
    rig.exchange._time_synchronizer.clear_time_offset_ms_samples()
    assert "peatio_clock_offset_seconds" not in {name for name, _, _ in samples(rig.exchange)}


async def test_prometheus_form(rig: Rig) -> None:
    rig.exchange._order_tracker.counts[PAIR].latencies.add(0.3)
    registry = CollectorRegistry()
    registry.register(ConnectorCollector(lambda: [rig.exchange]))
    lines = generate_latest(registry).decode().splitlines()
    expected = (
        'peatio_placement_seconds_bucket{connector="peatio",le="0.25",market="BTC-USD"} 0.0',
        'peatio_placement_seconds_bucket{connector="peatio",le="0.5",market="BTC-USD"} 1.0',
        'peatio_placement_seconds_bucket{connector="peatio",le="+Inf",market="BTC-USD"} 1.0',
        'peatio_placement_seconds_sum{connector="peatio",market="BTC-USD"} 0.3',
        "# TYPE peatio_placements_total counter",
        'peatio_ready{connector="peatio"} 0.0',
    )
    assert not [line for line in expected if line not in lines]


async def test_reading_asks_the_exchange_nothing(rig: Rig) -> None:
    list(samples(rig.exchange))
    assert rig.requests() == []
