"""What every demo does with its bots: show them trading, end early on a signal, compare accounts with ledgers."""

import asyncio
import signal
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from peatio_cli.demo.accounts import ledger_account, reported_account, total_balances
from peatio_cli.demo.bot_process import BotError, BotProcess
from peatio_cli.demo.bot_report import Report
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
from peatio_sandbox import Sandbox

START_TIMEOUT_S = 120.0  # importing Hummingbot alone takes ten seconds on a small machine
POLL_INTERVAL_S = 0.1
SETTLE_TIMEOUT_S = 5.0


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


class Events(Protocol):
    """What happens on the exchanges while the bots trade. Times are the event loop's."""

    def start(self, now_s: float) -> None:
        """The bots trade from now on."""

    def step(self, now_s: float) -> Iterable[str]:
        """Let happen what is due; lines about it."""


@dataclass(frozen=True)
class BotOutcome:
    """What became of one bot's account."""

    ledger: Account
    balances_before: Mapping[str, Decimal]
    balances_after: Mapping[str, Decimal]
    figures: DemoFigures


@dataclass
class BotAccount:
    """One account of a bot: on one exchange, in the connector that follows it.

    :ivar read: the bot's reports about it since the last call
    :ivar connector: its name in the trade database
    """

    member: str
    sandbox: Sandbox
    process: BotProcess
    read: Callable[[], Iterable[Report]]
    database: Path
    figures: DemoFigures
    before: Mapping[str, Decimal]
    connector: str = "peatio"
    reports: list[Report] = field(default_factory=list)

    def take_reports(self) -> list[Report]:
        """The reports since the last call, which the figures contain."""
        new = list(self.read())
        for report in new:
            self.figures.apply(report)
        self.reports += new
        return new

    def outcome(self) -> BotOutcome:
        """What the exchange says."""
        ledger, after = ledger_account(self.sandbox, self.member), total_balances(self.sandbox, self.member)
        return BotOutcome(ledger, self.before, after, self.figures)

    def discrepancies(self, outcome: BotOutcome, one_sum: Collection[str] = ()) -> list[str]:
        """Between what the exchange says and what Hummingbot reported.

        :param one_sum: as in `compare_balances`
        """
        events, figures = reported_account(self.reports), self.figures
        before, after = outcome.balances_before, outcome.balances_after
        database = read_trade_database(self.database, self.connector)
        return [
            *open_orders(outcome.ledger),
            *compare(outcome.ledger, events, "Hummingbot's events"),
            *compare(outcome.ledger, database, "Hummingbot's database", step=DATABASE_STEP),
            *compare_balances(before, after, events.fills, figures.base, figures.quote, one_sum=one_sum),
            *compare_reported_balances(after, figures.balances, "Hummingbot's last balances"),
        ]


async def trade(
    seconds: float, bots: Sequence[BotAccount], events: Events | None, screen: Screen, interrupts: Interrupts
) -> None:
    """Wait for the bots to be ready, then show them trading for `seconds` or until interrupted.

    Raises:
        BotError: a bot was not ready in time, or ended.
    """
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
            if events is not None:
                events.start(loop.time())
        if events is not None:
            for line in events.step(loop.time()):
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


async def settle(bots: Sequence[BotAccount]) -> None:
    """Wait until the exchanges have processed the bots' requests; cancels are asynchronous on Peatio."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + SETTLE_TIMEOUT_S
    while loop.time() < until_s and any(  # noqa: ASYNC110
        open_orders(ledger_account(bot.sandbox, bot.member)) for bot in bots
    ):
        await asyncio.sleep(POLL_INTERVAL_S)


def show_page(url: str, screen: Screen, in_browser: bool, of: str = "") -> None:
    """Print the address of an exchange's page, and open it where that is wanted.

    :param of: whose page it is, where there are several
    """
    screen.say(f"{of}in a browser: {url}")
    if in_browser:
        open_in_browser(url, lambda: screen.say("no browser was found; open the address yourself"))
