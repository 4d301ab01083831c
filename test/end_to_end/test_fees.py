"""Fees as the exchange charges them, in every estimate that Hummingbot makes."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.order_candidate import OrderCandidate
from hummingbot.core.event.events import MarketEvent
from hummingbot.core.utils.estimate_fee import build_trade_fee

from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.exchange.market import TradingFee
from test.end_to_end.support import Bot, Person, running_bot
from test.patience import eventually

BUY, SELL = TradeType.BUY, TradeType.SELL
D = Decimal
PAIRS = ["BTC-USD", "DOGE-BTC"]
FEES = (
    TradingFee("any", "any", D("0.004"), D("0.005")),
    TradingFee("any", "btcusd", D("0.003"), D("0.0035")),
    TradingFee("vip-0", "any", D("0.001"), D("0.002")),
    TradingFee("vip-0", "dogebtc", D("0.0005"), D("0.0007")),
    TradingFee("vip-3", "any", D("0"), D("0.0001")),
)


def percents(bot: Bot, pair: str = "BTC-USD") -> tuple[Decimal, Decimal]:
    """Of a LIMIT_MAKER and of a MARKET order."""
    base, quote = pair.split("-")
    maker, taker = (
        bot.exchange.get_fee(base, quote, order_type, BUY, D(1), D(30000)).percent
        for order_type in (OrderType.LIMIT_MAKER, OrderType.MARKET)
    )
    return maker, taker


def potential(bot: Bot, pair: str, side: TradeType, is_maker: bool) -> tuple[Decimal, Decimal]:
    """What an order of 2 at 100 would bring, and its fee, as Hummingbot's budget checker has it."""
    order_type = OrderType.LIMIT_MAKER if is_maker else OrderType.LIMIT
    candidate = OrderCandidate(pair, is_maker, order_type, side, D(2), D(100))
    (adjusted,) = bot.exchange.budget_checker.adjust_candidates([candidate])
    assert adjusted.amount == 2
    return adjusted.potential_returns.amount, adjusted.percent_fee_value.amount


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxConfig(seed=11, trading_fees=FEES)) as exchange:
        yield exchange
    assert exchange.handler_errors == []


async def test_every_estimate_has_the_fees_of_the_members_group_and_market(sandbox: Sandbox, bot: Bot) -> None:
    await eventually(lambda: percents(bot) == (D("0.001"), D("0.002")), "the group's fees")
    assert percents(bot, "DOGE-BTC") == (D("0.0005"), D("0.0007"))
    assert percents(bot, "ETH-USD") == (D("0.001"), D("0.002")), "a market that is not traded on"

    # The budget checker's candidates, by pair, side and role.
    assert potential(bot, "BTC-USD", SELL, is_maker=True) == (D("199.8"), D("0.2"))
    assert potential(bot, "BTC-USD", SELL, is_maker=False) == (D("199.6"), D("0.4"))
    assert potential(bot, "DOGE-BTC", BUY, is_maker=True) == (D("1.999"), D("0.001"))

    # What knows no pair has the highest of ours.
    assert bot.exchange.estimate_fee_pct(is_maker=True) == D("0.001")
    assert build_trade_fee("peatio", False, "BTC", "USD", OrderType.LIMIT, BUY, D(1)).percent == D("0.002")


async def test_another_group_is_noticed_by_the_next_order_and_taken_over_on_all_pairs(
    sandbox: Sandbox, bot: Bot, taker: Person
) -> None:
    await eventually(lambda: percents(bot) == (D("0.001"), D("0.002")), "the group's fees")
    first = bot.place("BTC-USD", SELL, "0.1", "30000")
    await bot.live(first)
    sandbox.exchange.move_to_group(sandbox.exchange.members["bot"], "vip-3")
    second = bot.place("BTC-USD", SELL, "0.1", "30000")
    await bot.live(second)
    await eventually(lambda: percents(bot) == (D(0), D("0.0001")), "the new group's fees")
    await eventually(lambda: percents(bot, "DOGE-BTC") == (D(0), D("0.0001")), "on other pairs as well")

    # Orders keep the rates that they were created with.
    await taker.place("btcusd", "buy", "0.2", "30000")
    for order_id, fee in ((first, D("3")), (second, D(0))):
        await bot.event(MarketEvent.SellOrderCompleted, order_id)
        (fill,) = bot.of(MarketEvent.OrderFilled, order_id)
        assert fill.trade_fee.flat_fees[0].amount == fee


async def test_where_the_group_is_not_told_orders_tell_what_they_are_charged() -> None:
    config = SandboxConfig(seed=11, trading_fees=FEES, dialect="peatio-3.0")
    async with Sandbox(config) as sandbox, running_bot(sandbox.url, sandbox.members["bot"], PAIRS) as bot:
        await eventually(lambda: percents(bot) == (D("0.003"), D("0.0035")), "the fees for all groups")
        await bot.live(bot.place("BTC-USD", SELL, "0.1", "30000"))
        assert percents(bot) == (D("0.001"), D("0.002"))
        assert percents(bot, "DOGE-BTC") == (D("0.004"), D("0.005")), "nothing was learned here"
    assert sandbox.handler_errors == []


async def test_a_changed_table_is_noticed_by_the_next_order(sandbox: Sandbox, bot: Bot) -> None:
    await eventually(lambda: percents(bot) == (D("0.001"), D("0.002")), "the group's fees")
    sandbox.exchange.trading_fees = ()
    await bot.live(bot.place("BTC-USD", SELL, "0.1", "30000"))
    await eventually(lambda: percents(bot, "DOGE-BTC") == (D(0), D(0)), "no rows, no fees")
    assert percents(bot) == (D(0), D(0))


async def test_fees_come_late_and_not_after_twelve_hours(sandbox: Sandbox) -> None:
    fault = sandbox.faults.start("server_error", path="/public/trading_fees")
    async with running_bot(sandbox.url, sandbox.members["bot"], PAIRS) as bot:
        assert percents(bot) == (D("0.002"), D("0.002")), "the stock fees"
        sandbox.faults.stop(fault)
        await eventually(lambda: percents(bot) == (D("0.001"), D("0.002")), "asked again")
