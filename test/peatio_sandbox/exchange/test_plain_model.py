"""Matching and ledger against an independent plain model, and money's laws when nothing waits for anything."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peatio_sandbox import Market, MemberSpec, SandboxConfig
from peatio_sandbox.exchange.exchange import OrderRefusedError
from peatio_sandbox.exchange.market import Side
from test.peatio_sandbox.plain_model import PlainExchange, PlainMarket
from test.peatio_sandbox.support import Clockwork

D = Decimal
MEMBERS = ("ann", "ben", "cat")
#: Cat cannot pay for much: her market orders run out of money.
MONEY = {
    "ann": {"btc": D(3), "usd": D(60_000), "doge": D("90000.12345678")},
    "ben": {"btc": D(3), "usd": D(60_000), "doge": D("90000.12345678")},
    "cat": {"btc": D("0.2"), "usd": D(2_500), "doge": D(40_000)},
}
CURRENCIES = ("btc", "usd", "doge")
#: Every operation the two tests perform, together at least this many.
OPERATIONS = 10_000
EXAMPLES, LENGTH = 60, 100

MARKETS = (
    Market("btcusd", "btc", "usd", 6, 2, D("0.01"), D("0"), D("0.0001")),
    Market("dogebtc", "doge", "btc", 8, 8, D("0.00000001"), D("0"), D("0.00000001")),
)
CENTRES = {"btcusd": D(30_000), "dogebtc": D("0.00002500")}

Operation = tuple[str, int, int, str, int, int, int]
operations = st.lists(
    st.tuples(
        st.sampled_from(["limit", "limit", "limit", "limit", "market", "cancel"]),
        st.integers(0, len(MEMBERS) - 1),
        st.integers(0, len(MARKETS) - 1),
        st.sampled_from(["buy", "sell"]),
        st.integers(-8, 8),
        st.integers(0, 999_999),
        st.integers(1, 40),
    ),
    min_size=LENGTH,
    max_size=LENGTH,
)
common = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.large_base_example, HealthCheck.data_too_large, HealthCheck.too_slow],
)
performed = {"count": 0}


def make_clockwork() -> Clockwork:
    members = tuple(MemberSpec(name, f"ID{name.upper()}", f"{name}@example.com", MONEY[name]) for name in MEMBERS)
    return Clockwork(SandboxConfig(markets=MARKETS, members=members))


def make_model() -> PlainExchange:
    markets = {
        m.symbol: PlainMarket(
            m.base,
            m.quote,
            Fraction(1, 10**m.amount_precision),
            Fraction(1, 10**m.price_precision),
            Fraction(m.min_amount),
        )
        for m in MARKETS
    }
    return PlainExchange(markets, {(n, c): Fraction(amount) for n in MEMBERS for c, amount in MONEY[n].items()})


def amounts(operation: Operation) -> tuple[Market, Decimal, Decimal]:
    """Return the market, volume and price of an operation: any digits the market allows, now and then too many."""
    _, _, market_index, _, price_steps, volume_digits, size = operation
    market = MARKETS[market_index]
    if market.symbol == "btcusd":
        return market, D(volume_digits).scaleb(-6) * size / 8, CENTRES["btcusd"] + D("0.37") * price_steps
    return market, D(volume_digits).scaleb(-8) + D(size * 400), CENTRES["dogebtc"] + D("1e-8") * price_steps


def perform(clockwork: Clockwork, operation: Operation) -> tuple[str, str]:
    """Perform an operation on the sandbox; return what it was and how it was received."""
    kind, member_index, _, side, _, target, _ = operation
    performed["count"] += 1
    if kind == "cancel":
        last = clockwork.exchange.store._last_order_id
        if last:
            order = clockwork.exchange.store.order(target % last + 1)
            assert order is not None
            clockwork.exchange.cancel(order)
        return kind, "ok"
    market, volume, price = amounts(operation)
    if volume <= 0:
        return "nothing", "ok"
    side_name: Side = "buy" if side == "buy" else "sell"
    shown_price = None if kind == "market" else str(price)
    try:
        clockwork.submit(MEMBERS[member_index], side_name, str(volume), shown_price, market.symbol)
    except OrderRefusedError as refusal:
        return kind, refusal.code.rsplit(".", 1)[-1]
    return kind, "ok"


def perform_on_model(model: PlainExchange, operation: Operation) -> str:
    """Perform an operation on the model; return how it was received."""
    kind, member_index, _, side, _, target, _ = operation
    if kind == "cancel":
        if model.orders:
            model.cancel(target % len(model.orders) + 1)
        return "ok"
    market, volume, price = amounts(operation)
    if volume <= 0:
        return "ok"
    limit = None if kind == "market" else Fraction(price)
    return model.create(MEMBERS[member_index], market.symbol, side, Fraction(volume), limit)


def assert_same(clockwork: Clockwork, model: PlainExchange) -> None:
    exchange = clockwork.exchange
    for market in MARKETS:
        engine = exchange._engines[market.symbol]
        sides: tuple[tuple[Side, Iterator[tuple[Decimal, Decimal]]], ...] = (
            ("buy", engine.bids.levels()),
            ("sell", engine.asks.levels()),
        )
        for side, levels in sides:
            expected = model.book(market.symbol, side)
            assert [(Fraction(p), Fraction(v)) for p, v in levels] == expected
            assert [(Fraction(p), Fraction(v)) for p, v in exchange.store.depth(market, side)] == expected
    for name in MEMBERS:
        for currency, (free, locked) in exchange.ledger.holdings(f"ID{name.upper()}").items():
            assert Fraction(free) == model.free.get((name, currency), 0)
            assert Fraction(locked) == model.locked.get((name, currency), 0)
    for currency in CURRENCIES:
        assert Fraction(exchange.ledger.fees_earned(currency)) == model.fees.get(currency, 0)
    for order in model.orders:
        stored = exchange.store.order(order.number)
        assert stored is not None
        assert (stored.state, Fraction(stored.remaining_volume)) == (order.state, order.left)


def assert_money_is_conserved(clockwork: Clockwork) -> None:
    ledger = clockwork.exchange.ledger
    for currency in CURRENCIES:
        assert ledger.total(currency) == sum(MONEY[name][currency] for name in MEMBERS)
    for name in MEMBERS:
        for free, locked in ledger.holdings(f"ID{name.upper()}").values():
            assert free >= 0
            assert locked >= 0


@pytest.mark.timeout(600)  # a failing script is shrunk, which takes its time
@common
@given(operations)
def test_agrees_with_the_plain_model_after_every_operation(script: list[Operation]) -> None:
    clockwork, model = make_clockwork(), make_model()
    for operation in script:
        _, received = perform(clockwork, operation)
        clockwork.run()
        assert received == perform_on_model(model, operation)
        assert_same(clockwork, model)
        assert_money_is_conserved(clockwork)


@pytest.mark.timeout(600)  # a failing script is shrunk, which takes its time
@common
@given(operations)
def test_money_is_conserved_when_everything_is_under_way_at_once(script: list[Operation]) -> None:
    """Without waiting, ghosts, rejects and failed trades occur; not a digit may be lost over them."""
    clockwork = make_clockwork()
    for operation in script:
        perform(clockwork, operation)
        clockwork.scheduler.advance(0.004 * (operation[4] + 8))
        assert_money_is_conserved(clockwork)
    clockwork.run()
    assert_money_is_conserved(clockwork)
    assert_locks_belong_to_waiting_orders(clockwork)


def assert_locks_belong_to_waiting_orders(clockwork: Clockwork) -> None:
    exchange = clockwork.exchange
    for member in exchange.members.values():
        bound: dict[str, Decimal] = {}
        for order in exchange.store.member_orders(member):
            assert order.state != "pending"
            if order.state == "wait":
                bound[order.outcome_currency] = bound.get(order.outcome_currency, D(0)) + order.locked
        for currency, (_, locked) in exchange.ledger.holdings(member.uid).items():
            assert locked == bound.get(currency, D(0))


def test_enough_operations_were_performed() -> None:
    if not performed["count"]:
        pytest.skip("the two tests above did not run")
    assert performed["count"] >= OPERATIONS
