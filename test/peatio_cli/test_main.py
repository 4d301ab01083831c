"""The entry point: which commands there are, and the sandbox in the foreground."""

import asyncio
import re
import signal
import socket
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from unittest.mock import Mock

import aiohttp
import pytest
from hummingbot.connector.exchange.peatio.config import parse_domain
from typer.testing import CliRunner

from peatio_cli.install import version
from peatio_cli.install.instance import InstanceError
from peatio_cli.main import app
from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.web.recording import Recorder

runner = CliRunner()


def test_help_names_every_command() -> None:
    result = runner.invoke(app, ["--help"])
    assert result.exit_code == 0
    for command in ("sandbox", "init", "demo", "console", "guard"):
        assert command in result.output


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
    assert f"Usage: hummingbot-peatio {usage} " in result.output


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
