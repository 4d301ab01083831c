"""What ``make setup`` takes in a second folder: everything that comes from an index is in the caches already.

The sources of a build lie beside its environment (bench.before), the present ones in this clone. Each is copied,
without its environment, into a folder of its own, and its own ``tools/setup`` is run there.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
#: What stands for another environment than the one that is to be made.
FOREIGN = ("DEV", "HUMMINGBOT_RELEASE", "PYTHONPATH", "VIRTUAL_ENV")
NOT_COPIED = (".git", ".venv*", ".cache", "build", "dist", "__pycache__", ".*_cache")


def measure(subject: str, command: Sequence[str], warm_up: bool) -> dict[str, float]:
    """Wall time of `command` in a fresh copy, and the CPU time of its processes.

    :param command: the program and its arguments, the former relative to the copy unless it is on PATH
    :param warm_up: whether another copy is set up first, so that all caches are filled
    :raises RuntimeError: when the command failed, with its last output
    """
    if warm_up:
        _run(command)
    before_s = _children_cpu_s()
    wall_s = _run(command)
    return {"wall_s": wall_s, "cpu_s": _children_cpu_s() - before_s}


def sources() -> Path:
    """The sources of the build whose environment runs this."""
    beside = Path(sys.prefix).parent / "sources"
    return beside if beside.is_dir() else ROOT


def _run(command: Sequence[str]) -> float:
    environment = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    environment["PYTHON"] = getattr(sys, "_base_executable", sys.executable)
    with TemporaryDirectory(prefix="bench-set-up-") as temporary:
        copy = Path(temporary, "project")
        shutil.copytree(sources(), copy, symlinks=True, ignore=shutil.ignore_patterns(*NOT_COPIED))
        began_s = time.perf_counter()
        done = subprocess.run(
            command, cwd=copy, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        wall_s = time.perf_counter() - began_s
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed: {(done.stderr or done.stdout).strip().splitlines()[-1:]}")
    return wall_s


def _children_cpu_s() -> float:
    times = os.times()
    return times.children_user + times.children_system
