#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: a market order of paper trade that is larger than the book is filled by what the book has, or fails.
# What happens: it is filled whole, for the money that the levels in the book cost. Twice what is offered comes for half
# the price; the event of the fill has the amount of the book, the balance and the completed event the whole. A sale
# takes all the coins from the balance, and adds the money for those that the book took.
#
# Observed:
#   book: 10 bid at 99, 10 offered at 101
#   buy 10: filled 10 at 101, completed 10 for 1010; balances BAY +10, USD -1010
#   buy 20: filled 10 at 101, completed 20 for 1010; balances BAY +20, USD -1010
#   buy 1000: filled 10 at 101, completed 1000 for 1010; balances BAY +1000, USD -1010
#   sell 20: filled 10 at 99, completed 20 for 990; balances BAY -20, USD +990
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
import asyncio
from decimal import Decimal
from types import SimpleNamespace

from hummingbot.client.config.trade_fee_schema_loader import TradeFeeSchemaLoader
from hummingbot.connector.exchange.paper_trade.paper_trade_exchange import PaperTradeExchange
from hummingbot.connector.exchange_base import ExchangeBase
from hummingbot.core.clock import Clock, ClockMode
from hummingbot.core.data_type.common import OrderType
from hummingbot.core.data_type.composite_order_book import CompositeOrderBook
from hummingbot.core.data_type.order_book_row import OrderBookRow
from hummingbot.core.data_type.trade_fee import TradeFeeSchema
from hummingbot.core.event.event_logger import EventLogger
from hummingbot.core.event.events import MarketEvent

PAIR, AMOUNT, MONEY = "BAY-USD", Decimal(1000), Decimal(100000)
ENDS = MarketEvent.OrderFilled, MarketEvent.BuyOrderCompleted, MarketEvent.SellOrderCompleted, MarketEvent.OrderFailure
TradeFeeSchemaLoader.configured_schema_for_exchange = lambda exchange_name: TradeFeeSchema()  # no fees


def number(value: Decimal) -> str:
    return f"{value.normalize():f}"


async def show(side: str, amount: int) -> None:
    """Prints what becomes of a market order; the tracker is replaced by what paper trade reads of it."""
    book = CompositeOrderBook()
    book.apply_snapshot([OrderBookRow(99.0, 10.0, 1)], [OrderBookRow(101.0, 10.0, 1)], 1)
    tracker = SimpleNamespace(
        data_source=SimpleNamespace(order_book_create_function=None), order_books={PAIR: book}, ready=True,
        start=lambda: None, stop=lambda: None,
    )
    market, events = PaperTradeExchange(tracker, ExchangeBase, exchange_name="any"), EventLogger()
    market.set_balance("BAY", AMOUNT)
    market.set_balance("USD", MONEY)
    assert market.ready
    for kind in ENDS:
        market.add_listener(kind, events)
    clock = Clock(ClockMode.BACKTEST, 1.0, 100.0, 120.0)
    clock.add_iterator(market)
    with clock:
        clock.backtest_til(101.0)
        (market.buy if side == "buy" else market.sell)(PAIR, Decimal(amount), OrderType.MARKET)
        clock.backtest_til(120.0)
        await asyncio.sleep(0)
    completed, filled = sorted(events.event_log, key=lambda event: type(event).__name__.endswith("FilledEvent"))
    coins, money = market.get_balance("BAY") - AMOUNT, market.get_balance("USD") - MONEY
    print(
        f"{side} {amount}: filled {number(filled.amount)} at {number(filled.price)},"
        f" completed {number(completed.base_asset_amount)} for {number(completed.quote_asset_amount)};"
        f" balances BAY {coins.normalize():+f}, USD {money.normalize():+f}"
    )


async def main() -> None:
    print("book: 10 bid at 99, 10 offered at 101")
    for side, amount in (("buy", 10), ("buy", 20), ("buy", 1000), ("sell", 20)):
        await show(side, amount)


asyncio.run(main())
PYTHON
