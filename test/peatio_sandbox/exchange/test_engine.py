"""The matching engine: price, time, numbered changes and snapshots."""

from __future__ import annotations

from decimal import Decimal

import pytest

from peatio_sandbox.exchange.engine import (
    SNAPSHOT_LEVELS,
    BookOrder,
    CancelRequest,
    EngineOutput,
    Increment,
    Match,
    MatchingEngine,
    Snapshot,
)
from peatio_sandbox.exchange.market import Side

D = Decimal


def limit(number: int, side: Side, volume: str, price: str) -> BookOrder:
    return BookOrder(number, side, "limit", D(price), D(volume), D(0))


def market(number: int, side: Side, volume: str, locked: str) -> BookOrder:
    return BookOrder(number, side, "market", None, D(volume), D(locked))


def started(*orders: BookOrder) -> MatchingEngine:
    engine = MatchingEngine(0.0)
    engine.load(orders, 0.0)
    return engine


def matches(outputs: list[EngineOutput]) -> list[tuple[int, int, str, str]]:
    return [(o.maker_id, o.taker_id, str(o.price), str(o.amount)) for o in outputs if isinstance(o, Match)]


def increments(outputs: list[EngineOutput]) -> list[tuple[str, str, str | None, int]]:
    return [
        (o.side, str(o.price), None if o.total is None else str(o.total), o.sequence)
        for o in outputs
        if isinstance(o, Increment)
    ]


def test_the_best_price_trades_first_and_then_the_earliest_order() -> None:
    engine = started(limit(1, "sell", "1", "101"), limit(2, "sell", "1", "100"), limit(3, "sell", "1", "100"))
    outputs = engine.submit(limit(4, "buy", "2.5", "101"), 0.0)
    assert matches(outputs) == [(2, 4, "100", "1"), (3, 4, "100", "1"), (1, 4, "101", "0.5")]


def test_a_trade_is_at_the_resting_price_and_its_total_is_exact() -> None:
    engine = started(limit(1, "buy", "0.3", "30010.01"))
    (match,) = [o for o in engine.submit(limit(2, "sell", "0.1", "1"), 0.0) if isinstance(o, Match)]
    assert (match.price, match.total) == (D("30010.01"), D("3001.001"))


def test_the_lower_id_is_the_maker_whichever_was_resting() -> None:
    engine = started(limit(9, "sell", "1", "100"))
    assert matches(engine.submit(limit(2, "buy", "1", "100"), 0.0)) == [(2, 9, "100", "1")]


def test_every_changed_level_is_published_with_its_new_total_and_the_next_number() -> None:
    engine = started(limit(1, "sell", "0.3", "100"), limit(2, "sell", "0.2", "101"))
    outputs = engine.submit(limit(3, "buy", "0.6", "101"), 0.0)
    assert increments(outputs) == [
        ("sell", "100", None, 2),
        ("sell", "101", None, 3),
        ("buy", "101", "0.1", 4),
    ]


def test_a_level_shows_the_sum_of_its_orders() -> None:
    engine = started(limit(1, "buy", "0.3", "100"))
    assert increments(engine.submit(limit(2, "buy", "0.2", "100"), 0.0)) == [("buy", "100", "0.5", 2)]
    assert increments(engine.cancel(limit(1, "buy", "0.3", "100"), 0.0)) == [("buy", "100", "0.2", 3)]


def test_cancelling_an_order_that_is_not_there_still_costs_an_increment_and_asks_for_the_cancellation() -> None:
    outputs = started().cancel(limit(7, "sell", "1", "100"), 0.0)
    assert increments(outputs) == [("sell", "100", None, 2)]
    assert CancelRequest(7) in outputs


def test_an_order_submitted_again_rests_once() -> None:
    engine = started(limit(1, "buy", "0.01", "100"))
    assert increments(engine.submit(limit(1, "buy", "0.02", "100"), 0.0)) == [("buy", "100", "0.01", 2)]


def test_what_a_market_order_cannot_fill_is_cancelled_and_never_rests() -> None:
    engine = started(limit(1, "sell", "1", "100"))
    outputs = engine.submit(market(2, "buy", "3", "1000"), 0.0)
    assert matches(outputs) == [(1, 2, "100", "1")]
    assert outputs[-1] == CancelRequest(2)
    assert list(engine.bids.levels()) == []


def test_a_market_buy_stops_before_the_step_it_cannot_pay_whole() -> None:
    engine = started(limit(1, "sell", "0.0001", "30000"), limit(2, "sell", "0.0001", "31000"))
    outputs = engine.submit(market(3, "buy", "0.0002", "5"), 0.0)
    assert matches(outputs) == [(1, 3, "30000", "0.0001")]
    assert outputs[-1] == CancelRequest(3)


def test_a_market_order_that_has_spent_exactly_everything_is_left_to_the_executor() -> None:
    engine = started(limit(1, "sell", "1", "100"))
    outputs = engine.submit(market(2, "buy", "2", "100"), 0.0)
    assert not [o for o in outputs if isinstance(o, CancelRequest)]


def test_a_restarted_engine_opens_silently_with_a_snapshot_and_counts_from_one() -> None:
    engine = MatchingEngine(0.0)
    outputs = engine.load([limit(1, "sell", "1", "101"), limit(2, "buy", "2", "99")], 5.0)
    assert outputs == [Snapshot(((D(101), D(1)),), ((D(99), D(2)),), 1)]
    assert increments(engine.submit(limit(3, "buy", "1", "98"), 6.0))[0][3] == 2


def test_a_snapshot_carries_the_number_before_and_the_book_after_the_change_that_caused_it() -> None:
    engine = started(limit(1, "sell", "0.3", "100"), limit(2, "sell", "1", "101"))
    outputs = engine.submit(limit(3, "buy", "0.3", "100"), 60.0)
    snapshot, increment = outputs[0], outputs[1]
    assert snapshot == Snapshot(((D(101), D(1)),), (), 1)
    assert isinstance(increment, Increment)
    assert increment.sequence == 2


def snapshot_times(step_s: float, count: int) -> list[float]:
    engine = started()
    times = []
    for number in range(1, count + 1):
        outputs = engine.submit(limit(number, "buy", "1", str(number)), number * step_s)
        if any(isinstance(output, Snapshot) for output in outputs):
            times.append(number * step_s)
    return times


def test_a_snapshot_is_due_after_twenty_increments_and_ten_seconds() -> None:
    assert snapshot_times(0.1, 150) == [pytest.approx(10.1)]
    assert snapshot_times(1.0, 45) == [21.0, 41.0]


def test_a_snapshot_is_due_after_a_minute_however_few_the_increments() -> None:
    assert snapshot_times(25.0, 6) == [75.0, 150.0]


def test_a_snapshot_has_at_most_301_levels_a_side_best_first() -> None:
    asks = [limit(n, "sell", "1", str(1000 + n)) for n in range(1, 400)]
    bids = [limit(500 + n, "buy", "1", str(n)) for n in range(1, 400)]
    (snapshot,) = MatchingEngine(0.0).load(asks + bids, 0.0)
    assert isinstance(snapshot, Snapshot)
    assert len(snapshot.asks) == len(snapshot.bids) == SNAPSHOT_LEVELS == 301
    assert (snapshot.asks[0][0], snapshot.bids[0][0]) == (D(1001), D(399))
