"""What the page of `watch` says: a fault and its end; and what others wrote, as text."""

import json
from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.metrics.endpoint import close_endpoints
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from playwright.async_api import Browser

from peatio_cli.watch import watched_bot
from peatio_sandbox import FaultKind
from peatio_sandbox.exchange.market import Market as SandboxMarket
from test.browser.browsing import Visit, visit
from test.browser.market import Market
from test.browser.watched import bot_of
from test.end_to_end.scraping import free_port
from test.patience import eventually
from test.peatio_cli.watch.support import CONNECTOR, make_instance, watching

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

MARKUP = "<img src=x onerror=\"window.ran='image'\"><script>window.ran='script'</script>"


async def test_a_fault_and_its_end_are_shown(
    browser: Browser, market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched_bot, "REPORT_S", 0.1)
    monkeypatch.setattr(CONSTANTS, "BACKOFF_MAXIMUM_S", 1.0)
    port = free_port()
    directory = make_instance(tmp_path / "my-bot", market.sandbox, f"metrics_port: {port}")
    try:
        settings = ConnectorSettings(metrics_port=port)
        async with bot_of(market.sandbox, directory, settings), watching(directory) as server:
            async with visit(browser, server.url) as page:
                await eventually(lambda: shows(page, "Ready", "yes"), "the bot is ready")
                await eventually(lambda: shows(page, "Books", "trusted"), "its book is trusted")
                fault = market.sandbox.faults.start(FaultKind.WEBSOCKET_DROP, duration_s=3600)
                await eventually(lambda: shows(page, "Books", "not trusted: BTC-USD"), "the book is not trusted")
                await eventually(lambda: shows(page, "Ready", "no"), "the bot is not ready")
                await eventually(lambda: is_link(page, "market", "closed"), "the page's own stream")
                assert (await page.rows("#bots"))[0][2:4] == ["running", "no"]
                market.sandbox.faults.stop(fault)
                await eventually(lambda: shows(page, "Books", "trusted"), "the book is trusted again")
                await eventually(lambda: shows(page, "Ready", "yes"), "the bot is ready again")
                await eventually(lambda: is_link(page, "market", "open"), "the page's own stream again")
                said = await page.text("#notes")  # the latest first
                ends = [
                    said.index(f"{CONNECTOR}: the public stream is back."),
                    said.index(f"{CONNECTOR}: the book of BTC-USD is trusted again"),
                ]
                starts = [
                    said.index(f"{CONNECTOR}: the public stream is down."),
                    said.index(f"{CONNECTOR}: the book of BTC-USD is not trusted (connection)"),
                ]
                assert all(end < start for end, start in zip(ends, starts, strict=True)), said
                # What Chromium itself says of a stream that cannot be opened.
                assert [error for error in page.errors if "/ranger' failed" not in error] == []
    finally:
        await close_endpoints()


async def shows(page: Visit, fact: str, value: str) -> bool:
    script = """fact => [...document.querySelectorAll("#bot-facts dt")].find(dt => dt.textContent === fact)
        ?.nextElementSibling.textContent"""
    return bool(await page.ask(script, fact) == value)


async def is_link(page: Visit, name: str, state: str) -> bool:
    return bool(await page.ask("name => watchPage.links[name]", name) == state)


async def test_markup_of_an_exchange_and_of_a_bot_is_shown_as_text(
    browser: Browser, market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SandboxMarket, "name", property(lambda self: f"{MARKUP}{self.symbol}"))
    directory = make_instance(tmp_path / "<b>my-bot", market.sandbox)
    bot = directory / "data" / "bot"
    bot.mkdir()
    (bot / "meta.json").write_text(json.dumps({"strategy_name": MARKUP}))
    (bot / "status.json").write_text(json.dumps({"format_status": MARKUP, "updated_at": 1.0}))
    async with watching(directory) as server, visit(browser, server.url) as page:
        await eventually(lambda: page.ask("() => watchPage.links.market === 'open'"), "the market")
        assert f"{MARKUP}btcusd" in await page.text("#markets")
        assert f"{MARKUP}btcusd" in await page.text("#chart-title")
        await eventually(lambda: has_text(page, "#strategy-text", MARKUP), "the strategy's text")
        assert MARKUP in await page.text("#strategy-name")
        assert await page.text("#bot-title") == "<b>my-bot"
        assert await page.ask("() => document.querySelectorAll('img, body script, b').length") == 0
        assert await page.ask("() => window.ran") is None
        assert page.errors == []


async def has_text(page: Visit, selector: str, text: str) -> bool:
    return await page.text(selector) == text
