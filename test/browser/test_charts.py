"""The charts: local times when the clocks change, thousands of candles, what a pointer or the keyboard finds."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Browser, Route

from peatio_sandbox import Sandbox
from peatio_sandbox.exchange.clock import Clock
from test.browser.browsing import Visit, visit
from test.browser.conftest import Open, quick_config
from test.browser.market import Market
from test.patience import eventually

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

#: Half a minute before clocks in Berlin go back from three to two.
BEFORE_THE_END_OF_SUMMER = datetime(2026, 10, 25, 0, 59, 30, tzinfo=UTC)


async def tip(page: Visit, chart: str) -> dict[str, str]:
    """Return what a chart's tooltip says; nothing while there is none."""
    return dict(await page.ask(_TIP, chart))


_TIP = """chart => {
    const box = document.querySelector(`${chart} .tooltip`);
    const names = box === null || box.hidden ? [] : [...box.querySelectorAll("dt")];
    return names.map(name => [name.textContent, name.nextElementSibling.textContent]);
}"""


async def test_candles_go_on_when_summer_time_ends(browser: Browser) -> None:
    clock = Clock(offset_s=BEFORE_THE_END_OF_SUMMER.timestamp() - Clock().now_s())
    async with Sandbox(quick_config(), clock=clock) as sandbox:
        market = Market(sandbox, None)
        await market.fill_book()
        market.order("taker", "buy", "0.1", "30010")
        await sandbox.settle()
        now = BEFORE_THE_END_OF_SUMMER
        async with visit(browser, sandbox.url, zone="Europe/Berlin", now=now) as page:
            await eventually(lambda: newest_candle(page, "25 Oct 2026, 02:59:00", "30,010.00"), "a candle of summer")
            clock.offset_s += 60
            await page.page.clock.set_fixed_time(now + timedelta(minutes=1))
            market.order("taker", "sell", "0.1", "29990")
            await eventually(lambda: newest_candle(page, "25 Oct 2026, 02:00:00", "29,990.00"), "one of winter")
            assert page.errors == []


_MARKS = """async times => {
    const { mark, weight } = await import("/web/js/chart_base.js");
    return times.map(text => {
        const at_s = Date.parse(text) / 1000;
        return [weight(at_s - 60, at_s), mark(at_s, 2), mark(at_s, 3)];
    });
}"""


async def test_the_time_scale_marks_days_and_hours_of_the_browsers_zone(browser: Browser, sandbox: Sandbox) -> None:
    times = ["2026-10-24T22:00Z", "2026-10-25T00:00Z", "2026-10-25T01:00Z", "2026-10-25T02:00Z", "2026-10-25T02:07Z"]
    async with visit(browser, sandbox.url, zone="Europe/Berlin") as page:
        assert await page.ask(_MARKS, times) == [
            [50, "25 Oct", "00:00"],  # midnight in Berlin
            [30, "25 Oct", "02:00"],  # midnight of UTC is an hour like others
            [30, "25 Oct", "02:00"],  # the same hour again
            [31, "25 Oct", "03:00"],
            [20, "25 Oct", "03:07"],
        ]


async def newest_candle(page: Visit, start: str, close: str) -> bool:
    """Whether the arrow keys find a candle that begins and closes so at the right end."""
    await page.page.locator("#candles").focus()
    await page.page.keyboard.press("Escape")
    await page.page.keyboard.press("ArrowRight")
    shown = await tip(page, "#candles")
    return (shown.get("from"), shown.get("close")) == (start, close)


async def test_thousands_of_candles_are_read_as_one_looks_at_them(open_page: Open, market: Market) -> None:
    """K-line answers a page of 1000 at most here; the page asks for what is before the first it has."""
    last = datetime.now(UTC).replace(second=0, microsecond=0)
    rows = [candle(last - timedelta(minutes=number), number) for number in range(4500)][::-1]
    asked: list[dict[str, list[str]]] = []

    async def k_line(route: Route) -> None:
        query = parse_qs(urlsplit(route.request.url).query)
        asked.append(query)
        until_s = int(query["time_to"][0]) if "time_to" in query else rows[-1][0]
        there = [row for row in rows if row[0] <= until_s]
        await route.fulfill(json=there[-int(query["limit"][0]) :])

    async with open_page() as page:
        await page.page.route("**/k-line?*", k_line)
        await page.page.locator("#periods").get_by_text("5m", exact=True).click()
        await page.page.locator("#periods").get_by_text("1m", exact=True).click()
        await eventually(lambda: count(page, 1000), "the latest candles")
        box = await page.page.locator("#candles").bounding_box()
        assert box is not None
        await page.page.mouse.move(box["x"] + 200, box["y"] + 100)
        for expected in (2000, 3000, 4000, 4500):
            await page.page.mouse.wheel(-9000, 0)
            await eventually(lambda expected=expected: reaches(page, expected), f"{expected} candles")  # type: ignore[misc]
        await eventually(lambda: is_complete(page), "the end of what there is")
        assert len([query for query in asked if "time_to" in query]) == 5
        assert page.errors == []


def candle(start: datetime, number: int) -> list[float]:
    price = 30000 + number % 50
    return [int(start.timestamp()), price, price + 20, price - 20, price + 5, 1.5]


async def count(page: Visit, wanted: int) -> bool:
    return bool(await page.ask("() => sandboxPage.candles.rows.length") >= wanted)


async def reaches(page: Visit, wanted: int) -> bool:
    """Drag on to the left until so many candles are there."""
    await page.page.mouse.wheel(-9000, 0)
    return await count(page, wanted)


async def is_complete(page: Visit) -> bool:
    await page.page.mouse.wheel(-9000, 0)
    return bool(await page.ask("() => sandboxPage.candles.isComplete"))


async def test_a_pointer_and_the_keyboard_find_what_the_charts_show(open_page: Open, market: Market) -> None:
    clock = market.sandbox.clock
    clock.set_to(clock.now_s() // 60 * 60 + 60)  # all trades are of one candle
    market.order("bot", "buy", "0.2", "30010")
    market.order("taker", "sell", "0.1", "29990")
    market.order("bot", "buy", "0.3", "29995")
    await market.sandbox.settle()
    async with open_page() as page:
        await eventually(lambda: page.ask("() => sandboxPage.candles.rows.length > 0"), "a candle")
        await eventually(lambda: page.ask("() => sandboxPage.book.isSound"), "a book")
        await eventually(lambda: page.ask("() => sandboxPage.account.fills.size === 1"), "the fill")
        shown = {"high": "30,010.00", "low": "29,990.00", "◆ bought": "0.2 BTC"}
        await eventually(lambda: newest_candle_is(page, shown), "the candle with the fill")
        await page.page.locator("#depth-area").focus()
        assert await tip(page, "#candles") == {}, "one box at a time"
        await page.page.keyboard.press("ArrowLeft")
        told = await tip(page, "#depth-area")
        assert told["price"] == "30,010.00"
        assert told["asks up to it"] == "1.81 BTC"
        await page.page.keyboard.press("ArrowLeft")
        assert (await tip(page, "#depth-area"))["bids down to it"] == "0.3 BTC"
        await page.page.keyboard.press("Escape")
        assert await tip(page, "#depth-area") == {}
        box = await page.page.locator("#depth").bounding_box()
        assert box is not None
        await page.page.mouse.move(box["x"] + 2, box["y"] + 60)
        shown = await tip(page, "#depth-area")
        assert shown["from the middle"].startswith("-3.1")
        assert shown["bids down to it"] == "16.4 BTC"
        await page.page.locator("#profit").focus()
        await page.page.keyboard.press("ArrowRight")
        assert (await tip(page, "#profit"))["profit"] == await page.text("#profit-figure")
        assert page.errors == []


async def newest_candle_is(page: Visit, expected: dict[str, str]) -> Any:
    await page.page.locator("#candles").focus()
    await page.page.keyboard.press("ArrowRight")
    return expected.items() <= (await tip(page, "#candles")).items()
