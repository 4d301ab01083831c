"""Puts every connector of a world under watch, and collects what the monitors find."""

import asyncio
import itertools
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from simulation.monitors.bot_watch import BotWatch, Monitors
from simulation.monitors.cancels import BOUND_S
from simulation.monitors.liveness import LivenessProbe
from simulation.monitors.silence import connector_number
from simulation.monitors.violation import Violation
from simulation.plan import PlannedFault
from test.chaos.reports import Created, Ended, Filled, Intended, Line, Phase

if TYPE_CHECKING:
    from simulation.bots import Bot
    from simulation.loop import SimulatedLoop

#: How often it is looked whether an order has become live.
PROBE_S = 1.0


class Watch:
    """
    :param is_left_alone: whether a bot reported that it leaves an order alone that was stored too late
    :ivar violations: what was found, in the order in which it was
    """

    def __init__(self, loop: "SimulatedLoop", is_left_alone: "Callable[[Bot, str], bool]") -> None:
        self.violations: list[Violation] = []
        self.monitors = Monitors(self.report, lambda: loop.true_s, is_left_alone)
        self._loop = loop
        self._numbers = itertools.count(1)
        loop.network.on_data = self._on_data
        # The last packets of a bad line arrive after its end.
        loop.network.on_late = self.monitors.disturbances.extend

    def on_fault(self, fault: PlannedFault) -> None:
        """A fault begins."""
        self.monitors.disturbances.begin(self._loop.true_s, fault.given)

    def on_line(self, bot: "Bot", line: Line) -> None:
        """A bot announces something: an event that a strategy can see."""
        watched = self._watched(bot)
        if isinstance(line, Phase) and line.name == "ready":
            watched.ready_at_s = self._loop.true_s
        elif isinstance(line, Created):
            watched.order_ids[line.client_order_id] = line.order_id
        elif isinstance(line, Ended):
            self.monitors.cancels.ended(line.client_order_id)
            if line.state == "failed":
                watched.on_failed(line.client_order_id)
        elif isinstance(line, Intended):
            watched.on_intended(line)
        if isinstance(line, Created | Filled | Ended):
            watched.check_balances()

    def _watched(self, bot: "Bot") -> BotWatch:
        life, name = bot.life, bot.choice.name
        assert life is not None
        assert life.connector is not None
        former = self.monitors.watched.get(name)
        if former is not None and former.connector is life.connector:
            return former
        # A connector was made, in a new process or in the same one.
        watched = self.monitors.watched[name] = BotWatch(self.monitors, bot, life, next(self._numbers))
        if former is not None:
            watched.order_ids.update(former.order_ids)
            is_lost = former.lost_wishes()
            self.monitors.cancels.died(name, lambda order: watched.has_ended(order) or is_lost(order))
        return watched

    async def trades_again(self, bots: "Sequence[Bot]") -> list[str]:
        """After the last fault: lets every bot trade.

        :return: a sentence about each bot that did not in time; it begins with the bot's name
        """
        since_s = self._loop.true_s
        # Of bots on one account none may place what looks like another's order: where its create gets no answer, nobody
        # can say whose order it is.
        probes = {bot.choice.name: self._probe(bot, since_s, 2 + number) for number, bot in enumerate(bots)}
        stuck = []
        while probes:
            for name, probe in list(probes.items()):
                complaint = probe.complaint(self._loop.true_s)
                if probe.is_done(self._loop.true_s) or complaint is not None:
                    del probes[name]
                    stuck += [] if complaint is None else [complaint]
            await asyncio.sleep(PROBE_S)
        return stuck

    async def cancels_are_answered(self) -> None:
        """Waits, without asking for any cancel again, until each is answered or overdue."""
        monitors = self.monitors
        until_s = max(self._loop.true_s, monitors.disturbances.until_s) + BOUND_S + 2 * PROBE_S
        while any(monitors.cancels.is_waiting(name, watched.has_ended) for name, watched in monitors.watched.items()):
            if self._loop.true_s > until_s:
                return
            await asyncio.sleep(PROBE_S)

    def _probe(self, bot: "Bot", since_s: float, smallest: int) -> LivenessProbe:
        """
        :param smallest: so many times the smallest amount its order is large
        """

        def place() -> str | None:
            watched = self.monitors.watched.get(bot.choice.name)
            if watched is None or bot.is_away:
                return None
            placed: str | None = self._loop.run_on(bot.host, partial(watched.place, smallest))
            return placed

        def live() -> set[str]:
            watched = self.monitors.watched.get(bot.choice.name)
            return set() if watched is None else watched.live()

        def has_room() -> bool:
            watched = self.monitors.watched.get(bot.choice.name)
            return watched is None or watched.has_room()

        def has_books() -> bool:
            watched = self.monitors.watched.get(bot.choice.name)
            return watched is None or watched.has_books()

        return LivenessProbe(bot.choice.name, since_s, place, live, has_room, has_books)

    def _on_data(self, source: str, target: str, data: bytes) -> None:
        self.report(self.monitors.silence.sent(self._loop.true_s, source, connector_number.get(), target, data))

    def report(self, found: Iterable[Violation]) -> None:
        """Keeps what a monitor yields."""
        for violation in found:
            self._loop.events.note(violation.at_s, violation.who, str(violation))
            self.violations.append(violation)
