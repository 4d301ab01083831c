"""`python -m test.chaos.soak --minutes 20`: one long run at true speed, under Hummingbot's own pure_market_making.

The demo's bot in the demo's kind of instance, on an exchange that breaks all the time; the accounts are compared as
after a seed of the chaos. The last minutes are calm, so that what nothing but the periodic poll can learn is learnt.
"""

import argparse
import asyncio
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pydantic import SecretStr

from peatio_cli.demo import bot_report
from peatio_cli.demo.bot_process import BotError, BotProcess
from peatio_cli.demo.markets import ORDINARY, STRATEGY
from peatio_cli.demo.session import START_TIMEOUT_S
from peatio_cli.install.instance import InstancePurpose, create_instance
from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.config import DEFAULT_MARKETS
from peatio_sandbox.faults.faults import STORM_KINDS
from test.chaos.evidence import Evidence, Life, Records, read_ledger, read_records, total_funds, turned_up_in
from test.chaos.judge import Fault, Finding, judge
from test.chaos.reports import Created, Ended, Filled, Line, Status

MEMBER = "bot"
PAIR = ORDINARY[0].pair
NAME = "soak"
SEED = 1
# A fault every half minute on average, lasting some seconds: nothing is scaled here.
MEAN_PAUSE_S = 25.0
MEAN_DURATION_S = 6.0
# Hummingbot asks for everything every two minutes while the private stream stands.
CALM_S = 130.0
PROGRESS_S = 60.0
POLL_S = 0.5


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0 where nothing was lost, duplicated, orphaned or mis-accounted."""
    options = _parser().parse_args(arguments)
    directory = options.keep or Path(tempfile.mkdtemp(prefix="peatio-soak-"))
    try:
        findings, counts = asyncio.run(_soak(options.minutes, options.seed, directory))
    except BotError as error:
        print(f"soak: the bot failed: {error}")
        return 1
    for finding in findings:
        print(f"  {finding.fault.value}: {finding.text}")
    if findings:
        print(f"  to repeat: make soak MINUTES={options.minutes:g} SEED={options.seed}    (logs: {directory}/logs)")
    found = ", ".join(f"{sum(1 for f in findings if f.fault is fault)} {fault.value}" for fault in Fault)
    print(f"soak: {options.minutes:g} minutes, {counts}: {found}")
    if not findings and options.keep is None:
        shutil.rmtree(directory, ignore_errors=True)
    return 1 if findings else 0


async def _soak(minutes: float, seed: int, directory: Path) -> tuple[list[Finding], str]:
    instance = create_instance(directory, InstancePurpose.DEMO)
    markets = tuple(market for market in DEFAULT_MARKETS if market.name == PAIR.replace("-", "/"))
    async with Sandbox(SandboxConfig(seed=seed, traders=True, markets=markets)) as sandbox:
        start = total_funds(sandbox, MEMBER)
        bot = await BotProcess.start(instance.directory, _assignment(sandbox, instance.directory))
        reports: list[bot_report.Report] = []
        try:
            await _until_ready(bot, reports)
            print(f"the bot is ready and trades for {minutes:g} minutes, the last {CALM_S:.0f} s of them in calm")
            sandbox.faults.storm(
                seed, kinds=STORM_KINDS, mean_pause_s=MEAN_PAUSE_S, mean_duration_s=MEAN_DURATION_S, member=MEMBER
            )
            await _trade(max(minutes * 60 - CALM_S, 0.0), bot, reports, sandbox)
            sandbox.faults.end_storm()
            await _trade(CALM_S, bot, reports, sandbox)
            await bot.stop(give_up=asyncio.Event())
            reports += bot.read_reports()
        finally:
            await bot.close()
        ledger = read_ledger(sandbox, MEMBER, start)
        faults = sum(sandbox.faults.hits.values())
        if sandbox.handler_errors:
            raise ExceptionGroup("the sandbox failed", sandbox.handler_errors)
    data = instance.directory / "data"
    records = read_records(data / f"conf_{NAME}.sqlite", data / "peatio_journal.sqlite")
    logs = (instance.directory / "logs").glob("*.log")
    life = Life(Records({}, {}, {}), list(_lines(reports)), was_killed=False)
    findings = judge(Evidence([life], records, ledger, _last_status(reports), turned_up_in(logs)))
    return findings, f"{len(ledger.orders)} orders, {len(ledger.fills)} fills, {faults} faults"


async def _until_ready(bot: BotProcess, reports: list[bot_report.Report]) -> None:
    until_s = time.monotonic() + START_TIMEOUT_S
    while bot.phase != "ready":
        reports += bot.read_reports()
        bot.check()
        if time.monotonic() > until_s:
            raise BotError(f"the bot was not ready within {START_TIMEOUT_S:.0f} s:\n{bot.log_tail()}")
        await asyncio.sleep(POLL_S)


async def _trade(seconds: float, bot: BotProcess, reports: list[bot_report.Report], sandbox: Sandbox) -> None:
    until_s = time.monotonic() + seconds
    progress_s = time.monotonic() + PROGRESS_S
    while time.monotonic() < until_s:
        await asyncio.sleep(POLL_S)
        reports += bot.read_reports()
        bot.check()
        if time.monotonic() > progress_s:
            progress_s += PROGRESS_S
            hits = sum(sandbox.faults.hits.values())
            orders, fills = len(sandbox.orders(MEMBER)), len(sandbox.fills(MEMBER))
            left_s = until_s - time.monotonic()
            print(f"{left_s:6.0f} s left: {orders} orders, {fills} fills, {hits} faults", flush=True)


def _assignment(sandbox: Sandbox, directory: Path) -> bot_report.BotAssignment:
    account = sandbox.members[MEMBER]
    return bot_report.BotAssignment(
        exchange_domain=sandbox.url,
        api_key=account.api_key,
        secret_key=SecretStr(account.secret),
        password=SecretStr(secrets.token_urlsafe(24)),
        strategy_file=f"conf_{NAME}.yml",
        strategy=STRATEGY,
        trading_pair=PAIR,
        report_file=directory / "data" / f"{NAME}.jsonl",
    )


def _lines(reports: Iterable[bot_report.Report]) -> Iterator[Line]:
    """The demo's reports in the words of the chaos. All orders are limit orders on one pair."""
    for report in reports:
        match report:
            case bot_report.OrderCreated(client_order_id=client, order_id=order, side=side, price=price, amount=amount):
                yield Created(
                    client_order_id=client, order_id=order, pair=PAIR, side=side, order_type="limit", price=price,
                    amount=amount,
                )
            case bot_report.OrderFilled():
                yield Filled(
                    client_order_id=report.client_order_id, order_id=report.order_id, trade_id=report.trade_id,
                    pair=PAIR, side=report.side, price=report.price, amount=report.amount, fees=dict(report.fees),
                )
            case bot_report.OrderEnded(client_order_id=client, state=state):
                yield Ended(client_order_id=client, state=state)


def _last_status(reports: Iterable[bot_report.Report]) -> Status:
    """The last balances told, after the orders were cancelled. What was still followed the journal tells."""
    snapshots = [report for report in reports if isinstance(report, bot_report.Snapshot)]
    return Status(is_ready=True, followed=(), total=snapshots[-1].balances, available=None)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m test.chaos.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0, help="how long the bot trades (20)")
    parser.add_argument("--seed", type=int, default=SEED, help=f"which faults, and which traders ({SEED})")
    parser.add_argument("--keep", type=Path, help="the instance's directory; kept in any case")
    return parser


if __name__ == "__main__":
    sys.exit(main())
