"""The table of dialects, and finding out over REST where and how an exchange takes orders."""

import asyncio
import logging
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import aiohttp
import pytest
from aioresponses import aioresponses
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.dialects import AUTO, DIALECTS, OPENFINEX, book_stream_of
from hummingbot.connector.exchange.peatio.common.errors import AuthError, NoRouteError, RateLimitError, RefusedError
from hummingbot.connector.exchange.peatio.http.client import RestClient
from hummingbot.connector.exchange.peatio.http.throttler import RequestThrottler

from test.hummingbot.connector.exchange.peatio.fixtures import SITE
from test.hummingbot.connector.exchange.peatio.ranger_server import web_sessions
from test.hummingbot.connector.exchange.peatio.recorded import answer
from test.hummingbot.connector.exchange.peatio.rest_support import Http, Remeasured, rest_of

D = Decimal
HERE, FINEX = f"{SITE}/api/v2/peatio/market/orders", f"{SITE}/api/v2/finex/market/orders"
NOWHERE = {"status": 404, "body": "404 Not Found"}
NO_SUCH_MARKET = {"status": 422, "payload": {"errors": ["market.spot_market.doesnt_exist_or_not_enabled"]}}
ORDER = answer("create limit sell JSON strings")


@pytest.fixture
def http() -> Iterator[Http]:
    with aioresponses() as mock:
        yield Http(mock)


@pytest.fixture
async def rest() -> Any:
    async with web_sessions():
        yield rest_of(Remeasured())


def posts(http: Http) -> list[tuple[str, Any]]:
    """Address and body of each POST, in order of address."""
    return [(str(url), kwargs.get("data")) for method, url, kwargs in http.requests if method == "POST"]


def test_a_row_says_how_a_create_is_worded() -> None:
    assert AUTO.create_body("btcusd", True, D("0.50"), D("3E+4")) == {
        "market": "btcusd", "side": "buy", "volume": "0.50", "ord_type": "limit", "price": "30000"
    }  # fmt: skip
    assert OPENFINEX.create_body("btcusd", False, D("0.50"), None) == {
        "market": "btcusd", "side": "sell", "amount": "0.50", "type": "market"
    }  # fmt: skip


def test_the_first_row_is_the_default_and_each_has_its_name() -> None:
    assert next(iter(DIALECTS)) == "auto"
    assert all(name == dialect.name for name, dialect in DIALECTS.items())
    assert [dialect.name for dialect in DIALECTS.values() if dialect.is_searched] == ["auto"]


@pytest.mark.parametrize(("version", "stream"), [("2.3.44", "update"), ("2.4.0", "ob-inc"), ("", "ob-inc")])
def test_the_book_stream_follows_from_the_version(version: str, stream: str) -> None:
    assert book_stream_of(version) == stream


def test_only_openfinex_is_told_that_an_order_may_not_take() -> None:
    for dialect in DIALECTS.values():
        body = dialect.create_body("btcusd", True, D("1"), D("2"), is_maker_only=True)
        assert body[dialect.type_name] == ("post_only" if dialect is OPENFINEX else "limit")
        assert dialect.create_body("btcusd", True, D("1"), None, is_maker_only=True)[dialect.type_name] == "market"


async def test_orders_that_nobody_takes_here_are_taken_by_an_openfinex(
    rest: RestClient, http: Http, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    http.mock.post(HERE, **NOWHERE)
    http.mock.post(FINEX, **NO_SUCH_MARKET)
    http.mock.post(FINEX, status=201, payload=ORDER, repeat=True)
    http.mock.post(f"{FINEX}/cancel/{ORDER['id']}", status=201, payload=ORDER)
    http.mock.get(f"{FINEX}/{ORDER['id']}", payload=ORDER)

    placed = await rest.create_order("btcusd", True, D("0.5"), D(30000))
    await rest.cancel_order(placed.order_id)
    await rest.order(placed.order_id)

    assert rest.dialect is OPENFINEX
    bodies = [body for url, body in posts(http) if url == FINEX]
    assert ["amount" in body for body in bodies] == [True, True]
    assert '"0.5"' in bodies[1]
    assert [url for url, _ in posts(http)].count(HERE) == 1
    assert "(dialect openfinex)" in caplog.text
    assert "`dialect: openfinex` in conf/peatio.yml" in caplog.text


async def test_a_cancel_finds_them_too(rest: RestClient, http: Http) -> None:
    http.mock.post(f"{HERE}/101/cancel", **NOWHERE)
    http.mock.post(FINEX, **NO_SUCH_MARKET)
    http.mock.post(f"{FINEX}/cancel/101", status=201, payload=ORDER)

    # A gateway that restarts may answer both: no route, and come back later.
    throttler = rest._factory.throttler
    assert isinstance(throttler, RequestThrottler)
    throttler.hold(CONSTANTS.REST_LIMIT_ID, RateLimitError("GET account/balances", 429, retry_after_s=3600))

    async with asyncio.timeout(5):
        assert (await rest.cancel_order("101")).order_id == str(ORDER["id"])


async def test_two_at_once_search_once(rest: RestClient, http: Http) -> None:
    http.mock.post(HERE, **NOWHERE, repeat=True)
    http.mock.post(FINEX, **NO_SUCH_MARKET)
    http.mock.post(FINEX, status=201, payload=ORDER, repeat=True)

    await asyncio.gather(*(rest.create_order("btcusd", True, D(1), D(30000)) for _ in range(2)))

    assert len([url for url, _ in posts(http) if url == FINEX]) == 3


async def test_where_nobody_takes_orders_it_is_said_and_not_searched_again(rest: RestClient, http: Http) -> None:
    http.mock.post(HERE, **NOWHERE, repeat=True)
    http.mock.post(FINEX, **NOWHERE, repeat=True)

    for _ in range(2):
        with pytest.raises(NoRouteError):
            await rest.create_order("btcusd", True, D(1), D(30000))

    assert [url for url, _ in posts(http)].count(FINEX) == 1
    assert rest.dialect is AUTO


@pytest.mark.parametrize("trouble", [{"exception": aiohttp.ServerDisconnectedError()}, {"status": 401, "body": "{}"}])
async def test_a_search_without_an_answer_is_made_again(
    rest: RestClient, http: Http, trouble: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    http.mock.post(HERE, **NOWHERE, repeat=True)
    http.mock.post(FINEX, **trouble)
    http.mock.post(FINEX, **NO_SUCH_MARKET)
    http.mock.post(FINEX, status=201, payload=ORDER)

    with pytest.raises(NoRouteError):
        await rest.create_order("btcusd", True, D(1), D(30000))
    assert "Could not find out whether orders are taken" in caplog.text
    await rest.create_order("btcusd", True, D(1), D(30000))
    assert rest.dialect is OPENFINEX


@pytest.mark.parametrize("status", [400, 405])
async def test_the_no_of_any_web_server_is_no_openfinex(rest: RestClient, http: Http, status: int) -> None:
    """A gateway that starts anew may serve nothing here and static files there."""
    http.mock.post(HERE, **NOWHERE)
    http.mock.post(FINEX, status=status, body="<html>Not Allowed</html>")
    with pytest.raises(NoRouteError):
        await rest.create_order("btcusd", True, D("0.5"), D(30000))
    assert rest.dialect is AUTO
    http.mock.post(HERE, status=201, payload=ORDER)
    await rest.create_order("btcusd", True, D("0.5"), D(30000))


async def test_where_nobody_took_orders_is_searched_again_later(
    rest: RestClient, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONSTANTS, "ORDER_SEARCH_INTERVAL_S", 0.0)
    for _ in range(2):
        http.mock.post(HERE, **NOWHERE)
    http.mock.post(FINEX, **NOWHERE)
    with pytest.raises(NoRouteError):
        await rest.create_order("btcusd", True, D("0.5"), D(30000))
    http.mock.post(FINEX, **NO_SUCH_MARKET)
    http.mock.post(FINEX, status=201, payload=ORDER)
    await rest.create_order("btcusd", True, D("0.5"), D(30000))
    assert rest.dialect is OPENFINEX


async def test_a_refusal_is_an_answer_and_nothing_is_searched(rest: RestClient, http: Http) -> None:
    http.mock.post(HERE, status=404, payload={"errors": ["record.not_found"]})
    with pytest.raises(RefusedError):
        await rest.create_order("btcusd", True, D(1), D(30000))
    assert [url for url, _ in posts(http)] == [HERE]


async def test_what_was_set_by_hand_is_not_searched(http: Http) -> None:
    async with web_sessions():
        rest = rest_of(Remeasured(), dialect=DIALECTS["zsmartex"])
        http.mock.post(HERE, **NOWHERE)
        with pytest.raises(NoRouteError):
            await rest.create_order("btcusd", True, D(1), D(30000))
    assert [url for url, _ in posts(http)] == [HERE]


async def test_an_order_of_nothing_tells_whether_orders_are_taken(rest: RestClient, http: Http) -> None:
    http.mock.post(HERE, **NO_SUCH_MARKET)
    await rest.ask_for_no_order()

    http.mock.post(HERE, status=403, payload={"errors": ["market.trade.not_permitted"]})
    with pytest.raises(AuthError):
        await rest.ask_for_no_order()

    # Should one take it, it is cancelled.
    http.mock.post(HERE, status=201, payload={**ORDER, "id": 7})
    http.mock.post(f"{HERE}/7/cancel", status=201, payload={**ORDER, "id": 7})
    await rest.ask_for_no_order()
    assert posts(http)[-1][0] == f"{HERE}/7/cancel"
