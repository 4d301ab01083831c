"""Markets, currencies and rows as an exchange has them beside the usual ones: a bot trades, and knows what it has."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.config import DEFAULT_CURRENCIES, DEFAULT_MARKETS, DEFAULT_MEMBERS
from peatio_sandbox.exchange.market import Currency
from peatio_sandbox.rest.account import AccountEndpoints
from peatio_sandbox.rest.public import PublicEndpoints
from test.end_to_end.support import Bot, levels, person
from test.end_to_end.test_orders import ledger_fills, reported_fills
from test.end_to_end.venue import usual_venue
from test.patience import eventually

BUY, SELL = TradeType.BUY, TradeType.SELL
D = Decimal
BTCUSD = DEFAULT_MARKETS[0]
Change = Callable[[Any], Any]


@pytest.fixture
def config() -> SandboxConfig:
    """A hidden market, one of a currency with a hyphen, and two of currencies that would get one name."""
    codes = ("usdt-erc20", "twin-a", "twin_a")
    return SandboxConfig(
        seed=11,
        tickers_cached_s=0.0,
        currencies=(*DEFAULT_CURRENCIES, *(Currency(code, code, "coin", 8, D(1)) for code in codes)),
        markets=(
            BTCUSD,
            replace(BTCUSD, symbol="ethusd", base="eth", state="hidden"),
            replace(BTCUSD, symbol="btcusdterc20", quote="usdt-erc20"),
            replace(BTCUSD, symbol="twin1", base="twin-a", quote="btc"),
            replace(BTCUSD, symbol="twin2", base="twin_a", quote="btc"),
        ),
        members=tuple(
            replace(spec, balances={**spec.balances, **dict.fromkeys(codes, D(100_000))}) for spec in DEFAULT_MEMBERS
        ),
    )


@pytest.fixture
def changes(monkeypatch: pytest.MonkeyPatch) -> dict[str, Change]:
    """What becomes of the exchange's answers, by the name of the handler."""
    found: dict[str, Change] = {}

    def patch(endpoints: type, name: str) -> None:
        original = getattr(endpoints, name)

        async def changed(self: object, request: web.Request) -> web.Response:
            response: web.Response = await original(self, request)
            change = found.get(name, lambda body: body)
            return web.json_response(change(json.loads(response.text or "")))

        monkeypatch.setattr(endpoints, name, changed)

    for name in ("markets", "trading_fees", "tickers"):
        patch(PublicEndpoints, name)
    patch(AccountEndpoints, "balances")
    return found


@pytest.fixture
async def sandbox(config: SandboxConfig, changes: dict[str, Change]) -> AsyncIterator[Sandbox]:
    async with Sandbox(config) as exchange:
        yield exchange
    assert exchange.handler_errors == []


async def trades_both_ways(sandbox: Sandbox, bot: Bot, pair: str, market: str) -> None:
    """Rests, is met, and takes, with a book that shows it; the fills are the ledger's."""
    async with person(sandbox, "taker") as taker:
        sold = bot.place(pair, SELL, "0.1", "30000")
        await bot.live(sold)
        book = bot.exchange.get_order_book(pair)
        await eventually(lambda: levels(book.ask_entries()) == [(30000.0, 0.1)], "the book shows it")
        await taker.place(market, "buy", "0.1", "30000")
        await bot.event(MarketEvent.SellOrderCompleted, sold)
        await taker.place(market, "sell", "0.1", "29000")
        await eventually(lambda: not bot.exchange.get_price(pair, True).is_nan(), "an ask")
        bought = bot.place(pair, BUY, "0.1", "29000", OrderType.LIMIT)
        await bot.event(MarketEvent.BuyOrderCompleted, bought)


async def test_a_hidden_market_is_traded_beside_another_one(sandbox: Sandbox, venue_bot: Any) -> None:
    async with venue_bot("BTC-USD", "ETH-USD") as bot:
        await trades_both_ways(sandbox, bot, "ETH-USD", "ethusd")
        assert reported_fills(bot, sandbox) == ledger_fills(sandbox)


async def test_a_currency_with_a_hyphen_is_traded_under_its_hummingbot_name(
    sandbox: Sandbox, venue_bot: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async with venue_bot("BTC-USDT_ERC20") as bot:
        assert bot.available("USDT_ERC20") == 100_000
        await trades_both_ways(sandbox, bot, "BTC-USDT_ERC20", "btcusdterc20")
        assert reported_fills(bot, sandbox) == {
            tuple(field.replace("USDT-ERC20", "USDT_ERC20") for field in fill) for fill in ledger_fills(sandbox)
        }
        fees = {str(fill.trade_fee.flat_fees[0].token) for fill in bot.of(MarketEvent.OrderFilled)}
        assert fees == {"BTC", "USDT_ERC20"}
        # 0.1 sold at 30000 less 0.1 %, and bought again at 29000.
        await eventually(lambda: bot.available("USDT_ERC20") == 100_000 + 3000 - 3 - 2900, "the proceeds")
        symbols = await bot.exchange.trading_pair_symbol_map()
        assert symbols.keys() == {"btcusd", "ethusd", "btcusdterc20"}
        assert "TWIN_A" not in bot.exchange.available_balances
    assert caplog.text.count("The currencies twin-a and twin_a are left out: both would be TWIN_A in Hummingbot.") == 1


@pytest.fixture
def venue_bot(sandbox: Sandbox, data_folder: Any) -> Callable[..., Any]:
    return lambda *pairs: usual_venue(sandbox, data_folder).running_bot(pairs)


async def test_odd_rows_in_every_list_cost_no_other_row(
    sandbox: Sandbox, venue_bot: Any, changes: dict[str, Change], caplog: pytest.LogCaptureFixture
) -> None:
    odd = [None, "", 5]
    changes["markets"] = lambda rows: [*odd, *rows]
    changes["trading_fees"] = lambda rows: [*odd, {"market_id": "ethusd", "maker": "NaN"}, *rows]
    changes["tickers"] = lambda tickers: {**tickers, "a": None, "b": "", "c": {"last": "NaN"}}
    changes["balances"] = lambda rows: [*odd, *rows, {"currency": "BTC", "balance": "0.0"}]
    async with venue_bot("BTC-USD") as bot:
        await trades_both_ways(sandbox, bot, "BTC-USD", "btcusd")
        assert await bot.exchange.get_last_traded_prices(["BTC-USD"]) == {"BTC-USD": 29000.0}
        assert bot.exchange.get_fee("BTC", "USD", OrderType.LIMIT_MAKER, BUY, D(1), D(1)).percent == D("0.001")
        assert bot.available("BTC") == 1000 - D("0.1") + D("0.1") * D("0.998")
        funds = bot.available("USD")
        # From now on the row of one currency cannot be read: what is known of it stays.
        changes["balances"] = lambda rows: [row if row["currency"] != "usd" else None for row in rows]
        await bot.exchange._update_balances()
        assert bot.available("USD") == funds > 10_000_000
    assert caplog.text.count("The balance of BTC is left out: there is also one of btc.") == 1
    assert caplog.text.count("In the list of public/markets/tickers, a row cannot be read") == 3
