"""Each seed in a process of its own, forked off one that has everything imported and has run a short world before.

So every seed begins with the same memory, whatever ran before it, and nobody pays for imports twice.
"""

import ctypes
import gc
import multiprocessing
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from simulation import folders
from simulation.plan import Plan, plan_of
from simulation.seeds import Run, run_plan
from simulation.world import Outcome

_FORK = multiprocessing.get_context("fork")

#: How the line begins that says that a run shows nothing about the connector.
BROKEN = "the simulation itself failed"

#: The world that warms the parent up: whatever is built at first use is built in it.
WARM_UP_SEED = 0
WARM_UP_S = 20.0

#: Linux's prctl: the signal that a process gets when its parent has ended.
_SET_PARENT_DEATH_SIGNAL = 1


def warm_up() -> None:
    """Runs a short world in this process."""
    from dataclasses import replace

    plan = plan_of(WARM_UP_SEED)
    run_plan(replace(plan, trading_s=WARM_UP_S, faults=()))
    gc.collect()
    gc.freeze()


def run_all(plans: Sequence[Plan], jobs: int, work: Callable[[Plan], Run] = run_plan) -> Iterator[Run]:
    """Runs plans, `jobs` at a time; yields each as it ends. A world that raises has `failed`."""
    folders.sweep()
    waiting = list(reversed(plans))
    running: dict[Connection, tuple[BaseProcess, Plan]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                plan = waiting.pop()
                ours, theirs = _FORK.Pipe(duplex=False)
                process: BaseProcess = _FORK.Process(target=_child, args=(plan, theirs, work, os.getpid()), daemon=True)
                process.start()
                theirs.close()
                running[ours] = process, plan
            for ready in wait(list(running)):
                assert isinstance(ready, Connection)
                process, plan = running.pop(ready)
                try:
                    run = ready.recv()
                except EOFError:
                    run = _broken(plan, f"its process ended with exit code {process.exitcode}")
                ready.close()
                process.join()
                yield run
    finally:
        for process, _ in running.values():
            process.kill()
            process.join()
        folders.sweep()


def _child(plan: Plan, answers: Connection, work: Callable[[Plan], Run], parent: int) -> None:
    _end_with(parent)
    try:
        answers.send(work(plan))
    except BaseException:
        answers.send(_broken(plan, traceback.format_exc()))
    answers.close()


def _end_with(parent: int) -> None:
    """A parent that is killed cannot end its forks."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)  # it was killed before


def _broken(plan: Plan, why: str) -> Run:
    outcome = Outcome(plan.seed)
    outcome.failed.append(f"{BROKEN}: {why}")
    return Run(plan, outcome, "", "", 0.0, 0)
