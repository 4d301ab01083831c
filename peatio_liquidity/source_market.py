"""The market that is followed, and on which is hedged: of any connector that Hummingbot has."""

import logging
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum, auto

from hummingbot.connector.exchange.peatio.common.errors import PeatioError
from hummingbot.connector.exchange.peatio.execution.unended_orders import UnendedOrder
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.connector.exchange_py_base import ExchangePyBase
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder, OrderState
from hummingbot.core.network_iterator import NetworkStatus

from peatio_liquidity.book_connection import BookConnection
from peatio_liquidity.fill_reports import fills_of_order, peatio_fills
from peatio_liquidity.fills import Fill
from peatio_liquidity.funds import Hedgeable
from peatio_liquidity.hedge_journal import Hedge
from peatio_liquidity.hedging import HedgeOrder
from peatio_liquidity.levels import Book, Level
from peatio_liquidity.markets import MISSING_S, MarketView
from peatio_liquidity.order_memory import UncertainError, check_end, lost_id
from peatio_liquidity.taken import Taken, amounts

#: An order that the exchange does not know is absent once it has not known it twice, so long apart: a create may
#: arrive late.
ABSENT_AFTER_S = 30.0
#: A Peatio is asked so often for a hedge that it does not have: what it stores may come without an event.
LOOK_FOR_LOST_S = 10.0
#: A market order that is called filled, with fewer fills than its amount, has ended once no fill came for so long. Some
#: exchanges call one filled that found no more offers, or take the amount of a buy in quote.
SETTLED_AFTER_S = 10.0
#: The same of an order that ended before all of it was filled: no connector says how much was, and lists of trades lag
#: behind the orders. What is listed after another hedge was sent would have been hedged twice.
CANCELLED_SETTLED_AFTER_S = 3.0


class HedgeOutcome(Enum):
    """What the source says of a hedge.

    `OPEN`: it may still be filled. `MISSING`: it was looked for and is not there; it may turn up. `ABSENT`: it is not
    there, and does not turn up any more. `UNKNOWN`: no answer that can be trusted.
    """

    OPEN = auto()
    MISSING = auto()
    ENDED = auto()
    ABSENT = auto()
    UNKNOWN = auto()


class _NotAskedError(Exception):
    """What a connector says of an order is not what the exchange says."""


class SourceMarket(MarketView):
    """
    :param logger: for what the source does not answer
    :ivar is_paper: whether hedges are only worked out
    :ivar reports: ended hedges and their fills that come without an event of the connector; who reads one removes it
    """

    is_paper = False

    def __init__(self, connector: ExchangePyBase, trading_pair: str, logger: logging.Logger) -> None:
        super().__init__(connector, trading_pair)
        self._logger = logger
        self.connection = BookConnection(connector, trading_pair, logger)
        self.reports: list[tuple[str, list[Fill]]] = []
        self._missing_since_s: dict[str, float] = {}
        self._looked_s = float("-inf")
        #: Hedges that the order journal gave up and an order of the exchange may be, and when that was asked.
        self._uncertain_since_s: dict[str, float] = {}
        #: Hedges of an earlier run that the connector was asked to follow, and that are not known to be open yet.
        self._unconfirmed: set[str] = set()
        self._taken = Taken()
        #: The side that a market order was sent to take from, as it was then.
        self._had: dict[str, Mapping[Decimal, Decimal]] = {}
        self._short_since: dict[str, tuple[Decimal, float]] = {}

    @property
    def is_ready(self) -> bool:
        """Whether it has no `fault`."""
        return not self.fault

    @property
    def fault(self) -> str:
        """Why it can neither be followed nor hedged on now; "" where it can."""
        if not super().is_ready:
            return "the source is not ready"
        # Most connectors stay `ready` when Hummingbot's last check of the network did not find the exchange.
        if self.connector.network_status is NetworkStatus.NOT_CONNECTED:
            return "the source cannot be reached"
        if not self.connection.is_whole():
            return "the source's book is asked for, as its connection was lost or is new"
        return ""

    def is_same_market_as(self, own: MarketView) -> bool:
        """Whether it is the own market, be it under another name: hedges would take one's own quotes."""
        if self.trading_pair != own.trading_pair:
            return False
        here, there = self.connector, own.connector
        return here is there or (
            isinstance(here, PeatioExchange) and isinstance(there, PeatioExchange) and here.site == there.site
        )

    def hedgeable(self, book: Book, max_slippage: Decimal) -> Hedgeable:
        """The amounts that the free balances at the source can pay for."""
        return Hedgeable.of(self.available(self.base), self.available(self.quote), book, max_slippage)

    @property
    def name(self) -> str:
        """Of the market, for logs, status and the hedge journal."""
        return f"{self.connector.name} {self.trading_pair}{' (paper)' if self.is_paper else ''}"

    def read_others(self) -> Book:
        """The book without this bot's own orders, and without what market orders took and it does not show yet.

        Nothing else keeps the next market order from being meant for offers that the last one took.
        """
        own = [order for order in self.connector.in_flight_orders.values() if order.trading_pair == self.trading_pair]
        own = [order for order in own if order.is_open and order.order_type.is_limit_type()]
        bids = [Level(order.price, _left(order)) for order in own if order.trade_type is TradeType.BUY]
        asks = [Level(order.price, _left(order)) for order in own if order.trade_type is TradeType.SELL]
        return self._taken.rest(self.read()).without(bids, asks)

    def send(self, order: HedgeOrder) -> str:
        """Starts an order; it leaves at the next turn of the event loop.

        :return: its client order id
        """
        send = self.connector.buy if order.is_buy else self.connector.sell
        # Some connectors send a market order's price, or a buy's amount in quote by it: with a worse one than the best
        # more than the amount would be bought.
        price = order.best if order.is_market else order.price
        client_order_id = str(send(self.trading_pair, order.amount, order_type(order), price))
        if order.is_market:
            self._had = {client_order_id: amounts(self.read(), not order.is_buy)}  # there is one at a time
        return client_order_id

    def on_hedge_fill(self, fill: Fill) -> None:
        """Of a hedge; it may be known before the book shows it."""
        price = fill.total / fill.amount
        had = self._had.get(fill.client_order_id, {}).get(price)
        if had is not None:
            self._taken.add(not fill.is_buy, price, had, fill.amount)

    def cancel(self, client_order_id: str) -> None:
        """Asks for its end."""
        if client_order_id in self.connector.in_flight_orders:
            self.connector.cancel(self.trading_pair, client_order_id)

    def is_under_way(self, hedge: Hedge) -> bool:
        """Whether the connector follows the order and will report its end."""
        order = self.connector.in_flight_orders.get(hedge.client_order_id or "")
        return order is not None and not order.is_done and order.client_order_id not in self._unconfirmed

    async def find_id(self, hedge: Hedge, is_taken: Callable[[str], bool]) -> str | None:
        """The id of a hedge that has none in the hedge journal, because an earlier process died before it was written.

        :param is_taken: whether an id is another hedge's
        :return: None where it never left
        :raises UncertainError: when the source does not say
        """
        if not isinstance(self.connector, PeatioExchange):
            raise UncertainError(f"{self.connector.name} cannot be asked for it without an id")
        if not self.connector.ready:
            raise UncertainError(f"{self.connector.name} is not ready")
        try:
            return await lost_id(self.connector, self.trading_pair, hedge, is_taken)
        except PeatioError as error:
            raise UncertainError(str(error)) from error

    async def look_up(self, hedge: Hedge) -> HedgeOutcome:
        """What became of a hedge that the connector does not follow any more; its fills are reported as events.

        A connector may call an order failed or cancelled before it knows all its fills, or because no answer came, so
        the source is asked. Never raises but for cancellation.
        """
        if hedge.client_order_id is None:
            return HedgeOutcome.UNKNOWN
        if isinstance(self.connector, PeatioExchange):
            return await self._look_up_at_peatio(self.connector, hedge, hedge.client_order_id)
        order = self._tracked(hedge, hedge.client_order_id)
        try:
            update = await self.connector._request_order_status(order)
            if not update.exchange_order_id:
                # Some connectors call an order failed where they do not know its id at the exchange, and ask nobody.
                raise _NotAskedError(f"{self.connector.name} has no id of the order, and did not ask the exchange")
            if update.exchange_order_id != order.exchange_order_id:
                # The tracker takes it over a turn later, or never: some connectors give one that is none until then.
                order.update_exchange_order_id(update.exchange_order_id)
            fills = list(await self.connector._all_trade_updates_for_order(order))
        except Exception as error:
            return self._not_found(hedge.client_order_id, error)
        # Fills before the end: what has ended without its fills would be hedged again.
        for fill in fills:
            self.connector._order_tracker.process_trade_update(fill)
        self.connector._order_tracker.process_order_update(update)
        self._missing_since_s.pop(hedge.client_order_id, None)
        if update.new_state is OrderState.FILLED and order.executed_amount_base < order.amount:
            return self._settled(order, SETTLED_AFTER_S) if hedge.is_market else HedgeOutcome.UNKNOWN
        self._unconfirmed.discard(hedge.client_order_id)
        if update.new_state in (OrderState.CANCELED, OrderState.FAILED) and order.executed_amount_base < order.amount:
            return self._settled(order, CANCELLED_SETTLED_AFTER_S)
        is_final = update.new_state in (OrderState.FILLED, OrderState.CANCELED, OrderState.FAILED)
        return HedgeOutcome.ENDED if is_final else HedgeOutcome.OPEN

    async def known_fills(self, client_order_id: str, since_s: float) -> list[Fill]:
        """All of a hedge that has ended, those too that were reported before anybody listened, or that Hummingbot knew
        from its database and does not report again. May have some of other orders of this bot.

        :param since_s: epoch seconds; none of its fills is older
        :raises PeatioError: when a Peatio does not answer, or it cannot be read whose orders they are
        """
        if isinstance(self.connector, PeatioExchange):
            return await self.fills_since(since_s)
        tracker = self.connector._order_tracker
        order = tracker.fetch_order(client_order_id) or tracker.fetch_lost_order(client_order_id)
        return [] if order is None else fills_of_order(order)

    async def fills_since(self, since_s: float) -> list[Fill]:
        """Of this bot's orders on this market, be they hedges or not. None where the exchange cannot be asked for them.

        :param since_s: epoch seconds
        :raises PeatioError: when a Peatio does not answer, or it cannot be read whose orders they are
        """
        if not isinstance(self.connector, PeatioExchange):
            return []
        return await peatio_fills(self.connector, self.trading_pair, since_s)

    async def _look_up_at_peatio(
        self, connector: PeatioExchange, hedge: Hedge, client_order_id: str
    ) -> HedgeOutcome:
        """A Peatio's connector reconciles by itself, its journal in hand, and reports fills before ends.

        Where an order may be the hedge or somebody else's, only the operator can say which: another hedge may be one
        too many.
        """
        if not connector.ready:
            return HedgeOutcome.UNKNOWN
        order = self._unended(connector, client_order_id)
        now_s = time.monotonic()
        if order is not None and order.is_missing and now_s - self._looked_s >= LOOK_FOR_LOST_S:
            try:
                await connector.look_for_lost_orders(self.trading_pair)
            except PeatioError as error:
                self._logger.debug(f"It is not known whether hedge {client_order_id} turned up: {error}")
                return HedgeOutcome.UNKNOWN
            self._looked_s = now_s
            order = self._unended(connector, client_order_id)
        if order is None:
            return await self._end_at_peatio(connector, hedge, client_order_id)
        if not order.is_missing:
            return HedgeOutcome.OPEN
        return self._missing(client_order_id) if order.look_alike is None else HedgeOutcome.UNKNOWN

    async def _end_at_peatio(self, connector: PeatioExchange, hedge: Hedge, client_order_id: str) -> HedgeOutcome:
        if time.monotonic() - self._uncertain_since_s.get(client_order_id, float("-inf")) < LOOK_FOR_LOST_S:
            return HedgeOutcome.UNKNOWN
        try:
            await check_end(connector, self.trading_pair, hedge, client_order_id)
        except (PeatioError, UncertainError) as error:
            self._logger.debug(f"It is not known how hedge {client_order_id} ended: {error}")
            self._uncertain_since_s[client_order_id] = time.monotonic()
            return HedgeOutcome.UNKNOWN
        self._uncertain_since_s.pop(client_order_id, None)
        return HedgeOutcome.ENDED

    def _unended(self, connector: PeatioExchange, client_order_id: str) -> UnendedOrder | None:
        orders = connector.unended_orders(self.trading_pair)
        return next((order for order in orders if order.client_order_id == client_order_id), None)

    def _missing(self, client_order_id: str) -> HedgeOutcome:
        now_s = time.monotonic()
        since_s = self._missing_since_s.setdefault(client_order_id, now_s)
        return HedgeOutcome.MISSING if now_s - since_s < MISSING_S else HedgeOutcome.ABSENT

    def _tracked(self, hedge: Hedge, client_order_id: str) -> InFlightOrder:
        tracker = self.connector._order_tracker
        order = tracker.fetch_order(client_order_id) or tracker.fetch_lost_order(client_order_id)
        if order is None:
            self._unconfirmed.add(client_order_id)
            self.connector.start_tracking_order(
                client_order_id,
                hedge.exchange_order_id,
                self.trading_pair,
                TradeType.BUY if hedge.is_buy else TradeType.SELL,
                hedge.price,
                hedge.amount,
                order_type(hedge),
            )
            order = tracker.fetch_order(client_order_id)
        return order

    def _settled(self, order: InFlightOrder, after_s: float) -> HedgeOutcome:
        """`ENDED` once no fill came for so long."""
        key, filled, now_s = order.client_order_id, order.executed_amount_base, time.monotonic()
        before, since_s = self._short_since.get(key, (None, now_s))
        if before != filled:
            since_s = now_s
        self._short_since[key] = filled, since_s
        if now_s - since_s < after_s:
            return HedgeOutcome.OPEN
        del self._short_since[key]
        return HedgeOutcome.ENDED

    def _not_found(self, client_order_id: str, error: Exception) -> HedgeOutcome:
        if not self.connector._is_order_not_found_during_status_update_error(error):
            self._logger.warning(f"{self.connector.name} does not say what became of hedge {client_order_id}: {error}")
            return HedgeOutcome.UNKNOWN
        now_s = time.monotonic()
        since_s = self._missing_since_s.setdefault(client_order_id, now_s)
        return HedgeOutcome.ABSENT if now_s - since_s >= ABSENT_AFTER_S else HedgeOutcome.UNKNOWN


def order_type(hedge: Hedge | HedgeOrder) -> OrderType:
    """Hummingbot's."""
    return OrderType.MARKET if hedge.is_market else OrderType.LIMIT


def _left(order: InFlightOrder) -> Decimal:
    return Decimal(order.amount - order.executed_amount_base)
