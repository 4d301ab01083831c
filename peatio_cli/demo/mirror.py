"""The demo of a mirror: two local exchanges, one with traders and one that is empty, and a bot that copies the first
one's book to the second and hedges what is taken there."""

import asyncio
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from pydantic import SecretStr

from peatio_cli.demo.accounts import total_balances
from peatio_cli.demo.bot_process import BotProcess
from peatio_cli.demo.bot_report import MirrorAssignment, ReportReader
from peatio_cli.demo.comparison import OrderState
from peatio_cli.demo.mirror_events import BOT, MARKET, TAKER, MirrorEvents
from peatio_cli.demo.screen import Screen
from peatio_cli.demo.session import POLL_INTERVAL_S, BotAccount, BotOutcome, Interrupts, settle, show_page, trade
from peatio_cli.demo.view import DemoFigures
from peatio_cli.install.instance import Instance
from peatio_cli.install.strategy_files import put_liquidity
from peatio_liquidity.depth import Funds, Shape
from peatio_sandbox import Sandbox, SandboxConfig

BASE, QUOTE = "BTC", "USD"
PAIR = f"{BASE}-{QUOTE}"
SOURCE = "peatio_outer"
HISTORY_S = 86_400
RUNNER = "peatio_cli.demo.mirror_runner"
#: So long the bot may need to hedge what was taken last.
HEDGE_TIMEOUT_S = 30.0
SHAPE = Shape(
    levels=8,
    spread=Decimal("0.002"),
    min_spread=Decimal("0.001"),
    distance=Decimal("0.0005"),
    scale=Decimal(1),
    max_amount=Decimal("0.5"),
)
FUNDS = Funds(quote=Decimal(100_000), base=Decimal(3), bids=Decimal(2), asks=Decimal(2))
PRICE_TOLERANCE, AMOUNT_TOLERANCE = Decimal("0.0002"), Decimal("0.2")
STRATEGY = {
    "connector_name": "peatio",
    "trading_pair": PAIR,
    "source_connector": SOURCE,
    "source_pair": PAIR,
    "bid_budget_quote": f"{FUNDS.quote}",
    "ask_budget_base": f"{FUNDS.base}",
    "max_exposure_base": f"{FUNDS.bids}",
    "levels": f"{SHAPE.levels}",
    "spread": f"{SHAPE.spread}",
    "min_spread": f"{SHAPE.min_spread}",
    "level_distance": f"{SHAPE.distance}",
    "depth_scale": f"{SHAPE.scale}",
    "max_level_amount": f"{SHAPE.max_amount}",
    "price_tolerance": f"{PRICE_TOLERANCE}",
    "amount_tolerance": f"{AMOUNT_TOLERANCE}",
    # The sandbox has no limit of this kind, and its traders move the book as often as a large market's.
    "requests_per_minute": "3000",
}


@dataclass(frozen=True)
class MirrorOutcome:
    """The result of the demo.

    :ivar own: the account on the operator's exchange; :ivar outer: the one on the source, where each order is a hedge
    :ivar part_within: how often a side of the own book was within tolerance of what the source's calls for
    :ivar exposure: what was not hedged at the end, in base
    """

    own: BotOutcome
    outer: BotOutcome
    part_within: Decimal
    exposure: Decimal
    discrepancies: list[str]

    @property
    def bots(self) -> tuple[BotOutcome, BotOutcome]:
        """Both accounts."""
        return self.own, self.outer


async def run_mirror(
    seconds: float, instance: Instance, screen: Screen, interrupts: Interrupts, *, in_browser: bool = False
) -> MirrorOutcome:
    """Run the demo in a demo instance; `in_browser` opens the page of the own exchange.

    Raises:
        BotError: the bot did not start, ended unexpectedly or did not stop properly.
        OSError: a sandbox could not listen, or the instance could not be written.
    """
    run_name = f"demo_{datetime.now(UTC):%Y%m%d_%H%M%S}"
    async with (
        Sandbox(SandboxConfig(seed=1, traders=True, history_s=HISTORY_S)) as outer,
        Sandbox(SandboxConfig(seed=2)) as own,
    ):
        screen.say(f"the source: a local Peatio (sandbox) with traders at {outer.url}")
        screen.say(f"your exchange: a local Peatio (sandbox) with nobody on it at {own.url}")
        show_page(f"{own.url}/#market={MARKET}&member={BOT}", screen, in_browser)
        screen.wait("bot: Hummingbot is starting, this takes about ten seconds")
        events = MirrorEvents(own, outer, SHAPE, FUNDS, PRICE_TOLERANCE, AMOUNT_TOLERANCE)
        journal = instance.directory / "data" / f"peatio_liquidity_{run_name}.sqlite"
        accounts = await _start(own, outer, instance, run_name)
        process = accounts[0].process
        try:
            await trade(seconds, accounts, events, screen, interrupts)
            screen.wait("bot: hedging what was taken last")
            await _hedged(accounts, journal, interrupts)
            screen.wait("bot: stopping, it cancels its orders")
            await process.stop(interrupts.give_up)
            for account in accounts:
                account.take_reports()
        finally:
            await process.close()
        await settle(accounts)
        own_outcome, outer_outcome = (account.outcome() for account in accounts)
        exposure = _exposure(accounts)
        discrepancies = [
            *(f"a sandbox failed: {error!r}" for sandbox in (own, outer) for error in sandbox.handler_errors),
            *_unhedged(outer, exposure),
        ]
    for account, outcome in zip(accounts, (own_outcome, outer_outcome), strict=True):
        name = account.figures.name
        discrepancies += [f"{name}: {text}" for text in account.discrepancies(outcome)]
    discrepancies += compare_journal(journal, outer_outcome, exposure)
    return MirrorOutcome(own_outcome, outer_outcome, events.part_within, exposure, discrepancies)


async def _start(own: Sandbox, outer: Sandbox, instance: Instance, run_name: str) -> list[BotAccount]:
    """The bot's account on the own exchange, and that on the source."""
    directory = instance.directory
    put_liquidity(directory)
    settings = f"exchanges:\n  {SOURCE.removeprefix('peatio_')}:\n    domain: {outer.url}\n"
    (directory / "conf" / "peatio.yml").write_text(settings, encoding="utf-8")
    before = [total_balances(sandbox, BOT) for sandbox in (own, outer)]
    source_reports = directory / "data" / f"{run_name}_source.jsonl"
    assignment = MirrorAssignment(
        exchange_domain=own.url,
        api_key=own.members[BOT].api_key,
        secret_key=SecretStr(own.members[BOT].secret),
        password=SecretStr(secrets.token_urlsafe(24)),
        strategy_file=f"conf_{run_name}.yml",
        strategy={**STRATEGY, "id": run_name},
        trading_pair=PAIR,
        report_file=directory / "data" / f"{run_name}.jsonl",
        source=SOURCE,
        source_api_key=outer.members[BOT].api_key,
        source_secret_key=SecretStr(outer.members[BOT].secret),
        source_report_file=source_reports,
    )
    process = await BotProcess.start(directory, assignment, RUNNER)
    database = directory / "data" / f"conf_{run_name}.sqlite"
    own_figures, outer_figures = (
        DemoFigures(BASE, QUOTE, name, f"Hummingbot peatio_liquidity: {title}")
        for name, title in (("own", "your exchange"), ("source", "the source"))
    )
    return [
        BotAccount(BOT, own, process, process.read_reports, database, own_figures, before[0]),
        BotAccount(
            BOT, outer, process, ReportReader(source_reports).read_new, database, outer_figures, before[1], SOURCE
        ),
    ]


async def _hedged(accounts: Sequence[BotAccount], journal: Path, interrupts: Interrupts) -> None:
    """Wait until what was taken is settled, what is not hedged is less than the source takes, and the bot knows it."""
    own, outer = (account.sandbox for account in accounts)
    loop = asyncio.get_running_loop()
    until_s = loop.time() + HEDGE_TIMEOUT_S
    while not interrupts.give_up.is_set() and loop.time() < until_s:
        is_taking = any(order.state in ("pending", "wait") for order in own.orders(TAKER))
        if not is_taking and not list(_unhedged(outer, _exposure(accounts))) and not _unended(journal):
            return
        accounts[0].process.check()
        with suppress(TimeoutError):
            await asyncio.wait_for(interrupts.give_up.wait(), POLL_INTERVAL_S)


def _unended(journal: Path) -> list[tuple[int, str]]:
    """Number and state of the hedges that the bot does not know to have ended."""
    if not journal.is_file():
        return []
    with closing(sqlite3.connect(journal)) as file:
        return file.execute("SELECT number, state FROM hedge WHERE state != 'ended'").fetchall()


def _exposure(accounts: Sequence[BotAccount]) -> Decimal:
    """What both exchanges together have of base beyond the start."""
    return sum(
        (total_balances(account.sandbox, account.member)[BASE] - account.before[BASE] for account in accounts),
        Decimal(0),
    )


def _unhedged(outer: Sandbox, exposure: Decimal) -> Iterator[str]:
    minimum = outer.exchange.markets[MARKET].min_amount
    if abs(exposure) >= minimum:
        yield f"{exposure:f} {BASE} are not hedged, and the source takes {minimum:f}"


def compare_journal(path: Path, outer: BotOutcome, exposure: Decimal) -> Iterator[str]:
    """Discrepancies between the bot's hedge journal and the exchanges' ledgers.

    :param outer: its account on the source, whose orders are all hedges
    :param exposure: by the ledgers, in base
    """
    if not path.is_file():
        yield "there is no hedge journal"
        return
    with closing(sqlite3.connect(path)) as file:
        changes = file.execute("SELECT base_change FROM fill").fetchall()
        hedges = file.execute("SELECT number, state FROM hedge WHERE client_order_id IS NOT NULL").fetchall()
    journal = sum((Decimal(change) for (change,) in changes), Decimal(0))
    if journal != exposure:
        yield f"not hedged: {journal:f} {BASE} in the hedge journal, {exposure:f} on the exchanges"
    placed = sum(order.state is not OrderState.FAILED for order in outer.ledger.orders)
    if len(hedges) != placed:
        yield f"{len(hedges)} hedges in the hedge journal, {placed} orders on the source"
    for number, state in hedges:
        if state != "ended":
            yield f"hedge {number}: {state} in the hedge journal, and the bot has stopped"
