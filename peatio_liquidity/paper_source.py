"""Hedges on paper: worked out on the source's real book, with nothing sent there (`paper_hedge`)."""

import logging
import time
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal

from hummingbot.connector.exchange_py_base import ExchangePyBase
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.event.events import OrderFilledEvent

from peatio_liquidity.fill_reports import fill_of_event
from peatio_liquidity.fills import Fill
from peatio_liquidity.funds import Hedgeable
from peatio_liquidity.hedge_journal import Hedge
from peatio_liquidity.hedging import HedgeOrder
from peatio_liquidity.levels import Book, Level
from peatio_liquidity.source_market import HedgeOutcome, SourceMarket, order_type
from peatio_liquidity.taken import amounts


class PaperSource(SourceMarket):
    """As `SourceMarket`, for hedges that take what the book has at once and leave no rest.

    What they took counts as gone until the level has another amount or is no more: the real book does not know of it,
    and the next hedge must not have it again.
    """

    is_paper = True

    def __init__(self, connector: ExchangePyBase, trading_pair: str, logger: logging.Logger) -> None:
        super().__init__(connector, trading_pair, logger)
        self._sent: set[str] = set()

    def hedgeable(self, book: Book, max_slippage: Decimal) -> Hedgeable:
        """Any amount: paper costs nothing."""
        return Hedgeable(Decimal("Infinity"), Decimal("Infinity"))

    def send(self, order: HedgeOrder) -> str:
        """Fills the order from the book; `reports` has what came of it.

        :return: its client order id
        """
        client_order_id = f"paper-{uuid.uuid4().hex}"
        self._sent.add(client_order_id)
        self.reports.append((client_order_id, list(self._fills(order, client_order_id))))
        return client_order_id

    def cancel(self, client_order_id: str) -> None:
        """Nothing: no paper hedge rests."""

    def is_under_way(self, hedge: Hedge) -> bool:
        """Never."""
        return False

    async def look_up(self, hedge: Hedge) -> HedgeOutcome:
        """One of an earlier run is nowhere: what of it was not reported was never filled."""
        key = hedge.client_order_id
        if key is None or key not in self._sent:
            return HedgeOutcome.ABSENT
        self._sent.discard(key)  # it is asked for once, or is as good as absent
        return HedgeOutcome.ENDED

    async def find_id(self, hedge: Hedge, is_taken: Callable[[str], bool]) -> str | None:
        """None: without an id none of its fills was written."""
        return None

    async def known_fills(self, client_order_id: str, since_s: float) -> list[Fill]:
        """None: an earlier run's fills are in the journal, or never were."""
        return []

    async def fills_since(self, since_s: float) -> list[Fill]:
        """None, as `known_fills`."""
        return []

    def _fills(self, order: HedgeOrder, client_order_id: str) -> Iterator[Fill]:
        left, now_s = order.amount, time.time()
        had = amounts(self.read(), not order.is_buy)
        for level in self.read_others().side(not order.is_buy):
            if left <= 0 or (level.price > order.price if order.is_buy else level.price < order.price):
                return
            amount = min(left, level.amount)
            left -= amount
            self._taken.add(not order.is_buy, level.price, had[level.price], amount)
            yield self._fill(order, Level(level.price, amount), client_order_id, now_s)

    def _fill(self, order: HedgeOrder, taken: Level, client_order_id: str, now_s: float) -> Fill:
        side, kind = TradeType.BUY if order.is_buy else TradeType.SELL, order_type(order)
        price, amount = taken.price, taken.amount
        fee = self.connector.get_fee(self.base, self.quote, kind, side, amount, price, is_maker=False)
        trade_id = f"{client_order_id} {price:f}"
        event = OrderFilledEvent(now_s, client_order_id, self.trading_pair, side, kind, price, amount, fee, trade_id)
        return fill_of_event(event)
