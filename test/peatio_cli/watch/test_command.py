"""`hummingbot-peatio watch` as a process, and what it refuses."""

import asyncio
import logging
import os
import signal
import sys
from asyncio.subprocess import PIPE
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hummingbot.connector.exchange.peatio.guard.heartbeat import Heartbeat, HeartbeatRecord

from peatio_cli.watch.command import WatchError, _access, make_views, run, shares
from peatio_cli.watch.keys import Prompt
from peatio_cli.watch.request import Request
from peatio_cli.watch.server import WatchServer
from peatio_cli.watch.start import start
from peatio_sandbox import Sandbox, SandboxConfig
from test.patience import eventually
from test.peatio_cli.alerts.receiver import Receiver, shows_an_address
from test.peatio_cli.watch.support import make_instance, read_key

PASSWORD = "a long enough password"


async def test_it_serves_until_ctrl_c_and_leaves_nothing_behind(tmp_path: Path) -> None:
    async with Sandbox(SandboxConfig(seed=5)) as sandbox:
        folders = [make_instance(tmp_path / name, sandbox) for name in ("my-bot", "other-bot")]
        before = sorted(path for folder in folders for path in folder.rglob("*"))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "peatio_cli", "watch", *map(str, folders), "--port", "0", "--account",
            stdout=PIPE, stderr=PIPE, env={**os.environ, **read_key(sandbox)},
        )  # fmt: skip
        try:
            assert process.stdout is not None
            async with asyncio.timeout(60):
                first = (await process.stdout.readline()).decode()
                assert first.startswith("Watching on http://127.0.0.1:"), first
                lines = [(await process.stdout.readline()).decode() for _ in range(4)]
            async with aiohttp.ClientSession() as session, session.get(f"{first.split()[-1]}/watch/bots") as response:
                assert [row["name"] for row in await response.json()] == ["my-bot", "other-bot"]
        finally:
            process.send_signal(signal.SIGINT)
        rest, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    assert errors.decode() == ""
    assert "account with the key of WATCH_PEATIO_SAND_API_KEY and WATCH_PEATIO_SAND_SECRET" in lines[0]
    assert lines[2] == "  at most 5 % of the request limit: 300 requests in 300 s\n"
    printed = "".join([first, *lines, rest.decode()])
    for secret in read_key(sandbox).values():
        assert secret not in printed
    assert sorted(path for folder in folders for path in folder.rglob("*")) == before


async def test_with_several_exchanges_the_share_of_each_is_said_once(tmp_path: Path) -> None:
    async with Sandbox(SandboxConfig(seed=5)) as sandbox, Sandbox(SandboxConfig(seed=6)) as other:
        folders = [make_instance(tmp_path / name, sandbox) for name in ("my-bot", "second-bot")]
        elsewhere = make_instance(tmp_path / "other-bot", other)
        with (elsewhere / "conf" / "peatio.yml").open("a", encoding="utf-8") as file:
            file.write("    requests: 100\n    interval_s: 60\n")
        views = make_views(Request((*folders, elsewhere), share=10), {}, Prompt())
        assert list(shares(views, 10)) == [
            f"at most 10 % of the request limit of {sandbox.url}: 600 requests in 300 s",
            f"at most 10 % of the request limit of {other.url}: 10 requests in 60 s",
        ]


async def test_with_alerts_it_sends_them_while_no_guard_does(tmp_path: Path) -> None:
    async with Sandbox(SandboxConfig(seed=5)) as sandbox, Receiver().running() as receiver:
        folder = make_instance(tmp_path / "my-bot", sandbox)
        (folder / "data").mkdir(exist_ok=True)
        # A bot that died at some time.
        record = HeartbeatRecord("peatio_sand", "account", "owner", 4711)
        heartbeat = Heartbeat(folder / "data", record, logging.getLogger("test"))
        heartbeat.begin()
        (file,) = (folder / "data").glob("peatio_heartbeat_*.json")
        os.utime(file, (1_700_000_000, 1_700_000_000))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "peatio_cli", "watch", str(folder), "--port", "0", "--alerts"),
            stdout=PIPE, stderr=PIPE, env={**os.environ, "PEATIO_ALERTS": receiver.address},
        )  # fmt: skip
        try:
            await eventually(lambda: receiver.messages, "the alert", timeout_s=60)
        finally:
            process.send_signal(signal.SIGINT)
        output, errors = (text.decode() for text in await process.communicate())
        assert process.returncode == 0, errors
        assert receiver.texts[0].startswith("The bot died or hangs: no heartbeat of peatio")
        assert "my-bot: alerts: this process sends them to 1 address(es)" in output
        assert not shows_an_address(output + errors)


async def test_alerts_without_an_address_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with Sandbox(SandboxConfig(seed=5)) as sandbox:
        folder = make_instance(tmp_path / "my-bot", sandbox)
        request = Request((folder,), sends_alerts=True)
        assert await asyncio.to_thread(run, request, {}) == 2
    assert capsys.readouterr().err == (
        f"watch: there are no addresses for alerts; remedy: set PEATIO_ALERTS, or write them into "
        f"{folder / 'conf' / 'peatio_alert_addresses'}, one on a line (chmod 600)\n"
    )


@pytest.mark.parametrize("name", ["nowhere", "file"])
def test_what_is_no_instance_is_refused_in_one_line(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert start(Request((tmp_path / name,))) == 2
    error = capsys.readouterr().err
    assert error.startswith("watch: ")
    assert "remedy: " in error
    assert error.count("\n") == 1


def test_others_get_in_with_a_password_from_a_file_of_mode_0600_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reachable = Request((), host="192.0.2.7")
    with pytest.raises(WatchError, match="a password is needed"):
        _access(reachable, {})
    file = tmp_path / "watch.password"
    file.write_text(f"{PASSWORD}\n")
    file.chmod(0o644)
    with pytest.raises(WatchError, match="chmod 600"):
        _access(reachable, {"WATCH_PASSWORD_FILE": str(file)})
    file.chmod(0o600)
    assert capsys.readouterr().err == ""
    access, tls = _access(reachable, {"WATCH_PASSWORD_FILE": str(file)})
    assert access.needs_login
    assert tls is None
    assert "WITHOUT TLS" in capsys.readouterr().err
    assert PASSWORD not in repr(vars(access)) + repr(access._password and vars(access._password))
    with pytest.raises(WatchError, match="too short"):
        _access(reachable, {"WATCH_PASSWORD": "short"})
    with pytest.raises(WatchError, match="cannot be used"):
        _access(Request((), certificate=tmp_path / "none.pem"), {})
    with pytest.raises(WatchError, match="names no file"):
        _access(reachable, {"WATCH_PASSWORD_FILE": PASSWORD})


def test_who_listens_everywhere_is_told_to_name_what_stands_in_the_browser(capsys: pytest.CaptureFixture[str]) -> None:
    password = {"WATCH_PASSWORD": PASSWORD}
    access, _ = _access(Request((), host="0.0.0.0"), password)
    assert "remedy: --name" in capsys.readouterr().err
    assert access._is_own_host("localhost:8091")
    assert not access._is_own_host("bots.example")
    assert not access._is_own_host("0.0.0.0")
    access, _ = _access(Request((), host="0.0.0.0", names=("bots.example",)), password)
    assert "--name" not in capsys.readouterr().err
    assert access._is_own_host("bots.example:8091")


def test_this_machine_needs_none_and_may_have_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert not _access(Request(()), {})[0].needs_login
    assert _access(Request(()), {"WATCH_PASSWORD": PASSWORD})[0].needs_login
    assert capsys.readouterr().err == ""


async def test_with_a_certificate_the_page_is_served_over_tls_and_cookies_travel_over_nothing_else(
    tmp_path: Path,
) -> None:
    file = tmp_path / "watch.pem"
    file.write_bytes(_certificate())
    async with Sandbox(SandboxConfig(seed=5)) as sandbox:
        request = Request((make_instance(tmp_path / "my-bot", sandbox),), certificate=file)
        access, tls = _access(request, {"WATCH_PASSWORD": PASSWORD})
        async with WatchServer(make_views(request, {}, Prompt()), access, tls=tls) as server:
            assert server.url.startswith("https://")
            async with (
                aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False)) as session,
                session.post(f"{server.url}/login", json={"password": PASSWORD}) as response,
            ):
                assert response.status == 204
                assert "; Secure" in response.headers["Set-Cookie"]


def _certificate() -> bytes:
    """Self-signed, with its private key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "watch.example")])
    now = datetime.now(UTC)
    built = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
    return built.sign(key, SHA256()).public_bytes(Encoding.PEM) + key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
