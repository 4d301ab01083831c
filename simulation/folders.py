"""The folders of the worlds: in memory where there is one, and gone when their process is."""

import re
import shutil
import tempfile
from os import getpid
from pathlib import Path

_PREFIX = "peatio-simulation-"
_PARENT = Path("/dev/shm") if Path("/dev/shm").is_dir() else Path(tempfile.gettempdir())


def make() -> Path:
    """A folder of this process. What SQLite syncs in memory costs nothing."""
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{getpid()}-", dir=_PARENT))


def folders_of(pid: int) -> list[Path]:
    """Those of a process."""
    return list(_PARENT.glob(f"{_PREFIX}{pid}-*"))


def sweep() -> None:
    """Removes what processes left that were killed."""
    if not Path("/proc/self").exists():
        return  # nothing shows which are alive
    for folder in _PARENT.glob(f"{_PREFIX}*"):
        owner = re.match(rf"{_PREFIX}(\d+)-", folder.name)
        if owner is not None and not Path(f"/proc/{owner[1]}").exists():
            shutil.rmtree(folder, ignore_errors=True)
