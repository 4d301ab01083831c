"""One sandbox a test, on a port of its own; a mistake inside it fails the test."""

from collections.abc import AsyncIterator

import pytest

from peatio_sandbox import Sandbox, SandboxConfig
from test.end_to_end.support import Bot, Person, person, running_bot


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxConfig(seed=11)) as exchange:
        yield exchange
    assert exchange.handler_errors == []


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    async with running_bot(sandbox.url, sandbox.members["bot"], ["BTC-USD", "DOGE-BTC"]) as running:
        yield running


@pytest.fixture
async def taker(sandbox: Sandbox) -> AsyncIterator[Person]:
    async with person(sandbox, "taker") as someone:
        yield someone
