"""Whether an instance's bot or guard is at work, for the probes of containers: `python -m peatio_cli.fleet.health`.

Run in Hummingbot's root or an instance's directory. Exit code 0 if the bot is alive, 1 with one line about what is
wrong. `--ready` asks in addition whether its connectors may trade, `--guard` asks about the guard instead.

A bot touches a small file every few seconds from its event loop, which also runs the strategy and the streams; touching
needs no room on the disk. A guard touches its lock file. Nothing of Hummingbot is imported: a probe runs often.
"""

import argparse
import json
import logging
import os
import sys
import time
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

BOT_FILE = Path("data", "peatio_bot_health.json")
GUARD_FILE = Path("data", "peatio_guard.lock")
PERIOD_S = 5.0
# Much longer than Hummingbot ever keeps the event loop busy.
DEAD_AFTER_S = 60.0

_logger = logging.getLogger(__name__)


class State(StrEnum):
    """What a bot does."""

    STARTING = "starting"
    WAITING = "waiting"
    TRADING = "trading"
    STOPPING = "stopping"


class HealthFile:
    """Written by the bot. What the disk refuses is logged once and stops nothing else."""

    def __init__(self, path: Path = BOT_FILE) -> None:
        self._path = path
        self._content = ""
        self._has_failed = False

    def remove(self) -> None:
        """The last run's file says nothing about this one."""
        self._path.unlink(missing_ok=True)

    def write(self, state: State, connectors: Mapping[str, bool]) -> None:
        """The event loop runs.

        :param connectors: name → whether it may trade
        """
        content = json.dumps({"state": state, "connectors": dict(connectors)})
        try:
            if content != self._content or not self._path.exists():
                scratch = self._path.with_suffix(f".{os.getpid()}")
                scratch.write_text(content, encoding="utf-8")
                scratch.replace(self._path)
                self._content = content
            os.utime(self._path)
            self._has_failed = False
        except OSError as error:
            if not self._has_failed:
                _logger.error(f"Probes will take this bot for dead: {self._path} cannot be written ({error}).")
            self._has_failed = True


def problem_of(path: Path, now_s: float, *, must_be_ready: bool = False) -> str | None:
    """What is wrong with the bot or guard that touches `path`; None if nothing is.

    :param now_s: of the clock that files' times are in
    """
    try:
        age_s = now_s - path.stat().st_mtime
        content = path.read_text(encoding="utf-8") if must_be_ready else ""
    except OSError:
        return f"it does not run: there is no {path}"
    if age_s > DEAD_AFTER_S:
        return f"it does not run, or hangs: its last sign of life is {age_s:.0f} s old"
    return _why_not_ready(content) if must_be_ready else None


def _why_not_ready(content: str) -> str | None:
    try:
        found = json.loads(content)
        state, connectors = State(found["state"]), dict(found["connectors"])
    except (ValueError, KeyError, TypeError):
        return "its state cannot be read"
    waiting = [name for name, is_ready in connectors.items() if not is_ready]
    if state in (State.STARTING, State.STOPPING):
        return f"it is {state}"
    return f"{', '.join(waiting)} may not trade yet" if waiting else None


def main(arguments: list[str] | None = None) -> int:
    """Print what is wrong, if anything is; returns the exit code."""
    parser = argparse.ArgumentParser(prog="health", description=(__doc__ or "").partition("\n")[0])
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--ready", action="store_true", help="also whether the connectors may trade")
    which.add_argument("--guard", action="store_true", help="the guard instead of the bot")
    options = parser.parse_args(arguments)
    path, who = (GUARD_FILE, "guard") if options.guard else (BOT_FILE, "bot")
    problem = problem_of(path, time.time(), must_be_ready=options.ready)
    if problem is not None:
        print(f"{who}: {problem}")
    return 0 if problem is None else 1


if __name__ == "__main__":
    sys.exit(main())
