"""Plays a recorded market: its book as orders of the house, its trades as orders of the crowd.

They go through the same door as a REST create, so that a member's orders meet them, and what a member takes is gone
until that level changes in the recording.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from pathlib import Path

from peatio_sandbox.exchange.exchange import Exchange, OrderRefusedError, OrderRequest
from peatio_sandbox.exchange.market import Market, Side
from peatio_sandbox.exchange.records import OrderRecord
from peatio_sandbox.market_file import EventKind, MarketEvent, read_market
from peatio_sandbox.traders import CROWD, HOUSE

_logger = logging.getLogger(__name__)

_NS_PER_S = 10**9
#: How often replaced orders are looked at.
_SWEEP_PAUSE_S = 0.01


class MarketPlayer:
    """From the start of the exchange on, once, in the time that it took; its last book stays.

    Args:
        market: prices and amounts are rounded to its precision.
    """

    def __init__(self, exchange: Exchange, market: Market, path: Path) -> None:
        self._exchange = exchange
        self._market = market
        self._path = path
        self._levels: dict[tuple[Side, Decimal], OrderRecord] = {}
        #: Orders that go once their successors, beside them, are in the book.
        self._replaced: list[tuple[OrderRecord, OrderRecord]] = []
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to play."""
        self._tasks = [asyncio.create_task(self._play()), asyncio.create_task(self._sweep())]

    async def stop(self) -> None:
        """Stop playing; resting orders stay."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError, Exception):
                await task

    def failures(self) -> list[Exception]:
        """Return what ended the playing before its time."""
        ended = [task for task in self._tasks if task.done() and not task.cancelled()]
        return [error for task in ended if isinstance(error := task.exception(), Exception)]

    async def _play(self) -> None:
        loop = asyncio.get_running_loop()
        began_s, first_ns = loop.time(), None
        for event in read_market(self._path):
            first_ns = event.at_ns if first_ns is None else first_ns
            wait_s = began_s + (event.at_ns - first_ns) / _NS_PER_S - loop.time()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            if event.kind is EventKind.TRADE:
                self._trade(event)
            else:
                self._set_level(event)

    async def _sweep(self) -> None:
        while True:
            waiting = []
            for old, new in self._replaced:
                if new.state == "pending":
                    waiting.append((old, new))
                else:
                    self._exchange.cancel(old)
            self._replaced = waiting
            await asyncio.sleep(_SWEEP_PAUSE_S)

    def _set_level(self, event: MarketEvent) -> None:
        side: Side = "buy" if event.is_buy else "sell"
        price, amount = self._price(event), self._amount(event)
        old = self._levels.pop((side, price), None)
        if old is not None and old.state == "wait" and old.remaining_volume == amount:
            self._levels[side, price] = old
            return
        new = self._submit(HOUSE, side, amount, price) if amount > 0 else None
        if new is not None:
            self._levels[side, price] = new
        if old is not None and old.state in ("pending", "wait"):
            if new is None:
                self._exchange.cancel(old)
            else:
                self._replaced.append((old, new))

    def _trade(self, event: MarketEvent) -> None:
        amount = self._amount(event)
        if amount > 0:
            order = self._submit(CROWD, "buy" if event.is_buy else "sell", amount, self._price(event))
            if order is not None:
                # What it does not take at once is none of the recording's book.
                self._replaced.append((order, order))

    def _submit(self, member: str, side: Side, amount: Decimal, price: Decimal) -> OrderRecord | None:
        request = OrderRequest(self._market, side, "limit", amount, price)
        try:
            return self._exchange.submit(self._exchange.members[member], request)
        except OrderRefusedError as refusal:
            _logger.debug("an order of the recording on %s was refused: %s", self._market.symbol, refusal.code)
            return None

    def _price(self, event: MarketEvent) -> Decimal:
        step = Decimal(1).scaleb(-self._market.price_precision)
        return Decimal(str(event.price)).quantize(step, rounding=ROUND_HALF_EVEN)

    def _amount(self, event: MarketEvent) -> Decimal:
        step = Decimal(1).scaleb(-self._market.amount_precision)
        return Decimal(str(event.amount)).quantize(step, rounding=ROUND_DOWN)
