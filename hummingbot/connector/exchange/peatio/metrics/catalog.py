"""Every metric there is; docs/operate/metrics.md and the dashboard beside it are tested against this table."""

from dataclasses import dataclass


@dataclass(frozen=True)
class MetricKind:
    """One metric.

    :param name: without the endings that Prometheus adds to the samples of a histogram
    :param kind: `counter`, `gauge` or `histogram`
    :param labels: besides `connector`, which every one has
    :param meaning: one line, for the endpoint and docs/operate/metrics.md
    """

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str


def _gauge(name: str, meaning: str, *labels: str) -> MetricKind:
    return MetricKind(name, "gauge", labels, meaning)


def _counter(name: str, meaning: str, *labels: str) -> MetricKind:
    return MetricKind(name, "counter", labels, meaning)


METRICS = (
    # The connector.
    _gauge("peatio_ready", "1 while the connector may trade: connected, books followed, last run settled"),
    _gauge("peatio_clock_offset_seconds", "the exchange's clock minus this machine's; absent until it was measured"),
    # Orders.
    _gauge("peatio_open_orders", "orders followed that have not ended", "market"),
    _counter(
        "peatio_placements_total",
        "orders to be placed, by result: placed, refused, unsent (surely never processed), absent (no answer and not "
        "found), would_take (LIMIT_MAKER, not sent)",
        *("market", "result"),
    ),
    MetricKind(
        "peatio_placement_seconds",
        "histogram",
        ("market",),
        "how long it took until an order's id at the exchange was known, waiting for limits and lookups included",
    ),
    _counter(
        "peatio_ambiguous_outcomes_total",
        "requests (create, cancel) whose answer did not tell whether they had an effect",
        *("market", "request"),
    ),
    _counter("peatio_lookups_total", "times the exchange was asked whether it has such an order", "market"),
    _counter("peatio_cancels_total", "cancels asked for, by result: accepted, failed", "market", "result"),
    _counter("peatio_fills_total", "fills recorded", "market"),
    _counter("peatio_limit_maker_took_total", "LIMIT_MAKER orders that took liquidity all the same", "market"),
    _counter(
        "peatio_drift_total",
        "what polling found (fill, end of an order) and the private stream had not told of",
        *("market", "found"),
    ),
    _counter(
        "peatio_balance_corrections_total", "times a currency's free funds were other than computed from the events"
    ),
    # Order books.
    _gauge("peatio_book_followed", "1 while the order book follows the exchange's sequence", "market"),
    _counter(
        "peatio_book_untrusted_seconds_total", "seconds without a followed book, the present ones included", "market"
    ),
    _counter(
        "peatio_book_faults_total",
        "times it stopped, by cause: gap, step_back, connection, unreadable, crossed, silent, depleted, no_snapshot",
        *("market", "fault"),
    ),
    _counter("peatio_book_resyncs_total", "subscriptions sent again to get the stored snapshot", "market"),
    _counter("peatio_book_engine_restarts_total", "times the exchange's engine counted from the beginning", "market"),
    _counter("peatio_book_rest_fallbacks_total", "times REST depth took the stream's place", "market"),
    _counter("peatio_book_depth_checks_total", "comparisons with REST depth: same, different", "market", "result"),
    _counter("peatio_book_increments_total", "changes of the order book applied", "market"),
    # Connections and requests.
    _gauge("peatio_stream_connected", "1 while the websocket (public, private) stands", "stream"),
    _counter("peatio_stream_reconnects_total", "times the websocket came to stand again", "stream"),
    _counter("peatio_requests_total", "REST requests made"),
    _counter(
        "peatio_request_failures_total",
        "requests without the wanted answer, by kind: refused, rate_limited, server_error, no_answer, not_sent",
        "kind",
    ),
    _gauge("peatio_request_budget", "requests that this connector may make in the time of the exchange's limit"),
    _gauge("peatio_request_budget_left", "of these, how many are left now"),
    _counter("peatio_request_waits_total", "pauses that the reached limit made"),
)
