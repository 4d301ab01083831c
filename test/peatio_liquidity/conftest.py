"""Two exchanges: an outer one with people on it, and one's own, which is empty."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from test.end_to_end.conftest import data_folder, short_paces, short_waits
from test.peatio_liquidity.stage import Stage, stage

__all__ = ["data_folder", "short_paces", "short_waits"]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(tmp_path) as built:
        yield built
