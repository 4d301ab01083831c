"""What a connector must have for its metrics to be read."""

import logging
from collections.abc import Mapping
from typing import Any, Protocol

from hummingbot.connector.exchange.peatio.account.balances import Balances
from hummingbot.connector.exchange.peatio.http.client import RestClient
from hummingbot.connector.exchange.peatio.http.throttler import RequestThrottler
from hummingbot.connector.exchange.peatio.order_books.tracker import BookTracker


class MetricsSource(Protocol):
    """The parts of a connector that the collector reads; `PeatioExchange` has them.

    The private names are Hummingbot's, or the connector's for a part that nobody else needs.
    """

    _balances: Balances
    _orderbook_ds: Any
    _order_tracker: Any
    _throttler: RequestThrottler
    _time_synchronizer: Any
    _user_stream_tracker: Any

    @property
    def name(self) -> str: ...

    @property
    def ready(self) -> bool: ...

    @property
    def is_trading_required(self) -> bool: ...

    @property
    def is_clock_known(self) -> bool: ...

    @property
    def trading_pairs(self) -> list[str]: ...

    @property
    def in_flight_orders(self) -> Mapping[str, Any]: ...

    @property
    def order_book_tracker(self) -> BookTracker: ...

    @property
    def rest(self) -> RestClient: ...

    def logger(self) -> logging.Logger: ...
