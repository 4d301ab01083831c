"""Makes this process a simulated one; nothing of Hummingbot or aiohttp may be imported before."""

import asyncio
import gc
from collections.abc import Callable, Coroutine
from typing import Any

from simulation import disk, identities, ordered_tasks, seeded_chance, virtual_time

_is_installed = False


def install() -> None:
    """Replaces clocks, chance and tasks of this interpreter, once."""
    from simloop._net import _current_host

    global _is_installed
    if _is_installed:
        return
    _is_installed = True
    virtual_time.install(lambda loop: hasattr(loop, "true_s"), _current_host.get)
    identities.install(lambda: hasattr(asyncio._get_running_loop(), "true_s"), _current_host.get)
    disk.install(lambda: hasattr(asyncio._get_running_loop(), "true_s"))
    seeded_chance.install()
    ordered_tasks.install()
    # Imports Hummingbot and aiohttp, so it comes last.
    from simulation import ordered_objects

    ordered_objects.install()


def run[Result](
    seed: int, work: Callable[[Any], Coroutine[Any, Any, Result]], is_kept: bool = False
) -> tuple[Result, Any]:
    """Runs `work(loop)` in simulated time; returns what it returned, and the loop."""
    from simulation import ordered_objects
    from simulation.events import EventLog
    from simulation.loop import SimulatedLoop

    gc.collect()
    # When a cycle is collected depends on what ran before in this interpreter, and `__del__` schedules callbacks.
    gc.disable()
    seeded_chance.seed(seed)
    ordered_tasks.reset()
    ordered_objects.reset()
    virtual_time.reset()
    disk.reset()
    loop = SimulatedLoop(seed, EventLog(is_kept))
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(work(loop)), loop
    finally:
        asyncio.set_event_loop(None)
        gc.enable()
