"""The guard of a bot, as a process of its own on the bot's machine; started again whenever it ends."""

import asyncio
import itertools
import time

from peatio_cli.guard.guard import Exit, Guard
from simulation.bots import Bot
from simulation.loop import SimulatedLoop

#: What a service manager waits before it starts a process again.
RESTART_S = 2.0


class GuardHost:
    """:ivar ends: how its processes ended"""

    def __init__(self, loop: SimulatedLoop, bot: Bot, after_s: float) -> None:
        self._loop = loop
        self._bot = bot
        self._after_s = after_s
        self._numbers = itertools.count(1)
        self._process: asyncio.Task[Exit] | None = None
        self._is_wanted = False
        self.ends: list[Exit] = []

    def start(self) -> None:
        """Begins to watch, with the keys that the bot has now."""
        self._is_wanted = True
        host = f"{self._bot.choice.name}.guard.{next(self._numbers)}"
        self._process = self._loop.network.host(host).create_task(self._run(host), name=f"guard {host}")
        self._process.add_done_callback(self._ended)

    def stop(self) -> None:
        """Ends it."""
        self._is_wanted = False
        if self._process is not None:
            self._process.cancel()

    async def _run(self, host: str) -> Exit:
        guard = Guard(
            self._bot.folder,
            self._bot.targets(),
            self._after_s,
            lambda line: self._loop.events.note(self._loop.true_s, host, line),
            time.monotonic,
            asyncio.sleep,
        )
        return await guard.run()

    def _ended(self, process: "asyncio.Task[Exit]") -> None:
        if process.cancelled():
            return
        if process.exception() is None:
            self.ends.append(process.result())
        if self._is_wanted:
            self._loop.call_later(RESTART_S, self._start_again)

    def _start_again(self) -> None:
        if self._is_wanted:
            self.start()

    @property
    def error(self) -> BaseException | None:
        """What broke the last process."""
        process = self._process
        return process.exception() if process is not None and process.done() and not process.cancelled() else None
