"""The doctor and logins: keys that do not work, permissions that are missing, tokens, and what may not be shown."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hummingbot.connector.exchange.peatio.common.errors import REMEDIES
from hummingbot.connector.exchange.peatio.settings.exchanges import JwtLogin, Venue

from peatio_cli.doctor.command import examine
from peatio_cli.doctor.findings import Verdict
from peatio_cli.doctor.target import Target
from test.peatio_cli.doctor_support import (
    KEY,
    PATIENCE,
    SECRET,
    Fake,
    Report,
    examined,
    only,
    serving,
)

SNAPSHOT = {"btcusd.ob-snap": {"asks": [["30010.0", "1"]], "bids": [], "sequence": 1}}
BARONG_CODES = [code for code in REMEDIES if code.startswith("authz.")]


@pytest.mark.parametrize("code", BARONG_CODES)
async def test_each_error_of_barong_is_explained(code: str) -> None:
    answer = (401, json.dumps({"errors": [code]}))
    async with serving(Fake({"account/balances": answer, "market/orders": answer})) as fake:
        report = await examined(fake.url, checks=only("key", "two_factor", "permissions"))
    (failed,) = report.failed
    assert failed == {"authz.disabled_2fa": "two_factor"}.get(
        code, "permissions" if code in ("authz.invalid_permission", "authz.permission_denied") else "key"
    )
    assert code in report.detail(failed)
    assert report.remedy(failed) == REMEDIES[code]


REFUSED = (401, json.dumps({"errors": ["authz.invalid_permission"]}))


async def test_the_key_may_not_trade() -> None:
    async with serving(Fake({"market/orders": REFUSED}, frames=[SNAPSHOT])) as fake:
        report = await examined(fake.url, trade="btcusd")
    assert report.failed == {"permissions"}
    assert report.detail("permissions").startswith("may not read orders, place orders: GET market/orders was")
    assert report.remedy("permissions") == REMEDIES["authz.invalid_permission"]
    assert report.verdict("private_stream") is Verdict.OK
    assert report.detail("order") == "cannot be checked while 'permissions' fails"


async def test_the_key_may_read_only() -> None:
    def orders(request: web.Request) -> Any:
        return REFUSED if request.method == "POST" else []

    async with serving(Fake({"market/orders": orders})) as fake:
        report = await examined(fake.url, checks=only("permissions"))
    assert report.detail("permissions").startswith("may not place orders: POST market/orders was")


async def test_the_key_may_do_nothing() -> None:
    answers = {"account/balances": REFUSED, "market/orders": REFUSED}
    async with serving(Fake(answers, websocket_status=401)) as fake:
        report = await examined(fake.url, checks=only("key", "two_factor", "permissions", "private_stream", "balances"))
    assert report.of(Verdict.OK) == {"key", "two_factor"}
    assert report.detail("permissions").startswith("may not read balances, read orders, place orders: ")
    assert report.detail("private_stream") == "the websocket was refused (HTTP 401)"
    assert "ask the exchange to let it use the private stream" in report.remedy("private_stream")
    assert report.remedy("balances") == REMEDIES["authz.invalid_permission"]


@pytest.mark.parametrize("status", [401, 403, 423, 471])
async def test_a_restricted_account_is_explained(status: int) -> None:
    answer = (status, json.dumps({"errors": ["authz.restrict.maintenance"]}))
    async with serving(Fake({"account/balances": answer})) as fake:
        report = await examined(fake.url, checks=only("key"))
    assert "authz.restrict.maintenance" in report.detail("key")
    assert "ask its support" in report.remedy("key")


async def test_what_an_exchange_repeats_is_struck_out() -> None:
    def echo(request: web.Request) -> tuple[int, str]:
        return 400, f"<title>bad: {request.headers['X-Auth-Apikey']} and {SECRET}</title>"

    async with serving(Fake({"account/balances": echo})) as fake:
        report = await examined(fake.url, checks=only("key"))
    assert "bad: (hidden) and (hidden)" in report.detail("key")
    assert KEY not in str(report)


async def test_an_impossible_order_that_is_taken_is_cancelled() -> None:
    cancelled = []
    order = {
        "id": 7,
        "market": "doctor-no-market",
        "side": "buy",
        "state": "pending",
        "origin_volume": "0",
        "remaining_volume": "0",
        "executed_volume": "0",
        "created_at": "2026-11-20T19:36:09+00:00",
    }

    def orders(request: web.Request) -> Any:
        return order if request.method == "POST" else []

    def cancel(request: web.Request) -> Any:
        cancelled.append(request.path)
        return order

    async with serving(Fake({"market/orders": orders, "market/orders/7/cancel": cancel})) as fake:
        await examined(fake.url, checks=only("permissions"))
    assert len(cancelled) == 1


async def test_an_order_that_only_the_engine_knows_is_not_taken_for_gone() -> None:
    taken = {
        "id": None,
        "uuid": "6f1dd9f4-0000-4000-8000-000000000001",
        "market": "btcusd",
        "side": "buy",
        "state": "pending",
        "price": "0.01",
        "origin_volume": "0.0001",
        "remaining_volume": "0.0001",
        "executed_volume": "0.0",
        "created_at": "2026-11-20T19:36:09+00:00",
    }

    def orders(request: web.Request) -> Any:
        return taken if request.method == "POST" else []

    unknown = (404, json.dumps({"errors": ["record.not_found"]}))
    answers = {
        "market/orders": orders,
        f"market/orders/{taken['uuid']}": unknown,
        f"market/orders/{taken['uuid']}/cancel": unknown,
        "public/markets/btcusd/depth": {"asks": [], "bids": []},
        "account/balances": [{"currency": "usd", "balance": "1.0", "locked": "0.0"}],
    }
    async with serving(Fake(answers)) as fake:
        timeouts = replace(PATIENCE, order_s=0.3)
        report = await examined(fake.url, trade="btcusd", checks=only("markets", "order"), timeouts=timeouts)
    assert f"order {taken['uuid']} (buy 0.0001 at 0.01 on btcusd) may still be open" in report.detail("order")
    assert report.remedy("order") == "Look at your open orders at the exchange and cancel it there."


async def test_no_fee_for_the_market() -> None:
    fees = [{"group": "any", "market_id": "ethusd", "maker": "0.1", "taker": "0.1"}]
    async with serving(Fake({"public/trading_fees": fees})) as fake:
        report = await examined(fake.url, checks=only("markets", "fee_group"))
    assert report.verdict("fee_group") is Verdict.WARNING
    assert report.detail("fee_group").startswith("group not told (before Peatio 3.1): no fee for btcusd")


def signing_key(folder: Path) -> tuple[Path, Ed25519PrivateKey]:
    key = Ed25519PrivateKey.generate()
    path = folder / "key.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    path.chmod(0o600)
    return path, key


@pytest.mark.parametrize("is_trusted", [True, False])
async def test_a_login_by_token(tmp_path: Path, is_trusted: bool) -> None:
    path, key = signing_key(tmp_path)
    trusted = key.public_key() if is_trusted else Ed25519PrivateKey.generate().public_key()
    tokens = []

    def balances(request: web.Request) -> Any:
        scheme, _, token = request.headers["Authorization"].partition(" ")
        tokens.append(token)
        try:
            claims = jwt.decode(token, trusted, algorithms=["EdDSA"])
        except jwt.PyJWTError:
            return 401, json.dumps({"errors": ["jwt.decode_and_verify"], "you": token})
        assert (scheme, claims["uid"], claims["sub"]) == ("Bearer", "U1", "session")
        return []

    async with serving(Fake({"account/balances": balances, "market/orders": []})) as fake:
        named_exchange = Venue(
            name=f"peatio_token{is_trusted}".lower(),
            domain=fake.url,
            login="jwt",
            jwt=JwtLogin(key_file=path, uid="U1", email="bot@example.com"),
        )
        assert named_exchange.jwt is not None
        rows = await examine(
            Target(named_exchange.name, named_exchange.address, named_exchange.jwt, named_exchange),
            only("address", "key", "two_factor", "private_stream"),
            PATIENCE,
        )
    report = Report({row.key: row for row in rows})
    assert tokens
    if is_trusted:
        assert report.failed == set()
        assert report.detail("key") == "the token for U1 is taken"
        assert report.detail("two_factor") == "not asked for: the login is a token, not an API key"
    else:
        assert report.failed == {"key"}
        assert "trust the public half of your signing key" in report.remedy("key")
    assert not any(token in str(rows) for token in tokens)
