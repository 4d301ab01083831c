"""What happens on the operator's own exchange while a bot mirrors another one there: somebody takes its quotes, and its
depth is looked at. Both exchanges are asked, never the bot."""

import random
from collections.abc import Iterable, Iterator
from decimal import Decimal

from peatio_liquidity.depth import Funds, Shape, wanted_levels
from peatio_liquidity.levels import ZERO, Book, Level, MarketRules
from peatio_sandbox import Sandbox
from peatio_sandbox.exchange.exchange import OrderRefusedError, OrderRequest
from peatio_sandbox.exchange.market import Side

MARKET = "btcusd"
BOT, TAKER = "bot", "taker"
#: The mean time between two orders of the taker.
TAKE_PAUSE_S = 1.5
#: What it takes, as a part of the best quote. More than 1 reaches the next ones.
TAKE_PARTS = (0.3, 2.5)


class MirrorEvents:
    """
    :param own: the operator's exchange
    :param outer: the one that is mirrored
    :param shape: how the own book is to look; :param funds: what it may be at most
    :param price_tolerance: of the best price, as a part of it
    :param amount_tolerance: of all quotes of a side together, as a part of it
    """

    def __init__(
        self,
        own: Sandbox,
        outer: Sandbox,
        shape: Shape,
        funds: Funds,
        price_tolerance: Decimal,
        amount_tolerance: Decimal,
        seed: int = 1,
    ) -> None:
        self._own = own
        self._outer = outer
        self._shape = shape
        self._funds = funds
        self._price_tolerance = price_tolerance
        self._amount_tolerance = amount_tolerance
        self._rng = random.Random(seed)
        self._next_take_s: float | None = None
        self._looks = 0
        self._looks_within = 0

    def start(self, now_s: float) -> None:
        """The bot trades from now on; the taker waits for its first quotes."""
        self._next_take_s = now_s + TAKE_PAUSE_S

    def step(self, now_s: float) -> Iterator[str]:
        """Look at the depth, and take what is due."""
        if self._next_take_s is None:
            return
        self._look()
        if now_s >= self._next_take_s:
            self._next_take_s = now_s + TAKE_PAUSE_S * self._rng.uniform(0.5, 1.5)
            yield from self._take()

    @property
    def part_within(self) -> Decimal:
        """How often a side of the own book was as it should be, from its first full moment on; 0 without one."""
        return Decimal(self._looks_within) / self._looks if self._looks else Decimal(0)

    def _look(self) -> None:
        wanted = wanted_levels(
            _book(self._outer, is_bot=False), self._shape, Decimal(1), _rules(self._own), self._funds, Book()
        )
        quotes = _book(self._own, is_bot=True)
        within = sum(self._is_within(quotes.side(is_bid), wanted.side(is_bid)) for is_bid in (True, False))
        if self._looks or within == 2:
            self._looks += 2
            self._looks_within += within

    def _is_within(self, quotes: tuple[Level, ...], wanted: tuple[Level, ...]) -> bool:
        if not quotes or not wanted:
            return False
        total = _sum(wanted)
        return (
            abs(quotes[0].price - wanted[0].price) <= self._price_tolerance * wanted[0].price
            and abs(_sum(quotes) - total) <= self._amount_tolerance * total
        )

    def _take(self) -> Iterator[str]:
        is_buy = self._rng.random() < 0.5
        part = Decimal(str(round(self._rng.uniform(*TAKE_PARTS), 2)))
        offers = _book(self._own, is_bot=True).side(not is_buy)
        if not offers:
            return
        side: Side = "buy" if is_buy else "sell"
        # A market order for more than there is is refused.
        volume = _rules(self._own).amount_down(min(offers[0].amount * part, _sum(offers)))
        exchange = self._own.exchange
        try:
            exchange.submit(
                exchange.members[TAKER], OrderRequest(exchange.markets[MARKET], side, "market", volume, None)
            )
        except OrderRefusedError as refusal:
            yield f"taker: its order was refused: {refusal.code}"
            return
        yield f"taker: {side} {volume.normalize():f} on your exchange"


def _book(sandbox: Sandbox, is_bot: bool) -> Book:
    """What the bot offers, or what everybody else does."""
    store, market = sandbox.exchange.store, sandbox.exchange.markets[MARKET]
    bot = [order for order in sandbox.orders(BOT) if order.state == "wait" and order.market == MARKET]
    bids, asks = (
        tuple(Level(order.price, order.remaining_volume) for order in bot if order.side == side and order.price)
        for side in ("buy", "sell")
    )
    if is_bot:
        return Book(
            tuple(sorted(bids, key=lambda level: -level.price)), tuple(sorted(asks, key=lambda level: level.price))
        )
    everybody = (
        tuple(Level(price, amount) for price, amount in store.depth(market, side)) for side in ("buy", "sell")
    )
    return Book(*everybody).without(bids, asks)


def _rules(sandbox: Sandbox) -> MarketRules:
    market = sandbox.exchange.markets[MARKET]
    price_step, amount_step = (
        Decimal(1).scaleb(-places) for places in (market.price_precision, market.amount_precision)
    )
    return MarketRules(price_step, amount_step, market.min_amount)


def _sum(levels: Iterable[Level]) -> Decimal:
    return sum((level.amount for level in levels), ZERO)
