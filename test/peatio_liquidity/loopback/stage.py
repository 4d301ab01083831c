"""The controller between a sandbox, which is the own exchange, and an exchange of another build."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from hummingbot.connector.exchange_py_base import ExchangePyBase
from hummingbot.core.clock import Clock, ClockMode
from hummingbot.core.network_iterator import NetworkStatus

from peatio_liquidity.controller import PeatioLiquidity
from peatio_sandbox import Sandbox, SandboxConfig
from test.end_to_end.support import TICK_S, Bot, Person, person, running_bot
from test.patience import eventually
from test.peatio_liquidity.loopback.exchange import LoopbackExchange
from test.peatio_liquidity.stage import quotes_at, running_controller

#: 0.1 % away from the levels that `filled_book` writes, half of their amounts.
MIRRORED = [
    ("buy", Decimal("29950.02"), Decimal("1")),
    ("buy", Decimal("29960.01"), Decimal("0.5")),
    ("sell", Decimal("30040.01"), Decimal("0.75")),
    ("sell", Decimal("30050.02"), Decimal("1.25")),
]


def filled_book(exchange: LoopbackExchange) -> LoopbackExchange:
    """With two levels of each side."""
    for is_bid, price, amount in (
        (True, "29990", "1"), (True, "29980", "2"), (False, "30010", "1.5"), (False, "30020", "3"),
    ):  # fmt: skip
        exchange.offer(is_bid, price, amount)
    return exchange


@asynccontextmanager
async def running(connector: ExchangePyBase) -> AsyncIterator[ExchangePyBase]:
    """A connector under a clock, ready."""
    with Clock(ClockMode.REALTIME, TICK_S) as clock:
        clock.add_iterator(connector)
        task = asyncio.create_task(clock.run())
        try:
            await eventually(
                lambda: connector.ready and connector.network_status is NetworkStatus.CONNECTED,
                f"{connector.name} is ready; {connector.status_dict}",
                timeout_s=40.0,
            )
            yield connector
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            connector.stop(clock)
            await connector.stop_network()


@dataclass
class OtherStage:
    """:ivar taker: a person on the own exchange"""

    own: Sandbox
    taker: Person
    folder: Path
    pair: str

    @asynccontextmanager
    async def bots(self, source: ExchangePyBase) -> AsyncIterator[tuple[Bot, ExchangePyBase]]:
        """The connectors of both exchanges, as a process has them."""
        member = self.own.members["bot"]
        async with (
            running_bot(self.own.url, member, ["BTC-USD"], journal_folder=self.folder) as own,
            running(source),  # ends first: the other's end closes Hummingbot's HTTP client
        ):
            yield own, source

    @asynccontextmanager
    async def controller(
        self, own: Bot, source: ExchangePyBase, dies: bool = False, **settings: Any
    ) -> AsyncIterator[PeatioLiquidity]:
        """With `source` followed."""
        connectors = {"peatio": own.exchange, source.name: source}
        followed = {"source_connector": source.name, "source_pair": self.pair, "quote_rate": "1"}
        async with running_controller(connectors, dies, **{**followed, **settings}) as controller:
            yield controller

    def quotes(self) -> list[tuple[str, Decimal, Decimal]]:
        """The bot's live orders on the own exchange."""
        return quotes_at(self.own)

    async def mirrored(self) -> None:
        """Waits for the quotes that follow `filled_book`."""
        await eventually(lambda: self.quotes() == MIRRORED, f"the mirror; {self.quotes()}")


@asynccontextmanager
async def other_stage(folder: Path, pair: str) -> AsyncIterator[OtherStage]:
    """The own exchange, empty."""
    async with AsyncExitStack() as stack:
        own = await stack.enter_async_context(Sandbox(SandboxConfig(seed=3)))
        taker = await stack.enter_async_context(person(own, "taker"))
        yield OtherStage(own, taker, folder, pair)
    assert own.handler_errors == []
