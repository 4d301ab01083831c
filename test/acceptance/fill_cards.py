"""Cards of orders that are filled: by the second account, between best bid and best ask."""

import asyncio
from contextlib import AbstractAsyncContextManager
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.data_type.in_flight_order import OrderState
from hummingbot.core.event.events import MarketEvent

from test.acceptance.cards import DisturbedError, SkippedError, card, expect
from test.acceptance.evidence import balances_agree, fills_agree, state_agrees
from test.acceptance.people import ASK_PAUSE_S, FINAL_STATES
from test.acceptance.stage import BUY, SELL, Stage
from test.end_to_end.support import Bot
from test.patience import eventually

# A market buy locks this much more than it is estimated to cost (docs/protocol.md section 4.6).
MARKET_MARGIN = Decimal("1.2")
# Peatio's columns hold 16 decimals; a server may round the last one otherwise.
LAST_DIGIT = Decimal("1e-16")


@card("A13", "The connector's resting order is filled in part, then in whole")
async def maker_fill(stage: Stage) -> None:
    bot, unit = await stage.bot(), stage.rules.smallest
    order = await resting_order(stage, bot, SELL, 3 * unit)
    await stage.hit(order, unit)

    def is_filled_in_part() -> bool:
        if order.executed_amount_base > unit:
            raise DisturbedError("others took of the order too")
        return (order.current_state, order.executed_amount_base) == (OrderState.PARTIALLY_FILLED, unit)

    await eventually(is_filled_in_part, "one part of three is filled")
    await balances_agree(stage, bot)
    await stage.hit(order, 2 * unit)
    await state_agrees(stage, bot, order.client_order_id, "done")
    (completed,) = bot.of(_completed(order), order.client_order_id)
    totals = completed.base_asset_amount, completed.quote_asset_amount
    expect("the completed event's totals", totals, (3 * unit, 3 * unit * order.price))
    expect("fills", len(await fills_agree(stage, bot, order.client_order_id)), 2)
    await balances_agree(stage, bot)


@card("A14", "The connector takes two resting orders, each at its own price")
async def taker_fill(stage: Stage) -> None:
    bot, rules = await stage.bot(), stage.rules
    unit, lowest = rules.smallest, await stage.meeting_price(levels=2)
    prices = [lowest, lowest + rules.price_step]
    side = await stage.side_to_meet(2 * unit, prices[1], preferred=BUY)
    resting = [await _rests(stage, side, unit, price) for price in prices]
    client_order_id = stage.place(bot, side, 2 * unit, prices[1] if side is BUY else prices[0])
    order = await _is_taker(stage, bot, client_order_id, resting)
    rows = await fills_agree(stage, bot, client_order_id)
    expect("the prices of the fills", sorted(Decimal(str(row["price"])) for row in rows), prices)
    (completed,) = bot.of(_completed(order), client_order_id)
    expect("the completed event's total", completed.quote_asset_amount, unit * sum(prices))
    await balances_agree(stage, bot)


@card("A15", "A market buy and a market sell end, with their fills")
async def market_orders(stage: Stage) -> None:
    bot, rules = await stage.bot(), stage.rules
    for side in (BUY, SELL):
        price = await stage.meeting_price()
        if side is BUY:
            await stage.maker.need(rules.quote, rules.smallest * price * MARKET_MARGIN)
            await stage.taker.need(rules.base, rules.smallest)
        else:
            await stage.maker.need(rules.base, rules.smallest)
            await stage.taker.need(rules.quote, rules.smallest * price)
        resting = await _rests(stage, side, rules.smallest, price)
        await _is_best(stage, bot, side, price, resting)
        client_order_id = stage.place(bot, side, rules.smallest, None)
        state = await state_agrees(stage, bot, client_order_id)
        await fills_agree(stage, bot, client_order_id)
        if state != "done":
            raise DisturbedError("the other side was gone when the market order came")
        await balances_agree(stage, bot)


@card("A16", "Fees, as maker and as taker, in the currency received")
async def fees(stage: Stage) -> None:
    bot, rules = await stage.bot(), stage.rules
    resting = await resting_order(stage, bot, SELL, rules.smallest)
    await stage.hit(resting, rules.smallest)
    await state_agrees(stage, bot, resting.client_order_id)
    await _fees_are_right(stage, bot, resting, "maker_fee")
    price = await stage.meeting_price()
    side = await stage.side_to_meet(rules.smallest, price, preferred=BUY)
    others = [await _rests(stage, side, rules.smallest, price)]
    taking = await _is_taker(stage, bot, stage.place(bot, side, rules.smallest, price), others)
    await _fees_are_right(stage, bot, taking, "taker_fee")
    await balances_agree(stage, bot)


@card("A17", "A cancel races a fill: one of the two, the same here and there")
async def cancel_races_fill(stage: Stage) -> None:
    bot, unit = await stage.bot(), stage.rules.smallest
    order = await resting_order(stage, bot, BUY, unit)
    side = "sell" if order.trade_type is BUY else "buy"
    taking = asyncio.create_task(stage.taker.place(stage.market, side, f"{unit:f}", f"{order.price:f}"))
    bot.exchange.cancel(stage.rules.pair, order.client_order_id)
    await taking
    await state_agrees(stage, bot, order.client_order_id)
    await fills_agree(stage, bot, order.client_order_id)
    await balances_agree(stage, bot)


@card("A18", "An order that would match one's own is refused before sending")
async def self_trade(stage: Stage) -> None:
    bot, rules = await stage.bot(), stage.rules
    price = await stage.meeting_price()
    side = BUY if await stage.maker.lack(rules.base, rules.smallest) else SELL
    await stage.need_for(side, rules.smallest, price)
    own = await stage.live(bot, stage.place(bot, side, rules.smallest, price))
    crossing = stage.place(bot, SELL if side is BUY else BUY, rules.smallest, price)
    order = await stage.followed(bot, crossing)
    await eventually(lambda: bot.of(MarketEvent.OrderFailure, crossing) or order.exchange_order_id, "it is refused")
    if order.exchange_order_id is not None:
        await _is_others_doing(stage, own, order)
    (failure,) = bot.of(MarketEvent.OrderFailure, crossing)
    assert f"would match our own order {own.client_order_id}" in failure.error_message, failure.error_message


async def resting_order(stage: Stage, bot: Bot, preferred: TradeType, amount: Decimal) -> TrackedOrder:
    """An order of the connector between best bid and best ask, live, for `Stage.hit`."""
    price = await stage.meeting_price()
    side = await stage.side_to_meet(amount, price, preferred)
    return await stage.live(bot, stage.place(bot, side, amount, price))


async def filled_while(stage: Stage, bot: Bot, break_off: AbstractAsyncContextManager[None]) -> None:
    """The connector's order is filled while `break_off` lasts; afterwards it knows, once."""
    order = await resting_order(stage, bot, BUY, stage.rules.smallest)
    async with break_off:
        await stage.hit(order, stage.rules.smallest)
    await state_agrees(stage, bot, order.client_order_id, "done")
    expect("fills", len(await fills_agree(stage, bot, order.client_order_id)), 1)
    await balances_agree(stage, bot)


async def _is_others_doing(stage: Stage, own: TrackedOrder, sent: TrackedOrder) -> None:
    """
    :raises AssertionError: when the two orders traded with each other
    :raises DisturbedError: when somebody else had taken the first before the second was placed
    """
    await eventually(own.ended_event.is_set, "the two orders of the account meet")
    first, second = [await stage.maker.trade_ids(str(order.exchange_order_id)) for order in (own, sent)]
    assert not first & second, "it was sent, and the account traded with itself"
    raise DisturbedError("somebody else took the first order")


async def _rests(stage: Stage, side: TradeType, amount: Decimal, price: Decimal) -> int:
    """A resting order of the second account for the connector's `side`."""
    opposite = "sell" if side is BUY else "buy"
    order_id = await stage.taker.place(stage.market, opposite, f"{amount:f}", f"{price:f}")
    await stage.taker.reaches(order_id, "wait", *FINAL_STATES)
    return order_id


async def _is_best(stage: Stage, bot: Bot, side: TradeType, price: Decimal, order_id: int) -> None:
    """Waits until the resting order stands in the connector's book.

    :raises DisturbedError: when it is gone already, or not the best of its side any more
    """
    opposite = SELL if side is BUY else BUY

    async def stands() -> bool:
        if stage.at_level(bot, opposite, price):
            return True
        if await stage.taker.state(order_id) in FINAL_STATES:
            raise DisturbedError(f"the order at {price} met somebody else's")
        return False

    await eventually(stands, f"the order at {price} stands in the book", pause_s=ASK_PAUSE_S)
    if Decimal(str(bot.exchange.get_price(stage.rules.pair, side is BUY))) != price:
        raise DisturbedError(f"{price} is not the best price any more")


async def _is_taker(stage: Stage, bot: Bot, client_order_id: str, resting: list[int]) -> TrackedOrder:
    """The connector's order once it has been filled by the resting orders and nobody else's.

    :raises DisturbedError: when others were faster
    """
    order = await stage.live(bot, client_order_id)
    if not await _meets(stage, order, resting):
        raise DisturbedError("others traded with the resting orders")
    taken = set().union(*[await stage.taker.trade_ids(order_id) for order_id in resting])
    if taken != await stage.maker.trade_ids(str(order.exchange_order_id)):
        raise DisturbedError("others traded with the resting orders")
    await state_agrees(stage, bot, client_order_id, "done")
    return order


async def _meets(stage: Stage, order: TrackedOrder, resting: list[int]) -> bool:
    """Waits until the order or all it could meet has ended; whether the order has."""
    is_done = False

    async def is_over() -> bool:
        nonlocal is_done
        are_gone = all([await stage.taker.state(order_id) in FINAL_STATES for order_id in resting])
        is_done = await stage.maker.state(str(order.exchange_order_id)) in FINAL_STATES
        return is_done or are_gone

    await eventually(is_over, f"{order.client_order_id} meets the resting orders", pause_s=ASK_PAUSE_S)
    return is_done


async def _fees_are_right(stage: Stage, bot: Bot, order: TrackedOrder, rate_name: str) -> None:
    rows = await fills_agree(stage, bot, order.client_order_id)
    said = await stage.maker.order(str(order.exchange_order_id))
    is_buy = order.trade_type is BUY
    for row in rows:
        if row.get("fee_amount") is None:
            raise SkippedError("the exchange's list of trades does not tell fees")
        expect("the fee's currency", row["fee_currency"].lower(), stage.rules.base if is_buy else stage.rules.quote)
        if said.get(rate_name) is not None:
            _is_share(row, Decimal(str(said[rate_name])), is_buy)


def _is_share(row: Any, rate: Decimal, is_buy: bool) -> None:
    price, amount, fee = (Decimal(str(row[name])) for name in ("price", "amount", "fee_amount"))
    expected = (amount * rate if is_buy else amount * price * rate).quantize(LAST_DIGIT, ROUND_HALF_UP)
    assert abs(fee - expected) <= LAST_DIGIT, f"the fee of trade {row['id']} is {fee:f}, {rate} makes {expected:f}"


def _completed(order: TrackedOrder) -> MarketEvent:
    return MarketEvent.BuyOrderCompleted if order.trade_type is BUY else MarketEvent.SellOrderCompleted
