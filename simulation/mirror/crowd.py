"""Who trades on the own exchange besides the mirror: people who take its quotes, and strangers who quote."""

import asyncio
import random
from collections.abc import Callable
from decimal import ROUND_DOWN, Decimal

from peatio_sandbox import Sandbox
from peatio_sandbox.exchange.exchange import OrderRefusedError, OrderRequest
from peatio_sandbox.exchange.market import Side
from peatio_sandbox.exchange.records import OrderRecord
from simulation.mirror.plan import MARKET

PAUSE_S = (0.2, 3.0)
#: A taker takes a part of the best quote, several at once, or all of a side; a stranger places an order.
ACTIONS = {"part": 5, "several": 3, "side": 1, "stranger": 3}
PARTS = (Decimal("0.1"), Decimal("0.5"), Decimal(1))
#: Where a stranger's order stands: beyond the best quote of its side, as a part of the price; some are better than
#: what the mirror would quote on the other side.
INSIDE = (-0.001, 0.004)
STAY_S = (1.0, 15.0)


class Crowd:
    """
    :param mirror: the member whose quotes are taken
    :param reference: a price where there are no quotes; None before there is any
    """

    def __init__(self, sandbox: Sandbox, mirror: str, seed: str, reference: Callable[[], Decimal | None]) -> None:
        self._sandbox = sandbox
        self._mirror = mirror
        self._taker = sandbox.exchange.members["taker"]
        self._stranger = sandbox.exchange.members["maker"]
        self._reference = reference
        self._random = random.Random(seed)
        self._leaving: list[tuple[float, OrderRecord]] = []

    async def run(self) -> None:
        """Until cancelled; what strangers have placed is withdrawn then."""
        try:
            while True:
                await asyncio.sleep(self._random.uniform(*PAUSE_S))
                self._withdraw(asyncio.get_running_loop().time())
                (action,) = self._random.choices(list(ACTIONS), list(ACTIONS.values()))
                side: Side = self._random.choice(("buy", "sell"))
                if action == "stranger":
                    self._place(side)
                else:
                    self._take(side, action)
        finally:
            self._withdraw(float("inf"))

    def _quotes(self, side: Side) -> list[OrderRecord]:
        """Of the mirror, best first."""
        live = self._sandbox.exchange.store.waiting(MARKET, side)
        own = [order for order in live if order.member.name == self._mirror and order.price is not None]
        return sorted(own, key=lambda order: order.price or 0, reverse=side == "buy")

    def _take(self, side: Side, how: str) -> None:
        quotes = self._quotes(side)
        if not quotes:
            return
        taken = quotes[: {"part": 1, "several": self._random.randint(2, 3), "side": len(quotes)}[how]]
        volume = sum((order.remaining_volume for order in taken), Decimal(0))
        if how == "part":
            volume *= self._random.choice(PARTS)
        self._submit(self._taker, "sell" if side == "buy" else "buy", volume, taken[-1].price)

    def _place(self, side: Side) -> None:
        quotes = self._quotes(side)
        best = quotes[0].price if quotes else self._reference()
        if best is None:
            return
        beyond = Decimal(str(round(self._random.uniform(*INSIDE), 5)))
        price = best * (1 + beyond if side == "buy" else 1 - beyond)
        volume = Decimal(str(round(self._random.uniform(0.001, 0.05), 4)))
        order = self._submit(self._stranger, side, volume, price)
        if order is not None:
            stays_s = self._random.uniform(*STAY_S)
            self._leaving.append((asyncio.get_running_loop().time() + stays_s, order))

    def _withdraw(self, until_s: float) -> None:
        for _, order in [row for row in self._leaving if row[0] <= until_s]:
            if order.state in ("pending", "wait"):
                self._sandbox.exchange.cancel(order)
        self._leaving = [row for row in self._leaving if row[0] > until_s]

    def _submit(self, member: object, side: Side, volume: Decimal, price: Decimal | None) -> OrderRecord | None:
        market = self._sandbox.exchange.markets[MARKET]
        step, tick = Decimal(1).scaleb(-market.amount_precision), Decimal(1).scaleb(-market.price_precision)
        volume = max(volume.quantize(step, rounding=ROUND_DOWN), market.min_amount)
        price = None if price is None else price.quantize(tick, rounding=ROUND_DOWN)
        try:
            return self._sandbox.exchange.submit(member, OrderRequest(market, side, "limit", volume, price))  # type: ignore[arg-type]
        except OrderRefusedError:
            return None  # the market is closed, or the funds of one currency are gone
