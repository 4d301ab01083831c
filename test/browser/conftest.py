"""One browser for all tests here, and one exchange for each."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser

from peatio_sandbox import Latencies, Sandbox, SandboxConfig
from test.browser.browsing import MISSING, Visit, chromium, find_chromium, visit
from test.browser.market import Market

Open = Callable[..., AbstractAsyncContextManager[Visit]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    path = find_chromium()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    async with chromium(path) as opened:
        yield opened


def quick_config() -> SandboxConfig:
    return SandboxConfig(seed=8, latencies=Latencies().scaled(0.2))


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    """An exchange where only the test trades, quickly."""
    async with Sandbox(quick_config()) as running:
        yield running
    assert running.handler_errors == []


@pytest_asyncio.fixture(loop_scope="session")
async def market(sandbox: Sandbox) -> AsyncIterator[Market]:
    async with aiohttp.ClientSession() as session:
        made = Market(sandbox, session)
        await made.fill_book()
        yield made


@pytest.fixture
def open_page(browser: Browser, sandbox: Sandbox) -> Open:
    """Open the sandbox's page; takes what `visit` takes."""

    def opened(path: str = "/", **options: object) -> AbstractAsyncContextManager[Visit]:
        return visit(browser, sandbox.url + path, **options)  # type: ignore[arg-type]

    return opened
