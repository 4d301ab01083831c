"""The prices of now, from public requests to the exchange."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hummingbot.connector.exchange.peatio.common.errors import MessageError, RequestError
from hummingbot.connector.exchange.peatio.common.fields import as_decimal, as_list
from hummingbot.connector.exchange.peatio.common.instruments import symbol_map
from hummingbot.connector.exchange.peatio.http.client import RestClient

from peatio_cli.report.profit import EXACT

TWO = Decimal(2)

_logger = logging.getLogger(__name__)


@dataclass
class ExchangePrices:
    """What one exchange says now.

    :ivar rates: trading pair → price of every market, for conversions
    :ivar mids: trading pair → middle between best bid and ask, of the markets that were asked for
    :ivar problems: what could not be learned, for the user
    """

    rates: dict[str, Decimal] = field(default_factory=dict)
    mids: dict[str, Decimal] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


async def fetch_prices(rest: RestClient, pairs: Collection[str]) -> ExchangePrices:
    """The prices of every market, and the middle of the books of `pairs`. What the exchange does not answer is a
    problem, not an error."""
    prices = ExchangePrices()
    try:
        symbols = symbol_map(await rest.markets(), _logger)
        tickers = await rest.tickers()
    except (RequestError, MessageError) as error:
        prices.problems.append(f"no prices: {error}")
        return prices
    for symbol, ticker in tickers.items():
        if symbol in symbols and ticker.price is not None:
            prices.rates[symbols[symbol]] = ticker.price
    for pair in sorted(pairs):
        if pair not in symbols.inverse:
            prices.problems.append(f"{pair} is not traded there now")
            continue
        try:
            mid = middle(await rest.depth(symbols.inverse[pair]))
        except (RequestError, MessageError) as error:
            prices.problems.append(f"no price of {pair}: {error}")
            continue
        if mid is None:
            prices.problems.append(f"no price of {pair}: a side of its book is empty")
        else:
            prices.mids[pair] = mid
    prices.rates.update(prices.mids)
    return prices


def middle(depth: Mapping[str, Any]) -> Decimal | None:
    """The middle between the best bid and ask of public/markets/:market/depth; None where a side is empty.

    :raises MessageError: when a level is not a price and an amount
    """
    bids, asks = (_prices_of(depth, side) for side in ("bids", "asks"))
    return EXACT.divide(EXACT.add(max(bids), min(asks)), TWO) if bids and asks else None


def _prices_of(depth: Mapping[str, Any], side: str) -> list[Decimal]:
    prices = []
    for level in as_list(depth.get(side) or [], side):
        row = as_list(level, "level of the depth")
        if len(row) < 2:
            raise MessageError(f"A level of the depth must be a price and an amount: {level!r:.80}")
        if as_decimal(row[1], "amount") > 0:
            prices.append(as_decimal(row[0], "price"))
    return prices
