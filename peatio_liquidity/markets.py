"""What Hummingbot's connectors know of a market, as the pure parts want it."""

import time
from collections.abc import Callable, Iterable
from decimal import Decimal
from itertools import islice
from typing import Any

from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.connector.exchange_py_base import ExchangePyBase
from hummingbot.core.data_type.order_book import OrderBook
from hummingbot.core.data_type.order_book_row import OrderBookRow
from hummingbot.core.event.events import OrderFilledEvent

from peatio_liquidity.book_connection import book_version
from peatio_liquidity.levels import Book, Level, MarketRules

#: So long an order still counts that its exchange was asked for and does not have: its create may be on its way. An
#: exchange lists an order from the moment it has stored it, and gives a request up sooner than this.
MISSING_S = 300.0
#: Levels of a side that are read. More than a mirror needs; reading costs about a microsecond each.
DEPTH = 200


class MarketView:
    """One market of one connector.

    :param now_s: a clock that never steps
    """

    def __init__(
        self, connector: ExchangePyBase, trading_pair: str, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self.connector = connector
        self.trading_pair = trading_pair
        self._now_s = now_s
        self._version: tuple[Any, ...] = ()
        self._changed_s = now_s()

    @property
    def base(self) -> str:
        """The base currency."""
        return self.trading_pair.split("-")[0]

    @property
    def quote(self) -> str:
        """The quote currency."""
        return self.trading_pair.split("-")[1]

    @property
    def is_ready(self) -> bool:
        """Whether the connector trades and knows this market's rules and book."""
        return bool(
            self.connector.ready
            and self.trading_pair in self.connector.trading_rules
            and self.trading_pair in self.connector.order_books
        )

    @property
    def rules(self) -> MarketRules:
        """Only while `is_ready`."""
        rule = self.connector.trading_rules[self.trading_pair]
        return MarketRules(
            price_step=Decimal(rule.min_price_increment),
            amount_step=Decimal(rule.min_base_amount_increment),
            min_amount=Decimal(rule.min_order_size),
            min_value=max(Decimal(rule.min_notional_size), Decimal(rule.min_order_value)),
            max_amount=Decimal(rule.max_order_size),
        )

    def has_changed(self) -> bool:
        """Whether the book is another than at the last call.

        Hummingbot's book has no event for a change of its levels: this is asked some dozen times a second.
        """
        version = book_version(self.connector, self.trading_pair)
        if version == self._version:
            return False
        self._version, self._changed_s = version, self._now_s()
        return True

    @property
    def age_s(self) -> float:
        """Since the last change that `has_changed` saw."""
        return self._now_s() - self._changed_s

    def read(self) -> Book:
        """The book, own orders included. Empty where there is none."""
        book = self._book()
        if book is None:
            return Book()
        return Book(_levels(book.bid_entries()), _levels(book.ask_entries()))

    def available(self, currency: str) -> Decimal:
        """What orders may use."""
        return Decimal(self.connector.get_available_balance(currency))

    def balance(self, currency: str) -> Decimal:
        """What the account has, used in orders or not."""
        return Decimal(self.connector.get_balance(currency))

    def time_s(self) -> float:
        """The exchange's time in epoch seconds, where the connector measures it; else this machine's."""
        return self.connector.exchange_clock.time_s() if isinstance(self.connector, PeatioExchange) else time.time()

    def filled_at_s(self, event: OrderFilledEvent) -> float:
        """When a fill happened, in epoch seconds by the exchange's clock. The event has this machine's, which may be
        hours wrong, at the time of the report, which may be minutes later."""
        tracker = self.connector._order_tracker
        order = tracker.fetch_order(event.order_id) or tracker.lost_orders.get(event.order_id)
        update = None if order is None else order.order_fills.get(event.exchange_trade_id)
        return self.time_s() if update is None else float(update.fill_timestamp)

    def _book(self) -> OrderBook | None:
        return self.connector.order_books.get(self.trading_pair)


def _levels(rows: Iterable[OrderBookRow]) -> tuple[Level, ...]:
    # The text of a float is the number that the exchange sent, as long as that had no more than 15 digits.
    return tuple(Level(Decimal(str(row.price)), Decimal(str(row.amount))) for row in islice(rows, DEPTH))
