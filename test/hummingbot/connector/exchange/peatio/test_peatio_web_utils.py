"""URLs, the factory that knows the server's clock before it signs, and how that clock is read."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator

import pytest
from aioresponses import CallbackResult, aioresponses
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio import peatio_web_utils as web_utils
from hummingbot.connector.exchange.peatio.common.errors import ConfigError, MessageError
from hummingbot.connector.exchange.peatio.http.assistants import make_factory
from hummingbot.connector.exchange.peatio.http.clock import ExchangeClock
from hummingbot.connector.exchange.peatio.http.throttler import RequestThrottler
from hummingbot.connector.exchange.peatio.peatio_auth import PeatioAuth
from hummingbot.connector.exchange.peatio.settings.exchanges import venue_of
from hummingbot.connector.time_synchronizer import TimeSynchronizer
from hummingbot.core.api_throttler.async_throttler import AsyncThrottler
from hummingbot.core.api_throttler.async_throttler_base import AsyncThrottlerBase
from hummingbot.core.api_throttler.data_types import RateLimit
from hummingbot.core.web_assistant.connections.data_types import RESTMethod
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory

from test.hummingbot.connector.exchange.peatio.ranger_server import RangerServer, web_sessions
from test.hummingbot.connector.exchange.peatio.recorded import answer

SITE = "https://exchange.example"
TIME_URL = f"{SITE}/api/v2/peatio/public/timestamp"


@pytest.fixture(autouse=True)
async def _sessions() -> AsyncIterator[None]:
    async with web_sessions():
        yield


def synchronized_factory(throttler: AsyncThrottlerBase, synchronizer: TimeSynchronizer) -> WebAssistantsFactory:
    """Measures the clock before it signs for the first time."""
    clock = ExchangeClock(venue_of(SITE), synchronizer, throttler, logging.getLogger(__name__))
    return make_factory(venue_of(SITE), throttler, PeatioAuth("key", "secret", synchronizer), [clock])


@pytest.mark.parametrize(
    ("domain", "rest", "websocket"),
    [
        (SITE, f"{SITE}/api/v2/peatio", "wss://exchange.example/api/v2/ranger"),
        ("127.0.0.1:8090", "http://127.0.0.1:8090/api/v2/peatio", "ws://127.0.0.1:8090/api/v2/ranger"),
        ("", "http://127.0.0.1:8090/api/v2/peatio", "ws://127.0.0.1:8090/api/v2/ranger"),
    ],
)
async def test_urls_follow_the_domain(domain: str, rest: str, websocket: str) -> None:
    assert web_utils.public_rest_url("public/markets", domain) == f"{rest}/public/markets"
    assert web_utils.private_rest_url("market/orders", domain) == f"{rest}/market/orders"
    assert venue_of(domain).address.websocket_url("public") == f"{websocket}/public"
    assert venue_of(domain).address.websocket_url("private") == f"{websocket}/private"


async def test_the_domain_may_be_left_out() -> None:
    assert web_utils.public_rest_url("x") == web_utils.private_rest_url("x") == web_utils.public_rest_url("x", "")


async def test_a_domain_that_cannot_be_read_is_told() -> None:
    with pytest.raises(ConfigError):
        web_utils.public_rest_url("public/markets", "not a host")


async def test_the_clock_is_read_from_the_timestamp() -> None:
    with aioresponses() as http:
        http.get(TIME_URL, body='"2026-11-20T20:47:50+00:00"')

        assert answer("public timestamp") == "2026-11-20T20:47:50+00:00"
        assert await web_utils.get_current_server_time(domain=SITE) == 1795207670500.0


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (503, "<html>busy</html>", OSError),
        (200, '{"time": 5}', MessageError),
        (200, "null", MessageError),
        (200, "<html>hello</html>", ValueError),
    ],
)
async def test_without_a_time_there_is_an_error(status: int, body: str, error: type[Exception]) -> None:
    with aioresponses() as http:
        http.get(TIME_URL, status=status, body=body)

        with pytest.raises(error):
            await web_utils.get_current_server_time(domain=SITE)


async def test_a_clock_that_does_not_answer_costs_no_more_than_a_request_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONSTANTS, "REQUEST_TIMEOUT_S", 0.05)

    async def never(*args: object, **kwargs: object) -> CallbackResult:
        await asyncio.Event().wait()
        raise AssertionError

    with aioresponses() as http:
        http.get(TIME_URL, callback=never)

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(web_utils.get_current_server_time(domain=SITE), 5)


async def test_nor_does_one_whose_answer_stops_in_the_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONSTANTS, "REQUEST_TIMEOUT_S", 0.05)
    silent = asyncio.Event()

    async def half_an_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 27\r\n\r\n"2026')
        await silent.wait()
        writer.close()

    server = await asyncio.start_server(half_an_answer, "127.0.0.1", 0)
    site = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2) as limit:
                await web_utils.get_current_server_time(domain=site)
        assert not limit.expired(), "the wait has no limit of its own"
    finally:
        silent.set()
        server.close()


async def test_requests_that_wait_for_the_clock_do_not_ask_for_it_one_after_the_other() -> None:
    """Each would wait for a time-out of its own while the exchange does not answer."""
    async with RangerServer() as server:
        venue = venue_of(server.url)
        server.rest["public/timestamp"] = [(503, "")]
        clock = ExchangeClock(
            venue, TimeSynchronizer(), RequestThrottler(venue.rate_limits), logging.getLogger(__name__)
        )
        await asyncio.gather(*(clock.ensure() for _ in range(5)))
        assert len(server.rest_requests) == 1


async def test_the_first_request_measures_the_clock_and_only_the_first() -> None:
    synchronizer = TimeSynchronizer()
    factory = synchronized_factory(RequestThrottler(venue_of(SITE).rate_limits), synchronizer)
    nonces: list[int] = []

    def signed(url: object, **kwargs: dict[str, str]) -> CallbackResult:
        nonces.append(int(kwargs["headers"]["X-Auth-Nonce"]))
        return CallbackResult(body="[]")

    with aioresponses() as http:
        http.get(TIME_URL, body='"2026-11-20T20:47:50+00:00"', repeat=True)
        http.get(re.compile(".*/account/balances"), callback=signed, repeat=True)
        for _ in range(3):
            assistant = await factory.get_rest_assistant()
            await assistant.execute_request(
                url=web_utils.private_rest_url(CONSTANTS.BALANCES_PATH, SITE),
                throttler_limit_id=CONSTANTS.REST_LIMIT_ID,
                method=RESTMethod.GET,
                is_auth_required=True,
            )

        asked = [str(url) for (_, url), calls in http.requests.items() for _ in calls]
    assert asked.count(TIME_URL) == 1
    assert all(0 <= nonce - 1795207670500 < 5000 for nonce in nonces)
    assert len(nonces) == 3


async def test_a_request_that_waits_for_the_rate_limit_is_signed_after_the_wait() -> None:
    synchronizer = TimeSynchronizer()
    synchronizer.add_time_offset_ms_sample(0.0)
    throttler = AsyncThrottler([RateLimit("one", limit=1, time_interval=0.5)], retry_interval=0.01)
    factory = synchronized_factory(throttler, synchronizer)
    nonces_ms: list[int] = []

    def signed(url: object, **kwargs: dict[str, str]) -> CallbackResult:
        nonces_ms.append(int(kwargs["headers"]["X-Auth-Nonce"]))
        return CallbackResult(body="[]")

    with aioresponses() as http:
        http.get(re.compile(".*/account/balances"), callback=signed, repeat=True)
        assistant = await factory.get_rest_assistant()
        url = web_utils.private_rest_url(CONSTANTS.BALANCES_PATH, SITE)
        await asyncio.gather(
            *(assistant.execute_request(url, "one", is_auth_required=True) for _ in range(2)),
        )

    assert nonces_ms[1] - nonces_ms[0] > 300


async def test_the_clocks_own_request_measures_no_clock() -> None:
    factory = make_factory(venue_of(SITE))
    with aioresponses() as http:
        http.get(re.compile(".*/public/version"), body="{}")
        assistant = await factory.get_rest_assistant()
        await assistant.execute_request(
            web_utils.public_rest_url(CONSTANTS.VERSION_PATH, SITE), CONSTANTS.REST_LIMIT_ID
        )

        assert len(http.requests) == 1


async def test_over_a_socket_the_clock_is_this_machines() -> None:
    async with RangerServer() as server:
        server.answer_time()

        server_s = await web_utils.get_current_server_time(domain=server.url) / 1e3

    own_s = TimeSynchronizer().time()
    assert abs(server_s - own_s) < 30
