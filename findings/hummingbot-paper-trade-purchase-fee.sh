#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Most exchanges' fees are of the kind that Hummingbot adds to the cost of a purchase and takes from what a sale brings.
# Guess: paper trade takes both from the balance, as the exchange would.
# What happens: only that of a sale. A purchase is free, at market price or not, although its event names the fee, and a
# balance of exactly the price is enough for it. It has one only where the exchange deducts it from the coins bought.
#
# Observed:
#   fee 1 %, added to the cost
#   buy 1 at 100: event's fee 1.00 USD, taken 0
#   buy 1 at market price: event's fee 1.00 USD, taken 0
#   buy 1 at 100 with 100 USD: USD left 0, BAY 1
#   sell 1 at 100: taken 1 USD
#   fee 1 %, deducted from the coins bought
#   buy 1 at 100: event's fee 1.00 USD, taken 0.01 BAY
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
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.composite_order_book import CompositeOrderBook
from hummingbot.core.data_type.order_book_row import OrderBookRow
from hummingbot.core.data_type.trade_fee import TradeFeeSchema
from hummingbot.core.event.event_logger import EventLogger
from hummingbot.core.event.events import MarketEvent, OrderFilledEvent

PAIR, PRICE, PERCENT = "BAY-USD", Decimal(100), Decimal("0.01")


async def trade(side: TradeType, kind: OrderType, deducted: bool, money: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    """Trades 1 at PRICE and returns the fee in the event, and what is there now of each coin."""
    TradeFeeSchemaLoader.configured_schema_for_exchange = lambda exchange_name: TradeFeeSchema(
        maker_percent_fee_decimal=PERCENT, taker_percent_fee_decimal=PERCENT,
        buy_percent_fee_deducted_from_returns=deducted,
    )
    book, level = CompositeOrderBook(), [OrderBookRow(float(PRICE), 10.0, 1)]
    if side is TradeType.BUY:
        book.apply_snapshot([], level, 1)
    else:
        book.apply_snapshot(level, [], 1)
    tracker = SimpleNamespace(  # what paper trade reads of it
        data_source=SimpleNamespace(order_book_create_function=None), order_books={PAIR: book}, ready=True,
        start=lambda: None, stop=lambda: None,
    )
    market, events = PaperTradeExchange(tracker, ExchangeBase, exchange_name="any"), EventLogger()
    market.set_balance("BAY", Decimal(0) if side is TradeType.BUY else Decimal(1))
    market.set_balance("USD", money)
    assert market.ready
    market.add_listener(MarketEvent.OrderFilled, events)
    clock = Clock(ClockMode.BACKTEST, 1.0, 100.0, 120.0)
    clock.add_iterator(market)
    with clock:
        clock.backtest_til(101.0)
        (market.buy if side is TradeType.BUY else market.sell)(PAIR, Decimal(1), kind, PRICE)
        clock.backtest_til(120.0)
        await asyncio.sleep(0)
    (fill,) = events.event_log
    assert isinstance(fill, OrderFilledEvent) and (fill.price, fill.amount) == (PRICE, 1)
    fee = fill.trade_fee.fee_amount_in_token(PAIR, fill.price, fill.amount, "USD")
    return fee, market.get_balance("BAY"), market.get_balance("USD")


async def main() -> None:
    print(f"fee {PERCENT:.0%}, added to the cost".replace("%", " %"))
    for name, kind in (("at 100", OrderType.LIMIT), ("at market price", OrderType.MARKET)):
        fee, coins, money = await trade(TradeType.BUY, kind, False, Decimal(1000))
        assert coins == 1
        print(f"buy 1 {name}: event's fee {fee:.2f} USD, taken {(900 - money).normalize():f}")
    _, coins, money = await trade(TradeType.BUY, OrderType.LIMIT, False, PRICE)
    print(f"buy 1 at 100 with 100 USD: USD left {money.normalize():f}, BAY {coins.normalize():f}")
    _, coins, money = await trade(TradeType.SELL, OrderType.LIMIT, False, Decimal(0))
    print(f"sell 1 at 100: taken {(PRICE - money).normalize():f} USD")
    print(f"fee {PERCENT:.0%}, deducted from the coins bought".replace("%", " %"))
    fee, coins, money = await trade(TradeType.BUY, OrderType.LIMIT, True, Decimal(1000))
    assert money == 900
    print(f"buy 1 at 100: event's fee {fee:.2f} USD, taken {(1 - coins).normalize():f} BAY")


asyncio.run(main())
PYTHON
