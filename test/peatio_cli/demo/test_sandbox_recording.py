"""`hummingbot-peatio sandbox --record FILE` and `--replay FILE`."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from typer.testing import CliRunner

from peatio_cli.typer_app import app

runner = CliRunner()


@asynccontextmanager
async def running(*arguments: str) -> AsyncIterator[str]:
    """A sandbox command in a process of its own; gives its address."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "peatio_cli", "sandbox", "--port", "0", "--quiet", *arguments), stdout=PIPE
    )
    try:
        assert process.stdout is not None
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0


async def test_a_run_is_recorded_and_shown_again(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    async with aiohttp.ClientSession() as session:
        async with running("--record", str(path)) as url:
            await session.get(f"{url}/api/v2/peatio/public/version")
        assert "/public/version" in path.read_text("utf-8")
        async with running("--replay", str(path)) as url:
            async with session.get(f"{url}/sandbox/page") as response:
                assert await response.json() == {"mode": "recording", "name": "run.jsonl"}


def test_what_cannot_be_recorded_or_shown_is_said(tmp_path: Path) -> None:
    taken = tmp_path / "taken.jsonl"
    taken.write_text("{}")
    for arguments, said in (
        (["--record", str(taken)], f"sandbox: cannot make {taken}: File exists; remedy: another --record\n"),
        (["--replay", str(taken)], f"sandbox: {taken} is no recording of a sandbox; remedy: "),
        (["--replay", str(tmp_path / "no")], f"sandbox: cannot read {tmp_path / 'no'}: "),
        (["--record", str(tmp_path / "new"), "--balance", "usd"], "sandbox: 'usd' is no balance; remedy: write "),
        (["--replay", str(taken), "--record", "x"], "sandbox: --record and --replay exclude each other; remedy: "),
    ):
        result = runner.invoke(app, ["sandbox", "--port", "0", *arguments])
        assert (result.exit_code, result.stderr[: len(said)]) == (2, said)
    assert not (tmp_path / "new").exists()


def test_a_sandbox_that_does_not_start_leaves_no_recording(tmp_path: Path) -> None:
    """The same command with the right host was refused then: there was such a file."""
    path = tmp_path / "run.jsonl"
    result = runner.invoke(app, ["sandbox", "--port", "0", "--host", "a..b", "--record", str(path)])
    assert (result.exit_code, path.exists()) == (1, False)
