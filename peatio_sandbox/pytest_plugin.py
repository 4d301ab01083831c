"""A pytest fixture with a sandbox of its own for every test.

Name the plugin in ``conftest.py``; it needs pytest-asyncio, and tests need ``@pytest.mark.asyncio`` unless pytest's
setting ``asyncio_mode`` is ``auto``::

    pytest_plugins = ["peatio_sandbox.pytest_plugin"]

and override :func:`sandbox_config` to change the exchange::

    @pytest.fixture
    def sandbox_config():
        return SandboxConfig(seed=7, traders=True)
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from peatio_sandbox.config import SandboxConfig
from peatio_sandbox.server import Sandbox


@pytest.fixture
def sandbox_config() -> SandboxConfig:
    """Return the configuration of the test's sandbox: the default one on a free port, seed 0."""
    return SandboxConfig()


@pytest_asyncio.fixture
async def sandbox(sandbox_config: SandboxConfig) -> AsyncIterator[Sandbox]:
    """Run a fresh sandbox for one test; an exception in one of its handlers or workers fails that test."""
    async with Sandbox(sandbox_config) as running:
        yield running
    if running.handler_errors:
        raise ExceptionGroup("the sandbox failed", running.handler_errors)
