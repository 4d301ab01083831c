"""How the life of a simulated bot ends."""

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from simulation.bot import BotLife
from simulation.disk import Disk, ProcessDiedError


@pytest.mark.parametrize("error", [ProcessDiedError(), ValueError("a strategy that breaks")])
async def test_a_process_that_dies_in_a_step_of_its_strategy_is_no_error(tmp_path: Path, error: BaseException) -> None:
    async def run() -> None:
        raise error

    unused = cast(Any, None)
    ended: list[BotLife] = []
    life = BotLife(unused, "bot.1", unused, disk=Disk(tmp_path), on_end=ended.append)
    task = asyncio.create_task(run())
    await asyncio.wait([task])
    life._ended(task)
    assert ended == [life]
    assert life.error is (None if isinstance(error, ProcessDiedError) else error)
