"""The operator's own market: its live quotes, and what is sent to it."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from weakref import WeakKeyDictionary

from hummingbot.connector.exchange.peatio.execution.unended_orders import UnendedOrder
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.core.data_type.common import OrderType
from hummingbot.core.data_type.limit_order import LimitOrder

from peatio_liquidity.fill_reports import peatio_fills
from peatio_liquidity.fills import Fill
from peatio_liquidity.levels import ZERO, Book, Level
from peatio_liquidity.markets import MISSING_S, MarketView
from peatio_liquidity.quotes import Quote

#: The markets that are quoted, by connector: a second controller would take the quotes of the first for its own.
_QUOTED: WeakKeyDictionary[PeatioExchange, set[str]] = WeakKeyDictionary()


class OwnMarket(MarketView):
    """A market of a Peatio, quoted by one controller alone.

    :ivar connector: the Peatio's
    :ivar creates, cancels: how many were asked for
    """

    connector: PeatioExchange

    def __init__(self, connector: PeatioExchange, trading_pair: str) -> None:
        super().__init__(connector, trading_pair)
        self.creates = self.cancels = 0
        self._ending: set[str] = set()
        self._missing_since_s: dict[str, float] = {}
        # Created, and not in the connector's journal yet: it writes when the order's turn comes.
        self._created: dict[str, Quote] = {}

    def claim(self) -> None:
        """:raises ValueError: when another controller of this process quotes the market"""
        quoted = _QUOTED.setdefault(self.connector, set())
        if self.trading_pair in quoted:
            raise ValueError(
                f"{self.trading_pair} on {self.connector.name} is quoted by another controller of this bot, which "
                "would take these quotes for its own: give each market one controller"
            )
        quoted.add(self.trading_pair)

    def release(self) -> None:
        """Another controller may quote it."""
        _QUOTED[self.connector].discard(self.trading_pair)

    @property
    def creates_left(self) -> int:
        """How many the exchange's limit on the account leaves now: more would wait and be out of date."""
        return self.connector.creates_left

    def quotes(self) -> list[Quote]:
        """The connector's orders on this market that may be open, those of an earlier run included."""
        orders = self._without_lost(self.connector.unended_orders(self.trading_pair))
        known = {order.client_order_id for order in orders}
        for key in known & self._created.keys():
            del self._created[key]
        self._ending &= known | self._created.keys()
        return [replace(quote, is_ending=key in self._ending) for key, quote in self._created.items()] + [
            Quote(
                order.client_order_id,
                order.is_buy,
                order.price,
                order.remaining,
                is_ending=order.client_order_id in self._ending or not order.is_tracked,
            )
            for order in orders
        ]

    def _without_lost(self, orders: Sequence[UnendedOrder]) -> list[UnendedOrder]:
        """The connector watches for a lost create for a day; it would take its part of the budget for as long."""
        missing = {order.client_order_id for order in orders if order.is_missing}
        now_s = self._now_s()
        self._missing_since_s = {key: self._missing_since_s.get(key, now_s) for key in missing}
        return [
            order
            for order in orders
            if now_s - self._missing_since_s.get(order.client_order_id, now_s) < MISSING_S
        ]

    @staticmethod
    def others(book: Book, quotes: Sequence[Quote]) -> Book:
        """A book of this market without the quotes."""
        bids = [Level(quote.price, quote.remaining) for quote in quotes if quote.is_bid]
        asks = [Level(quote.price, quote.remaining) for quote in quotes if not quote.is_bid]
        return book.without(bids, asks)

    def cancel(self, client_order_ids: Sequence[str]) -> None:
        """Asks for the end of quotes; the connector repeats what fails."""
        self.cancels += len(client_order_ids)
        self._ending |= set(client_order_ids)
        # By their ids alone: the connector may not track the newest ones yet, and waits for them.
        self.connector.batch_order_cancel(
            [LimitOrder(key, self.trading_pair, True, self.base, self.quote, ZERO, ZERO) for key in client_order_ids]
        )

    def create(self, creates: Sequence[tuple[bool, Level]]) -> None:
        """Places quotes that only ever make."""
        orders = self.connector.batch_order_create(
            [self._order(is_bid, level.price, level.amount) for is_bid, level in creates], OrderType.LIMIT_MAKER
        )
        self.creates += len(orders)
        for order in orders:
            self._created[order.client_order_id] = Quote(
                order.client_order_id, order.is_buy, order.price, order.quantity
            )

    def on_end(self, client_order_id: str) -> None:
        """An event reported the end of an order, be it that it was never placed."""
        self._created.pop(client_order_id, None)

    async def fills_since(self, since_s: float) -> list[Fill]:
        """Of this bot's orders on this market.

        :param since_s: epoch seconds
        :raises PeatioError: when the exchange does not answer, or it cannot be read whose orders they are
        """
        return await peatio_fills(self.connector, self.trading_pair, since_s)

    def _order(self, is_bid: bool, price: Decimal, amount: Decimal) -> LimitOrder:
        return LimitOrder("", self.trading_pair, is_bid, self.base, self.quote, price, amount)
