"""An exchange in the simulation: the sandbox on a host of its own, with people who take the bots' orders."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from decimal import Decimal
from typing import Any

from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.config import DEFAULT_CURRENCIES, DEFAULT_MARKETS
from peatio_sandbox.exchange.clock import Clock
from peatio_sandbox.exchange.market import Market
from simulation.loop import SimulatedLoop
from simulation.monitors.exchange_watch import ExchangeWatch
from simulation.plan import TRADER_SLOWNESS
from test.chaos.counterparty import Counterparty
from test.chaos.evidence import pair_of, total_funds
from test.chaos.trader import PairScript

PORT = 8080
MARKETS = ("btcusd", "ethusd", "dogebtc")
TAKER = "taker"
# What an order is worth at most, in US dollars.
ORDER_WORTH = Decimal(1000)
CURRENCY_PRICES = {currency.code: currency.price for currency in DEFAULT_CURRENCIES}


class ExchangeHost:
    """
    :ivar sandbox: the exchange; usable after `start`
    :ivar watch: what it did and told
    """

    def __init__(
        self,
        loop: SimulatedLoop,
        host: str,
        seed: int,
        members: Sequence[str],
        trader_slowness: float = TRADER_SLOWNESS,
    ) -> None:
        self.host = host
        self._loop = loop
        self._seed = seed
        markets = tuple(market for market in DEFAULT_MARKETS if market.symbol in MARKETS)
        # The clock's default would keep the function that was `time.time` when the sandbox was imported.
        config = SandboxConfig(
            seed=seed, traders=True, trader_slowness=trader_slowness, markets=markets, host=host, port=PORT
        )
        self.watch = ExchangeWatch(lambda: loop.true_s)
        self.sandbox = Sandbox(
            config, clock=Clock(time.time), extra_sinks=(self.watch,), middlewares=(self.watch.middleware,)
        )
        self.watch.attach(self.sandbox)
        self.start_funds: dict[str, Mapping[str, Decimal]] = {}
        self._members = members
        self._takers: list[asyncio.Task[None]] = []

    def run[Result](self, work: Coroutine[Any, Any, Result], name: str) -> "asyncio.Task[Result]":
        """Runs `work` on the exchange's host."""
        return self._loop.network.host(self.host).create_task(work, name=name)

    def do(self, action: Callable[[], object]) -> None:
        """Runs `action` on the exchange's host, now."""
        self._loop.run_on(self.host, action)

    async def start(self) -> None:
        """Opens the exchange, and lets people trade on it."""
        await self.run(self.sandbox.start(), "start of the exchange")
        for member in self._members:
            self.start_funds[member] = total_funds(self.sandbox, member)
            taker = Counterparty(self.sandbox, member, TAKER, f"taker {self._seed} {member}", slowness=10.0)
            self._takers.append(self.run(taker.run(), f"taker of {member}"))

    def stop_takers(self) -> None:
        """Nobody takes the bots' orders any more."""
        for task in self._takers:
            task.cancel()

    async def stop(self) -> None:
        """Closes it."""
        await self.run(self.sandbox.stop(), "stop of the exchange")

    @staticmethod
    def price(market: Market) -> Decimal:
        """Where the market's trading begins."""
        return CURRENCY_PRICES[market.base] / CURRENCY_PRICES[market.quote]

    def pair_scripts(self, member: str) -> tuple[PairScript, ...]:
        """What a bot of this member trades."""
        funds = self.sandbox.balances(member)
        return tuple(
            PairScript(
                pair=pair_of(market),
                price=self.price(market),
                price_step=Decimal(1).scaleb(-market.price_precision),
                amount_step=Decimal(1).scaleb(-market.amount_precision),
                min_amount=market.min_amount,
                amount=ORDER_WORTH / CURRENCY_PRICES[market.base],
                too_much=funds[market.base][0] * Decimal("0.6"),
            )
            for market in self.sandbox.exchange.markets.values()
        )
