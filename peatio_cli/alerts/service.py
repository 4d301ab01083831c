"""Looks at a bot every few seconds and sends what a person should know, beside whatever else its process does.

Nothing here holds up the process or ends it: files are read in a thread, messages go through processes of their own,
and an error is one line of output.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from peatio_cli.alerts.alert import Alert, Kind
from peatio_cli.alerts.courier import Courier
from peatio_cli.alerts.event_file import EventFile
from peatio_cli.alerts.judge import judge
from peatio_cli.alerts.lock import AlertsLock
from peatio_cli.alerts.losses import Market
from peatio_cli.alerts.memory import Memory, MemoryFile, MemoryUnreadableError
from peatio_cli.alerts.outbox import Outbox
from peatio_cli.alerts.settings import AlertSettings
from peatio_cli.watch.bot_reader import BotReader, SelfReport

PERIOD_S = 2.0
#: How long the end of a process waits for messages that are on their way: after a bot's death, and when it was asked to
#: end, which a supervisor waits for.
LAST_DELIVERY_S = 20.0
SHORT_DELIVERY_S = 5.0
_AFTER_ERROR_S = 60.0


class Prices(Protocol):
    """Where the price of an inventory comes from."""

    async def mids(self, markets: Collection[Market]) -> Mapping[Market, Decimal]:
        """Those that are known."""

    async def close(self) -> None:
        """No more are asked for."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What the service looks at.

    :ivar reader: the bot from outside
    :ivar report: the bot of itself; None where it says nothing
    """

    reader: BotReader
    report: Callable[[], Awaitable[SelfReport | None]]
    prices: Prices


class AlertService:
    """
    :param directory: the bot's instance
    :param notify: gets each line for the user of this process
    """

    def __init__(
        self,
        directory: Path,
        settings: AlertSettings,
        sources: Sources,
        courier: Courier,
        notify: Callable[[str], None],
        monotonic_s: Callable[[], float] = time.monotonic,
        period_s: float = PERIOD_S,
    ) -> None:
        self._settings = settings
        self._sources = sources
        self._courier = courier
        self._notify = notify
        self._monotonic_s = monotonic_s
        self._period_s = period_s
        self._lock = AlertsLock(directory / "data")
        self._file = MemoryFile(directory / "data")
        self._memory: Memory | None = None
        self._events: list[Alert] = []
        self._deliveries: dict[int, asyncio.Task[None]] = {}
        self._event_file = EventFile(directory / "data")
        self._wakened = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_ending = False
        self._said: set[str] = set()
        self._problems: dict[int, str] = {}

    def event(self, text: str) -> None:
        """Something happened that has no end. To be called from the event loop."""
        alert = Alert(time.time(), Kind.EVENT, text)
        try:
            if self._memory is None:
                self._event_file.put(alert)
                return
        except OSError as error:
            self._say(f"alerts: {self._event_file.path} cannot be written ({error.strerror})")
        self._events.append(alert)
        self._wakened.set()

    def start(self) -> None:
        """Looks and sends from now on, on the running event loop, until `finish`."""
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while not self._is_ending:
            pause_s = self._period_s
            try:
                if self._memory is not None or self._begins():
                    await self._look()
            except Exception as error:
                # Not the text of the error: it may hold what was sent, and where.
                self._say(f"alerts: a look failed ({type(error).__name__}); trying again")
                pause_s = max(_AFTER_ERROR_S, self._period_s)
            await self._pause(pause_s)

    async def finish(self, longest_s: float = LAST_DELIVERY_S) -> None:
        """One more look, and one more try for what has not arrived yet."""
        self._is_ending = True
        self._wakened.set()
        try:
            async with asyncio.timeout(longest_s):
                # Not cancelled: the thread of a look that is under way would go on, and what it found would be lost.
                if self._task is not None:
                    await self._task
                if self._memory is not None or self._begins():
                    memory = self._memory_of_now()
                    memory.outbox.hurry()
                    await self._look()
                    while self._deliveries:
                        await asyncio.gather(*self._deliveries.values())
                        self._send_due(memory)
            await asyncio.to_thread(self._sources.reader.close)
        except Exception as error:
            if not isinstance(error, TimeoutError):
                self._say(f"alerts: the last look failed ({type(error).__name__})")
        finally:
            await self._end_deliveries()
            await self._sources.prices.close()
            self._lock.release()
        waiting = 0 if self._memory is None else self._memory.outbox.waiting
        if waiting:
            self._notify(f"alerts: {waiting} not sent yet; the next guard, or `watch --alerts`, sends them")

    def _begins(self) -> bool:
        """Whether this process sends the alerts now."""
        if not self._lock.acquire():
            self._say(f"alerts: another process sends them ({self._lock.path} is locked); this one takes over after it")
            return False
        try:
            self._memory = self._file.load(len(self._courier))
        except MemoryUnreadableError as error:
            self._notify(f"alerts: {error}")
            self._memory = Memory(Outbox(len(self._courier)))
        self._notify(f"alerts: this process sends them to {len(self._courier)} address(es)")
        return True

    def _memory_of_now(self) -> Memory:
        assert self._memory is not None  # `_begins` has read it
        return self._memory

    async def _look(self) -> None:
        memory = self._memory_of_now()
        report = await self._sources.report()
        state = await asyncio.to_thread(self._sources.reader.look, report)
        mids: Mapping[Market, Decimal] = {}
        if self._settings.loss_above:
            held = [(one.site, one.trading_pair) for one in state.results if one.inventory]
            mids = await self._sources.prices.mids(held)
        for problem in state.problems:
            self._say(f"alerts: {problem}")
        fills = [one.fill for one in self._sources.reader.news.fills]
        events = self._taken_events()
        memory.outbox.add([*judge(state, fills, mids, self._settings, memory), *events])
        self._save()
        self._send_due(memory)

    def _taken_events(self) -> list[Alert]:
        taken, self._events = self._events, []
        try:
            return [*self._event_file.take(), *taken]
        except OSError as error:
            self._say(f"alerts: {self._event_file.path} cannot be read ({error.strerror})")
            return taken

    def _send_due(self, memory: Memory) -> None:
        for number in memory.outbox.due(self._monotonic_s()):
            if number not in self._deliveries:
                self._deliveries[number] = asyncio.create_task(self._deliver(number, memory.outbox))

    async def _deliver(self, number: int, outbox: Outbox) -> None:
        try:
            message = outbox.message(number)
            delivery = await self._courier.send(number, message)
            if delivery.problem:
                outbox.failed(number, self._monotonic_s())
                if self._problems.get(number) != delivery.problem:
                    self._problems[number] = delivery.problem
                    self._notify(f"{delivery.name}: {delivery.problem}; it is tried again, with growing pauses")
            else:
                outbox.sent(number, message)
                if self._problems.pop(number, None) is not None:
                    self._notify(f"{delivery.name}: alerts arrive again")
            self._save()
        finally:
            self._deliveries.pop(number, None)
            self._wakened.set()

    def _save(self) -> None:
        try:
            self._file.save(self._memory_of_now())
        except OSError as error:
            self._say(f"alerts: {self._file.path} cannot be written ({error.strerror}); after a restart they repeat")

    async def _pause(self, pause_s: float) -> None:
        if self._is_ending:
            return
        self._wakened.clear()
        try:
            async with asyncio.timeout(pause_s):
                await self._wakened.wait()
        except TimeoutError:
            pass

    async def _end_deliveries(self) -> None:
        deliveries = list(self._deliveries.values())
        for delivery in deliveries:
            delivery.cancel()
        await asyncio.gather(*deliveries, return_exceptions=True)

    def _say(self, line: str) -> None:
        """Once, until it has changed."""
        if line not in self._said:
            self._said.add(line)
            self._notify(line)
