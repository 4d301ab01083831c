"""A past made up from a seed: every currency's price wanders backwards from what it is worth now.

Markets of the same currencies agree with each other, because a market's price is the ratio of its currencies' prices,
and every market's last candle closes at the price at which the traders begin.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from peatio_sandbox.config import SandboxConfig
from peatio_sandbox.exchange.candle import Candle
from peatio_sandbox.exchange.decimals import EXACT
from peatio_sandbox.exchange.market import Currency, Market
from peatio_sandbox.exchange.market_data import CANDLES_KEPT, PERIODS
from peatio_sandbox.exchange.past import Series, make_candle

#: Of the logarithm of a price: by how much it drifts in a minute (about 2 % a day) ...
TREND_SIGMA = 0.0005
#: ... how far it swings around that, as the traders make it swing, and what part of a swing is left a minute later.
SWING_SIGMA = 0.004
SWING_KEPT = 0.6
#: How far a candle's extremes lie beyond its open and close: as far as the traders' sweeps reach.
WICK = (0.004, 0.01)
#: What is traded in a minute, in the currency the prices of the currencies are given in, and how much that varies.
WORTH = 300_000.0
WORTH_SIGMA = 0.4


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the past that consists of candles of one period, in minutes."""

    period: int
    start_s: int
    end_s: int

    @property
    def count(self) -> int:
        """Return how many candles there are."""
        return (self.end_s - self.start_s) // (self.period * 60)


def stretches(span_s: float, end_s: int) -> list[Stretch]:
    """Return the parts of a past that ends at the turn of a minute, the latest first.

    The further back, the longer the candles: no more than the exchange keeps of each period, and as many as it shows.
    """
    found: list[Stretch] = []
    periods = list(PERIODS)
    for period, longer in zip(periods, [*periods[1:], periods[-1]], strict=True):
        left_s = end_s - span_s
        reach_s = end_s - CANDLES_KEPT * period * 60
        is_last = left_s >= reach_s or period == longer
        step_s = (period if is_last else longer) * 60
        start_s = math.floor(max(left_s, reach_s) / step_s) * step_s
        found.append(Stretch(period, start_s, end_s))
        span_s, end_s = start_s - left_s, start_s
        if is_last:
            break
    return found


def pasts(config: SandboxConfig, now_s: float) -> Iterator[list[Series]]:
    """Yield the past of each market that has one, in pieces, the oldest first."""
    given = {series.market.symbol for series in config.past}
    for series in config.past:
        yield [series.moved_to(now_s)]
    if config.history_s:
        currencies = {currency.code: currency for currency in config.currencies}
        markets = [
            market
            for market in config.markets
            if market.is_enabled and market.symbol not in given and {market.base, market.quote} <= currencies.keys()
        ]
        yield from make_past(markets, currencies, config.history_s, now_s, config.seed)


def make_past(
    markets: Sequence[Market], currencies: Mapping[str, Currency], span_s: float, now_s: float, seed: int
) -> Iterator[list[Series]]:
    """Yield the past of each market, in pieces, the oldest first; it ends at the turn of the present minute.

    The same seed gives the same past; a longer one ends like a shorter one.
    """
    parts = stretches(span_s, int(now_s) // 60 * 60)
    walks = {
        code: _walk(parts, random.Random(f"past of {code} {seed}"))
        for code in sorted({code for market in markets for code in (market.base, market.quote)})
        if currencies[code].kind == "coin"
    }
    for market in markets:
        rng = random.Random(f"past of {market.symbol} {seed}")
        base, quote = currencies[market.base].price, currencies[market.quote].price
        prices = [
            float(EXACT.divide(base, quote)) * math.exp(up - down)
            for up, down in zip(*(walks.get(code, _still(parts)) for code in (market.base, market.quote)), strict=True)
        ]
        at = 0
        pieces = []
        for part in parts:
            part_prices = prices[at : at + part.count + 1]
            at += part.count
            pieces.append(Series(market, part.period, _candles(market, part, part_prices, float(base), rng)))
        yield pieces[::-1]


def _still(parts: Sequence[Stretch]) -> list[float]:
    return [0.0] * (sum(part.count for part in parts) + 1)


def _walk(parts: Sequence[Stretch], rng: random.Random) -> list[float]:
    """Return the logarithm of a price, relative to now, at each turn of a candle, the latest first."""
    trend = swing = 0.0
    walk = [0.0]
    for part in parts:
        kept = SWING_KEPT**part.period
        push, drift = SWING_SIGMA * math.sqrt(1 - kept * kept), TREND_SIGMA * math.sqrt(part.period)
        for _ in range(part.count):
            trend += rng.gauss(0.0, drift)
            swing = kept * swing + rng.gauss(0.0, push)
            walk.append(trend + swing)
    return walk


def _candles(
    market: Market, part: Stretch, prices: Sequence[float], base_price: float, rng: random.Random
) -> tuple[Candle, ...]:
    """Return a stretch's candles, oldest first; `prices` are those at their turns, the latest first."""
    step_s = part.period * 60
    candles = []
    for number in range(part.count):
        close, opened = prices[number], prices[number + 1]
        high = max(opened, close) * (1 + rng.uniform(*WICK))
        low = min(opened, close) * (1 - rng.uniform(*WICK))
        worth = WORTH * part.period * math.exp(rng.gauss(0.0, WORTH_SIGMA))
        volume = max(_rounded(worth / base_price, market.amount_precision), market.min_amount)
        start_s = part.end_s - (number + 1) * step_s
        shown = (_price(market, opened), _price(market, high), _price(market, low), _price(market, close))
        candles.append(make_candle(market, start_s, shown, volume))
    return tuple(reversed(candles))


def _price(market: Market, price: float) -> Decimal:
    return max(_rounded(price, market.price_precision), market.min_price)


def _rounded(value: float, decimals: int) -> Decimal:
    return Decimal(round(value * 10**decimals)).scaleb(-decimals, EXACT)
