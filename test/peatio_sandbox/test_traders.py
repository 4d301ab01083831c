"""The people on the market: they keep a book, move the price within bounds and take quotes on both sides."""

from __future__ import annotations

import asyncio
from decimal import Decimal

from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.exchange.exchange import OrderRequest
from peatio_sandbox.exchange.market import Market, Side
from peatio_sandbox.exchange.records import OrderRecord
from peatio_sandbox.traders import MAX_DRIFT, MarketPeople
from test.patience import eventually

D = Decimal


def quote(sandbox: Sandbox, side: Side, spread: str) -> OrderRecord:
    exchange, middle = sandbox.exchange, sandbox.mid_price("btcusd")
    assert middle is not None
    price = (middle * (1 + D(spread) if side == "sell" else 1 - D(spread))).quantize(D("0.01"))
    request = OrderRequest(exchange.markets["btcusd"], side, "limit", D("0.01"), price)
    return exchange.submit(exchange.members["bot"], request)


async def test_every_enabled_market_gets_a_book_at_once() -> None:
    async with Sandbox(SandboxConfig(traders=True)) as sandbox:
        store = sandbox.exchange.store
        enabled = [market for market in sandbox.config.markets if market.is_enabled]
        await eventually(
            lambda: all(len(store.depth(market, side)) >= 8 for market in enabled for side in ("buy", "sell"))
        )
        for market in enabled:
            best_bid, best_ask = store.best_price(market.symbol, "buy"), store.best_price(market.symbol, "sell")
            assert best_bid is not None
            assert best_ask is not None
            assert best_bid < best_ask < best_bid * D("1.01")


async def test_a_side_of_the_book_is_worth_more_than_any_default_member_has() -> None:
    async with Sandbox(SandboxConfig(traders=True)) as sandbox:
        store = sandbox.exchange.store
        await eventually(lambda: all(len(store.depth(market, "sell")) >= 17 for market in people_on(sandbox)))
        for market in people_on(sandbox):
            asked = sum(price * volume for price, volume in store.depth(market, "sell"))
            bid = sum(volume for _, volume in store.depth(market, "buy"))
            for member in ("bot", "maker", "taker"):
                assert asked > sandbox.balances(member)[market.quote][0]
                assert bid > sandbox.balances(member)[market.base][0]


def people_on(sandbox: Sandbox) -> list[Market]:
    """The markets with traders."""
    return [market for market in sandbox.config.markets if market.is_enabled]


async def test_quotes_around_the_middle_are_filled_on_both_sides() -> None:
    async with Sandbox(SandboxConfig(traders=True, seed=3)) as sandbox:
        await eventually(lambda: sandbox.mid_price("btcusd") is not None)
        async with asyncio.timeout(60):
            while {fill.side for fill in sandbox.fills("bot")} != {"buy", "sell"}:
                quotes = [quote(sandbox, "buy", "0.002"), quote(sandbox, "sell", "0.002")]
                await asyncio.sleep(2)
                for order in quotes:
                    sandbox.exchange.cancel(order)
        assert sandbox.handler_errors == []


async def test_the_fair_price_wanders_and_stays_within_its_bounds() -> None:
    async with Sandbox(SandboxConfig(traders=True)) as sandbox:
        market = sandbox.exchange.markets["btcusd"]
    people = MarketPeople(sandbox.exchange, market, D(30_000), D(1), "7")
    prices = []
    for _ in range(100_000):
        people._move_fair_price()
        prices.append(people.fair_price)
    assert max(prices) - min(prices) > 300
    assert min(prices) > 30_000 * (1 - MAX_DRIFT) - 1
    assert max(prices) < 30_000 * (1 + MAX_DRIFT) * 1.001


async def test_the_same_seed_wanders_the_same_way() -> None:
    async with Sandbox(SandboxConfig(traders=True)) as sandbox:
        market = sandbox.exchange.markets["btcusd"]

    def walk(seed: str) -> list[float]:
        people = MarketPeople(sandbox.exchange, market, D(30_000), D(1), seed)
        prices = []
        for _ in range(50):
            people._move_fair_price()
            prices.append(people.fair_price)
        return prices

    assert walk("1") == walk("1")
    assert walk("1") != walk("2")
