"""LIMIT_MAKER: orders that are to add to the book and take nothing from it (docs/reference/orders.md)."""

import logging
from collections.abc import Callable, Mapping
from decimal import Decimal

from hummingbot.connector.exchange.peatio.common.errors import WouldTakeError
from hummingbot.connector.exchange.peatio.execution.counts import CountsByPair
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.order_books.state import BookMode, MarketBook
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import TradeUpdate


class MakerOnly:
    """Looks at the book before a LIMIT_MAKER order is sent, and says which took all the same.

    :param is_native: whether the exchange itself refuses to let such an order take; then the book is not looked at
    :param books: the books by trading pair, as now followed
    :param counts: told which orders took all the same
    :param notify: tells the user
    """

    def __init__(
        self,
        is_native: Callable[[], bool],
        books: Callable[[], Mapping[str, MarketBook]],
        counts: CountsByPair,
        notify: Callable[[str], None],
        logger: logging.Logger,
    ) -> None:
        self._is_native = is_native
        self._books = books
        self._counts = counts
        self._notify = notify
        self._logger = logger
        self._reported: set[str] = set()

    def check(self, order: TrackedOrder) -> None:
        """Lets an order pass that would rest by the book of this moment, and every order of another type.

        A book fed from REST depth counts although it is seconds old: the alternative to a late look is none.

        :raises WouldTakeError: when it would take, or there is no book to tell
        """
        if order.order_type is not OrderType.LIMIT_MAKER or self._is_native():
            return
        market = self._books().get(order.trading_pair)
        if market is None or market.mode is BookMode.EMPTY:
            why = "it is not followed" if market is None else market.reason
            raise WouldTakeError(
                f"Without a book of {order.trading_pair} nobody knows whether the order would take liquidity: {why}."
            )
        is_buy = order.trade_type is TradeType.BUY
        best = market.book.best_reported(is_bid=not is_buy)
        if best is None:
            return
        price = float(order.price)  # as the book has its prices
        if price >= best if is_buy else price <= best:
            side, offered = ("buy", "ask") if is_buy else ("sell", "bid")
            raise WouldTakeError(
                f"The {side} order at {order.price:f} would take liquidity: "
                f"the best {offered} is {Decimal(str(best)):f}."
            )

    def on_taker_fill(self, order: TrackedOrder, fill: TradeUpdate) -> None:
        """A fill in which the order was the taker. Reported where it is LIMIT_MAKER: to the user once an order."""
        if order.order_type is not OrderType.LIMIT_MAKER:
            return
        counts = self._counts[order.trading_pair]
        counts.taken_by_makers += fill.fill_base_amount
        text = (
            f"LIMIT_MAKER order {order.client_order_id} ({fill.exchange_order_id}) took liquidity all the same: "
            f"{fill.fill_base_amount:f} {order.base_asset} at {fill.fill_price:f} {order.quote_asset}."
        )
        if order.client_order_id in self._reported:
            self._logger.warning(text)
            return
        self._reported.add(order.client_order_id)
        counts.makers_that_took += 1
        self._notify(text)
