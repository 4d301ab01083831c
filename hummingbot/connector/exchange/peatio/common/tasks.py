"""The tasks of one connector: each has a name, a broken one is logged, and a stop cancels and awaits all of them.

No other module of the connector starts a task (a `TaskGroup` inside a supervised task is fine); a test looks for them.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from hummingbot.connector.exchange.peatio.common.retry import Backoff

#: A task that broke is started again after this long, then after growing waits.
RESTART_S = 1.0
MAXIMUM_RESTART_S = 60.0


class Tasks:
    """A supervisor of tasks.

    :param logger: gets the traceback of a task that breaks; nobody awaits most tasks
    """

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        # The event loop alone does not keep a task from being collected.
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        """How many tasks have not ended."""
        return len(self._tasks)

    def start[Result](
        self, work: Coroutine[Any, Any, Result], name: str, *, is_eager: bool = False, is_awaited: bool = False
    ) -> "asyncio.Task[Result]":
        """Runs `work` beside the caller.

        :param name: what the task does, for the log
        :param is_eager: whether `work` runs up to its first wait before this returns
        :param is_awaited: whether the caller handles what `work` raises; then it is not logged
        """
        loop = asyncio.get_running_loop()
        task = asyncio.Task(work, loop=loop, name=name, eager_start=is_eager)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard if is_awaited else self._on_done)
        return task

    def start_persistent(
        self,
        work: Callable[[], Coroutine[Any, Any, None]],
        name: str,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> "asyncio.Task[None]":
        """As `start`; work that breaks is logged and started again after a growing pause, until it returns."""

        async def persist() -> None:
            backoff = Backoff(RESTART_S, MAXIMUM_RESTART_S)
            clock = asyncio.get_running_loop().time
            while True:
                started_s = clock()
                try:
                    await work()
                except Exception:
                    if clock() - started_s > MAXIMUM_RESTART_S:
                        backoff.reset()  # it worked for long: another breakdown than the last
                    wait_s = backoff.next_s()
                    self._logger.exception(f"Task '{name}' broke and is started again in {wait_s:.1f} s.")
                    await sleep(wait_s)
                else:
                    return

        return self.start(persist(), name)

    def start_once[Key](
        self,
        running: "dict[Key, asyncio.Task[None]]",
        key: Key,
        work: Callable[[], Coroutine[Any, Any, None]],
        name: str,
    ) -> "asyncio.Task[None]":
        """As `start`, unless the task of that key still runs; that one then.

        :param running: the caller's tasks by key; ended ones leave it
        """
        known = running.get(key)
        if known is not None and not known.done():
            return known
        task = running[key] = self.start(work(), name)

        def forget(ended: "asyncio.Task[None]") -> None:
            if running.get(key) is ended:
                del running[key]

        task.add_done_callback(forget)
        return task

    def adopt(self, task: "asyncio.Task[Any]", name: str = "") -> None:
        """Supervises a task that Hummingbot started."""
        if name:
            task.set_name(name)
        self._tasks.add(task)
        task.add_done_callback(self._on_done)

    async def stop(self) -> None:
        """Cancels every task and waits until all have ended, those included that an ending task starts.

        The task that calls this is spared.
        """
        current = asyncio.current_task()
        while running := [task for task in self._tasks if task is not current and not task.done()]:
            for task in running:
                task.cancel()
            await asyncio.wait(running)

    def _on_done(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            text = f"Task '{task.get_name()}' broke and is not started again."
            self._logger.error(text, exc_info=task.exception())
