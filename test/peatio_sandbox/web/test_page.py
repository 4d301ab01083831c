"""The page's files, and the sessions it looks at accounts with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest

import peatio_page
import peatio_sandbox
from peatio_sandbox import Sandbox
from test.peatio_sandbox.support import REST

SHARED = Path(peatio_page.__file__).parent / "static"
OWN = Path(peatio_sandbox.__file__).parent / "web" / "static"


async def session_of(session: aiohttp.ClientSession, sandbox: Sandbox, member: str) -> str:
    async with session.post(f"{sandbox.url}/sandbox/sessions", json={"member": member}) as response:
        assert response.status == 201
        return str((await response.json())["token"])


async def ask(
    session: aiohttp.ClientSession, sandbox: Sandbox, path: str, token: str, method: str = "GET"
) -> tuple[int, Any]:
    headers = {"X-Sandbox-Session": token}
    async with session.request(method, sandbox.url + REST + path, headers=headers) as response:
        return response.status, await response.json(content_type=None)


async def test_the_page_and_every_file_it_names_are_served(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    async with session.get(sandbox.url) as response:
        assert response.status == 200
        assert response.content_type == "text/html"
        assert "Sandbox" in await response.text()
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "http" not in policy
        assert "unsafe" not in policy
        assert "<!--" not in await response.text()
    for folder in (SHARED, OWN):
        for path in (path for path in folder.rglob("*") if path.is_file()):
            async with session.get(f"{sandbox.url}/web/{path.relative_to(folder).as_posix()}") as response:
                assert response.status == 200, path
                if path.name != "index.html":  # the shared panels are put into it
                    assert await response.read() == path.read_bytes()


@pytest.mark.parametrize("path", ["/web/", "/web/nothing.js", "/web/../server.py", "/web/%2e%2e/server.py", "/web/js"])
async def test_nothing_else_is(sandbox: Sandbox, session: aiohttp.ClientSession, path: str) -> None:
    async with session.get(sandbox.url + path) as response:
        assert response.status == 404


def test_no_file_of_ours_names_another_host() -> None:
    """But the one link for people that the chart library asks for; the page works without a network."""
    for path in (path for folder in (SHARED, OWN) for path in folder.rglob("*") if "vendor" not in path.parts):
        if path.suffix in (".html", ".css", ".js"):
            assert set(re.findall(r"https?://([\w.]+)", path.read_text("utf-8"))) <= {"www.tradingview.com"}, path


def test_the_chart_library_comes_with_its_licence_and_version() -> None:
    folder = SHARED / "vendor" / "lightweight-charts"
    notice = (folder / "NOTICE").read_text("utf-8")
    head = (folder / "lightweight-charts.standalone.production.mjs").read_text("utf-8")[:300]
    version = head.partition("Lightweight Charts™ v")[2].split()[0]
    assert f"Version {version}," in notice
    assert "Apache License" in (folder / "LICENSE").read_text("utf-8")


async def test_a_session_reads_its_members_account_only(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    poor, bot = [await session_of(session, sandbox, name) for name in ("poor", "bot")]
    assert poor != bot
    assert (await ask(session, sandbox, "/account/members/me", poor))[1]["uid"] == sandbox.members["poor"].uid
    assert (await ask(session, sandbox, "/account/members/me", bot))[1]["uid"] == sandbox.members["bot"].uid
    assert await session_of(session, sandbox, "bot") == bot


async def test_a_session_changes_nothing(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    token = await session_of(session, sandbox, "bot")
    answer = await ask(session, sandbox, "/market/orders/cancel", token, "POST")
    assert answer == (401, {"errors": ["authz.missing_csrf_token"]})


async def test_without_a_session_one_is_nobody(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    for token in ("", "wrong", sandbox.members["bot"].api_key):
        answer = await ask(session, sandbox, "/account/balances", token)
        assert answer == (401, {"errors": ["authz.invalid_session"]})


async def test_a_session_opens_the_private_stream(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    token = await session_of(session, sandbox, "bot")
    address = f"{sandbox.url}/api/v2/ranger/private?session={token}&stream=order"
    async with session.ws_connect(address) as socket:
        assert await socket.receive_json() == {"success": {"message": "subscribed", "streams": ["order"]}}
        sandbox.exchange.publish(f"private.{sandbox.members['bot'].uid}.order", {"id": 1})
        assert await socket.receive_json() == {"order": {"id": 1}}


@pytest.mark.parametrize("body", ["", "[]", '"bot"', "{}", '{"member": ["bot"]}', '{"member": "nobody"}'])
async def test_a_session_for_nobody_is_refused(sandbox: Sandbox, session: aiohttp.ClientSession, body: str) -> None:
    async with session.post(f"{sandbox.url}/sandbox/sessions", data=body) as response:
        assert response.status == 422
        assert (await response.json())["errors"]
