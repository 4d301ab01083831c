"""Work beside the loop that watches the quotes: an exchange may take long to answer."""

import asyncio
from collections.abc import Awaitable, Callable


class Beside:
    """One piece of work, again and again, never two at a time."""

    def __init__(self) -> None:
        self._task: asyncio.Future[None] | None = None

    def go_on(self, work: Callable[[], Awaitable[None]]) -> None:
        """Starts it, unless the last one is not done yet.

        :raises Exception: what ended the last one; then none is started
        """
        last, self._task = self._task, None
        if last is not None and not last.done():
            self._task = last
            return
        if last is not None:
            last.result()
        self._task = asyncio.ensure_future(work())

    def stop(self) -> None:
        """It does not go on."""
        if self._task is not None:
            self._task.cancel()
        self._task = None
