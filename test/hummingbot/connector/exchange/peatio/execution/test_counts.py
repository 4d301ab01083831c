from hummingbot.connector.exchange.peatio.execution.counts import LATENCY_BOUNDS_S, Latencies, new_counts


def test_a_duration_counts_in_the_first_class_that_reaches_it() -> None:
    latencies = Latencies()
    for duration_s in (0.0, 0.01, 0.011, 0.3, 15.0, 99.0):
        latencies.add(duration_s)
    counted = dict(zip([*LATENCY_BOUNDS_S, None], latencies.counts, strict=True))
    assert {bound: number for bound, number in counted.items() if number} == {
        0.01: 2,
        0.025: 1,
        0.5: 1,
        15.0: 1,
        None: 1,
    }
    assert latencies.total_s == 0.0 + 0.01 + 0.011 + 0.3 + 15.0 + 99.0


def test_markets_are_counted_apart() -> None:
    counts = new_counts()
    counts["BTC-USD"].fills += 1
    counts["BTC-USD"].latencies.add(1.0)
    assert counts["ETH-USD"].fills == 0
    assert counts["ETH-USD"].latencies.total_s == 0.0
