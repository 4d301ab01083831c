"""A second exchange, as plain as can be, written apart from the first: lists, loops and fractions.

It knows no queues and no events: every operation happens whole before the next. It is slow and obvious, and the
sandbox has to agree with it in every book, balance and fee.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

F = Fraction
ROUNDING = 10**16


@dataclass
class PlainMarket:
    """A market: its currencies, steps and smallest amount."""

    base: str
    quote: str
    amount_step: Fraction
    price_step: Fraction
    min_amount: Fraction


@dataclass
class PlainOrder:
    """An order."""

    number: int
    member: str
    market: str
    side: str
    price: Fraction | None
    left: Fraction
    locked: Fraction
    state: str = "wait"


class PlainExchange:
    """Everything at once, in one place."""

    def __init__(self, markets: dict[str, PlainMarket], money: dict[tuple[str, str], Fraction]) -> None:
        self.markets = markets
        self.free = dict(money)
        self.locked = dict.fromkeys(money, F(0))
        self.fees: dict[str, Fraction] = {}
        self.orders: list[PlainOrder] = []
        self.maker_rate = F(1, 1000)
        self.taker_rate = F(2, 1000)

    def create(self, member: str, market: str, side: str, volume: Fraction, price: Fraction | None) -> str:
        """Create an order and carry it out; return ``ok`` or why not."""
        spec = self.markets[market]
        currency = spec.quote if side == "buy" else spec.base
        available = self.free.get((member, currency), F(0))
        if price is not None:
            needed = volume * price if side == "buy" else volume
        else:
            cost = self._cost(market, side, volume)
            if cost is None:
                return "insufficient_market_liquidity"
            needed = min(cost * F(11, 10), available) if side == "buy" else volume
        if available < needed:
            return "insufficient_balance"
        if volume < spec.min_amount or volume % spec.amount_step or (price or F(0)) % spec.price_step:
            return "invalid_volume_or_price"
        self.free[member, currency] = available - needed
        self._add(self.locked, member, currency, needed)
        order = PlainOrder(len(self.orders) + 1, member, market, side, price, volume, needed)
        self._match(order)
        self.orders.append(order)
        if order.state == "wait" and price is None:
            self._release(order, "cancel")
        return "ok"

    def cancel(self, number: int) -> None:
        """Cancel an order if it still waits."""
        order = self.orders[number - 1]
        if order.state == "wait":
            self._release(order, "cancel")

    def book(self, market: str, side: str) -> list[tuple[Fraction, Fraction]]:
        """Return price and volume, best first."""
        levels: dict[Fraction, Fraction] = {}
        for order in self._resting(market, side):
            assert order.price is not None
            levels[order.price] = levels.get(order.price, F(0)) + order.left
        return sorted(levels.items(), reverse=side == "buy")

    def _match(self, order: PlainOrder) -> None:
        opposite = "sell" if order.side == "buy" else "buy"
        while order.left and order.state == "wait":
            candidates = [other for other in self._resting(order.market, opposite) if self._fits(order, other)]
            if not candidates:
                return
            best = candidates[0]
            for other in candidates[1:]:
                assert other.price is not None
                assert best.price is not None
                if other.price < best.price if order.side == "buy" else other.price > best.price:
                    best = other
            amount = min(order.left, best.left)
            assert best.price is not None
            if order.price is None and order.side == "buy" and amount * best.price > order.locked:
                return
            self._trade(best, order, amount, best.price)
            if order.price is None and order.left and not order.locked:
                order.state = "cancel"

    def _trade(self, maker: PlainOrder, taker: PlainOrder, amount: Fraction, price: Fraction) -> None:
        spec = self.markets[maker.market]
        for order, rate in ((maker, self.maker_rate), (taker, self.taker_rate)):
            if order.side == "buy":
                paid, pay_in, got, get_in = amount * price, spec.quote, amount, spec.base
            else:
                paid, pay_in, got, get_in = amount, spec.base, amount * price, spec.quote
            fee = F(math.floor(got * rate * ROUNDING + F(1, 2)), ROUNDING)
            self._add(self.locked, order.member, pay_in, -paid)
            self._add(self.free, order.member, get_in, got - fee)
            self.fees[get_in] = self.fees.get(get_in, F(0)) + fee
            order.locked -= paid
            order.left -= amount
            if not order.left:
                self._release(order, "done")

    def _release(self, order: PlainOrder, state: str) -> None:
        spec = self.markets[order.market]
        currency = spec.quote if order.side == "buy" else spec.base
        self._add(self.locked, order.member, currency, -order.locked)
        self._add(self.free, order.member, currency, order.locked)
        order.state = state

    def _cost(self, market: str, side: str, volume: Fraction) -> Fraction | None:
        cost, left = F(0), volume
        for price, offered in self.book(market, "sell" if side == "buy" else "buy"):
            step = min(left, offered)
            cost, left = cost + step * price, left - step
            if not left:
                return cost
        return None

    def _resting(self, market: str, side: str) -> list[PlainOrder]:
        return [o for o in self.orders if o.market == market and o.side == side and o.state == "wait"]

    @staticmethod
    def _fits(order: PlainOrder, other: PlainOrder) -> bool:
        if order.price is None:
            return True
        assert other.price is not None
        return other.price <= order.price if order.side == "buy" else other.price >= order.price

    @staticmethod
    def _add(book: dict[tuple[str, str], Fraction], member: str, currency: str, amount: Fraction) -> None:
        book[member, currency] = book.get((member, currency), F(0)) + amount
