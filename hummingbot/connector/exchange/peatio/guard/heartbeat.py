"""A bot's sign of life for its guard: a small file beside the journal, touched as long as the bot's clock ticks.

A bot is alive while its file's time *changes*, whatever that time is: the reader measures with a clock of
its own, so that a step of the wall clock neither kills a bot nor keeps a dead one alive. Touching needs no room on the
disk.
"""

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

_PREFIX, _SUFFIX = "peatio_heartbeat_", ".json"


@dataclass(frozen=True)
class HeartbeatRecord:
    """Whose heart beats.

    :param connector: its name in Hummingbot, `peatio` or `peatio_NAME`
    :param account: which account at which exchange, see `account_of`
    :param owner: whose rows of the journal are this bot's
    :param pid: of the bot's process
    """

    connector: str
    account: str
    owner: str
    pid: int


class Heartbeat:
    """Written by a running connector. What the disk refuses is logged once and stops nothing else."""

    def __init__(self, folder: Path, pulse: HeartbeatRecord, logger: logging.Logger) -> None:
        self._path = _path(folder, pulse.owner)
        self._pulse = pulse
        self._logger = logger
        self._is_running = False
        self._has_failed = False

    def begin(self) -> None:
        """From now on the bot counts as running. The file appears whole or not at all."""
        self._is_running = True
        scratch = self._path.with_suffix(f".{os.getpid()}")
        try:
            scratch.write_text(json.dumps(asdict(self._pulse)), encoding="utf-8")
            scratch.replace(self._path)
        except OSError as error:
            self._failed(error)

    def beat(self) -> None:
        """The bot's clock ticked; does nothing before `begin` and after `end`."""
        if not self._is_running:
            return
        try:
            os.utime(self._path)
        except FileNotFoundError:
            self.begin()  # somebody tidied up
        except OSError as error:
            self._failed(error)
        else:
            self._has_failed = False

    def end(self) -> None:
        """The bot was stopped and has no open orders: there is nothing to guard."""
        self.pause()
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            self._failed(error)

    def pause(self) -> None:
        """The bot was stopped with orders open: the file stays, and its guard will find it silent."""
        self._is_running = False

    def _failed(self, error: OSError) -> None:
        if not self._has_failed:
            self._logger.error(f"A guard will take this bot for dead: its heartbeat cannot be written ({error}).")
        self._has_failed = True


def heartbeat_records(folder: Path) -> Iterator[tuple[HeartbeatRecord, int]]:
    """The bots of a data folder that are running, or ended without a goodbye, each with a number that every beat of
    its heart changes (the file's time in nanoseconds, not for comparing with a clock)."""
    for path in sorted(folder.glob(f"{_PREFIX}*{_SUFFIX}")):
        try:
            changed_ns = path.stat().st_mtime_ns
            yield HeartbeatRecord(**json.loads(path.read_text(encoding="utf-8"))), changed_ns
        except (OSError, ValueError, TypeError):
            continue  # it ended meanwhile, or is not ours


def remove_heartbeat(folder: Path, owner: str) -> None:
    """The owner's orders are another's now: there is nothing to guard."""
    _path(folder, owner).unlink(missing_ok=True)


def _path(folder: Path, owner: str) -> Path:
    return folder / f"{_PREFIX}{owner}{_SUFFIX}"
