"""simloop's event loop with what a whole trading stack needs: processes that die at once, and short traces."""

import asyncio
import heapq
import logging
from collections.abc import Callable
from contextvars import Context
from typing import Any

from simloop import SimLoop
from simloop._loop import _label
from simloop._net import DRIVER, _current_host

from simulation import ordered_tasks
from simulation.events import EventLog
from simulation.network import Network
from simulation.processes import Processes


class SimulatedLoop(SimLoop):
    """Time is virtual; callbacks run in the order in which they became due, as asyncio promises within a process.

    simloop draws the order of ready callbacks from the seed. A real process runs them first in, first out, and code may
    rely on that (asyncio documents it); what varies in reality is when messages arrive and how long a process is kept
    from running, so these are what the seed decides here (`network`, `SimulatedLoop.stall`).
    """

    def __init__(self, seed: int, events: EventLog) -> None:
        super().__init__(seed)
        self._recorder = events  # type: ignore[assignment]
        self.events = events
        self._net = Network(self)
        self.processes = Processes()
        self._dead: set[str] = set()
        self._stalled_until_s: dict[str, float] = {}
        self._after_steps: dict[str, tuple[int, Callable[[], None]]] = {}
        self._at_end_of_step: list[Callable[[], object]] = []
        self.steps = 0

    @property
    def true_s(self) -> float:
        """Seconds since the start."""
        return self._now

    @property
    def network(self) -> Network:
        return self._net  # type: ignore[return-value]

    def time(self) -> float:
        return self._now

    def is_dead(self, host: str) -> bool:
        return host in self._dead

    def kill(self, host: str) -> None:
        """The process of that host ends at once: none of its code runs any more, not even that of cancelled tasks."""
        self._dead.add(host)
        self._net.crash(host)
        self._stalled_until_s.pop(host, None)

    def stall(self, host: str, seconds: float) -> None:
        """The process of that host does not run for so long: a busy machine, a suspended container."""
        self._stalled_until_s[host] = max(self._now + seconds, self._stalled_until_s.get(host, 0.0))

    def after_steps(self, host: str, count: int, action: Callable[[], None]) -> None:
        """Runs `action` when the process of that host has taken so many more steps; a later request replaces it."""
        self._after_steps[host] = count, action

    def at_end_of_step(self, action: Callable[[], object]) -> None:
        """Runs `action` when the step that runs now has ended, before anything else, and as code of no process."""
        self._at_end_of_step.append(action)

    def run_on(self, host: str, action: Callable[[], Any]) -> Any:
        """Runs `action` now, as code of that host; what it starts runs there too."""
        token = _current_host.set(host)
        self.processes.enter(host)
        try:
            return action()
        finally:
            _current_host.reset(token)

    # asyncio's interface

    async def create_connection(self, protocol_factory: Any, host: Any = None, port: Any = None, **options: Any) -> Any:
        options.pop("happy_eyeballs_delay", None)  # a host has one address
        return await super().create_connection(protocol_factory, host, port, **options)

    def create_future(self) -> asyncio.Future[Any]:
        return ordered_tasks.Future(loop=self)

    def call_soon(  # type: ignore[override] # the type variables of asyncio's stubs
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        if self._dead and self._host(handle) in self._dead:
            handle.cancel()
            return handle
        seq = self._next_seq
        self._next_seq = seq + 1
        self._ready.append((seq, "", handle, callback))
        return handle

    def _call_at_true(
        self, when: float, shown: float, callback: Callable[..., object], args: Any, context: Context | None
    ) -> asyncio.TimerHandle:
        timer = asyncio.TimerHandle(shown, callback, args, self, context)
        if self._dead and self._host(timer) in self._dead:
            timer.cancel()
            return timer
        seq = self._next_seq
        self._next_seq = seq + 1
        heapq.heappush(self._timers, (when, seq, "", timer, callback))
        return timer

    @staticmethod
    def _host(handle: asyncio.Handle) -> str:
        return handle._context.get(_current_host, DRIVER)  # type: ignore[attr-defined,no-any-return]

    def _step(self) -> None:
        if not self._ready:
            self._advance_clock()
        seq, _, handle, callback = self._ready.pop(0)
        if handle._cancelled:
            return
        host = self._host(handle)
        if host in self._dead:
            return
        if self._stalled_until_s:
            until_s = self._stalled_until_s.get(host, 0.0)
            if until_s > self._now:
                # Behind whatever else the process has to do by then, in the same order.
                heapq.heappush(self._timers, (until_s, seq, "", handle, callback))  # type: ignore[misc]
                return
        self.steps += 1
        self.events.ran(self._now, seq, callback, host)
        self.processes.enter(host)
        handle._run()
        if host in self._after_steps:
            self._count_step(host)
        while self._at_end_of_step:
            self._at_end_of_step.pop(0)()

    def _count_step(self, host: str) -> None:
        count, action = self._after_steps[host]
        if count > 0:
            self._after_steps[host] = count - 1, action
        else:
            del self._after_steps[host]
            action()

    def _advance_clock(self) -> None:
        timers = self._timers
        while timers and timers[0][3]._cancelled:
            heapq.heappop(timers)
        if not timers:
            super()._advance_clock()  # raises that nothing is left to run
        self._now = max(self._now, timers[0][0])
        while timers and timers[0][0] <= self._now:
            _, seq, _, timer, callback = heapq.heappop(timers)
            if not timer._cancelled:
                self._ready.append((seq, "", timer, callback))

    def default_exception_handler(self, context: dict[str, Any]) -> None:
        """As asyncio's: what nobody awaited is logged, not raised at the end."""
        error = context.get("exception")
        detail = {name: value for name, value in context.items() if name not in ("message", "exception")}
        logging.getLogger("asyncio").error("%s %s", context.get("message"), detail, exc_info=error)

    def run_in_executor(  # type: ignore[override] # as above
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Inline, at a step of its own."""
        future: asyncio.Future[Any] = self.create_future()

        def run() -> None:
            if future.cancelled():
                return
            try:
                result = func(*args)
            except Exception as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        run.__qualname__ = f"executor:{_label(func)}"
        self.call_soon(run)
        return future
