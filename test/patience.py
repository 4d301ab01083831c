"""One way to wait for what another task, thread or process does."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

TIMEOUT_S = 20.0

# A machine that stood still for longer than the time limit has not given the others their turn: they get it.
LEAST_CHECKS = 20


async def eventually(
    check: Callable[[], Any], what: str = "", timeout_s: float | None = None, pause_s: float = 0.005
) -> Any:
    """Polls `check` until its value, or what it can be awaited for, is true, and returns that.

    :param timeout_s: None is `TIMEOUT_S`
    :raises AssertionError: with `what`, and where every task stands, when it is still false after `timeout_s`
    """
    timeout_s = TIMEOUT_S if timeout_s is None else timeout_s
    deadline_s = time.monotonic() + timeout_s
    checks = 0
    while True:
        value = check()
        if isinstance(value, Awaitable):
            value = await value
        if value:
            return value
        checks += 1
        if time.monotonic() > deadline_s and checks >= LEAST_CHECKS:
            raise AssertionError(f"not within {timeout_s:.0f} s: {what or check}\n{_where_tasks_stand()}")
        await asyncio.sleep(pause_s)


def _where_tasks_stand() -> str:
    return "\n".join(_where(task) for task in asyncio.all_tasks() if task is not asyncio.current_task())


def _where(task: asyncio.Task[Any]) -> str:
    """The chain of awaits of a task, outermost first."""
    places = []
    awaited: Any = task.get_coro()
    while awaited is not None:
        frame = getattr(awaited, "cr_frame", None) or getattr(awaited, "gi_frame", None)
        if frame is not None:
            places.append(f"{frame.f_code.co_qualname}:{frame.f_lineno}")
        awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "gi_yieldfrom", None)
    return f"  {task.get_name()} waits at {' > '.join(places) or 'an unknown place'}"
