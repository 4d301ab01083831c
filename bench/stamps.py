"""When bytes came in and went out of this process, taken where asyncio meets the system."""

import asyncio
import selectors
import time
from asyncio import selector_events
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple


class Instant(NamedTuple):
    """Both clocks: the first measures latencies, the second shows how much of them the machine's other work took."""

    wall_s: float
    cpu_s: float

    @classmethod
    def now(cls) -> "Instant":
        """This moment."""
        return cls(time.perf_counter(), time.process_time())

    def until(self, later: "Instant") -> "Instant":
        """What passed between the two."""
        return Instant(later.wall_s - self.wall_s, later.cpu_s - self.cpu_s)


class StampingSelector(selectors.DefaultSelector):
    """Knows when it last found a socket ready."""

    ready_at = Instant(0.0, 0.0)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(timeout)
        if events:
            self.ready_at = Instant.now()
        return events


def run_stamped[Result, Selector: StampingSelector](
    main: Callable[[Selector], Coroutine[Any, Any, Result]], make: Callable[[], Selector]
) -> Result:
    """Runs the coroutine that `main` makes on a loop with such a selector, and gives it the selector."""
    selector = make()
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner:
        return runner.run(main(selector))


@contextmanager
def noting_writes(is_noted: Callable[[bytes], bool], on_write: Callable[[], None]) -> Iterator[None]:
    """Calls `on_write` just before data that `is_noted` goes to the system, on any connection of this process.

    There is no public place for it: aiohttp's own tracing comes earlier, before the request is put together.
    """
    transport: Any = selector_events._SelectorSocketTransport  # type: ignore[attr-defined]
    write, writelines = transport.write, transport.writelines

    def noting_write(self: Any, data: bytes) -> None:
        if is_noted(data):
            on_write()
        write(self, data)

    def noting_writelines(self: Any, pieces: list[bytes]) -> None:
        if is_noted(pieces[0]):
            on_write()
        writelines(self, pieces)

    transport.write, transport.writelines = noting_write, noting_writelines
    try:
        yield
    finally:
        transport.write, transport.writelines = write, writelines
