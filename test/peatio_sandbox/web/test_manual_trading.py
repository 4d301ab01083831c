"""Orders by hand: one member's session may trade, from this machine and from the sandbox's own page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.config import MANUAL_TRADER
from peatio_sandbox.dialects.catalog import DIALECTS
from test.peatio_sandbox.support import REST
from test.peatio_sandbox.web.test_page import session_of

ORDER = {"market": "btcusd", "side": "buy", "volume": "0.5", "price": "29000", "ord_type": "limit"}
REFUSED = (401, {"errors": ["authz.missing_csrf_token"]})


async def post(session: aiohttp.ClientSession, url: str, body: Any, **headers: str) -> tuple[int, Any]:
    async with session.post(url, json=body, headers=headers) as response:
        return response.status, await response.json(content_type=None)


async def trading(session: aiohttp.ClientSession, sandbox: Sandbox) -> Any:
    async with session.get(f"{sandbox.url}/sandbox/page") as response:
        return (await response.json())["trading"]


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_the_routes_that_the_page_is_told_create_and_cancel(
    session: aiohttp.ClientSession, dialect: str
) -> None:
    async with Sandbox(SandboxConfig(dialect=dialect)) as sandbox:
        routes = await trading(session, sandbox)
        assert routes["member"] == MANUAL_TRADER
        token = await session_of(session, sandbox, MANUAL_TRADER)
        root, header = sandbox.url + routes["prefix"], {"X-Sandbox-Session": token}
        body = {routes["names"].get(name, name): value for name, value in ORDER.items()}
        status, answer = await post(session, root + routes["create"], body, **header)
        assert status == 201, answer
        await sandbox.settle()
        (order,) = sandbox.orders(MANUAL_TRADER)
        assert (order.state, str(order.price), str(order.origin_volume)) == ("wait", "29000", "0.5")
        name = order.uuid if dialect in ("zsmartex", "openfinex") else str(order.id)
        status, answer = await post(session, root + routes["cancel"].replace("{id}", name), {}, **header)
        assert status == 201, answer
        await sandbox.settle()
        assert order.state == "cancel"


async def test_nobody_else_trades_by_a_session(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    token = await session_of(session, sandbox, "bot")
    url = f"{sandbox.url}{REST}/market/orders"
    assert await post(session, url, ORDER, **{"X-Sandbox-Session": token}) == REFUSED
    # An address is easily sent by others: the token counts as a header only.
    own = await session_of(session, sandbox, MANUAL_TRADER)
    assert await post(session, f"{url}?session={own}", ORDER) == REFUSED
    assert sandbox.exchange.store.member_orders(sandbox.exchange.members["bot"]) == []
    assert sandbox.orders(MANUAL_TRADER) == []


async def test_the_page_of_another_site_neither_trades_nor_gets_a_session(
    sandbox: Sandbox, session: aiohttp.ClientSession
) -> None:
    header = {"X-Sandbox-Session": await session_of(session, sandbox, MANUAL_TRADER)}
    url = f"{sandbox.url}{REST}/market/orders"
    for origin in ("https://elsewhere.example", "null", "http://127.0.0.1:1"):
        assert await post(session, url, ORDER, Origin=origin, **header) == REFUSED
        assert await post(session, f"{sandbox.url}/sandbox/sessions", {"member": "you"}, Origin=origin) == (
            403,
            {"errors": ["sessions are not for the pages of other sites"]},
        )
    async with session.options(url, headers={"Origin": origin, "Access-Control-Request-Method": "POST"}) as response:
        assert "Access-Control-Allow-Origin" not in response.headers
    assert sandbox.orders(MANUAL_TRADER) == []
    status, _ = await post(session, url, ORDER, Origin=sandbox.url, **header)
    assert status == 201


async def test_a_page_at_a_name_that_is_not_this_machines_does_not_trade(
    sandbox: Sandbox, session: aiohttp.ClientSession
) -> None:
    token = await session_of(session, sandbox, MANUAL_TRADER)
    url = f"{sandbox.url}{REST}/market/orders"
    for host, status in (("elsewhere.example", 401), ("localhost", 201), ("127.0.0.1", 201), ("[::1]", 201)):
        header = {"Host": host, "Origin": f"http://{host}", "X-Sandbox-Session": token}
        assert (await post(session, url, ORDER, **header))[0] == status, host
    assert len(sandbox.orders(MANUAL_TRADER)) == 3


async def test_a_request_that_the_browser_sends_again_takes_effect_once(
    sandbox: Sandbox, session: aiohttp.ClientSession
) -> None:
    token = await session_of(session, sandbox, MANUAL_TRADER)
    url = f"{sandbox.url}{REST}/market/orders"
    header = {"X-Sandbox-Session": token, "X-Sandbox-Request": "one press"}
    assert (await post(session, url, ORDER, **header))[0] == 201
    assert await post(session, url, ORDER, **header) == (409, {"errors": ["sandbox.request_repeated"]})
    assert len(sandbox.orders(MANUAL_TRADER)) == 1
    assert (await post(session, url, ORDER, **{**header, "X-Sandbox-Request": "another"}))[0] == 201


async def test_from_another_machine_nobody_trades_by_hand(
    sandbox: Sandbox, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await session_of(session, sandbox, MANUAL_TRADER)
    monkeypatch.setattr("peatio_sandbox.rest.callers.is_loopback", lambda _: False)
    assert await trading(session, sandbox) == {"refusal": "orders by hand are for this machine only"}
    url = f"{sandbox.url}{REST}/market/orders"
    assert await post(session, url, ORDER, **{"X-Sandbox-Session": token}) == REFUSED


async def test_without_such_a_member_there_is_no_form(session: aiohttp.ClientSession) -> None:
    config = SandboxConfig()
    others = tuple(member for member in config.members if member.name != MANUAL_TRADER)
    async with Sandbox(replace(config, members=others)) as sandbox:
        assert await trading(session, sandbox) is None
