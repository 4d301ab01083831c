"""A world with a mirror between two exchanges, run to its end and judged."""

import asyncio
from pathlib import Path

from simulation.accounts import left_alone
from simulation.bots import Bot
from simulation.exchange import ExchangeHost
from simulation.logs import Logs
from simulation.loop import SimulatedLoop
from simulation.mirror.audit import audit
from simulation.mirror.bots import HedgesBot, QuotesBot
from simulation.mirror.crowd import Crowd
from simulation.mirror.journal import read_journal
from simulation.mirror.ledger import Ledgers
from simulation.mirror.life import MirrorLife
from simulation.mirror.operator import Operator
from simulation.mirror.plan import HEDGES, MARKET, QUOTES
from simulation.mirror.recovery import is_hedged, quotes_again
from simulation.mirror.watch import MirrorWatch
from simulation.monitors.exchange_watch import bot_of
from simulation.monitors.violation import Property, Violation
from simulation.plan import Plan
from simulation.world import Outcome, World
from test.chaos.judge import Finding
from test.chaos.reports import Line

#: The outer exchange's orders have higher numbers, so that a line of a log names one order of the two exchanges.
OUTER_NUMBERS = 1_000_000


class MirrorWorld(World):
    """The arguments are `World`'s; its plan has a mirror."""

    def __init__(self, loop: SimulatedLoop, plan: Plan, folder: Path, logs: Logs) -> None:
        super().__init__(loop, plan, folder, logs)
        own, outer = self.exchanges
        member = plan.bots[0].member
        own.takers = [Crowd(own.sandbox, member, f"crowd {plan.seed}", lambda: outer.sandbox.mid_price(MARKET))]
        outer.takers = []
        outer.sandbox.exchange.store._last_order_id = OUTER_NUMBERS
        assert plan.mirror is not None
        self._mirror_watch = MirrorWatch(
            loop, self.ledgers, dict(plan.mirror.settings), self._watch.report, self._left_alone, self._unsettled
        )
        self._operator = Operator(loop, plan.seed, self.ledgers, self._quotes)
        self._mirror_watch.attach()

    def _make_exchanges(self) -> list[ExchangeHost]:
        return [
            ExchangeHost(
                self.loop,
                choice.name,
                self.plan.seed * 10 + number,
                [self.plan.bots[number].member],
                self.plan.trader_slowness,
                choice.dialect,
                traders=number == 1,
                # Both accounts are one process's.
                bot_of=bot_of if number == 0 else lambda host: HEDGES if bot_of(host) == QUOTES else bot_of(host),
            )
            for number, choice in enumerate(self.plan.exchanges)
        ]

    def _make_bots(self, folder: Path) -> dict[str, Bot]:
        assert self.plan.mirror is not None
        quotes_choice, hedges_choice = self.plan.bots
        own, outer = self.exchanges
        quotes = QuotesBot(
            self.loop, quotes_choice, own, folder / QUOTES, self._on_line,
            settings=dict(self.plan.mirror.settings), on_look=self._on_look,
        )  # fmt: skip
        hedges = HedgesBot(quotes, self.loop, hedges_choice, outer, folder / QUOTES, self._on_line)
        self.ledgers = Ledgers(quotes, hedges)
        self._quotes = quotes
        return {QUOTES: quotes, HEDGES: hedges}

    def _log_of(self, bot: Bot) -> str:
        return super()._log_of(self.bots[QUOTES])

    def _left_alone(self) -> set[str]:
        """Ids of orders of either exchange."""
        return {
            order_id for bot in self.bots.values() for order_id in left_alone(self._log_of(bot), bot.number_of)
        }

    def _unsettled(self) -> set[str]:
        """Those of which nobody knows whose they are."""
        return self._left_alone() - set(self._operator.settled.values())

    async def run(self) -> Outcome:
        """As `World`, with the operator at work."""
        working = asyncio.create_task(self._operator.run(), name="operator")
        outcome = await super().run()
        if working.done():
            outcome.failed.append(f"the operator failed: {working.exception()!r}")
        working.cancel()
        return outcome

    def _on_line(self, bot: Bot, line: Line) -> None:
        super()._on_line(bot, line)
        self._mirror_watch.on_line(bot, line)

    def _on_look(self, life: MirrorLife) -> None:
        self._mirror_watch.on_look(life)

    async def _until_trading(self) -> list[str]:
        """Quotes on both sides, and nothing left to hedge."""
        operator = self._operator
        while True:
            settled = len(operator.settled)
            wrong = await quotes_again(self.loop, self._quotes, operator)
            unhedged = await is_hedged(self.loop, self.ledgers, self._quotes, operator, self._unsettled)
            if len(operator.settled) == settled and not operator.is_at_work:
                break  # what was settled meanwhile may have to be hedged
        operator.rest()
        if unhedged:
            self._watch.report([Violation(Property.UNHEDGED, self.loop.true_s, QUOTES, unhedged)])
        return [wrong] if wrong else []

    def _judge(self, bot: Bot) -> list[Finding]:
        findings = super()._judge(bot)
        if bot is self._quotes:
            findings += audit(self.ledgers, read_journal(bot.folder), self._left_alone(), self._operator.settled)
        return findings

    def _sum_up(self) -> None:
        # Two connectors are one process's: what leaves after the first has stopped may be the other's.
        violations = self._outcome.violations
        violations[:] = [one for one in violations if one.broken is not Property.SILENCE]
        super()._sum_up()
