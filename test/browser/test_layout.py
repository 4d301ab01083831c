"""The page holds together at every size, light and dark, and without a mouse."""

from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser

from peatio_sandbox import Latencies, Sandbox, SandboxConfig
from test.browser.browsing import Scheme, Visit, visit
from test.browser.conftest import Open
from test.browser.market import Market
from test.patience import eventually

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

#: Phone, tablet and the usual desktops; width and height in CSS pixels.
SIZES = ((360, 740), (820, 1100), (1280, 800), (1366, 768), (1440, 900), (1920, 1080))

_OVERLAPS = """() => {
    const boxes = [...document.querySelectorAll(".panel, .top, .markets, footer")]
        .filter(element => element.offsetParent !== null)
        .map(element => [element.id || element.querySelector("h2, h1")?.textContent, element.getBoundingClientRect()]);
    return boxes.flatMap(([name, a], index) => boxes.slice(index + 1)
        .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
        .map(([other]) => `${name} / ${other}`));
}"""
_SPILLS = """() => [...document.querySelectorAll("h1, h2, p, button, td, th, table, li, header, .panel, .canvas")]
    .filter(element => element.offsetParent !== null && element.clientWidth > 0)
    .filter(element => {
        const box = element.getBoundingClientRect();
        const around = element.closest(".panel, .top, .markets, footer").getBoundingClientRect();
        return box.right > around.right + 1 || box.left < around.left - 1
            || element.scrollWidth > element.clientWidth + 1 && !(element.matches(".line, .long") && element.title);
    })
    .map(element => `${element.tagName} ${element.textContent.slice(0, 40)}`)"""
#: How many colours a drawing has: one or two mean that nothing was drawn.
_COLOURS = """(canvas, [left, right]) => {
    const [from, width] = [left * canvas.width, (right - left) * canvas.width];
    const data = canvas.getContext("2d").getImageData(from, 0, width, 0.8 * canvas.height).data;
    const colours = new Set();
    for (let at = 0; at < data.length; at += 4) colours.add(data.slice(at, at + 4).join());
    return colours.size;
}"""
WHOLE, BIDS, ASKS = [0, 1], [0, 0.45], [0.55, 1]
_CONTRASTS = """() => {
    const parts = colour => colour.match(/[\\d.]+/g).map(Number);
    const light = colour => parts(colour).slice(0, 3).map(part => part / 255)
        .map(part => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
    const ground = element => {
        const colour = getComputedStyle(element).backgroundColor;
        return parts(colour)[3] === 0 && element.parentElement ? ground(element.parentElement) : colour;
    };
    return [...document.querySelectorAll("h1, h2, p, td, th, button span, .badge, .links li, label")]
        .filter(element => element.offsetParent !== null && element.textContent.trim() !== "")
        .map(element => {
            const [a, b] = [light(getComputedStyle(element).color), light(ground(element))];
            return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), element.tagName + " " + element.textContent];
        })
        .filter(([contrast]) => contrast < 4.5);
}"""


#: Columns that do not fit into what scrolls, and rows that its lower edge cuts, wherever it is scrolled to.
_CUT = """async () => {
    const frame = () => new Promise(requestAnimationFrame);
    const found = [];
    for (const element of document.querySelectorAll(".scroll")) {
        if (element.offsetParent === null) continue;
        const name = element.getAttribute("aria-label") ?? element.getAttribute("aria-labelledby");
        const [needed, given] = [element.scrollWidth, element.clientWidth];
        if (needed > given) found.push(`${name}: ${needed} in ${given}`);
        for (const top of [0, 61, element.scrollHeight]) {
            element.scrollTo({top, behavior: "instant"});
            await frame();
            const edge = element.getBoundingClientRect().top + element.clientHeight;
            const boxes = [...element.querySelectorAll("tbody tr")].map(row => row.getBoundingClientRect());
            const cut = boxes.filter(box => box.top < edge - 1 && box.bottom > edge + 1);
            if (cut.length > 0) found.push(`${name}, scrolled to ${top}: ${cut[0].bottom} over ${edge}`);
        }
        element.scrollTo({top: 0, behavior: "instant"});
    }
    return found;
}"""
_SIGNS = """() => [...document.querySelectorAll(".scroll")]
    .filter(element => element.scrollHeight > element.clientHeight + 1)
    .map(element => element.dataset.more)"""
#: Where everything is: what moves when a text changes disturbs whoever looks at it.
_PLACES = """() => Object.fromEntries(
    [...document.querySelectorAll(".top, .links li, .panel, .panel > header, h2, .canvas, #mid, #spread, footer")]
        .filter(element => element.offsetParent !== null)
        .map((element, index) => {
            const box = element.getBoundingClientRect();
            const at = [box.left, box.top + scrollY, box.height].map(Math.round);
            return [`${index} ${element.id || element.className || element.tagName}`, at];
        }))"""


async def settled(page: Visit, orders: int = 2) -> None:
    """Wait until every panel has something in it."""
    await eventually(lambda: page.ask(_HAS, ["#orders tr[data-id]", orders]), "orders")
    await eventually(lambda: page.ask(_HAS, ["#fills tr[data-id]", 2]), "fills")
    await eventually(lambda: page.ask("() => document.querySelector('#profit-figure').textContent !== '–'"), "profit")
    await eventually(lambda: page.ask("() => document.querySelectorAll('#faults button').length > 5"), "faults")
    await eventually(lambda: page.ask("() => sandboxPage.book.isSound"), "a book")


_HAS = "([selector, count]) => document.querySelectorAll(selector).length >= count"


async def trade(market: Market) -> None:
    """Trade so that numbers become long: fees and balances of many places, a trade of one's own in every list."""
    market.order("bot", "buy", "0.123457", "30010")
    market.order("bot", "sell", "0.003457", "29990")
    market.order("bot", "buy", "0.25", "29950")
    market.order("bot", "sell", "0.25", "30050")
    await market.sandbox.settle()


async def trade_much(market: Market) -> None:
    """Trade so that lists are long and their numbers wide, on a market of eight decimals too."""
    for step in range(16):
        market.order("bot", "buy", f"0.0{step + 10}457", "30010")
        market.order("bot", "sell", f"0.0{step + 10}457", "29990")
        market.order("maker", "sell", f"{123456 + step}.12345678", f"0.000251{step:02}", "dogebtc")
        market.order("bot", "buy", f"{23456 + step}.12345678", f"0.000251{step:02}", "dogebtc")
        market.order("bot", "buy", f"{123456 + step}.12345678", f"0.000249{step:02}", "dogebtc")
    for member in ("bot", "you"):
        market.order(member, "buy", "0.25", "29950")
        market.order(member, "sell", "0.25", "30050")
    for step in range(6):
        market.order("you", "buy", f"{123456 + step}.12345678", f"0.000248{step:02}", "dogebtc")
    await market.sandbox.settle()
    # "pending" is the longest of the states.
    market.sandbox.exchange.order_processor.pause()
    for member in ("bot", "you"):
        market.order(member, "buy", "0.25", "29951")
        market.order(member, "buy", "123456.12345678", "0.00024899", "dogebtc")
    await market.sandbox.settle()


@pytest_asyncio.fixture(loop_scope="session")
async def rich_market() -> AsyncIterator[Market]:
    """A market whose bot owns more of everything than there is."""
    config = SandboxConfig(seed=8, latencies=Latencies().scaled(0.2))
    rich = tuple(
        replace(member, balances={code: amount * 12345 for code, amount in member.balances.items()})
        for member in config.members
    )
    async with (
        Sandbox(replace(config, members=rich)) as sandbox,
        aiohttp.ClientSession() as session,
    ):
        market = Market(sandbox, session)
        await market.fill_book()
        yield market


async def test_at_every_size_everything_has_its_place(browser: Browser, rich_market: Market) -> None:
    """With large balances and with scroll bars: nothing overlaps, spills or is cut off."""
    await trade_much(rich_market)
    async with visit(browser, rich_market.sandbox.url) as page:
        for symbol, shown in (("dogebtc", "#show-history"), ("btcusd", "#show-open")):
            await page.page.locator(f"#markets [data-market={symbol}]").click()
            await page.page.locator(shown).click()
            await settled(page)
            assert await page.rows("#balances") != []
            for width, height in SIZES:
                await page.page.set_viewport_size({"width": width, "height": height})
                await eventually(lambda: page.ask(_SIGNS), "lists that scroll")
                assert all("below" in signs for signs in await page.ask(_SIGNS)), (symbol, width)
                assert await page.ask(_SPREADS) <= 0, (symbol, width)
                assert await page.ask(_OVERLAPS) == [], (symbol, width)
                assert await page.ask(_SPILLS) == [], (symbol, width)
                assert await page.ask(_CUT) == [], (symbol, width)
        assert page.errors == []


#: How far the page is wider than the window.
_SPREADS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_texts_can_be_read_and_charts_are_drawn(open_page: Open, market: Market, scheme: Scheme) -> None:
    await trade(market)
    async with open_page(scheme=scheme) as page:
        await settled(page)
        assert await page.ask(_CONTRASTS) == []
        assert page.errors == []
        for part in (BIDS, ASKS):
            assert await page.page.locator("#depth").evaluate(_COLOURS, part) > 4
        for chart in ("#candles", "#profit"):
            canvases = await page.page.locator(f"{chart} canvas").all()
            assert max([await canvas.evaluate(_COLOURS, WHOLE) for canvas in canvases]) > 4, chart


@pytest.mark.parametrize("width", [360, 1280])
async def test_nothing_moves_and_figures_agree_while_the_streams_are_down(
    open_page: Open, market: Market, sandbox: Sandbox, width: int
) -> None:
    await trade(market)
    async with open_page(width=width) as page:
        await settled(page)
        await eventually(lambda: page.ask(_ALL_OPEN), "the streams")
        before = [await page.text(selector) for selector in ("#mid", "#spread", "#profit-figure")]
        places = await page.ask(_PLACES)
        fault = sandbox.faults.start("websocket_drop", duration_s=60)
        await eventually(lambda: page.ask("() => !sandboxPage.book.isSound"), "the loss of the book")
        await eventually(lambda: page.ask("() => document.querySelector('#book-state').title.includes('down')"), "why")
        assert [await page.text(selector) for selector in ("#mid", "#spread", "#profit-figure")] == before
        for pale in ("#mid", "#spread"):
            assert await page.ask(_COLOUR, pale) == await page.ask(_COLOUR, ".book th")
        # A fill, of which only REST tells now.
        market.order("bot", "buy", "0.2", "30010")
        await eventually(lambda: page.ask(_HAS, ["#fills tr[data-id]", 3]), "the fill")
        assert await page.ask(_PLACES) == places
        assert await page.text("#profit-figure") == await page.ask(_LAST_OF_LINE)
        sandbox.faults.stop(fault)


_ALL_OPEN = "() => Object.values(sandboxPage.links).every(state => state === 'open')"
_COLOUR = "selector => getComputedStyle(document.querySelector(selector)).color"
_LAST_OF_LINE = """async () => {
    const { roughPrice } = await import("/web/js/numbers.js");
    const { account, market, mids } = sandboxPage;
    const value = account.profit(market, mids).points.at(-1).value;
    return `${value > 0 ? "+" : ""}${roughPrice(value, market)} USD`;
}"""


async def test_light_and_dark_look_different_and_change_while_open(open_page: Open, market: Market) -> None:
    await trade(market)
    async with open_page(scheme="dark") as page:
        await settled(page)
        ground = "() => getComputedStyle(document.body).backgroundColor"
        dark = await page.ask(ground)
        drawn = "() => document.querySelector('#candles tr td:last-child canvas').toDataURL()"
        before = await page.ask(drawn)
        await page.page.emulate_media(color_scheme="light")
        assert await page.ask(ground) != dark
        await eventually(lambda: page.ask(f"before => ({drawn})() !== before", before), "a scale in other colours")


async def test_everything_can_be_reached_and_used_without_a_mouse(open_page: Open, market: Market) -> None:
    async with open_page() as page:
        await eventually(lambda: page.ask("() => document.querySelectorAll('#faults button').length > 5"), "faults")
        reached = set()
        for _ in range(80):
            await page.page.keyboard.press("Tab")
            reached.add(await page.ask(_FOCUSED))
        assert {"skip", "member", "ETH/USD", "5m", "Slow answers", "region Trades", "region Fills"} <= reached
        assert {"History", "Candles; arrow keys choose one", "trade-price", "trade-amount", "buy", "Buy BTC"} <= reached
        await page.page.locator("#markets button").nth(1).focus()
        await page.page.keyboard.press("Enter")
        await eventually(lambda: page.ask("() => sandboxPage.market.symbol === 'ethusd'"), "another market")
        assert "market=ethusd" in page.page.url
        await page.page.locator("#member").focus()
        await page.page.keyboard.press("ArrowDown")
        await eventually(lambda: page.ask("() => sandboxPage.member === 'maker'"), "another member")
        switch = page.page.get_by_role("switch").filter(has_text="Slow answers")
        await switch.focus()
        await page.page.keyboard.press("Space")
        await eventually(lambda: has_fault(market, "latency"), "a fault")
        await eventually(lambda: page.page.locator("#end-faults").is_enabled(), "the page to know of it")
        await page.page.locator("#end-faults").focus()
        await page.page.keyboard.press("Enter")
        await eventually(lambda: has_fault(market, None), "its end")


async def has_fault(market: Market, kind: str | None) -> bool:
    return [str(fault.kind) for fault in market.sandbox.faults.active()] == ([] if kind is None else [kind])


_FOCUSED = """() => {
    const element = document.activeElement;
    const role = element.getAttribute("role");
    const title = document.getElementById(element.getAttribute("aria-labelledby"));
    if (role === "region") return `region ${title?.innerText ?? element.getAttribute("aria-label")}`;
    if (element.tagName === "INPUT") return element.id || element.value;
    if (role === "group") return element.getAttribute("aria-label");
    return element.id === "member" ? "member" : element.className === "skip" ? "skip"
        : (element.querySelector(".name") ?? element.querySelector("span") ?? element).textContent;
}"""


async def test_every_control_and_picture_has_a_name(open_page: Open, market: Market) -> None:
    async with open_page() as page:
        await eventually(lambda: page.ask("() => document.querySelectorAll('#faults button').length > 5"), "faults")
        nameless = await page.ask(
            """() => [...document.querySelectorAll("button, select, input, [role=img], [role=region], section, nav")]
                .filter(element => element.offsetParent !== null)
                .filter(element => {
                    const by = (element.getAttribute("aria-labelledby") ?? "").split(" ").filter(Boolean);
                    const label = by.map(id => document.getElementById(id)?.textContent ?? "").join("");
                    return !(label || element.getAttribute("aria-label") || element.labels?.length ||
                        element.tagName === "BUTTON" && element.textContent.trim());
                }).map(element => element.outerHTML.slice(0, 80))"""
        )
        assert nameless == []
        assert await page.ask("() => document.documentElement.lang") == "en"
