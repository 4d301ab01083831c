"""The demo: sandbox exchange, instance, bot, live view, and at the end the comparison with the ledger.

The sandbox with its traders runs in this process, the bot in a process of its own. Both are stopped when `run_demo`
returns or raises.
"""

import asyncio
import secrets
import signal
from collections.abc import Callable
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
from peatio_cli.demo.screen import Screen
from peatio_cli.demo.trade_database import read_trade_database
from peatio_cli.demo.view import DemoFigures
from peatio_cli.install.instance import Instance
from peatio_sandbox import Sandbox, SandboxConfig

MEMBER = "bot"
BASE, QUOTE = "BTC", "USD"
START_TIMEOUT_S = 120.0  # importing Hummingbot alone takes ten seconds on a small machine
HISTORY_S = 86_400  # so that the page's charts are full at once
POLL_INTERVAL_S = 0.1
SETTLE_TIMEOUT_S = 5.0

# Quotes close to the market and often refreshed, so that there are fills within a minute. Spreads are in percent of
# the price, times in seconds.
STRATEGY = {
    "bid_spread": "0.1",
    "ask_spread": "0.1",
    "order_amount": "0.05",
    "order_levels": "2",
    "order_level_spread": "0.1",
    "order_refresh_time": "8",
    "filled_order_delay": "2",
}


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
class Outcome:
    """The result of the demo."""

    ledger: Account
    balances_before: dict[str, Decimal]
    balances_after: dict[str, Decimal]
    figures: DemoFigures
    discrepancies: list[str]


async def run_demo(
    seconds: float, instance: Instance, screen: Screen, interrupts: Interrupts, *, in_browser: bool = False
) -> Outcome:
    """Run the demo in a demo instance; `in_browser` opens the exchange's page.

    Raises:
        BotError: the bot did not start, ended unexpectedly or did not stop properly.
        OSError: the sandbox could not listen, or the instance could not be written.
    """
    run_name = f"demo_{datetime.now(UTC):%Y%m%d_%H%M%S}"
    async with Sandbox(SandboxConfig(traders=True, history_s=HISTORY_S)) as sandbox:
        screen.say(f"exchange: a local Peatio (sandbox) with traders at {sandbox.url}")
        _show_page(f"{sandbox.url}/", screen, in_browser)
        before = total_balances(sandbox, MEMBER)
        assignment = _assignment(sandbox, run_name, instance.directory)
        screen.wait("bot: Hummingbot is starting, this takes about ten seconds")
        bot = await BotProcess.start(instance.directory, assignment)
        reports: list[Report] = []
        figures = DemoFigures(BASE, QUOTE)
        try:
            await _trade(seconds, bot, screen, interrupts, figures, reports.append)
            screen.wait("bot: stopping, it cancels its orders")
            await bot.stop(interrupts.give_up)
            for report in bot.read_reports():
                figures.apply(report)
                reports.append(report)
        finally:
            await bot.close()
        await _settle(sandbox)
        ledger = ledger_account(sandbox, MEMBER)
        sandbox_errors = [f"the sandbox failed: {error!r}" for error in sandbox.handler_errors]
        after = total_balances(sandbox, MEMBER)
    events = reported_account(reports)
    database = read_trade_database(instance.directory / "data" / f"conf_{run_name}.sqlite")
    discrepancies = [
        *sandbox_errors,
        *open_orders(ledger),
        *compare(ledger, events, "Hummingbot's events"),
        *compare(ledger, database, "Hummingbot's database", step=DATABASE_STEP),
        *compare_balances(before, after, events.fills, BASE, QUOTE),
        *compare_reported_balances(after, figures.balances, "Hummingbot's last balances"),
    ]
    return Outcome(ledger, before, after, figures, discrepancies)


def _show_page(url: str, screen: Screen, in_browser: bool) -> None:
    screen.say(f"in a browser: {url}")
    if in_browser:
        open_in_browser(url, lambda: screen.say("no browser was found; open the address yourself"))


async def _trade(
    seconds: float,
    bot: BotProcess,
    screen: Screen,
    interrupts: Interrupts,
    figures: DemoFigures,
    keep: Callable[[Report], None],
) -> None:
    """Wait for the bot to be ready, then show it trading for `seconds` or until interrupted."""
    loop = asyncio.get_running_loop()
    start_by_s = loop.time() + START_TIMEOUT_S
    end_s: float | None = None
    while not interrupts.stop.is_set() and (end_s is None or loop.time() < end_s):
        for report in bot.read_reports():
            figures.apply(report)
            keep(report)
            if end_s is not None:
                screen.show(figures, report, end_s - loop.time())
        if end_s is None and bot.phase == "ready":
            screen.say(f"bot: ready, trading for {seconds:g} s")
            end_s = loop.time() + seconds
        bot.check()
        if end_s is None and loop.time() > start_by_s:
            raise BotError(
                f"the bot was not ready within {START_TIMEOUT_S:.0f} s; the end of its log:\n{bot.log_tail()}"
            )
        with suppress(TimeoutError):
            await asyncio.wait_for(interrupts.stop.wait(), POLL_INTERVAL_S)


async def _settle(sandbox: Sandbox) -> None:
    """Wait until the exchange has processed the bot's requests; cancels are asynchronous on Peatio."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + SETTLE_TIMEOUT_S
    while open_orders(ledger_account(sandbox, MEMBER)) and loop.time() < until_s:  # noqa: ASYNC110
        await asyncio.sleep(POLL_INTERVAL_S)


def _assignment(sandbox: Sandbox, run_name: str, directory: Path) -> BotAssignment:
    account = sandbox.members[MEMBER]
    return BotAssignment(
        exchange_domain=sandbox.url,
        api_key=account.api_key,
        secret_key=SecretStr(account.secret),
        password=SecretStr(secrets.token_urlsafe(24)),
        strategy_file=f"conf_{run_name}.yml",
        strategy=STRATEGY,
        trading_pair=f"{BASE}-{QUOTE}",
        report_file=directory / "data" / f"{run_name}.jsonl",
    )
