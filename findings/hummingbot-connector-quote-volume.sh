#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: `get_quote_volume_for_price` of a connector says how much money the book takes up to a price, as the methods of
# that name of the order book and of the market data provider do.
# What happens: it says how many coins, like `get_volume_for_price` beside it, without an error or a sign of it. What a
# script buys, or limits, by that number is wrong by the factor of the price.
#
# Observed:
#   offered: 1 BTC at 50000, 3 at 51000; volumes up to 51000
#   order book: get_volume_for_price 4, get_quote_volume_for_price 203000
#   market data provider: get_volume_for_price 4, get_quote_volume_for_price 203000
#   connector: get_volume_for_price 4, get_quote_volume_for_price 4
#   bid: 2 BTC at 49000; volumes down to 49000
#   order book: get_volume_for_price 2, get_quote_volume_for_price 98000
#   market data provider: get_volume_for_price 2, get_quote_volume_for_price 98000
#   connector: get_volume_for_price 2, get_quote_volume_for_price 2
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
from decimal import Decimal

from hummingbot.connector.exchange_base import ExchangeBase
from hummingbot.core.data_type.order_book import OrderBook
from hummingbot.core.data_type.order_book_row import OrderBookRow
from hummingbot.data_feed.market_data_provider import MarketDataProvider

NAME, PAIR = "any", "BTC-USD"
METHODS = "get_volume_for_price", "get_quote_volume_for_price"
book = OrderBook()
book.apply_snapshot(
    [OrderBookRow(49000.0, 2.0, 1)], [OrderBookRow(50000.0, 1.0, 1), OrderBookRow(51000.0, 3.0, 1)], 1
)


class Connector(ExchangeBase):
    """A connector with that book; all that is asked of it below is the base class's own."""

    def get_order_book(self, trading_pair: str) -> OrderBook:
        return book


connector = Connector()
provider = MarketDataProvider({NAME: connector})


def show(is_buy: bool, price: float) -> None:
    for who, ask in (
        ("order book", lambda method: getattr(book, method)(is_buy, price)),
        ("market data provider", lambda method: getattr(provider, method)(NAME, PAIR, price, is_buy)),
        ("connector", lambda method: getattr(connector, method)(PAIR, is_buy, Decimal(price))),
    ):
        print(f"{who}: {', '.join(f'{method} {ask(method).result_volume:.0f}' for method in METHODS)}")


print("offered: 1 BTC at 50000, 3 at 51000; volumes up to 51000")
show(True, 51000.0)
print("bid: 2 BTC at 49000; volumes down to 49000")
show(False, 49000.0)
PYTHON
