"""Reads what a bot exports for Prometheus. Pure: the caller fetches the text."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from peatio_cli.watch.bot_state import BookHealth, ConnectorHealth

#: What is read of all that a bot exports: writing the rest would cost it time.
NAMES = (
    "peatio_ready",
    "peatio_book_followed",
    "peatio_book_untrusted_seconds_total",
    "peatio_book_faults_total",
    "peatio_stream_connected",
    "peatio_stream_reconnects_total",
    "peatio_requests_total",
    "peatio_request_budget",
    "peatio_request_budget_left",
    "peatio_request_failures_total",
    "peatio_request_waits_total",
    "peatio_drift_total",
    "peatio_clock_offset_seconds",
)
#: connector, name of a market → since when its book is untrusted, epoch seconds
UntrustedSince = dict[tuple[str, str], float]


class MetricsError(Exception):
    """What came is no text of metrics, or the library for it is missing; the text says which."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One number with its labels besides `connector`."""

    labels: Mapping[str, str]
    value: float


def connector_samples(text: str) -> dict[str, dict[str, list[Sample]]]:
    """Connector → metric → samples.

    :raises MetricsError: when it is not such a text
    """
    try:
        from prometheus_client.parser import text_string_to_metric_families
    except ImportError as error:
        raise MetricsError(
            "the bot's metrics are not read: the library prometheus_client is missing; remedy: pip install "
            "'hummingbot-peatio[metrics]'"
        ) from error
    found: dict[str, dict[str, list[Sample]]] = defaultdict(lambda: defaultdict(list))
    try:
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                labels = dict(sample.labels)
                name = labels.pop("connector", None)
                if name is not None:
                    found[name][sample.name].append(Sample(labels, float(sample.value)))
    except (ValueError, KeyError, IndexError) as error:
        raise MetricsError(f"the bot's metrics cannot be read ({type(error).__name__})") from error
    return {name: dict(metrics) for name, metrics in found.items()}


def connector_health(
    name: str,
    samples: Mapping[str, list[Sample]],
    since_s: UntrustedSince,
    now_s: float,
    why_not_ready: tuple[str, ...] = (),
) -> ConnectorHealth:
    """
    :param since_s: kept by the caller from look to look; changed here
    :param now_s: epoch seconds
    """
    is_ready = _number(samples, "peatio_ready") == 1
    budget = _number(samples, "peatio_request_budget")
    left = _number(samples, "peatio_request_budget_left")
    return ConnectorHealth(
        is_ready=is_ready,
        why_not_ready=() if is_ready else why_not_ready,
        books=tuple(_books(name, samples, since_s, now_s)),
        streams={sample.labels.get("stream", ""): sample.value == 1 for sample in samples.get(_STREAM, ())},
        requests=int(_sum(samples, "peatio_requests_total")),
        failures=_counts(samples, "peatio_request_failures_total", "kind"),
        budget=None if budget is None else int(budget),
        budget_left=None if left is None else int(left),
        waits=int(_sum(samples, "peatio_request_waits_total")),
        reconnects=int(_sum(samples, "peatio_stream_reconnects_total")),
        late_finds=int(_sum(samples, "peatio_drift_total")),
        clock_offset_s=_number(samples, "peatio_clock_offset_seconds"),
    )


_STREAM = "peatio_stream_connected"


def _books(
    name: str, samples: Mapping[str, list[Sample]], since_s: UntrustedSince, now_s: float
) -> list[BookHealth]:
    untrusted = samples.get("peatio_book_untrusted_seconds_total", ())
    untrusted_s = {one.labels.get("market"): one.value for one in untrusted}
    faults: dict[str, dict[str, int]] = defaultdict(dict)
    for one in samples.get("peatio_book_faults_total", ()):
        if one.value:
            faults[one.labels.get("market", "")][one.labels.get("fault", "")] = int(one.value)
    books = []
    for sample in samples.get("peatio_book_followed", ()):
        pair = sample.labels.get("market", "")
        is_trusted = sample.value == 1
        if is_trusted:
            since_s.pop((name, pair), None)
        else:
            since_s.setdefault((name, pair), now_s)
        books.append(
            BookHealth(pair, is_trusted, since_s.get((name, pair)), untrusted_s.get(pair, 0.0), faults.get(pair, {}))
        )
    return books


def _number(samples: Mapping[str, list[Sample]], metric: str) -> float | None:
    found = samples.get(metric)
    return found[0].value if found else None


def _sum(samples: Mapping[str, list[Sample]], metric: str) -> float:
    return sum(sample.value for sample in samples.get(metric, ()))


def _counts(samples: Mapping[str, list[Sample]], metric: str, label: str) -> dict[str, int]:
    return {one.labels.get(label, ""): int(one.value) for one in samples.get(metric, ()) if one.value}
