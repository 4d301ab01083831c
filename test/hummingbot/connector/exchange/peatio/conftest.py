"""What the tests of the exchange's modules stand on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aioresponses import aioresponses

from test.hummingbot.connector.exchange.peatio.rig import Rig


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    with aioresponses() as http:
        made = Rig(http, tmp_path)
        yield made
        await made.close()
