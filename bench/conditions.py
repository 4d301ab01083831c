"""What a run was made with: figures mean little without it."""

import os
import platform
import time
from dataclasses import dataclass
from importlib.metadata import version


@dataclass(frozen=True)
class Conditions:
    """:ivar load_before: the machine's load average of the last minute; more than a few tenths spoils latencies"""

    rounds: int
    python: str
    hummingbot: str
    cpus: int
    load_before: float
    took_s: float

    def told(self) -> str:
        """For the reader of a table."""
        return (
            f"Median of {self.rounds} rounds; Python {self.python}, Hummingbot {self.hummingbot}, {self.cpus} CPUs, "
            f"load {self.load_before:.2f} before the run, which took {self.took_s / 60:.1f} minutes."
        )


class Observer:
    """Looks at the machine before the run, and at the clock after it."""

    def __init__(self, rounds: int) -> None:
        self._rounds = rounds
        self._load_before = os.getloadavg()[0]
        self._began_s = time.monotonic()

    def conditions(self) -> Conditions:
        """Once the run is over."""
        return Conditions(
            rounds=self._rounds,
            python=platform.python_version(),
            hummingbot=version("hummingbot"),
            cpus=os.cpu_count() or 1,
            load_before=self._load_before,
            took_s=time.monotonic() - self._began_s,
        )
