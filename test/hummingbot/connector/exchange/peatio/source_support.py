"""A data source of public streams and the connector it asks."""

from pathlib import Path

from bidict import bidict
from hummingbot.connector.exchange.peatio.peatio_api_order_book_data_source import PeatioAPIOrderBookDataSource
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange

from test.hummingbot.connector.exchange.peatio.fixtures import SITE, exchange_arguments

PAIR, OTHER = "BTC-USD", "ETH-USD"
SYMBOLS = bidict({"btcusd": PAIR, "ethusd": OTHER, "a.b": "A-B"})


def connector_of(trading_pairs: list[str], site: str = SITE) -> PeatioExchange:
    """A connector that only looks, and knows the markets."""
    arguments = {**exchange_arguments(Path(), trading_pairs), "peatio_exchange_domain": site}
    connector = PeatioExchange(**arguments, trading_required=False)
    connector._set_trading_pair_symbol_map(SYMBOLS.copy())
    return connector


def source_of(trading_pairs: list[str], site: str = SITE) -> tuple[PeatioAPIOrderBookDataSource, PeatioExchange]:
    """A data source and the connector it asks, whose tracker follows no market and hears the messages."""
    connector = connector_of(trading_pairs, site)
    source = PeatioAPIOrderBookDataSource(
        trading_pairs, connector, connector._web_assistants_factory, connector.venue.address
    )
    source.attach(connector.order_book_tracker)
    return source, connector
