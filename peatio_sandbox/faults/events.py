"""Faults on the way of events: lost, doubled, late."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from peatio_sandbox.exchange.exchange import EventSink
from peatio_sandbox.exchange.scheduler import Scheduler
from peatio_sandbox.faults.kinds import Fault, FaultKind
from peatio_sandbox.faults.strikes import Strikes


class EventFaults:
    """Stands between what is published and Ranger.

    Args:
        strikes: the faults in force.
        scheduler: for what comes later.
        ranger: where events go that get through.
        members: uid -> name.
    """

    def __init__(self, strikes: Strikes, scheduler: Scheduler, ranger: EventSink, members: Mapping[str, str]) -> None:
        self._strikes = strikes
        self._scheduler = scheduler
        self._ranger = ranger
        self._members = members

    def publish(self, routing_key: str, payload: object) -> None:
        """Hand an event on, or not, or twice."""
        for lost in self._strikes.of_kind(FaultKind.BROKER_LOST):
            if not lost.hits:
                self._strikes.note_hit(lost)
            return
        if not routing_key.startswith("private."):
            self._ranger.publish(routing_key, payload)
            return
        concerns = partial(self._concerns, routing_key)
        if self._strikes.strike(FaultKind.EVENTS_LOST, concerns) is not None:
            return
        self._ranger.publish(routing_key, payload)
        doubled = self._strikes.strike(FaultKind.EVENTS_DUPLICATED, concerns)
        if doubled is not None:
            delay_s = self._strikes.draw_s(doubled.parameters["delay_s"])
            self._scheduler.call_later(delay_s, partial(self._ranger.publish, routing_key, payload))

    def extra_delay_s(self, event: tuple[str, object]) -> float:
        """Return how much later than usual an event of the order processor is published."""
        routing_key, _ = event
        late = self._strikes.strike(FaultKind.EVENTS_REORDERED, partial(self._concerns, routing_key))
        return 0.0 if late is None else self._strikes.draw_s(late.parameters["delay_s"])

    def _concerns(self, routing_key: str, fault: Fault) -> bool:
        _, uid, stream = routing_key.split(".")
        is_stream = fault.parameters.get("stream") in (None, stream)
        return is_stream and fault.concerns_member(self._members.get(uid))
