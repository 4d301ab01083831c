"""From public/markets to Hummingbot's symbol map and trading rules. Pure."""

import logging
from collections.abc import Iterable, Iterator
from typing import Any

from bidict import bidict
from hummingbot.connector.exchange.peatio.common.errors import MessageError
from hummingbot.connector.exchange.peatio.common.messages import Instrument, parse_market
from hummingbot.connector.trading_rule import TradingRule
from hummingbot.connector.utils import combine_to_hb_trading_pair


def symbol_map(rows: Iterable[Any], logger: logging.Logger) -> "bidict[str, str]":
    """Peatio's symbol ↔ Hummingbot's trading pair, for the markets that can be traded.

    The units come from the market's own fields: its symbol does not tell where base ends and quote begins.
    """
    return bidict({market.symbol: trading_pair(market) for market in _tradable_markets(rows, logger)})


def trading_rules(rows: Iterable[Any], logger: logging.Logger) -> list[TradingRule]:
    """Increments from the precisions, and the smallest amount. One bad row does not hide the others."""
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
    return str(combine_to_hb_trading_pair(market.base.upper(), market.quote.upper()))


def _tradable_markets(rows: Iterable[Any], logger: logging.Logger) -> Iterator[Instrument]:
    """The first market of each pair; a row that pages repeat is the same market."""
    symbols: dict[str, str] = {}
    for row in rows:
        try:
            market = parse_market(row)
        except MessageError as error:
            logger.error(f"A market of the exchange cannot be read and is passed over: {error}")
            continue
        if "-" in market.base or "-" in market.quote:
            # Hummingbot splits a trading pair at its hyphen.
            logger.warning(f"Market {market.symbol} is passed over: Hummingbot cannot name its currencies.")
        elif market.is_enabled:
            pair = trading_pair(market)
            first = symbols.setdefault(pair, market.symbol)
            if first != market.symbol:
                logger.warning(f"Market {market.symbol} is passed over: {pair} is {first} already.")
            else:
                yield market
