"""Whatever breaks, money is neither made nor lost, and what is locked is locked for an order."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal

import pytest

from peatio_sandbox import FaultKind, Latencies, OrderRecord, Sandbox, SandboxConfig
from peatio_sandbox.exchange.clock import Clock
from peatio_sandbox.exchange.decimals import ZERO
from peatio_sandbox.exchange.exchange import OrderRefusedError, OrderRequest
from peatio_sandbox.exchange.market import Side
from peatio_sandbox.exchange.scheduler import ManualScheduler
from test.peatio_sandbox.support import START_S

PEOPLE = ("bot", "maker", "taker", "poor")
MARKETS = {"btcusd": Decimal(30_000), "dogebtc": Decimal("0.00002500")}
OPERATIONS = 400


class StormyDay:
    """People who trade while everything breaks, on time that passes by hand."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.scheduler = ManualScheduler()
        clock = Clock(self.scheduler.time_s, START_S)
        config = SandboxConfig(seed=seed, latencies=Latencies().scaled(3))
        self.sandbox = Sandbox(config, clock=clock, scheduler=self.scheduler)
        self.sandbox.exchange.start_engines()
        self.currencies = [currency.code for currency in config.currencies]
        self.money = self.totals()
        self.orders: list[OrderRecord] = []

    def totals(self) -> dict[str, Decimal]:
        """Return all money of every currency."""
        return {code: self.sandbox.exchange.ledger.total(code) for code in self.currencies}

    def operate(self) -> None:
        """Create or cancel an order, as a request would."""
        if self.orders and self.rng.random() < 0.4:
            self.sandbox.exchange.cancel(self.rng.choice(self.orders[-20:]))
            return
        symbol, middle = self.rng.choice(list(MARKETS.items()))
        market = self.sandbox.exchange.markets[symbol]
        side: Side = self.rng.choice(("buy", "sell"))
        step = Decimal(1).scaleb(-market.price_precision)
        price = (middle * Decimal(self.rng.uniform(0.999, 1.001))).quantize(step)
        volume = Decimal(self.rng.uniform(0.001, 0.5)).quantize(Decimal(1).scaleb(-market.amount_precision))
        is_market = self.rng.random() < 0.2
        member = self.sandbox.exchange.members[self.rng.choice(PEOPLE)]
        request = OrderRequest(market, side, "market" if is_market else "limit", volume, None if is_market else price)
        try:
            order = self.sandbox.exchange.store_order(member, request)
            self.orders.append(order)
            self.sandbox._requests.hand_on(order)
        except OrderRefusedError:
            pass

    def check(self) -> None:
        """Compare money with what there was at the beginning, and locks with the orders that wait."""
        assert self.totals() == self.money
        for name in PEOPLE:
            needed: Counter[str] = Counter()
            for order in self.sandbox.orders(name):
                if order.state == "wait":
                    assert order.locked >= ZERO
                    needed[order.outcome_currency] += order.locked  # type: ignore[assignment]
            for currency, (free, locked) in self.sandbox.balances(name).items():
                assert free >= ZERO
                assert locked == needed[currency]
            for order in self.sandbox.orders(name):
                assert order.remaining_volume >= ZERO
                assert sum((trade.amount for trade in order.trades), ZERO) == order.executed_volume

    def calm(self) -> None:
        """End the storm and let everything happen that is under way."""
        self.sandbox.faults.end_storm()
        while not self.sandbox.exchange.is_quiet():
            self.scheduler.run_next()


@pytest.mark.parametrize("seed", range(20))
def test_money_is_conserved_under_every_storm(seed: int) -> None:
    day = StormyDay(seed)
    day.sandbox.faults.storm(seed, mean_pause_s=0.15, mean_duration_s=0.3)
    for _ in range(OPERATIONS):
        day.operate()
        day.scheduler.advance(day.rng.expovariate(50))
        day.check()
    day.calm()
    day.check()
    assert {order.state for order in day.orders} <= {"wait", "done", "cancel", "reject"}
    for order in day.orders:
        day.sandbox.exchange.cancel(order)
    day.calm()
    day.check()
    assert all(locked == ZERO for name in PEOPLE for _, locked in day.sandbox.balances(name).values())
    hits = day.sandbox.faults.hits
    assert hits[FaultKind.ENGINE_RESTART] > 0
    assert hits[FaultKind.PROCESSOR_PAUSED] > 0
    assert day.sandbox.handler_errors == []
