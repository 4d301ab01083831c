"""A bot whose exchange can be reached through an HTTP proxy only, over REST and websocket, with TLS and without."""

import asyncio
import base64
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hummingbot.connector.exchange.peatio.common.errors import ProxyError
from hummingbot.connector.exchange.peatio.http import assistants
from hummingbot.connector.exchange.peatio.settings.exchanges import NAMED_EXCHANGES, load_named_exchanges
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import Sandbox
from test.end_to_end.proxy import HOST, PASSWORD, USER, Proxy, running_proxy, self_signed, tls_end
from test.end_to_end.support import running_bot
from test.patience import eventually

NAME = "peatio_far"
LOGIN = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


def name_exchange(folder: Path, scheme: str, proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a user would, in conf/peatio.yml. The host can be found by nobody but the proxy."""
    entry = f"    domain: {scheme}://{HOST}\n    proxy: {proxy}\n"
    if scheme == "https":
        entry += "    ca_file: certificate.pem\n"
    (folder / "peatio.yml").write_text(f"exchanges:\n  far:\n{entry}")
    named_exchanges, problems = load_named_exchanges(folder)
    assert problems == []
    assert PASSWORD not in repr(named_exchanges)
    monkeypatch.setitem(NAMED_EXCHANGES, NAME, named_exchanges[NAME])
    monkeypatch.setattr(assistants, "_CONNECTIONS", {})


async def proxied(
    stack: AsyncExitStack, sandbox: Sandbox, folder: Path, scheme: str, password: str = PASSWORD
) -> Proxy:
    port = urlsplit(sandbox.url).port or 0
    if scheme == "https":
        port = await stack.enter_async_context(tls_end(port, self_signed(folder)))
    return await stack.enter_async_context(running_proxy(port, password))


def assert_hidden(text: str) -> None:
    assert PASSWORD not in text
    assert LOGIN not in text


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_everything_goes_through_the_proxy(
    scheme: str,
    sandbox: Sandbox,
    stack: AsyncExitStack,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    proxy = await proxied(stack, sandbox, tmp_path, scheme)
    name_exchange(tmp_path, scheme, proxy.url, monkeypatch)
    async with running_bot("", sandbox.members["bot"], ["BTC-USD"], domain=NAME) as bot:
        order_id = bot.place("BTC-USD", TradeType.BUY, "0.1", "29000")
        await bot.live(order_id)
        bot.exchange.cancel("BTC-USD", order_id)
        await bot.event(MarketEvent.OrderCancelled, order_id)
        assert bot.exchange._user_stream_tracker.is_live

    if scheme == "https":
        assert set(proxy.asked) == {f"CONNECT {HOST}:443"}
    else:
        assert [asked for asked in proxy.asked if f"://{HOST}/api/v2/" not in asked] == []
        for channel in ("public", "private"):
            assert f"GET ws://{HOST}/api/v2/ranger/{channel}" in proxy.asked  # aiohttp's way
    assert_hidden(caplog.text)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("trouble", ["dead", "refuses"])
async def test_a_proxy_that_does_not_work_is_named_and_its_password_is_not(
    scheme: str,
    trouble: str,
    sandbox: Sandbox,
    stack: AsyncExitStack,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    proxy = await proxied(stack, sandbox, tmp_path, scheme, password="another")
    if trouble == "dead":
        await stack.aclose()
    name_exchange(tmp_path, scheme, proxy.url, monkeypatch)
    bot = sandbox.members["bot"]
    async with running_bot("", bot, ["BTC-USD"], wait_ready=False, domain=NAME) as running:
        with pytest.raises(ProxyError) as caught:
            await running.exchange.rest.timestamp()
        data_source = running.exchange.order_book_tracker.data_source
        listening = asyncio.ensure_future(data_source.listen_for_subscriptions())
        await eventually(lambda: "websocket" in caplog.text, "the websocket has failed too")
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)

    said = "no connection to the proxy" if trouble == "dead" else "the proxy refused with HTTP 407"
    assert said in str(caught.value)
    for text in (caplog.text, str(caught.value), repr(caught.value), str(caught.value.__cause__)):
        assert_hidden(text)
