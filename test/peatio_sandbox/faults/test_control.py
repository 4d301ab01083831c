"""The control API, over HTTP."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from peatio_sandbox import FaultKind, Sandbox
from peatio_sandbox.rest.callers import is_loopback
from test.patience import eventually
from test.peatio_sandbox.support import Client

PATH = "/sandbox/faults"


async def call(
    sandbox: Sandbox, session: aiohttp.ClientSession, method: str, path: str = "", body: object = None
) -> tuple[int, Any]:
    """Call the control API; return status and body."""
    data = body if isinstance(body, str) or body is None else json.dumps(body)
    async with session.request(method, f"{sandbox.url}{PATH}{path}", data=data) as response:
        return response.status, (await response.json() if response.content_type == "application/json" else None)


async def test_faults_begin_are_listed_strike_and_end(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    given = {"kind": "server_error", "status": 502, "html": True, "path": "/public/*", "duration_s": 60}
    assert await call(sandbox, session, "POST", body=given) == (201, {"id": 1})
    async with session.get(f"{sandbox.url}/api/v2/peatio/public/timestamp") as response:
        assert response.status == 502
    status, body = await call(sandbox, session, "GET")
    assert status == 200
    assert body["active"] == [{"id": 1, "probability": 1.0, "hits": 1, **given}]
    assert body["hits"] == {"server_error": 1}
    assert set(body["kinds"]) == set(FaultKind)
    assert body["kinds"]["server_restart"] == {"engines": {"default": False, "accepts": "true or false"}}
    assert await call(sandbox, session, "DELETE", "/1") == (204, None)
    assert sandbox.faults.active() == []
    assert await call(sandbox, session, "DELETE", "/1") == (204, None)
    assert await call(sandbox, session, "DELETE", "/2") == (404, {"errors": ["there is no fault 2"]})


async def test_another_sites_page_may_not_begin_faults(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    for origin, status in (("https://elsewhere.example", 403), (sandbox.url, 201)):
        body, headers = {"kind": "latency"}, {"Origin": origin}
        async with session.post(sandbox.url + PATH, json=body, headers=headers) as response:
            assert response.status == status


async def test_all_faults_end_at_once(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    for kind in ("latency", "broker_lost"):
        await call(sandbox, session, "POST", body={"kind": kind})
    assert await call(sandbox, session, "DELETE") == (204, None)
    assert sandbox.faults.active() == []


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("{", "the body is not JSON"),
        ([], "the body must be an object"),
        ({}, "kind is missing; there are latency, "),
        ({"kind": 7}, "kind is missing"),
        ({"kind": "earthquake"}, "unknown kind 'earthquake'"),
        ({"kind": "latency", "delay_s": "long"}, "delay_s must be a number from 0 to 86400, not 'long'"),
        ({"kind": "server_restart"}, "server_restart needs duration_s"),
    ],
)
async def test_errors_name_what_is_wrong(
    sandbox: Sandbox, session: aiohttp.ClientSession, body: object, complaint: str
) -> None:
    status, answer = await call(sandbox, session, "POST", body=body)
    assert status == 422
    assert answer["errors"][0].startswith(complaint)
    assert sandbox.faults.active() == []


async def test_the_answer_comes_before_the_server_goes(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    given = {"kind": "server_restart", "duration_s": 0.2}
    assert await call(sandbox, session, "POST", body=given) == (201, {"id": 1})
    with pytest.raises(aiohttp.ClientConnectorError):
        await call(sandbox, session, "GET")

    async def is_back() -> bool:
        try:
            return (await call(sandbox, session, "GET"))[0] == 200
        except aiohttp.ClientConnectorError:
            return False

    await eventually(is_back)


async def test_faults_do_not_strike_the_control_api(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    await call(sandbox, session, "POST", body={"kind": "request_lost", "path": "*"})
    assert (await call(sandbox, session, "GET"))[0] == 200
    with pytest.raises(aiohttp.ClientError):
        await Client(sandbox, session, "bot").get("/account/balances")


async def test_storms_begin_and_end(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    given = {"seed": 7, "kinds": ["broker_lost"], "mean_pause_s": 0.01, "mean_duration_s": 60}
    assert await call(sandbox, session, "POST", "/storm", given) == (204, None)
    await eventually(lambda: bool(sandbox.faults.active()))
    assert await call(sandbox, session, "DELETE", "/storm") == (204, None)
    assert sandbox.faults.active() == []
    status, answer = await call(sandbox, session, "POST", "/storm", {"kinds": []})
    assert (status, answer) == (422, {"errors": ["kinds must be a list of kinds, not []"]})


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:192.0.2.1", False),
        ("192.0.2.1", False),
        ("fe80::1%eth0", False),
        (None, False),
    ],
)
def test_only_this_machine_may_break_things(remote: str | None, expected: bool) -> None:
    assert is_loopback(remote) is expected


async def test_others_are_refused(
    sandbox: Sandbox, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("peatio_sandbox.rest.callers.is_loopback", lambda _: False)
    for method, path in (("GET", ""), ("POST", ""), ("DELETE", ""), ("DELETE", "/1"), ("POST", "/storm")):
        assert await call(sandbox, session, method, path, {}) == (
            403,
            {"errors": ["faults are for this machine only"]},
        )
