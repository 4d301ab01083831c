"""Other people on the market: seeded traders who keep a book, move the price and take quotes on both sides.

On every market one house quotes a ladder around a fair price that wanders within bounds, small takers hit the best
price, and now and then a sweep takes everything up to some distance from the middle, so that quotes of anybody
within about half a percent are filled on both sides. They trade through the same door as a REST create.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
from collections.abc import Iterator
from contextlib import suppress
from decimal import ROUND_HALF_EVEN, Decimal

from peatio_sandbox.config import MemberSpec
from peatio_sandbox.exchange.decimals import EXACT, ZERO
from peatio_sandbox.exchange.exchange import Exchange, OrderRefusedError, OrderRequest
from peatio_sandbox.exchange.market import Market, Side
from peatio_sandbox.exchange.records import Member, OrderRecord

_logger = logging.getLogger(__name__)

HOUSE = "house"
CROWD = "crowd"

#: Distances of the house's quotes from the fair price, as fractions. No sweep reaches the last ones, so that neither
#: side of the book is ever empty.
LADDER = (0.0006, 0.0012, 0.002, 0.003, 0.004, 0.0055, 0.007, 0.009, 0.012, 0.016, 0.022, 0.03)
#: The depth behind the ladder, nearly all of the book: distances, and what the quotes there are worth. A side is worth
#: more than the largest balance of a default member, because strategies ask at which price they could spend all of it.
DEPTH = ((0.05, 2e5), (0.07, 8e5), (0.1, 3e6), (0.14, 12e6), (0.2, 32e6))
#: A quote further from where it should be than this, and than this part of its distance, is replaced.
QUOTE_TOLERANCE = 0.0004
RELATIVE_TOLERANCE = 0.25
#: The fair price stays within this distance of where it began (a log distance, about 3 %) ...
MAX_DRIFT = 0.03
#: ... moves by about this much a step, and is pulled back by this part of its distance.
STEP_SIGMA = 0.00025
PULL = 0.002
#: Mean pauses in seconds.
HOUSE_PAUSE_S = 0.5
TAKER_PAUSE_S = 0.8
SWEEP_PAUSE_S = 2.0
#: How far a sweep reaches from the middle.
SWEEP_REACH = (0.002, 0.01)
#: What a quote is worth, in the currency the prices of the currencies are given in.
QUOTE_WORTH = (500.0, 4000.0)
#: ... and in the depth: these parts of what is written there.
DEPTH_SPREAD = (0.95, 1.05)
TAKER_WORTH = (50.0, 900.0)
#: What a taker leaves in the book is withdrawn after this long.
PATIENCE_S = 1.0

_DEEP_POCKETS = Decimal(10) ** 12


def trader_members(currencies: tuple[str, ...]) -> tuple[MemberSpec, ...]:
    """Return the members the traders act as, with more money than they can lose."""
    pockets = dict.fromkeys(currencies, _DEEP_POCKETS)
    return tuple(MemberSpec(name, f"ID{name.upper():0<10}", f"{name}@example.com", pockets) for name in (HOUSE, CROWD))


class Traders:
    """Runs the people of every enabled market whose currencies have a price.

    Args:
        slowness: every pause is that many times as long.
    """

    def __init__(self, exchange: Exchange, seed: int, slowness: float = 1.0) -> None:
        self._exchange = exchange
        prices = {currency.code: currency.price for currency in exchange.config.currencies}
        self._people = [
            MarketPeople(
                exchange, market, prices[market.base], prices[market.quote], f"{seed} {market.symbol}", slowness
            )
            for market in exchange.markets.values()
            if market.is_enabled and market.base in prices and market.quote in prices
        ]
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to trade."""
        for people in self._people:
            for routine in (people.keep_ladder, people.take, people.sweep):
                self._tasks.append(asyncio.create_task(routine()))

    async def stop(self) -> None:
        """Stop trading; resting orders stay."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        self._tasks.clear()

    def failures(self) -> Iterator[Exception]:
        """Yield what ended a trader's routine before its time."""
        for task in self._tasks:
            if task.done() and not task.cancelled() and isinstance(error := task.exception(), Exception):
                yield error


class MarketPeople:
    """The house and the crowd on one market."""

    def __init__(
        self,
        exchange: Exchange,
        market: Market,
        base_price: Decimal,
        quote_price: Decimal,
        seed: str,
        slowness: float = 1.0,
    ) -> None:
        self._slowness = slowness
        self._exchange = exchange
        self._market = market
        self._house = exchange.members[HOUSE]
        self._crowd = exchange.members[CROWD]
        self._rng = random.Random(seed)
        self._base_price = float(base_price)
        last = exchange.store.last_trade(market.symbol)
        self._start_price = float(base_price / quote_price if last is None else last.price)
        self._drift = 0.0
        self._quotes: dict[tuple[Side, float], OrderRecord] = {}

    @property
    def fair_price(self) -> float:
        """Return the price the house quotes around."""
        return self._start_price * math.exp(self._drift)

    async def keep_ladder(self) -> None:
        """Move the fair price and keep the house's quotes around it."""
        while True:
            self._move_fair_price()
            for side in ("buy", "sell"):
                for distance in LADDER:
                    self._keep_quote(side, distance, QUOTE_WORTH)
                for distance, worth in DEPTH:
                    self._keep_quote(side, distance, (worth * DEPTH_SPREAD[0], worth * DEPTH_SPREAD[1]))
            await self._pause(HOUSE_PAUSE_S)

    async def take(self) -> None:
        """Take small amounts at the best price, buying and selling alike, a fifth of the time at market."""
        while True:
            await self._pause(TAKER_PAUSE_S)
            side = self._choose_side()
            volume = self._volume(TAKER_WORTH)
            if self._rng.random() < 0.2:
                self._submit(self._crowd, side, volume, None)
                continue
            best = self._exchange.store.best_price(self._market.symbol, "sell" if side == "buy" else "buy")
            if best is not None:
                await self._take_and_withdraw(side, volume, best)

    async def sweep(self) -> None:
        """Now and then take everything up to a distance from the middle."""
        while True:
            await self._pause(SWEEP_PAUSE_S)
            side = self._choose_side()
            middle = self._middle()
            if middle is None:
                continue
            reach = self._rng.uniform(*SWEEP_REACH)
            limit = self._price(float(middle) * (1 + reach if side == "buy" else 1 - reach))
            volume = self._volume_up_to(side, limit)
            if volume > ZERO:
                await self._take_and_withdraw(side, volume, limit)

    def _move_fair_price(self) -> None:
        self._drift += self._rng.gauss(0.0, STEP_SIGMA) - PULL * self._drift
        self._drift = max(-MAX_DRIFT, min(MAX_DRIFT, self._drift))

    def _keep_quote(self, side: Side, distance: float, worth: tuple[float, float]) -> None:
        wanted = self.fair_price * (1 - distance if side == "buy" else 1 + distance)
        quote = self._quotes.get((side, distance))
        if quote is not None and quote.state in ("pending", "wait"):
            assert quote.price is not None
            tolerance = max(QUOTE_TOLERANCE, RELATIVE_TOLERANCE * distance)
            if quote.state == "pending" or abs(float(quote.price) / wanted - 1) <= tolerance:
                return
            self._exchange.cancel(quote)
        order = self._submit(self._house, side, self._volume(worth), self._price(wanted))
        if order is not None:
            self._quotes[side, distance] = order

    async def _take_and_withdraw(self, side: Side, volume: Decimal, price: Decimal) -> None:
        order = self._submit(self._crowd, side, volume, price)
        if order is None:
            return
        await asyncio.sleep(PATIENCE_S * self._rng.uniform(0.3, 1.0))
        if order.state == "wait":
            self._exchange.cancel(order)

    def _submit(self, member: Member, side: Side, volume: Decimal, price: Decimal | None) -> OrderRecord | None:
        request = OrderRequest(self._market, side, "market" if price is None else "limit", volume, price)
        try:
            return self._exchange.submit(member, request)
        except OrderRefusedError as refusal:
            _logger.debug("a trader's order on %s was refused: %s", self._market.symbol, refusal.code)
            return None

    def _choose_side(self) -> Side:
        """Choose a side; the further the middle is from the fair price, the likelier the one that leads back."""
        middle = self._middle()
        lean = 0.0 if middle is None else 25 * (self.fair_price / float(middle) - 1)
        return "buy" if self._rng.random() < 0.5 + max(-0.3, min(0.3, lean)) else "sell"

    def _middle(self) -> Decimal | None:
        return middle_price(self._exchange, self._market.symbol)

    def _volume_up_to(self, side: Side, limit: Decimal) -> Decimal:
        opposite: Side = "sell" if side == "buy" else "buy"
        volume = ZERO
        for price, level in self._exchange.store.depth(self._market, opposite):
            if price > limit if side == "buy" else price < limit:
                break
            volume = EXACT.add(volume, level)
        return volume

    def _volume(self, worth: tuple[float, float]) -> Decimal:
        step = Decimal(1).scaleb(-self._market.amount_precision)
        volume = Decimal(self._rng.uniform(*worth) / self._base_price).quantize(step, rounding=ROUND_HALF_EVEN)
        return max(volume, self._market.min_amount)

    def _price(self, price: float) -> Decimal:
        step = Decimal(1).scaleb(-self._market.price_precision)
        return max(Decimal(price).quantize(step, rounding=ROUND_HALF_EVEN), self._market.min_price, step)

    async def _pause(self, mean_s: float) -> None:
        await asyncio.sleep(self._slowness * mean_s * self._rng.uniform(0.5, 1.5))


def middle_price(exchange: Exchange, market: str) -> Decimal | None:
    """Return the middle between the best orders in ``wait``; with one side empty, the last trade's price."""
    bid, ask = exchange.store.best_price(market, "buy"), exchange.store.best_price(market, "sell")
    if bid is not None and ask is not None:
        return (bid + ask) / 2
    last = exchange.store.last_trade(market)
    return None if last is None else last.price
