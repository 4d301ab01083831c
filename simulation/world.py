"""A world: exchanges, bots and faults of one plan, run to its end and judged."""

import asyncio
import hashlib
import itertools
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from simulation.accounts import evidence_of, left_alone
from simulation.bots import Bot
from simulation.exchange import ExchangeHost
from simulation.faults.catalog import FAULTS
from simulation.guard import GuardHost
from simulation.logs import Logs
from simulation.loop import SimulatedLoop
from simulation.monitors.violation import Violation
from simulation.monitors.watch import Watch
from simulation.plan import Plan, PlannedFault
from test.chaos.judge import Fault, Finding, judge
from test.chaos.reports import Line

#: A bot that is to place nothing more is idle within so many seconds: what it has begun comes to its end.
IDLE_S = 300.0
#: A full poll must mend whatever was left; twice that is the limit. Before the shorter time nothing is final.
SETTLE_LIMIT_S = 240.0
SETTLE_AT_LEAST_S = 15.0
SETTLE_STEP_S = 10.0
STOP_S = 60.0


@dataclass
class Outcome:
    """What a world came to.

    :ivar findings: differences between the accounts at the end
    :ivar violations: what did not hold on the way
    :ivar stuck: sentences about bots that did not go on after the last fault
    :ivar resizes: of the bots' orders, by cycles of a pegged coin
    :ivar failed: what else went wrong: the simulation itself, or a life that ended by an error
    """

    seed: int
    findings: list[Finding] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    orders: int = 0
    fills: int = 0
    resizes: int = 0
    faults: int = 0
    kinds: int = 0
    crashes: int = 0
    simulated_s: float = 0.0

    @property
    def has_passed(self) -> bool:
        return not (self.findings or self.violations or self.stuck or self.failed)


class World:
    """
    :param folder: an empty one, for the bots' databases and journals
    """

    def __init__(self, loop: SimulatedLoop, plan: Plan, folder: Path, logs: Logs) -> None:
        self.loop = loop
        self.plan = plan
        self.logs = logs
        self.exchanges = self._make_exchanges()
        self.bots = self._make_bots(folder)
        self.guards = [
            GuardHost(loop, bot, bot.choice.guard_after_s)
            for bot in self.bots.values()
            if bot.choice.guard_after_s is not None
        ]
        self._begun: Counter[str] = Counter()
        self._timers: list[asyncio.TimerHandle] = []
        self._endings: dict[int, Callable[[], None]] = {}
        self._ending_numbers = itertools.count()
        self._outcome = Outcome(plan.seed)
        self._watch = Watch(loop, lambda bot, order_id: order_id in left_alone(self._log_of(bot), bot.number_of))
        self._outcome.violations = self._watch.violations
        if plan.has_constant_latencies:
            loop.network.make_latencies_constant()

    def _make_exchanges(self) -> list[ExchangeHost]:
        plan = self.plan
        members = [
            [bot.member for bot in plan.bots if bot.exchange == number] for number in range(len(plan.exchanges))
        ]
        return [
            ExchangeHost(
                self.loop,
                choice.name,
                plan.seed * 10 + number,
                sorted(set(members[number])),
                plan.trader_slowness,
                choice.dialect,
                choice.telling,
            )
            for number, choice in enumerate(plan.exchanges)
        ]

    def _make_bots(self, folder: Path) -> dict[str, Bot]:
        return {
            choice.name: Bot(
                self.loop, choice, self.exchanges[choice.exchange], folder / choice.name, self._on_line
            )
            for choice in self.plan.bots
        }

    def exchange_of(self, bot: Bot) -> ExchangeHost:
        return bot.exchange

    def later(self, seconds: float, action: Callable[[], object]) -> None:
        """Runs `action` after so many seconds; the calm comes before it, and ends every fault itself."""
        self._timers.append(self.loop.call_later(seconds, action))

    def disturb(self, seconds: float) -> None:
        """What a fault does comes later than its begin: now, for so many seconds."""
        self._watch.monitors.disturbances.extend(self.loop.true_s + seconds)

    def until_calm(self, seconds: float, end: Callable[[], object]) -> None:
        """Runs `end` after so many seconds, or at the calm if that comes first."""

        def once() -> None:
            if self._endings.pop(number, None) is not None:
                end()

        number = next(self._ending_numbers)
        self._endings[number] = once
        self._timers.append(self.loop.call_later(seconds, once))

    async def run(self) -> Outcome:
        """From the opening of the exchanges to the judgement."""
        for exchange in self.exchanges:
            await exchange.start()
        for bot in self.bots.values():
            bot.folder.mkdir(exist_ok=True)
            bot.start()
        for guard in self.guards:
            guard.start()
        for fault in self.plan.faults:
            self._timers.append(self.loop.call_at(fault.at_s, self._begin, fault))
        await asyncio.sleep(self.plan.trading_s - self.loop.true_s)
        await self._calm()
        if await self._are_idle():
            await self._wind_up()
            await self._settle()
            await self._stop()
        self._sum_up()
        return self._outcome

    def ledger_hash(self) -> str:
        """Of all the bots' orders and fills on the exchanges."""
        digest = hashlib.blake2b(digest_size=16)
        for bot in self.bots.values():
            sandbox, member = bot.exchange.sandbox, bot.choice.member
            for order in sandbox.orders(member):
                digest.update(f"{order.id} {order.state} {order.executed_volume} {order.updated_at_s!r}\n".encode())
            for fill in sandbox.fills(member):
                digest.update(f"{fill.order_id} {fill.trade_id} {fill.price} {fill.amount}\n".encode())
        return digest.hexdigest()

    def _on_line(self, bot: Bot, line: Line) -> None:
        """An event that a strategy can see."""
        self._watch.on_line(bot, line)

    def _begin(self, fault: PlannedFault) -> None:
        self.loop.events.note(self.loop.true_s, "world", f"fault {fault}")
        self._begun[fault.kind] += 1
        self._watch.on_fault(fault)
        try:
            FAULTS[fault.kind].begin(self, fault.given)
        except Exception as error:
            logging.getLogger("simulation").exception("a fault could not begin")
            self._outcome.failed.append(f"fault {fault} could not begin: {error!r}")

    async def _calm(self) -> None:
        """No more trouble, and nobody takes the bots' orders any more."""
        self.loop.events.note(self.loop.true_s, "world", "calm")
        for timer in self._timers:
            timer.cancel()
        for end in list(self._endings.values()):
            end()
        self.loop.network.heal()
        for exchange in self.exchanges:
            exchange.do(exchange.sandbox.faults.stop)
            exchange.stop_takers()
        await asyncio.sleep(0)

    async def _are_idle(self) -> bool:
        """Whether every bot trades again, and then places nothing more."""
        self._outcome.stuck += await self._until_trading()
        for bot in self.bots.values():
            bot.calm()
        is_idle = await self._until(lambda bot: "idle" in self._phases(bot), self.loop.true_s + IDLE_S, "idle")
        return is_idle and not self._outcome.stuck

    async def _until_trading(self) -> list[str]:
        """A sentence about each bot that does not trade in bounded time."""
        return await self._watch.trades_again(list(self.bots.values()))

    async def _wind_up(self) -> None:
        """The bots cancel what is open. A cancel that was asked for before has its outcome by then: who asks again and
        again would hide that the first question was forgotten."""
        await self._watch.cancels_are_answered()
        for bot in self.bots.values():
            bot.wind_up()

    @staticmethod
    def _phases(bot: Bot) -> set[str]:
        return set() if bot.life is None or bot.is_away else bot.life.phases

    async def _until(self, check: Callable[[Bot], bool], until_s: float, what: str) -> bool:
        while not all(check(bot) for bot in self.bots.values()):
            if self.loop.true_s > until_s or any(bot.errors() for bot in self.bots.values()):
                late = [name for name, bot in self.bots.items() if not check(bot)]
                self._outcome.stuck.append(f"{', '.join(late)}: not {what} in time after the last fault")
                return False
            await asyncio.sleep(1.0)
        return True

    async def _settle(self) -> None:
        """Compares until nothing differs, or the time that everything may take has passed. A death that counts steps
        can come after the last fault: its bot is started again first."""
        until_s = self.loop.true_s + SETTLE_LIMIT_S
        await asyncio.sleep(SETTLE_AT_LEAST_S)
        while True:
            await asyncio.sleep(SETTLE_STEP_S)
            if any(bot.is_away for bot in self.bots.values()):
                continue
            self._outcome.findings = [finding for bot in self.bots.values() for finding in self._judge(bot)]
            if not self._outcome.findings or self.loop.true_s > until_s:
                return

    def _judge(self, bot: Bot) -> list[Finding]:
        assert bot.life is not None
        if bot.life.status is None:
            return [Finding(Fault.LOST, f"{bot.choice.name} announces nothing any more")]
        others = self._others(bot)
        account_log = "\n".join(self._log_of(one) for one in (bot, *others))
        evidence = evidence_of(bot, self._log_of(bot), others, account_log)
        peg, sandbox = bot.exchange.peg, bot.exchange.sandbox
        if peg is not None:
            evidence = peg.without_cycles(evidence, sandbox.exchange.members[bot.choice.member].uid)
        findings = judge(evidence)
        unrecorded = bot.unrecorded()
        return [
            finding
            for finding in findings
            if "Hummingbot's database" not in finding.text or not unrecorded.intersection(finding.ids)
        ]

    def _log_of(self, bot: Bot) -> str:
        return self.logs.text_of(f"{bot.choice.name}.")

    def _others(self, bot: Bot) -> list[Bot]:
        """The other bots on its account."""
        account = bot.exchange, bot.choice.member
        return [
            other
            for other in self.bots.values()
            if other is not bot and (other.exchange, other.choice.member) == account
        ]

    async def _stop(self) -> None:
        for bot in self.bots.values():
            assert bot.life is not None
            bot.life.end.set()
        for guard in self.guards:
            guard.stop()
        await self._until(lambda bot: "stopped" in self._phases(bot), self.loop.true_s + STOP_S, "stopped")

    def _sum_up(self) -> None:
        outcome = self._outcome
        for bot in self.bots.values():
            outcome.failed += [f"{bot.choice.name} ended by {error!r}" for error in bot.errors()]
            outcome.crashes += bot.deaths
        for exchange, member in {(bot.exchange, bot.choice.member): None for bot in self.bots.values()}:
            outcome.orders += len(exchange.sandbox.orders(member))
            outcome.fills += len(exchange.sandbox.fills(member))
            outcome.resizes += 0 if exchange.peg is None else exchange.peg.resizes[member]
        outcome.failed += [f"a guard failed: {guard.error!r}" for guard in self.guards if guard.error is not None]
        hits: Counter[str] = Counter()
        for exchange in self.exchanges:
            outcome.failed += [f"the sandbox failed: {error!r}" for error in exchange.sandbox.handler_errors]
            hits.update({f"exchange {kind}": count for kind, count in exchange.sandbox.faults.hits.items()})
        hits.update({kind: count for kind, count in self._begun.items() if not kind.startswith("exchange ")})
        outcome.faults = sum(hits.values())
        outcome.kinds = sum(1 for count in hits.values() if count)
        outcome.simulated_s = self.loop.true_s
