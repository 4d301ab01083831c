"""What a bot holds: memory, files, tasks, timers. Measured between two steps, it changes nothing."""

import gc
import os
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from simloop._net import DRIVER, _current_host

from simulation.bots import Bot
from simulation.loop import SimulatedLoop

#: This much more than in the first measurement is not reported.
SLACK = 0.05
FEW = {"objects": 200, "journal_bytes": 65_536, "database_bytes": 65_536, "handles": 2, "tasks": 5, "timers": 10}
_CONTAINERS = (dict, list, tuple, set, frozenset, deque)
_OURS = "hummingbot."


@dataclass(frozen=True)
class Footprint:
    """
    :ivar day: simulated days since the start
    :ivar objects: that the connector reaches through Hummingbot's and its own instances and plain containers; what is
        in a C++ order book is not seen
    :ivar handles: open file descriptors of the whole process, the exchange's among them
    :ivar resident_bytes: of the whole process, for information: the exchange keeps its history in it
    """

    day: float
    objects: int
    journal_bytes: int
    database_bytes: int
    handles: int
    tasks: int
    timers: int
    resident_bytes: int

    def __str__(self) -> str:
        return (
            f"day {self.day:.1f}: {self.objects} objects, journal {self.journal_bytes / 1024:.0f} KiB, database "
            f"{self.database_bytes / 1024:.0f} KiB, {self.handles} file handles, {self.tasks} tasks, {self.timers} "
            f"timers, process {self.resident_bytes / 1024**2:.0f} MiB"
        )


def measure(loop: SimulatedLoop, bot: Bot, journal: Path, database: Path) -> Footprint:
    """After a collection, which a run does not make by itself."""
    gc.collect()
    return Footprint(
        day=loop.true_s / 86_400,
        objects=sum(1 for _ in _reached(bot.life.connector if bot.life is not None else None)),
        journal_bytes=_size(journal),
        database_bytes=_size(database),
        handles=len(os.listdir("/proc/self/fd")),
        tasks=sum(1 for task in loop.network._tasks[bot.host] if not task.done()),
        timers=_timers(loop, bot.host),
        resident_bytes=_resident_bytes(),
    )


def growth(first: Footprint, last: Footprint) -> list[str]:
    """What is more than it was, in sentences; nothing where all is level."""
    before, after = asdict(first), asdict(last)
    return [
        f"{name}: {before[name]} on day {first.day:.1f}, {after[name]} on day {last.day:.1f}"
        for name, few in FEW.items()
        if after[name] > before[name] * (1 + SLACK) + few
    ]


def _timers(loop: SimulatedLoop, host: str) -> int:
    timers: list[Any] = [row[3] for row in loop._timers]
    return len([one for one in timers if not one._cancelled and one._context.get(_current_host, DRIVER) == host])


def _size(path: Path) -> int:
    """Of a database with its log."""
    return sum(one.stat().st_size for one in path.parent.glob(path.name + "*"))


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _reached(start: Any) -> Iterator[Any]:
    """Everything that hangs on an object, each once, without leaving Hummingbot's instances and plain containers."""
    seen: set[int] = set()
    waiting: deque[Any] = deque([start])
    while waiting:
        found = waiting.popleft()
        if id(found) in seen or isinstance(found, type):
            continue
        seen.add(id(found))
        yield found
        if isinstance(found, _CONTAINERS) or type(found).__module__.startswith(_OURS):
            waiting.extend(
                other
                for other in gc.get_referents(found)
                if isinstance(other, _CONTAINERS) or type(other).__module__.startswith(_OURS)
            )
