"""Tasks and futures whose hash is their number, not their address.

asyncio, aiohttp and the connector keep tasks in sets and cancel or await them in the order of the set. That order
follows the hash, and a task's hash is its address in memory, which no seed decides.
"""

import asyncio
import asyncio.tasks
import itertools
from typing import Any

_numbers = itertools.count(1)


class Task(asyncio.Task[Any]):
    """A task; two runs that create the same tasks in the same order keep their sets in the same order."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._number = next(_numbers)
        super().__init__(*arguments, **options)

    def __hash__(self) -> int:
        return self._number


class Future(asyncio.Future[Any]):
    """As `Task`."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._number = next(_numbers)
        super().__init__(*arguments, **options)

    def __hash__(self) -> int:
        return self._number


def install() -> None:
    """`asyncio.Task` and `asyncio.Future` are these; before anything imports them by name."""
    asyncio.Task = asyncio.tasks.Task = Task  # type: ignore[misc]
    asyncio.Future = asyncio.futures.Future = Future  # type: ignore[misc]


def reset() -> None:
    """Numbers start at 1 again."""
    global _numbers
    _numbers = itertools.count(1)
