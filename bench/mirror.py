"""A mirrored book: this project's controller, and Hummingbot's XEMMExecutor, one a level and side, on the same two
exchanges (bench.mirror_stage), with the same levels and the same tolerance."""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.connector.exchange.peatio.settings.exchanges import NAMED_EXCHANGES, Venue
from hummingbot.core.clock import Clock, ClockMode
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.network_iterator import NetworkStatus
from hummingbot.core.rate_oracle.rate_oracle import RateOracle
from hummingbot.data_feed.market_data_provider import MarketDataProvider
from hummingbot.strategy_v2.executors.data_types import ConnectorPair
from hummingbot.strategy_v2.executors.xemm_executor.data_types import XEMMExecutorConfig
from hummingbot.strategy_v2.executors.xemm_executor.xemm_executor import XEMMExecutor

from bench.subjects import QUICK_TICK_S, until
from peatio_cli.demo.bot_runner import NoRates
from peatio_liquidity.plugin import PeatioLiquidityConfig

ROOT = Path(__file__).parents[1]
#: What controller and executors call the two; the connectors themselves are both called peatio.
OWN, OUTER = "peatio", "peatio_outer"
PAIR = "BTC-USD"
AMOUNT = Decimal("0.05")
#: From the source's best price to the first level, and between two levels, as a part of the price.
SPREAD, DISTANCE = Decimal("0.005"), Decimal("0.001")
#: The walk's beginning, in which both place their first orders.
WARM_UP_S = 5.0
#: Hummingbot's orchestrator starts executors with it.
EXECUTOR_INTERVAL_S = 1.0
SEED = 7


def measure(
    subject: str, levels: int, moves: int, seconds: float, tolerances: Mapping[str, str]
) -> dict[str, float]:
    """
    :param subject: "peatio" or "xemm"
    :param tolerances: by subject, how far off a quote may be before it is replaced, as a part of the price
    :param levels: of each side
    :param moves: single moves of the source, whose answer is timed
    :param seconds: of the walk
    """
    return asyncio.run(_measure(subject, levels, moves, seconds, Decimal(tolerances[subject])))


async def _measure(
    subject: str, levels: int, moves: int, seconds: float, tolerance: Decimal
) -> dict[str, float]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-")))
        process = await stack.enter_async_context(_stage())
        addresses = json.loads(await _line(process))
        own = await stack.enter_async_context(_connector(OWN, addresses["own"], folder))
        outer = await stack.enter_async_context(_connector(OUTER, addresses["outer"], folder))
        await until(lambda: own.ready and outer.ready, "both connectors are ready")
        stack.enter_context((_controller if subject == "peatio" else _executors)(own, outer, levels, tolerance, folder))
        await until(lambda: _open_orders(own) == 2 * levels, "all levels are quoted")
        await _ask(process, f"walk {WARM_UP_S}")
        walked = await _ask(process, f"walk {seconds}")
        taken = [(await _ask(process, "move"))["ms"] for _ in range(moves)]
    return {"latency_ms": statistics.median(taken), "slowest_ms": max(taken), **walked}


def _open_orders(connector: Any) -> int:
    return sum(order.is_open for order in connector.in_flight_orders.values())


@contextmanager
def _controller(own: Any, outer: Any, levels: int, tolerance: Decimal, folder: Path) -> Iterator[None]:
    with patch.dict(NAMED_EXCHANGES, {OUTER: Venue(name=OUTER, domain=outer.site)}):  # as conf/peatio.yml does
        config = PeatioLiquidityConfig(
            id="bench",
            connector_name=OWN,
            trading_pair=PAIR,
            source_connector=OUTER,
            source_pair=PAIR,
            bid_budget_quote=Decimal(1_000_000),
            ask_budget_base=Decimal(100),
            max_exposure_base=Decimal(100),
            levels=levels,
            spread=SPREAD,
            depth_curve=[(DISTANCE * number, AMOUNT) for number in range(levels)],
            price_tolerance=tolerance,
            max_move=Decimal(1),
            requests_per_minute=100_000,
            max_source_age_s=3600.0,
        )
    provider = MarketDataProvider({OWN: own, OUTER: outer})
    with patch("peatio_liquidity.controller.data_path", lambda: str(folder)):
        controller = config.get_controller_class()(config, provider, asyncio.Queue())
        controller.start()
        try:
            yield
        finally:
            controller.stop()
            controller.close()


class _Desk:
    """What an executor uses of its strategy."""

    def __init__(self, connectors: dict[str, Any]) -> None:
        self.connectors = connectors

    @property
    def current_timestamp(self) -> float:
        return time.time()

    def buy(self, name: str, pair: str, amount: Decimal, kind: OrderType, price: Decimal, _position: object) -> str:
        return str(self.connectors[name].buy(pair, amount, kind, price))

    def sell(self, name: str, pair: str, amount: Decimal, kind: OrderType, price: Decimal, _position: object) -> str:
        return str(self.connectors[name].sell(pair, amount, kind, price))

    def cancel(self, name: str, pair: str, order_id: str) -> None:
        self.connectors[name].cancel(pair, order_id)


@contextmanager
def _executors(own: Any, outer: Any, levels: int, tolerance: Decimal, _folder: Path) -> Iterator[None]:
    oracle = RateOracle.get_instance()
    oracle.source = NoRates()
    oracle.register_connector(outer)  # as a bot does: executors value their fees by its book
    desk: Any = _Desk({OWN: own, OUTER: outer})
    maker, taker = (ConnectorPair(connector_name=name, trading_pair=PAIR) for name in (OWN, OUTER))
    executors = []
    for side in (TradeType.BUY, TradeType.SELL):
        for number in range(levels):
            # Its prices have both exchanges' fees in them, beside its target.
            target = SPREAD + DISTANCE * number
            config = XEMMExecutorConfig(
                timestamp=time.time(),
                buying_market=maker if side is TradeType.BUY else taker,
                selling_market=taker if side is TradeType.BUY else maker,
                maker_side=side,
                order_amount=AMOUNT,
                min_profitability=target - tolerance,
                target_profitability=target,
                max_profitability=target + tolerance,
            )
            executors.append(XEMMExecutor(desk, config, update_interval=EXECUTOR_INTERVAL_S))
    for executor in executors:
        executor.start()
    try:
        yield
    finally:
        for executor in executors:
            executor.stop()


@asynccontextmanager
async def _connector(name: str, address: list[str], folder: Path) -> AsyncIterator[PeatioExchange]:
    """Under a clock, not waited for."""
    url, key, secret = address
    connector = PeatioExchange(
        key, secret, url, trading_pairs=[PAIR], settings=ConnectorSettings(), journal_folder=folder / name
    )
    with Clock(ClockMode.REALTIME, QUICK_TICK_S) as clock:
        clock.add_iterator(connector)
        task = asyncio.create_task(clock.run())
        try:
            yield connector
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await connector.stop_network()
            connector._network_status = NetworkStatus.STOPPED
    if name == OWN:  # the last one: Hummingbot's HTTP client is one a process
        await connector._web_assistants_factory.close()


@asynccontextmanager
async def _stage() -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.mirror_stage", str(SEED)),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


async def _ask(process: asyncio.subprocess.Process, command: str) -> dict[str, float]:
    assert process.stdin is not None
    process.stdin.write(f"{command}\n".encode())
    answer: dict[str, float] = json.loads(await _line(process))
    return answer


async def _line(process: asyncio.subprocess.Process) -> bytes:
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise RuntimeError("the two exchanges have ended")
    return line
