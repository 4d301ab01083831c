"""The rate between the two quote currencies, own quote for one of the source's, and those of other currencies."""

import logging
from collections.abc import Callable
from decimal import Decimal

from hummingbot.data_feed.market_data_provider import MarketDataProvider

from peatio_liquidity.book_connection import BookConnection
from peatio_liquidity.config import LiquidityConfig
from peatio_liquidity.markets import MarketView
from peatio_liquidity.sources import check_book


class FixedRate:
    """One that the operator set, 1 where both are the same currency."""

    age_s = 0.0

    def __init__(self, value: Decimal) -> None:
        self.value: Decimal | None = value

    def close(self) -> None:
        """Nothing to end."""


class MarketRate:
    """The mid of a market of the two currencies.

    :param own_quote: the quote currency of the own market
    :param connection: of that market's book
    """

    def __init__(self, market: MarketView, own_quote: str, connection: BookConnection) -> None:
        self._market = market
        self._connection = connection
        self._is_inverse = market.base == own_quote

    @property
    def value(self) -> Decimal | None:
        """None where the market's book has no two sides, or not every message."""
        self._market.has_changed()
        mid = self._market.read().mid if self._connection.is_whole() else None
        if mid is None or mid <= 0:
            return None
        return 1 / mid if self._is_inverse else mid

    @property
    def age_s(self) -> float:
        """Since the last change of that book."""
        return self._market.age_s

    def close(self) -> None:
        """No request goes on."""
        self._connection.close()


def rates_to(currency: str, provider: MarketDataProvider) -> Callable[[str], Decimal | None]:
    """What one of another currency is worth by Hummingbot's rate source; None where that does not know."""

    def rate_of(other: str) -> Decimal | None:
        rate = provider.get_rate(f"{other}-{currency}")
        return rate if rate is not None and rate.is_finite() else None

    return rate_of


type QuoteRate = FixedRate | MarketRate


def quote_rate(config: LiquidityConfig, provider: MarketDataProvider, logger: logging.Logger) -> QuoteRate:
    """The one that the settings name; 1 where they name none, as both are the same currency.

    :raises ValueError: when there is no such connector, or its book cannot be followed
    """
    if config.quote_rate is not None:
        return FixedRate(config.quote_rate)
    if config.rate_connector is None or config.rate_pair is None:
        return FixedRate(Decimal(1))
    connector = provider.get_connector(config.rate_connector)
    check_book(connector, "rate_connector", config.rate_connector)
    market = MarketView(connector, config.rate_pair)
    own_quote = config.trading_pair.split("-")[1]
    return MarketRate(market, own_quote, BookConnection(connector, config.rate_pair, logger))
