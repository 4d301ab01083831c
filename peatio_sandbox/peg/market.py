"""The exchange's side of a pegged coin: trades are settled with the tracker, and a cycle resizes open orders."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from decimal import Decimal
from random import Random
from typing import Any

from peatio_sandbox.exchange.decimals import EXACT, ZERO, decimal_text
from peatio_sandbox.exchange.exchange import Exchange
from peatio_sandbox.exchange.order_request import OrderRefusedError, OrderRequest
from peatio_sandbox.exchange.records import Member, OrderRecord, TradeRecord
from peatio_sandbox.exchange.scheduler import Scheduler
from peatio_sandbox.peg.balances import Style
from peatio_sandbox.peg.coin import FIRST_COINS, TRADERS_COINS, PeggedCoin
from peatio_sandbox.peg.columns import COIN
from peatio_sandbox.peg.rule import PeggedOrder, remaining_volumes
from peatio_sandbox.peg.tracker import Tracker
from peatio_sandbox.traders import CROWD, HOUSE

#: The tracker's user that gets the fees.
FEES = "exchange-fees"
#: What a create is answered with while the exchange waits for the tracker.
BUSY_STATUS, BUSY_CODE = 503, "server.busy"
#: So many of the last cycles are described.
CYCLES_DESCRIBED = 20
_SATOSHI = Decimal(COIN)


class PeggedMarket:
    """Keeps ledger and tracker alike.

    Attributes:
        tracker: the coin's balances.
        cycles: how many cycles have been applied to open orders.
        resizes: how many orders they resized.
    """

    def __init__(self, exchange: Exchange, coin: PeggedCoin, scheduler: Scheduler, seed: int) -> None:
        self.tracker = Tracker(coin.pegs[0], Random(f"pegged {seed}"))
        self.cycles = 0
        self.resizes = 0
        self._exchange = exchange
        self._coin = coin
        self._scheduler = scheduler
        self._pegs = iter(coin.pegs[1:])
        self._styles: dict[str, Style] = {coin.code: "liquid", coin.reserve_code: "reserve"}
        self._resizer = exchange.resizer()
        # By order: how much less remains of it than it was placed with, trades apart.
        self._missing: dict[int, Decimal] = {}
        self._last_cycles: deque[dict[str, int]] = deque(maxlen=CYCLES_DESCRIBED)
        self._next_tick_s: float | None = None
        self._is_reachable = True
        # A cycle has ended whose balances the exchange could not read.
        self._is_behind = False
        self.tracker.load()
        for member in exchange.members.values():
            coins = TRADERS_COINS if member.name in (HOUSE, CROWD) else FIRST_COINS
            self.tracker.credit(member.uid, coins * COIN)
            for currency in self._styles:
                # Whatever else the exchange began with: only the tracker knows how much there is of the coin.
                self._take_balance(member, currency)
        exchange.on_trade(self._settle)
        exchange.refuses = self._refuse

    def start(self) -> None:
        """Begin the cycles' clock."""
        if self._coin.every_s is not None:
            self._call_tick(self._coin.every_s)

    def begin_cycle(self, peg: int | None = None, busy_s: float | None = None) -> None:
        """Begin a cycle.

        Args:
            peg: None for the present one.
            busy_s: how long balances are calculated; None is as long as the coin says.

        Raises:
            ValueError: the peg is none, a cycle is under way, or the tracker cannot be reached.
        """
        if not self._is_reachable:
            raise ValueError("the tracker cannot be reached")
        self.tracker.begin_recalculation(self.tracker.peg if peg is None else peg)
        self._scheduler.call_later(self._coin.busy_s if busy_s is None else busy_s, self._copy)

    def set_reachable(self, is_reachable: bool) -> None:
        """Let the exchange lose its tracker, or find it again.

        Without it, creates of the coin's markets are refused, matched orders wait for their trade, and no cycle begins.
        One that was under way is applied when the tracker is back. Cancels work.
        """
        self._is_reachable = is_reachable
        if not is_reachable:
            self._exchange.trade_executor.pause()
        elif not self.tracker.is_updating:
            if self._is_behind:
                self._apply_cycle()
            self._exchange.trade_executor.resume()

    def described(self) -> dict[str, Any]:
        """Return peg, cycle, phases, the last cycles, and which open orders they made smaller, as JSON has it."""
        next_s = None if self._next_tick_s is None else max(0.0, self._next_tick_s - self._scheduler.time_s())
        return {
            "currency": self._coin.code,
            "reserve_currency": self._coin.reserve_code,
            "peg": self.tracker.peg,
            "cycle": self.tracker.cycle,
            "busy": self.tracker.is_busy,
            "updating": self.tracker.is_updating,
            "reachable": self._is_reachable,
            "telling": str(self._coin.telling),
            "resizes": self.resizes,
            "next_cycle_in_s": None if next_s is None else round(next_s, 1),
            "last_cycles": list(self._last_cycles),
            "reduced": [self._reduction(order) for order in self._reduced_orders()],
        }

    def _reduced_orders(self) -> Iterator[OrderRecord]:
        for order_id in self._missing:
            order = self._exchange.store.order(order_id)
            # One that took another's place is pending at first.
            if order is not None and order.state in ("pending", "wait"):
                yield order

    def _reduction(self, order: OrderRecord) -> dict[str, Any]:
        full = EXACT.add(order.remaining_volume, self._missing[order.id])
        return {
            "id": order.id,
            "member": order.member.name,
            "market": order.market_spec.symbol,
            "side": order.side,
            "price": decimal_text(order.price or ZERO),
            "remaining_volume": decimal_text(order.remaining_volume),
            "full_volume": decimal_text(full),
        }

    def _tick(self) -> None:
        if self._is_reachable and not self.tracker.is_busy:
            self.begin_cycle(next(self._pegs, None))
        assert self._coin.every_s is not None
        self._call_tick(self._coin.every_s)

    def _call_tick(self, delay_s: float) -> None:
        self._next_tick_s = self._scheduler.time_s() + delay_s
        self._scheduler.call_later(delay_s, self._tick)

    def _copy(self) -> None:
        self.tracker.begin_copying()
        self._exchange.trade_executor.pause()
        self._scheduler.call_later(self._coin.updating_s, self._finish)

    def _finish(self) -> None:
        self.tracker.finish_copying()
        self.tracker.show_cycle()
        self._is_behind = True
        if self._is_reachable:
            self._apply_cycle()
            self._exchange.trade_executor.resume()

    def _apply_cycle(self) -> None:
        """Take all balances of after a cycle, and let orders fit them."""
        self._is_behind = False
        self.cycles += 1
        resizes_before = self.resizes
        for member in self._exchange.members.values():
            for currency in self._styles:
                self._apply(member, currency)
        # What has ended does not grow back.
        self._missing = {order.id: self._missing[order.id] for order in self._reduced_orders()}
        resized = self.resizes - resizes_before
        self._last_cycles.append({"cycle": self.tracker.cycle, "peg": self.tracker.peg, "resized": resized})

    def _apply(self, member: Member, currency: str) -> None:
        """Take the balance of after a cycle, and let the member's orders fit it."""
        total = self._total(member, currency)
        self._end_unpaid(member, currency, total)
        bound = self._bound_in_market_orders(member, currency)
        orders = {order.id: order for order in self._open_orders(member, currency) if order.price is not None}
        rows = [
            PeggedOrder(
                order.id,
                order.price if order.side == "buy" else None,
                EXACT.add(order.remaining_volume, self._missing.get(order.id, ZERO)),
                Decimal(1).scaleb(-order.market_spec.amount_precision),
            )
            for order in orders.values()
        ]
        wanted = {row.id: row.wanted for row in rows}
        remaining = remaining_volumes(EXACT.subtract(total, bound), rows)
        # What shrinks first, so that its lock is free to be taken away; what grows last.
        for order_id, volume in remaining.items():
            if volume < orders[order_id].remaining_volume:
                self._resize(orders[order_id], volume, wanted[order_id])
        needed = sum((row.lock(remaining[row.id]) for row in rows), bound)
        self._release_saved(orders.values(), EXACT.subtract(total, needed))
        self._take_balance(member, currency)
        for order_id, volume in remaining.items():
            if volume > orders[order_id].remaining_volume:
                self._resize(orders[order_id], volume, wanted[order_id])

    def _end_unpaid(self, member: Member, currency: str, total: Decimal) -> None:
        """End the newest market orders whose trades wait, until the balance covers what the others have locked: such an
        order has no size to grow back to, and Peatio ends one that cannot pay."""
        at_market = [order for order in self._open_orders(member, currency) if order.price is None]
        for order in sorted(at_market, key=lambda each: each.id, reverse=True):
            if self._bound_in_market_orders(member, currency) > total:
                self._resizer.end(order)

    def _bound_in_market_orders(self, member: Member, currency: str) -> Decimal:
        return sum((order.locked for order in self._open_orders(member, currency) if order.price is None), ZERO)

    def _release_saved(self, orders: Iterable[OrderRecord], left: Decimal) -> None:
        """Set free what better prices have saved buys, as far as the balance does not cover it besides what the orders
        need. It stays locked with its order otherwise, but no order is made smaller for it.

        Args:
            left: what the balance has more than the orders need.
        """
        for order in orders:
            if order.state == "wait":  # one that was replaced has freed it
                released = max(EXACT.subtract(self._resizer.saved(order), left), ZERO)
                left = EXACT.subtract(left, EXACT.subtract(self._resizer.saved(order), released))
                self._resizer.release(order, released)

    def _resize(self, order: OrderRecord, remaining: Decimal, wanted: Decimal) -> None:
        self.resizes += 1
        self._missing.pop(order.id, None)
        standing = self._resizer.resize(order, remaining, self._coin.telling)
        if standing is not None and wanted > remaining:
            self._missing[standing.id] = EXACT.subtract(wanted, remaining)

    def _open_orders(self, member: Member, currency: str) -> Iterator[OrderRecord]:
        for order in self._exchange.store.member_orders(member):
            if order.state == "wait" and order.outcome_currency == currency:
                yield order

    def _settle(self, trade: TradeRecord) -> None:
        """Move what was traded from user to user; a fee is a second trade."""
        buy, sell = (
            (trade.maker_order, trade.taker_order)
            if trade.maker_order.side == "buy"
            else (trade.taker_order, trade.maker_order)
        )
        for giver, taker, amount in ((sell, buy, trade.amount), (buy, sell, trade.total)):
            style = self._styles.get(taker.income_currency)
            if style is not None:
                self._move(giver.member.uid, taker.member.uid, amount, style)
                self._move(taker.member.uid, FEES, trade.fee_amount(taker), style)

    def _move(self, giver: str, taker: str, amount: Decimal, style: Style) -> None:
        satoshi = int(EXACT.multiply(amount, _SATOSHI))
        answer = self.tracker.trade(giver, satoshi, taker, style)
        if answer is not True:
            raise RuntimeError(f"the tracker refused a trade of {satoshi} {style} from {giver} to {taker}: {answer}")

    def _refuse(self, request: OrderRequest) -> None:
        """A create of the coin's markets is refused while balances are calculated, or cannot be read."""
        is_waiting = self.tracker.is_busy or self._is_behind or not self._is_reachable
        if is_waiting and {request.market.base, request.market.quote} & set(self._styles):
            raise OrderRefusedError(BUSY_CODE, BUSY_STATUS)

    def _take_balance(self, member: Member, currency: str) -> None:
        account = self._exchange.ledger.account(member.uid, currency)
        held = EXACT.add(account.balance, account.locked)
        self._exchange.ledger.adjust(member.uid, currency, EXACT.subtract(self._total(member, currency), held))

    def _total(self, member: Member, currency: str) -> Decimal:
        balance = self.tracker.balance(member.uid)
        assert isinstance(balance, dict)
        return EXACT.divide(Decimal(balance[self._styles[currency]]), _SATOSHI)
