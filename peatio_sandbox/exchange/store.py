"""The exchange's database: orders and trades with the indexes the REST endpoints need."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from decimal import Decimal

from peatio_sandbox.exchange.decimals import EXACT, ZERO
from peatio_sandbox.exchange.market import Market, Side
from peatio_sandbox.exchange.records import Member, OrderRecord, OrderState, PublicTrade, TradeRecord

#: Public trades kept per market; ``public/markets/:market/trades`` never shows more than 1000.
PUBLIC_TRADES_KEPT = 1000


class Store:
    """Orders and trades in memory.

    Beyond ``finished_orders_kept`` per member the oldest finished orders are forgotten, with their trades.
    """

    def __init__(self, finished_orders_kept: int) -> None:
        self._finished_kept = finished_orders_kept
        self._orders: dict[int, OrderRecord] = {}
        self._by_uuid: dict[str, OrderRecord] = {}
        self._by_member: dict[str, dict[int, OrderRecord]] = {}
        self._member_trades: dict[str, dict[int, TradeRecord]] = {}
        self._finished: dict[str, deque[OrderRecord]] = {}
        self._waiting: dict[tuple[str, Side], dict[int, OrderRecord]] = {}
        self._depth: dict[tuple[str, Side], dict[Decimal, Decimal]] = {}
        self._market_trades: dict[str, deque[PublicTrade]] = {}
        self._last_order_id = 0
        self._last_trade_id = 0

    def next_order_id(self) -> int:
        """Return the id for a new order: 1, 2, 3, …"""
        self._last_order_id += 1
        return self._last_order_id

    def next_trade_id(self) -> int:
        """Return the id for a new trade: 1, 2, 3, …"""
        self._last_trade_id += 1
        return self._last_trade_id

    def add_order(self, order: OrderRecord) -> None:
        """Store a new order, which is ``pending``."""
        self._orders[order.id] = order
        self._by_uuid[order.uuid] = order
        self._by_member.setdefault(order.member.uid, {})[order.id] = order

    def order(self, order_id: int) -> OrderRecord | None:
        """Return an order by id."""
        return self._orders.get(order_id)

    def order_by_uuid(self, uuid: str) -> OrderRecord | None:
        """Return an order by its uuid in canonical form."""
        return self._by_uuid.get(uuid)

    def member_orders(self, member: Member) -> list[OrderRecord]:
        """Return the member's orders by ascending id."""
        return list(self._by_member.get(member.uid, {}).values())

    def in_state(self, state: OrderState) -> list[OrderRecord]:
        """Return all orders in a state by ascending id."""
        return [order for order in self._orders.values() if order.state == state]

    def waiting(self, market: str, side: Side) -> list[OrderRecord]:
        """Return the orders in ``wait`` of one side, in the order in which they began to wait."""
        return list(self._waiting.get((market, side), {}).values())

    def set_state(self, order: OrderRecord, state: OrderState, now_s: float) -> None:
        """Move an order to another state."""
        key = (order.market, order.side)
        if order.state == "wait":
            del self._waiting[key][order.id]
            self._change_depth(order, EXACT.minus(order.remaining_volume))
        order.state = state
        order.updated_at_s = now_s
        if state == "wait":
            self._waiting.setdefault(key, {})[order.id] = order
            self._change_depth(order, order.remaining_volume)
        elif state != "pending":
            self._finished.setdefault(order.member.uid, deque()).append(order)
            self._forget_oldest(order.member)

    def reduce(self, order: OrderRecord, amount: Decimal, now_s: float) -> None:
        """Take a traded amount off an order in ``wait``."""
        order.remaining_volume = EXACT.subtract(order.remaining_volume, amount)
        order.updated_at_s = now_s
        self._change_depth(order, EXACT.minus(amount))

    def resize(self, order: OrderRecord, change: Decimal, now_s: float) -> None:
        """Add to what remains of an order in ``wait``, or take from it, without a trade."""
        order.remaining_volume = EXACT.add(order.remaining_volume, change)
        order.updated_at_s = now_s
        self._change_depth(order, change)

    def add_trade(self, trade: TradeRecord) -> None:
        """Store a trade and list it under both its orders."""
        for order in (trade.maker_order, trade.taker_order):
            order.trades.append(trade)
            self._member_trades.setdefault(order.member.uid, {})[trade.id] = trade
        self.add_public_trade(trade.public())

    def add_public_trade(self, trade: PublicTrade) -> None:
        """List a trade of the market; of the past, nobody's orders are known."""
        self._market_trades.setdefault(trade.market, deque(maxlen=PUBLIC_TRADES_KEPT)).append(trade)

    def member_trades(self, member: Member) -> Iterator[TradeRecord]:
        """Yield the member's trades by ascending id; a trade with oneself comes once."""
        return iter(self._member_trades.get(member.uid, {}).values())

    def public_trades(self, market: str) -> list[PublicTrade]:
        """Return the latest trades of a market by ascending id."""
        return list(self._market_trades.get(market, ()))

    def last_trade(self, market: str) -> PublicTrade | None:
        """Return the latest trade of a market."""
        trades = self._market_trades.get(market)
        return trades[-1] if trades else None

    def depth(self, market: Market, side: Side) -> list[tuple[Decimal, Decimal]]:
        """Return (price, volume) of the limit orders in ``wait``, best first.

        This is the database's view, not the engine's: ghosts are not in it (docs/protocol.md section 4).
        """
        levels = self._depth.get((market.symbol, side), {})
        return sorted(levels.items(), reverse=side == "buy")

    def best_price(self, market: str, side: Side) -> Decimal | None:
        """Return the best price of one side of the database's book."""
        levels = self._depth.get((market, side))
        if not levels:
            return None
        return max(levels) if side == "buy" else min(levels)

    def _change_depth(self, order: OrderRecord, change: Decimal) -> None:
        if order.price is None:
            return
        levels = self._depth.setdefault((order.market, order.side), {})
        total = EXACT.add(levels.get(order.price, ZERO), change)
        if total == ZERO:
            levels.pop(order.price, None)
        else:
            levels[order.price] = total

    def _forget_oldest(self, member: Member) -> None:
        finished = self._finished[member.uid]
        while len(finished) > self._finished_kept:
            order = finished.popleft()
            del self._orders[order.id]
            del self._by_uuid[order.uuid]
            del self._by_member[member.uid][order.id]
            for trade in order.trades:
                self._member_trades[member.uid].pop(trade.id, None)
            # Trades of orders that are kept still refer to this one; the chain must end here.
            order.trades.clear()
