"""Ends the processes that a test process leaves behind, whichever way it ends: a time limit, a signal, SIGKILL.

Hummingbot's `start` gives the bot a session of its own, so that it outlives the shell that started it. A test that is
killed between `start` and `stop` would leave that bot running for good. The reaper is a process beside each test
process. It waits for the end of its standard input, which the system closes with the test process, and then kills
whatever has the test process's mark in its environment.
"""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

MARK = "PEATIO_TEST_PROCESS"
#: A process that is being started gets its mark before it gets its own command line.
LOOKS = 3
BETWEEN_LOOKS_S = 0.2

_reaper: "subprocess.Popen[bytes] | None" = None


def start() -> None:
    """Marks the processes that this one starts from now on, and starts their reaper."""
    global _reaper
    if _reaper is not None:
        return
    os.environ[MARK] = f"{os.getpid()}-{secrets.token_hex(8)}"
    unmarked = {name: value for name, value in os.environ.items() if name != MARK}
    # In a session of its own: Ctrl-C is meant for the tests.
    _reaper = subprocess.Popen(
        [sys.executable, "-I", "-S", __file__, os.environ[MARK]],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=unmarked, start_new_session=True,
    )  # fmt: skip


def marked(mark: str) -> Iterator[int]:
    """The processes with that mark."""
    wanted = f"{MARK}={mark}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (process / "environ").read_bytes().split(b"\0"):
                yield int(process.name)
        except OSError:
            continue  # it ended meanwhile, or is somebody else's


def reap(mark: str) -> None:
    for look in range(LOOKS):
        if look:
            time.sleep(BETWEEN_LOOKS_S)
        for pid in marked(mark):
            try:
                command = Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
                os.kill(pid, signal.SIGKILL)
            except OSError:
                continue  # it ended meanwhile
            print(f"A test left process {pid} behind; it is killed: {command[:200]}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.stdin.buffer.read()
    reap(sys.argv[1])
