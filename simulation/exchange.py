"""An exchange in the simulation: the sandbox on a host of its own, with people who take the bots' orders."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Protocol, cast

from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.config import DEFAULT_MARKETS
from peatio_sandbox.dialects.catalog import DEFAULT_DIALECT
from peatio_sandbox.dialects.forks import BITZLATO_OPEN_ORDERS, Bitzlato
from peatio_sandbox.exchange.clock import Clock
from peatio_sandbox.exchange.market import Market, MarketState
from simulation.loop import SimulatedLoop
from simulation.markets import MARKETS
from simulation.monitors.exchange_watch import ExchangeWatch, bot_of
from simulation.pegged import PegRecord, large, with_peg
from simulation.plan import TRADER_SLOWNESS
from test.chaos.counterparty import Counterparty
from test.chaos.evidence import total_funds
from test.chaos.scripts import pair_scripts
from test.chaos.trader import PairScript

PORT = 8080
TAKER = "taker"


class Taker(Protocol):
    """Somebody who trades against the bots."""

    async def run(self) -> None:
        """Until cancelled."""


class ExchangeHost:
    """
    :param traders: whether other people trade on it
    :param bot_of: the bot whose host that is
    :ivar sandbox: the exchange; usable after `start`
    :ivar watch: what it did and published
    :ivar open_orders_limit: how many orders of a member a market takes at a time; None where any number
    :ivar peg: what cycles of its pegged coin did; None where it has none
    """

    def __init__(
        self,
        loop: SimulatedLoop,
        host: str,
        seed: int,
        members: Sequence[str],
        trader_slowness: float = TRADER_SLOWNESS,
        dialect: str = DEFAULT_DIALECT,
        telling: str | None = None,
        traders: bool = True,
        bot_of: Callable[[str], str] = bot_of,
    ) -> None:
        self.host = host
        self._loop = loop
        markets = tuple(market for market in DEFAULT_MARKETS if market.symbol in MARKETS)
        # The clock's default would keep the function that was `time.time` when the sandbox was imported.
        config = SandboxConfig(
            seed=seed,
            traders=traders,
            trader_slowness=trader_slowness,
            markets=markets,
            host=host,
            port=PORT,
            dialect=dialect,
        )
        self.open_orders_limit = BITZLATO_OPEN_ORDERS if dialect == Bitzlato.name else None
        if telling is not None:
            config = with_peg(config, telling)
        self.watch = ExchangeWatch(lambda: loop.true_s, bot_of)
        self.sandbox = Sandbox(
            config, clock=Clock(time.time), extra_sinks=(self.watch,), middlewares=(self.watch.middleware,)
        )
        self.watch.attach(self.sandbox)
        self.peg: PegRecord | None = None
        if telling is not None:
            self.peg = PegRecord()
            self.peg.attach(self.sandbox, self.watch.creators)
        self.start_funds: dict[str, Mapping[str, Decimal]] = {}
        #: Who takes the bots' orders; another world replaces them before the start.
        self.takers: list[Taker] = [
            Counterparty(self.sandbox, member, TAKER, f"taker {seed} {member}", slowness=10.0) for member in members
        ]
        self._taking: list[asyncio.Task[None]] = []

    def run[Result](self, work: Coroutine[Any, Any, Result], name: str) -> "asyncio.Task[Result]":
        """Runs `work` on the exchange's host."""
        return self._loop.network.host(self.host).create_task(work, name=name)

    def do(self, action: Callable[[], object]) -> None:
        """Runs `action` on the exchange's host, now."""
        self._loop.run_on(self.host, action)

    async def start(self) -> None:
        """Opens the exchange, and lets people trade on it."""
        await self.run(self.sandbox.start(), "start of the exchange")
        for member in self.sandbox.members:
            self.start_funds[member] = total_funds(self.sandbox, member)
        self._start_takers()

    def _start_takers(self) -> None:
        self._taking = [self.run(taker.run(), "taker") for taker in self.takers]

    def stop_takers(self) -> None:
        """Nobody takes the bots' orders any more."""
        for task in self._taking:
            task.cancel()
        self._taking = []

    def fall_silent(self) -> None:
        """Nobody but the bots trades, until `resume`."""
        self.stop_takers()
        if self.sandbox._traders is not None:
            self.run(self.sandbox._traders.stop(), "stop of the traders")

    def resume(self) -> None:
        """People trade again."""
        if self.sandbox._traders is not None:
            self.do(self.sandbox._traders.start)
        self._start_takers()

    def set_market_state(self, symbol: str, state: MarketState) -> None:
        """What the operator says of a market; its orders stay where they are."""
        markets = cast(dict[str, Market], self.sandbox.exchange.markets)
        markets[symbol] = replace(markets[symbol], state=state)

    async def stop(self) -> None:
        """Closes it."""
        await self.run(self.sandbox.stop(), "stop of the exchange")

    def pair_scripts(self, member: str) -> tuple[PairScript, ...]:
        """What a bot of this member trades."""
        funds = self.sandbox.balances(member)
        return tuple(
            large(script, funds[script.pair.split("-")[0].lower()][0])
            for script in pair_scripts(self.sandbox, member)
        )
