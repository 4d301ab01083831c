"""An exchange that has moved: the user reads where to, and no request goes there."""

from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import MovedError, Outcome
from hummingbot.connector.exchange.peatio.http.assistants import make_factory
from hummingbot.connector.exchange.peatio.http.client import RestClient
from hummingbot.connector.exchange.peatio.http.clock import read_time
from hummingbot.connector.exchange.peatio.http.redirects import RedirectError, refused_redirects
from hummingbot.connector.exchange.peatio.peatio_auth import PeatioAuth
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.connector.exchange.peatio.settings.exchanges import venue_of
from hummingbot.connector.time_synchronizer import TimeSynchronizer
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.events import MarketEvent
from hummingbot.user.user_balances import UserBalances

from peatio_sandbox import FaultKind, Sandbox
from test.end_to_end.support import Bot, running_bot
from test.patience import eventually

PAIR = "BTC-USD"
CREATES: dict[str, Any] = {"path": "/market/orders", "method": "POST"}


class Elsewhere:
    """Another server, which writes down what arrives and redirects `/from/…` to `/to/…`."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        self.requests.append(f"{request.method} {request.path}")
        if request.path.startswith("/from/"):
            raise web.HTTPFound(request.path.replace("/from/", "/to/", 1))
        return web.json_response([])


@pytest.fixture
async def elsewhere() -> AsyncIterator[Elsewhere]:
    server = Elsewhere()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_request_follows_a_redirect_to_another_site(
    sandbox: Sandbox, elsewhere: Elsewhere, status: int
) -> None:
    sandbox.faults.start(FaultKind.REDIRECT, path="*", status=status, site=elsewhere.url)
    venue, member = venue_of(sandbox.url), sandbox.members["bot"]
    auth = PeatioAuth(member.api_key, member.secret, TimeSynchronizer())
    factory = make_factory(venue, auth=auth)
    rest = RestClient(factory, venue.address, None)
    calls: list[Callable[[], Awaitable[Any]]] = [
        rest.timestamp,
        rest.markets,
        rest.tickers,
        rest.balances,
        rest.open_orders,
        lambda: rest.candles("btcusd", 1),
        lambda: rest.cancel_order("1"),
        lambda: rest.create_order("btcusd", True, Decimal("0.1"), Decimal(1)),
        lambda: read_time(venue),
    ]
    for call in calls:
        with pytest.raises(MovedError) as refusal:
            await call()
        assert str(refusal.value).startswith(f"The exchange moved: write {elsewhere.url} as its address.")
        assert refusal.value.outcome is (Outcome.AMBIGUOUS if status == 303 else Outcome.NOT_PROCESSED)
    for channel in ("public", "private"):
        assistant = await factory.get_ws_assistant()
        with pytest.raises(RedirectError, match="The exchange moved: write"):
            await assistant.connect(ws_url=venue.address.websocket_url(channel), ws_headers=auth.headers())
    await factory.close()
    assert elsewhere.requests == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_an_order_that_is_redirected_fails_with_the_new_address(
    sandbox: Sandbox, bot: Bot, elsewhere: Elsewhere, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONSTANTS, "PLACE_RETRY_LIMIT_S", 0.5)
    monkeypatch.setattr(CONSTANTS, "PLACEMENT_PAUSE_S", 0.5)
    fault = sandbox.faults.start(FaultKind.REDIRECT, status=status, site=elsewhere.url, **CREATES)
    order_id = bot.place(PAIR, TradeType.SELL, "0.1", "30000")
    failure = await bot.event(MarketEvent.OrderFailure, order_id)
    assert f"The exchange moved: write {elsewhere.url} as its address." in failure.error_message
    assert elsewhere.requests == []
    assert sandbox.orders("bot") == []
    sandbox.faults.stop(fault)
    await bot.live(bot.place(PAIR, TradeType.SELL, "0.1", "30000"))


async def test_a_site_that_redirects_to_https_is_not_healthy_and_says_what_to_write(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """At Hummingbot's network check, and at `connect`, whose table shows the beginning of an error."""
    sandbox.faults.start(FaultKind.REDIRECT, path="*")
    advice = f"The exchange moved: write {sandbox.url.replace('http', 'https', 1)} as its address."
    member = sandbox.members["bot"]
    async with running_bot(sandbox.url, member, [PAIR], wait_ready=False, closes_client=False) as bot:
        await eventually(lambda: "answers neither on its websocket nor over REST" in caplog.text, "the user reads it")
        assert advice in caplog.text
        assert not bot.exchange.ready
    market = PeatioExchange(member.api_key, member.secret, sandbox.url)
    shown = await UserBalances._update_balances(market)
    assert shown is not None
    assert shown.startswith(advice)
    await market._web_assistants_factory.close()


async def test_only_a_public_request_is_redirected_within_its_site(elsewhere: Elsewhere) -> None:
    login = {"X-Auth-Apikey": "k", "X-Auth-Nonce": "1", "X-Auth-Signature": "s"}
    async with aiohttp.ClientSession(trace_configs=[refused_redirects()]) as session:
        async with session.get(f"{elsewhere.url}/from/markets?page=1") as response:
            assert response.status == 200
        assert elsewhere.requests == ["GET /from/markets", "GET /to/markets"]
        for method, headers in (("GET", login), ("GET", {"Authorization": "Bearer t"}), ("POST", {})):
            with pytest.raises(RedirectError, match=f"{elsewhere.url} redirects /from/x to /to/x: check the prefixes"):
                await session.request(method, f"{elsewhere.url}/from/x", headers=headers)
        with pytest.raises(RedirectError):
            await session.ws_connect(f"{elsewhere.url}/from/x")
    assert len(elsewhere.requests) == 6
