"""simloop's network with what real ones do besides.

Cuts in one direction, connections that are dead at one end, packets that are lost and sent again, readers that are
slower than the writer.
"""

import asyncio
import random
from collections.abc import Callable, Iterable
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

from simloop import _net
from simloop._net import SimNetwork, _current_host
from simloop._transports import _SimSocket, _SimStreamTransport

#: Latencies of a good day, in seconds.
LATENCY_S = (0.005, 0.05)

#: What a sender may have under way before it has to wait: what a kernel's buffers of both ends take.
SEND_BUFFER_BYTES = 256 * 1024
#: TCP's first pause before it sends a packet again, and the longest.
RESEND_S, LONGEST_RESEND_S = 0.2, 60.0
#: The host whose code runs.
host_of_now: Callable[[], str] = _current_host.get


@dataclass
class _Impairment:
    loss: float
    delay_s: float
    bytes_per_s: float | None
    busy_until_s: float = 0.0

    def late_s(self, rng: random.Random, size: int, now_s: float) -> float:
        """By how much a packet of so many bytes is late."""
        late_s, pause_s = rng.uniform(0.0, self.delay_s), RESEND_S
        while rng.random() < self.loss and pause_s < LONGEST_RESEND_S:
            late_s += pause_s
            pause_s *= 2
        if self.bytes_per_s is not None:
            self.busy_until_s = max(self.busy_until_s, now_s) + size / self.bytes_per_s
            late_s += self.busy_until_s - now_s
        return late_s


class _Transport(_SimStreamTransport):
    """A transport on a kernel that takes bytes from the application until they have arrived.

    simloop counts what is under way as the application's buffer. An application that wants to feel each byte that the
    kernel does not take, as the sandbox's Ranger does (a limit of 0), would send one message in each latency.
    """

    def _effective_limits(self) -> tuple[int, int]:
        low, high = super()._effective_limits()
        return low + SEND_BUFFER_BYTES, high + SEND_BUFFER_BYTES

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return super()._effective_limits()

    # simloop hands over what has waited inside `resume_reading`, asyncio's transports with the next step: a
    # StreamReader resumes right before it begins to wait, and would not notice.

    _resuming: asyncio.Handle | None = None

    # As in asyncio, what arrives is handled in the context in which the connection was made. simloop hands it over in
    # the sender's, which on an exchange may be that of anybody whose order led to the message.

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._context = copy_context()

    def _data_arrived(self, payload: bytes) -> None:
        self._context.run(super()._data_arrived, payload)

    def _eof_arrived(self) -> None:
        self._context.run(super()._eof_arrived)

    def _reset_arrived(self) -> None:
        self._context.run(super()._reset_arrived)

    def resume_reading(self) -> None:
        if self._resuming is None:
            self._resuming = self._net._loop.call_soon(self._resume, context=self._context)

    def pause_reading(self) -> None:
        if self._resuming is not None:
            self._resuming.cancel()
            self._resuming = None
        super().pause_reading()

    def _resume(self) -> None:
        self._resuming = None
        super().resume_reading()

    def get_write_buffer_size(self) -> int:
        return max(0, super().get_write_buffer_size() - SEND_BUFFER_BYTES)


# picows asks for the sizes of the kernel's buffers, and writes past the transport to the socket's file number. That of
# simloop's sockets belongs to a real one, which nobody reads. Where it is none, picows takes the transport.
_SimSocket.getsockopt = lambda self, *arguments: 0  # type: ignore[attr-defined]
_SimSocket.fileno = lambda self: -1  # type: ignore[method-assign]

# What simloop's network makes connections of.
_net._SimStreamTransport = _Transport  # type: ignore[attr-defined]


class Network(SimNetwork):
    """Hosts, their connections and what happens to these.

    :ivar on_data: gets what leaves a host on a connection (source, target, bytes), in the sender's context
    :ivar on_late: gets when a packet arrives that an impairment makes late; those behind it wait for it
    """

    def __init__(self, loop: Any) -> None:
        super().__init__(loop)
        self.set_defaults(latency=LATENCY_S)
        self._one_way: set[tuple[str, str]] = set()
        self._half_open: set[int] = set()
        self._impaired: dict[tuple[str, str], _Impairment] = {}
        # A stream of its own: what is impaired changes no other packet's latency.
        self._loss_rng = random.Random(f"{loop.seed} lost packets")
        # What the kernel takes (`_Transport`) comes before asyncio's usual limits.
        self.set_flow_control(high=64 * 1024, low=16 * 1024)
        self.on_data: Callable[[str, str, bytes], None] = lambda source, target, data: None
        self.on_late: Callable[[float], None] = lambda until_s: None
        self._is_constant = False

    def make_latencies_constant(self) -> None:
        """From now on each packet takes as long as any other on its way: the middle of what it could take."""
        self._is_constant = True

    def cut(self, sources: Iterable[str], targets: Iterable[str]) -> None:
        """Packets from the sources to the targets are held until `heal`; the other direction goes on."""
        self._one_way.update((source, target) for source in sources for target in targets)

    def join(self, sources: Iterable[str], targets: Iterable[str]) -> None:
        """Ends a cut: what was held is delivered. Other cuts stay."""
        self._one_way.difference_update((source, target) for source in sources for target in targets)
        super().heal()  # what is still cut is held again

    def heal(self) -> None:
        """Every cut and every impairment ends."""
        self._one_way.clear()
        self._impaired.clear()
        super().heal()

    def impair(
        self, source: str, target: str, loss: float = 0.0, delay_s: float = 0.0, bytes_per_s: float | None = None
    ) -> None:
        """Packets on the way from one host to another are late, until `repair`.

        :param loss: the chance that a packet is lost: TCP sends it again, after a pause that doubles each time
        :param delay_s: what every packet takes longer at most
        :param bytes_per_s: what the way, or the reader at its end, can take
        """
        self._impaired[source, target] = _Impairment(loss, delay_s, bytes_per_s)

    def repair(self, source: str, target: str) -> None:
        """Ends the impairment."""
        self._impaired.pop((source, target), None)

    def _is_cut(self, a: str, b: str) -> bool:
        return (a, b) in self._one_way or super()._is_cut(a, b)

    def reset_connections(self, host: str) -> None:
        """As the kernel does for a process that dies while its machine lives: the peers learn of it at once."""
        for key in [key for key in self._streams if key[1] == host]:
            transport = self._streams.get(key)
            if transport is not None:
                transport._send("rst")

    def leave_half_open(self, host: str) -> int:
        """Nothing passes on the connections of that host any more, and neither end learns of it; new ones work.

        :return: how many connections
        """
        numbers = {number for number, owner, _ in self._streams if owner == host}
        self._half_open |= numbers
        return len(numbers)

    def _transmit(self, packet: Any) -> None:
        if packet.kind == "data":
            self.on_data(packet.src, packet.dst, packet.payload)
        if packet.conn in self._half_open:
            self._trace("lost", packet)
            return
        if not self._alive[packet.src]:
            return  # what is left of a step in whose middle the process died
        super()._transmit(packet)

    def _schedule(self, packet: Any, latency: tuple[float, float]) -> None:
        if self._is_constant:
            latency = (sum(latency) / 2, sum(latency) / 2)
        impairment = self._impaired.get((packet.src, packet.dst))
        late_s = 0.0 if impairment is None else impairment.late_s(self._loss_rng, len(packet.payload), self._loop._now)
        if late_s:
            self.on_late(self._loop._now + latency[1] + late_s)
        super()._schedule(packet, (latency[0] + late_s, latency[1] + late_s))

    def _deliver(self, packet: Any) -> None:
        if self._alive[packet.src]:
            super()._deliver(packet)
            return
        # simloop loses what a host had sent before it went; in reality it is on its way.
        self._alive[packet.src] = True
        try:
            super()._deliver(packet)
        finally:
            self._alive[packet.src] = False

    def _trace(self, verb: str, packet: Any) -> None:
        events: Any = self._loop._recorder
        events.record(
            "net", self._loop._true_time(), packet.uid, f"{verb} {packet.src}>{packet.dst}", packet.src, packet
        )
