#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Paper trade fills a limit order when the market's public trades or its book go through the order's price.
# Guess: by as much as was traded there, or is offered there, and at no worse price than that of the offers.
# What happens: no amount is looked at. A trade of 0.001 fills an order of 100 whole, and all other orders of that side
# which it goes past. One level of 10 in the book fills an order of 500, at the order's own price, also where that level
# was at a better one.
#
# Observed:
#   book: 10 bid at 99, 10 offered at 101
#   buy 100 at 98, buy 50 at 97; someone sells 0.001 at 96.9: bought 150 for 14650 USD
#   buy 100 at 98; someone sells 0.001 at 98: bought 0 for 0 USD
#   buy 500 at 105: bought 500 for 52500 USD
#   sell 500 at 95: sold 500 for 47500 USD
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
from hummingbot.core.event.events import OrderBookTradeEvent

PAIR, AMOUNT, MONEY = "BAY-USD", Decimal(1000), Decimal(100000)
TradeFeeSchemaLoader.configured_schema_for_exchange = lambda exchange_name: TradeFeeSchema()  # no fees


class PaperTrade:
    """Paper trade on a book of one level a side; the tracker is replaced by what paper trade reads of it."""

    def __init__(self) -> None:
        self.book = CompositeOrderBook()
        self.book.apply_snapshot([OrderBookRow(99.0, 10.0, 1)], [OrderBookRow(101.0, 10.0, 1)], 1)
        tracker = SimpleNamespace(
            data_source=SimpleNamespace(order_book_create_function=None), order_books={PAIR: self.book}, ready=True,
            start=lambda: None, stop=lambda: None,
        )
        self.market = PaperTradeExchange(tracker, ExchangeBase, exchange_name="any")
        self.market.set_balance("BAY", AMOUNT)
        self.market.set_balance("USD", MONEY)
        assert self.market.ready

    def buy(self, amount: int, price: int) -> str:
        self.market.buy(PAIR, Decimal(amount), OrderType.LIMIT, Decimal(price))
        return f"buy {amount} at {price}"

    def sell(self, amount: int, price: int) -> str:
        self.market.sell(PAIR, Decimal(amount), OrderType.LIMIT, Decimal(price))
        return f"sell {amount} at {price}"

    def someone_sells(self, amount: str, price: str) -> str:
        trade = OrderBookTradeEvent(PAIR, 1.0, TradeType.SELL, Decimal(price), Decimal(amount))
        self.book.apply_trade(trade)
        return f"someone sells {amount} at {price}"

    def result(self) -> str:
        """Returns what the balances have changed by."""
        coins, money = self.market.get_balance("BAY") - AMOUNT, self.market.get_balance("USD") - MONEY
        return f"{'sold' if coins < 0 else 'bought'} {abs(coins).normalize():f} for {abs(money).normalize():f} USD"

    async def tick(self) -> None:
        """Lets paper trade look at the book for three seconds."""
        clock = Clock(ClockMode.BACKTEST, 1.0, 100.0, 103.0)
        clock.add_iterator(self.market)
        with clock:
            clock.backtest_til(103.0)
            await asyncio.sleep(0)


async def main() -> None:
    print("book: 10 bid at 99, 10 offered at 101")
    paper = PaperTrade()
    print(f"{paper.buy(100, 98)}, {paper.buy(50, 97)}; {paper.someone_sells('0.001', '96.9')}: {paper.result()}")
    paper = PaperTrade()
    print(f"{paper.buy(100, 98)}; {paper.someone_sells('0.001', '98')}: {paper.result()}")
    paper = PaperTrade()
    order = paper.buy(500, 105)
    await paper.tick()
    print(f"{order}: {paper.result()}")
    paper = PaperTrade()
    order = paper.sell(500, 95)
    await paper.tick()
    print(f"{order}: {paper.result()}")


asyncio.run(main())
PYTHON
