"""The page holds together at every size, light and dark, and without a mouse."""

import pytest

from test.browser.browsing import Scheme, Visit
from test.browser.conftest import Open
from test.browser.market import Market, eventually

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

SIZES = {"phone": (360, 740), "tablet": (820, 1100), "desktop": (1440, 900)}

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
            || element.scrollWidth > element.clientWidth + 1;
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


async def settled(page: Visit, market: Market) -> None:
    """Wait until every panel has something in it."""
    await eventually(lambda: page.ask("() => document.querySelectorAll('#orders tr[data-id]').length === 2"), "orders")
    await eventually(lambda: page.ask("() => document.querySelectorAll('#fills tr[data-id]').length === 2"), "fills")
    await eventually(lambda: page.ask("() => document.querySelector('#profit-figure').textContent !== '–'"), "profit")
    await eventually(lambda: page.ask("() => document.querySelectorAll('#faults button').length > 5"), "faults")


async def trade(market: Market) -> None:
    """Trade so that numbers become long: fees and balances of many places, a trade of one's own in every list."""
    market.order("bot", "buy", "0.123457", "30010")
    market.order("bot", "sell", "0.003457", "29990")
    market.order("bot", "buy", "0.25", "29950")
    market.order("bot", "sell", "0.25", "30050")
    await market.sandbox.settle()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
async def test_nothing_overlaps_or_spills(open_page: Open, market: Market, size: str, scheme: Scheme) -> None:
    width, height = SIZES[size]
    await trade(market)
    async with open_page(width=width, height=height, scheme=scheme) as page:
        await settled(page, market)
        assert await page.ask("() => document.documentElement.scrollWidth") == width
        assert await page.ask(_OVERLAPS) == []
        assert await page.ask(_SPILLS) == []
        assert await page.ask(_CONTRASTS) == []
        assert page.errors == []
        for part in (BIDS, ASKS):
            assert await page.page.locator("#depth").evaluate(_COLOURS, part) > 4
        for chart in ("#candles", "#profit"):
            canvases = await page.page.locator(f"{chart} canvas").all()
            assert max([await canvas.evaluate(_COLOURS, WHOLE) for canvas in canvases]) > 4, chart


async def test_light_and_dark_look_different_and_change_while_open(open_page: Open, market: Market) -> None:
    await trade(market)
    async with open_page(scheme="dark") as page:
        await settled(page, market)
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
        for _ in range(60):
            await page.page.keyboard.press("Tab")
            reached.add(await page.ask(_FOCUSED))
        assert {"skip", "member", "ETH/USD", "5m", "Slow answers", "region Trades", "region Fills"} <= reached
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
    if (role === "region") return `region ${title.innerText}`;
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
