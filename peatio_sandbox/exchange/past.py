"""What a market did before the sandbox started: candles, and the trades they stand for.

A past is known by candles. Each stands for four trades, at its open, its two extremes and its close, a quarter of its
period apart: those are what shorter periods and the list of the latest trades show, so that all of them agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from peatio_sandbox.exchange.candle import Candle
from peatio_sandbox.exchange.decimals import EXACT, ZERO, multiply, round_down
from peatio_sandbox.exchange.market import Currency, Market, Side
from peatio_sandbox.exchange.records import PublicTrade
from peatio_sandbox.exchange.store import PUBLIC_TRADES_KEPT, Store


@dataclass(frozen=True, slots=True)
class Point:
    """One of the four trades that a candle stands for; without an amount nobody has seen it."""

    at_s: float
    price: Decimal
    amount: Decimal

    @property
    def total(self) -> Decimal:
        """Return price times amount."""
        return multiply(self.price, self.amount)

    def candle(self) -> Candle:
        """Return the candle of this trade alone."""
        return Candle(int(self.at_s), *(self.price,) * 4, self.amount, self.total)


@dataclass(frozen=True, slots=True)
class Series:
    """Candles of one market and one period in minutes, oldest first; a period without trades may be left out."""

    market: Market
    period: int
    candles: tuple[Candle, ...]

    @property
    def step_s(self) -> int:
        """Return the period in seconds."""
        return self.period * 60

    def moved_to(self, end_s: float) -> Series:
        """Return the same candles, moved by whole periods so that the last one is the last that ended by `end_s`."""
        last_s = (int(end_s) // self.step_s - 1) * self.step_s
        by_s = last_s - self.candles[-1].start_s
        return replace(self, candles=tuple(replace(each, start_s=each.start_s + by_s) for each in self.candles))

    def points(self, candle: Candle) -> list[Point]:
        """Return the four trades of a candle, in their order; they make the candle."""
        prices = candle.path()
        share, last = _shares(candle.volume, self.market)
        amounts = (share, share, share, last)
        pause_s = self.step_s / len(prices)
        return [
            Point(candle.start_s + number * pause_s, price, amount)
            for number, (price, amount) in enumerate(zip(prices, amounts, strict=True))
        ]


def make_candle(
    market: Market, start_s: int, prices: tuple[Decimal, Decimal, Decimal, Decimal], volume: Decimal
) -> Candle:
    """Return a candle by open, high, low and close; its quote volume is that of the trades it stands for."""
    share, last = _shares(volume, market)
    quote_volume = EXACT.add(
        multiply(share, sum(prices, ZERO)), multiply(EXACT.subtract(last, share), prices[-1])
    )
    return Candle(start_s, *prices, volume, quote_volume)


def _shares(volume: Decimal, market: Market) -> tuple[Decimal, Decimal]:
    """Return what each of the first three trades has of a candle's volume, and what the last one has."""
    share = round_down(EXACT.divide(volume, Decimal(4)), market.amount_precision)
    return share, EXACT.subtract(volume, 3 * share)


def worth_after(currencies: Sequence[Currency], pasts: Sequence[Series]) -> tuple[Currency, ...]:
    """Return the currencies at the prices that the last candles of some markets imply."""
    prices = {currency.code: currency.price for currency in currencies}
    for _ in pasts:  # as often as it takes, where one market's quote is the next one's base
        for series in pasts:
            if series.market.base in prices and series.market.quote in prices:
                prices[series.market.base] = multiply(series.candles[-1].close, prices[series.market.quote])
    return tuple(replace(currency, price=prices[currency.code]) for currency in currencies)


def remember_trades(store: Store, pieces: Sequence[Series]) -> None:
    """Store the latest trades that the pieces of one market's past stand for, as many as the exchange lists."""
    market = pieces[-1].market.symbol
    latest: list[Point] = []
    for point in _backwards(pieces):
        latest.append(point)
        if len(latest) == PUBLIC_TRADES_KEPT:
            break
    price_before = latest[-1].price if latest else ZERO
    for point in reversed(latest):
        taker_type: Side = "buy" if point.price >= price_before else "sell"
        store.add_public_trade(
            PublicTrade(
                store.next_trade_id(), market, point.price, point.amount, point.total, taker_type, point.at_s
            )
        )
        price_before = point.price


def _backwards(pieces: Sequence[Series]) -> Iterator[Point]:
    for series in reversed(pieces):
        for candle in reversed(series.candles):
            yield from (point for point in reversed(series.points(candle)) if point.amount > ZERO)
