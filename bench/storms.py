"""Seeds of the simulation beside those of the chaos of the build of before: CPU seconds of all processes.

A seed of either places 250 orders under more than ten kinds of faults and two deaths of the bot. The build of before
runs the chaos of its own sources, which lie beside its environment (bench.before).
"""

import ctypes
import json
import os
import re
import subprocess
import sys
import sysconfig
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
TIMEOUT_S = 3600
#: Linux: processes whose parent has ended become ours, so that their CPU time is counted. Chaos forks its seeds off a
#: server that nobody waits for.
_SET_CHILD_SUBREAPER = 36
#: What a line of a seed says of the simulated time.
_SIMULATED = re.compile(r"^seed \d+: .* (\d+) simulated s, ", re.M)
_SEED = re.compile(r"^seed \d+: (\w+), ", re.M)


def measure(subject: str, seeds: int, first: int, trading_s: float | None = None) -> dict[str, float]:
    """The simulation's figures, or those of the chaos where the environment is that of an earlier build.

    :param trading_s: another time of trading, for the simulation
    :raises RuntimeError: when a seed did not run, or descendants cannot be counted
    """
    before = Path(sys.prefix).parent / "sources"
    program = "test.chaos" if before.is_dir() else "simulation"
    if before.is_dir():
        _import_first("peatio_cli, peatio_sandbox")
    command = [sys.executable, "-m", program, "--seeds", str(seeds), "--first", str(first), "--jobs", "1"]
    if program == "simulation":
        command += ["--twice", "0", *([] if trading_s is None else ["--trading-s", str(trading_s)])]
    return counted(command, before if before.is_dir() else ROOT, seeds)


def _import_first(packages: str) -> None:
    """In every interpreter of this environment: Hummingbot puts the folder into which its files are linked in front of
    `sys.path`, and the present packages are there."""
    Path(sysconfig.get_path("purelib"), "bench.pth").write_text(f"import {packages}\n", encoding="utf-8")


def counted(command: Sequence[str], folder: Path, seeds: int) -> dict[str, float]:
    """As `measure`, of a command that prints a line for each seed."""
    # In a process of its own: it waits for every child that its process has.
    counting = [sys.executable, "-m", "bench.storms", str(folder), str(seeds), *command]
    done = subprocess.run(counting, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError((done.stderr.strip() or done.stdout).splitlines()[-1])
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def run(command: Sequence[str], folder: Path, seeds: int) -> dict[str, float]:
    """As `counted`, in this process, which must have no other children."""
    adopt_orphans()
    before_s, began_s = _children_cpu_s(), time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT_S
    )
    wait_for_all()
    wall_s, cpu_s = time.perf_counter() - began_s, _children_cpu_s() - before_s
    words = _SEED.findall(done.stdout)
    if len(words) != seeds:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise RuntimeError(f"{' '.join(command)}: {len(words)} of {seeds} seeds ran: {last}")
    failed = len(words) - words.count("ok")
    figures = {"cpu_s": cpu_s, "wall_s": wall_s, "seeds_per_cpu_s": seeds / cpu_s, "failed": failed}
    simulated_s = sum(map(int, _SIMULATED.findall(done.stdout)))
    return {**figures, "simulated_s_per_cpu_s": simulated_s / cpu_s} if simulated_s else figures


def adopt_orphans() -> None:
    """From now on the descendants of this process become its children when their parents end.

    :raises RuntimeError: where the system has no such thing
    """
    if sys.platform != "linux" or ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise RuntimeError("the CPU time of all descendants can be counted on Linux only")


def wait_for_all() -> None:
    """Waits for every child, adopted ones too."""
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _children_cpu_s() -> float:
    times = os.times()
    return times.children_user + times.children_system


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[3:], Path(sys.argv[1]), int(sys.argv[2]))))
