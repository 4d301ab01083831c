"""Hummingbot's symbol map and trading rules, from public/markets. No I/O."""

import logging
from collections.abc import Iterable, Iterator
from typing import Any

from bidict import bidict
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


def trading_rules(rows: Iterable[Any], logger: Log) -> list[TradingRule]:
    """Increments and the smallest amount of each market. An unreadable row is skipped with a log line."""
    return [
        TradingRule(
            trading_pair=trading_pair(market),
            min_order_size=market.min_amount,
            min_price_increment=market.price_increment,
            min_base_amount_increment=market.amount_increment,
        )
        for market in _tradable_markets(rows, logger)
    ]


def trading_pair(market: Instrument) -> str:
    """Hummingbot's name for the market, e.g. BTC-USD."""
    return str(combine_to_hb_trading_pair(market.base.upper(), market.quote.upper()))


def _tradable_markets(rows: Iterable[Any], logger: Log) -> Iterator[Instrument]:
    """The first market of each pair; a row that is repeated on another page is the same market."""
    symbols: dict[str, str] = {}
    for row in rows:
        try:
            market = parse_market(row)
        except MessageError as error:
            logger.error(f"A market of the exchange cannot be read and is skipped: {error}")
            continue
        if "-" in market.base or "-" in market.quote:
            # Hummingbot splits a trading pair at its hyphen.
            logger.warning(f"Market {market.symbol} is skipped: Hummingbot does not support a hyphen in a currency.")
        elif market.is_enabled:
            pair = trading_pair(market)
            first = symbols.setdefault(pair, market.symbol)
            if first != market.symbol:
                logger.warning(f"Market {market.symbol} is skipped: {pair} is already market {first}.")
            else:
                yield market
