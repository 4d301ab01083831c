"""What the connector says against what the exchange says of the same orders and balances."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.events import MarketEvent

from test.acceptance.cards import expect
from test.acceptance.people import ASK_PAUSE_S
from test.acceptance.stage import Stage
from test.end_to_end.support import Bot
from test.patience import eventually


@dataclass(frozen=True)
class Fill:
    """One trade of an order. The fee is None where the exchange's list of trades does not tell it."""

    trade_id: str
    price: Decimal
    amount: Decimal
    fee_currency: str | None
    fee_amount: Decimal | None

    def __str__(self) -> str:
        fee = "unknown" if self.fee_amount is None else f"{self.fee_amount:f} {self.fee_currency}"
        return f"trade {self.trade_id}: {self.amount:f} at {self.price:f}, fee {fee}"


def reported_fills(bot: Bot, client_order_id: str) -> list[Fill]:
    """What the connector told Hummingbot, in that order."""
    fills = []
    for event in bot.of(MarketEvent.OrderFilled, client_order_id):
        (fee,) = event.trade_fee.flat_fees
        trade_id, price, amount = str(event.exchange_trade_id), Decimal(event.price), Decimal(event.amount)
        fills.append(Fill(trade_id, price, amount, str(fee.token).lower(), Decimal(fee.amount)))
    return fills


def fill_of_row(row: Any) -> Fill:
    """:param row: of market/trades"""
    fee_amount, fee_currency = row.get("fee_amount"), row.get("fee_currency")
    return Fill(
        str(row["id"]),
        Decimal(str(row["price"])),
        Decimal(str(row["amount"])),
        None if fee_currency is None else str(fee_currency).lower(),
        None if fee_amount is None else Decimal(str(fee_amount)),
    )


async def fills_agree(stage: Stage, bot: Bot, client_order_id: str) -> list[Any]:
    """Waits until the connector's fills of the order are the exchange's, each once, fees included.

    :return: the exchange's rows of market/trades
    """
    exchange_order_id = str(bot.order(client_order_id).exchange_order_id)
    rows: list[Any] = []

    async def agree() -> bool:
        nonlocal rows
        rows = await stage.maker.trades_of(exchange_order_id, stage.since_s)
        return _same(reported_fills(bot, client_order_id), [fill_of_row(row) for row in rows])

    try:
        await eventually(agree, pause_s=ASK_PAUSE_S)
    except AssertionError:
        told = "; ".join(map(str, reported_fills(bot, client_order_id)))
        listed = "; ".join(str(fill_of_row(row)) for row in rows)
        raise AssertionError(f"the connector's fills are [{told}], the exchange's [{listed}]") from None
    return rows


def _same(told: list[Fill], listed: list[Fill]) -> bool:
    """Whether each fill is there once on both sides."""
    if len(told) != len(listed) or len({fill.trade_id for fill in told}) != len(told):
        return False
    by_id = {fill.trade_id: fill for fill in listed}
    return all(fill.trade_id in by_id and _equal(fill, by_id[fill.trade_id]) for fill in told)


def _equal(told: Fill, listed: Fill) -> bool:
    is_fee_equal = listed.fee_amount is None or (told.fee_currency, told.fee_amount) == (
        listed.fee_currency,
        listed.fee_amount,
    )
    return (told.price, told.amount) == (listed.price, listed.amount) and is_fee_equal


async def balances_agree(stage: Stage, bot: Bot) -> None:
    """Waits until the connector's free and total funds of the market's two currencies are the exchange's."""
    told: dict[str, tuple[Decimal, Decimal]] = {}
    listed: dict[str, tuple[Decimal, Decimal]] = {}

    async def agree() -> bool:
        nonlocal told, listed
        funds = await stage.maker.funds()
        for currency in (stage.rules.base, stage.rules.quote):
            free, locked = funds.get(currency, (Decimal(0), Decimal(0)))
            listed[currency] = free, free + locked
            told[currency] = bot.available(currency.upper()), Decimal(bot.exchange.get_balance(currency.upper()))
        return told == listed

    try:
        await eventually(agree, pause_s=ASK_PAUSE_S)
    except AssertionError:
        raise AssertionError(f"free and total are {_show(told)} for the connector, {_show(listed)} there") from None


async def state_agrees(stage: Stage, bot: Bot, client_order_id: str, *wanted: str) -> str:
    """Waits until the connector's order has ended as the exchange's has, told once; returns the exchange's state.

    :param wanted: the states that will do, any final one where none is named
    """
    order = await stage.followed(bot, client_order_id)
    await eventually(order.ended_event.is_set, f"{client_order_id} ends")
    state = await stage.maker.state(str(order.exchange_order_id))
    is_buy = order.trade_type is TradeType.BUY
    completed = MarketEvent.BuyOrderCompleted if is_buy else MarketEvent.SellOrderCompleted
    kinds = {"done": completed, "cancel": MarketEvent.OrderCancelled, "reject": MarketEvent.OrderFailure}
    assert state in kinds, f"the connector holds {client_order_id} for ended, the exchange has it in {state}"
    counts = {name: len(bot.of(kind, client_order_id)) for name, kind in kinds.items()}
    expect(
        f"{client_order_id} is {state}; how often each end was told",
        counts,
        {name: int(name == state) for name in kinds},
    )
    assert not wanted or state in wanted, f"{client_order_id} ended as {state}, not as {' or '.join(wanted)}"
    return state


def _show(funds: dict[str, tuple[Decimal, Decimal]]) -> str:
    return ", ".join(f"{free:f}/{total:f} {currency}" for currency, (free, total) in funds.items())
