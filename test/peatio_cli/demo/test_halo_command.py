"""`hummingbot-peatio halo`."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import aiohttp
import pytest
from typer.testing import CliRunner

from peatio_cli.typer_app import app
from peatio_sandbox.peg.answers import WRONG_PASSWORD
from peatio_sandbox.peg.client import TrackerClient

runner = CliRunner()
PASSWORD = "pa55-of-the-test"


async def test_it_serves_users_pegs_and_a_password_until_ctrl_c(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    arguments = ("halo", "--port", "0", "--user", "alice=10", "--peg", "51,53", "--password-file", str(file))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "peatio_cli", *arguments, stdout=PIPE, stderr=PIPE
    )
    try:
        assert process.stdout is not None
        url = (await process.stdout.readline()).decode().split()[-1]
        async with aiohttp.ClientSession() as session:
            client = TrackerClient(session, url, PASSWORD)
            assert await client.call("GetBalance", "alice") == {"liquid": 581_166_433, "reserve": 418_833_567}
            assert await TrackerClient(session, url).call("GetCycle") == WRONG_PASSWORD
    finally:
        process.send_signal(signal.SIGINT)
        output, errors = await process.communicate()
    assert process.returncode == 0
    assert PASSWORD not in output.decode() + errors.decode()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--host", "0.0.0.0"], "halo: --host 0.0.0.0 can be reached by others, so a password is needed; remedy: "),
        (["--host", "halo.example"], "halo: --host halo.example can be reached by others"),
        (["--peg", "51,1199"], "halo: --peg 51,1199: '1199' is no peg; remedy: numbers from 0 to 1198"),
        (["--peg", ""], "halo: --peg : '' is no peg"),
        (["--user", "alice"], "halo: --user alice: it is not NAME=COINS; remedy: "),
        (["--user", "ali=1"], "halo: --user ali=1: Name is too short in length."),
        (["--user", "alice=-1"], "halo: --user alice=-1: '-1' is no number of coins"),
        (["--user", "alice=much"], "halo: --user alice=much: 'much' is no number of coins"),
        (["--password-file", "/none/such"], "halo: --password-file /none/such cannot be read: No such file"),
    ],
)
def test_an_option_that_cannot_be_used_is_named_with_a_remedy(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], text: str
) -> None:
    monkeypatch.delitem(os.environ, "PEG_PASSWORD", raising=False)
    result = runner.invoke(app, ["halo", "--port", "0", *arguments])
    assert result.exit_code == 2
    assert result.stderr.startswith(text)


def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = runner.invoke(app, ["halo", "--port", str(port)])
    assert result.exit_code == 1
    assert result.stderr == f"halo: cannot listen on 127.0.0.1:{port}: Address already in use; remedy: another --port\n"
