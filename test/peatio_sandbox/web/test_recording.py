"""A recording holds what clients saw, and no key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from peatio_sandbox import Latencies, Sandbox, SandboxConfig
from peatio_sandbox.web.recording import Recorder
from peatio_sandbox.web.replay import RecordingError, ReplayServer, check_recording
from test.peatio_sandbox.support import Client

BUY: dict[str, Any] = {"market": "btcusd", "side": "buy", "volume": "0.5", "price": "30000"}


def text_of(path: Path) -> str:
    return path.read_text("utf-8")


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text_of(path).splitlines()]


def recorded(path: Path, kind: str) -> list[Any]:
    return [line[kind] for line in lines_of(path) if kind in line]


def recording(path: Path, *, traders: bool = False) -> Sandbox:
    config = SandboxConfig(seed=3, traders=traders, latencies=Latencies().scaled(0.1))
    return Sandbox(config, recorder=Recorder(path))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.jsonl"


async def test_a_run_is_written_down_as_clients_saw_it(path: Path, session: aiohttp.ClientSession) -> None:
    async with recording(path) as sandbox:
        bot, maker = Client(sandbox, session, "bot"), Client(sandbox, session, "maker")
        order = await bot.limit("buy", "0.5", "30000")
        await maker.limit("sell", "0.2", "30000")
        await sandbox.settle()
        await session.post(f"{sandbox.url}/sandbox/faults", json={"kind": "answer_lost", "method": "POST"})
        with pytest.raises(aiohttp.ClientError):
            await bot.post("/market/orders", BUY)
    head, *rest = lines_of(path)
    assert [member["name"] for member in head["members"]] == ["bot", "maker", "taker", "poor", "low", "you"]
    assert [line["ms"] for line in rest] == sorted(line["ms"] for line in rest)

    uid = sandbox.members["bot"].uid
    events = [(line["event"], line["payload"]) for line in rest if "event" in line]
    states = [payload["state"] for key, payload in events if key == f"private.{uid}.order"]
    assert states[:2] == ["pending", "wait"]
    assert [payload["order_id"] for key, payload in events if key == f"private.{uid}.trade"] == [order["id"]]
    assert next(key for key, _ in events if key.startswith("public.btcusd.ob")) == "public.btcusd.ob-snap"

    created, _, fault, lost = recorded(path, "request")
    assert (created["member"], created["method"], created["status"]) == ("bot", "POST", 201)
    assert created["body"] == BUY
    assert created["answer"] == order
    assert fault["body"] == {"kind": "answer_lost", "method": "POST"}
    assert (lost["status"], lost["answer"]) == (None, None)

    balances = {row["currency"]: row for row in recorded(path, "balance") if row["member"] == "bot"}
    for currency, (free, locked) in sandbox.balances("bot").items():
        if currency in ("btc", "usd"):
            row = balances[currency]
            assert (float(row["free"]), float(row["locked"])) == (float(free), float(locked))


async def test_a_body_that_is_no_text_is_no_trouble(path: Path, session: aiohttp.ClientSession) -> None:
    async with recording(path) as sandbox:
        address, headers = f"{sandbox.url}/api/v2/peatio/market/orders", Client(sandbox, session, "bot").headers()
        async with session.post(address, data=b"\xff\xfe", headers=headers) as response:
            assert response.status < 500
        assert sandbox.handler_errors == []
    assert len(recorded(path, "request")) == 1


async def test_no_key_signature_or_session_is_in_it(path: Path, session: aiohttp.ClientSession) -> None:
    async with recording(path, traders=True) as sandbox:
        bot = Client(sandbox, session, "bot")
        await bot.limit("buy", "0.5", "30000")
        await bot.get("/account/members/me")
        opened = await session.post(f"{sandbox.url}/sandbox/sessions", json={"member": "bot"})
        token = (await opened.json())["token"]
        address = f"{sandbox.url}/api/v2/peatio/account/balances"
        await session.get(address, headers={"X-Sandbox-Session": token})
        await session.get(f"{address}?session={token}")
        for headers in ({}, bot.headers()):
            query = "" if headers else f"?session={token}"
            async with session.ws_connect(f"{sandbox.url}/api/v2/ranger/private{query}", headers=headers) as socket:
                await socket.receive_json()
    text = text_of(path)
    secrets = [token, *(value for member in sandbox.members.values() for value in (member.api_key, member.secret))]
    assert not [secret for secret in secrets if secret in text]
    assert "X-Auth" not in text
    assert "ignature" not in text
    assert not [name for name in ("house", "crowd") if sandbox.members[name].uid in text], "accounts nobody looks at"
    assert recorded(path, "websocket") == [
        {"channel": "private", "is_open": True},
        {"channel": "private", "is_open": False, "member": "bot"},
    ]


async def test_the_first_lost_line_ends_a_recording_and_not_the_exchange(
    path: Path, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(path)

    def full(_line: str) -> int:
        raise OSError(28, "No space left on device")

    async with Sandbox(SandboxConfig(), recorder=recorder) as sandbox:
        monkeypatch.setattr(recorder, "_file", _File(full))
        await Client(sandbox, session, "bot").limit("buy", "0.5", "30000")
        await sandbox.settle()
        assert sandbox.orders("bot")[0].state == "wait"
        assert sandbox.handler_errors == []


class _File:
    """A file on a disk that is full."""

    closed = False

    def __init__(self, write: Any) -> None:
        self.write = write

    def close(self) -> None:
        self.closed = True


def test_a_recording_takes_no_other_files_place(path: Path) -> None:
    path.write_text("mine")
    with pytest.raises(FileExistsError):
        Recorder(path)
    assert path.read_text() == "mine"


def test_a_recording_that_never_began_leaves_no_file(path: Path) -> None:
    Recorder(path).close()
    assert not path.exists()


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"recording": "else"}', '{"recording": "peatio-sandbox"}'])
def test_another_file_is_no_recording(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(RecordingError):
        check_recording(path)


async def test_a_replay_serves_the_page_and_the_file_and_no_exchange(
    path: Path, session: aiohttp.ClientSession
) -> None:
    async with recording(path):
        pass
    check_recording(path)
    async with ReplayServer(path) as server:
        for address, status in (("/", 200), ("/api/v2/peatio/public/markets", 404), ("/sandbox/faults", 404)):
            async with session.get(server.url + address) as response:
                assert response.status == status
        async with session.get(f"{server.url}/sandbox/page") as response:
            assert await response.json() == {"mode": "recording", "name": "run.jsonl"}
        async with session.get(f"{server.url}/sandbox/recording") as response:
            assert await response.text() == text_of(path)
