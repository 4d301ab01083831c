"""A pegged coin on the page: peg and cycle, a cycle by a press, and what it does to open orders."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from peatio_sandbox import Latencies, Sandbox, SandboxConfig
from peatio_sandbox.options import with_pegged
from peatio_sandbox.peg.market import PeggedMarket
from test.browser.browsing import Scheme, Visit, visit
from test.browser.conftest import Open
from test.browser.market import Market
from test.browser.test_layout import _CONTRASTS, _CUT, _OVERLAPS, _PLACES, _SPILLS, _SPREADS, SIZES
from test.patience import eventually

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]
PATH = "/#market=bayusd&member=bot"


@pytest_asyncio.fixture(loop_scope="session")
async def pegged() -> AsyncIterator[Market]:
    """An exchange with a pegged coin, nine tenths of which the bot sells; cycles come by command."""
    config = SandboxConfig(seed=8, latencies=Latencies().scaled(0.2))
    async with Sandbox(with_pegged(config, "bay", "51", None, "origin")) as sandbox:
        market = Market(sandbox, None)
        for step in range(3):
            market.order("bot", "sell", "17000.123", f"1.2{5 + step}", "bayusd")
        market.order("bot", "sell", "100.123", "0.45", "bayrusd")
        market.order("bot", "buy", "40.123", "1.1", "bayusd")
        await sandbox.settle()
        yield market
    assert sandbox.handler_errors == []


def peg_of(market: Market) -> PeggedMarket:
    assert market.sandbox.pegged is not None
    return market.sandbox.pegged


async def has(page: Visit, selector: str, text: str) -> bool:
    return await page.text(selector) == text


async def test_a_cycle_by_a_press_and_what_it_does_to_orders(browser: Browser, pegged: Market) -> None:
    async with visit(browser, pegged.sandbox.url + PATH) as page:
        await eventually(lambda: has(page, "#peg-now", "51"), "the peg")
        assert (await page.text("#peg-title"), await page.text("#peg-cycle")) == ("Peg of BAY", "1")
        assert await page.text("#peg-next") == "by command"
        assert await page.rows("#peg-orders") == [["none: all have their full size"]]
        await page.page.locator("#peg-value").fill("80")
        await page.page.locator("#peg-begin").click()
        await eventually(lambda: has(page, "#peg-phase", "busy"), "the busy phase")
        assert await page.text("#peg-effect") == "creates are refused, cancels work"
        assert await page.page.locator("#peg-begin").is_disabled()
        await eventually(lambda: has(page, "#peg-cycle", "2"), "the cycle")
        assert (await page.text("#peg-now"), await page.text("#peg-last")) == ("80", "3 orders of all members")
        orders = pegged.sandbox.orders("bot")
        left = [f"{order.remaining_volume:,f}" for order in orders[:3]]
        assert left[0] < "17,000.123"
        rows = await page.rows("#peg-orders")
        assert rows == [["BAY/USD", "sell", f"1.2{5 + n}00", left[n], "17,000.123"] for n in range(3)]
        assert await page.text("#peg-orders-count") == "bot: 3 orders"
        await eventually(lambda: marked(page, 3), "the marks")
        assert "17000.123 at full size" in str(await page.page.locator("#orders .reduced").first.get_attribute("title"))
        assert "Cycle 2: peg 80, 3 orders resized." in await page.text("#notes")
        # The balance returns, and the orders with it.
        peg_of(pegged).begin_cycle(51)
        await eventually(lambda: has(page, "#peg-cycle", "3"), "the next cycle")
        await eventually(lambda: marked(page, 0), "no mark")
        assert await page.rows("#peg-orders") == [["none: all have their full size"]]
        assert page.errors == []


async def marked(page: Visit, count: int) -> bool:
    return await page.page.locator("#orders .reduced").count() == count


async def test_a_lost_tracker_shows(browser: Browser, pegged: Market) -> None:
    async with visit(browser, pegged.sandbox.url + PATH) as page:
        await eventually(lambda: has(page, "#peg-phase", "between cycles"), "the peg")
        peg_of(pegged).set_reachable(False)
        await eventually(lambda: has(page, "#peg-phase", "no tracker"), "the loss")
        assert await page.text("#peg-effect") == "creates are refused, trades wait"
        assert await page.page.locator("#peg-begin").is_disabled()
        peg_of(pegged).set_reachable(True)
        await eventually(lambda: has(page, "#peg-phase", "between cycles"), "its end")
        assert page.errors == []


async def test_an_order_at_zero_is_still_listed(browser: Browser, pegged: Market) -> None:
    """Nobody sees it in the book; its owner does."""
    tracker = peg_of(pegged).tracker
    uid = pegged.sandbox.members["bot"].uid
    balance: Any = tracker.balance(uid)
    async with visit(browser, pegged.sandbox.url + PATH) as page:
        await eventually(lambda: has(page, "#peg-now", "51"), "the peg")
        assert tracker.trade(uid, balance["liquid"], "elsewhere", "liquid") is True
        peg_of(pegged).begin_cycle(51)
        await eventually(lambda: has(page, "#peg-cycle", "2"), "the cycle")
        assert {row[3] for row in await page.rows("#peg-orders")} == {"0"}
        title = await page.page.locator("#peg-orders td:nth-child(4)").first.get_attribute("title")
        assert title == "At zero: not in the book, still the member's. 0.0"
        await eventually(lambda: marked(page, 3), "the marks")
        assert page.errors == []


async def test_what_cannot_be_a_peg_is_said(browser: Browser, pegged: Market) -> None:
    async with visit(browser, pegged.sandbox.url + PATH) as page:
        await eventually(lambda: has(page, "#peg-now", "51"), "the peg")
        await page.page.locator("#peg-value").fill("-3")
        await page.page.locator("#peg-begin").click()
        assert await page.text("#peg-note") == "-3 is no peg: write a whole number, or nothing for the present one."
        assert page.errors == []
        await page.page.locator("#peg-value").fill("1199")
        await page.page.locator("#peg-begin").click()
        await eventually(lambda: notes(page, "That did not work: "), "the sandbox's answer")
        assert "1198" in await page.text("#peg-note")
        assert not peg_of(pegged).tracker.is_busy


async def notes(page: Visit, text: str) -> bool:
    return (await page.text("#peg-note")).startswith(text)


async def test_it_holds_together_at_every_size_and_nothing_moves_in_a_cycle(browser: Browser, pegged: Market) -> None:
    async with visit(browser, pegged.sandbox.url + PATH) as page:
        await eventually(lambda: has(page, "#peg-now", "51"), "the peg")
        places: dict[int, Any] = {}
        for cycle, (width, height) in enumerate(((390, 844), *SIZES), start=2):
            await page.page.set_viewport_size({"width": width, "height": height})
            places[width] = await page.ask(_PLACES)
            # Up and down, so that each cycle changes orders.
            peg_of(pegged).begin_cycle(80 if cycle % 2 == 0 else 51)
            await eventually(lambda: has(page, "#peg-phase", "busy"), "the busy phase")
            assert await page.ask(_PLACES) == places[width], width
            await eventually(partial(has, page, "#peg-cycle", str(cycle)), "the cycle")
            assert await page.ask(_SPREADS) <= 0, width
            assert await page.ask(_OVERLAPS) == [], width
            assert await page.ask(_SPILLS) == [], width
            assert await page.ask(_CUT) == [], width
        assert page.errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_its_texts_can_be_read(browser: Browser, pegged: Market, scheme: Scheme) -> None:
    async with visit(browser, pegged.sandbox.url + PATH, scheme=scheme) as page:
        peg_of(pegged).begin_cycle(80)
        await eventually(lambda: has(page, "#peg-phase", "busy"), "the busy phase")
        assert await page.ask(_CONTRASTS) == []
        await eventually(lambda: marked(page, 3), "the marks")
        assert await page.ask(_CONTRASTS) == []
        assert page.errors == []


async def test_a_sandbox_without_such_a_coin_shows_no_peg_and_is_not_asked_for_one(
    open_page: Open, market: Market
) -> None:
    async with open_page() as page:
        await eventually(lambda: page.ask("() => document.querySelectorAll('#faults button').length > 5"), "the page")
        assert not await page.page.locator("#peg-grid").is_visible()
        assert not any("/sandbox/peg" in address for address in page.addresses)
        assert page.errors == []
