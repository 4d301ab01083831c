"""Two exchanges in one bot: quotes on one of them, every fill hedged on the other."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from peatio_cli.install.instance import InstancePurpose, create_instance
from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.exchange.records import OrderRecord
from test.end_to_end.support import person
from test.patience import eventually
from test.peatio_cli.hbot import PASSWORD, Hbot
from test.peatio_cli.left_behind import processes_in

EXCHANGES_FILE = """\
exchanges:
  east:
    domain: {east}
  west:
    domain: {west}
"""
STRATEGY = {
    "maker_market": "peatio_east",
    "taker_market": "peatio_west",
    "maker_market_trading_pair": "BTC-USD",
    "taker_market_trading_pair": "BTC-USD",
    "min_profitability": "0.5",
    "order_amount": "0.02",
}

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="looks for left processes in /proc"),
]


@pytest.fixture
async def east() -> AsyncIterator[Sandbox]:
    """Where the bot quotes: the prices of others lie far apart."""
    async with Sandbox(SandboxConfig(seed=1)) as exchange:
        await furnish(exchange, bid="39000", ask="41000")
        yield exchange
    assert exchange.handler_errors == []


@pytest.fixture
async def west() -> AsyncIterator[Sandbox]:
    """Where the bot hedges: others trade close to the price. Its keys are others than those in the east."""
    async with Sandbox(SandboxConfig(seed=2)) as exchange:
        await furnish(exchange, bid="39990", ask="40010")
        yield exchange
    assert exchange.handler_errors == []


async def furnish(exchange: Sandbox, bid: str, ask: str) -> None:
    """A book with one price a side and more there than the bot has money for: of less, the strategy makes a NaN."""
    async with person(exchange, "maker") as maker:
        await maker.place("btcusd", "buy", "200", bid)
        await maker.place("btcusd", "sell", "300", ask)


def traded(exchange: Sandbox, side: str) -> Decimal:
    """How many BTC the bot has bought or sold there."""
    return sum((fill.amount for fill in exchange.fills("bot") if fill.side == side), Decimal())


def quoted(exchange: Sandbox, side: str) -> OrderRecord | None:
    """An order of the bot that stands in the book there, None where there is none."""
    orders = (order for order in exchange.orders("bot") if order.side == side and order.state == "wait")
    return next(orders, None)


def state_of(exchange: Sandbox, order_id: int) -> str:
    return next(order.state for order in exchange.orders("taker") if order.id == order_id)


async def connect(hbot: Hbot, name: str, exchange: Sandbox) -> None:
    account = exchange.members["bot"]
    keys = {f"{name}_api_key": account.api_key, f"{name}_secret_key": account.secret}
    await hbot("connect", name, "--keys-stdin", given=json.dumps(keys))
    stored = (hbot.directory / "conf" / "connectors" / f"{name}.yml").read_text()
    assert account.api_key not in stored
    assert account.secret not in stored


async def hit(east: Sandbox, west: Sandbox, side: str) -> None:
    """Somebody trades with the bot in the east; the bot is to do the opposite of it in the west.

    The bot may replace its quote at any moment, so the taker asks for its price and tries again where it came too late.

    :param side: the bot's side of the trade
    """
    opposite = {"buy": "sell", "sell": "buy"}[side]
    before = traded(east, side)
    async with person(east, "taker") as taker:

        async def is_filled() -> bool:
            quote = quoted(east, side)
            if quote is not None:
                taking = await taker.place("btcusd", opposite, str(quote.remaining_volume), str(quote.price))
                await eventually(lambda: state_of(east, taking) != "pending", "the taker's order in the book")
                await taker.cancel(taking)
                await eventually(lambda: state_of(east, taking) != "wait", "the end of the taker's order")
            return traded(east, side) > before

        await eventually(is_filled, f"the bot's fill of a quote to {side}", timeout_s=60, pause_s=0.1)
    await eventually(lambda: traded(west, opposite) == traded(east, side), f"the hedge to {opposite}", timeout_s=30)


async def test_fills_on_one_exchange_are_hedged_on_the_other(tmp_path: Path, east: Sandbox, west: Sandbox) -> None:
    instance = create_instance(tmp_path / "instance", InstancePurpose.ORDINARY)
    (instance.directory / "conf" / "peatio.yml").write_text(EXCHANGES_FILE.format(east=east.url, west=west.url))
    hbot = Hbot(instance.launcher)
    await connect(hbot, "peatio_east", east)
    await connect(hbot, "peatio_west", west)

    settings = [option for name, value in STRATEGY.items() for option in ("--set", f"{name}={value}")]
    await hbot("create", "cross_exchange_market_making", *settings)
    await hbot("start")
    try:
        await hit(east, west, "buy")
        await hit(east, west, "sell")
        status = await hbot("status")
        assert "peatio_east" in status
        assert "peatio_west" in status
    finally:
        await hbot("stop")

    # What was bought in one place was sold in the other, no more and no less, and dearer.
    assert traded(east, "buy") == traded(west, "sell") > 0
    assert traded(east, "sell") == traded(west, "buy") > 0
    assert spent(east) + spent(west) < 0
    for exchange in (east, west):
        assert {order.state for order in exchange.orders("bot")} <= {"done", "cancel"}
    assert processes_in(instance.directory) == []
    await check_report(instance.directory, east, west)


async def check_report(directory: Path, east: Sandbox, west: Sandbox) -> None:
    """What `report --verify` says of both exchanges, with the stored keys."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "peatio_cli", "report", "--json", "--verify",
        cwd=directory, env={**os.environ, "HBOT_PASSWORD": PASSWORD}, stdout=PIPE,
    )  # fmt: skip
    output, _ = await process.communicate()
    report = json.loads(output)
    assert process.returncode == 0, report["verification"]
    assert report["verification"]["compared"] == len(east.fills("bot")) + len(west.fills("bot"))
    markets = {market["exchange"]: market for market in report["markets"]}
    assert list(markets) == ["peatio_east", "peatio_west"]
    for name, exchange in (("peatio_east", east), ("peatio_west", west)):
        assert Decimal(markets[name]["bought"]) == traded(exchange, "buy")
        assert Decimal(markets[name]["spent"]) - Decimal(markets[name]["earned"]) == spent(exchange)
    nets = [Decimal(market["net"]) for market in report["markets"]]
    assert Decimal(report["totals"]["net"]["value"]) == sum(nets)


def spent(exchange: Sandbox) -> Decimal:
    """USD that the bot's trades there have cost, before fees; negative if they have earned some."""
    return sum((fill.total if fill.side == "buy" else -fill.total for fill in exchange.fills("bot")), Decimal())
