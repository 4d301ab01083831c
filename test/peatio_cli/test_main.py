"""The entry point: which commands there are, and the sandbox in the foreground."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import aiohttp
import pytest
import typer
from hummingbot.connector.exchange.peatio.config import parse_domain
from typer.testing import CliRunner

from peatio_cli.commands import COMMANDS
from peatio_cli.install import version
from peatio_cli.install.instance import InstanceError
from peatio_cli.main import main
from peatio_cli.overview import OPTIONS, overview
from peatio_cli.typer_app import app
from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.web.recording import Recorder

runner = CliRunner()
WRITES = "from peatio_cli import main; main.COMMANDS['console'] = lambda: print('x' * 99_999) or 0; main.main()"


def test_help_names_every_command_and_its_first_line_whatever_the_width() -> None:
    assert set(COMMANDS) >= {"sandbox", "init", "demo", "console", "guard"}
    for width in (20, 50, 80, 100, 300):
        lines = overview(COMMANDS, width).splitlines()
        assert max(map(len, lines)) <= max(50, min(width, 100)) or width < 65, "the last line needs 65"
        text = " ".join(" ".join(lines).split())
        for name, command in COMMANDS.items():
            assert f" {name} {command.__doc__}" in text


def test_both_ways_to_the_help_print_the_same() -> None:
    result = runner.invoke(app, ["--help"], env={"COLUMNS": "80"})
    assert result.exit_code == 0
    for word in ("-h", "--help"):
        done = run_program(word, environment={"COLUMNS": "80"})
        assert (done.returncode, done.stdout) == (0, result.output)


def test_the_help_names_every_option_of_the_whole_program() -> None:
    group: Any = typer.main.get_command(app)
    names = {name for one in group.get_params(typer.Context(group)) for name in one.opts}
    assert {*names, "-h"} == {name for line in OPTIONS for name in line.split(", ")}


@pytest.mark.parametrize(
    ("error", "code", "shown"), [(KeyboardInterrupt, 130, ""), (EOFError, 1, "\nAborted!\n")], ids=["Ctrl-C", "Ctrl-D"]
)
def test_an_interrupted_command_ends_as_typer_ends_it(
    error: type[BaseException],
    code: int,
    shown: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def interrupted() -> int:
        """Never ends by itself."""
        raise error

    monkeypatch.setitem(COMMANDS, "console", interrupted)
    with pytest.raises(SystemExit) as ended:
        main(["console"])
    assert ended.value.code == code
    assert capfd.readouterr() == ("", shown)


def test_an_output_that_nobody_reads_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-c", WRITES, "console"], stdout=writer, stderr=subprocess.PIPE, text=True, check=False
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


def run_program(*words: str, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "peatio_cli", *words], capture_output=True, text=True, env={**os.environ, **environment}
    )


@pytest.mark.parametrize(
    ("command", "usage"),
    [
        ("console", "console [OPTIONS] [DIR]"),
        ("run", "run [OPTIONS] [DIR]"),
        ("doctor", "doctor [OPTIONS] [NAME]"),
        ("guard", "guard [OPTIONS] [INSTANCE]"),
        ("uninstall", "uninstall [OPTIONS] {DIR}..."),
    ],
)
def test_the_usage_shows_each_argument_once(command: str, usage: str) -> None:
    result = runner.invoke(app, [command, "--help"])
    assert f"Usage: hummingbot-peatio {usage}\n" in result.output


def test_version_names_all_three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda _name: "1.2.3")
    result = runner.invoke(app, ["--version"])
    assert result.exit_code == 0
    assert result.output.startswith("hummingbot-peatio 1.2.3 (tested with Hummingbot ")
    assert re.search(r"\), Hummingbot (dev-)?2\.\d+", result.output)
    assert ", Python 3.12" in result.output
    assert result.output.count("\n") == 1


def test_version_does_not_need_hummingbot(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise InstanceError("not installed")

    monkeypatch.setattr(version, "hummingbot_package", missing)
    assert "no Hummingbot" in version.version_line()


@pytest.mark.parametrize("arguments", [["demo", "--seconds", "0"], ["sandbox", "--port", "70000"], ["init"]])
def test_nonsense_is_refused(arguments: list[str]) -> None:
    assert runner.invoke(app, arguments).exit_code == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_the_sandbox_serves_until_interrupted(number: signal.Signals) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "peatio_cli", "sandbox", "--port", "0", "--quiet", stdout=PIPE, stderr=PIPE
    )
    try:
        assert process.stdout is not None
        url = (await process.stdout.readline()).decode().strip()
        assert url.startswith("http://127.0.0.1:")
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{url}/api/v2/peatio/public/timestamp") as response:
                assert response.status == 200
            process.send_signal(number)
            output, errors = await process.communicate()
        assert (process.returncode, output, errors) == (0, b"", b"")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_sandbox_that_is_ended_while_it_loads_ends_quietly(number: signal.Signals) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "peatio_cli", "sandbox", "--port", "0", "--quiet", stdout=PIPE, stderr=PIPE
    )
    try:
        assert process.stdout is not None
        assert (await process.stdout.readline()).startswith(b"http://127.0.0.1:")
        process.send_signal(number)
        assert await process.communicate() == (b"", b"")
        assert process.returncode == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_the_sandbox_shows_members_and_keys() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "peatio_cli", "sandbox", "--port", "0", "--traders", stdout=PIPE
    )
    try:
        assert process.stdout is not None
        shown = b""
        while b"Ctrl-C" not in shown:
            line = await process.stdout.readline()
            assert line, "the sandbox ended"
            shown += line
        assert b"bot" in shown
        assert b"secret" in shown
    finally:
        process.terminate()
        assert await process.wait() == 0


def test_a_taken_port_is_one_clear_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = runner.invoke(app, ["sandbox", "--port", str(port)])
    assert result.exit_code == 1
    assert result.stderr == (
        f"sandbox: cannot listen on 127.0.0.1:{port}: Address already in use; remedy: end the program that uses it, or "
        "choose another --port\n"
    )


async def test_the_address_of_a_sandbox_on_ipv6_is_one_that_the_connector_takes() -> None:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6 loopback address")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "peatio_cli", "sandbox", "--host", "::1", "--port", "0", "--quiet", stdout=PIPE
    )
    try:
        assert process.stdout is not None
        address = parse_domain((await process.stdout.readline()).decode())
        assert address.site.startswith("http://[::1]:")
        async with aiohttp.ClientSession() as session:
            async with session.get(address.rest_url("public/timestamp")) as response:
                assert response.status == 200
    finally:
        process.terminate()
        assert await process.wait() == 0


REMEDY = "remedy: 127.0.0.1, or another address or name of this machine, without scheme and port"


async def make_recording(path: Path) -> None:
    async with Sandbox(SandboxConfig(), recorder=Recorder(path)):
        pass


@pytest.mark.parametrize("mode", ["run", "replay"])
@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("", "it is empty, which would mean every address of this machine"),
        ("a..b", "it is not a host name"),
        ("192.0.2.1", "it is not an address of this machine"),
        ("http://127.0.0.1", "it cannot be resolved (Name or service not known)"),
    ],
)
def test_a_wrong_host_is_named(
    host: str, reason: str, mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "/" in host:  # no question to a name server
        unknown = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        monkeypatch.setattr(socket, "getaddrinfo", Mock(side_effect=unknown))
    recording = tmp_path / "recording"
    if mode == "replay":
        asyncio.run(make_recording(recording))
    result = runner.invoke(
        app, ["sandbox", "--port", "0", "--host", host, *(["--replay", str(recording)] if mode == "replay" else [])]
    )
    assert (result.exit_code, result.stderr) == (1, f"sandbox: --host {host!r}: {reason}; {REMEDY}\n")
