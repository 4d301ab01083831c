"""Log-in by a token of the operator's: on REST, on the upgrade to a websocket, and as a message."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from peatio_sandbox import Sandbox, SandboxConfig
from test.peatio_sandbox.dialect_support import QUICK, World, world
from test.peatio_sandbox.support import REST

RSA, ED25519 = rsa.generate_private_key(public_exponent=65537, key_size=2048), ed25519.Ed25519PrivateKey.generate()
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PrivateKey = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
REFUSED = {"errors": ["jwt.decode_and_verify"]}


# Put off until the token is made: the tests are collected long before they run, and have the same names each time.
SECONDS_FROM_NOW = {"in half a minute": 30, "a second ago": -1}


def pem(key: PrivateKey | ec.EllipticCurvePrivateKey) -> str:
    """Return the public half of a key."""
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(encoding, form).decode()


WITH_KEYS = replace(QUICK, ticker_period_s=60.0, operator_keys=(pem(RSA), pem(ED25519)))


def claims(**changes: Any) -> dict[str, Any]:
    """Return what Peatio wants of a token, changed; None leaves a claim out."""
    now_s = int(time.time())
    full = {
        "iat": now_s,
        "exp": now_s + 60,
        "sub": "session",
        "iss": "barong",
        "aud": ["peatio", "barong"],
        "jti": "d3adb33f",
        "uid": "IDMAKER0001",
        "email": "maker@example.com",
        "role": "member",
        "level": 3,
        "state": "active",
    } | changes
    for name in ("iat", "exp"):
        if full[name] in SECONDS_FROM_NOW:
            full[name] = now_s + SECONDS_FROM_NOW[str(full[name])]
    return {name: value for name, value in full.items() if value is not None}


def bearer(key: PrivateKey = RSA, **changes: Any) -> dict[str, str]:
    """Return the header with a token."""
    algorithm = "RS256" if isinstance(key, rsa.RSAPrivateKey) else "EdDSA"
    return {"Authorization": f"Bearer {jwt.encode(claims(**changes), key, algorithm=algorithm)}"}


@pytest.fixture
async def peatio() -> AsyncIterator[World]:
    """Peatio 3.1 that knows two keys."""
    async with world(WITH_KEYS) as opened:
        yield opened


@pytest.fixture
async def oldest() -> AsyncIterator[World]:
    """The oldest Ruby Ranger, which knows them too."""
    async with world(replace(WITH_KEYS, dialect="ruby-ranger-0.4")) as opened:
        yield opened


async def ask(opened: World, path: str, headers: dict[str, str]) -> tuple[int, Any]:
    async with opened.session.get(f"{opened.sandbox.url}{REST}{path}", headers=headers) as response:
        return response.status, await response.json(content_type=None)


@pytest.mark.parametrize("key", [RSA, ED25519], ids=["RS256", "EdDSA"])
async def test_a_token_makes_its_bearer_the_member(peatio: World, key: PrivateKey) -> None:
    body = {"market": "btcusd", "side": "buy", "volume": "0.5", "price": "29990"}
    url = f"{peatio.sandbox.url}{REST}/market/orders"
    async with peatio.session.post(url, json=body, headers=bearer(key)) as response:
        assert response.status == 201, await response.text()
    await peatio.sandbox.settle()
    assert [order.state for order in peatio.sandbox.orders("maker")] == ["wait"]
    assert (await ask(peatio, "/account/members/me", bearer(key)))[1]["uid"] == "IDMAKER0001"


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": None},
        {"sub": "other"},
        {"jti": None},
        {"jti": ""},
        {"uid": None},
        {"uid": "IDNOBODY001"},
        {"email": None},
        {"email": "taker@example.com"},
        {"role": None},
        {"level": None},
        {"level": "3"},
        {"state": None},
        {"state": "banned"},
        {"iat": "in half a minute"},
        {"iat": None},
        {"exp": "a second ago"},
        {"exp": None},
    ],
    ids=str,
)
async def test_a_token_with_a_wrong_claim_is_refused(peatio: World, changes: dict[str, Any]) -> None:
    assert await ask(peatio, "/account/balances", bearer(**changes)) == (401, REFUSED)


@pytest.mark.parametrize(
    "header",
    [
        bearer(STRANGER)["Authorization"],
        bearer()["Authorization"].replace("Bearer ", ""),
        bearer()["Authorization"].replace("Bearer ", "Basic "),
        bearer()["Authorization"][:-4],
        "Bearer ",
        "Bearer a.b.c",
        f"Bearer {jwt.encode(claims(), 'x' * 32, algorithm='HS256')}",
        f"Bearer {jwt.encode(claims(), '', algorithm='none')}",
    ],
    ids=["stranger", "bare", "basic", "cut", "empty", "nonsense", "symmetric", "unsigned"],
)
async def test_anything_else_is_no_token(peatio: World, header: str) -> None:
    assert await ask(peatio, "/account/balances", {"Authorization": header}) == (401, REFUSED)


async def test_the_exchanges_clock_decides_what_is_too_late(peatio: World) -> None:
    peatio.sandbox.clock.offset_s = 61.0
    assert await ask(peatio, "/account/balances", bearer()) == (401, REFUSED)


@pytest.mark.parametrize(
    ("changes", "status"),
    [({}, 200), ({"aud": "peatio"}, 200), ({"aud": ["other"]}, 401), ({"aud": None}, 401), ({"iss": "other"}, 401)],
    ids=str,
)
async def test_audience_and_issuer_count_where_the_exchange_sets_them(changes: dict[str, Any], status: int) -> None:
    config = replace(WITH_KEYS, jwt_audience=("peatio", "barong"), jwt_issuer="barong")
    async with world(config) as opened:
        assert (await ask(opened, "/account/balances", bearer(**changes)))[0] == status
    async with world(WITH_KEYS) as opened:
        assert (await ask(opened, "/account/balances", bearer(**changes)))[0] == 200


async def test_the_level_in_the_token_decides_about_trading(peatio: World) -> None:
    not_permitted = {"errors": ["market.trade.not_permitted"]}
    assert await ask(peatio, "/market/orders", bearer(level=2)) == (403, not_permitted)
    assert (await ask(peatio, "/account/balances", bearer(level=2)))[0] == 200


async def test_keys_go_on_working_beside_tokens(peatio: World) -> None:
    maker = peatio.trader("maker")
    assert (await maker.get("/account/balances"))[0] == 200
    both = {**maker.headers(), "Authorization": "Bearer nonsense"}
    assert (await ask(peatio, "/account/balances", both))[0] == 401


async def test_a_gateway_without_keys_of_an_operator_ignores_the_header() -> None:
    async with world(QUICK) as opened:
        refused = {"errors": ["authz.invalid_session"]}
        assert await ask(opened, "/account/balances", bearer()) == (401, refused)
        both = {**opened.trader("maker").headers(), **bearer()}
        assert (await ask(opened, "/account/balances", both))[0] == 200


@pytest.mark.parametrize("key", [RSA, ED25519], ids=["RS256", "EdDSA"])
@pytest.mark.parametrize("dialect", ["peatio-3.1", "ruby-ranger", "ruby-ranger-0.4"])
async def test_a_token_in_the_upgrade_opens_the_private_streams(dialect: str, key: PrivateKey) -> None:
    async with world(replace(WITH_KEYS, dialect=dialect)) as opened:
        stream = await opened.stream("order", headers=bearer(key))
        assert stream.messages[0]["success"]["streams"] == ["order"]
        await opened.trader("maker").placed("buy", "0.5", "29990")
        assert (await stream.until("order"))["state"] == "pending"


@pytest.mark.parametrize("dialect", ["peatio-3.1", "ruby-ranger", "ruby-ranger-0.4"])
async def test_a_bad_token_in_the_upgrade_is_refused_without_a_word(dialect: str) -> None:
    async with world(replace(WITH_KEYS, dialect=dialect)) as opened:
        url = f"{opened.sandbox.url}/api/v2/ranger/private"
        async with opened.session.get(url, headers=bearer(STRANGER)) as response:
            assert (response.status, await response.text()) == (401, "")


async def test_rango_is_content_with_less_than_peatio(peatio: World) -> None:
    little = bearer(sub=None, jti=None, email=None, level=None, state=None, exp=None)
    assert (await peatio.stream("order", headers=little)).messages[0]["success"]["streams"] == ["order"]
    url = f"{peatio.sandbox.url}/api/v2/ranger/private"
    async with peatio.session.get(url, headers=bearer(aud="peatio")) as response:
        assert response.status == 401  # Rango wants an array
    async with world(replace(WITH_KEYS, dialect="ruby-ranger")) as ruby:
        async with ruby.session.get(f"{ruby.sandbox.url}/api/v2/ranger/private", headers=little) as response:
            assert response.status == 401


async def test_a_token_counts_on_the_public_path_too(peatio: World) -> None:
    url = f"{peatio.sandbox.url}/api/v2/ranger/public?stream=order"
    for headers, streams in ((bearer(), ["order"]), (bearer(STRANGER), [])):
        async with peatio.session.ws_connect(url, headers=headers) as socket:
            assert (await socket.receive_json())["success"]["streams"] == streams


async def test_a_token_comes_as_a_message_to_the_oldest_ranger(oldest: World) -> None:
    stream = await oldest.stream("order", headers={})
    await stream.say({"jwt": bearer()["Authorization"]})
    assert await stream.next() == {"success": {"message": "Authenticated."}}
    await oldest.trader("maker").placed("buy", "0.5", "29990")
    assert (await stream.until("order"))["state"] == "pending"
    await oldest.trader("taker").placed("buy", "0.5", "29980")
    assert [payload["price"] for _, payload in await stream.fence()] == ["29990.0", "29990.0"]


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ({"jwt": bearer(STRANGER)["Authorization"]}, "Authentication failed."),
        ({"jwt": bearer(exp=1)["Authorization"]}, "Authentication failed."),
        ({"jwt": "Bearer"}, "Authentication failed."),
        ({"jwt": bearer()["Authorization"].removeprefix("Bearer ")}, "Token type is not provided or invalid."),
        ({"jwt": 5}, "Token type is not provided or invalid."),
        ({}, "Token type is not provided or invalid."),
        ("nonsense", "Error while handling message."),
        ("[]", "Error while handling message."),
        ({"event": "subscribe", "streams": 5}, "Error while handling message."),
    ],
    ids=["stranger", "expired", "no token", "no type", "no text", "no jwt", "no JSON", "no object", "no streams"],
)
async def test_the_oldest_ranger_says_what_is_wrong_and_stays(oldest: World, message: object, answer: str) -> None:
    stream = await oldest.stream("order", headers={})
    await stream.say(message)
    assert await stream.next() == {"error": {"message": answer}}
    await oldest.trader("maker").placed("buy", "0.5", "29990")
    await stream.say({"jwt": bearer()["Authorization"]})
    assert await stream.next() == {"success": {"message": "Authenticated."}}


async def test_without_keys_the_oldest_ranger_believes_nobody() -> None:
    async with world(replace(QUICK, dialect="ruby-ranger-0.4")) as opened:
        stream = await opened.stream("order", headers={})
        await stream.say({"jwt": bearer()["Authorization"]})
        assert await stream.until("error") == {"message": "Authentication failed."}


async def test_rango_knows_no_such_message(peatio: World) -> None:
    stream = await peatio.stream()
    await stream.say({"jwt": "Bearer a.b.c"})
    assert await stream.next() == {"error": "Could not parse Type: Invalid event"}
    await stream.say({"jwt": bearer()["Authorization"]})
    assert await stream.next() == 1009  # and a real token is longer than a message may be


@pytest.mark.parametrize("key", ["no key", pem(ec.generate_private_key(ec.SECP256R1()))], ids=["text", "curve"])
def test_a_key_of_another_kind_is_refused_at_once(key: str) -> None:
    with pytest.raises(ValueError, match=r"PEM|RSA or Ed25519"):
        Sandbox(SandboxConfig(operator_keys=(key,)))
