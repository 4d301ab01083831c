"""Events of a process that does not send the alerts itself, for the one that does: a guard beside `watch --alerts`."""

import errno
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from peatio_cli.alerts.alert import Alert

FILE_NAME = "peatio_alert_events.jsonl"


class EventFile:
    """:param folder: the instance's data folder"""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME

    def put(self, alert: Alert) -> None:
        """:raises OSError: when it cannot be written whole"""
        line = f"{json.dumps(alert.as_json())}\n".encode()
        with self._locked(os.O_RDWR | os.O_CREAT | os.O_APPEND) as descriptor:
            size = os.fstat(descriptor).st_size
            # A process that died in the middle of a line left it without an end: this one must not become part of it.
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                line = b"\n" + line
            if os.write(descriptor, line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def take(self) -> list[Alert]:
        """What was put there since the last call; a line that is none is passed over.

        :raises OSError: when it cannot be read or emptied
        """
        try:
            if self.path.stat().st_size == 0:
                return []
        except FileNotFoundError:
            return []
        with self._locked(os.O_RDWR) as descriptor:
            text = os.read(descriptor, os.fstat(descriptor).st_size).decode(errors="replace")
            os.ftruncate(descriptor, 0)
        return list(_alerts(text))

    @contextmanager
    def _locked(self, flags: int) -> Iterator[int]:
        descriptor = os.open(self.path, flags | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # for as long as the other one writes a line
            yield descriptor
        finally:
            os.close(descriptor)


def _alerts(text: str) -> Iterator[Alert]:
    for line in text.splitlines():
        try:
            yield Alert.from_json(json.loads(line))
        except (ValueError, TypeError):
            continue  # a process that died or a full disk left a part of a line: it must not hide the other events
