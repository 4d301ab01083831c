"""Hummingbot's symbol map and trading rules, from public/markets. No I/O."""

import logging
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from bidict import bidict
from hummingbot.connector.exchange.peatio.common.currencies import SharedNames, currency_name
from hummingbot.connector.exchange.peatio.common.errors import MessageError
from hummingbot.connector.exchange.peatio.common.messages import Instrument, parse_market
from hummingbot.connector.trading_rule import TradingRule
from hummingbot.connector.utils import combine_to_hb_trading_pair

Log = logging.Logger | logging.LoggerAdapter[logging.Logger]


def symbol_map(rows: Iterable[Any], logger: Log) -> "bidict[str, str]":
    """Peatio's symbol ↔ Hummingbot's trading pair, for the markets that can be traded.

    The currencies come from fields of the market: its symbol does not show where base ends and quote begins.
    """
    return bidict({market.symbol: trading_pair(market) for market in _tradable_markets(rows, logger)})


class MarketRule(TradingRule):
    """Hummingbot's rule, and the limits of the price, which Hummingbot has no field for.

    :param max_price: None where there is no upper limit
    """

    def __init__(self, *, min_price: Decimal, max_price: Decimal | None, **rule: Any) -> None:
        super().__init__(**rule)
        self.min_price = min_price
        self.max_price = max_price

    def allows_price(self, price: Decimal) -> bool:
        """Whether an order may have that price."""
        return self.min_price <= price and (self.max_price is None or price <= self.max_price)

    @property
    def price_limits(self) -> str:
        """For the user."""
        lowest = f"{self.min_price.normalize():f}"
        return f"{lowest} and above" if self.max_price is None else f"{lowest} to {self.max_price.normalize():f}"


def trading_rules(rows: Iterable[Any], logger: Log) -> list[MarketRule]:
    """Increments, the smallest amount and the price limits of each market. An unreadable row is skipped with a log
    line."""
    return [
        MarketRule(
            trading_pair=trading_pair(market),
            min_order_size=market.min_amount,
            min_price_increment=market.price_increment,
            min_base_amount_increment=market.amount_increment,
            min_price=market.min_price,
            max_price=market.max_price,
        )
        for market in _tradable_markets(rows, logger)
    ]


def trading_pair(market: Instrument) -> str:
    """Hummingbot's name for the market, e.g. BTC-USD or BTC-USDT_ERC20."""
    return str(combine_to_hb_trading_pair(currency_name(market.base), currency_name(market.quote)))


def _tradable_markets(rows: Iterable[Any], logger: Log) -> Iterator[Instrument]:
    """The first market of each pair; a row that is repeated on another page is the same market. A market of a currency
    that shares its name is left out."""
    markets = list(_readable_markets(rows, logger))
    shared_names = SharedNames(code for market in markets for code in (market.base, market.quote))
    for trouble in shared_names.troubles():
        logger.warning(trouble)
    symbols: dict[str, str] = {}
    pairs: dict[str, str] = {}
    for market in markets:
        if market.is_active and market.base not in shared_names and market.quote not in shared_names:
            pair = trading_pair(market)
            first = symbols.setdefault(pair, market.symbol)
            if first != market.symbol:
                logger.warning(f"Market {market.symbol} is skipped: {pair} is already market {first}.")
            elif pairs.setdefault(market.symbol, pair) != pair:
                logger.warning(f"Market {market.symbol} is skipped as {pair}: it is {pairs[market.symbol]} already.")
            else:
                yield market


def _readable_markets(rows: Iterable[Any], logger: Log) -> Iterator[Instrument]:
    for row in rows:
        try:
            yield parse_market(row)
        except MessageError as error:
            logger.error(f"A market of the exchange cannot be read and is skipped: {error}")
