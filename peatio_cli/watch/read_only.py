"""Opens another process's SQLite file for reading only, and leaves the process and the file alone."""

import sqlite3
from pathlib import Path

#: A writer holds the file for microseconds; who waits longer shows what was there at the last look.
BUSY_TIMEOUT_S = 0.5


def stamp_of(path: Path) -> tuple[int, ...]:
    """Changes with every write, which goes into the file or into the one beside it.

    :raises OSError: when there is no such file
    """
    wal = path.with_name(f"{path.name}-wal")
    found = [path.stat(), *([wal.stat()] if wal.exists() else [])]
    return tuple(number for each in found for number in (each.st_mtime_ns, each.st_size))


def open_read_only(path: Path) -> sqlite3.Connection:
    """
    :raises sqlite3.Error: when there is no such file, or it cannot be opened
    """
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro",
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,  # one look at a time, each in whichever thread is free
    )
