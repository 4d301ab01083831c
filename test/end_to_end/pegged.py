"""A bot on a pegged market: cycles by hand, at any peg."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.core.data_type.common import TradeType

from peatio_sandbox import OrderRecord, Sandbox, SandboxConfig
from peatio_sandbox.exchange.resize import Telling
from peatio_sandbox.peg.coin import PeggedCoin, with_pegged_coin
from peatio_sandbox.peg.market import PeggedMarket
from test.end_to_end.support import Bot
from test.end_to_end.venue import usual_venue
from test.patience import eventually

PAIR, RESERVE_PAIR, MARKET = "BAY-USD", "BAYR-USD", "bayusd"
PEGGED_PAIRS = (PAIR, RESERVE_PAIR, "BAY-BAYR")
PRICE = "1.2"
SELL = TradeType.SELL
PEGGED = ConnectorSettings(pegged=PEGGED_PAIRS)
D = Decimal
#: How long the exchange is busy in a cycle in whose middle nothing happens.
SHORT_S = 0.02


def quicken_pegs(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the connector waits for until it takes less volume for a resize, or a cancel for one."""
    monkeypatch.setattr(CONSTANTS, "RESIZE_LOOKS_S", 0.5)
    monkeypatch.setattr(CONSTANTS, "REPLACEMENT_LIMIT_S", 1.0)
    monkeypatch.setattr(CONSTANTS, "LOOKUP_LIMIT_S", 1.0)
    monkeypatch.setattr(CONSTANTS, "PLACE_RETRY_LIMIT_S", 1.0)


def pegged_config(config: SandboxConfig, telling: Telling, busy_s: float = 0.05) -> SandboxConfig:
    """The exchange with the coin, whose cycles come by hand."""
    return with_pegged_coin(config, PeggedCoin(telling=telling, busy_s=busy_s, updating_s=0.05))


@asynccontextmanager
async def pegged_sandbox(telling: Telling, busy_s: float = 0.05) -> AsyncIterator[Sandbox]:
    async with Sandbox(pegged_config(SandboxConfig(seed=11), telling, busy_s)) as exchange:
        yield exchange
    assert exchange.handler_errors == []


@asynccontextmanager
async def pegged_bot(
    sandbox: Sandbox,
    folder: Path,
    settings: ConnectorSettings | None = PEGGED,
    saved_states: dict[str, Any] | None = None,
) -> AsyncIterator[Bot]:
    venue = usual_venue(sandbox, folder)
    async with venue.running_bot(PEGGED_PAIRS, settings=settings, saved_states=saved_states) as bot:
        yield bot


def peg_of(sandbox: Sandbox) -> PeggedMarket:
    assert sandbox.pegged is not None
    return sandbox.pegged


async def cycle(sandbox: Sandbox, peg: int) -> None:
    """A cycle from its beginning to its end, and all that follows at the exchange."""
    pegged = peg_of(sandbox)
    done = pegged.cycles + 1
    pegged.begin_cycle(peg, SHORT_S)
    await eventually(lambda: pegged.cycles == done, f"the cycle to peg {peg} ends")
    await sandbox.settle()


def part_of_all(bot: Bot, part: str, currency: str = "BAY") -> Decimal:
    """A part of the bot's coins, in the market's steps."""
    return (D(bot.exchange.get_balance(currency)) * D(part)).quantize(D("0.001"), rounding=ROUND_DOWN)


async def sell_part(bot: Bot, part: str, price: str = PRICE) -> str:
    """An open order to sell a part of all BAY."""
    key = bot.place(PAIR, SELL, str(part_of_all(bot, part)), price)
    await bot.live(key)
    return key


def orders_there(sandbox: Sandbox) -> list[OrderRecord]:
    """The bot's orders that wait at the exchange."""
    return [order for order in sandbox.orders("bot") if order.state == "wait"]


def funds_there(sandbox: Sandbox, currency: str) -> tuple[Decimal, Decimal]:
    """Free and total at the exchange."""
    free, locked = sandbox.exchange.ledger.holdings(sandbox.exchange.members["bot"].uid)[currency.lower()]
    return free, free + locked


async def agrees(sandbox: Sandbox, bot: Bot) -> None:
    """Bot and exchange have the same open orders, of the same sizes, and the same funds."""

    def differences() -> list[str]:
        there = {str(order.id): order for order in orders_there(sandbox)}
        here = {str(order.exchange_order_id): order for order in bot.exchange.in_flight_orders.values()}
        found = [f"orders {sorted(there)} there, {sorted(here)} here"] if there.keys() != here.keys() else []
        for key in there.keys() & here.keys():
            left = here[key].amount - here[key].executed_amount_base
            if left != there[key].remaining_volume:
                found.append(f"order {key}: {there[key].remaining_volume} left there, {left} here")
        for currency in ("BAY", "BAYR", "USD"):
            ours = bot.available(currency), Decimal(bot.exchange.get_balance(currency))
            if ours != funds_there(sandbox, currency):
                found.append(f"{currency}: {funds_there(sandbox, currency)} there, {ours} here")
        return found

    last: list[str] = []

    def is_equal() -> bool:
        last[:] = differences()
        return not last

    try:
        await eventually(is_equal, "bot and exchange agree")
    except AssertionError as error:
        raise AssertionError(f"{error}: {last}") from error
