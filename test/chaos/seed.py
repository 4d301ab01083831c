"""One seed: an exchange in trouble, a bot with three lives, and the comparison at the end."""

import asyncio
import logging
import random
import re
import time
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.config import DEFAULT_CURRENCIES, DEFAULT_MARKETS

from test.chaos.bot import Bot, UnbornBot, fork_unborn
from test.chaos.counterparty import Counterparty
from test.chaos.evidence import Evidence, Life, read_ledger, read_records, total_funds
from test.chaos.judge import Fault, Finding, judge
from test.chaos.storm import Storm
from test.chaos.time_scale import LONG_POLL_S, scale_sandbox
from test.chaos.trader import PairScript, Script
from test.chaos.worker import DATABASE_NAME, Assignment

# Two of them end with a kill.
LIVES = 3
MEMBER, TAKER = "bot", "taker"
MARKETS = ("btcusd", "ethusd", "dogebtc")
JOURNAL_NAME = "peatio_journal.sqlite"
# How many orders have to reach the exchange.
ORDERS = 205
MIN_ORDERS = 200
MIN_KINDS = 10
# How long a life lasts that ends with a kill, seconds from its start.
LIFE_S = (3.0, 7.0)
# For how long the last life may go on placing orders, and what may be needed until it is ready.
TRADING_LIMIT_S = 45.0
READY_LIMIT_S = 20.0
# A full poll must mend whatever was left; twice that is the limit.
SETTLE_LIMIT_S = 2 * LONG_POLL_S

_TURNED_UP = re.compile(r"Order (\S+), given up before, turned up")


@dataclass
class SeedResult:
    """What a seed came to. `error`: it could not be carried through, with the traceback."""

    seed: int
    orders: int = 0
    fills: int = 0
    faults: int = 0
    kinds: int = 0
    findings: list[Finding] = field(default_factory=list)
    seconds: float = 0.0
    settled_s: float = 0.0
    error: str = ""
    log_tail: str = ""
    notes: Counter[str] = field(default_factory=Counter)

    @property
    def has_passed(self) -> bool:
        return not self.findings and not self.error

    def count(self, fault: Fault) -> int:
        return sum(1 for finding in self.findings if finding.fault is fault)


def run_seed(seed: int, folder: Path) -> SeedResult:
    """Runs in a process of its own; everything it writes is in `folder`."""
    started_s = time.monotonic()
    logging.basicConfig(filename=folder / "exchange.log", level=logging.INFO, force=True)
    scale_sandbox()
    result = SeedResult(seed)
    unborn = fork_unborn(LIVES)
    try:
        asyncio.run(_Seed(seed, folder, result, unborn).run())
    except Exception:
        result.error = traceback.format_exc()
    for bot in unborn:
        bot.process.kill()
        bot.process.join()
    result.seconds = time.monotonic() - started_s
    return result


class _Seed:
    def __init__(self, seed: int, folder: Path, result: SeedResult, unborn: Sequence[UnbornBot]) -> None:
        self._unborn = unborn
        self._folder = folder
        self._result = result
        self._random = random.Random(f"chaos {seed}")
        self._seed = seed
        markets = tuple(market for market in DEFAULT_MARKETS if market.symbol in MARKETS)
        self._sandbox = Sandbox(SandboxConfig(seed=seed, traders=True, markets=markets))
        self._storm = Storm(self._sandbox, seed, MEMBER)
        self._lives: list[Life] = []
        self._leftovers = self._random.choice(("cancel", "adopt"))
        self._refuses_self_trades = self._random.random() < 0.5

    async def run(self) -> None:
        async with self._sandbox:
            start = total_funds(self._sandbox, MEMBER)
            async with self._trouble():
                restores = self._random.sample((True, False), 2)
                for number, restores_state in enumerate((False, *restores)):
                    await self._live(number, restores_state, start)
        self._result.orders = len(self._sandbox.orders(MEMBER))
        self._result.fills = len(self._sandbox.fills(MEMBER))
        self._result.faults = self._storm.hits
        self._result.kinds = self._storm.kinds
        self._check()
        if self._result.orders < MIN_ORDERS or self._result.kinds < MIN_KINDS:
            raise RuntimeError(f"too little happened: {self._result.orders} orders, {self._result.kinds} kinds of faults")

    @asynccontextmanager
    async def _trouble(self) -> AsyncIterator[None]:
        taker = Counterparty(self._sandbox, MEMBER, TAKER, f"taker {self._seed}")
        taking = asyncio.create_task(taker.run())
        self._storm.begin()
        try:
            yield
        finally:
            self._storm.end()
            taking.cancel()
            await asyncio.gather(taking, return_exceptions=True)
        if not taking.cancelled():
            raise RuntimeError("the counterparty failed") from taking.exception()

    async def _live(self, number: int, restores_state: bool, start: Mapping[str, Decimal]) -> None:
        before = self._records()
        is_last = number == LIVES - 1
        orders = max(ORDERS - len(self._sandbox.orders(MEMBER)), 20) if is_last else 10**9
        with Bot(self._unborn[number], self._assignment(number, restores_state, orders)) as bot:
            try:
                if is_last:
                    await self._finish(bot, before, start)
                else:
                    await self._trade_until_killed(bot)
                self._check()
            finally:
                self._result.log_tail = bot.log_tail()
        self._lives.append(Life(before, bot.lines, bot.is_killed))

    async def _trade_until_killed(self, bot: Bot) -> None:
        await bot.reached("ready", self._random.uniform(*LIFE_S))
        await asyncio.sleep(self._random.uniform(*LIFE_S))
        bot.check()
        bot.kill()

    def _check(self) -> None:
        """:raises ExceptionGroup: when the exchange itself has failed, so that nothing that follows means anything"""
        if self._sandbox.handler_errors:
            raise ExceptionGroup("the sandbox failed", self._sandbox.handler_errors)

    async def _finish(self, bot: Bot, before: object, start: Mapping[str, Decimal]) -> None:
        await bot.reached("ready", READY_LIMIT_S)
        await bot.reached("idle", TRADING_LIMIT_S)
        self._storm.end()
        bot.commands.send("finish")
        if not await bot.reached("idle", READY_LIMIT_S):
            raise RuntimeError("the bot did not stop placing orders")
        self._result.findings = await self._settle(bot, before, start)
        bot.commands.send("end")
        if not await bot.reached("stopped", READY_LIMIT_S):
            raise RuntimeError("the bot did not stop")

    async def _settle(self, bot: Bot, before: object, start: Mapping[str, Decimal]) -> list[Finding]:
        """Compares until nothing differs, or the time that everything may take is over."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        while True:
            await asyncio.sleep(0.3)
            bot.read()
            bot.check()
            findings = self._judge(bot, before, start)
            self._result.settled_s = loop.time() - began_s
            if not findings or self._result.settled_s > SETTLE_LIMIT_S:
                self._write_ledger()
                return findings

    def _write_ledger(self) -> None:
        """The exchange's orders and their trades, to look things up in."""
        with (self._folder / "ledger.txt").open("w") as file:
            for order in self._sandbox.orders(MEMBER):
                print(
                    f"{order.id} {order.market} {order.side} {order.origin_volume} at {order.price}: {order.state}, "
                    f"executed {order.executed_volume}, created {order.created_at_s:.3f}, "
                    f"updated {order.updated_at_s:.3f}, trades {[trade.id for trade in order.trades]}",
                    file=file,
                )

    def _judge(self, bot: Bot, before: object, start: Mapping[str, Decimal]) -> list[Finding]:
        if bot.status is None:
            return [Finding(Fault.LOST, "the bot tells nothing any more")]
        lives = [*self._lives, Life(before, bot.lines, was_killed=False)]
        ledger = read_ledger(self._sandbox, MEMBER, start)
        return judge(Evidence(lives, self._records(), ledger, bot.status, self._turned_up()))

    def _turned_up(self) -> frozenset[str]:
        logs = [path.read_text(errors="replace") for path in self._folder.glob("life_*.log")]
        return frozenset(match for log in logs for match in _TURNED_UP.findall(log))

    def _records(self) -> object:
        return read_records(self._folder / DATABASE_NAME, self._folder / JOURNAL_NAME)

    def _assignment(self, number: int, restores_state: bool, orders: int) -> Assignment:
        account = self._sandbox.members[MEMBER]
        return Assignment(
            url=self._sandbox.url,
            api_key=account.api_key,
            secret=account.secret,
            folder=self._folder,
            report=self._folder / f"life_{number}.jsonl",
            log=self._folder / f"life_{number}.log",
            restores_state=restores_state,
            leftovers=self._leftovers,
            refuse_self_trades=self._refuses_self_trades,
            script=Script(f"trader {self._seed} {number}", self._pair_scripts(), orders),
        )

    def _pair_scripts(self) -> tuple[PairScript, ...]:
        prices = {currency.code: currency.price for currency in DEFAULT_CURRENCIES}
        funds = self._sandbox.balances(MEMBER)
        scripts = []
        for market in self._sandbox.exchange.markets.values():
            scripts.append(
                PairScript(
                    pair=market.name.replace("/", "-"),
                    price=prices[market.base] / prices[market.quote],
                    price_step=Decimal(1).scaleb(-market.price_precision),
                    amount_step=Decimal(1).scaleb(-market.amount_precision),
                    min_amount=market.min_amount,
                    amount=Decimal(1000) / prices[market.base],
                    too_much=funds[market.base][0] * Decimal("0.6"),
                )
            )
        return tuple(scripts)
