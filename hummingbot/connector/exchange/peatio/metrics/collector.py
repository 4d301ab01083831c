"""Reads the metrics of the connectors when Prometheus asks (docs/operate/metrics.md).

Between two requests of Prometheus nothing here runs: the counters exist anyway. Labels hold the names of connectors
and markets only, never a key, an account or an order.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import accumulate
from typing import TYPE_CHECKING

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import (
    NoAnswerError,
    NotSentError,
    RateLimitError,
    RefusedError,
    RequestError,
    ServerError,
)
from hummingbot.connector.exchange.peatio.execution.counts import LATENCY_BOUNDS_S, Latencies, OrderCounts
from hummingbot.connector.exchange.peatio.metrics.catalog import METRICS, MetricKind, SampleSource
from hummingbot.connector.exchange.peatio.order_books.counts import BookFault, BookState
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange

Family = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily

_FAMILIES: dict[str, type[Family]] = {
    "counter": CounterMetricFamily,
    "gauge": GaugeMetricFamily,
    "histogram": HistogramMetricFamily,
}

_FAILURE_KINDS: dict[str, type[RequestError]] = {
    "refused": RefusedError,
    "rate_limited": RateLimitError,
    "server_error": ServerError,
    "no_answer": NoAnswerError,
    "not_sent": NotSentError,
}

#: A metric's name, the values of its labels besides `connector`, and its value.
Sample = tuple[str, tuple[str, ...], float | Latencies]


class ConnectorCollector(Collector):
    """Reads the connectors when Prometheus asks; on the event loop, so that nothing changes while it reads.

    :param connectors: the current connectors, each with a name of its own
    :param sources: what else is to be read, such as a strategy's figures
    """

    def __init__(
        self,
        connectors: Callable[[], Collection["PeatioExchange"]],
        sources: Callable[[], Collection[SampleSource]] = tuple,
    ) -> None:
        self._connectors = connectors
        self._sources = sources

    def describe(self) -> Iterator[Metric]:
        """The connector's metrics without samples."""
        yield from _families(METRICS).values()

    def collect(self) -> Iterator[Metric]:
        """All metrics with their current values."""
        sources = self._sources()
        families = _families([*METRICS, *(kind for source in sources for kind in source.kinds)])
        for connector in self._connectors():
            _add(families, connector.name, samples(connector))
        for source in sources:
            _add(families, source.connector_name, source.samples())
        yield from families.values()


def _add(families: dict[str, Family], connector_name: str, found: Iterable[Sample]) -> None:
    for name, labels, value in found:
        family, labels = families[name], (connector_name, *labels)
        if isinstance(family, HistogramMetricFamily):
            assert isinstance(value, Latencies)
            family.add_metric(labels, _buckets(value), value.total_s)
        else:
            assert not isinstance(value, Latencies)
            family.add_metric(labels, value)


def samples(connector: "PeatioExchange") -> Iterator[Sample]:
    """All samples of one connector."""
    yield "peatio_ready", (), connector.ready and not connector._settings.problem
    yield from _of_orders(connector)
    yield from _of_books(connector)
    yield from _of_streams(connector)
    yield from _of_requests(connector)


def _of_orders(connector: "PeatioExchange") -> Iterator[Sample]:
    counts = connector._order_tracker.counts
    open_orders = dict.fromkeys([*connector.trading_pairs, *counts], 0)
    for order in connector.in_flight_orders.values():
        open_orders[order.trading_pair] = open_orders.get(order.trading_pair, 0) + 1
    for pair, number in open_orders.items():
        yield "peatio_open_orders", (pair,), number
        yield from _of_market(pair, counts.get(pair) or OrderCounts())
    yield "peatio_cycles_total", (), connector._engine.resizes.log.cycles
    yield "peatio_balance_corrections_total", (), connector._balances.corrections


def _of_market(pair: str, counts: OrderCounts) -> Iterator[Sample]:
    for result, number in counts.placements.items():
        yield "peatio_placements_total", (pair, result.value), number
    yield "peatio_placement_seconds", (pair,), counts.latencies
    yield "peatio_ambiguous_outcomes_total", (pair, "create"), counts.ambiguous_creates
    yield "peatio_ambiguous_outcomes_total", (pair, "cancel"), counts.ambiguous_cancels
    yield "peatio_lookups_total", (pair,), counts.lookups
    yield "peatio_cancels_total", (pair, "accepted"), counts.cancels
    yield "peatio_cancels_total", (pair, "failed"), counts.failed_cancels
    yield "peatio_fills_total", (pair,), counts.fills
    yield "peatio_limit_maker_took_total", (pair,), counts.makers_that_took
    yield "peatio_engine_absent_orders_total", (pair,), counts.engine_absent
    yield "peatio_resizes_total", (pair,), counts.resizes
    yield "peatio_drift_total", (pair, "fill"), counts.late_fills
    yield "peatio_drift_total", (pair, "end"), counts.late_ends


def _of_books(connector: "PeatioExchange") -> Iterator[Sample]:
    tracker = connector.order_book_tracker
    for pair, health in tracker.health.items():
        counts = health.counts
        yield "peatio_book_followed", (pair,), health.state is BookState.FOLLOWING
        yield "peatio_book_untrusted_seconds_total", (pair,), counts.invalid_s
        for fault in BookFault:
            yield "peatio_book_faults_total", (pair, fault.name.lower()), getattr(counts, fault.value)
        yield "peatio_book_resyncs_total", (pair,), counts.resyncs
        yield "peatio_book_engine_restarts_total", (pair,), counts.restarts
        yield "peatio_book_rest_fallbacks_total", (pair,), counts.rest_fallbacks
        same = counts.depth_checks - counts.depth_differences
        yield "peatio_book_depth_checks_total", (pair, "same"), same
        yield "peatio_book_depth_checks_total", (pair, "different"), counts.depth_differences
        yield "peatio_book_increments_total", (pair,), tracker.metrics.per_pair_metrics[pair].diffs_processed


def _of_streams(connector: "PeatioExchange") -> Iterator[Sample]:
    yield "peatio_stream_connected", ("public",), connector.order_book_tracker.is_connected
    yield "peatio_stream_reconnects_total", ("public",), max(connector._orderbook_ds.connections - 1, 0)
    if connector.is_trading_required:
        tracker = connector._user_stream_tracker
        yield "peatio_stream_connected", ("private",), tracker.is_live
        yield "peatio_stream_reconnects_total", ("private",), max(tracker.data_source.connections - 1, 0)


def _of_requests(connector: "PeatioExchange") -> Iterator[Sample]:
    throttler = connector._throttler
    budget, left = throttler.budget(CONSTANTS.REST_LIMIT_ID)
    yield "peatio_requests_total", (), throttler.calls
    yield "peatio_request_budget", (), budget
    yield "peatio_request_budget_left", (), left
    yield "peatio_request_waits_total", (), throttler.waits
    failures = connector.rest.failures
    for kind, error in _FAILURE_KINDS.items():
        number = sum(times for raised, times in failures.items() if issubclass(raised, error))
        yield "peatio_request_failures_total", (kind,), number
    if connector.exchange_clock.is_known:
        yield "peatio_clock_offset_seconds", (), connector._time_synchronizer.time() - time.time()


def _families(kinds: Iterable[MetricKind]) -> dict[str, Family]:
    return {
        each.name: _FAMILIES[each.kind](each.name, each.meaning, labels=["connector", *each.labels]) for each in kinds
    }


def _buckets(latencies: Latencies) -> list[tuple[str, float]]:
    """Prometheus' cumulative buckets: (upper bound in seconds, how many took at most that long)."""
    bounds = [*map(str, LATENCY_BOUNDS_S), "+Inf"]
    return list(zip(bounds, accumulate(latencies.counts), strict=True))
