"""What the trade executor does with a match: it becomes a trade, which moves the money of both orders."""

from __future__ import annotations

from peatio_sandbox.exchange.clock import Clock
from peatio_sandbox.exchange.decimals import EXACT, ZERO
from peatio_sandbox.exchange.engine import Match
from peatio_sandbox.exchange.ledger import Ledger
from peatio_sandbox.exchange.records import OrderRecord, TradeRecord
from peatio_sandbox.exchange.store import Store


class Settlement:
    """Turns matches into trades."""

    def __init__(self, store: Store, ledger: Ledger, clock: Clock) -> None:
        self._store = store
        self._ledger = ledger
        self._clock = clock

    def settle(self, match: Match) -> TradeRecord | None:
        """Return the stored trade, or None where one of the orders cannot take the match any more."""
        maker, taker = self._store.order(match.maker_id), self._store.order(match.taker_id)
        if maker is None or taker is None or not _is_executable(match, maker, taker):
            return None
        now_s = self._clock.now_s()
        trade = TradeRecord(
            id=self._store.next_trade_id(),
            market_spec=maker.market_spec,
            price=match.price,
            amount=match.amount,
            total=match.total,
            maker_order=maker,
            taker_order=taker,
            created_at_s=now_s,
        )
        for order in (maker, taker):
            self._strike(trade, order, now_s)
        self._store.add_trade(trade)
        return trade

    def _strike(self, trade: TradeRecord, order: OrderRecord, now_s: float) -> None:
        outcome = trade.total if order.side == "buy" else trade.amount
        self._ledger.spend_locked(order.member.uid, order.outcome_currency, outcome)
        self._ledger.receive(order.member.uid, order.income_currency, trade.income(order), trade.fee_amount(order))
        order.locked = EXACT.subtract(order.locked, outcome)
        order.funds_received = EXACT.add(order.funds_received, trade.income(order))
        self._store.reduce(order, trade.amount, now_s)
        if order.remaining_volume == ZERO:
            self._store.set_state(order, "done", now_s)
            # What a better price has saved is set free; the order's own record keeps it for its mean price.
            self._ledger.unlock(order.member.uid, order.outcome_currency, order.locked)
        elif order.ord_type == "market" and order.locked == ZERO:
            self._store.set_state(order, "cancel", now_s)


def _is_executable(match: Match, maker: OrderRecord, taker: OrderRecord) -> bool:
    enough = min(maker.remaining_volume, taker.remaining_volume) >= match.amount
    # Two engines, one after the other, may have spent a market order's money.
    payable = all(order.locked >= (match.total if order.side == "buy" else match.amount) for order in (maker, taker))
    return maker.state == "wait" and taker.state == "wait" and enough and payable
