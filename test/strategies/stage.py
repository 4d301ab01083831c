"""Plays one strategy on sandboxes with traders, in an instance and a process of its own, and compares the accounts."""

import asyncio
import re
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from pydantic import SecretStr

from peatio_cli.demo.accounts import ledger_account, reported_account, total_balances
from peatio_cli.demo.bot_report import Report, ReportReader, Snapshot
from peatio_cli.demo.comparison import (
    DATABASE_STEP,
    Account,
    compare,
    compare_balances,
    compare_reported_balances,
    open_orders,
)
from peatio_cli.demo.trade_database import read_trade_database
from peatio_cli.install.instance import InstancePurpose, create_instance, instance_environment
from peatio_cli.install.strategy_files import copy_checkout, put_liquidity
from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.config import DEFAULT_MARKETS, DEFAULT_MEMBERS
from test.strategies.assignment import Assignment, Configuration, Keys
from test.strategies.files import copy_controllers

ROOT = Path(__file__).parents[2]
MEMBER = "bot"
BASE, QUOTE = "BTC", "USD"
START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 90.0
POLL_S = 0.1
SETTLE_TIMEOUT_S = 10.0

# Of Hummingbot's `CloseType`; importing it takes seconds.
CLOSE_TYPES = {
    1: "time limit", 2: "stop loss", 3: "take profit", 4: "expired", 5: "early stop", 6: "trailing stop",
    7: "insufficient balance", 8: "failed", 9: "completed", 10: "position held",
}

_ERROR = re.compile(r"^\S+ \S+ - \d+ - \S+ - (?:ERROR|CRITICAL) - (.*)$", re.M)
_NUMBERS = re.compile(r"\b(?=\w*\d)[\w.]{4,}\b")


class PlayError(Exception):
    """The bot did not start, or ended or stopped in another way than asked; the text has the end of its log."""


@dataclass(frozen=True)
class Play:
    """What to run.

    :param exchanges: the connectors; `peatio` is the plain one, others are named exchanges
    :param seconds: how long, from the first order on
    :param checkout: whose scripts and controllers the instance gets
    :param stop_attempts: Hummingbot's own number is 10
    :param history_s: how far back the exchange has candles
    :param funds: the bot's, by currency; None for the sandbox's own, which are more than enough
    """

    name: str
    configurations: tuple[Configuration, ...]
    exchanges: tuple[str, ...] = ("peatio",)
    seconds: float = 60.0
    checkout: Path | None = None
    stop_attempts: int = 10
    funds: Mapping[str, Decimal] | None = None
    history_s: int = 0


@dataclass(frozen=True)
class Executor:
    """An executor of a controller, as Hummingbot's database has it after the bot's end."""

    controller: str
    kind: str
    close_type: str
    filled_quote: Decimal


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    :param errors: each kind of error in Hummingbot's log, with how often it is there
    """

    orders: int
    fills: int
    discrepancies: tuple[str, ...]
    errors: dict[str, int]
    executors: tuple[Executor, ...]


#: Whether a play may end before its time.
Until = Callable[[Sequence[Sandbox], Path], bool]


async def play(what: Play, directory: Path, until: Until | None = None) -> Outcome:
    """Run a strategy and compare; `directory` becomes its instance.

    :param until: ends the play early, asked with the exchanges and the bot's database
    :raises PlayError: when the bot did not run
    """
    async with AsyncExitStack() as stack:
        sandboxes = [
            await stack.enter_async_context(Sandbox(_exchange(seed, what)))
            for seed, _ in enumerate(what.exchanges, start=1)
        ]
        before = [total_balances(sandbox, MEMBER) for sandbox in sandboxes]
        assignment = _prepare(what, sandboxes, directory)
        async with _bot(assignment, directory) as bot:
            await _trade(what, sandboxes, bot, directory, until)
        await _settle(sandboxes)
        discrepancies = [
            text
            for name, sandbox, start in zip(what.exchanges, sandboxes, before, strict=True)
            for text in _compare(name, sandbox, start, assignment, directory)
        ]
        orders, fills = (sum(len(found(MEMBER)) for found in each) for each in _counters(sandboxes))
    database = directory / "data" / f"{what.name}.sqlite"
    return Outcome(orders, fills, tuple(discrepancies), _errors(directory, what.name), tuple(read_executors(database)))


def _exchange(seed: int, what: Play) -> SandboxConfig:
    """One market, and its traders."""
    markets = tuple(market for market in DEFAULT_MARKETS if market.name == f"{BASE}/{QUOTE}")
    members = tuple(
        replace(member, balances=what.funds) if member.name == MEMBER and what.funds is not None else member
        for member in DEFAULT_MEMBERS
    )
    return SandboxConfig(seed=seed, traders=True, markets=markets, members=members, history_s=what.history_s)


def _counters(sandboxes: Sequence[Sandbox]) -> tuple[list[Callable[[str], Sequence[object]]], ...]:
    return [each.orders for each in sandboxes], [each.fills for each in sandboxes]


def _prepare(what: Play, sandboxes: Sequence[Sandbox], directory: Path) -> Assignment:
    instance = create_instance(directory, InstancePurpose.DEMO)
    copy_controllers(instance.directory)
    put_liquidity(instance.directory)
    if what.checkout is not None:
        copy_checkout(instance.directory, what.checkout)
    named = {name.removeprefix("peatio_"): box.url for name, box in zip(what.exchanges, sandboxes, strict=True)}
    if what.exchanges != ("peatio",):
        lines = [f"  {name}:\n    domain: {url}\n" for name, url in named.items()]
        (directory / "conf" / "peatio.yml").write_text("exchanges:\n" + "".join(lines))
    keys = tuple(
        Keys(
            name=name,
            domain=sandbox.url if name == "peatio" else None,
            api_key=sandbox.members[MEMBER].api_key,
            secret_key=SecretStr(sandbox.members[MEMBER].secret),
        )
        for name, sandbox in zip(what.exchanges, sandboxes, strict=True)
    )
    return Assignment(
        name=what.name,
        configurations=what.configurations,
        keys=keys,
        reports=directory / "data",
        stop_attempts=what.stop_attempts,
    )


@asynccontextmanager
async def _bot(assignment: Assignment, directory: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The bot's process, which is asked to stop at the end, and is gone then."""
    environment = instance_environment(directory)
    environment["PYTHONPATH"] += f":{ROOT}"
    with (directory / "logs" / "output.log").open("wb") as output:
        bot = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "test.strategies.bot",
            cwd=directory, env=environment, stdin=asyncio.subprocess.PIPE, stdout=output, stderr=output,
            start_new_session=True,
        )
    try:
        assert bot.stdin is not None
        bot.stdin.write(assignment.model_dump_json().encode() + b"\n")
        with suppress(ConnectionError):
            await bot.stdin.drain()
        yield bot
        bot.terminate()
        async with asyncio.timeout(STOP_TIMEOUT_S):
            await bot.wait()
    except TimeoutError as error:
        raise PlayError(f"the bot did not stop within {STOP_TIMEOUT_S:.0f} s:\n{_tail(directory)}") from error
    finally:
        if bot.returncode is None:
            bot.kill()
            await bot.wait()
    if bot.returncode != 0:
        raise PlayError(f"the bot ended with {bot.returncode}:\n{_tail(directory)}")


async def _trade(
    what: Play, sandboxes: Sequence[Sandbox], bot: asyncio.subprocess.Process, directory: Path, until: Until | None
) -> None:
    """Let it run for its time, which begins with the first order and at the latest after the start's time-out."""
    loop = asyncio.get_running_loop()
    database = directory / "data" / f"{what.name}.sqlite"
    start_by_s, end_s = loop.time() + START_TIMEOUT_S, None
    while end_s is None or loop.time() < end_s:
        if bot.returncode is not None:
            raise PlayError(f"the bot ended by itself with {bot.returncode}:\n{_tail(directory)}")
        has_ordered = any(sandbox.orders(MEMBER) for sandbox in sandboxes)
        if end_s is None and (has_ordered or loop.time() > start_by_s):
            end_s = loop.time() + (what.seconds if has_ordered else 0.0)
        if until is not None and has_ordered and until(sandboxes, database):
            return
        await asyncio.sleep(POLL_S)


async def _settle(sandboxes: Sequence[Sandbox]) -> None:
    """Wait until the exchange has processed the bot's last requests."""
    until_s = asyncio.get_running_loop().time() + SETTLE_TIMEOUT_S
    while any(open_orders(ledger_account(each, MEMBER)) for each in sandboxes):
        if asyncio.get_running_loop().time() > until_s:
            return
        await asyncio.sleep(POLL_S)


def _compare(
    name: str, sandbox: Sandbox, before: dict[str, Decimal], assignment: Assignment, directory: Path
) -> list[str]:
    reports: list[Report] = list(ReportReader(assignment.reports / f"{name}.jsonl").read_new())
    ledger, after = ledger_account(sandbox, MEMBER), total_balances(sandbox, MEMBER)
    events = _without_prices(reported_account(reports), ledger)
    database = read_trade_database(directory / "data" / f"{assignment.name}.sqlite", name)
    snapshots = [report for report in reports if isinstance(report, Snapshot)]
    found = [
        *(f"the sandbox failed: {error!r}" for error in sandbox.handler_errors),
        *open_orders(ledger),
        *compare(ledger, events, "Hummingbot's events"),
        *compare(ledger, _without_prices(database, ledger), "Hummingbot's database", step=DATABASE_STEP),
        *compare_balances(before, after, events.fills, BASE, QUOTE),
        *compare_reported_balances(after, snapshots[-1].balances, "Hummingbot's last balances"),
    ]
    return [f"{name}: {text}" for text in found]


def _without_prices(account: Account, ledger: Account) -> Account:
    """Without the prices of market orders: Hummingbot notes the one at which the strategy looked."""
    at_market = {order.order_id for order in ledger.orders if not order.price}
    return replace(
        account,
        orders=[replace(order, price=Decimal(0)) if order.order_id in at_market else order for order in account.orders],
    )


def read_executors(database: Path) -> list[Executor]:
    """Hummingbot's table of executors, which it fills when an executor ends; none before there is a database."""
    if not database.is_file():
        return []
    query = "SELECT controller_id, type, close_type, filled_amount_quote FROM Executors ORDER BY timestamp"
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=rw", uri=True)) as connection:
        rows = connection.execute(query).fetchall()
    return [Executor(name, kind, CLOSE_TYPES.get(end, "open"), Decimal(str(sum_))) for name, kind, end, sum_ in rows]


def _errors(directory: Path, name: str) -> dict[str, int]:
    """The errors in Hummingbot's log, those that differ in numbers and ids only as one."""
    log = directory / "logs" / f"logs_{name}.log"
    text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    return dict(Counter(_NUMBERS.sub("…", match[1])[:160] for match in _ERROR.finditer(text)))


def _tail(directory: Path) -> str:
    lines = [
        line
        for log in sorted((directory / "logs").glob("*.log"))
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines()[-25:]
    ]
    return "\n".join(f"  {line}" for line in lines) or "  (no log)"
