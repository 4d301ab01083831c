"""One seed: an exchange in trouble, a bot with three lives, and the comparison at the end."""

import asyncio
import logging
import random
import time
import traceback
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from peatio_sandbox import FaultKind, Sandbox, SandboxConfig
from peatio_sandbox.config import DEFAULT_MARKETS
from peatio_sandbox.exchange.exchange import OrderRequest
from peatio_sandbox.exchange.market import Side
from test.chaos.bot import Bot, UnbornBot, fork_unborn
from test.chaos.counterparty import Counterparty
from test.chaos.evidence import Evidence, Life, Records, read_ledger, read_records, total_funds, turned_up_in
from test.chaos.host import DATABASE_NAME
from test.chaos.judge import Fault, Finding, judge
from test.chaos.scripts import pair_scripts, price_of
from test.chaos.storm import HELD_UP_S, Storm
from test.chaos.time_scale import LONG_POLL_S, scale_sandbox
from test.chaos.trader import Script
from test.chaos.worker import Assignment, Leftovers

# Two of them end with a kill.
LIVES = 3
MEMBER, TAKER = "bot", "taker"
MARKETS = ("btcusd", "ethusd", "dogebtc")
JOURNAL_NAME = "peatio_journal.sqlite"
# How many orders have to reach the exchange.
ORDERS = 250
MIN_ORDERS = 200
MIN_KINDS = 10
# When the kill comes: so long after the bot is ready, or, if that takes longer, so long after its start: then it meets
# the settling of the life before.
TRADING_S = (3.0, 7.0)
STARTING_S = (2.0, 9.0)
# Three times out of four it waits for one of these to strike, and a little longer: a process that dies then knows
# things that nobody else does.
CRITICAL_KINDS = (
    FaultKind.PROCESSOR_PAUSED,
    FaultKind.ANSWER_LOST,
    FaultKind.ANSWER_STALLED,
    FaultKind.CREATE_ERROR_STORED,
    FaultKind.SERVER_ERROR_AFTER,
    FaultKind.MATCHING_PAUSED,
    FaultKind.EVENTS_LOST,
)
# For how long the last life trades at least, whatever it has placed by then.
LAST_TRADING_S = 7.0
# For how long the last life may go on placing orders, and what may be needed until it is ready.
TRADING_LIMIT_S = 60.0
READY_LIMIT_S = 20.0
# A full poll must mend whatever was left; twice that is the limit. Before the shorter time nothing is final: requests
# that were held up still arrive.
SETTLE_LIMIT_S = 2 * LONG_POLL_S
SETTLE_AT_LEAST_S = HELD_UP_S[1] + 0.5

_SIDES: tuple[Side, ...] = ("buy", "sell")
_LEFTOVERS: tuple[Leftovers, ...] = ("cancel", "adopt")


@dataclass
class SeedResult:
    """What a seed came to. `error`: it could not be carried through, with the traceback."""

    seed: int
    sabotage: str = ""
    orders: int = 0
    fills: int = 0
    faults: int = 0
    kinds: int = 0
    findings: list[Finding] = field(default_factory=list)
    seconds: float = 0.0
    settled_s: float = 0.0
    error: str = ""
    log_tail: str = ""

    @property
    def has_passed(self) -> bool:
        return not self.findings and not self.error

    def count(self, fault: Fault) -> int:
        return sum(1 for finding in self.findings if finding.fault is fault)


def run_seed(seed: int, folder: Path, sabotage: str = "") -> SeedResult:
    """Runs in a process of its own; everything it writes is in `folder`."""
    started_s = time.monotonic()
    logging.basicConfig(filename=folder / "exchange.log", level=logging.INFO, force=True)
    scale_sandbox()
    result = SeedResult(seed, sabotage)
    unborn = fork_unborn(LIVES)
    try:
        asyncio.run(_Seed(seed, folder, result, unborn, sabotage).run())
    except Exception:
        result.error = traceback.format_exc()
    for bot in unborn:
        bot.process.kill()
        bot.process.join()
    result.seconds = time.monotonic() - started_s
    return result


class _Seed:
    def __init__(
        self, seed: int, folder: Path, result: SeedResult, unborn: Sequence[UnbornBot], sabotage: str
    ) -> None:
        self._sabotage = sabotage
        self._unborn = unborn
        self._folder = folder
        self._result = result
        self._random = random.Random(f"chaos {seed}")
        self._seed = seed
        markets = tuple(market for market in DEFAULT_MARKETS if market.symbol in MARKETS)
        self._sandbox = Sandbox(SandboxConfig(seed=seed, traders=True, markets=markets))
        self._tasks: list[asyncio.Task[None]] = []
        self._lives: list[Life] = []
        self._leftovers: Leftovers = self._random.choice(_LEFTOVERS)
        self._refuses_self_trades = self._random.random() < 0.5
        self._is_exclusive = self._random.random() < 0.3
        self._storm = Storm(self._sandbox, seed, MEMBER)
        self._by_hand: list[int] = []

    async def run(self) -> None:
        async with self._sandbox:
            start = total_funds(self._sandbox, MEMBER)
            if not self._is_exclusive:
                self._place_by_hand()
            async with self._trouble():
                restores = self._random.sample((True, False), 2)
                for number, restores_state in enumerate((False, *restores)):
                    await self._live(number, restores_state, start)
        self._result.orders = len(self._sandbox.orders(MEMBER)) - len(self._by_hand)
        self._result.fills = len(self._sandbox.fills(MEMBER))
        self._result.faults = self._storm.hits
        self._result.kinds = self._storm.kinds
        self._check()
        orders, kinds = self._result.orders, self._result.kinds
        if orders < MIN_ORDERS or kinds < MIN_KINDS:
            raise RuntimeError(f"too little happened: {orders} orders, {kinds} kinds of faults")

    @asynccontextmanager
    async def _trouble(self) -> AsyncIterator[None]:
        taker = Counterparty(self._sandbox, MEMBER, TAKER, f"taker {self._seed}")
        self._storm.begin()
        self._tasks = [asyncio.create_task(taker.run()), asyncio.create_task(self._storm.blow_hard())]
        try:
            yield
        finally:
            await self._calm()

    async def _calm(self) -> None:
        """No more trouble, and nobody takes the bot's orders any more."""
        for task in self._tasks:
            task.cancel()
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        self._storm.end()
        for error in ended:
            if not isinstance(error, asyncio.CancelledError):
                raise RuntimeError("the chaos itself failed") from error

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
        starting_s, trading_s = self._random.uniform(*STARTING_S), self._random.uniform(*TRADING_S)
        in_trouble_s = self._random.choice((None, 0.0, 0.3, 1.2))
        if await bot.reached("ready", starting_s):
            await asyncio.sleep(trading_s)
            if in_trouble_s is not None:
                await self._storm.next_blow(CRITICAL_KINDS)
                await asyncio.sleep(in_trouble_s)
        bot.check()
        bot.kill()

    def _place_by_hand(self) -> None:
        """An order on each market that the account's owner placed elsewhere, out of anybody's reach."""
        member = self._sandbox.exchange.members[MEMBER]
        for market in self._sandbox.exchange.markets.values():
            side: Side = self._random.choice(_SIDES)
            factor = Decimal("0.5") if side == "buy" else Decimal(2)
            price = (price_of(market) * factor).quantize(Decimal(1).scaleb(-market.price_precision))
            volume = market.min_amount * self._random.randint(2, 1000)
            order = self._sandbox.exchange.submit(member, OrderRequest(market, side, "limit", volume, price))
            self._by_hand.append(order.id)

    def _check(self) -> None:
        """:raises ExceptionGroup: when the exchange itself has failed, so that nothing that follows means anything"""
        if self._sandbox.handler_errors:
            raise ExceptionGroup("the sandbox failed", self._sandbox.handler_errors)

    async def _finish(self, bot: Bot, before: Records, start: Mapping[str, Decimal]) -> None:
        await bot.reached("ready", READY_LIMIT_S)
        await asyncio.sleep(LAST_TRADING_S)
        await bot.reached("idle", TRADING_LIMIT_S)
        await self._calm()
        bot.commands.send("finish")
        if not await bot.reached("idle", READY_LIMIT_S):
            raise RuntimeError("the bot did not stop placing orders")
        self._result.findings = await self._settle(bot, before, start)
        bot.commands.send("end")
        if not await bot.reached("stopped", READY_LIMIT_S):
            raise RuntimeError("the bot did not stop")

    async def _settle(self, bot: Bot, before: Records, start: Mapping[str, Decimal]) -> list[Finding]:
        """Compares until nothing differs, or the time that everything may take is over."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        await asyncio.sleep(SETTLE_AT_LEAST_S)
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

    def _judge(self, bot: Bot, before: Records, start: Mapping[str, Decimal]) -> list[Finding]:
        if bot.status is None:
            return [Finding(Fault.LOST, "the bot tells nothing any more")]
        lives = [*self._lives, Life(before, bot.lines, was_killed=False)]
        ledger = read_ledger(self._sandbox, MEMBER, start, self._by_hand)
        turned_up = turned_up_in(self._folder.glob("life_*.log"))
        return judge(Evidence(lives, self._records(), ledger, bot.status, turned_up))

    def _records(self) -> Records:
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
            exclusive_account=self._is_exclusive,
            script=Script(f"trader {self._seed} {number}", pair_scripts(self._sandbox, MEMBER), orders),
            sabotage=self._sabotage,
        )
