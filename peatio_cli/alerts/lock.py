"""Who sends the alerts of an instance: the guard or `watch --alerts`, one of them."""

import fcntl
import os
from pathlib import Path

LOCK_NAME = "peatio_alerts.lock"


class AlertsLock:
    """:param folder: the instance's data folder"""

    def __init__(self, folder: Path) -> None:
        self.path = folder / LOCK_NAME
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Whether this process sends them from now on, until it ends or calls `release`.

        :raises OSError: when the file cannot be opened
        """
        if self._descriptor is not None:
            return True
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Another process may send them."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
