"""Days instead of minutes: a bot that quotes with a fault an hour, and one that is quiet on an old journal."""

import asyncio
import gc
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from hummingbot.connector.exchange.peatio.execution.journal_file import JOURNAL_NAME

from simulation import forks
from simulation.bots import Bot
from simulation.faults.catalog import FAULTS
from simulation.footprint import Footprint, growth, measure
from simulation.plan import Plan, PlannedFault, plan_of
from simulation.quoter import Quoter, Watcher
from simulation.seeds import Run, run_plan
from simulation.world import SETTLE_LIMIT_S, Outcome, World
from test.chaos.host import DATABASE_NAME
from test.chaos.judge import Finding

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
#: Faults begin in this part of an hour; the last minutes before a day's end are for the judgement.
FAULTS_UNTIL = 0.7
#: In front of a day's end the bot rests for so long, and is judged.
REST_S = 600.0
#: Closed rows in the journal of the quiet bot.
AGED_ROWS = 100_000
#: Traders are slower than in short worlds, on a quiet exchange much slower: what they do is not what is looked at.
SLOWNESS = 60.0
QUIET_SLOWNESS = 300.0


def _say(line: str) -> None:
    print(line, flush=True)


def run_days(plan: Plan, is_quiet: bool) -> Run:
    """Runs a plan of `hourly` or `quiet` in a process of its own."""
    world = QuietWorld if is_quiet else LongWorld
    (run,) = forks.run_all([plan], 1, lambda plan: run_plan(plan, world=world))
    return run


def hourly(seed: int, days: float) -> Plan:
    """One bot, and one fault of a kind by chance in every hour but each day's last."""
    plan = plan_of(seed)
    plan = replace(plan, exchanges=plan.exchanges[:1], bots=(replace(plan.bots[0], exchange=0),), faults=())
    plan = replace(plan, trading_s=days * DAY_S, trader_slowness=SLOWNESS)
    return replace(plan, faults=tuple(_hourly_faults(plan)))


def _hourly_faults(plan: Plan) -> Iterator[PlannedFault]:
    rng = random.Random(f"hourly {plan.seed}")
    an_hour = replace(plan, trading_s=HOUR_S * FAULTS_UNTIL)
    for hour in range(int(plan.trading_s // HOUR_S)):
        if hour % 24 == 23:
            continue
        drawn: list[tuple[float, Any]] = []
        while not drawn:
            kind = rng.choice(sorted(FAULTS))
            drawn = list(FAULTS[kind].draw(rng, an_hour))
        at_s, given = rng.choice(drawn)
        yield PlannedFault(hour + 1, hour + 1, hour * HOUR_S + at_s, kind, given)


def quiet(seed: int, days: float) -> Plan:
    """One bot that places nothing, and no faults."""
    return replace(hourly(seed, days), faults=(), trader_slowness=QUIET_SLOWNESS)


#: So many of a day's findings are printed.
SHOWN_FINDINGS = 20


class LongWorld(World):
    """A world of days, judged once a day."""

    is_resting = False

    def __init__(self, *arguments: Any, say: Callable[[str], None] = _say) -> None:
        super().__init__(*arguments)
        self._say = say
        self.footprints: list[Footprint] = []
        for bot in self.bots.values():
            bot.trader = partial(Quoter, is_resting=lambda: self.is_resting)

    async def run(self) -> Outcome:
        """From the opening of the exchange to the last judgement."""
        await self._begin_all()
        days = self.plan.trading_s / DAY_S
        for day in range(1, int(days) + 1):
            await self._until_s(day * DAY_S - REST_S)
            await self._end_day(day)
            if not self._outcome.has_passed:
                break
        await self._until_s(self.plan.trading_s)
        await self._calm()
        if await self._are_idle():
            await self._wind_up()
            await self._settle()
            await self._stop()
        self._sum_up()
        return self._outcome

    async def _begin_all(self) -> None:
        for exchange in self.exchanges:
            await exchange.start()
        for bot in self.bots.values():
            bot.folder.mkdir()
            bot.start()
        for fault in self.plan.faults:
            self._timers.append(self.loop.call_at(fault.at_s, self._begin, fault))

    async def _until_s(self, at_s: float) -> None:
        """Collects garbage once an hour, at fixed times: a run does not by itself."""
        while self.loop.true_s < at_s:
            await asyncio.sleep(min(HOUR_S, at_s - self.loop.true_s))
            gc.collect()

    async def _end_day(self, day: int) -> None:
        """Without quotes for some minutes everything must agree."""
        self.is_resting = True
        # Hour after hour the bots trade on; what the last fault left over needs its full poll.
        await asyncio.sleep(SETTLE_LIMIT_S)
        await self._settle()
        (bot,) = self.bots.values()
        self.footprints.append(self._measure(bot))
        self._say(f"{self.footprints[-1]}; {self._counted(bot)}; {len(self._outcome.findings)} findings")
        for finding in self._outcome.findings[:SHOWN_FINDINGS]:
            self._say(f"  {finding.fault.value}: {finding.text}")
        self.is_resting = False

    def _measure(self, bot: Bot) -> Footprint:
        return measure(self.loop, bot, bot.folder / JOURNAL_NAME, bot.folder / DATABASE_NAME)

    @staticmethod
    def _counted(bot: Bot) -> str:
        orders = bot.exchange.sandbox.orders(bot.choice.member)
        fills = bot.exchange.sandbox.fills(bot.choice.member)
        return f"{len(orders)} orders, {len(fills)} fills, {bot.deaths} crashes so far"

    def _judge(self, bot: Bot) -> list[Finding]:
        if bot.life is not None and bot.life.reporter is not None and not bot.is_dead:
            self.loop.run_on(bot.host, bot.life.reporter.status)
        return super()._judge(bot)


class QuietWorld(LongWorld):
    """One bot that only watches, on a journal with many closed rows; what it holds must not grow."""

    def __init__(self, *arguments: Any, say: Callable[[str], None] = _say) -> None:
        super().__init__(*arguments, say=say)
        for bot in self.bots.values():
            bot.trader = Watcher

    async def _begin_all(self) -> None:
        await super()._begin_all()
        (bot,) = self.bots.values()
        while "ready" not in self._phases(bot):  # noqa: ASYNC110 - readiness has no event
            await asyncio.sleep(1.0)
        assert bot.life is not None
        assert bot.life.connector is not None
        engine: Any = bot.life.connector._engine
        rows = engine._rows
        age(bot.folder / JOURNAL_NAME, rows.lock.owner, rows.identity.account, AGED_ROWS, self.loop.time())
        bot.die(is_machine=False, down_s=1.0)
        bot.exchange.stop_takers()

    def _judge(self, bot: Bot) -> list[Finding]:
        """Nothing: the bot places no order, and no exchange has the aged ones."""
        return []

    def _sum_up(self) -> None:
        super()._sum_up()
        if len(self.footprints) > 1:
            self._outcome.failed += [f"it grows: {line}" for line in growth(self.footprints[0], self.footprints[-1])]


def age(journal: Path, owner: str, account: str, rows: int, closed_at_s: float) -> None:
    """Writes so many closed orders, each with a fill, into the history."""
    orders = (
        (f"aged-{number}", owner, account, "BTC-USD", "btcusd", number % 2, "0.01", "30000", closed_at_s,
         str(10**9 + number), "0.001", "0.002", 0, DATABASE_NAME, closed_at_s, closed_at_s, "done")
        for number in range(rows)
    )
    fills = (
        (f"aged-{number}", str(10**9 + number), owner, account, str(10**9 + number), "BTC-USD", number % 2, "30000",
         "0.01", "300", "0.3", "USD", 0, closed_at_s, closed_at_s)
        for number in range(rows)
    )
    with closing(sqlite3.connect(journal)) as connection, connection:
        connection.executemany(f"INSERT INTO order_history VALUES (NULL, {', '.join('?' * 17)})", orders)
        connection.executemany(f"INSERT INTO fill_history VALUES (NULL, {', '.join('?' * 15)})", fills)
