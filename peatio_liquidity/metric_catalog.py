"""All metrics of the controller. docs/operate/liquidity.md and the dashboard beside it are tested against this."""

from hummingbot.connector.exchange.peatio.metrics.catalog import MetricKind


def _gauge(name: str, meaning: str, *labels: str) -> MetricKind:
    return MetricKind(f"peatio_liquidity_{name}", "gauge", ("market", *labels), meaning)


def _counter(name: str, meaning: str, *labels: str) -> MetricKind:
    return MetricKind(f"peatio_liquidity_{name}_total", "counter", ("market", *labels), meaning)


METRICS = (
    # The own book.
    _gauge("quoting", "1 while a side (bid, ask) may quote", "side"),
    _gauge(
        "depth_quote",
        "value of the own quotes of a side that lie within this part of the mid (0.001, 0.005, 0.01, 0.02)",
        *("side", "within"),
    ),
    _gauge("spread", "between the own best bid and ask, as a part of their mid; absent while a side has no quote"),
    _counter("watched_seconds", "seconds in which the own book was looked at"),
    _counter(
        "top_seconds", "seconds of these in which an own quote was the best of its side, alone or beside others", "side"
    ),
    _counter("requests", "orders asked for and cancels asked for, by request: create, cancel", "request"),
    # The source.
    _gauge("source_age_seconds", "since the last change of the source's book"),
    # Trading, since the hedge journal began.
    _counter("fills", "fills, by venue: own, source", "venue"),
    _counter("volume_quote", "value of the fills", "venue"),
    _gauge("fees_quote", "fees charged in base or quote; below 0 where the exchange pays", "venue"),
    _gauge("other_fees", "fees charged in a third currency", "venue", "currency"),
    _gauge("other_fees_quote", "value of these, as far as a rate was known when each was charged", "venue"),
    _counter("hedged_quote", "value of the fills of hedges"),
    _gauge("slippage_quote", "what these cost more than the source's best price when each hedge was sent"),
    _gauge(
        "profit_quote",
        "quote received less quote paid on both exchanges after fees, and what is not hedged at the source's mid; "
        "absent while that is not known",
    ),
    # Risk.
    _gauge("inventory", "balance of a currency, used in orders or not, by venue: own, source", "venue", "currency"),
    _gauge("exposure_base", "bought less sold on both exchanges: what is not hedged"),
    _gauge("exposure_bound_base", "the most that it may be, to either side"),
    _gauge("hedging_base", "what may still be filled of hedges that are not known to have ended"),
    _gauge("unexplained_base", "change of the source's balance since the start that no fill of a hedge explains"),
    _gauge("hedge_in_doubt", "1 while the source does not say what became of a hedge"),
)
