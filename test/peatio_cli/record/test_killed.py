"""A recording whose process is killed in the middle."""

import asyncio
import signal
import sys
from pathlib import Path

import numpy as np

from peatio_cli.record.row_file import part_of
from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.config import DEFAULT_MARKETS
from test.patience import eventually


def rows(path: Path) -> int:
    try:
        return len(np.load(part_of(path)))
    except (OSError, EOFError, ValueError):
        return 0  # not there yet


async def started(url: str, path: Path, after: Path | None = None) -> asyncio.subprocess.Process:
    """:param after: the file that it makes first"""
    command = (sys.executable, "-m", "peatio_cli", "record-market", "peatio", "BTC-USD", str(path), "--url", url)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    await eventually(lambda: after is None or after.exists(), "what was left is packed", timeout_s=90.0)
    await eventually(lambda: rows(path) > 100, "rows are on the disk", timeout_s=90.0)
    return process


async def test_what_was_recorded_before_a_kill_is_there_and_the_next_recording_packs_it(tmp_path: Path) -> None:
    path = tmp_path / "day.npz"
    markets = tuple(market for market in DEFAULT_MARKETS if market.symbol == "btcusd")
    async with Sandbox(SandboxConfig(seed=5, traders=True, markets=markets)) as sandbox:
        process = await started(sandbox.url, path)
        process.kill()
        await process.communicate()
        recorded = np.load(part_of(path))
        assert np.all(np.diff(recorded["local_ts"]) >= 0)
        kept = tmp_path / "day-interrupted-1.npz"
        process = await started(sandbox.url, path, after=kept)
        process.send_signal(signal.SIGINT)
        said, _ = await process.communicate()
    assert process.returncode == 0
    assert f"record-market: {len(recorded):,} rows in {kept}\n" in said.decode()
    assert (np.load(kept)["data"] == recorded).all()
    assert len(np.load(path)["data"]) > 100
    assert not part_of(path).exists()
