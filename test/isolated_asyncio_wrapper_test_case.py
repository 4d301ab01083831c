"""The base class that Hummingbot's shared connector suite imports from Hummingbot's own, unshipped `test`."""

import asyncio
import unittest
from collections.abc import Awaitable


class IsolatedAsyncioWrapperTestCase(unittest.IsolatedAsyncioTestCase):
    """An asyncio test case whose synchronous test methods can run coroutines on the test's own loop.

    Each test has a new event loop, current while the test runs, so objects that pick up the current loop
    when they are made in ``setUp`` live on the loop their test runs on.
    """

    local_event_loop: asyncio.AbstractEventLoop

    def setUp(self) -> None:
        super().setUp()
        self.local_event_loop = asyncio.get_event_loop()

    def run_async_with_timeout[T](self, coroutine: Awaitable[T], timeout: float = 1.0) -> T:
        """Runs ``coroutine`` on the test's loop, for synchronous test methods, and returns its result.

        ``timeout`` is in seconds; raises TimeoutError where it is exceeded.
        """
        return self.local_event_loop.run_until_complete(asyncio.wait_for(coroutine, timeout))
