"""The life of orders, over real sockets."""

import asyncio
from decimal import Decimal

from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import OrderState
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import Sandbox
from test.end_to_end.scenarios import scenario
from test.end_to_end.support import Bot, engine_levels
from test.end_to_end.venue import Trader, Venue
from test.patience import eventually

BUY, SELL = TradeType.BUY, TradeType.SELL
USD = Decimal("10000000")
BTC = Decimal("1000")


def ledger_fills(sandbox: Sandbox, member: str = "bot") -> set[tuple[str, ...]]:
    return {
        (str(f.order_id), str(f.trade_id), str(f.price.normalize()), str(f.amount.normalize()), f.fee_currency.upper(),
         str(f.fee_amount.normalize()))
        for f in sandbox.fills(member)
    }


def reported_fills(bot: Bot, sandbox: Sandbox) -> set[tuple[str, ...]]:
    """What the connector told, with the ledger's order ids where the exchange's dialect has other names for orders."""
    fills = bot.of(MarketEvent.OrderFilled)
    ids = {order.uuid: str(order.id) for order in sandbox.orders("bot")}
    keys: set[tuple[str, ...]] = {
        (ids.get(f.exchange_order_id, str(f.exchange_order_id)), str(f.exchange_trade_id), str(f.price.normalize()),
         str(f.amount.normalize()), str(f.trade_fee.flat_fees[0].token),
         str(f.trade_fee.flat_fees[0].amount.normalize()))
        for f in fills
    }
    assert len(keys) == len(fills), "a fill was reported twice"
    return keys


@scenario("Placing and cancelling", "A limit order rests, locks its price, and is cancelled")
async def test_a_resting_buy_locks_price_times_volume_and_a_cancel_frees_it(sandbox: Sandbox, bot: Bot) -> None:
    order_id = bot.place("BTC-USD", BUY, "0.5", "29000")
    order = await bot.live(order_id)
    assert order.current_state is OrderState.OPEN
    assert bot.available("USD") == USD - 14500
    assert bot.available("BTC") == BTC
    bot.exchange.cancel("BTC-USD", order_id)
    await bot.event(MarketEvent.OrderCancelled, order_id)
    await eventually(lambda: bot.available("USD") == USD, "the lock is freed")
    assert [kind for kind, _ in bot.events] == [MarketEvent.BuyOrderCreated, MarketEvent.OrderCancelled]
    assert sandbox.orders("bot")[0].state == "cancel"


async def test_a_resting_sell_locks_its_volume(bot: Bot) -> None:
    order_id = bot.place("BTC-USD", SELL, "0.5", "31000")
    await bot.live(order_id)
    assert bot.available("BTC") == BTC - Decimal("0.5")
    assert bot.available("USD") == USD


@scenario("Fills and fees", "A resting order is filled in two parts; maker fee")
async def test_maker_fills_match_the_ledger(sandbox: Sandbox, bot: Bot, taker: Trader) -> None:
    order_id = bot.place("BTC-USD", SELL, "0.5", "30000")
    await bot.live(order_id)
    await taker.place("btcusd", "buy", "0.2", "30010")
    await eventually(lambda: bot.order(order_id).current_state is OrderState.PARTIALLY_FILLED, "part is filled")
    await taker.place("btcusd", "buy", "0.3", "30000")
    completed = await bot.event(MarketEvent.SellOrderCompleted, order_id)
    assert completed.base_asset_amount == Decimal("0.5")
    assert completed.quote_asset_amount == Decimal("15000")
    assert reported_fills(bot, sandbox) == ledger_fills(sandbox)
    # Maker of a sell: 0.1 % of the 15000 received.
    await eventually(lambda: bot.available("USD") == USD + 15000 - 15, "the proceeds are free")
    assert len(bot.of(MarketEvent.SellOrderCompleted)) == 1


@scenario("Fills and fees", "An order takes two levels; taker fee, better prices given back")
async def test_taker_fills_match_the_ledger_and_the_better_price_is_given_back(
    sandbox: Sandbox, bot: Bot, taker: Trader
) -> None:
    await taker.place("btcusd", "sell", "0.1", "30000")
    await taker.place("btcusd", "sell", "0.1", "30050")
    await eventually(lambda: len([o for o in sandbox.orders("taker") if o.state == "wait"]) == 2, "asks rest")
    order_id = bot.place("BTC-USD", BUY, "0.2", "30100")
    await bot.event(MarketEvent.BuyOrderCompleted, order_id)
    assert reported_fills(bot, sandbox) == ledger_fills(sandbox)
    assert len(reported_fills(bot, sandbox)) == 2
    await eventually(lambda: bot.available("USD") == USD - 6005, "what was locked above the price is free again")
    await eventually(lambda: bot.available("BTC") == BTC + Decimal("0.2") - Decimal("0.0004"), "less the taker fee")


@scenario("Fills and fees", "A market buy and a market sell")
async def test_market_orders_are_followed_without_order_events(sandbox: Sandbox, bot: Bot, taker: Trader) -> None:
    await taker.place("btcusd", "sell", "1", "30000")
    await taker.place("btcusd", "buy", "1", "29900")
    await eventually(lambda: len([o for o in sandbox.orders("taker") if o.state == "wait"]) == 2, "both sides rest")
    await eventually(lambda: not bot.exchange.get_price("BTC-USD", False).is_nan(), "a price")
    bought = bot.place("BTC-USD", BUY, "0.05", None, OrderType.MARKET)
    await bot.event(MarketEvent.BuyOrderCompleted, bought)
    sold = bot.place("BTC-USD", SELL, "0.05", None, OrderType.MARKET)
    await bot.event(MarketEvent.SellOrderCompleted, sold)
    assert reported_fills(bot, sandbox) == ledger_fills(sandbox)
    spent = Decimal("0.05") * 30000
    received = Decimal("0.05") * 29900 * Decimal("0.998")
    await eventually(lambda: bot.available("USD") == USD - spent + received, "balances after both")


@scenario("Placing and cancelling", "A market of eight decimals")
async def test_any_digits_are_accepted_on_a_market_of_eight_decimals(sandbox: Sandbox, bot: Bot) -> None:
    order_id = bot.place("DOGE-BTC", BUY, "12345.678901239999", "0.000024319999")
    await bot.live(order_id)
    order = sandbox.orders("bot")[0]
    assert (order.origin_volume, order.price) == (Decimal("12345.67890123"), Decimal("0.00002431"))
    assert bot.available("BTC") == BTC - Decimal("12345.67890123") * Decimal("0.00002431")


@scenario("Placing and cancelling", "An order accepted first and rejected later fails, locks undone")
async def test_an_overspending_order_is_created_and_then_fails(sandbox: Sandbox, bot: Bot) -> None:
    """Funds are locked later than the answer: two orders that are affordable only one at a time."""
    sandbox.exchange.order_processor.pause()
    first = bot.place("BTC-USD", BUY, "300", "29000")
    second = bot.place("BTC-USD", BUY, "300", "29000")
    await eventually(lambda: len(bot.of(MarketEvent.BuyOrderCreated)) == 2, "both are answered")
    assert bot.available("USD") == 0, "together they need more than there is"
    sandbox.exchange.order_processor.resume()
    await eventually(lambda: bot.of(MarketEvent.OrderFailure), "one is rejected")
    failed = bot.of(MarketEvent.OrderFailure)[0].order_id
    live = second if failed == first else first
    await bot.live(live)
    assert "rejected" in bot.of(MarketEvent.OrderFailure)[0].error_message
    assert len(bot.of(MarketEvent.OrderFailure)) == 1
    assert bot.available("USD") == USD - 300 * 29000


@scenario("Placing and cancelling", "An order refused at once fails with the exchange's code")
async def test_a_refused_order_fails_with_the_exchanges_reason(venue: Venue) -> None:
    async with venue.running_bot(member="poor") as poor:
        order_id = poor.place("BTC-USD", BUY, "1", "29000")
        failure = await poor.event(MarketEvent.OrderFailure, order_id)
        assert "market.account.insufficient_balance" in failure.error_message
        assert not poor.of(MarketEvent.BuyOrderCreated)


async def test_orders_that_cannot_be_made_fail_instead_of_hanging(bot: Bot) -> None:
    for pair, order_type in (("BTC-USD", OrderType.MARKET), ("NO-SUCH", OrderType.LIMIT)):
        order_id = bot.place(pair, BUY, "0.1", None if order_type is OrderType.MARKET else "1", order_type)
        failure = await bot.event(MarketEvent.OrderFailure, order_id)
        assert "No order can be made" in failure.error_message
    assert not bot.exchange.in_flight_orders


@scenario("Placing and cancelling", "Thirty orders at once, each placed once; cancel-all ends them all")
async def test_a_burst_creates_each_order_once(sandbox: Sandbox, bot: Bot) -> None:
    """Events overtake answers and each other here; none may be lost and none applied twice."""
    ids = [bot.place("BTC-USD", BUY, "0.01", str(29000 + i)) for i in range(30)]
    for order_id in ids:
        await bot.live(order_id)
    assert sorted(event.order_id for event in bot.of(MarketEvent.BuyOrderCreated)) == sorted(ids)
    assert len({bot.order(order_id).exchange_order_id for order_id in ids}) == 30
    results = await bot.exchange.cancel_all(10)
    assert all(result.success for result in results)
    assert len(results) == 30
    await eventually(lambda: not bot.exchange.in_flight_orders, "all cancelled")
    assert {order.state for order in sandbox.orders("bot")} == {"cancel"}
    assert len(bot.of(MarketEvent.OrderCancelled)) == 30
    await eventually(lambda: bot.available("USD") == USD, "all locks freed")


def cancels(sandbox: Sandbox) -> int:
    """How many requests to cancel an order have come."""
    return sum(count for (_, path), count in sandbox.request_counts.items() if "/cancel" in path)


@scenario("Placing and cancelling", "A cancel waits while its order is `pending`")
async def test_a_cancel_waits_until_the_order_left_pending(sandbox: Sandbox, bot: Bot) -> None:
    """Sent at once it would leave a ghost in the engine's book."""
    sandbox.exchange.order_processor.pause()
    order_id = bot.place("BTC-USD", BUY, "0.5", "29000")
    await bot.event(MarketEvent.BuyOrderCreated, order_id)
    bot.exchange.cancel("BTC-USD", order_id)
    await asyncio.sleep(0.3)
    assert cancels(sandbox) == 0
    sandbox.exchange.order_processor.resume()
    await bot.event(MarketEvent.OrderCancelled, order_id)
    assert cancels(sandbox) > 0
    # An order is called `wait` before the engine has it: on a busy machine the second cancel may still be on its way.
    await eventually(lambda: engine_levels(sandbox, "btcusd") == ([], []), "nothing is left in the engine")


@scenario("Fills and fees", "A cancel that meets a fill")
async def test_cancelling_an_order_that_has_just_been_filled_ends_as_the_fill(
    sandbox: Sandbox, bot: Bot, taker: Trader
) -> None:
    order_id = bot.place("BTC-USD", SELL, "0.1", "30000")
    await bot.live(order_id)
    await taker.place("btcusd", "buy", "0.1", "30000")
    bot.exchange.cancel("BTC-USD", order_id)
    await eventually(lambda: bot.order(order_id).is_done, "the order ends")
    await eventually(lambda: sandbox.orders("bot")[0].state in ("done", "cancel"), "and so it does there")
    was_filled = sandbox.orders("bot")[0].state == "done"
    await bot.event(MarketEvent.SellOrderCompleted if was_filled else MarketEvent.OrderCancelled, order_id)
    assert reported_fills(bot, sandbox) == ledger_fills(sandbox)


@scenario("Placing and cancelling", "An order that would match one's own is not sent")
async def test_an_order_that_would_match_ones_own_is_refused_before_sending(sandbox: Sandbox, bot: Bot) -> None:
    sell = bot.place("BTC-USD", SELL, "0.1", "30000")
    await bot.live(sell)
    await eventually(lambda: bot.exchange.get_price("BTC-USD", True) == 30000, "and in the book")
    crossing = bot.place("BTC-USD", BUY, "0.1", "30000")
    failure = await bot.event(MarketEvent.OrderFailure, crossing)
    assert f"would match our own order {sell}" in failure.error_message
    beside = bot.place("BTC-USD", BUY, "0.1", "29999.99")
    await bot.live(beside)
    assert len(sandbox.orders("bot")) == 2


@scenario("Fills and fees", "A self-trade is recorded on both orders")
async def test_a_trade_with_oneself_is_recorded_on_both_orders(sandbox: Sandbox, venue: Venue) -> None:
    settings = ConnectorSettings(refuse_self_trades=False)
    async with venue.running_bot(settings=settings) as bot:
        sell = bot.place("BTC-USD", SELL, "0.1", "30000")
        await bot.live(sell)
        buy = bot.place("BTC-USD", BUY, "0.1", "30000")
        await bot.event(MarketEvent.SellOrderCompleted, sell)
        await bot.event(MarketEvent.BuyOrderCompleted, buy)
        assert reported_fills(bot, sandbox) == ledger_fills(sandbox)
        assert len(reported_fills(bot, sandbox)) == 2


@scenario("Placing and cancelling", "Others' orders on the account are left alone")
async def test_orders_of_another_bot_on_the_account_are_left_alone(sandbox: Sandbox, venue: Venue, bot: Bot) -> None:
    async with venue.running_bot() as other:
        theirs = other.place("BTC-USD", BUY, "0.1", "28000")
        await other.live(theirs)
        ours = bot.place("BTC-USD", BUY, "0.1", "28500")
        await bot.live(ours)
        await bot.exchange.cancel_all(10)
        await bot.event(MarketEvent.OrderCancelled, ours)
        assert other.order(theirs).is_open
        assert [order.state for order in sandbox.orders("bot")] == ["wait", "cancel"]
        assert len(bot.of(MarketEvent.BuyOrderCreated)) == 1
        await other.exchange.cancel_all(10)
    await bot.exchange._update_balances()  # no event tells of others' locks
