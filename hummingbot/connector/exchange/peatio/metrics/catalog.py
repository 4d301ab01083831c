"""All metrics; docs/operate/metrics.md and the dashboard beside it are tested against this table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class MetricKind:
    """One metric.

    :param name: without the suffixes that Prometheus adds to the samples of a histogram
    :param kind: `counter`, `gauge` or `histogram`
    :param labels: besides `connector`, which every metric has
    :param meaning: one line, for the endpoint and docs/operate/metrics.md
    """

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str


class SampleSource(Protocol):
    """What a strategy has for Prometheus beside the connectors.

    :ivar kinds: the metrics that it has
    """

    kinds: Sequence[MetricKind]

    @property
    def connector_name(self) -> str:
        """The value of the label `connector`."""

    def samples(self) -> Iterable[tuple[str, tuple[str, ...], Any]]:
        """A metric's name, the values of its labels besides `connector`, and its value."""


def _gauge(name: str, meaning: str, *labels: str) -> MetricKind:
    return MetricKind(name, "gauge", labels, meaning)


def _counter(name: str, meaning: str, *labels: str) -> MetricKind:
    return MetricKind(name, "counter", labels, meaning)


METRICS = (
    # The connector.
    _gauge(
        "peatio_ready",
        "1 while the connector may trade: connected, books followed, orders of the last run settled, settings readable",
    ),
    _gauge("peatio_clock_offset_seconds", "the exchange's clock minus this machine's; absent until it is measured"),
    # Orders.
    _gauge("peatio_open_orders", "orders that have not ended", "market"),
    _counter(
        "peatio_placements_total",
        "orders to be placed, by result: placed, refused, unsent (certainly not processed), absent (no answer and not "
        "found), would_take (LIMIT_MAKER, not sent)",
        *("market", "result"),
    ),
    MetricKind(
        "peatio_placement_seconds",
        "histogram",
        ("market",),
        "time until an order's id at the exchange was known, including waits for the request limit and lookups",
    ),
    _counter(
        "peatio_ambiguous_outcomes_total",
        "requests (create, cancel) whose answer did not show whether they had an effect",
        *("market", "request"),
    ),
    _counter("peatio_lookups_total", "times the exchange was asked whether it has an order", "market"),
    _counter("peatio_cancels_total", "cancels requested, by result: accepted, failed", "market", "result"),
    _counter("peatio_fills_total", "fills recorded", "market"),
    _counter("peatio_limit_maker_took_total", "LIMIT_MAKER orders that took liquidity", "market"),
    _counter(
        "peatio_engine_absent_orders_total",
        "open orders that were cancelled because the matching engine did not have them",
        "market",
    ),
    _counter(
        "peatio_resizes_total", "times the exchange changed the size of an open order without a trade", "market"
    ),
    _counter("peatio_cycles_total", "cycles of a pegged coin: times orders or funds changed without a trade"),
    _counter(
        "peatio_drift_total",
        "fills and ends of orders that polling found before the private stream reported them",
        *("market", "found"),
    ),
    _counter(
        "peatio_balance_corrections_total", "times a currency's funds differed from those that our orders give"
    ),
    # Order books.
    _gauge("peatio_book_followed", "1 while the order book follows the exchange's sequence", "market"),
    _counter(
        "peatio_book_untrusted_seconds_total",
        "seconds without a followed book, including the current interruption",
        "market",
    ),
    _counter(
        "peatio_book_faults_total",
        "times a book was no longer followed, by cause: gap, step_back, connection, unreadable, crossed, silent, "
        "depleted, no_snapshot, other_restart (the engine of another market was restarted), first_change (of an engine "
        "that may have been restarted once more: asked for again), renewal (it may go on from another engine's book: "
        "asked for again)",
        *("market", "fault"),
    ),
    _counter("peatio_book_resyncs_total", "subscriptions repeated to get the stored snapshot", "market"),
    _counter("peatio_book_engine_restarts_total", "times the exchange's engine restarted its sequence", "market"),
    _counter(
        "peatio_book_rest_fallbacks_total", "times a book was fed from REST depth instead of the stream", "market"
    ),
    _counter("peatio_book_depth_checks_total", "comparisons with REST depth: same, different", "market", "result"),
    _counter("peatio_book_increments_total", "increments applied to the order book", "market"),
    # Connections and requests.
    _gauge("peatio_stream_connected", "1 while the websocket (public, private) is connected and subscribed", "stream"),
    _counter("peatio_stream_reconnects_total", "times the websocket was connected again", "stream"),
    _counter("peatio_requests_total", "REST requests made"),
    _counter(
        "peatio_request_failures_total",
        "requests without a successful answer, by kind: refused, rate_limited, server_error, no_answer, not_sent",
        "kind",
    ),
    _gauge(
        "peatio_request_budget", "requests that this connector may make within the interval of the exchange's limit"
    ),
    _gauge("peatio_request_budget_left", "how many of these are left now"),
    _counter("peatio_request_waits_total", "times a request waited because the limit was reached"),
)
