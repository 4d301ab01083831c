"""The base class for Hummingbot's suite: sync and async test methods share one loop per test."""

import asyncio

import pytest

from test.isolated_asyncio_wrapper_test_case import IsolatedAsyncioWrapperTestCase


class TestIsolatedAsyncioWrapperTestCase(IsolatedAsyncioWrapperTestCase):
    def setUp(self) -> None:
        super().setUp()
        # An object made in setUp, as the shared suite makes the connector.
        self.future: asyncio.Future[str] = asyncio.get_event_loop().create_future()

    def test_sync_method_runs_a_coroutine_on_the_loop_of_set_up(self) -> None:
        self.local_event_loop.call_soon(self.future.set_result, "done")
        assert self.run_async_with_timeout(self.future) == "done"

    def test_time_out_is_in_seconds_and_raises(self) -> None:
        with pytest.raises(TimeoutError):
            self.run_async_with_timeout(self.future, timeout=0.01)

    async def test_async_method_runs_on_the_loop_of_set_up(self) -> None:
        assert asyncio.get_running_loop() is self.local_event_loop
        self.future.set_result("done")
        assert await self.future == "done"


def test_each_test_has_its_own_loop() -> None:
    loops: list[asyncio.AbstractEventLoop] = []

    class Case(IsolatedAsyncioWrapperTestCase):
        def runTest(self) -> None:
            loops.append(self.local_event_loop)

    for _ in range(2):
        Case().debug()
    assert loops[0] is not loops[1]
    assert all(loop.is_closed() for loop in loops)
