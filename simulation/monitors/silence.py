"""A stopped connector is silent: after `stop_network` has returned, nothing leaves for it, and no task of it is left.

What belongs to a connector is known by a context variable: it is set where the connector is made, and every task, timer
and packet that comes of it carries it, whichever shared connection it uses. So one connector can be stopped in a
process that goes on with another.
"""

from collections.abc import Iterator, Sequence
from contextvars import ContextVar

from simulation.monitors.violation import Property, Violation

#: The number of the connector for which code runs; 0 for none.
connector_number: ContextVar[int] = ContextVar("connector_number", default=0)


class SilenceMonitor:
    """Knows which connectors are stopped."""

    def __init__(self) -> None:
        self._stopped: dict[int, tuple[str, float]] = {}
        self._found: set[int] = set()

    def started(self, number: int) -> None:
        """`start_network` is called; again, where it was stopped."""
        self._stopped.pop(number, None)

    def stopped(self, at_s: float, who: str, number: int, pending: Sequence[str]) -> Iterator[Violation]:
        """`stop_network` has returned, and the bot is not going to start it.

        :param pending: names of the connector's tasks that have not ended
        """
        self._stopped[number] = who, at_s
        if pending:
            text = f"{len(pending)} task(s) of the stopped connector are left: {', '.join(pending[:5])}"
            yield Violation(Property.SILENCE, at_s, who, text)

    def sent(self, at_s: float, source: str, number: int, target: str, data: bytes) -> Iterator[Violation]:
        """Code that runs for a connector sends data; the first time counts.

        :param source: the host it leaves; the other end of a connection carries the same number
        :param target: the host it goes to
        """
        if number not in self._stopped or number in self._found:
            return
        who, stopped_at_s = self._stopped[number]
        if source != who:
            return
        self._found.add(number)
        text = f"{_first_line(data)} left for {target} {at_s - stopped_at_s:.3f} s after the connector was stopped"
        yield Violation(Property.SILENCE, at_s, who, text)


def _first_line(data: bytes) -> str:
    """Method and path of a request; keys and bodies are in later lines."""
    line = data.split(b"\r\n", 1)[0]
    is_request = line.endswith(b"HTTP/1.1")
    return line.removesuffix(b" HTTP/1.1").decode(errors="replace") if is_request else f"{len(data)} bytes"
