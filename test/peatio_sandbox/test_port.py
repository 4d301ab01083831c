"""The address the sandbox listens on, as it is given and as it is shown."""

from __future__ import annotations

import socket
from pathlib import Path

import aiohttp
import pytest

from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.__main__ import main
from peatio_sandbox.listening import authority
from peatio_sandbox.web.recording import Recorder
from peatio_sandbox.web.replay import ReplayServer
from test.patience import eventually

from .support import REST


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback address")


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "127.0.0.1:8090"),
        ("localhost", "localhost:8090"),
        ("::1", "[::1]:8090"),
        ("[::1]", "[::1]:8090"),
        ("fe80::1%eth0", "[fe80::1%eth0]:8090"),
    ],
)
def test_only_an_ipv6_address_has_brackets(host: str, shown: str) -> None:
    assert authority(host, 8090) == shown


@needs_ipv6
@pytest.mark.parametrize("host", ["::1", "[::1]"])
async def test_the_url_of_an_ipv6_address_works_as_shown(host: str, session: aiohttp.ClientSession) -> None:
    async with Sandbox(SandboxConfig(host=host)) as sandbox:
        assert sandbox.url.startswith("http://[::1]:")
        stream = f"{sandbox.url}/api/v2/ranger/public?stream=btcusd.trades"
        async with session.ws_connect(stream, origin=sandbox.url) as websocket:
            assert "success" in (await websocket.receive_json())
        sandbox.go_down()
        sandbox.come_back()

        async def answers() -> bool:
            try:
                async with session.get(f"{sandbox.url}{REST}/public/health/alive") as response:
                    return response.status == 200
            except aiohttp.ClientConnectionError:
                return False

        await eventually(answers)


@needs_ipv6
async def test_a_recording_is_shown_on_an_ipv6_address(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    file = tmp_path / "run.jsonl"
    async with Sandbox(recorder=Recorder(file)):
        pass
    async with ReplayServer(file, "::1") as server, session.get(f"{server.url}/sandbox/page") as response:
        assert server.url.startswith("http://[::1]:")
        assert response.status == 200


@needs_ipv6
def test_a_taken_port_of_an_ipv6_address_is_named_with_brackets(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket(socket.AF_INET6) as taken:
        taken.bind(("::1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["--host", "::1", "--port", str(port)]) == 1
    assert f"Cannot listen on [::1]:{port}: " in capsys.readouterr().err
