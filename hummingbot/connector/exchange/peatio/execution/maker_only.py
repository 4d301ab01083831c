"""LIMIT_MAKER: orders that are to add to the book and take nothing from it (docs/reference/orders.md)."""

import logging
from collections.abc import Callable, Mapping
from decimal import Decimal

from hummingbot.connector.exchange.peatio.common.errors import WouldTakeError
from hummingbot.connector.exchange.peatio.execution.counts import CountsByPair
from hummingbot.connector.exchange.peatio.execution.create import Create
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.order_books.counts import BookState
from hummingbot.connector.exchange.peatio.order_books.sync import BookSync
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import TradeUpdate


class MakerOnly:
    """Compares LIMIT_MAKER orders with the book before they are sent, and reports those that took liquidity anyway.

    :param is_native: whether the exchange itself rejects such an order; then it is not compared with the book
    :param books: the order books by trading pair
    :param counts: where orders that took are counted
    :param notify: shows a line to the user
    """

    def __init__(
        self,
        is_native: Callable[[], bool],
        books: Callable[[], Mapping[str, BookSync]],
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

    def verdict(self, order: Create) -> WouldTakeError | None:
        """Why an order that must rest would not, by the book of this moment; None for any other order.

        LIMIT_MAKER orders must rest, and every order on a market whose book is fed from REST depth: such a book is
        seconds old, and what an order would take may be gone.
        """
        market = self._books().get(order.trading_pair)
        if market is not None and market.state is BookState.REST_FED:
            return self._verdict_from_depth(order, market)
        if order.order_type is not OrderType.LIMIT_MAKER or self._is_native():
            return None
        if market is None or market.reason:
            why = "it is not tracked" if market is None else market.reason
            return WouldTakeError(
                f"Without a book of {order.trading_pair} it is not known whether the order would take liquidity: {why}."
            )
        return self._verdict_by_price(order, market)

    def _verdict_from_depth(self, order: Create, market: BookSync) -> WouldTakeError | None:
        would_take = order.order_type is OrderType.MARKET or self._verdict_by_price(order, market) is not None
        if not would_take:
            return None
        return WouldTakeError(
            f"The order book of {order.trading_pair} is fed from REST depth ({market.reason}). Only limit orders that "
            "rest by it are sent until the websocket gives the book."
        )

    @staticmethod
    def _verdict_by_price(order: Create, market: BookSync) -> WouldTakeError | None:
        is_buy = order.trade_type is TradeType.BUY
        best = market.levels.best_reported(is_bid=not is_buy)
        price = float(order.price)  # as the book has its prices
        if best is None or (price < best if is_buy else price > best):
            return None
        side, offered = ("buy", "ask") if is_buy else ("sell", "bid")
        return WouldTakeError(
            f"The {side} order at {order.price:f} would take liquidity: the best {offered} is {Decimal(str(best)):f}."
        )

    def on_taker_fill(self, order: TrackedOrder, fill: TradeUpdate) -> None:
        """A fill in which the order was the taker. A LIMIT_MAKER order is reported to the user once."""
        if order.order_type is not OrderType.LIMIT_MAKER:
            return
        counts = self._counts[order.trading_pair]
        counts.taken_by_makers += fill.fill_base_amount
        text = (
            f"LIMIT_MAKER order {order.client_order_id} ({fill.exchange_order_id}) took liquidity: "
            f"{fill.fill_base_amount:f} {order.base_asset} at {fill.fill_price:f} {order.quote_asset}."
        )
        if order.client_order_id in self._reported:
            self._logger.warning(text)
            return
        self._reported.add(order.client_order_id)
        counts.makers_that_took += 1
        self._notify(text)
