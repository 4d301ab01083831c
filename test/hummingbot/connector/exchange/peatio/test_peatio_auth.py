"""Barong's signature, and that the secret goes nowhere but into it."""

import asyncio
import logging
import re
from datetime import datetime

import pytest
from hummingbot.connector.exchange.peatio.peatio_auth import PeatioAuth
from hummingbot.connector.time_synchronizer import TimeSynchronizer
from hummingbot.core.web_assistant.connections.data_types import RESTMethod, RESTRequest, WSJSONRequest

from test.hummingbot.connector.exchange.peatio.recorded import step

API_KEY = "61d025b8573501c2"
SECRET = "2d0b4979c7fe6986daa8e21d1dc0644f"
# The server's clock in the recording `auth nonce first use`, and the signature that Barong's documented formula,
# hex(HMAC-SHA256(secret, nonce + key)), gives for it:
#   printf 179520767000061d025b8573501c2 | openssl dgst -sha256 -hmac 2d0b4979c7fe6986daa8e21d1dc0644f
NONCE_MS = 1795207670000
SIGNATURE = "03899bb6efca726b251d00c8715a7749fd4bc1acab9474a05eed798c431d51ce"


class FixedClock(TimeSynchronizer):
    """A clock that stands where a test puts it."""

    def __init__(self, now_s: float) -> None:
        super().__init__()
        self.now_s = now_s

    def time(self) -> float:
        return self.now_s


def auth_at(now_s: float) -> PeatioAuth:
    return PeatioAuth(API_KEY, SECRET, FixedClock(now_s))


def test_the_headers_are_key_nonce_and_signature() -> None:
    assert auth_at(NONCE_MS / 1e3).headers() == {
        "X-Auth-Apikey": API_KEY,
        "X-Auth-Nonce": str(NONCE_MS),
        "X-Auth-Signature": SIGNATURE,
    }


def test_the_form_is_the_one_that_the_recorded_gateway_accepted() -> None:
    """Lower-case hexadecimal: the same signature in upper case was refused; a nonce in seconds as well."""
    assert step("auth nonce first use")["response"]["status"] == 200
    assert step("auth uppercase hex signature")["response"]["status"] == 401
    assert step("auth nonce in seconds")["response"]["status"] == 401

    headers = auth_at(datetime.fromisoformat(step("public timestamp")["response"]["body"]).timestamp()).headers()

    assert re.fullmatch(r"[0-9a-f]{64}", headers["X-Auth-Signature"])
    assert re.fullmatch(r"[0-9]{13}", headers["X-Auth-Nonce"])


@pytest.mark.parametrize(("now_s", "nonce"), [(1795207670.0, "1795207670000"), (1795207670.9999, "1795207670999")])
def test_the_nonce_is_in_whole_milliseconds(now_s: float, nonce: str) -> None:
    assert auth_at(now_s).headers()["X-Auth-Nonce"] == nonce


async def test_a_rest_request_gets_the_headers_beside_its_own() -> None:
    request = RESTRequest(
        method=RESTMethod.POST, url="https://exchange.example", headers={"Content-Type": "application/json"}, data="{}"
    )

    signed = await auth_at(NONCE_MS / 1e3).rest_authenticate(request)

    assert signed is request
    assert signed.headers == {"Content-Type": "application/json", **auth_at(NONCE_MS / 1e3).headers()}
    assert (signed.url, signed.data) == ("https://exchange.example", "{}")


async def test_a_rest_request_without_headers_is_signed_too() -> None:
    request = RESTRequest(method=RESTMethod.GET, url="https://exchange.example")

    assert (await auth_at(NONCE_MS / 1e3).rest_authenticate(request)).headers == auth_at(NONCE_MS / 1e3).headers()


async def test_every_request_is_signed_with_the_time_at_which_it_is_signed() -> None:
    clock = FixedClock(1.0)
    auth = PeatioAuth(API_KEY, SECRET, clock)
    request = RESTRequest(method=RESTMethod.GET, url="https://exchange.example")
    first = dict((await auth.rest_authenticate(request)).headers or {})

    clock.now_s = 2.0
    second = dict((await auth.rest_authenticate(request)).headers or {})

    assert (first["X-Auth-Nonce"], second["X-Auth-Nonce"]) == ("1000", "2000")
    assert first["X-Auth-Signature"] != second["X-Auth-Signature"]


async def test_the_servers_clock_is_used_and_not_this_machines() -> None:
    synchronizer = TimeSynchronizer()
    server_time: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    server_time.set_result(1000.0 * 1e3)
    await synchronizer.update_server_time_offset_with_time_provider(server_time)

    nonce_ms = int(PeatioAuth(API_KEY, SECRET, synchronizer).headers()["X-Auth-Nonce"])

    assert 1_000_000 <= nonce_ms < 1_060_000


async def test_a_websocket_message_stays_as_it_is() -> None:
    request = WSJSONRequest(payload={"event": "subscribe"})

    assert await auth_at(1.0).ws_authenticate(request) is request
    assert request.payload == {"event": "subscribe"}


async def test_the_secret_is_in_nothing_that_is_shown_or_sent(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    auth = auth_at(NONCE_MS / 1e3)
    request = await auth.rest_authenticate(RESTRequest(method=RESTMethod.GET, url="https://exchange.example"))

    for text in (repr(auth), str(auth), f"{auth}", caplog.text):
        assert SECRET not in text
        assert API_KEY not in text
    assert repr(auth) == "PeatioAuth(…)"
    assert SECRET not in repr(request)
