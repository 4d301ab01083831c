"""The gateway's key check over a real socket. The recorded cases are in the replay; these are the rest."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import aiohttp
import pytest

from peatio_sandbox import MemberSpec, Sandbox, SandboxConfig
from peatio_sandbox.config import DEFAULT_MEMBERS, make_credentials
from test.peatio_sandbox.support import REST, Client, sign

BALANCES = f"{REST}/account/balances"


async def codes(session: aiohttp.ClientSession, url: str, headers: dict[str, str]) -> tuple[int, list[str]]:
    async with session.get(url, headers=headers) as response:
        body = await response.json(content_type=None)
        return response.status, body["errors"] if isinstance(body, dict) else []


@pytest.mark.parametrize("blank", ["X-Auth-Apikey", "X-Auth-Nonce", "X-Auth-Signature"])
async def test_blank_or_missing_headers_are_named_as_such(
    sandbox: Sandbox, session: aiohttp.ClientSession, blank: str
) -> None:
    headers = Client(sandbox, session, "bot").headers()
    for wrong in ({**headers, blank: " "}, {k: v for k, v in headers.items() if k != blank}):
        assert await codes(session, sandbox.url + BALANCES, wrong) == (422, ["authz.invalid_api_key_headers"])


@pytest.mark.parametrize(("offset_s", "status"), [(-4.9, 200), (4.8, 200), (-5.1, 401), (5.2, 401)])
async def test_the_nonce_window_is_five_seconds_both_ways(
    sandbox: Sandbox, session: aiohttp.ClientSession, offset_s: float, status: int
) -> None:
    headers = Client(sandbox, session, "bot").headers(offset_s)
    assert (await codes(session, sandbox.url + BALANCES, headers))[0] == status


async def test_the_window_follows_the_exchanges_clock(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    sandbox.clock.offset_s = 3600.0
    client = Client(sandbox, session, "bot")
    assert (await codes(session, sandbox.url + BALANCES, client.headers()))[0] == 200
    assert await codes(session, sandbox.url + BALANCES, client.headers(-3600)) == (401, ["authz.nonce_expired"])


async def test_a_wrong_signature_is_told_before_an_inactive_key(
    sandbox: Sandbox, session: aiohttp.ClientSession
) -> None:
    kid, secret = make_credentials(0, "inactive")
    nonce = str(int(sandbox.clock.now_s() * 1000))
    url = sandbox.url + BALANCES
    assert await codes(session, url, sign(kid, secret, nonce)) == (401, ["authz.apikey_not_active"])
    assert await codes(session, url, sign(kid, "wrong", nonce)) == (401, ["authz.invalid_signature"])


async def test_a_key_that_is_switched_off_is_refused_and_another_one_goes_on(
    sandbox: Sandbox, session: aiohttp.ClientSession
) -> None:
    former, url = sandbox.members["bot"], sandbox.url + BALANCES
    new = sandbox.add_key("bot")
    sandbox.deactivate_key(former)
    nonce = str(int(sandbox.clock.now_s() * 1000))
    assert await codes(session, url, sign(former.api_key, former.secret, nonce)) == (401, ["authz.apikey_not_active"])
    assert await codes(session, url, sign(new.api_key, new.secret, nonce)) == (200, [])


async def test_a_key_whose_owner_has_no_second_factor_is_refused(session: aiohttp.ClientSession) -> None:
    careless = MemberSpec("careless", "IDCARELESS1", "careless@example.com", {"usd": Decimal(1)}, otp=False)
    config = replace(SandboxConfig(), members=(*DEFAULT_MEMBERS, careless))
    async with Sandbox(config) as sandbox:
        headers = Client(sandbox, session, "careless").headers()
        assert await codes(session, sandbox.url + BALANCES, headers) == (401, ["authz.disabled_2fa"])


async def test_the_same_headers_open_the_private_stream(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    url = f"{sandbox.url}/api/v2/ranger/private?stream=order&stream=trade"
    async with session.ws_connect(url, headers=Client(sandbox, session, "bot").headers()) as socket:
        assert (await socket.receive_json())["success"]["streams"] == ["order", "trade"]
    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
        await session.ws_connect(url, headers=Client(sandbox, session, "bot").headers(-60))
    assert refusal.value.status == 401


async def test_secrets_show_in_no_representation(sandbox: Sandbox) -> None:
    assert sandbox.members["bot"].secret not in repr(sandbox.members)
