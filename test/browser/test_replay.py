"""A recording in the page: what was seen live can be seen again, at any speed and from any point."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser

from peatio_sandbox import Latencies, Sandbox, SandboxConfig
from peatio_sandbox.web.recording import Recorder
from peatio_sandbox.web.replay import ReplayServer
from test.browser.browsing import Visit, visit
from test.browser.market import Market
from test.patience import eventually
from test.peatio_sandbox.support import Client

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

SHOWN = ("#orders", "#history", "#fills", "#balances")


class Recording:
    """A file, and what the page showed while it was made."""

    def __init__(self, path: Path, book: dict[str, list[list[str]]], tables: dict[str, Any], profit: str) -> None:
        self.path = path
        self.book = book
        self.tables = tables
        self.profit = profit


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def recording(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Recording]:
    """A run with orders, fills, a lost stream and a lost answer, looked at live."""
    path = tmp_path_factory.mktemp("recording") / "run.jsonl"
    config = SandboxConfig(seed=8, latencies=Latencies().scaled(0.2), ticker_period_s=0.5)
    async with aiohttp.ClientSession() as session, Sandbox(config, recorder=Recorder(path)) as sandbox:
        market = Market(sandbox, session)
        await market.fill_book()
        bot = Client(sandbox, session, "bot")
        await bot.limit("buy", "0.512345", "30010")
        await bot.limit("sell", "0.25", "30005")
        await session.post(f"{sandbox.url}/sandbox/faults", json={"kind": "answer_lost", "count": 1})
        with pytest.raises(aiohttp.ClientError):
            await bot.limit("buy", "0.125", "29995")
        await sandbox.settle()
        async with visit(browser, sandbox.url) as page:
            await eventually(lambda: count(page, "#orders tr[data-id]", 2), "both orders")
            await eventually(lambda: count(page, "#balances tr[data-currency]", 5), "balances")
            await eventually(lambda: count(page, "#fills tr[data-id]", 1), "a fill")
            await page.page.locator("#show-history").click()
            await eventually(lambda: page.ask("() => sandboxPage.book.isSound"), "a book")
            tables = {name: await page.rows(name) for name in SHOWN}
            profit = await page.text("#profit-figure")
            shown = await page.book()
    yield Recording(path, shown, tables, profit)


async def count(page: Visit, selector: str, wanted: int) -> bool:
    return await page.page.locator(selector).count() == wanted


async def at_the_end(page: Visit) -> None:
    """Press End on the slider, as one does."""
    await page.page.locator("#player input").focus()
    await page.page.keyboard.press("End")


async def test_the_end_of_a_recording_shows_what_the_page_showed_live(browser: Browser, recording: Recording) -> None:
    async with ReplayServer(recording.path) as server, visit(browser, server.url) as page:
        assert "recording run.jsonl" in await page.text("h1")
        assert "SANDBOX" in await page.text("h1")
        await at_the_end(page)
        await page.page.locator("#show-history").click()
        await eventually(lambda: page.ask("() => sandboxPage.book.isSound"), "a book")
        await eventually(lambda: same(page, recording), "the same book")
        for name in SHOWN:
            assert await page.rows(name) == recording.tables[name], name
        assert await page.text("#profit-figure") == recording.profit
        requests = await page.rows("#requests")
        assert [row[1] for row in requests] == ["no answer", "201", "201"]
        assert requests[0][0] == "POST /market/orders"
        assert 'Fault: {"kind":"answer_lost","count":1}' in await page.text("#notes")
        assert page.errors == []


async def same(page: Visit, recording: Recording) -> bool:
    return await page.book() == recording.book


async def test_one_pauses_goes_back_and_plays_faster(browser: Browser, recording: Recording) -> None:
    async with ReplayServer(recording.path) as server, visit(browser, server.url) as page:
        player = page.page.locator("#player")
        await player.get_by_role("button", name="Pause").click()
        await at_the_end(page)
        await eventually(lambda: count(page, "#orders tr[data-id]", 2), "the end")
        await page.page.keyboard.press("Home")
        await eventually(lambda: count(page, "#orders tr[data-id]", 0), "the beginning")
        assert await page.text("#player .figure") != ""
        await player.get_by_label("Speed").select_option("100")
        await player.get_by_role("button", name="Play").click()
        await eventually(lambda: count(page, "#orders tr[data-id]", 2), "the end again")
        await player.get_by_role("button", name="Play").wait_for()
        assert page.errors == []


@pytest.mark.parametrize("width", [360, 1440])
async def test_the_player_fits(browser: Browser, recording: Recording, width: int) -> None:
    async with ReplayServer(recording.path) as server, visit(browser, server.url, width=width) as page:
        await at_the_end(page)
        assert await page.ask("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert not await page.page.locator("#trade-panel").is_visible(), "nobody trades"
        assert not await page.page.locator("#faults-panel").is_visible(), "nothing can be broken"


async def test_the_chart_begins_before_the_exchange_live_and_in_a_recording(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "past.jsonl"
    rows = "() => sandboxPage.candles.rows.length"
    async with Sandbox(SandboxConfig(history_s=86_400), recorder=Recorder(path)) as sandbox:
        async with visit(browser, sandbox.url) as page:
            await eventually(lambda: page.ask(f"{rows} >= 300"), "candles of five hours")
    async with ReplayServer(path) as server, visit(browser, server.url) as page:
        await eventually(lambda: page.ask(f"{rows} >= 300"), "the same candles")
        await page.page.get_by_role("button", name="5m", exact=True).click()
        await eventually(lambda: page.ask(f"{rows} >= 288 && sandboxPage.period.name === '5m'"), "a day of candles")
        await at_the_end(page)
        assert await page.ask(f"{rows} >= 288")
        assert page.errors == []
