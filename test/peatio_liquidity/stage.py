"""The controller on two sandboxes, each with a connector under a clock."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.connector.exchange.peatio.settings.exchanges import NAMED_EXCHANGES, Venue
from hummingbot.connector.exchange_py_base import ExchangePyBase
from hummingbot.core.data_type.common import MarketDict
from hummingbot.data_feed.market_data_provider import MarketDataProvider

from peatio_liquidity.controller import PeatioLiquidity
from peatio_liquidity.plugin import PeatioLiquidityConfig
from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.config import DEFAULT_MEMBERS
from test.end_to_end.support import Bot, Person, person, running_bot
from test.patience import eventually

OUTER = "peatio_outer"
START_BASE = DEFAULT_MEMBERS[0].balances["btc"]
SETTINGS: dict[str, Any] = {
    "id": "mirror",
    "connector_name": "peatio",
    "trading_pair": "BTC-USD",
    "source_connector": OUTER,
    "source_pair": "BTC-USD",
    "bid_budget_quote": "100000",
    "ask_budget_base": "5",
    "max_exposure_base": "2",
    "levels": 3,
    "spread": "0.001",
    "min_spread": "0",
    "level_distance": "0",
    "depth_scale": "0.5",
    "max_source_age_s": 1000,
    "hedge_timeout_s": 1.0,
}


@dataclass
class Stage:
    """
    :ivar maker: a person on the outer exchange, whose orders are what is copied
    :ivar taker: a person on the own exchange
    """

    own: Sandbox
    outer: Sandbox
    maker: Person
    taker: Person
    folder: Path

    @asynccontextmanager
    async def bots(
        self,
        settings: ConnectorSettings | None = None,
        own_pair: str = "BTC-USD",
        outer_pairs: Sequence[str] = ("BTC-USD",),
        closes_client: bool = True,
    ) -> AsyncIterator[tuple[Bot, Bot]]:
        """The connectors of the own exchange and of the outer one.

        :param closes_client: False where other bots go on
        """
        async with AsyncExitStack() as stack:
            own, outer = [
                await stack.enter_async_context(
                    running_bot(
                        sandbox.url,
                        sandbox.members["bot"],
                        list(pairs),
                        journal_folder=self.folder / name,
                        domain=name,
                        closes_client=closes_client and name == "peatio",
                        settings=settings,
                    )
                )
                for name, sandbox, pairs in (("peatio", self.own, [own_pair]), (OUTER, self.outer, outer_pairs))
            ]
            yield own, outer

    @asynccontextmanager
    async def controller(
        self, own: Bot, outer: Bot, dies: bool = False, **settings: Any
    ) -> AsyncIterator[PeatioLiquidity]:
        """One that runs, with other settings than `SETTINGS`.

        :param dies: at the end nothing of it acts any more, as when the process is killed; else it is stopped
        """
        connectors = {"peatio": own.exchange, OUTER: outer.exchange}
        async with running_controller(connectors, dies, **settings) as controller:
            yield controller

    def quotes(self) -> list[tuple[str, Decimal, Decimal]]:
        """The bot's live orders on the own exchange: (side, price, remaining), by price."""
        return quotes_at(self.own)

    def gained(self) -> Decimal:
        """What the bot has of base on both exchanges together beyond its start, by their ledgers."""
        return sum((self._base(sandbox) - START_BASE for sandbox in (self.own, self.outer)), Decimal(0))

    @staticmethod
    def _base(sandbox: Sandbox) -> Decimal:
        return sum(sandbox.balances("bot")["btc"], Decimal(0))


def quotes_at(own: Sandbox) -> list[tuple[str, Decimal, Decimal]]:
    """The bot's live orders there: (side, price, remaining), by price."""
    live = [order for order in own.orders("bot") if order.state == "wait"]
    return sorted(
        ((order.side, order.price or Decimal(0), order.remaining_volume) for order in live),
        key=lambda quote: quote[1],
    )


@asynccontextmanager
async def running_controller(
    connectors: Mapping[str, ExchangePyBase], dies: bool = False, **settings: Any
) -> AsyncIterator[PeatioLiquidity]:
    """One with other settings than `SETTINGS`, on these connectors by their names.

    :param dies: at the end nothing of it acts any more, as when the process is killed; else it is stopped
    """
    config = PeatioLiquidityConfig(**{**SETTINGS, **settings})
    for name, connector in connectors.items():
        assert config.update_markets(MarketDict())[name] == set(connector.trading_pairs)
    provider = MarketDataProvider(dict(connectors))
    controller = config.get_controller_class()(config, provider, asyncio.Queue())
    assert isinstance(controller, PeatioLiquidity)
    controller.start()
    try:
        yield controller
    finally:
        if dies:
            if controller._loop_task is not None:
                controller._loop_task.cancel()
            controller._hedges.stop()
            controller._reading.stop()
            controller.terminated.set()
        else:
            controller.stop()
        controller.close()


@asynccontextmanager
async def stage(folder: Path, played: Path | None = None) -> AsyncIterator[Stage]:
    """Both exchanges, with the outer book: bids at 29990 and 29980, asks at 30010 and 30020.

    :param played: a recorded market that is the outer book instead
    """
    outer_config = SandboxConfig(seed=4, played={} if played is None else {"btcusd": played})
    async with AsyncExitStack() as stack:
        own, outer = [
            await stack.enter_async_context(Sandbox(config)) for config in (SandboxConfig(seed=3), outer_config)
        ]
        maker = await stack.enter_async_context(person(outer, "maker"))
        taker = await stack.enter_async_context(person(own, "taker"))
        for side, price, amount in (
            ("buy", "29990", "1"), ("buy", "29980", "2"), ("sell", "30010", "1.5"), ("sell", "30020", "3"),
        ):  # fmt: skip
            if played is not None:
                break
            await maker.place("btcusd", side, amount, price)
        stack.enter_context(patch.dict(NAMED_EXCHANGES, {OUTER: Venue(name=OUTER, domain=outer.url)}))
        yield Stage(own, outer, maker, taker, folder)
    assert own.handler_errors == []
    assert outer.handler_errors == []


__all__ = ["OUTER", "SETTINGS", "Stage", "eventually", "quotes_at", "running_controller", "stage"]
