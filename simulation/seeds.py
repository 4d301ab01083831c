"""Runs one plan in this process, in simulated time."""

import logging
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from simloop._net import _current_host

from simulation import folders, runner, virtual_time
from simulation.events import Event
from simulation.logs import Logs
from simulation.loop import SimulatedLoop
from simulation.mirror.world import MirrorWorld
from simulation.plan import Plan
from simulation.world import Outcome, World


@dataclass
class Run:
    """A plan that was run.

    :ivar hash: of all events, in order and time
    :ivar ledger: a hash of the exchanges' orders and trades
    :ivar events: what happened, where it was to be kept
    """

    plan: Plan
    outcome: Outcome
    hash: str
    ledger: str
    cpu_s: float
    steps: int
    events: Sequence[Event] = field(default_factory=tuple)
    log: str = ""


def run_plan(plan: Plan, is_kept: bool = False, world: Callable[..., World] | None = None) -> Run:
    """
    :param is_kept: whether the events and the whole log are kept
    :param world: what to make of the plan; None is what the plan says
    """
    make = world or (World if plan.mirror is None else MirrorWorld)
    started_s = virtual_time.cpu_s()
    folder = folders.make()
    logs = Logs(_current_host.get, None, logging.INFO if is_kept else logging.WARNING)
    logs.install()

    world_of: list[World] = []

    async def work(loop: SimulatedLoop) -> Outcome:
        loop.events.folder = str(folder)
        if is_kept:
            logs._on_line = lambda host, line: loop.events.logged(loop.true_s, host, line)
        world_of.append(make(loop, plan, folder, logs))
        return await world_of[0].run()

    try:
        outcome, loop = runner.run(plan.seed, work, is_kept)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Run(
        plan,
        outcome,
        loop.events.hash(),
        world_of[0].ledger_hash(),
        virtual_time.cpu_s() - started_s,
        loop.steps,
        loop.events.kept or (),
        "\n".join(f"{host}: {line}" for host, lines in logs.lines.items() for line in lines),
    )

