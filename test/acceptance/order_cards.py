"""Cards of orders that nobody trades with."""

import asyncio
from decimal import Decimal

from hummingbot.core.data_type.common import TradeType
from hummingbot.core.data_type.in_flight_order import OrderState
from hummingbot.core.event.events import MarketEvent

from test.acceptance.amounts import far_buy_price, far_sell_price
from test.acceptance.cards import SkippedError, card, expect
from test.acceptance.evidence import balances_agree, state_agrees
from test.acceptance.stage import BUY, SELL, Stage
from test.end_to_end.support import Bot
from test.patience import eventually

BURST = 10
# A ghost appears in the book within a tenth of a second (docs/protocol.md section 4.4).
GHOST_WATCH_S = 1.0


@card("A06", "A resting buy locks price × volume, and its cancel frees it")
async def resting_buy(stage: Stage) -> None:
    await _rests(stage, BUY)


@card("A07", "A resting sell locks its volume, and its cancel frees it")
async def resting_sell(stage: Stage) -> None:
    await _rests(stage, SELL)


@card("A08", "Excess digits are cut to the market's before sending")
async def digits(stage: Stage) -> None:
    bot, rules = await stage.bot(), stage.rules
    price = far_buy_price(rules, await stage.book())
    amount = rules.smallest + rules.amount_step
    await stage.need_for(BUY, amount, price)
    odd_amount = amount + rules.amount_step * Decimal("0.789012345")
    odd_price = price + rules.price_step * Decimal("0.123456789")
    order = await stage.live(bot, stage.place(bot, BUY, odd_amount, odd_price))
    said = await stage.maker.order(str(order.exchange_order_id))
    expect("the order there", (Decimal(said["origin_volume"]), Decimal(said["price"])), (amount, price))
    await stage.cancelled(bot, order)


@card("A09", "An order beyond the funds fails with the exchange's reason and locks nothing")
async def overspending(stage: Stage) -> None:
    bot, rules = await stage.bot(), stage.rules
    price = far_buy_price(rules, await stage.book())
    free = await stage.maker.free(rules.quote)
    amount = rules.amount_down(free / price * Decimal("1.5")) + rules.smallest
    client_order_id = stage.place(bot, BUY, amount, price)
    failure = await bot.event(MarketEvent.OrderFailure, client_order_id)
    reasons = ("market.account.insufficient_balance", "rejected")
    assert any(reason in failure.error_message for reason in reasons), f"another reason: {failure.error_message}"
    volumes = [Decimal(row["origin_volume"]) for row in await stage.maker.open_orders()]
    assert amount not in volumes, "the order is open at the exchange"
    await balances_agree(stage, bot)


@card("A10", "A cancel while the order is pending leaves nothing in the engine's book")
async def cancel_while_pending(stage: Stage) -> None:
    bot, rules = await stage.bot(), stage.rules
    price = _free_price(stage, bot, far_buy_price(rules, await stage.book()))
    await stage.need_for(BUY, rules.smallest * 2, price)
    for waits_for_answer in (True, False):
        client_order_id = stage.place(bot, BUY, rules.smallest, price)
        await stage.followed(bot, client_order_id)
        if waits_for_answer:
            await bot.event(MarketEvent.BuyOrderCreated, client_order_id)
        bot.exchange.cancel(rules.pair, client_order_id)
        await state_agrees(stage, bot, client_order_id, "cancel")
    await eventually(lambda: stage.at_level(bot, BUY, price) == 0, f"the book holds nothing at {price}")
    await asyncio.sleep(GHOST_WATCH_S)
    assert stage.at_level(bot, BUY, price) == 0, f"a ghost stands in the book at {price}"


@card("A11", "A burst of orders: each is created once")
async def burst(stage: Stage) -> None:
    bot, rules = await stage.bot(), stage.rules
    book = await stage.book()
    volume = BURST * rules.smallest
    lack = await stage.maker.lack(rules.quote, volume * far_buy_price(rules, book))
    if lack and (lack_of_base := await stage.maker.lack(rules.base, volume)):
        raise SkippedError(f"{lack}; {lack_of_base}")
    side, price_of = (SELL, far_sell_price) if lack else (BUY, far_buy_price)
    prices = [price_of(rules, book, steps) for steps in range(BURST)]
    ids = [stage.place(bot, side, rules.smallest, price) for price in prices]
    created = MarketEvent.BuyOrderCreated if side is BUY else MarketEvent.SellOrderCreated

    def are_answered() -> bool:
        return all(bot.of(created, known) or bot.of(MarketEvent.OrderFailure, known) for known in ids)

    await eventually(are_answered, "every order is answered")
    failures = [failure for known in ids for failure in bot.of(MarketEvent.OrderFailure, known)]
    if 0 < len(failures) < BURST:
        taken = BURST - len(failures)
        raise SkippedError(f"the exchange takes {taken} orders of {BURST} at a time: {failures[0].error_message}")
    orders = [await stage.live(bot, client_order_id) for client_order_id in ids]
    expect("created events", sum(len(bot.of(created, client_order_id)) for client_order_id in ids), BURST)
    listed = [(str(row["id"]), Decimal(row["price"])) for row in await stage.maker.open_orders()]
    ours = [(str(order.exchange_order_id), order.price) for order in orders]
    burst_prices = [entry for entry in listed if entry[1] in prices]
    assert sorted(burst_prices) == sorted(ours), f"placed are {ours}, the exchange lists {burst_prices}"


@card("A12", "Cancel-all cancels the connector's orders and leaves others on the account alone")
async def cancel_all(stage: Stage) -> None:
    bot, rules = await stage.bot(), stage.rules
    book = await stage.book()
    by_hand_price = far_buy_price(rules, book, steps=1)
    await stage.maker.need(rules.quote, 3 * rules.smallest * far_buy_price(rules, book))
    by_hand = await stage.maker.place(stage.market, "buy", f"{rules.smallest:f}", f"{by_hand_price:f}")
    await stage.maker.reaches(by_hand, "wait")
    ids = [stage.place(bot, BUY, rules.smallest, far_buy_price(rules, book)) for _ in range(2)]
    if not await stage.maker.lack(rules.base, rules.smallest):
        ids.append(stage.place(bot, SELL, rules.smallest, far_sell_price(rules, book)))
    for client_order_id in ids:
        await stage.live(bot, client_order_id)
    results = await bot.exchange.cancel_all(20)
    failed = [result.order_id for result in results if not result.success]
    expect("orders that cancel-all says are left", failed, [])
    for client_order_id in ids:
        await state_agrees(stage, bot, client_order_id, "cancel")
    assert await stage.maker.state(by_hand) == "wait", "an order placed by hand was cancelled too"


async def _rests(stage: Stage, side: TradeType) -> None:
    """Created, live, locked as Peatio locks; cancelled, freed."""
    bot, rules = await stage.bot(), stage.rules
    before = await stage.maker.funds()
    order = await stage.far_order(bot, side)
    expect("the connector's state", order.current_state, OrderState.OPEN)
    expect("the exchange's state", await stage.maker.state(str(order.exchange_order_id)), "wait")
    currency, lock = (rules.quote, order.amount * order.price) if side is BUY else (rules.base, order.amount)
    free, locked = (await stage.maker.funds())[currency]
    expect("free less and locked more", (before[currency][0] - free, locked - before[currency][1]), (lock, lock))
    await balances_agree(stage, bot)
    # By its own computation so far; now by the exchange's answer.
    await bot.exchange._update_balances()
    await balances_agree(stage, bot)
    await stage.cancelled(bot, order)
    await state_agrees(stage, bot, order.client_order_id, "cancel")
    expect("free and locked after the cancel", (await stage.maker.funds())[currency], before[currency])
    await balances_agree(stage, bot)
    created = MarketEvent.BuyOrderCreated if side is BUY else MarketEvent.SellOrderCreated
    expect("created events", len(bot.of(created, order.client_order_id)), 1)


def _free_price(stage: Stage, bot: Bot, price: Decimal) -> Decimal:
    """The first price from `price` downwards at which nobody has an order."""
    while stage.at_level(bot, BUY, price) and price > stage.rules.lowest_price:
        price -= stage.rules.price_step
    return price
