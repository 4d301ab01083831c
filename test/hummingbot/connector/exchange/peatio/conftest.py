"""What the tests of the exchange's modules stand on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aioresponses import aioresponses
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS

from test.hummingbot.connector.exchange.peatio.rig import Rig


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    with aioresponses() as http:
        made = Rig(http, tmp_path)
        yield made
        await made.close()


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelling waits milliseconds instead of seconds."""
    monkeypatch.setattr(CONSTANTS, "BACKOFF_START_S", 0.002)
    monkeypatch.setattr(CONSTANTS, "END_EVENT_LATE_S", 0.01)
    monkeypatch.setattr(CONSTANTS, "CANCEL_PENDING_LIMIT_S", 0.02)
