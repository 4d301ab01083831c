"""Three seeds of `make chaos`, the whole of it in processes of its own."""

import asyncio
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAST_LINE = re.compile(
    r"chaos: 3 seeds, (\d+) orders, (\d+) fills, (\d+) faults: 0 lost, 0 duplicated, 0 orphaned, 0 mis-accounted"
)


@pytest.mark.timeout(400)
async def test_three_seeds_lose_nothing() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "test.chaos", "--seeds", "3", "--jobs", "3", cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output = (await process.communicate())[0].decode()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    assert process.returncode == 0, output
    counts = LAST_LINE.fullmatch(output.splitlines()[-1])
    assert counts is not None, output
    orders, fills, faults = map(int, counts.groups())
    assert orders >= 600
    assert fills >= 100
    assert faults >= 100
