"""Which address has which alerts still to get, and when the next try is due. Pure: the caller gives the time.

An address that fails holds up no other. What waits for it goes in one message once it takes them again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from peatio_cli.alerts.alert import Alert, Kind

FIRST_PAUSE_S = 5.0
LONGEST_PAUSE_S = 300.0
#: More are of no use to a person; the oldest are dropped.
MOST_WAITING = 50


@dataclass
class _Lane:
    waiting: list[Alert] = field(default_factory=list)
    dropped: int = 0
    failures: int = 0
    due_at_s: float = 0.0


class Outbox:
    """:param addresses: how many there are"""

    def __init__(self, addresses: int) -> None:
        self._lanes = [_Lane() for _ in range(addresses)]

    def add(self, alerts: Iterable[Alert]) -> None:
        """Queues the alerts for every address."""
        new = list(alerts)
        for lane in self._lanes:
            lane.waiting += new
            extra = max(len(lane.waiting) - MOST_WAITING, 0)
            del lane.waiting[:extra]
            lane.dropped += extra

    def due(self, now_s: float) -> list[int]:
        """The addresses whose next try is due, by number.

        :param now_s: of a monotonic clock
        """
        return [number for number, lane in enumerate(self._lanes) if lane.waiting and lane.due_at_s <= now_s]

    def message(self, number: int) -> tuple[Alert, ...]:
        """What goes to that address now; the number of dropped messages comes first."""
        lane = self._lanes[number]
        if not lane.dropped:
            return tuple(lane.waiting)
        text = f"{lane.dropped} earlier alert(s) could not be sent and were dropped."
        return Alert(lane.waiting[0].at_s, Kind.EVENT, text), *lane.waiting

    def sent(self, number: int, message: Sequence[Alert]) -> None:
        """It has arrived."""
        lane = self._lanes[number]
        gone = set(message)
        lane.waiting = [alert for alert in lane.waiting if alert not in gone]
        lane.dropped, lane.failures, lane.due_at_s = 0, 0, 0.0

    def failed(self, number: int, now_s: float) -> None:
        """It has not arrived. The pause until the next try grows from failure to failure."""
        lane = self._lanes[number]
        pause_s = float(min(FIRST_PAUSE_S * 2**lane.failures, LONGEST_PAUSE_S))
        lane.failures = min(lane.failures + 1, 16)
        lane.due_at_s = now_s + pause_s

    def hurry(self) -> None:
        """Every address is tried once more at once: the process ends."""
        for lane in self._lanes:
            lane.due_at_s = 0.0

    @property
    def waiting(self) -> int:
        """How many alerts at most an address still waits for."""
        return max((len(lane.waiting) for lane in self._lanes), default=0)

    def as_json(self) -> list[Any]:
        """What `from_json` reads. Pauses are not in it: a new process tries at once."""
        return [[lane.dropped, [alert.as_json() for alert in lane.waiting]] for lane in self._lanes]

    @classmethod
    def from_json(cls, value: Any, addresses: int) -> Self:
        """For the addresses of now: one that was added gets what comes, one that was removed gets nothing.

        :raises ValueError, TypeError: when it is none
        """
        made = cls(addresses)
        for lane, (dropped, waiting) in zip(made._lanes, value, strict=False):
            lane.dropped = int(dropped)
            lane.waiting = [Alert.from_json(one) for one in waiting]
        return made
