"""Runs `python -m simulation` in a process of its own: virtual time must not be installed into pytest's."""

import asyncio
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_HASH = re.compile(r"^seed (\d+): .* hash (\w+)$", re.M)


async def simulate(*arguments: str) -> tuple[int, str]:
    """Returns exit code and output."""
    return await run_python("-m", "simulation", *arguments)


async def run_python(*arguments: str) -> tuple[int, str]:
    """Runs Python in the repository's folder; returns exit code and output."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        output = (await process.communicate())[0].decode()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    assert process.returncode is not None
    return process.returncode, output


def hashes(output: str) -> dict[int, str]:
    """The hash of each seed's events."""
    return {int(seed): found for seed, found in _HASH.findall(output)}
