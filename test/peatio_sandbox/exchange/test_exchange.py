"""The life of an order (docs/protocol.md section 4), by hand and without sockets."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from decimal import Decimal

import pytest

from peatio_sandbox import OrderRecord, SandboxConfig
from peatio_sandbox.exchange.exchange import OrderRefusedError
from test.peatio_sandbox.support import Clockwork

D = Decimal


def state(order: OrderRecord) -> str:
    """Return the order's state now (workers change it behind the type checker's back)."""
    return order.state


def free_and_locked(clockwork: Clockwork, member: str, currency: str) -> tuple[Decimal, Decimal]:
    uid = clockwork.exchange.members[member].uid
    return clockwork.exchange.ledger.holdings(uid)[currency]


def test_a_new_order_is_pending_and_locks_nothing_until_it_waits(clockwork: Clockwork) -> None:
    order = clockwork.submit("maker", "buy", "0.5", "30000")
    assert state(order) == "pending"
    assert free_and_locked(clockwork, "maker", "usd") == (D(10_000_000), D(0))
    clockwork.run()
    assert state(order) == "wait"
    assert free_and_locked(clockwork, "maker", "usd") == (D(9_985_000), D(15_000))
    assert clockwork.kinds() == ["order pending", "btcusd.ob-inc 2", "order wait"]


def test_a_match_is_told_in_the_recorded_order(clockwork: Clockwork) -> None:
    clockwork.placed("maker", "sell", "0.5", "30000")
    clockwork.kinds()
    clockwork.placed("taker", "buy", "0.2", "30010")
    assert clockwork.kinds() == [
        "order pending",
        "btcusd.ob-inc 3",
        "order wait",
        "trade",
        "trade",
        "btcusd.trades",
        "order wait",
        "order done",
    ]


def test_fees_are_taken_from_what_is_received_and_a_better_price_frees_the_rest(clockwork: Clockwork) -> None:
    clockwork.placed("maker", "sell", "0.5", "30000")
    taker = clockwork.placed("taker", "buy", "0.2", "30010")
    assert free_and_locked(clockwork, "taker", "btc") == (D("1000.1996"), D(0))
    assert free_and_locked(clockwork, "taker", "usd") == (D(9_994_000), D(0))
    assert free_and_locked(clockwork, "maker", "usd") == (D("10005994"), D(0))
    assert taker.avg_price == D(30_000)
    (fill,) = clockwork.exchange.fills(clockwork.exchange.members["taker"])
    assert (fill.fee_amount, fill.fee_currency, fill.fee_rate) == (D("0.0004"), "btc", D("0.002"))


def test_the_mean_price_is_cut_to_the_markets_precision(clockwork: Clockwork) -> None:
    clockwork.placed("maker", "sell", "0.3", "30000")
    clockwork.placed("maker", "sell", "0.25", "30050.5")
    taker = clockwork.placed("taker", "buy", "0.6", "30060")
    assert (taker.avg_price, taker.state, taker.trades_count) == (D("30022.95"), "wait", 2)


def test_an_order_that_overspends_is_accepted_and_rejected_later(clockwork: Clockwork) -> None:
    first = clockwork.submit("poor", "buy", "0.0001", "30000")
    second = clockwork.submit("poor", "buy", "0.0001", "30000")
    clockwork.run()
    assert (first.state, second.state) == ("wait", "reject")
    assert "order reject" in clockwork.kinds()
    assert free_and_locked(clockwork, "poor", "usd") == (D(2), D(3))


def test_cancel_frees_what_was_locked(clockwork: Clockwork) -> None:
    order = clockwork.placed("maker", "sell", "0.7", "35000")
    clockwork.kinds()
    clockwork.exchange.cancel(order)
    assert state(order) == "wait"
    clockwork.run()
    assert state(order) == "cancel"
    assert clockwork.kinds() == ["btcusd.ob-inc 3", "order cancel"]
    assert free_and_locked(clockwork, "maker", "btc") == (D(1000), D(0))


def test_cancelling_a_dead_order_costs_an_increment_and_no_private_event(clockwork: Clockwork) -> None:
    order = clockwork.placed("maker", "sell", "0.7", "35000")
    for _ in range(2):
        clockwork.exchange.cancel(order)
        clockwork.run()
    assert clockwork.kinds()[-2:] == ["order cancel", "btcusd.ob-inc 4"]


def make_ghost(clockwork: Clockwork, price: str = "30000", volume: str = "0.01") -> int:
    """Cancel an order at once: the database cancels it, the engine takes it up afterwards."""
    order = clockwork.submit("maker", "sell", volume, price)
    clockwork.exchange.cancel(order)
    clockwork.run()
    assert state(order) == "cancel"
    return order.id


def test_a_cancel_while_pending_leaves_a_ghost_in_the_engine_only(clockwork: Clockwork) -> None:
    make_ghost(clockwork)
    kinds = [kind for kind in clockwork.kinds() if kind != "order pending"]
    assert kinds == ["btcusd.ob-inc 2", "btcusd.ob-inc 3", "order wait", "order cancel"]
    engine = clockwork.exchange._engines["btcusd"]
    assert list(engine.asks.levels()) == [(D(30_000), D("0.01"))]
    assert clockwork.exchange.store.depth(clockwork.exchange.markets["btcusd"], "sell") == []


def test_a_second_cancel_removes_the_ghost(clockwork: Clockwork) -> None:
    ghost = clockwork.exchange.store.order(make_ghost(clockwork))
    assert ghost is not None
    clockwork.kinds()
    clockwork.exchange.cancel(ghost)
    clockwork.run()
    assert list(clockwork.exchange._engines["btcusd"].asks.levels()) == []
    assert clockwork.kinds() == ["btcusd.ob-inc 4"]


def test_who_meets_a_ghost_gets_no_trade_for_it_and_is_submitted_again(clockwork: Clockwork) -> None:
    make_ghost(clockwork, "30000")
    clockwork.placed("maker", "sell", "0.01", "30001")
    taker = clockwork.placed("taker", "buy", "0.01", "30005")
    assert state(taker) == "done"
    assert taker.avg_price == D(30_001)
    assert taker.trades_count == 1


def test_meeting_only_ghosts_leaves_the_order_resting(clockwork: Clockwork) -> None:
    make_ghost(clockwork)
    taker = clockwork.placed("taker", "buy", "0.01", "30000")
    assert (taker.state, taker.trades_count) == ("wait", 0)
    engine = clockwork.exchange._engines["btcusd"]
    assert list(engine.bids.levels()) == [(D(30_000), D("0.01"))]


def test_what_a_resting_order_lost_to_a_ghost_is_in_no_engine(clockwork: Clockwork) -> None:
    """It is submitted again, and its price level takes no id that it has (docs/protocol.md section 4.4)."""
    resting = clockwork.placed("maker", "sell", "0.3", "30000")
    clockwork.exchange.order_processor.pause()
    ghost = clockwork.submit("taker", "buy", "0.1", "30000")
    clockwork.exchange.cancel(ghost)
    clockwork.run()
    clockwork.exchange.restart_order_processor()
    clockwork.run()
    assert (state(ghost), resting.state, resting.remaining_volume) == ("cancel", "wait", D("0.3"))
    engine = clockwork.exchange._engines["btcusd"]
    assert list(engine.asks.levels()) == [(D(30_000), D("0.2"))]

    assert state(clockwork.placed("taker", "buy", "0.2", "30000")) == "done"
    assert (resting.state, resting.remaining_volume) == ("wait", D("0.1"))
    assert list(engine.asks.levels()) == []
    depth = clockwork.exchange.store.depth(clockwork.exchange.markets["btcusd"], "sell")
    assert depth == [(D(30_000), D("0.1"))], "the database has the part that was lost"

    clockwork.exchange.cancel(resting)
    clockwork.run()
    assert state(resting) == "cancel"


def test_market_orders_are_silent_until_done(clockwork: Clockwork) -> None:
    clockwork.placed("maker", "sell", "0.5", "30000")
    clockwork.kinds()
    order = clockwork.placed("taker", "buy", "0.2", None)
    assert state(order) == "done"
    assert clockwork.kinds() == [
        "btcusd.ob-inc 3",
        "trade",
        "trade",
        "btcusd.trades",
        "order wait",
        "order done",
    ]


def test_a_market_buy_locks_a_tenth_more_than_its_estimate(clockwork: Clockwork) -> None:
    clockwork.placed("maker", "sell", "0.5", "30000")
    assert clockwork.submit("taker", "buy", "0.2", None).origin_locked == D(6_600)


def test_a_market_buy_without_enough_money_ends_cancelled_perhaps_after_a_part(clockwork: Clockwork) -> None:
    clockwork.placed("maker", "sell", "0.0001", "30000")
    clockwork.placed("maker", "sell", "0.0001", "31000")
    clockwork.kinds()
    order = clockwork.placed("poor", "buy", "0.0002", None)
    assert (order.state, order.executed_volume) == ("cancel", D("0.0001"))
    assert "order cancel" not in clockwork.kinds()
    assert free_and_locked(clockwork, "poor", "usd") == (D(2), D(0))


def test_a_trade_with_oneself_is_told_twice_as_the_makers(clockwork: Clockwork) -> None:
    maker = clockwork.placed("taker", "sell", "0.01", "29500")
    taker = clockwork.placed("taker", "buy", "0.01", "29500")
    trades = [payload for key, payload in clockwork.tape.take() if key.endswith(".trade")]
    assert len(trades) == 2
    assert trades[0] == trades[1]
    assert (trades[0]["order_id"], trades[0]["side"], trades[0]["taker_type"]) == (maker.id, "sell", "buy")
    member = clockwork.exchange.members["taker"]
    assert [trade.id for trade in clockwork.exchange.store.member_trades(member)] == [1]
    assert [(fill.trade_id, fill.order_id) for fill in clockwork.exchange.fills(member)] == [
        (1, maker.id),
        (1, taker.id),
    ]


def test_while_the_order_processor_stands_still_orders_stay_pending(clockwork: Clockwork) -> None:
    clockwork.exchange.order_processor.pause()
    order = clockwork.placed("maker", "sell", "0.5", "30000")
    clockwork.exchange.cancel(order)
    clockwork.run()
    assert state(order) == "pending"
    assert clockwork.exchange.is_quiet()
    clockwork.exchange.order_processor.resume()
    clockwork.run()
    assert state(order) == "cancel"


def test_a_restarted_order_processor_submits_every_pending_order_once(clockwork: Clockwork) -> None:
    clockwork.exchange.order_processor.pause()
    order = clockwork.submit("maker", "sell", "0.5", "30000")
    clockwork.exchange.restart_order_processor()
    clockwork.run()
    assert state(order) == "wait"
    assert free_and_locked(clockwork, "maker", "btc") == (D("999.5"), D("0.5"))


def test_a_restarted_engine_knows_the_waiting_orders_and_no_ghosts(clockwork: Clockwork) -> None:
    make_ghost(clockwork, "30100")
    clockwork.placed("maker", "sell", "0.5", "30000")
    clockwork.tape.take()
    clockwork.exchange.start_engines()
    snapshots = {key: payload for key, payload in clockwork.tape.take() if key.endswith("ob-snap")}
    assert snapshots["public.btcusd.ob-snap"] == {"asks": [["30000.0", "0.5"]], "bids": [], "sequence": 1}


@pytest.mark.parametrize(
    ("member", "side", "volume", "price", "code"),
    [
        ("maker", "sell", "5000", "31000", "market.account.insufficient_balance"),
        ("poor", "buy", "1", "31000", "market.account.insufficient_balance"),
        ("maker", "sell", "5000.0000001", "31000", "market.account.insufficient_balance"),
        ("maker", "sell", "0.00009", "31000", "market.order.invalid_volume_or_price"),
        ("maker", "sell", "0.01", "31000.001", "market.order.invalid_volume_or_price"),
        ("maker", "sell", "0.01", None, "market.order.insufficient_market_liquidity"),
        ("maker", "buy", "0.01", None, "market.order.insufficient_market_liquidity"),
    ],
)
def test_creates_are_refused_with_the_recorded_codes(
    clockwork: Clockwork, member: str, side: str, volume: str, price: str | None, code: str
) -> None:
    with pytest.raises(OrderRefusedError) as refusal:
        clockwork.submit(member, "sell" if side == "sell" else "buy", volume, price)
    assert refusal.value.code == code


def test_the_wait_event_may_come_after_the_done_event() -> None:
    """Their processes are different ones, and now and then the order processor's event is late."""
    late = 0
    for seed in range(300):
        clockwork = Clockwork(SandboxConfig(seed=seed))
        clockwork.placed("maker", "sell", "0.5", "30000")
        clockwork.kinds()
        clockwork.placed("taker", "buy", "0.2", "30000")
        kinds = clockwork.kinds()
        late += kinds.index("order done") < len(kinds) - 1
    assert 0 < late < 60


def test_the_same_seed_gives_the_same_run() -> None:
    def run(seed: int) -> list[str]:
        clockwork = Clockwork(SandboxConfig(seed=seed))
        uuids = []
        for price in ("30000", "30001", "29999"):
            uuids.append(clockwork.submit("maker", "sell", "0.1", price).uuid)
            clockwork.scheduler.advance(0.01)
            clockwork.submit("taker", "buy", "0.05", "30001")
        clockwork.run()
        return uuids + [f"{key} {payload}" for key, payload in clockwork.tape.take()]

    assert run(3) == run(3)
    assert run(3) != run(4)


def test_old_finished_orders_are_forgotten_and_their_owner_keeps_the_latest() -> None:
    clockwork = Clockwork(replace(SandboxConfig(), finished_orders_kept=5))
    store, member = clockwork.exchange.store, clockwork.exchange.members["maker"]
    resting = clockwork.placed("maker", "sell", "1", "40000")
    for _ in range(12):
        clockwork.placed("maker", "sell", "0.01", "30000")
        clockwork.placed("taker", "buy", "0.01", "30000")
    ids = [order.id for order in store.member_orders(member)]
    assert ids == [resting.id, 16, 18, 20, 22, 24]
    assert len(list(store.member_trades(member))) == 5
    assert store.order(2) is None


def test_forgotten_orders_are_not_kept_alive_by_the_trades_of_others() -> None:
    """Chains of partly filled orders would otherwise keep everything for ever."""
    clockwork = Clockwork(replace(SandboxConfig(), finished_orders_kept=1))
    probes = []
    clockwork.placed("maker", "sell", "0.0001", "30000")
    for _ in range(20):
        probes.append(weakref.ref(clockwork.placed("taker", "buy", "0.0002", "30000")))
        probes.append(weakref.ref(clockwork.placed("maker", "sell", "0.0002", "30000")))
    gc.collect()
    assert sum(probe() is not None for probe in probes) <= 6
