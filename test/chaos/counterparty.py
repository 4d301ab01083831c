"""Someone who takes the bot's orders, in parts, and sometimes while they are being cancelled."""

import asyncio
import random
from decimal import ROUND_DOWN, Decimal

from peatio_sandbox import Sandbox
from peatio_sandbox.exchange.exchange import OrderRefusedError, OrderRequest
from peatio_sandbox.exchange.market import Side
from peatio_sandbox.exchange.records import OrderRecord

PAUSE_S = 0.12
PARTS = (Decimal("0.1"), Decimal("0.3"), Decimal("0.5"), Decimal(1), Decimal(1))
# Orders further from the middle than this are left alone, so that some stay open long.
REACH = Decimal("0.012")


class Counterparty:
    """Takes one of the bot's resting orders at a time, through the same door as a REST create.

    :param slowness: every pause is that many times as long
    """

    def __init__(self, sandbox: Sandbox, bot: str, taker: str, seed: str, slowness: float = 1.0) -> None:
        self._slowness = slowness
        self._sandbox = sandbox
        self._bot = bot
        self._taker = sandbox.exchange.members[taker]
        self._random = random.Random(seed)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(PAUSE_S * self._slowness * self._random.uniform(0.2, 1.8))
            orders = [order for order in self._sandbox.orders(self._bot)[-100:] if self._is_in_reach(order)]
            if orders:
                self._take(self._random.choice(orders))

    def _is_in_reach(self, order: OrderRecord) -> bool:
        middle = self._sandbox.mid_price(order.market)
        if order.state != "wait" or order.price is None or middle is None:
            return False
        return abs(order.price / middle - 1) < REACH

    def _take(self, order: OrderRecord) -> None:
        market = order.market_spec
        step = Decimal(1).scaleb(-market.amount_precision)
        part = (order.remaining_volume * self._random.choice(PARTS)).quantize(step, rounding=ROUND_DOWN)
        volume = max(part, market.min_amount)
        side: Side = "sell" if order.side == "buy" else "buy"
        try:
            self._sandbox.exchange.submit(self._taker, OrderRequest(market, side, "limit", volume, order.price))
        except OrderRefusedError:
            pass  # the funds of one currency are gone: somebody else takes the next
