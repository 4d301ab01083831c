"""Whose private connection it is: told by the upgrade, or by a message where a server does not greet."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.dialects import AUTO, DIALECTS, Dialect
from hummingbot.connector.exchange.peatio.common.errors import StreamError
from hummingbot.connector.exchange.peatio.http.jwt_auth import JwtAuth
from hummingbot.connector.exchange.peatio.peatio_auth import PeatioAuth
from hummingbot.connector.exchange.peatio.settings.exchanges import JwtLogin
from hummingbot.connector.exchange.peatio.websocket.private import (
    private_url,
    subscribe_balances,
    subscribe_private,
)
from hummingbot.connector.time_synchronizer import TimeSynchronizer

from test.hummingbot.connector.exchange.peatio.ranger_support import Ranger, connected, ranger_and_server
from test.patience import eventually

SUBSCRIBE = {"event": "subscribe", "streams": ["order", "trade"]}
KEY = PeatioAuth("key", "secret", TimeSynchronizer())


@pytest.fixture
def token(tmp_path: Path) -> JwtAuth:
    path = tmp_path / "key.pem"
    path.write_bytes(
        Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    path.chmod(0o600)
    return JwtAuth(JwtLogin(key_file=path, uid="U1", email="bot@example.com"), lambda: 1e9)


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONSTANTS, "ACK_TIMEOUT_S", 0.3)


@asynccontextmanager
async def standing(**settings: Any) -> AsyncIterator[Ranger]:
    """A connection that asks for nothing by itself."""
    async with ranger_and_server(**settings) as (ranger, _):
        ranger.subscribes = []
        async with connected(ranger):
            await eventually(lambda: ranger.connected == 1)
            yield ranger


def said(ranger: Ranger) -> list[Any]:
    return [json.loads(frame) for frame in ranger.server.frames]


async def answered(ranger: Ranger, message: object) -> None:
    """Answers the token, once it has come."""
    await eventually(lambda: any("jwt" in frame for frame in ranger.server.frames))
    await ranger.server.client.send(message)


def test_streams_are_asked_for_in_the_address_by_who_has_a_token(token: JwtAuth) -> None:
    assert private_url("ws://a/private", token) == "ws://a/private?stream=order&stream=trade"
    assert private_url("ws://a/private", KEY) == "ws://a/private"
    assert private_url("ws://a/private", KEY, True) == "ws://a/private?cancel_on_close=1"
    assert private_url("ws://a/private", token, True).endswith("?stream=order&stream=trade&cancel_on_close=1")


async def test_a_server_that_greets_gets_no_token_as_a_message(token: JwtAuth) -> None:
    """Rango cuts a connection that sends so long a message."""
    async with standing() as ranger:
        assert await subscribe_private(ranger.connection, token, AUTO) == {"order", "trade"}
        assert said(ranger) == [SUBSCRIBE]


async def test_an_api_key_never_goes_as_a_message() -> None:
    async with standing(greets=False) as ranger:
        await subscribe_private(ranger.connection, KEY, DIALECTS["ranger-0.4"])
        assert said(ranger) == [SUBSCRIBE]


async def test_a_server_that_does_not_greet_gets_the_token_and_nothing_else(token: JwtAuth) -> None:
    async with standing(greets=False) as ranger:
        confirmed = asyncio.create_task(subscribe_private(ranger.connection, token, AUTO))
        await answered(ranger, {"success": {"message": "Authenticated."}})
        assert await confirmed == {"order", "trade"}
        await subscribe_balances(ranger.connection, AUTO)
        assert ranger.connection.streams == {"order", "trade"}
        # What it was asked for in the address comes as arrays.
        await ranger.server.client.send(["order", {"id": 1}])
        await eventually(lambda: ranger.messages == [{"order": {"id": 1}}])
        # Not even a ping: to those servers it is a bad login.
        ranger.sleeps.ping_time()
        await asyncio.sleep(0.05)
        assert said(ranger) == [{"jwt": token.bearer()}]


@pytest.mark.parametrize(
    "answer",
    ["Authentication failed.", "Token type is not provided or invalid.", "Error while handling message."],
)
async def test_a_token_that_is_refused_is_told_with_its_remedy(token: JwtAuth, answer: str) -> None:
    async with standing(greets=False) as ranger:
        confirmed = asyncio.create_task(subscribe_private(ranger.connection, token, AUTO))
        await answered(ranger, {"error": {"message": answer}})
        with pytest.raises(StreamError) as caught:
            await confirmed
    assert f"refused the request: {answer} Check that the exchange trusts the signing key" in str(caught.value)
    assert token.bearer().removeprefix("Bearer ") not in str(caught.value)


async def test_a_server_that_passes_the_token_over_is_subscribed_to(token: JwtAuth) -> None:
    async with standing(greets=False) as ranger:
        assert await subscribe_private(ranger.connection, token, AUTO) == {"order", "trade"}
        assert said(ranger) == [{"jwt": token.bearer()}, SUBSCRIBE]


async def test_set_by_hand_the_token_goes_to_one_that_greets_too(token: JwtAuth) -> None:
    async with standing() as ranger:
        confirmed = asyncio.create_task(subscribe_private(ranger.connection, token, DIALECTS["ranger-0.4"]))
        await answered(ranger, {"success": {"message": "Authenticated."}})
        assert await confirmed == {"order", "trade"}
        assert said(ranger) == [{"jwt": token.bearer()}, SUBSCRIBE]


@pytest.mark.parametrize(
    ("dialect", "streams"), [(AUTO, ["balances", "balance"]), (DIALECTS["zsmartex"], ["balance"])]
)
async def test_pushed_balances_are_asked_for_and_not_relied_on(dialect: Dialect, streams: list[str]) -> None:
    async with standing() as ranger:
        await subscribe_private(ranger.connection, KEY, dialect)
        ranger.server.acks = False
        await subscribe_balances(ranger.connection, dialect)
        assert said(ranger)[1] == {"event": "subscribe", "streams": streams}
        assert ranger.connection.streams == {"order", "trade"}


async def test_an_answer_that_names_the_newest_streams_only_takes_none_away() -> None:
    async with standing() as ranger:
        await subscribe_private(ranger.connection, KEY, AUTO)
        ranger.server.acks = False
        asked = asyncio.create_task(subscribe_balances(ranger.connection, AUTO))
        await eventually(lambda: len(ranger.server.frames) == 2)
        ranger.server.client.streams = ["balances"]
        await ranger.server.client.ack()
        await asked
        assert ranger.connection.streams == {"order", "trade", "balances"}


async def test_a_dialect_without_pushed_balances_asks_for_none() -> None:
    async with standing() as ranger:
        await subscribe_private(ranger.connection, KEY, DIALECTS["ranger-0.4"])
        await subscribe_balances(ranger.connection, DIALECTS["ranger-0.4"])
        assert said(ranger) == [SUBSCRIBE]
