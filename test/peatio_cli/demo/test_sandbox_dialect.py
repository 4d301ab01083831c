"""`hummingbot-peatio sandbox --dialect NAME`."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import aiohttp
from typer.testing import CliRunner

from peatio_cli.typer_app import app

runner = CliRunner()


async def test_the_sandbox_speaks_the_dialect_it_is_told_to() -> None:
    arguments = ("sandbox", "--port", "0", "--quiet", "--dialect", "peatio-2.3")
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "peatio_cli", *arguments, stdout=PIPE)
    try:
        assert process.stdout is not None
        url = (await process.stdout.readline()).decode().strip()
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{url}/api/v2/peatio/public/version") as response:
                assert (await response.json())["version"] == "2.3.44"
    finally:
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0


def test_a_dialect_that_is_none_is_refused_with_those_there_are() -> None:
    result = runner.invoke(app, ["sandbox", "--dialect", "peatio-9"])
    assert result.exit_code == 2
    assert result.stderr.startswith("sandbox: no dialect 'peatio-9'; remedy: one of peatio-3.1, ")


def test_a_key_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    missing, wrong = tmp_path / "none.pem", tmp_path / "wrong.pem"
    wrong.write_text("no key")
    result = runner.invoke(app, ["sandbox", "--port", "0", "--operator-key", str(missing)])
    assert (result.exit_code, result.stderr.partition(":")[0]) == (2, "sandbox")
    assert "another --operator-key" in result.stderr
    result = runner.invoke(app, ["sandbox", "--port", "0", "--operator-key", str(wrong)])
    assert result.exit_code == 2
    assert "public RSA or Ed25519 key in PEM form" in result.stderr
