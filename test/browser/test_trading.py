"""Orders by hand: the page's form trades as the sandbox's member `you`, against the bot that one looks at."""

from dataclasses import replace
from decimal import ROUND_DOWN, Decimal

import pytest
from playwright.async_api import Browser

from peatio_sandbox import Sandbox
from test.browser.browsing import Visit, visit
from test.browser.conftest import Open, quick_config
from test.browser.market import Market
from test.patience import eventually

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]


async def fill_in(page: Visit, amount: str, price: str | None = None, side: str = "Buy") -> None:
    await page.page.locator("#trade").get_by_text(side, exact=True).click()
    if price is not None:
        await page.page.locator("#trade-price").fill(price)
    await page.page.locator("#trade-amount").fill(amount)


async def note_has(page: Visit, text: str) -> bool:
    return text in await page.text("#trade-note")


async def has_free_money(page: Visit) -> bool:
    return await page.text("#trade-free") not in ("–", "0 USD")


async def test_one_trades_by_hand_against_ones_bot(open_page: Open, market: Market, sandbox: Sandbox) -> None:
    market.order("bot", "sell", "0.4", "30005")
    await sandbox.settle()
    async with open_page() as page:
        assert await page.text("#trade-member") == "as member you"
        await page.page.locator("#asks tr[data-own]").click()
        assert await page.page.locator("#trade-price").input_value() == "30005"
        await fill_in(page, "0.1")
        assert await page.text("#trade-total") == "3,000.5 USD"
        await page.page.locator("#trade-send").click()
        await eventually(lambda: note_has(page, "buy 0.1 BTC at 30,005.00: accepted"), "what became of it")
        await eventually(lambda: has_rows(page, "#fills", 1), "the bot's fill")
        assert (await page.rows("#fills"))[0][:3] == ["sell", "30,005.00", "0.100000"]
        (fill,) = sandbox.fills("you")
        assert (fill.side, str(fill.amount)) == ("buy", "0.1")
        assert page.errors == []


async def has_rows(page: Visit, table: str, wanted: int) -> bool:
    return await page.page.locator(f"{table} tr[data-id]").count() == wanted


async def test_an_order_rests_is_cancelled_and_stands_in_the_history(
    open_page: Open, market: Market, sandbox: Sandbox
) -> None:
    async with open_page("/#member=you") as page:
        await eventually(lambda: has_free_money(page), "balances")
        await fill_in(page, "0.5", "31000", "Sell")
        await page.page.locator("#trade-send").click()
        await eventually(lambda: has_rows(page, "#own-orders", 1), "the order")
        await eventually(lambda: has_state(page, "wait"), "its place in the book")
        assert (await page.rows("#own-orders"))[0][:3] == ["sell", "31,000.00", "0.500000"]
        await page.page.get_by_role("button", name="Cancel order").click()
        await eventually(lambda: has_rows(page, "#own-orders", 0), "its end")
        assert [order.state for order in sandbox.orders("you")] == ["cancel"]
        # A market order takes from the book; it is listed with what was filled.
        await page.page.locator("#trade").get_by_text("Market", exact=True).click()
        await fill_in(page, "0.25", side="Buy")
        assert await page.page.locator("#trade-price").is_disabled()
        await page.page.locator("#trade-send").click()
        await page.page.locator("#show-history").click()
        await eventually(lambda: has_rows(page, "#history", 2), "the history")
        history = sorted(row[:5] for row in await page.rows("#history"))
        assert history == [
            ["buy", "market", "0.250000", "100%", "done"],
            ["sell", "31,000.00", "0.500000", "0%", "cancel"],
        ]
        assert page.errors == []


async def has_state(page: Visit, state: str) -> bool:
    return (await page.rows("#own-orders"))[0][3] == state


WRONG = [
    ("", "29000", "Enter the amount."),
    ("1", "", "Enter the price."),
    ("1,5", "29000", "The amount is no number: write it as 1234.5, without commas."),
    ("-1", "29000", "The amount is no number"),
    ("0", "29000", "The amount is zero: enter more."),
    ("0.1234567", "29000", "The amount has more than 6 decimals, which the market does not take."),
    ("0.1", "29000.123", "The price has more than 2 decimals, which the market does not take."),
    ("0.00001", "29000", "The amount is too small: the market takes 0.0001 BTC or more."),
    ("0.1", "0.001", "The price has more than 2 decimals"),
]


async def test_what_cannot_be_an_order_is_said_and_not_sent(open_page: Open, market: Market, sandbox: Sandbox) -> None:
    async with open_page() as page:
        for amount, price, problem in WRONG:
            await fill_in(page, amount, price)
            await page.page.locator("#trade-send").click()
            assert problem in await page.text("#trade-note")
        assert sandbox.orders("you") == []
        assert page.errors == []


async def test_a_refusal_and_a_lost_answer_are_told_apart(open_page: Open, market: Market, sandbox: Sandbox) -> None:
    async with open_page() as page:
        await eventually(lambda: has_free_money(page), "balances")
        await fill_in(page, "5000", "31000", "Sell")
        await page.page.locator("#trade-send").click()
        await eventually(lambda: note_has(page, "refused (422 market.account.insufficient_balance)"), "the refusal")
        assert "choose a smaller amount" in await page.text("#trade-note")
        sandbox.faults.start("answer_lost", path="/market/orders", method="POST", count=1)
        await fill_in(page, "0.5", "31000", "Sell")
        await page.page.locator("#trade-send").click()
        await eventually(lambda: note_has(page, "It may have worked"), "the doubt")
        await eventually(lambda: has_rows(page, "#own-orders", 1), "the order, which was stored")
        assert len(sandbox.orders("you")) == 1


async def test_two_presses_make_one_order_and_shares_are_of_what_is_free(
    open_page: Open, market: Market, sandbox: Sandbox
) -> None:
    async with open_page() as page:
        await eventually(lambda: has_free_money(page), "balances")
        await page.page.locator("#at-bid").click()
        assert await page.page.locator("#trade-price").input_value() == "29990"
        await page.page.locator("#shares").get_by_text("25%").click()
        free, _ = sandbox.balances("you")["usd"]
        part = (free / 29990 / 4).quantize(Decimal("0.000001"), ROUND_DOWN)
        assert await page.page.locator("#trade-amount").input_value() == f"{part.normalize():f}"
        await page.ask("() => [1, 2].forEach(() => document.querySelector('#trade-send').click())")
        await eventually(lambda: has_rows(page, "#own-orders", 1), "the order")
        await sandbox.settle()
        assert len(sandbox.orders("you")) == 1
        assert page.errors == []


@pytest.mark.parametrize("dialect", ["openfinex", "zsmartex"])
async def test_one_trades_by_hand_where_orders_have_other_names_and_ways(browser: Browser, dialect: str) -> None:
    """Creates and cancels under another prefix, parameters of other names, orders without an id."""
    async with Sandbox(replace(quick_config(), dialect=dialect)) as sandbox, visit(browser, sandbox.url) as page:
        for amount, price in (("0.2", "29000"), ("0.1", "28000")):
            await fill_in(page, amount, price)
            await page.page.locator("#trade-send").click()
        await eventually(lambda: has_rows(page, "#own-orders", 2), "both orders")
        await eventually(lambda: has_state(page, "wait"), "the better one in the book")
        await page.page.get_by_role("button", name="Cancel order").first.click()
        await eventually(lambda: has_rows(page, "#own-orders", 1), "the end of one")
        assert [order.state for order in sandbox.orders("you")] == ["cancel", "wait"]
        assert page.errors == []


async def test_where_one_may_not_trade_the_page_says_why(browser: Browser, sandbox: Sandbox) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    refusal = {"refusal": "orders by hand are for this machine only"}
    start = {"mode": "live", "members": ["bot", "you"], "trading": refusal, "dialect": "peatio-3.1"}
    await page.route("**/sandbox/page", lambda route: route.fulfill(json=start))
    await page.goto(sandbox.url)
    await page.wait_for_selector("#markets button[aria-pressed=true]", timeout=20_000)
    await page.wait_for_function("() => window.sandboxPage !== undefined")
    assert await page.inner_text("#trade-member") == "not here: orders by hand are for this machine only"
    assert not await page.locator("#trade").is_visible()
    await context.close()
