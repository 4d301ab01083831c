#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: `cross_exchange_market_making` with an `order_amount` of 1 looks at the taker's book for an amount of 1, so a
# larger balance there can only help.
# What happens: for an ask it asks for the price at which the whole quote balance of the taker could be spent. Where
# the book has less than that to sell, the price is NaN, and the size ends with `decimal.InvalidOperation`: the bid is
# quoted and the ask never is. A bid asks for its own amount only.
#
# Observed:
#   the taker's asks: 5 BAY for 515 USD
#   taker has 500 USD: bid 1.000000, ask 1.000000
#   taker has 600 USD: bid 1.000000, ask decimal.InvalidOperation
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' 2>/dev/null | check_observed
import asyncio
from decimal import Decimal

from hummingbot.connector.exchange.paper_trade.paper_trade_exchange import QuantizationParams
from hummingbot.connector.test_support.mock_paper_exchange import MockPaperExchange
from hummingbot.core.data_type.order_book_row import OrderBookRow
from hummingbot.strategy.cross_exchange_market_making.cross_exchange_market_making import (
    CrossExchangeMarketMakingStrategy,
)
from hummingbot.strategy.cross_exchange_market_making.cross_exchange_market_making_config_map_pydantic import (
    CrossExchangeMarketMakingConfigMap,
)
from hummingbot.strategy.maker_taker_market_pair import MakerTakerMarketPair
from hummingbot.strategy.market_trading_pair_tuple import MarketTradingPairTuple

PAIR, BASE, QUOTE = "BAY-USD", "BAY", "USD"


def market(usd: int) -> MarketTradingPairTuple:
    """Returns a market with five levels of 1 BAY a side and an account with 1000 BAY."""
    exchange = MockPaperExchange()
    exchange.set_balanced_order_book(PAIR, 100, 99, 101, 1, 1)
    bids = [OrderBookRow(100.0 - level, 1.0, 2) for level in range(1, 6)]
    asks = [OrderBookRow(100.0 + level, 1.0, 2) for level in range(1, 6)]
    exchange.order_books[PAIR].apply_snapshot(bids, asks, 2)
    exchange.set_balance(BASE, 1000)
    exchange.set_balance(QUOTE, usd)
    exchange.set_quantization_param(QuantizationParams(PAIR, 6, 6, 6, 6))
    return MarketTradingPairTuple(exchange, PAIR, BASE, QUOTE)


async def size(taker: MarketTradingPairTuple, is_bid: bool) -> str:
    """Returns the size of the strategy's next quote, or the error that it ends with."""
    pair = MakerTakerMarketPair(market(100_000), taker)
    settings = CrossExchangeMarketMakingConfigMap(
        maker_market="mock_paper_exchange",
        taker_market="mock_paper_exchange",
        maker_market_trading_pair=PAIR,
        taker_market_trading_pair=PAIR,
        order_amount=1,
        min_profitability=Decimal("0.5"),
    )
    strategy = CrossExchangeMarketMakingStrategy()
    strategy.init_params(config_map=settings, market_pairs=[pair])
    try:
        return str(await strategy.get_market_making_size(pair, is_bid))
    except ArithmeticError as error:
        return f"{type(error).__module__}.{type(error).__name__}"


async def main() -> None:
    """Prints what the taker's book has, and what is quoted with less and with more money than that."""
    asks = list(market(0).market.order_books[PAIR].ask_entries())
    worth = sum(row.price * row.amount for row in asks)
    print(f"the taker's asks: {sum(row.amount for row in asks):g} BAY for {worth:g} USD")
    for usd in (500, 600):
        bid, ask = [await size(market(usd), is_bid) for is_bid in (True, False)]
        print(f"taker has {usd} USD: bid {bid}, ask {ask}")


asyncio.run(main())
PYTHON
