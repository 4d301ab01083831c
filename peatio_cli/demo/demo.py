"""The demo: sandbox exchange, instance, bot, live view, and at the end the comparison with the ledger.

The sandbox with its traders runs in this process, each bot in a process of its own. All are stopped when `run_demo`
returns or raises.
"""

import asyncio
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from peatio_cli.demo.accounts import total_balances
from peatio_cli.demo.bot_process import BotProcess
from peatio_cli.demo.bot_report import BotAssignment
from peatio_cli.demo.comparison import compare_reported_balances
from peatio_cli.demo.markets import DemoMarket
from peatio_cli.demo.peg import COIN_CODES, PegCycles, compare_with_tracker, pegged_config
from peatio_cli.demo.screen import Screen
from peatio_cli.demo.session import (
    POLL_INTERVAL_S,
    BotAccount,
    BotOutcome,
    Interrupts,
    settle,
    show_page,
    trade,
)
from peatio_cli.demo.view import DemoFigures
from peatio_cli.install.instance import Instance
from peatio_sandbox import Sandbox, SandboxConfig

HISTORY_S = 86_400  # so that the page's charts are full at once
#: Nothing reports a balance that a peg moves: the bots ask for it, at growing intervals where it changes all the time.
BALANCES_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Outcome:
    """The result of the demo; `cycles` and `resizes` are None without a pegged coin."""

    bots: tuple[BotOutcome, ...]
    discrepancies: list[str]
    cycles: int | None = None
    resizes: int | None = None


async def run_demo(
    seconds: float,
    instances: Sequence[Instance],
    markets: Sequence[DemoMarket],
    screen: Screen,
    interrupts: Interrupts,
    *,
    in_browser: bool = False,
    pegged: bool = False,
) -> Outcome:
    """Run the demo, each market's bot in a demo instance of its own; `in_browser` opens the exchange's page.

    Raises:
        BotError: a bot did not start, ended unexpectedly or did not stop properly.
        OSError: the sandbox could not listen, or an instance could not be written.
    """
    config = SandboxConfig(traders=True, history_s=HISTORY_S)
    if pegged:
        config = pegged_config(config, seconds)
    bots: list[BotAccount] = []
    async with Sandbox(config) as sandbox:
        screen.say(f"exchange: a local Peatio (sandbox) with traders at {sandbox.url}")
        show_page(f"{sandbox.url}/{_first_shown(markets) if pegged else ''}", screen, in_browser)
        cycles = None if sandbox.pegged is None else PegCycles(sandbox.pegged, seconds)
        screen.wait("bot: Hummingbot is starting, this takes about ten seconds")
        try:
            for instance, market in zip(instances, markets, strict=True):
                bots.append(await _start(sandbox, instance, market, is_one_of_several=len(markets) > 1))
            await trade(seconds, bots, cycles, screen, interrupts)
            if cycles is not None:
                for line in await cycles.finish():
                    screen.say(line)
                await _see_balances(bots, screen, interrupts)
            screen.wait("bot: stopping, it cancels its orders")
            await asyncio.gather(*[bot.process.stop(interrupts.give_up) for bot in bots])
            for bot in bots:
                bot.take_reports()
        finally:
            for bot in bots:
                await bot.process.close()
        await settle(bots)
        discrepancies = [f"the sandbox failed: {error!r}" for error in sandbox.handler_errors]
        outcomes = tuple(bot.outcome() for bot in bots)
        if cycles is not None:
            discrepancies += [*cycles.in_vain(), *compare_with_tracker(sandbox, [market.member for market in markets])]
        pegged_market = sandbox.pegged
    for bot, outcome in zip(bots, outcomes, strict=True):
        discrepancies += bot.discrepancies(outcome, COIN_CODES if pegged else ())
    if pegged_market is None:
        return Outcome(outcomes, discrepancies)
    return Outcome(outcomes, discrepancies, pegged_market.cycles, pegged_market.resizes)


def _first_shown(markets: Sequence[DemoMarket]) -> str:
    """The part of the page's address that chooses what it shows."""
    return f"#market={markets[0].base}{markets[0].quote}&member={markets[0].member}".lower()


async def _start(sandbox: Sandbox, instance: Instance, market: DemoMarket, *, is_one_of_several: bool) -> BotAccount:
    run_name = f"demo_{datetime.now(UTC):%Y%m%d_%H%M%S}"
    before = total_balances(sandbox, market.member)
    process = await BotProcess.start(instance.directory, _assignment(sandbox, run_name, instance.directory, market))
    database = instance.directory / "data" / f"conf_{run_name}.sqlite"
    figures = DemoFigures(market.base, market.quote, market.pair if is_one_of_several else "")
    return BotAccount(market.member, sandbox, process, process.read_reports, database, figures, before)


async def _see_balances(bots: Sequence[BotAccount], screen: Screen, interrupts: Interrupts) -> None:
    """Wait until the bots have seen the balances of after the last cycle."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + BALANCES_TIMEOUT_S
    screen.wait("bot: looking at its balances")
    while not interrupts.give_up.is_set() and loop.time() < until_s:
        for bot in bots:
            bot.take_reports()
            bot.process.check()
        if not any(_differ(bot) for bot in bots):
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(interrupts.give_up.wait(), POLL_INTERVAL_S)


def _differ(bot: BotAccount) -> list[str]:
    return compare_reported_balances(total_balances(bot.sandbox, bot.member), bot.figures.balances, "its balances")


def _assignment(sandbox: Sandbox, run_name: str, directory: Path, market: DemoMarket) -> BotAssignment:
    account = sandbox.members[market.member]
    return BotAssignment(
        exchange_domain=sandbox.url,
        api_key=account.api_key,
        secret_key=SecretStr(account.secret),
        password=SecretStr(secrets.token_urlsafe(24)),
        strategy_file=f"conf_{run_name}.yml",
        strategy=dict(market.strategy),
        trading_pair=market.pair,
        report_file=directory / "data" / f"{run_name}.jsonl",
    )
