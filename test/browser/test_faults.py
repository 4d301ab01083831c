"""The page is a client like others: it survives what the exchange does to its clients, and sets it off."""

from contextlib import AsyncExitStack

import aiohttp
import pytest
from playwright.async_api import Browser, Route

from peatio_sandbox import Sandbox, SandboxConfig
from test.browser.browsing import Visit, visit
from test.browser.conftest import Open
from test.browser.market import Market
from test.patience import eventually

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]


async def follows(page: Visit, market: Market) -> bool:
    """Whether both streams stand and the book is whole and REST's."""
    is_open = await page.ask("() => ['market', 'member', 'rest'].every(link => sandboxPage.links[link] === 'open')")
    return is_open and await page.text("#book-state") == "in sequence" and await page.book() == await market.depth()


async def stands(page: Visit, link: str, state: str) -> bool:
    return bool(await page.ask(f"() => sandboxPage.links.{link} === '{state}'"))


async def notes(page: Visit) -> str:
    return "\n".join(await page.page.locator("#notes li").all_inner_texts())


async def press(page: Visit, name: str) -> None:
    await page.page.get_by_text(name, exact=True).click()


async def test_a_dropped_stream_comes_back_and_nothing_is_missing(open_page: Open, market: Market) -> None:
    async with open_page() as page:
        await eventually(lambda: follows(page, market), "the book at first")
        await press(page, "Drop the streams")
        await eventually(lambda: notes_have(page, "The market stream was cut", "The member's stream was cut"), "a note")
        market.order("bot", "buy", "0.2", "30010")
        await eventually(lambda: notes_have(page, "The market stream is back", "The member's stream is back"), "again")
        await market.sandbox.settle()
        await eventually(lambda: follows(page, market), "the book afterwards")
        await eventually(lambda: page.ask("() => document.querySelectorAll('#fills tr[data-id]').length === 1"), "fill")


async def notes_have(page: Visit, *texts: str) -> bool:
    written = await notes(page)
    return all(text in written for text in texts)


async def test_a_gap_in_the_book_is_seen_and_mended(open_page: Open, market: Market, sandbox: Sandbox) -> None:
    """Ranger loses an increment as well, so its own replay has the gap; REST's depth stands in until a snapshot."""
    async with open_page() as page:
        await eventually(lambda: follows(page, market), "the book at first")
        await press(page, "Lose RabbitMQ")
        await eventually(lambda: switched(page, "Lose RabbitMQ", "true"), "the switch on")
        market.order("maker", "buy", "0.5", "29999")
        await sandbox.settle()
        await press(page, "Lose RabbitMQ")
        await eventually(lambda: switched(page, "Lose RabbitMQ", "false"), "the switch off")
        assert sandbox.faults.active() == []
        market.order("maker", "buy", "0.6", "29998")
        await sandbox.settle()
        await eventually(lambda: notes_have(page, "The book broke: its sequence went from"), "the gap")
        await eventually(lambda: shows(page, "not trusted: from REST depth"), "another source")
        await eventually(lambda: shows_the_book(page, market), "REST's book")
        await press(page, "Restart the matching engine")
        await eventually(lambda: follows(page, market), "the book afterwards")
        await eventually(lambda: notes_have(page, "The book is whole again."), "a note")


async def shows_the_book(page: Visit, market: Market) -> bool:
    return await page.book() == await market.depth()


async def switched(page: Visit, name: str, state: str) -> bool:
    button = page.page.get_by_role("switch").filter(has_text=name)
    return await button.get_attribute("aria-checked") == state


async def shows(page: Visit, state: str) -> bool:
    return await page.text("#book-state") == state


async def test_a_restarted_server_is_found_again(open_page: Open, market: Market, sandbox: Sandbox) -> None:
    async with open_page() as page:
        await eventually(lambda: follows(page, market), "the book at first")
        sandbox.faults.start("server_restart", duration_s=1.0, engines=True)
        await eventually(lambda: stands(page, "market", "closed"), "the end of the stream")
        await eventually(lambda: follows(page, market), "the book afterwards")


async def test_a_silent_line_is_noticed_and_left(open_page: Open, market: Market, sandbox: Sandbox) -> None:
    async with open_page() as page:
        await eventually(lambda: follows(page, market), "the book at first")
        await eventually(lambda: has_pongs(page, 2), "a pong on either stream")
        fault = sandbox.faults.start("websocket_silent", channel="public")
        await eventually(lambda: stands(page, "market", "closed"), "the line given up", 30)
        sandbox.faults.stop(fault)
        await eventually(lambda: follows(page, market), "the book afterwards", 30)


async def test_another_exchange_at_the_same_address_is_taken_for_what_it_is(browser: Browser) -> None:
    """As when the sandbox is stopped and started again: nothing of the first one is left in the page."""
    async with aiohttp.ClientSession() as session, AsyncExitStack() as window:
        async with Sandbox(SandboxConfig(seed=8)) as first:
            market = Market(first, session)
            await market.fill_book()
            market.order("bot", "buy", "0.2", "30010")
            await first.settle()
            page = await window.enter_async_context(visit(browser, first.url))
            await eventually(lambda: has_fills(page, 1), "the first one's fill")
            port = int(first.url.rpartition(":")[2])
        async with Sandbox(SandboxConfig(seed=9, port=port)) as second:
            market = Market(second, session)
            market.order("maker", "buy", "0.7", "29000")
            await eventually(lambda: notes_have(page, "The exchange was started again"), "a note")
            await eventually(lambda: has_fills(page, 0), "no fill")
            await eventually(lambda: follows(page, market), "the second one's book")
            await window.aclose()


async def has_fills(page: Visit, count: int) -> bool:
    return await page.page.locator("#fills tr[data-id]").count() == count


async def has_pongs(page: Visit, count: int) -> bool:
    return page.pongs >= count


async def test_lost_events_are_made_up_for(open_page: Open, market: Market, sandbox: Sandbox) -> None:
    async with open_page() as page:
        await eventually(lambda: stands(page, "member", "open"), "the member's stream")
        sandbox.faults.start("events_lost", member="bot")
        market.order("bot", "buy", "0.2", "29000")
        await eventually(lambda: page.ask("() => document.querySelectorAll('#orders tr[data-id]').length === 1"), "it")


async def test_what_the_page_may_not_do_it_says(open_page: Open, market: Market, sandbox: Sandbox) -> None:
    async with open_page() as page:
        await page.page.route("**/sandbox/faults", lambda route: route.fulfill(status=403, body='{"errors": ["no"]}'))
        await press(page, "Slow answers")
        await eventually(lambda: notes_fault(page, "That did not work: no"), "the reason")
        assert sandbox.faults.active() == []


async def test_a_fault_from_elsewhere_is_shown_while_it_lasts(open_page: Open, sandbox: Sandbox) -> None:
    async with open_page() as page:
        fault = sandbox.faults.start("latency", member="bot")
        await eventually(lambda: notes_fault(page, "Started elsewhere: latency"), "the fault")
        sandbox.faults.stop(fault)
        await eventually(lambda: page.ask("() => document.getElementById('faults-note').textContent === ''"), "its end")


async def notes_fault(page: Visit, text: str) -> bool:
    return text in await page.text("#faults-note")


async def test_a_page_that_gets_no_answer_at_first_asks_again(browser: Browser, sandbox: Sandbox) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    failures = iter(("/sandbox/page", "/public/markets"))
    failing = [next(failures)]

    async def fail_once(route: Route) -> None:
        if failing and route.request.url.endswith(failing[0]):
            failing[0:1] = [path for path in (next(failures, None),) if path is not None]
            await route.abort()
        else:
            await route.fallback()

    await page.route("**/*", fail_once)
    await page.goto(sandbox.url)
    await page.wait_for_selector("#markets button[aria-pressed=true]", timeout=20_000)
    assert failing == []
    await context.close()
