"""The demo: sandbox exchange, instance, bot, live view, and at the end the comparison with the ledger.

The sandbox with its traders runs in this process, each bot in a process of its own. All are stopped when `run_demo`
returns or raises.
"""

import asyncio
import secrets
import signal
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from pydantic import SecretStr

from peatio_cli.demo.accounts import ledger_account, reported_account, total_balances
from peatio_cli.demo.bot_process import BotError, BotProcess
from peatio_cli.demo.bot_report import BotAssignment, Report
from peatio_cli.demo.browser_opener import open_in_browser
from peatio_cli.demo.comparison import (
    DATABASE_STEP,
    Account,
    compare,
    compare_balances,
    compare_reported_balances,
    open_orders,
)
from peatio_cli.demo.markets import DemoMarket
from peatio_cli.demo.peg import COIN_CODES, PegCycles, compare_with_tracker, pegged_config
from peatio_cli.demo.screen import Screen
from peatio_cli.demo.trade_database import read_trade_database
from peatio_cli.demo.view import DemoFigures
from peatio_cli.install.instance import Instance
from peatio_sandbox import Sandbox, SandboxConfig

START_TIMEOUT_S = 120.0  # importing Hummingbot alone takes ten seconds on a small machine
HISTORY_S = 86_400  # so that the page's charts are full at once
POLL_INTERVAL_S = 0.1
SETTLE_TIMEOUT_S = 5.0
#: Nothing reports a balance that a peg moves: the bots ask for it, at growing intervals where it changes all the time.
BALANCES_TIMEOUT_S = 30.0


@dataclass
class Interrupts:
    """Signals such as Ctrl-C: the first one ends the demo early, the second one immediately."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    give_up: asyncio.Event = field(default_factory=asyncio.Event)

    def install(self) -> None:
        """Handle SIGINT, SIGTERM and SIGHUP from now on."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.receive)

    def receive(self) -> None:
        """Handle one signal."""
        (self.give_up if self.stop.is_set() else self.stop).set()


@dataclass(frozen=True)
class BotOutcome:
    """What became of one bot's account."""

    ledger: Account
    balances_before: dict[str, Decimal]
    balances_after: dict[str, Decimal]
    figures: DemoFigures


@dataclass(frozen=True)
class Outcome:
    """The result of the demo; `cycles` and `resizes` are None without a pegged coin."""

    bots: tuple[BotOutcome, ...]
    discrepancies: list[str]
    cycles: int | None = None
    resizes: int | None = None


@dataclass
class _Bot:
    market: DemoMarket
    process: BotProcess
    database: Path
    figures: DemoFigures
    before: dict[str, Decimal]
    reports: list[Report] = field(default_factory=list)

    def take_reports(self) -> list[Report]:
        """The reports since the last call, which the figures contain."""
        new = list(self.process.read_reports())
        for report in new:
            self.figures.apply(report)
        self.reports += new
        return new


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
    bots: list[_Bot] = []
    async with Sandbox(config) as sandbox:
        screen.say(f"exchange: a local Peatio (sandbox) with traders at {sandbox.url}")
        _show_page(f"{sandbox.url}/{_first_shown(markets) if pegged else ''}", screen, in_browser)
        cycles = None if sandbox.pegged is None else PegCycles(sandbox.pegged, seconds)
        screen.wait("bot: Hummingbot is starting, this takes about ten seconds")
        try:
            for instance, market in zip(instances, markets, strict=True):
                bots.append(await _start(sandbox, instance, market, is_one_of_several=len(markets) > 1))
            await _trade(seconds, bots, cycles, screen, interrupts)
            if cycles is not None:
                for line in await cycles.finish():
                    screen.say(line)
                await _see_balances(sandbox, bots, screen, interrupts)
            screen.wait("bot: stopping, it cancels its orders")
            await asyncio.gather(*[bot.process.stop(interrupts.give_up) for bot in bots])
            for bot in bots:
                bot.take_reports()
        finally:
            for bot in bots:
                await bot.process.close()
        await _settle(sandbox, markets)
        discrepancies = [f"the sandbox failed: {error!r}" for error in sandbox.handler_errors]
        outcomes = tuple(_outcome(sandbox, bot) for bot in bots)
        if cycles is not None:
            discrepancies += [*cycles.in_vain(), *compare_with_tracker(sandbox, [market.member for market in markets])]
        pegged_market = sandbox.pegged
    for bot, outcome in zip(bots, outcomes, strict=True):
        discrepancies += _compare(bot, outcome, COIN_CODES if pegged else ())
    if pegged_market is None:
        return Outcome(outcomes, discrepancies)
    return Outcome(outcomes, discrepancies, pegged_market.cycles, pegged_market.resizes)


def _outcome(sandbox: Sandbox, bot: _Bot) -> BotOutcome:
    member = bot.market.member
    return BotOutcome(ledger_account(sandbox, member), bot.before, total_balances(sandbox, member), bot.figures)


def _compare(bot: _Bot, outcome: BotOutcome, one_sum: Collection[str]) -> list[str]:
    events = reported_account(bot.reports)
    base, quote = bot.market.base, bot.market.quote
    after = outcome.balances_after
    return [
        *open_orders(outcome.ledger),
        *compare(outcome.ledger, events, "Hummingbot's events"),
        *compare(outcome.ledger, read_trade_database(bot.database), "Hummingbot's database", step=DATABASE_STEP),
        *compare_balances(outcome.balances_before, after, events.fills, base, quote, one_sum=one_sum),
        *compare_reported_balances(after, bot.figures.balances, "Hummingbot's last balances"),
    ]


def _first_shown(markets: Sequence[DemoMarket]) -> str:
    """The part of the page's address that chooses what it shows."""
    return f"#market={markets[0].base}{markets[0].quote}&member={markets[0].member}".lower()


def _show_page(url: str, screen: Screen, in_browser: bool) -> None:
    screen.say(f"in a browser: {url}")
    if in_browser:
        open_in_browser(url, lambda: screen.say("no browser was found; open the address yourself"))


async def _start(sandbox: Sandbox, instance: Instance, market: DemoMarket, *, is_one_of_several: bool) -> _Bot:
    run_name = f"demo_{datetime.now(UTC):%Y%m%d_%H%M%S}"
    before = total_balances(sandbox, market.member)
    process = await BotProcess.start(instance.directory, _assignment(sandbox, run_name, instance.directory, market))
    database = instance.directory / "data" / f"conf_{run_name}.sqlite"
    figures = DemoFigures(market.base, market.quote, market.pair if is_one_of_several else "")
    return _Bot(market, process, database, figures, before)


async def _trade(
    seconds: float, bots: Sequence[_Bot], cycles: PegCycles | None, screen: Screen, interrupts: Interrupts
) -> None:
    """Wait for the bots to be ready, then show them trading for `seconds` or until interrupted."""
    loop = asyncio.get_running_loop()
    start_by_s = loop.time() + START_TIMEOUT_S
    end_s: float | None = None
    while not interrupts.stop.is_set() and (end_s is None or loop.time() < end_s):
        for bot in bots:
            for report in bot.take_reports():
                if end_s is not None:
                    screen.show(bot.figures, report, end_s - loop.time())
        if end_s is None and all(bot.process.phase == "ready" for bot in bots):
            screen.say(f"bot: ready, trading for {seconds:g} s")
            end_s = loop.time() + seconds
            if cycles is not None:
                cycles.start(loop.time())
        if cycles is not None:
            for line in cycles.step(loop.time()):
                screen.say(line)
        for bot in bots:
            bot.process.check()
            if end_s is None and loop.time() > start_by_s:
                raise BotError(
                    f"the bot was not ready within {START_TIMEOUT_S:.0f} s; the end of its log:\n"
                    f"{bot.process.log_tail()}"
                )
        with suppress(TimeoutError):
            await asyncio.wait_for(interrupts.stop.wait(), POLL_INTERVAL_S)


async def _see_balances(sandbox: Sandbox, bots: Sequence[_Bot], screen: Screen, interrupts: Interrupts) -> None:
    """Wait until the bots have seen the balances of after the last cycle."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + BALANCES_TIMEOUT_S
    screen.wait("bot: looking at its balances")
    while not interrupts.give_up.is_set() and loop.time() < until_s:
        for bot in bots:
            bot.take_reports()
            bot.process.check()
        if not any(_differ(sandbox, bot) for bot in bots):
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(interrupts.give_up.wait(), POLL_INTERVAL_S)


def _differ(sandbox: Sandbox, bot: _Bot) -> list[str]:
    return compare_reported_balances(total_balances(sandbox, bot.market.member), bot.figures.balances, "its balances")


async def _settle(sandbox: Sandbox, markets: Sequence[DemoMarket]) -> None:
    """Wait until the exchange has processed the bots' requests; cancels are asynchronous on Peatio."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + SETTLE_TIMEOUT_S
    members = [market.member for market in markets]
    while loop.time() < until_s and any(  # noqa: ASYNC110
        open_orders(ledger_account(sandbox, member)) for member in members
    ):
        await asyncio.sleep(POLL_INTERVAL_S)


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
