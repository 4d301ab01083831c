"""Faults on the way of requests, over sockets: what the client sees and what has become of the request."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from peatio_sandbox import FaultKind, Latencies, Sandbox, SandboxConfig
from test.patience import eventually
from test.peatio_sandbox.support import REST, Client

ORDER = {"market": "btcusd", "side": "sell", "volume": "0.1", "price": "31000"}
CREATE: dict[str, Any] = {"path": "/market/orders", "method": "POST"}
#: A client's patience in seconds, for answers that never come.
PATIENCE_S = 0.5


@pytest.fixture
def sandbox_config() -> SandboxConfig:
    """Return an exchange that answers at once."""
    return SandboxConfig(latencies=Latencies().scaled(0.05))


@pytest_asyncio.fixture
async def impatient() -> AsyncIterator[aiohttp.ClientSession]:
    """Return an HTTP session that soon gives up."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE_S)) as opened:
        yield opened


async def raw_create(client: Client) -> tuple[int, str, str, Mapping[str, str]]:
    """Create an order; return status, content type, body as text and headers."""
    url = client.sandbox.url + REST + "/market/orders"
    async with client.session.post(url, json=ORDER, headers=client.headers()) as response:
        return response.status, response.content_type, await response.text(), response.headers


def states(sandbox: Sandbox, member: str = "maker") -> list[str]:
    """Return the states of a member's orders."""
    return [order.state for order in sandbox.orders(member)]


async def test_an_answer_may_be_late(sandbox: Sandbox, client: Callable[[str], Client]) -> None:
    sandbox.faults.start(FaultKind.LATENCY, delay_s=0.8, **CREATE)
    began_s = time.monotonic()
    created = asyncio.create_task(client("maker").post("/market/orders", ORDER))
    await eventually(lambda: states(sandbox) == ["wait"])
    assert not created.done()
    status, body = await created
    assert time.monotonic() - began_s >= 0.8
    assert (status, body["state"]) == (201, "pending")
    assert sandbox.faults.hits == {FaultKind.LATENCY: 1}


async def test_a_request_held_up_takes_effect_though_the_client_has_gone(
    sandbox: Sandbox, impatient: aiohttp.ClientSession
) -> None:
    sandbox.faults.start(FaultKind.LATENCY, delay_s=PATIENCE_S + 0.1, before=True, count=1, **CREATE)
    with pytest.raises(TimeoutError):
        await Client(sandbox, impatient, "maker").post("/market/orders", ORDER)
    assert states(sandbox) == []
    await eventually(lambda: states(sandbox) == ["wait"])


async def test_a_request_held_up_longer_than_the_nonce_lives_was_checked_before(
    sandbox: Sandbox, client: Callable[[str], Client]
) -> None:
    sandbox.faults.start(FaultKind.LATENCY, delay_s=0.1, before=True)
    held_up = asyncio.create_task(client("maker").post("/market/orders", ORDER))
    await eventually(lambda: sandbox.faults.hits == {FaultKind.LATENCY: 1})
    sandbox.clock.offset_s += 60
    assert (await held_up)[0] == 201


async def test_a_lost_request_has_no_effect(sandbox: Sandbox, client: Callable[[str], Client]) -> None:
    sandbox.faults.start(FaultKind.REQUEST_LOST, count=1, **CREATE)
    with pytest.raises(aiohttp.ClientError):
        await client("maker").post("/market/orders", ORDER)
    await sandbox.settle()
    assert states(sandbox) == []
    assert (await client("maker").post("/market/orders", ORDER))[0] == 201


async def test_a_lost_answer_leaves_the_effect(sandbox: Sandbox, client: Callable[[str], Client]) -> None:
    sandbox.faults.start(FaultKind.ANSWER_LOST, count=1, **CREATE)
    with pytest.raises(aiohttp.ClientError):
        await client("maker").post("/market/orders", ORDER)
    await sandbox.settle()
    assert states(sandbox) == ["wait"]


async def test_a_cancel_whose_answer_is_lost_cancels(sandbox: Sandbox, client: Callable[[str], Client]) -> None:
    order = await client("maker").limit("sell", "0.1", "31000")
    await sandbox.settle()
    sandbox.faults.start(FaultKind.ANSWER_LOST, path="/market/orders/*/cancel")
    with pytest.raises(aiohttp.ClientError):
        await client("maker").post(f"/market/orders/{order['id']}/cancel")
    await sandbox.settle()
    assert states(sandbox) == ["cancel"]


async def test_an_answer_may_never_come(sandbox: Sandbox, impatient: aiohttp.ClientSession) -> None:
    sandbox.faults.start(FaultKind.ANSWER_STALLED, count=1, **CREATE)
    tasks = asyncio.all_tasks()
    with pytest.raises(TimeoutError):
        await Client(sandbox, impatient, "maker").post("/market/orders", ORDER)
    assert states(sandbox) == ["wait"]
    await eventually(lambda: asyncio.all_tasks() <= tasks)


async def test_a_stalled_answer_does_not_keep_the_sandbox_from_stopping(session: aiohttp.ClientSession) -> None:
    sandbox = Sandbox()
    await sandbox.start()
    sandbox.faults.start(FaultKind.ANSWER_STALLED)
    stalled = asyncio.create_task(Client(sandbox, session, "maker").post("/market/orders", ORDER))
    await eventually(lambda: sandbox.faults.hits == {FaultKind.ANSWER_STALLED: 1})
    assert sandbox._runner is not None
    sandbox._runner._shutdown_timeout = 60
    await asyncio.wait_for(sandbox.stop(), 10)
    with pytest.raises(aiohttp.ClientError):
        await stalled


@pytest.mark.parametrize(
    ("parameters", "content_type", "begins"),
    [
        ({}, "text/plain", "upstream connect error"),
        ({"status": 500}, "application/json", '{"errors":["server.internal_error"]}'),
        ({"status": 502, "html": True}, "text/html", "<html>\n<head><title>502 Bad Gateway</title>"),
        ({"status": 504, "html": True}, "text/html", "<html>\n<head><title>504 Gateway Time-out</title>"),
    ],
)
@pytest.mark.parametrize("kind", [FaultKind.SERVER_ERROR, FaultKind.SERVER_ERROR_AFTER])
async def test_server_errors_before_and_after_the_effect(
    sandbox: Sandbox,
    client: Callable[[str], Client],
    kind: FaultKind,
    parameters: dict[str, Any],
    content_type: str,
    begins: str,
) -> None:
    sandbox.faults.start(kind, **CREATE, **parameters)
    status, kind_of_body, text, _ = await raw_create(client("maker"))
    await sandbox.settle()
    assert (status, kind_of_body) == (parameters.get("status", 503), content_type)
    assert text.startswith(begins)
    assert states(sandbox) == ([] if kind is FaultKind.SERVER_ERROR else ["wait"])


@pytest.mark.parametrize(
    ("parameters", "content_type", "begins"),
    [
        ({}, "text/html", "<html>\n<head><title>403 Forbidden</title>"),
        ({"status": 404}, "text/html", "<html>\n<head><title>404 Not Found</title>"),
        (
            {"status": 422, "code": "market.order.cancel_error"},
            "application/json",
            '{"errors":["market.order.cancel_error"]}',
        ),
    ],
)
async def test_refusals_of_a_gateway_and_of_peatio(
    sandbox: Sandbox,
    client: Callable[[str], Client],
    parameters: dict[str, Any],
    content_type: str,
    begins: str,
) -> None:
    sandbox.faults.start(FaultKind.REFUSED, **CREATE, **parameters)
    status, kind_of_body, text, _ = await raw_create(client("maker"))
    await sandbox.settle()
    assert (status, kind_of_body) == (parameters.get("status", 403), content_type)
    assert text.startswith(begins)
    assert states(sandbox) == []


async def test_a_create_error_with_the_order_stored(sandbox: Sandbox, client: Callable[[str], Client]) -> None:
    sandbox.faults.start(FaultKind.CREATE_ERROR_STORED, delay_s=0.2, count=1)
    assert await client("maker").post("/market/orders", ORDER) == (422, {"errors": ["market.order.create_error"]})
    assert states(sandbox) == ["pending"]
    _, listed, _ = await client("maker").get("/market/orders?state=pending")
    assert [order["price"] for order in listed] == ["31000.0"]
    await sandbox.settle()
    assert states(sandbox) == ["wait"]


async def test_a_refused_order_is_refused_with_its_own_code(sandbox: Sandbox, client: Callable[[str], Client]) -> None:
    sandbox.faults.start(FaultKind.CREATE_ERROR_STORED)
    refusal = (422, {"errors": ["market.account.insufficient_balance"]})
    assert await client("poor").post("/market/orders", ORDER) == refusal
    assert sandbox.faults.hits == {}


async def test_a_rate_limit_says_when_to_come_again(sandbox: Sandbox, client: Callable[[str], Client]) -> None:
    sandbox.faults.start(FaultKind.RATE_LIMIT, retry_after_s=7, count=1)
    status, kind_of_body, text, headers = await raw_create(client("maker"))
    assert (status, kind_of_body, text) == (429, "text/plain", "Retry later\n")
    assert headers["Retry-After"] == "7"
    assert states(sandbox) == []


async def test_only_the_member_meant_is_struck(sandbox: Sandbox, client: Callable[[str], Client]) -> None:
    sandbox.faults.start(FaultKind.REQUEST_LOST, member="taker", **CREATE)
    assert (await client("maker").post("/market/orders", ORDER))[0] == 201
    with pytest.raises(aiohttp.ClientError):
        await client("taker").post("/market/orders", ORDER)


async def test_some_requests_are_struck_and_some_are_not(sandbox: Sandbox, client: Callable[[str], Client]) -> None:
    sandbox.faults.start(FaultKind.RATE_LIMIT, probability=0.5)
    url = f"{sandbox.url}{REST}/public/timestamp"
    statuses = []
    for _ in range(40):
        async with client("maker").session.get(url) as response:
            statuses.append(response.status)
    assert 8 < statuses.count(429) < 32
    assert set(statuses) == {200, 429}


async def test_new_websockets_can_be_struck_like_any_request(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    sandbox.faults.start(FaultKind.SERVER_ERROR, path="/api/v2/ranger/*")
    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
        await session.ws_connect(f"{sandbox.url}/api/v2/ranger/public")
    assert refusal.value.status == 503


async def test_a_websocket_is_not_struck_at_its_end(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    sandbox.faults.start(FaultKind.ANSWER_STALLED, path="*")
    async with session.ws_connect(f"{sandbox.url}/api/v2/ranger/public?stream=btcusd.trades") as socket:
        assert "success" in await socket.receive_json(timeout=5)
    assert sandbox.faults.hits == {}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_request_may_be_sent_elsewhere(
    sandbox: Sandbox, client: Callable[[str], Client], status: int
) -> None:
    sandbox.faults.start(FaultKind.REDIRECT, status=status, site="https://moved.example", **CREATE)
    asker = client("maker")
    url = sandbox.url + REST + "/market/orders?a=b"
    async with asker.session.post(url, json=ORDER, headers=asker.headers(), allow_redirects=False) as response:
        assert response.status == status
        assert response.headers["Location"] == f"https://moved.example{REST}/market/orders?a=b"
    assert states(sandbox) == []
    assert sandbox.faults.hits == {FaultKind.REDIRECT: 1}


async def test_a_websocket_may_be_sent_elsewhere_by_default_to_https(sandbox: Sandbox) -> None:
    sandbox.faults.start(FaultKind.REDIRECT, path="*")
    path = "/api/v2/ranger/public"
    async with aiohttp.ClientSession() as session, session.get(sandbox.url + path, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (301, sandbox.url.replace("http", "https", 1) + path)
