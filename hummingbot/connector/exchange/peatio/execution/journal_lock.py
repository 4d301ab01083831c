"""Whose rows of the journal are whose: one lock a bot, held for as long as its process lives."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from hummingbot.connector.exchange.peatio.common.errors import JournalError

# As many bots may share one instance name, account and data folder; nobody runs that many.
MAX_BOTS = 100


class _Use(Enum):
    FREE = "free"
    IN_USE = "in use"
    CLOSING = "closing"


@dataclass
class _Lock:
    """The operating system frees the lock with the process, whichever way that ends."""

    descriptor: int
    use: _Use = _Use.IN_USE


# Locks of this process by file. One that is given back stays locked here: for other processes this one still lives, and
# a connector made later in it, after Hummingbot's `stop` and `start`, takes over what its predecessor left.
_held: dict[Path, _Lock] = {}


@dataclass(frozen=True)
class JournalLock:
    """The right to the journal's rows of `owner`."""

    owner: str
    path: Path

    def announce_release(self) -> None:
        """The connector is stopping: a successor in this process waits for its rows instead of taking others."""
        _held[self.path].use = _Use.CLOSING

    def take_back(self) -> None:
        """The connector goes on after all."""
        _held[self.path].use = _Use.IN_USE

    def release(self) -> None:
        _held[self.path].use = _Use.FREE


def account_of(site: str, api_key: str) -> str:
    """A name for the account from which nobody can derive its key."""
    return hashlib.sha256(f"{site} {api_key}".encode()).hexdigest()[:16]


def acquire(folder: Path, instance: str, account: str) -> JournalLock | None:
    """The first owner of that instance and account that no running bot is.

    Two bots on one account therefore never take each other's orders for their own, and one that is started again gets
    back what it left.

    :return: None while a connector of this process is still stopping that had these rows; ask again
    :raises JournalError: when the lock files cannot be written
    """
    instance_name = hashlib.sha256(instance.encode()).hexdigest()[:16]
    for number in range(1, MAX_BOTS + 1):
        owner = f"{instance_name}-{account}-{number}"
        path = _path(folder, owner)
        held = _held.get(path)
        if held is not None and held.use is _Use.CLOSING:
            return None
        if _lock(path):
            return JournalLock(owner, path)
    raise JournalError(f"{MAX_BOTS} bots run on this account from {folder}: use another data folder.")


@contextmanager
def borrowed(folder: Path, owner: str) -> Iterator[bool]:
    """Whether no bot that runs has the rows of that owner; until the end of the block none gets them.

    The block must not wait: a bot that starts meanwhile takes other rows for its own, and leaves those behind.

    :raises JournalError: when the lock file cannot be written
    """
    path = _path(folder, owner)
    was_held = path in _held
    if not _lock(path):
        yield False
        return
    try:
        yield True
    finally:
        if was_held:
            _held[path].use = _Use.FREE
        else:
            os.close(_held.pop(path).descriptor)  # for a bot of another process


def _path(folder: Path, owner: str) -> Path:
    return folder / f"peatio_journal_{owner}.lock"


def _lock(path: Path) -> bool:
    held = _held.get(path)
    if held is not None:
        if held.use is _Use.IN_USE:
            return False
        held.use = _Use.IN_USE
        return True
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise JournalError(f"The lock file {path} cannot be written ({error}).") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return False
    _held[path] = _Lock(descriptor)
    return True
