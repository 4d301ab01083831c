"""Which exchanges can be the source, and the market of the one that the operator chose."""

import logging

from hummingbot.connector.connector_base import ConnectorBase
from hummingbot.connector.exchange_py_base import ExchangePyBase
from hummingbot.core.data_type.common import OrderType
from hummingbot.data_feed.market_data_provider import MarketDataProvider

from peatio_liquidity.config import LiquidityConfig
from peatio_liquidity.markets import MarketView
from peatio_liquidity.paper_source import PaperSource
from peatio_liquidity.source_market import SourceMarket

#: Hummingbot's connectors that cannot be asked for an order's fills, by the folder of their code, each with what it
#: does instead. What an order was filled for while no message came would be hedged a second time.
WITHOUT_FILLS = {
    "bitrue": "has no such request",
    "gemini": "answers with no fills where the request fails",
    "injective_v2": "has no such request",
    "kraken": "answers with no fills where the request fails",
    "kucoin": "has given up that request",
    "lighter": "has no such request",
}
#: Those whose book cannot be followed, each with what it does.
WITHOUT_BOOK = {
    "bing_x": "takes every second of the exchange's whole books for changes, and keeps levels that are gone",
}


def source_of(
    config: LiquidityConfig, provider: MarketDataProvider, own: MarketView, logger: logging.Logger
) -> SourceMarket:
    """
    :raises ValueError: when it cannot be the source; the text says why and what to set
    """
    connector = provider.get_connector(config.source_connector)
    if not isinstance(connector, ExchangePyBase):
        raise ValueError(f"source_connector is {config.source_connector}, which is no spot exchange with a book")
    check_book(connector, "source_connector", config.source_connector)
    kind = PaperSource if config.paper_hedge else SourceMarket
    source = kind(connector, config.source_pair, logger)
    if source.is_same_market_as(own):
        raise ValueError(
            f"{config.source_connector} {config.source_pair} is the own market under another name: it would trade "
            "with itself"
        )
    _check_hedges(connector, config)
    return source


def check_book(connector: ConnectorBase, setting: str, name: str) -> None:
    """
    :param setting: which names the connector
    :raises ValueError: when its books cannot be followed
    """
    if (trouble := book_trouble(connector)) is not None:
        raise ValueError(f"{setting} is {name}, and {trouble}: choose another exchange")


def book_trouble(connector: ConnectorBase) -> str | None:
    """Why its books cannot be followed; None where they can."""
    reason = WITHOUT_BOOK.get(folder_of(type(connector)))
    return None if reason is None else f"the book of Hummingbot's connector is not the exchange's (it {reason})"


def _check_hedges(connector: ExchangePyBase, config: LiquidityConfig) -> None:
    reason = WITHOUT_FILLS.get(folder_of(type(connector)))
    if reason is not None and not config.paper_hedge:
        raise ValueError(
            f"source_connector is {config.source_connector}, and Hummingbot's connector cannot say what an order was "
            f"filled for ({reason}): a hedge could be sent twice; set paper_hedge to true, or choose another source"
        )
    wanted = OrderType.MARKET if config.hedge_order_type == "market" else OrderType.LIMIT
    if wanted not in connector.supported_order_types():
        other = "limit" if wanted is OrderType.MARKET else "market"
        raise ValueError(
            f"hedge_order_type is {config.hedge_order_type}, and the connector {config.source_connector} does not "
            f"offer {config.hedge_order_type} orders: set hedge_order_type to {other}"
        )


def folder_of(connector: type) -> str:
    """Of a connector's code, below Hummingbot's connectors: the same for all its domains."""
    return connector.__module__.split(".")[-2]
