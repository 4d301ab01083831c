"""Faults of the machinery: processes that stand still or start again, websockets, the port, the clock."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Protocol

from peatio_sandbox.exchange.clock import Clock
from peatio_sandbox.exchange.exchange import Exchange
from peatio_sandbox.faults.kinds import Fault, FaultKind
from peatio_sandbox.faults.strikes import Strikes
from peatio_sandbox.ranger.ranger import Ranger

_HOLD_PROCESSOR = (FaultKind.PROCESSOR_PAUSED,)
_HOLD_MATCHING = (FaultKind.MATCHING_PAUSED, FaultKind.ENGINE_RESTART)


class Server(Protocol):
    """The part of a sandbox that talks to the outside."""

    def go_down(self) -> None:
        """Refuse TCP and end every connection."""

    def come_back(self) -> None:
        """Listen again on the same port."""


class Machinery:
    """Carries out the beginning and the end of faults.

    Args:
        strikes: the faults in force.
        exchange: order processor and matching engines.
        ranger: the websockets.
        clock: the exchange's clock.
        server: the port.
        members: uid -> name.
    """

    def __init__(
        self,
        strikes: Strikes,
        exchange: Exchange,
        ranger: Ranger,
        clock: Clock,
        server: Server,
        members: Mapping[str, str],
    ) -> None:
        self._strikes = strikes
        self._exchange = exchange
        self._ranger = ranger
        self._clock = clock
        self._server = server
        self._members = members
        ranger.is_silent = self._is_silent
        exchange.stumbles = lambda order: self._stumbles(order.member.name)

    def begin(self, fault: Fault) -> None:
        """Begin a fault."""
        match fault.kind:
            case FaultKind.PROCESSOR_PAUSED:
                self._exchange.order_processor.pause()
            case FaultKind.MATCHING_PAUSED:
                self._exchange.matching.pause()
            case FaultKind.ENGINE_RESTART:
                self._exchange.matching.pause()
                self._strikes.note_hit(fault)
            case FaultKind.WEBSOCKET_DROP:
                if self._ranger.end_connections(partial(self._is_about_websocket, fault)):
                    self._strikes.note_hit(fault)
            case FaultKind.SERVER_RESTART:
                self._strikes.note_hit(fault)
                self._server.go_down()
            case FaultKind.CLOCK_SKEW:
                self._strikes.note_hit(fault)
                self._clock.offset_s += fault.parameters["offset_s"]

    def end(self, fault: Fault) -> None:
        """End a fault."""
        match fault.kind:
            case FaultKind.PROCESSOR_PAUSED:
                self._end_pause_of_processor(fault)
            case FaultKind.MATCHING_PAUSED:
                if len(self._exchange.matching):
                    self._strikes.note_hit(fault)
                self._resume_matching(fault)
            case FaultKind.ENGINE_RESTART:
                self._restart_engines()
                self._resume_matching(fault)
            case FaultKind.SERVER_RESTART:
                self._end_of_server_restart(fault)
            case FaultKind.CLOCK_SKEW:
                self._clock.offset_s -= fault.parameters["offset_s"]

    def _end_pause_of_processor(self, fault: Fault) -> None:
        processor = self._exchange.order_processor
        if len(processor):
            self._strikes.note_hit(fault)
        if self._is_held_by_another(fault, _HOLD_PROCESSOR):
            return
        if fault.parameters["resume"]:
            processor.resume()
        else:
            self._exchange.restart_order_processor()

    def _end_of_server_restart(self, fault: Fault) -> None:
        if self._is_held_by_another(fault, (FaultKind.SERVER_RESTART,)):
            return
        self._ranger.restart()  # its books are gone, and what was published meanwhile with them
        if fault.parameters["engines"]:
            self._restart_engines()
        self._server.come_back()

    def _restart_engines(self) -> None:
        """Start the engines again; the order processor too, unless it is to stand still."""
        self._exchange.restart_engines()
        if not self._exchange.order_processor.paused:
            self._exchange.restart_order_processor()

    def _resume_matching(self, fault: Fault) -> None:
        if not self._is_held_by_another(fault, _HOLD_MATCHING):
            self._exchange.matching.resume()

    def _is_held_by_another(self, fault: Fault, kinds: tuple[FaultKind, ...]) -> bool:
        return any(other is not fault for other in self._strikes.of_kind(*kinds))

    def _is_silent(self, uid: str) -> bool:
        for fault in self._strikes.of_kind(FaultKind.WEBSOCKET_SILENT):
            if self._is_about_websocket(fault, uid):
                if not fault.hits:
                    self._strikes.note_hit(fault)
                return True
        return False

    def _is_about_websocket(self, fault: Fault, uid: str) -> bool:
        """Return whether a fault is about the websockets of a member; an empty uid is a public one's."""
        channel = "private" if uid else "public"
        return fault.parameters["channel"] in (None, channel) and fault.concerns_member(self._members.get(uid))

    def _stumbles(self, member: str) -> bool:
        kind = FaultKind.SOUND_ORDER_REJECTED
        return self._strikes.strike(kind, lambda fault: fault.concerns_member(member)) is not None
