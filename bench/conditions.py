"""What a run was made with: figures mean little without it."""

import os
import platform
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path


@dataclass(frozen=True)
class Conditions:
    """
    :ivar rounds: how often it was measured
    :ivar load_before: the machine's load average of the last minute; more than a few tenths spoils latencies
    :ivar load_after: the same at the end of the run, which itself keeps about one processor busy
    :ivar commit: of the sources, with "+" where they were changed since
    """

    python: str
    hummingbot: str
    cpus: int
    load_before: float
    took_s: float
    rounds: int = 1
    load_after: float = 0.0
    commit: str = ""
    date: str = ""

    def described(self) -> str:
        """For the reader of a table."""
        return (
            f"{_of(self.rounds)}; Python {self.python}, Hummingbot {self.hummingbot}, {self.cpus} CPUs, "
            f"load {self.load_before:.2f} before the run and {self.load_after:.2f} after it; it took "
            f"{self.took_s / 60:.1f} minutes."
        )


class Observer:
    """Looks at the machine before the run, and at the clock after it."""

    def __init__(self) -> None:
        self._load_before = os.getloadavg()[0]
        self._began_s = time.monotonic()

    def conditions(self) -> Conditions:
        """After the run."""
        return Conditions(
            python=platform.python_version(),
            hummingbot=version("hummingbot"),
            cpus=os.cpu_count() or 1,
            load_before=self._load_before,
            load_after=os.getloadavg()[0],
            took_s=time.monotonic() - self._began_s,
            commit=_commit(),
            date=datetime.now(UTC).date().isoformat(),
        )


def _of(rounds: int) -> str:
    return "One round" if rounds == 1 else f"Median of {rounds} rounds"


def _commit() -> str:
    """Empty where the sources are no checkout."""
    try:
        head = _git("rev-parse", "--short", "HEAD")
        return f"{head}+" if _git("status", "--porcelain", "--untracked-files=no") else head
    except (OSError, subprocess.CalledProcessError):
        return ""


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=Path(__file__).parent, capture_output=True, text=True, check=True
    ).stdout.strip()
