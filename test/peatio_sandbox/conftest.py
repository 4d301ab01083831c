"""The sandbox's own tests use the fixtures it offers to others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest
import pytest_asyncio

from peatio_sandbox import Sandbox
from peatio_sandbox.pytest_plugin import sandbox, sandbox_config

from .listening import listen
from .support import Client, Clockwork

__all__ = ["listen", "sandbox", "sandbox_config"]


@pytest.fixture
def clockwork() -> Clockwork:
    """Return an exchange that runs by hand."""
    return Clockwork()


@pytest_asyncio.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Return an HTTP session."""
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def client(sandbox: Sandbox, session: aiohttp.ClientSession) -> Callable[[str], Client]:
    """Return a maker of clients by member's name."""
    return lambda member: Client(sandbox, session, member)
