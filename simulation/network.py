"""simloop's network with what real ones do besides: cuts in one direction, connections that are dead at one end."""

from collections.abc import Callable, Iterable
from typing import Any

from simloop._net import SimNetwork, _current_host

#: Latencies of a good day, in seconds.
LATENCY_S = (0.005, 0.05)

#: The host whose code runs.
host_of_now: Callable[[], str] = _current_host.get


class Network(SimNetwork):
    """Hosts, their connections and what happens to these."""

    def __init__(self, loop: Any) -> None:
        super().__init__(loop)
        self.set_defaults(latency=LATENCY_S)
        self._one_way: set[tuple[str, str]] = set()
        self._half_open: set[int] = set()

    def cut(self, sources: Iterable[str], targets: Iterable[str]) -> None:
        """Packets from the sources to the targets are held until `heal`; the other direction goes on."""
        self._one_way.update((source, target) for source in sources for target in targets)

    def heal(self) -> None:
        self._one_way.clear()
        super().heal()

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
        if packet.conn in self._half_open:
            self._trace("lost", packet)
            return
        if not self._alive[packet.src]:
            return  # what is left of a step in whose middle the process died
        super()._transmit(packet)

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
