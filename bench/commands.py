"""What the commands of `hummingbot-peatio` take to start, above a Python that does nothing."""

import os
import pty
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.stamps import Instant

PROGRAM = "hummingbot-peatio"
#: A variable that changes what a command does would change what is measured.
FOREIGN = ("PEATIO_", "HBOT_", "CONFIG_PASSWORD", "PYTHON")
TIMEOUT_S = 60


def measure(subject: str, arguments: Sequence[str], ends: bool, runs: int) -> dict[str, float]:
    """The medians of `runs` starts of the command of the environment that runs this, by turns with a bare Python.

    CPU is that of the process and the children that it waited for, user and system.

    :param ends: whether the command ends by itself; otherwise it is killed once its first line is there
    """
    program = [str(Path(sys.executable).with_name(PROGRAM)), *arguments]
    bare = [sys.executable, "-c", "pass"]
    with _folders() as folders:
        started(program, next(folders), ends)  # reads everything from the disk once
        taken = [(started(bare, next(folders)), started(program, next(folders), ends)) for _ in range(runs)]
    above = [nothing.until(command) for nothing, command in taken]
    return {
        "cpu_ms": statistics.median(one.cpu_s for one in above) * 1e3,
        "wall_ms": statistics.median(one.wall_s for one in above) * 1e3,
        "bare_cpu_ms": statistics.median(nothing.cpu_s for nothing, _ in taken) * 1e3,
    }


def started(command: Sequence[str], folder: Path, ends: bool = True) -> Instant:
    """Wall time and CPU time from the start of a process to its end, or to its first line on a terminal.

    :raises RuntimeError: when it ended without a line, or with an error
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    terminal, its_end = pty.openpty()
    try:
        began_s = time.perf_counter()
        # A session of its own, so that the children of a killed command are killed too.
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**environment, "TERM": "xterm", "COLUMNS": "80"},
            stdin=subprocess.DEVNULL,
            stdout=its_end,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(its_end)
        has_line = _read_line(terminal)
        if not ends:
            os.killpg(process.pid, signal.SIGKILL)
        while ends and _read_line(terminal):
            has_line = True
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - began_s
    finally:
        os.close(terminal)
    process.returncode = os.waitstatus_to_exitcode(status)
    if (ends and process.returncode != 0) or (not ends and not has_line):
        raise RuntimeError(f"{' '.join(command)}: exit code {process.returncode}")
    return Instant(wall_s, usage.ru_utime + usage.ru_stime)


def _read_line(terminal: int) -> bool:
    """Whether another line came before the process closed its end."""
    while True:
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # Linux: EIO once nobody has the other end open
            return False
        if not piece:
            return False
        if b"\n" in piece:
            return True


@contextmanager
def _folders() -> Iterator[Iterator[Path]]:
    """Empty working directories, one for each run."""
    with TemporaryDirectory(prefix="bench-") as temporary:

        def new() -> Iterator[Path]:
            while True:
                folder = Path(temporary, str(len(os.listdir(temporary))))
                folder.mkdir()
                yield folder

        yield new()
