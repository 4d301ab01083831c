"""Whose rows of the journal are whose: one lock a bot, held for as long as its process lives."""

import fcntl
import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from hummingbot.connector.exchange.peatio.common.errors import JournalError

# As many bots may share one instance name, account and data folder; nobody runs that many.
MAX_BOTS = 100


@dataclass
class _Lock:
    """The operating system frees the lock with the process, whichever way that ends."""

    descriptor: int
    is_in_use: bool = field(default=True)


# Locks of this process by file. One that is given back stays locked here: to other processes this one still lives, and
# a connector made later in it, after Hummingbot's `stop` and `start`, takes over what its predecessor left.
_held: dict[Path, _Lock] = {}


@dataclass(frozen=True)
class JournalLock:
    """The right to the journal's rows of `owner`."""

    owner: str
    path: Path

    def release(self) -> None:
        _held[self.path].is_in_use = False

    def take_back(self) -> None:
        _held[self.path].is_in_use = True


def account_of(site: str, api_key: str) -> str:
    """A name for the account that tells nothing about its key."""
    return hashlib.sha256(f"{site} {api_key}".encode()).hexdigest()[:16]


def acquire(folder: Path, instance: str, account: str) -> JournalLock:
    """The first owner of that instance and account whom no running bot is.

    Two bots on one account therefore never take each other's orders for leftovers, and one that is started again gets
    back what it left.

    :raises JournalError: when the lock files cannot be written
    """
    instance_name = hashlib.sha256(instance.encode()).hexdigest()[:16]
    for number in range(1, MAX_BOTS + 1):
        owner = f"{instance_name}-{account}-{number}"
        path = folder / f"peatio_journal_{owner}.lock"
        if _lock(path):
            return JournalLock(owner, path)
    raise JournalError(f"{MAX_BOTS} bots run on this account from {folder}: use another data folder.")


def _lock(path: Path) -> bool:
    held = _held.get(path)
    if held is not None:
        if held.is_in_use:
            return False
        held.is_in_use = True
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
