"""Prices of a Peatio exchange for Hummingbot's rate oracle (docs/reference/rates.md)."""

import logging
import time
from decimal import Decimal

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.retry import Outage
from hummingbot.connector.exchange.peatio.feeds.public_client import PublicClient
from hummingbot.connector.exchange.peatio.settings.exchanges import venue_named
from hummingbot.connector.utils import combine_to_hb_trading_pair, split_hb_trading_pair
from hummingbot.core.rate_oracle.sources.rate_source_base import RateSourceBase
from hummingbot.core.rate_oracle.utils import normalize_token_symbol


class RateSource(RateSourceBase):
    """The rate source of one exchange.

    :param exchange: the connector's name in Hummingbot
    """

    def __init__(self, exchange: str) -> None:
        super().__init__()
        self._exchange = exchange
        self._access: PublicClient | None = None
        self._symbols: dict[str, str] = {}
        self._prices: dict[str, Decimal] = {}
        self._asked_at_s: float | None = None
        self._outage = Outage(f"The rates of {exchange}", time.monotonic, self.logger())

    @classmethod
    def logger(cls) -> logging.Logger:
        return logging.getLogger(__name__)

    @property
    def name(self) -> str:
        return self._exchange

    async def get_prices(self, quote_token: str | None = None) -> dict[str, Decimal]:
        """Trading pair → price, of all markets whatever their quote: Hummingbot converts between two currencies itself.

        The price is the middle of the best bid and ask where the exchange sends them, else the last price. Empty while
        the exchange does not answer; the oracle then keeps its prices. Hummingbot calls this every second; the exchange
        is asked every `RATES_REFRESH_S`.
        """
        now_s = time.monotonic()
        if self._asked_at_s is None or now_s - self._asked_at_s >= CONSTANTS.RATES_REFRESH_S:
            self._asked_at_s = now_s
            self._prices = {}
            with self._outage:
                self._prices = await self._ask()
        return self._prices

    async def _ask(self) -> dict[str, Decimal]:
        access = self._client()
        tickers = await access.rest.tickers()
        if not tickers.keys() <= self._symbols.keys():
            self._symbols = {**dict.fromkeys(tickers, ""), **await access.symbol_map()}
        prices = {
            self._symbols[symbol]: ticker.price
            for symbol, ticker in tickers.items()
            if self._symbols[symbol] and ticker.price is not None
        }
        return with_dollars(prices)

    def _client(self) -> PublicClient:
        """Of the exchange that is connected now: the user may connect, or connect to another one, in the meantime."""
        if self._access is None or self._access.venue.address != venue_named(self._exchange).address:
            self._access, self._symbols = PublicClient(self._exchange, self.logger()), {}
        return self._access


def with_dollars(prices: dict[str, Decimal]) -> dict[str, Decimal]:
    """The prices, with a copy in USDT of each price in USD where the exchange has no USDT market.

    Hummingbot treats both as the same currency and looks up only USDT when it converts.
    """
    result = dict(prices)
    for pair, price in prices.items():
        base, quote = map(normalize_token_symbol, split_hb_trading_pair(pair))
        if base != quote:
            result.setdefault(combine_to_hb_trading_pair(base, quote), price)
    return result
