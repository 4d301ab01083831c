"""The person who runs the mirror, and does what docs/operate/liquidity.md asks of a person: settles a hedge of which
the source does not say what became of it.

The person reads what `status` shows, looks at the orders of the account on the outer exchange, ends by hand what is
open of the one in question, stops the bot, runs the command of the log, and starts the bot again. Where the account has
no such order, the answer is that it was never placed.
"""

import asyncio
import contextvars
import io
import random
import re
from collections.abc import Iterable
from contextlib import redirect_stderr, redirect_stdout
from decimal import Decimal

from peatio_liquidity.__main__ import main
from peatio_sandbox.exchange.records import FillRecord, OrderRecord
from simulation.loop import SimulatedLoop
from simulation.mirror.bots import QuotesBot
from simulation.mirror.journal import HedgeRow, read_journal
from simulation.mirror.ledger import ZERO, Ledgers, fills_of
from simulation.mirror.plan import MARKET

LOOK_S = 1.0
#: A doubt that is shown for this time is looked at: an alert waits, and so does the person.
PATIENCE_S = (60.0, 240.0)
#: Between the end of the bot and its next start.
PAUSE_S = (5.0, 60.0)
#: From the beginning of a doubt until the bot runs again, at most: stopping a bot takes a while.
CALL_S = PATIENCE_S[1] + PAUSE_S[1] + 60.0
_COMMAND = re.compile(r"run: python -m peatio_liquidity (settle \S+ (\d+))$")


class Operator:
    """
    :ivar settled: the id of the order that a settled hedge was, by the hedge's number; None where it was none
    :ivar is_at_work: whether the bot is being stopped, or is away until its next start
    """

    def __init__(self, loop: SimulatedLoop, seed: int, ledgers: Ledgers, bot: QuotesBot) -> None:
        self._loop = loop
        self._rng = random.Random(f"operator {seed}")
        self._ledgers = ledgers
        self._bot = bot
        self.settled: dict[int, str | None] = {}
        self.is_at_work = False
        self._is_needed = True
        #: When each doubt began, by the hedge's number, and how long it is left alone; those of now.
        self._doubts: dict[int, tuple[float, float]] = {}
        self._deadlines_s: dict[int, float] = {}

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            if self._is_needed and not self.is_at_work and not self._bot.is_away:
                self._look()

    def rest(self) -> None:
        """No more work from now on."""
        self._is_needed = False

    @property
    def is_called(self) -> bool:
        """Whether a doubt is shown that a person has to end, or the bot is away for that."""
        return self.is_at_work or any(_commands(self._shown()))

    def deadline_s(self, since_s: float, bound_s: float) -> float:
        """Until when something has to have happened that may take `bound_s` from `since_s`, or from the operator's last
        work."""
        return max([since_s, *self._deadlines_s.values()]) + bound_s

    def _look(self) -> None:
        now_s = self._loop.true_s
        commands = dict(_commands(self._shown()))
        self._doubts = {number: begun for number, begun in self._doubts.items() if number in commands}
        for number, command in commands.items():
            if number not in self._doubts:
                self._doubts[number] = now_s, self._rng.uniform(*PATIENCE_S)
                # With each life of the bot a doubt, and the person's patience, begin again.
                self._deadlines_s[number] = now_s + CALL_S
            since_s, patience_s = self._doubts[number]
            if now_s - since_s >= patience_s and self._work(number, command):
                return

    def _shown(self) -> list[str]:
        controller = None if self._bot.life is None else self._bot.life.controller
        return [] if controller is None or controller.desk is None else list(controller.desk.in_doubt.values())

    def _work(self, number: int, command: str) -> bool:
        """Whether the bot is being stopped now, to settle the hedge."""
        row = next(row for row in read_journal(self._bot.folder).hedges if row.number == number)
        order = self._order_of(row)
        if order is not None and order.state in ("pending", "wait"):
            self._note(f"cancels order {order.id}, which looks like hedge {number}")
            self._ledgers.hedges.exchange.sandbox.exchange.cancel(order)
            return False  # until it has ended
        order_id = None if order is None else order.id
        fills = [fill for fill in fills_of(self._ledgers.hedges) if fill.order_id == order_id]
        arguments = [*command.split(), *_found(fills)]
        # The command is a process of its own: the bot's disk and clock are none of its.
        context = contextvars.copy_context()
        self.is_at_work = True
        self._bot.before_next_life(lambda: context.run(self._settle, number, order_id, arguments))
        what = "never placed" if order_id is None else f"order {order_id}"
        self._note(f"stops the bot to settle hedge {number} as {what}")
        self._bot.restart(self._rng.uniform(*PAUSE_S))
        return True

    def _settle(self, number: int, order_id: int | None, arguments: list[str]) -> None:
        printed = io.StringIO()
        with redirect_stdout(printed), redirect_stderr(printed):
            code = main(arguments)
        if code == 0:
            self.settled[number] = None if order_id is None else str(order_id)
        self._deadlines_s[number] = self._loop.true_s
        self._doubts.clear()
        self.is_at_work = False
        self._note(printed.getvalue().replace(f"{self._bot.folder.parent}/", "").strip())

    def _order_of(self, row: HedgeRow) -> OrderRecord | None:
        """The oldest order of the hedge's side, size and price that is no other hedge's: the account is this bot's."""
        hedges = self._ledgers.hedges
        claimed = {other.order_id for key, other in hedges.records().journal.items() if key != row.client_order_id}
        known = claimed | set(self.settled.values())
        like = [
            order
            for order in hedges.exchange.sandbox.orders(hedges.choice.member)
            if order.market == MARKET
            and (order.side == "buy", order.placed_volume, order.price) == (row.is_buy, row.amount, row.limit)
            and str(order.id) not in known
        ]
        return min(like, key=lambda order: order.id, default=None)

    def _note(self, text: str) -> None:
        self._loop.events.note(self._loop.true_s, "operator", text)


def _commands(shown: Iterable[str]) -> Iterable[tuple[int, str]]:
    """The number of the hedge and the arguments of each command that is shown."""
    for text in shown:
        if found := _COMMAND.search(text):
            yield int(found[2]), found[1]


def _found(fills: list[FillRecord]) -> list[str]:
    """What the exchange's page says, as options of the command."""
    if not fills:
        return []
    amount, total, fee = (
        sum((getattr(fill, name) for fill in fills), ZERO) for name in ("amount", "total", "fee_amount")
    )
    price: Decimal = total / amount
    return ["--filled", f"{amount:f}", "--price", f"{price:f}", "--fee", f"{fee:f}", fills[0].fee_currency.upper()]
