"""The retry after an expired nonce, and all the ways in which a call can fail."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from decimal import Decimal

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from aioresponses import CallbackResult, aioresponses
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import (
    AnswerError,
    AuthError,
    NoAnswerError,
    NonceError,
    NotSentError,
    RateLimitError,
    RefusedError,
    RequestError,
    ServerError,
    TokenError,
)
from hummingbot.connector.exchange.peatio.http.client import RestClient
from hummingbot.connector.exchange.peatio.http.throttler import RequestThrottler

from test.hummingbot.connector.exchange.peatio.fixtures import API_KEY, SECRET, rest_url
from test.hummingbot.connector.exchange.peatio.ranger_server import web_sessions
from test.hummingbot.connector.exchange.peatio.recorded import answer
from test.hummingbot.connector.exchange.peatio.rest_support import Http, Remeasured, rest_of

D = Decimal


@pytest.fixture(autouse=True)
async def _sessions() -> AsyncIterator[None]:
    async with web_sessions():
        yield


@pytest.fixture
def remeasured() -> Remeasured:
    return Remeasured()


@pytest.fixture
async def rest(remeasured: Remeasured) -> RestClient:
    return rest_of(remeasured)


@pytest.fixture
def http() -> Iterator[Http]:
    with aioresponses() as mock:
        yield Http(mock)


# Expired nonces.


async def test_an_expired_nonce_measures_the_clock_and_asks_once_more(
    rest: RestClient, http: Http, remeasured: Remeasured
) -> None:
    http.answer("market/orders/14", 401, answer("auth nonce -6s"))
    http.answer("market/orders/14", body=answer("taker order (multi-trade)"))

    assert (await rest.order("14")).order_id == "14"
    assert remeasured.count == 1


async def test_a_nonce_that_expires_again_is_the_users_to_mend(
    rest: RestClient, http: Http, remeasured: Remeasured
) -> None:
    for _ in range(2):
        http.answer("market/orders", 401, answer("auth nonce +6s"), method="POST")

    with pytest.raises(NonceError, match="Set this machine's clock"):
        await rest.create_order("btcusd", True, D(1), D(1))
    assert remeasured.count == 1
    assert len(http.requests) == 2


async def test_a_refused_token_is_asked_with_once_more_by_a_new_clock(
    rest: RestClient, http: Http, remeasured: Remeasured
) -> None:
    for _ in range(2):
        http.answer("market/orders", 401, {"errors": ["jwt.decode_and_verify"]}, method="POST")

    with pytest.raises(TokenError, match=r"jwt\.decode_and_verify"):
        await rest.create_order("btcusd", True, D(1), D(1))
    assert remeasured.count == 1
    assert len(http.requests) == 2


async def test_other_refusals_are_not_asked_again(rest: RestClient, http: Http, remeasured: Remeasured) -> None:
    http.answer("market/orders/14", 401, answer("auth bad signature"))

    with pytest.raises(AuthError, match="Check the API secret"):
        await rest.order("14")
    assert remeasured.count == 0


# Failures.


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (422, {"errors": ["market.account.insufficient_balance"]}, RefusedError),
        (422, {"errors": ["market.order.create_error"]}, ServerError),
        (502, "<html><title>502 Bad Gateway</title></html>", ServerError),
        (500, "", ServerError),
        (200, "<html>hello</html>", ServerError),
        (201, "", ServerError),
    ],
)
async def test_an_answer_that_is_no_success_has_its_type(
    rest: RestClient, http: Http, status: int, body: object, kind: type[Exception]
) -> None:
    http.answer("market/orders", status, body, method="POST")

    with pytest.raises(kind) as raised:
        await rest.create_order("btcusd", True, D(1), D(1))
    assert type(raised.value) is kind
    assert str(raised.value).startswith("POST market/orders was answered with HTTP")


async def test_too_many_requests_tell_when_to_come_back(rest: RestClient, http: Http) -> None:
    http.answer("public/version", 429, "Retry later\n", headers={"Retry-After": "7"})

    with pytest.raises(RateLimitError) as raised:
        await rest.version()
    assert raised.value.retry_after_s == 7


@pytest.mark.parametrize("status", [429, 503])
async def test_every_kind_of_request_is_held_back_as_its_answer_asks(rest: RestClient, http: Http, status: int) -> None:
    calls: dict[str, tuple[str, str, Callable[[], Awaitable[object]]]] = {
        CONSTANTS.PUBLIC_LIMIT_ID: ("GET", "public/version", rest.version),
        CONSTANTS.CHECK_LIMIT_ID: ("GET", "public/timestamp", rest.timestamp),
        CONSTANTS.REST_LIMIT_ID: ("GET", "account/members/me", rest.member_uid),
        CONSTANTS.CREATE_LIMIT_ID: ("POST", "market/orders", lambda: rest.create_order("btcusd", True, D(1), D(1))),
        CONSTANTS.CANCEL_LIMIT_ID: ("POST", "market/orders/7/cancel", lambda: rest.cancel_order("7")),
    }
    throttler = rest._factory.throttler
    assert isinstance(throttler, RequestThrottler)
    for number, (kind, (method, path, call)) in enumerate(calls.items()):
        http.answer(path, status, "Retry later\n", method, headers={"Retry-After": f"{5 + number}"})
        with pytest.raises(AnswerError):
            await call()
        assert 0 < throttler.held_s(kind) <= 5 + number
    assert throttler.held_s(CONSTANTS.CLOCK_LIMIT_ID) == 0.0


async def test_json_of_too_many_levels_is_an_unreadable_answer(rest: RestClient, http: Http) -> None:
    for status in (200, 502):
        http.answer("public/version", status, "[" * 100_000)
        with pytest.raises(ServerError):
            await rest.version()


async def test_bytes_that_are_no_text_are_an_unreadable_answer(rest: RestClient, http: Http) -> None:
    http.mock.get(rest_url("public/version"), status=502, body=b"\xff\xfe\xfa", content_type="text/html; charset=utf-8")

    with pytest.raises(ServerError, match="no readable body"):
        await rest.version()


KEY = ConnectionKey("exchange.example", 443, True, True, None, None, None)


@pytest.mark.parametrize(
    "error",
    [
        aiohttp.ClientConnectorError(KEY, ConnectionRefusedError(111, "Connection refused")),
        aiohttp.ClientConnectorDNSError(KEY, OSError(-2, "Name or service not known")),
        aiohttp.ClientConnectorCertificateError(KEY, ssl.SSLCertVerificationError("expired")),
    ],
)
async def test_without_a_connection_nothing_was_sent(rest: RestClient, http: Http, error: OSError) -> None:
    http.fail("market/orders", error, method="POST")

    with pytest.raises(NotSentError, match=r"POST market/orders: no connection to https://exchange\.example"):
        await rest.create_order("btcusd", True, D(1), D(1))


async def test_an_order_that_the_own_limit_keeps_back_was_not_sent(
    remeasured: Remeasured, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancels and questions go out all the same."""
    monkeypatch.setattr(CONSTANTS, "REQUEST_LIMIT", 5)
    rest = rest_of(remeasured)
    for _ in range(4):
        http.answer("public/timestamp", body='"2026-11-20T19:36:09+00:00"')
        await rest.timestamp()
    with pytest.raises(NotSentError, match="The limit of 4 requests is reached"):
        await rest.create_order("btcusd", True, D(1), D(1))
    http.fail("market/orders/1/cancel", aiohttp.ServerDisconnectedError(), method="POST")
    with pytest.raises(NoAnswerError):
        await asyncio.wait_for(rest.cancel_order("1"), 5)
    assert [str(url) for _, url, _ in http.requests if "orders" in str(url)] == [rest_url("market/orders/1/cancel")]


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (TimeoutError(), "no answer in time"),
        (aiohttp.ServerTimeoutError(), "no answer in time"),
        (aiohttp.ServerDisconnectedError(), "ServerDisconnectedError"),
        (aiohttp.ClientOSError(104, "Connection reset by peer"), "ClientOSError"),
        (aiohttp.ClientPayloadError(), "ClientPayloadError"),
        (ConnectionResetError(), "ConnectionResetError"),
    ],
)
async def test_a_connection_lost_after_sending_leaves_the_outcome_open(
    rest: RestClient, http: Http, error: Exception, says: str
) -> None:
    http.fail("market/orders", error, method="POST")

    with pytest.raises(NoAnswerError, match=f"POST market/orders: {says} from https://exchange.example"):
        await rest.create_order("btcusd", True, D(1), D(1))


async def test_an_answer_that_does_not_come_is_not_waited_for_for_ever(
    rest: RestClient, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest._sender, "_timeout_s", 0.05)

    async def never(*args: object, **kwargs: object) -> CallbackResult:
        await asyncio.Event().wait()
        raise AssertionError

    http.mock.get(rest_url("public/version"), callback=never)

    with pytest.raises(NoAnswerError, match="no answer in time"):
        await asyncio.wait_for(rest.version(), 5)


async def test_nor_is_the_rest_of_a_body() -> None:
    silent = asyncio.Event()

    async def half_an_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{")
        await silent.wait()
        writer.close()

    server = await asyncio.start_server(half_an_answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    patient = rest_of(Remeasured(), f"127.0.0.1:{port}", timeout_s=0.05)
    try:
        with pytest.raises(NoAnswerError, match="no answer in time"):
            await asyncio.wait_for(patient.version(), 5)
    finally:
        silent.set()
        server.close()


async def test_no_failure_shows_key_or_secret(rest: RestClient, http: Http) -> None:
    http.answer("market/orders/1", 401, answer("auth bad signature"))
    http.fail("market/orders/2", aiohttp.ServerDisconnectedError())
    http.answer("market/orders/3", 502, "<html></html>")

    for order_id in ("1", "2", "3"):
        with pytest.raises(RequestError) as raised:
            await rest.order(order_id)
        for text in (str(raised.value), repr(raised.value)):
            assert API_KEY not in text
            assert SECRET not in text
