"""Cycles in time: when one begins, how long it is busy and updating, and which peg it goes to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from peatio_sandbox.peg.tracker import Tracker


@dataclass(frozen=True, slots=True)
class CyclePlan:
    """
    Attributes:
        pegs: the pegs of the cycles to come, one after the other; the last one stays.
        every_s: seconds between two cycles; None: only by command.
        busy_s: seconds of recalculation, in which balances can be read and trades pass.
        updating_s: seconds of copying, in which neither is possible.
    """

    pegs: Sequence[int] = ()
    every_s: float | None = None
    busy_s: float = 5.0
    updating_s: float = 0.5


class CycleRunner:
    """Runs the cycles of a tracker, one at a time."""

    def __init__(self, tracker: Tracker, plan: CyclePlan) -> None:
        self._tracker = tracker
        self._plan = plan
        self._pegs: Iterator[int] = iter(plan.pegs)
        self._lock = asyncio.Lock()

    async def run(self) -> None:
        """Begin a cycle every `CyclePlan.every_s` seconds, until cancelled; return at once where that is None."""
        while self._plan.every_s is not None:
            await asyncio.sleep(self._plan.every_s)
            await self.cycle(next(self._pegs, self._tracker.peg))

    async def cycle(self, peg: int) -> None:
        """Go through a cycle; one that is asked for during another waits for its end.

        Raises:
            ValueError: the peg is none.
        """
        async with self._lock:
            self._tracker.begin_recalculation(peg)
            await asyncio.sleep(self._plan.busy_s)
            self._tracker.begin_copying()
            await asyncio.sleep(self._plan.updating_s)
            self._tracker.finish_copying()
            self._tracker.show_cycle()
