"""The sandbox breaks on demand: faults by name, by seed or over HTTP (docs/reference/sandbox-faults.md)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial

from peatio_sandbox.exchange.scheduler import Scheduler, Timer
from peatio_sandbox.faults.kinds import MOMENTARY, Fault, FaultKind, make_fault
from peatio_sandbox.faults.machinery import Machinery
from peatio_sandbox.faults.parameters import FaultError, check
from peatio_sandbox.faults.storm import STORM_KINDS, STORM_PARAMETERS, Gust, plan_storm
from peatio_sandbox.faults.strikes import Strikes

__all__ = ["STORM_KINDS", "Fault", "FaultError", "FaultKind", "Faults"]


class Faults:
    """Begins and ends faults. ``sandbox.faults`` is one.

    ::

        sandbox.faults.start(FaultKind.ANSWER_LOST, path="/market/orders", method="POST", count=1)
        sandbox.faults.start("server_restart", duration_s=2.0)
        sandbox.faults.storm(seed=7, mean_pause_s=2.0, mean_duration_s=1.0)
    """

    def __init__(self, strikes: Strikes, scheduler: Scheduler, machinery: Machinery, members: Collection[str]) -> None:
        self._strikes = strikes
        self._scheduler = scheduler
        self._machinery = machinery
        self._members = members
        self._last_id = 0
        self._ends: dict[int, Timer] = {}
        self._next_gust: Timer | None = None
        self._blown: list[int] = []
        strikes.on_spent = self._end

    @property
    def hits(self) -> Mapping[FaultKind, int]:
        """Return how often each kind has struck since the sandbox began."""
        return dict(self._strikes.hits)

    def active(self) -> list[Fault]:
        """Return the faults in force, oldest first."""
        return self._strikes.active()

    def start(
        self,
        kind: FaultKind | str,
        *,
        duration_s: float | None = None,
        probability: float | None = None,
        path: str | None = None,
        method: str | None = None,
        member: str | None = None,
        count: int | None = None,
        **parameters: object,
    ) -> int:
        """Begin a fault and return its id.

        Args:
            kind: what breaks.
            duration_s: ends after so many seconds; None lasts until it is stopped (a websocket drop and an engine
                restart: ends at once).
            probability: strikes with this chance (default 1) each time it could.
            path: only requests to this path, with or without ``/api/v2/peatio``; ``*`` stands for anything.
            method: only requests of this method.
            member: only requests, events, orders or websockets of this member.
            count: ends after it has struck so many times.
            parameters: those of the kind (`faults_kinds.PARAMETERS`).

        Raises:
            FaultError: what is asked for makes no sense.
        """
        given: dict[str, object] = {"duration_s": duration_s, "probability": probability, "path": path}
        given |= {"method": method, "member": member, "count": count, **parameters}
        fault = self.prepare(kind, given)
        self.begin(fault)
        return fault.id

    def prepare(self, kind: str, given: Mapping[str, object]) -> Fault:
        """Check what is asked for and give it an id; nothing breaks yet.

        Raises:
            FaultError: what is asked for makes no sense.
        """
        fault = make_fault(self._last_id + 1, kind, self._members, given)
        self._last_id = fault.id
        return fault

    def begin(self, fault: Fault) -> None:
        """Begin a fault that has been prepared."""
        self._strikes.add(fault)
        self._machinery.begin(fault)
        if fault.duration_s is not None:
            self._ends[fault.id] = self._scheduler.call_later(fault.duration_s, partial(self._end, fault))
        elif fault.kind in MOMENTARY:
            self._end(fault)

    def stop(self, fault_id: int | None = None) -> None:
        """End a fault, or all of them; one that has ended already is no error.

        Raises:
            FaultError: there never was such a fault.
        """
        if fault_id is not None and not 0 < fault_id <= self._last_id:
            raise FaultError(f"there is no fault {fault_id}")
        for fault in self.active():
            if fault_id in (None, fault.id):
                self._end(fault)

    def storm(
        self,
        seed: int,
        *,
        kinds: Collection[FaultKind | str] = STORM_KINDS,
        mean_pause_s: float,
        mean_duration_s: float,
        member: str | None = None,
    ) -> None:
        """Begin a random sequence of faults, the same for the same arguments; it blows until `end_storm`.

        Args:
            seed: decides everything.
            kinds: what may break; all of them do before one does a second time.
            mean_pause_s: mean time from the beginning of one fault to that of the next; they may overlap.
            mean_duration_s: mean duration of a fault.
            member: whose orders and private events are struck (None: everybody's).

        Raises:
            FaultError: what is asked for makes no sense.
        """
        times = {"mean_pause_s": mean_pause_s, "mean_duration_s": mean_duration_s}
        self.storm_as({"seed": seed, "kinds": kinds, "member": member, **times})

    def storm_as(self, given: Mapping[str, object]) -> None:
        """Begin a storm with the arguments of `storm` by name.

        Raises:
            FaultError: what is asked for makes no sense.
        """
        gusts = plan_storm(**check("a storm", given, STORM_PARAMETERS, self._members))
        first = next(gusts)
        self.end_storm()

        def blow(gust: Gust) -> None:
            self._blown.append(self.start(gust.kind, duration_s=gust.duration_s, **gust.given))
            following = next(gusts)
            self._next_gust = self._scheduler.call_later(following.pause_s, partial(blow, following))

        self._next_gust = self._scheduler.call_later(first.pause_s, partial(blow, first))

    def end_storm(self) -> None:
        """End the storm and the faults it has left in force."""
        if self._next_gust is not None:
            self._next_gust.cancel()
            self._next_gust = None
        for fault_id in self._blown:
            self.stop(fault_id)
        self._blown.clear()

    def _end(self, fault: Fault) -> None:
        if self._strikes.remove(fault.id) is None:
            return
        timer = self._ends.pop(fault.id, None)
        if timer is not None:
            timer.cancel()
        self._machinery.end(fault)
