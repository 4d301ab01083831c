"""An exchange, an instance of a bot on it, and a client of the page."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from peatio_sandbox import Sandbox, SandboxConfig
from test.peatio_cli.watch.support import make_instance


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxConfig(seed=5)) as exchange:
        yield exchange
    assert exchange.handler_errors == []


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        yield client


@pytest.fixture
def directory(sandbox: Sandbox, tmp_path: Path) -> Path:
    return make_instance(tmp_path / "my-bot", sandbox)
