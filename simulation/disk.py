"""The disks of simulated hosts: SQLite's files that fail, and a process that dies at one of its commits.

`sqlite3.connect` is replaced in one place, so that the journal (`sqlite3`) and Hummingbot's database (SQLAlchemy) both
go through the disk of the host whose process opened them. A host without a disk has SQLite as it is.
"""

import errno
import io
import os
import random
import sqlite3
import sqlite3.dbapi2
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from simulation.network import host_of_now

Trouble = Literal["full", "locked"]

#: What SQLite says (its result codes SQLITE_FULL and SQLITE_BUSY).
_MESSAGES: dict[Trouble, str] = {"full": "database or disk is full", "locked": "database is locked"}
_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "CREATE", "ALTER", "DROP", "BEGIN IMMEDIATE")

_real_connect = sqlite3.connect
_real_io_open, _real_os_open = io.open, os.open
_disks: dict[str, "Disk"] = {}


class ProcessDiedError(BaseException):
    """The process has died in the middle of a step; the rest of that step must not happen."""


@dataclass
class _Death:
    commits: int
    is_after: bool
    die: Callable[[], None]


@dataclass(frozen=True)
class Failure:
    """A disk that refuses writes.

    :param file: the part of a file's name that tells which files fail; "" is all of them
    :param chance: with which each write fails, drawn from `seed`
    """

    trouble: Trouble
    file: str
    chance: float
    seed: str


@dataclass(frozen=True)
class Refused:
    """A statement that failed."""

    path: str
    sql: str
    parameters: Any

    def values(self) -> Iterator[Any]:
        """All values of its parameters, of one row or many."""
        rows = self.parameters if isinstance(self.parameters, list) else [self.parameters]
        for row in rows:
            yield from row.values() if isinstance(row, Mapping) else row


class Disk:
    """What one process sees of its disk.

    :param folder: where everything it writes is
    :param on_wait: gets how many seconds the process stands still because it waits for a lock
    :ivar commits: how many the process has made
    :ivar refused: statements that failed, with their parameters
    """

    def __init__(self, folder: Path, on_wait: Callable[[float], None] = lambda seconds: None) -> None:
        self._folder = str(folder)
        self._on_wait = on_wait
        self.commits = 0
        self.refused: list[Refused] = []
        self._death: _Death | None = None
        self._failure: Failure | None = None
        self._rng = random.Random()
        self._is_dead = False

    def die_at_commit(self, commits: int, is_after: bool, die: Callable[[], None]) -> None:
        """The process dies at a commit; a later request replaces this one.

        :param commits: how many commits come before that one
        :param is_after: whether it has reached the disk
        :param die: what ends the process; called at that instant, in the middle of a step
        """
        self._death = _Death(commits, is_after, die)

    def live(self) -> None:
        """The process does not die at a commit any more."""
        self._death = None

    def fail(self, failure: Failure) -> None:
        """From now on writes are refused, until `mend`."""
        self._failure = failure
        self._rng = random.Random(failure.seed)

    def mend(self) -> None:
        """Writes succeed again."""
        self._failure = None

    def process_died(self) -> None:
        """Whatever the dead process still tries with its databases ends it."""
        self._is_dead = True

    # For the connections.

    def check(self) -> None:
        """:raises ProcessDiedError: in a process that has died"""
        if self._is_dead:
            raise ProcessDiedError

    def write(self, path: str, statements: Sequence[tuple[str, Any]], timeout_s: float) -> None:
        """Statements that write, with their parameters, are about to take effect.

        :raises sqlite3.OperationalError: when the disk refuses it
        """
        failure = self._failure
        if failure is None or failure.file not in Path(path).name or self._rng.random() >= failure.chance:
            return
        if failure.trouble == "locked":
            self._on_wait(timeout_s)
        self.refused += [Refused(path, sql, parameters) for sql, parameters in statements]
        raise sqlite3.OperationalError(_MESSAGES[failure.trouble])

    @contextmanager
    def committing(self) -> Iterator[None]:
        """Around a commit.

        :raises ProcessDiedError: when the process dies at it
        """
        death = self._death
        self.commits += 1
        if death is not None and death.commits > 0:
            death.commits -= 1
            death = None
        if death is not None and not death.is_after:
            self._die(death)
        yield
        if death is not None:
            self._die(death)

    def refuses_file(self, path: str) -> bool:
        """Whether a new file, or a longer one, has no room."""
        failure = self._failure
        if failure is None or failure.trouble != "full" or not path.startswith(self._folder):
            return False
        return failure.file in Path(path).name and self._rng.random() < failure.chance

    def _die(self, death: _Death) -> None:
        self._death = None
        death.die()
        self._is_dead = True
        raise ProcessDiedError


class _Cursor(sqlite3.Cursor):
    connection: "_Connection"

    def execute(self, sql: str, parameters: Any = (), /) -> "_Cursor":
        with self.connection.running(sql, parameters):
            super().execute(sql, parameters)
        return self

    def executemany(self, sql: str, parameters: Any, /) -> "_Cursor":
        rows: Sequence[Any] = list(parameters)
        with self.connection.running(sql, rows):
            super().executemany(sql, rows)
        return self


class _Connection(sqlite3.Connection):
    """A connection of a simulated process, on its disk."""

    def __init__(self, database: Any, timeout: float = 5.0, *arguments: Any, **options: Any) -> None:
        super().__init__(database, timeout, *arguments, **options)
        self._disk = _disks[host_of_now()]
        self._path = os.fspath(database)
        self._timeout_s = timeout
        self._written: list[tuple[str, Any]] = []

    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)

    # SQLite's own make a cursor without asking `cursor`.

    def execute(self, sql: str, parameters: Any = (), /) -> Any:
        return self.cursor().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any, /) -> Any:
        return self.cursor().executemany(sql, parameters)

    @contextmanager
    def running(self, sql: str, parameters: Any) -> Iterator[None]:
        """Around a statement."""
        self._disk.check()
        begin = sql.lstrip()[:16].upper()
        is_write = begin.startswith(_WRITES)
        if is_write and self.isolation_level is None:
            self._disk.write(self._path, [(sql, parameters)], self._timeout_s)
        elif is_write:
            self._written.append((sql, parameters))
        is_commit = begin.startswith("COMMIT")
        if is_write and self.isolation_level is None and not self.in_transaction:
            is_commit = not begin.startswith("BEGIN")  # each statement is a transaction
        if not is_commit:
            yield
            return
        with self._disk.committing():
            yield

    def commit(self) -> None:
        self._disk.check()
        if not self.in_transaction:
            super().commit()
            return
        # SQLAlchemy's transactions are refused here and nowhere else: `Disk.refused` has all of what is missing.
        written, self._written = self._written, []
        self._disk.write(self._path, written or [("COMMIT", ())], self._timeout_s)
        with self._disk.committing():
            super().commit()

    def rollback(self) -> None:
        self._written.clear()
        super().rollback()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> Literal[False]:
        # SQLite's own would commit without asking `commit`.
        if kind is not None:
            self.rollback()
            return False
        try:
            self.commit()
        except sqlite3.Error:
            self.rollback()
            raise
        return False


def mount(host: str, disk: Disk) -> None:
    """What the process of that host opens from now on is on this disk."""
    _disks[host] = disk


def reset() -> None:
    """No host has a disk."""
    _disks.clear()


def install(is_simulating: Callable[[], bool]) -> None:
    """Replaces how SQLite's files are opened, and how new files are made."""

    def disk_of_now() -> Disk | None:
        return _disks.get(host_of_now()) if _disks and is_simulating() else None

    def connect(database: Any, *arguments: Any, **options: Any) -> sqlite3.Connection:
        if disk_of_now() is not None:
            options.setdefault("factory", _Connection)
        connection: sqlite3.Connection = _real_connect(database, *arguments, **options)
        return connection

    def refuse(path: Any) -> None:
        disk = disk_of_now()
        if disk is not None and disk.refuses_file(os.fspath(path)):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), os.fspath(path))

    def io_open(file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        if _disks and not isinstance(file, int) and set(mode) & set("wxa+"):
            refuse(file)
        return _real_io_open(file, mode, *arguments, **options)

    def os_open(path: Any, flags: int, *arguments: Any, **options: Any) -> int:
        if _disks and flags & os.O_CREAT and not isinstance(path, int):
            refuse(path)
        return _real_os_open(path, flags, *arguments, **options)

    sqlite3.connect = sqlite3.dbapi2.connect = connect  # type: ignore[assignment]
    # What `Path.write_text` opens files with.
    io.open = io_open
    os.open = os_open
