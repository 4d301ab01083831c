"""``make scaling``: measures many bots on one account, each a process of its own; renews docs/operate/scaling.md."""

import argparse
import asyncio
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
from pydantic import SecretStr

from bench.conditions import Conditions, Observer
from bench.pages import renewed
from peatio_cli.demo.accounts import ledger_account
from peatio_cli.demo.bot_process import BotError, BotProcess
from peatio_cli.demo.bot_report import BotAssignment, OrderCreated
from peatio_cli.demo.comparison import open_orders
from peatio_cli.install.instance import InstancePurpose, create_instance
from peatio_sandbox import Sandbox, SandboxConfig

MEMBER = "bot"
# Pair and amount: the bots take them in turn.
MARKETS = (("BTC-USD", "0.01"), ("ETH-USD", "0.1"), ("ETH-BTC", "0.1"), ("DOGE-BTC", "500"))
# Two quotes a side, renewed every eight seconds whatever the price does.
STRATEGY = {
    "bid_spread": "0.5",
    "ask_spread": "0.5",
    "order_levels": "2",
    "order_level_spread": "0.2",
    "order_refresh_time": "8",
    "order_refresh_tolerance_pct": "-1",
    "filled_order_delay": "2",
}
COUNTS = (1, 2, 4, 8)
SECONDS = 60
START_TIMEOUT_S = 300.0
SETTLE_S = 2.0
# Peatio's limit for all calls of a member (docs/protocol.md section 3).
LIMIT_A_MINUTE = 6000 / 5
PLACE = "scaling"
HEAD = (
    "bots", "CPU a bot", "memory a bot", "requests a minute and bot", "order placed: median", "99 %", "exchange's CPU"
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """What some number of bots took. CPU in percent of one core, memory in MiB."""

    bots: int
    cpu_pct: float
    memory_mib: float
    requests_a_minute: float
    placed_s: Sequence[float]
    exchange_cpu_pct: float

    def cells(self) -> tuple[str, ...]:
        """For the table."""
        placed_s = sorted(self.placed_s)
        late_s = placed_s[min(len(placed_s) - 1, round(len(placed_s) * 0.99))]
        return (
            f"{self.bots}",
            f"{self.cpu_pct:.1f} %",
            f"{self.memory_mib:.0f} MiB",
            f"{self.requests_a_minute:.0f}",
            f"{statistics.median(placed_s) * 1000:.0f} ms",
            f"{late_s * 1000:.0f} ms",
            f"{self.exchange_cpu_pct:.0f} %",
        )


@dataclass(frozen=True)
class Usage:
    """What had been used at a moment. CPU in seconds."""

    at_s: float
    bots_cpu_s: float
    exchange_cpu_s: float
    requests: int

    @classmethod
    def now(cls, bots: Sequence[BotProcess], sandbox: Sandbox) -> "Usage":
        times = [psutil.Process(bot.pid).cpu_times() for bot in bots]
        requests = sum(count for (_, route), count in sandbox.request_counts.items() if "ranger" not in route)
        return cls(time.monotonic(), sum(one.user + one.system for one in times), time.process_time(), requests)


def main() -> int:
    """Run the command line; return the exit code: 1 where a bot left an order behind or did not run."""
    parser = argparse.ArgumentParser(prog="make scaling", description=__doc__)
    parser.add_argument("--bots", default=",".join(map(str, COUNTS)), help="numbers of bots, with commas between")
    parser.add_argument("--seconds", type=int, default=SECONDS, help="how long each number of bots is measured")
    parser.add_argument("--docs", type=Path, help="folder of the page to renew")
    options = parser.parse_args()
    observer = Observer()
    try:
        rows = [asyncio.run(measured(int(count), options.seconds)) for count in options.bots.split(",")]
    except BotError as error:
        print(f"scaling: {error}", file=sys.stderr)
        return 1
    conditions = observer.conditions()
    text = f"{table(rows)}\n\n{described(rows, options.seconds, conditions)}"
    print(text)
    if options.docs is not None:
        page = options.docs / "scaling.md"
        page.write_text(renewed(page.read_text(encoding="utf-8"), PLACE, text), encoding="utf-8")
    return 0


def table(rows: Sequence[Row]) -> str:
    """In Markdown."""
    lines = (HEAD, ("---:",) * len(HEAD), *(row.cells() for row in rows))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def described(rows: Sequence[Row], seconds: int, conditions: Conditions) -> str:
    """What the table was made with, and how many such bots the request limit of an account carries."""
    room = int(LIMIT_A_MINUTE / max(row.requests_a_minute for row in rows))
    return (
        f"{seconds} s each; Python {conditions.python}, Hummingbot {conditions.hummingbot}, {conditions.cpus} CPUs for "
        f"bots and exchange together, load {conditions.load_before:.2f} before the run. Peatio allows an account "
        f"{LIMIT_A_MINUTE:.0f} requests a minute: {room} such bots."
    )


async def measured(count: int, seconds: float) -> Row:
    """One number of bots.

    :raises BotError: when one of them did not start, ended, or left an order behind
    """
    with tempfile.TemporaryDirectory(prefix="hummingbot-peatio-scaling-") as folder:
        async with Sandbox(SandboxConfig(traders=True, seed=count)) as sandbox:
            bots: list[BotProcess] = []
            try:
                for assignment in assignments(count, sandbox, Path(folder)):
                    bots.append(await BotProcess.start(assignment.report_file.parents[1], assignment))
                await all_ready(bots)
                print(f"{count} bots quote", file=sys.stderr)
                row = await observed(bots, sandbox, seconds)
                await asyncio.gather(*(bot.stop(asyncio.Event()) for bot in bots))
            finally:
                await asyncio.gather(*(bot.close() for bot in bots))
            await asyncio.sleep(SETTLE_S)
            left = open_orders(ledger_account(sandbox, MEMBER))
            if left or sandbox.handler_errors:
                raise BotError(f"after the end: {[*left, *map(repr, sandbox.handler_errors)]}")
            return row


def assignments(count: int, sandbox: Sandbox, folder: Path) -> Iterator[BotAssignment]:
    """One bot an instance, all with the same account."""
    account = sandbox.members[MEMBER]
    for number in range(count):
        instance = create_instance(folder / f"bot{number}", InstancePurpose.DEMO)
        pair, amount = MARKETS[number % len(MARKETS)]
        yield BotAssignment(
            exchange_domain=sandbox.url,
            api_key=account.api_key,
            secret_key=SecretStr(account.secret),
            password=SecretStr(secrets.token_urlsafe(24)),
            strategy_file="conf_scaling.yml",
            strategy={**STRATEGY, "order_amount": amount},
            trading_pair=pair,
            report_file=instance.directory / "data" / "scaling.jsonl",
        )


async def all_ready(bots: Sequence[BotProcess]) -> None:
    """:raises BotError: when one ends, or they are not ready in time"""
    async with asyncio.timeout(START_TIMEOUT_S):
        while not all(bot.phase == "ready" for bot in bots):
            for bot in bots:
                bot.check()
                list(bot.read_reports())
            await asyncio.sleep(0.2)
    await asyncio.sleep(SETTLE_S)  # what comes once, after a start, is not of interest


async def observed(bots: Sequence[BotProcess], sandbox: Sandbox, seconds: float) -> Row:
    """What the bots do and take for so long."""
    for bot in bots:
        list(bot.read_reports())
    before = Usage.now(bots, sandbox)
    await asyncio.sleep(seconds)
    after = Usage.now(bots, sandbox)
    placed_s = []
    for bot in bots:
        bot.check()
        placed_s += [report.took_s for report in bot.read_reports() if isinstance(report, OrderCreated)]
    if not placed_s:
        raise BotError(f"{len(bots)} bots placed nothing in {seconds:.0f} s")
    took_s = after.at_s - before.at_s
    return Row(
        bots=len(bots),
        cpu_pct=(after.bots_cpu_s - before.bots_cpu_s) / took_s / len(bots) * 100,
        memory_mib=max(psutil.Process(bot.pid).memory_info().rss for bot in bots) / 2**20,
        requests_a_minute=(after.requests - before.requests) / took_s / len(bots) * 60,
        placed_s=placed_s,
        exchange_cpu_pct=(after.exchange_cpu_s - before.exchange_cpu_s) / took_s * 100,
    )


if __name__ == "__main__":
    sys.exit(main())
