"""What the page of `watch` says: a fault and its end; and what others wrote, as text."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.metrics.endpoint import close_endpoints
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from playwright.async_api import Browser

from peatio_cli.watch import server as server_module
from peatio_cli.watch import watched_bot
from peatio_cli.watch.views import answered
from peatio_liquidity.hedge_journal import HedgeJournal
from peatio_sandbox import FaultKind, Sandbox, SandboxConfig
from peatio_sandbox.exchange.market import Market as SandboxMarket
from test.browser.browsing import Visit, visit
from test.browser.market import Market
from test.browser.watched import bot_of
from test.end_to_end.scraping import free_port
from test.patience import eventually
from test.peatio_cli.watch.support import CONNECTOR, make_instance, read_key, serving, watching
from test.peatio_cli.watch.test_hedge_reader import add as add_pair_fill
from test.peatio_cli.watch.test_records import Database

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
                await eventually(lambda: contains(page, "#bot-facts", "Waits for"), "and why")
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


#: The keys of texts that others have written, in what a page gets; what the page compares is the same everywhere.
_TEXTS = ("name", "base_unit", "quote_unit", "uuid", "fee_currency", "currency", "ord_type", "text", "config", "bot",
          "trading_pair", "controller", "source", "connector", "connectors", "fence_reason", "end", "key", "order",
          "side", "activity", "problems", "state")  # fmt: skip


def marked(value: Any, name: str = "") -> Any:
    """The same with markup before every text that others wrote."""
    if isinstance(value, dict):
        return {key: marked(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [marked(inner, name) for inner in value]
    is_text = isinstance(value, str) and name in _TEXTS and value not in ("enabled", "wait")
    return f"{MARKUP}{value}" if is_text else value


async def test_markup_in_whatever_text_reaches_the_page_is_shown_as_text(
    browser: Browser, market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Currencies, order ids, sides, states, strategies, controllers, other exchanges: every table is filled with it."""
    json_of = server_module._json
    monkeypatch.setattr(server_module, "_json", lambda body: json_of(marked(json.loads(json.dumps(body)))))
    monkeypatch.setattr(
        "peatio_cli.watch.server.answered",
        lambda answer: answered(replace(answer, text=json.dumps(marked(json.loads(answer.text))))),
    )
    directory = make_instance(tmp_path / "my-bot", market.sandbox)
    database = Database(directory / "data" / "mm.sqlite")
    database.order("hedge", "kraken", 1_000, "SellOrderCreated", "OrderFilled")
    database.fill("hedge", "kraken", "t1", 2_500, "0.2", "30000")
    database.close()
    path = directory / "data" / "peatio_liquidity_m.sqlite"
    journal = HedgeJournal(path, f"{CONNECTOR} BTC-USD / kraken BTC-USDT", 1.0)
    add_pair_fill(journal, 1, is_buy=True, price="30000")
    journal.close()
    market.order("bot", "sell", "0.3", "30025")
    market.order("bot", "buy", "0.1", "30010")
    await market.sandbox.settle()
    async with watching(directory, keys=read_key(market.sandbox)) as server, visit(browser, server.url) as page:
        await page.page.select_option("#member", "the account")
        for selector in ("#bots", "#positions", "#foreign-orders", "#foreign-fills", "#fills", "#orders", "#balances",
                         "#markets", "#bot-facts", "#bot-title", "#elsewhere-note"):  # fmt: skip
            await eventually(lambda s=selector: shows_markup(page, s), selector)  # type: ignore[misc]
        assert await page.ask("() => document.querySelectorAll('img, iframe, body script, b').length") == 0
        assert await page.ask("() => window.ran") is None
        assert page.errors == []


async def shows_markup(page: Visit, selector: str) -> bool:
    """As text; currencies are written in capitals."""
    script = "selector => document.querySelector(selector).textContent.toLowerCase().includes('<img src=x')"
    return bool(await page.ask(script, selector))


#: Path → what a broken exchange, or another program at its address, answers.
_NONSENSE: dict[str, object] = {
    "public/markets": [None, {"id": 5}, {"id": "btcusd", "name": "BTC/USD", "base_unit": "btc", "quote_unit": "usd"}],
    "public/markets/tickers": {"btcusd": {"ticker": {"last": "1e999999999"}}},
    "public/markets/btcusd/depth": {"asks": [["soon", "1"], ["30001", "1"]], "bids": [[], ["29999", "2"]]},
    "public/markets/btcusd/trades": [{"id": 1}, 5, {"id": 2, "price": "30000", "amount": "1", "created_at": 1}],
    "public/markets/btcusd/k-line": [[1], "x", [60, 1, 1, 1, 1, 1]],
}


async def test_an_exchange_that_answers_nonsense_spoils_no_more_than_what_it_says(
    browser: Browser, tmp_path: Path
) -> None:
    async def broken(request: web.Request) -> web.Response:
        path = request.path.removeprefix("/api/v2/peatio/")
        return web.json_response(_NONSENSE.get(path, "?"))

    async with serving(broken) as site, Sandbox(SandboxConfig(seed=5)) as sandbox:
        directory = make_instance(tmp_path / "my-bot", sandbox)
        settings = directory / "conf" / "peatio.yml"
        settings.write_text(settings.read_text().replace(sandbox.url, f"http://127.0.0.1:{site.port}"))
        async with watching(directory) as server, visit(browser, server.url) as page:
            await eventually(lambda: is_link(page, "rest", "open"), "REST")
            await eventually(lambda: is_link(page, "market", "closed"), "no stream is said")
            await eventually(lambda: has_book(page, "30001", "29999"), "the rows that are some")
            assert await page.text("#book-state") != "in sequence"
            assert (await page.rows("#bots"))[0][2] == "stopped"
            assert [error for error in page.errors if "/ranger' failed" not in error and "502" not in error] == []


async def has_book(page: Visit, ask: str, bid: str) -> bool:
    book = await page.book()
    return [book[side][:1] and book[side][0][0] for side in ("asks", "bids")] == [ask, bid]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "REST failed: watch.ClientConnectorError"),
        (web.json_response, "REST failed: the exchange lists no open market"),
        ("<html>a login page</html>", "REST failed: watch.unexpected_answer"),
    ],
)
async def test_the_bot_is_shown_and_the_reason_said_while_its_exchange_shows_no_market(
    browser: Browser, tmp_path: Path, answer: object, said: str
) -> None:
    async def handler(_request: web.Request) -> web.Response:
        return web.Response(text=answer) if isinstance(answer, str) else web.json_response([])

    async with serving(handler) as site, Sandbox(SandboxConfig(seed=5)) as sandbox:
        directory = make_instance(tmp_path / "my-bot", sandbox)
        settings = directory / "conf" / "peatio.yml"
        port = free_port() if answer is None else site.port
        settings.write_text(settings.read_text().replace(sandbox.url, f"http://127.0.0.1:{port}"))
        async with watching(directory) as server, visit(browser, server.url, shows="#bots tr") as page:
            await eventually(lambda: contains(page, "#notes", said), said)
            assert (await page.rows("#bots"))[0][:3] == ["my-bot", CONNECTOR, "stopped"]
            assert await page.text("#bot-state") == "stopped"
            assert "down" in await page.text("#links")
            assert [error for error in page.errors if "status of 502" not in error] == []


async def contains(page: Visit, selector: str, text: str) -> bool:
    return text in await page.text(selector)


async def has_text(page: Visit, selector: str, text: str) -> bool:
    return await page.text(selector) == text
