"""What the page of `watch` shows of a mirror: profit and inventory over time, and the bot's orders elsewhere."""

from decimal import Decimal
from pathlib import Path

import pytest
from playwright.async_api import Browser

from peatio_cli.watch import server as server_module
from peatio_liquidity.fills import Venue
from peatio_liquidity.hedge_journal import HedgeJournal
from test.browser.browsing import Visit, visit
from test.browser.market import Market
from test.end_to_end.support import person
from test.patience import eventually
from test.peatio_cli.guard_support import DeadBot
from test.peatio_cli.watch.support import CONNECTOR, make_instance, note_account, watching
from test.peatio_cli.watch.test_hedge_reader import add
from test.peatio_cli.watch.test_records import Database

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]


async def test_profit_and_inventory_over_time_with_hedges_and_without(
    browser: Browser, market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "PRICES_S", 0.2)
    directory = make_instance(tmp_path / "my-bot", market.sandbox)
    journal = HedgeJournal(
        directory / "data" / "peatio_liquidity_m.sqlite", f"{CONNECTOR} BTC-USD / kraken BTC-USDT", 1.0
    )
    add(journal, 10, is_buy=False, price="30100")
    add(journal, 20, is_buy=True, price="30000", venue=Venue.SOURCE)
    add(journal, 30, is_buy=True, price="29000")
    market.order("maker", "buy", "0.1", "30010")  # a last price: 30010
    await market.sandbox.settle()
    async with person(market.sandbox, "bot") as hand, watching(directory) as server:
        bot = DeadBot(market.sandbox, directory / "data", hand, CONNECTOR)
        note_account(directory, bot.pulse.account, market.sandbox.url)
        await bot.placed("c1", "sell", "0.5", "40000")
        async with visit(browser, server.url) as page:
            await eventually(lambda: figure(page, "+1,110.00 USD"), "realised 100 and 1010 that is not")
            (row,) = [row for row in await page.rows("#positions") if row[0] == "BTC-USD hedged"]
            assert row[1:6] == ["1,110.00", "100.00", "1,010.00", "0.00", "1"]
            for name, text in (
                ("realised", "+100.00 USD"), ("unrealised", "+1,010.00 USD"), ("fees", "0.00 USD"),
                ("inventory", "1.000000 BTC"), ("net", "+1,110.00 USD"),
            ):  # fmt: skip
                await page.page.select_option("#profit-shown", f'["{name}","m"]')
                await eventually(lambda text=text: figure(page, text), name)  # type: ignore[misc]
            points = await page.ask("() => watchPage.course.points.slice(0, 3).map(({time, value}) => [time, value])")
            assert points == [[10, 0], [20, 100], [30, 100]]
            add(journal, 40, is_buy=False, price="31000")
            await eventually(lambda: figure(page, "+2,100.00 USD"), "a fill changes it")
            journal.close()
            await page.page.select_option("#profit-shown", '["net",""]')
            await eventually(lambda: figure(page, "no fills yet"), "the market alone")
            assert "hedges on kraken BTC-USDT" in str(
                await page.ask("() => document.querySelector('#profit-shown optgroup').label")
            )
            assert await page.page.title() == "my-bot: running"
            assert page.errors == []
        bot.journal.close("c1")
        bot.journal.close_file()


async def figure(page: Visit, text: str) -> bool:
    return await page.text("#profit-figure") == text


async def test_orders_and_fills_on_other_exchanges_are_shown_as_they_come(
    browser: Browser, market: Market, tmp_path: Path
) -> None:
    directory = make_instance(tmp_path / "my-bot", market.sandbox)
    async with watching(directory) as server, visit(browser, server.url) as page:
        assert not await page.page.is_visible("#elsewhere")
        database = Database(directory / "data" / "mm.sqlite")
        database.order("hedge", "kraken", 1_000_000, "SellOrderCreated", "OrderFilled", "SellOrderCompleted")
        database.fill("hedge", "kraken", "t1", 1_000_500, "0.5", "30000.25")
        await eventually(lambda: page.page.is_visible("#elsewhere"), "the panel")
        ((exchange, pair, side, price, amount, filled, state, lasted, _),) = await page.rows("#foreign-orders")
        assert (exchange, pair, side, price) == ("kraken", "BTC-USDT", "sell", "30,000.25")
        assert (Decimal(amount), filled, state, lasted) == (Decimal("0.5"), "0.5", "filled", "1.0 s")
        database.order("other", "binance", 2_000_000, "BuyOrderCreated")
        await eventually(lambda: counts(page, 2), "another one")
        assert (await page.rows("#foreign-orders"))[0][0] == "binance", "the latest first"
        await page.page.click("#elsewhere-lists button:nth-child(2)")
        assert (await page.rows("#foreign-fills"))[0][:5] == ["kraken", "BTC-USDT", "sell", "30,000.25", "0.5"]
        facts = await page.text("#bot-facts")
        assert "Also trades on" in facts
        assert "binance, kraken" in facts
        assert "Silent after" in facts
        database.close()
        assert page.errors == []


async def counts(page: Visit, number: int) -> bool:
    return len(await page.rows("#foreign-orders")) == number
