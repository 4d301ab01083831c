"""The life of an order: submission, order processor, matching, trade executor.

Peatio runs these as separate processes with a queue before each; so do we, because what a trading bot sees of an
order (docs/protocol.md section 4) is what these processes publish, each in its own time.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, Protocol
from uuid import UUID

from peatio_sandbox.config import SandboxConfig
from peatio_sandbox.exchange.clock import Clock
from peatio_sandbox.exchange.engine import (
    BookOrder,
    CancelRequest,
    EngineOutput,
    Increment,
    Match,
    MatchingEngine,
    Snapshot,
)
from peatio_sandbox.exchange.ledger import InsufficientFundsError, Ledger
from peatio_sandbox.exchange.market import ACTIVE_STATES, Market, MarketState, Side, choose_fee
from peatio_sandbox.exchange.order_request import OrderRefusedError, OrderRequest
from peatio_sandbox.exchange.presentation import (
    increment_event,
    order_event,
    public_trade_event,
    snapshot_event,
    trade_event,
)
from peatio_sandbox.exchange.records import FillRecord, Member, OrderRecord, TradeRecord
from peatio_sandbox.exchange.resize import Resizer
from peatio_sandbox.exchange.scheduler import Delay, Scheduler, WorkQueue
from peatio_sandbox.exchange.settlement import Settlement
from peatio_sandbox.exchange.store import Store

__all__ = ["EventSink", "Exchange", "OrderRefusedError", "OrderRequest"]


class EventSink(Protocol):
    """Where published events go; the Ranger in a running sandbox."""

    def publish(self, routing_key: str, payload: object) -> None:
        """Take one event, for example ``public.btcusd.ob-inc``."""


@dataclass(frozen=True, slots=True)
class _ProcessorTask:
    action: Literal["submit", "cancel"]
    order: OrderRecord


@dataclass(frozen=True, slots=True)
class _MatchingTask:
    """A message to the matching engine: it carries the order's volume as it was when the message was sent."""

    action: Literal["submit", "cancel", "resize"]
    market: str
    order: BookOrder


_Execution = Match | CancelRequest


class Exchange:
    """Markets, money and orders, and the workers that move them. Synchronous outside, asynchronous inside."""

    def __init__(
        self,
        config: SandboxConfig,
        clock: Clock,
        scheduler: Scheduler,
        sink: EventSink,
        active_states: frozenset[MarketState] = ACTIVE_STATES,
    ) -> None:
        self.config = config
        self.clock = clock
        self.store = Store(config.finished_orders_kept)
        self.ledger = Ledger()
        self._settlement = Settlement(self.store, self.ledger, clock)
        self.markets: Mapping[str, Market] = {market.symbol: market for market in config.markets}
        self.members: Mapping[str, Member] = {
            spec.name: Member(spec.name, spec.uid, spec.email, spec.level, spec.group) for spec in config.members
        }
        for spec in config.members:
            for currency, amount in spec.balances.items():
                self.ledger.deposit(spec.uid, currency, amount)
        #: The rows of ``public/trading_fees``; another tuple takes effect with the next order.
        self.trading_fees = config.trading_fees
        self._active_states = active_states
        self._groups: dict[str, str] = {}
        self.started_s = clock.now_s()
        rng = random.Random(config.seed)
        self._uuids = random.Random(f"uuid {config.seed}")
        self._sink = sink
        self._scheduler = scheduler
        self._held_back = 0
        #: Whether the order processor fails on an order and rejects it for no fault of its own.
        self.stumbles: Callable[[OrderRecord], bool] = lambda _order: False
        #: Raises `OrderRefusedError` for a create that is not taken now.
        self.refuses: Callable[[OrderRequest], None] = lambda _request: None
        self._engines: dict[str, MatchingEngine] = {}
        #: Orders that an engine has dropped for a cancel which the processor has not handled yet.
        self._leaving: set[int] = set()
        self._trade_listeners: list[Callable[[TradeRecord], None]] = []
        delays = config.latencies

        def queue[Message](delay: Delay, handle: Callable[[Message], None]) -> WorkQueue[Message]:
            return WorkQueue(scheduler, delay, rng, handle)

        self.order_processor = queue(delays.order_processor, self._process)
        self.matching = queue(delays.matching, self._match)
        self.trade_executor = queue(delays.trade_executor, self._execute)
        self._web_events = queue(delays.pending_event, self._publish)
        self._processor_events = queue(delays.processor_event, self._publish)

    # --- what requests do ---------------------------------------------------------------------------------

    def submit(self, member: Member, request: OrderRequest) -> OrderRecord:
        """Store an order as ``pending`` and hand it to the order processor. Nothing is locked yet.

        Raises:
            OrderRefusedError: as Peatio's 422 at this point.
        """
        order = self.store_order(member, request)
        self.hand_on(order)
        return order

    def store_order(self, member: Member, request: OrderRequest) -> OrderRecord:
        """Store an order as ``pending``; nobody knows of it yet.

        Raises:
            OrderRefusedError: as Peatio's 422 at this point.
        """
        self.refuses(request)
        balance = self.ledger.account(member.uid, request.outcome_currency).balance
        locked = request.funds_to_lock(balance, self._opposite_depth(request))
        request.check_limits()
        fee = choose_fee(self.trading_fees, self.group_of(member), request.market.symbol)
        now_s = self.clock.now_s()
        order = OrderRecord(
            id=self.store.next_order_id(),
            uuid=str(UUID(int=self._uuids.getrandbits(128), version=4)),
            member=member,
            market_spec=request.market,
            side=request.side,
            ord_type=request.ord_type,
            price=request.price,
            origin_volume=request.volume,
            remaining_volume=request.volume,
            origin_locked=locked,
            locked=locked,
            maker_fee=fee.maker,
            taker_fee=fee.taker,
            created_at_s=now_s,
            updated_at_s=now_s,
            post_only=request.post_only,
        )
        self.store.add_order(order)
        return order

    def hand_on(self, order: OrderRecord) -> None:
        """Publish a stored order and hand it to the order processor."""
        self._announce(order, self._web_events)
        self.order_processor.put(_ProcessorTask("submit", order))

    def hand_on_late(self, order: OrderRecord, delay_s: float) -> None:
        """Hand a stored order to the order processor after some seconds, unpublished: the broker was out of reach."""
        self._held_back += 1

        def hand_on() -> None:
            self._held_back -= 1
            self.order_processor.put(_ProcessorTask("submit", order))

        self._scheduler.call_later(delay_s, hand_on)

    def cancel(self, order: OrderRecord) -> None:
        """Ask for a cancellation, whatever the order's state: the engine drops it, the processor decides."""
        self._to_matching("cancel", order)

    def resizer(self) -> Resizer:
        """Return what makes orders smaller or larger without a trade."""

        def place(order: OrderRecord, volume: Decimal) -> OrderRecord | None:
            request = OrderRequest(order.market_spec, order.side, order.ord_type, volume, order.price, order.post_only)
            try:
                return self.submit(order.member, request)
            except OrderRefusedError:
                return None  # the rest is below the market's smallest amount

        return Resizer(
            self.store,
            self.ledger,
            self.clock.now_s,
            to_engine=lambda order: self._to_matching("resize", order),
            announce=lambda order: self._announce(order, self._processor_events),
            end=self._end_and_drop,
            place=place,
        )

    def _end_and_drop(self, order: OrderRecord) -> None:
        self._process_cancel(order)
        # The engine asks for a cancellation, which finds the order cancelled.
        self._to_matching("cancel", order)

    def active_markets(self) -> list[Market]:
        """Return the markets that are listed and take orders, by position."""
        return [market for market in self.markets.values() if market.state in self._active_states]

    def active_market(self, symbol: object) -> Market | None:
        """Return a market that is listed and takes orders, None if there is none of that symbol."""
        market = self.markets.get(symbol) if isinstance(symbol, str) else None
        return market if market is not None and market.state in self._active_states else None

    def group_of(self, member: Member) -> str:
        """Return the member's fee group."""
        return self._groups.get(member.uid, member.group)

    def move_to_group(self, member: Member, group: str) -> None:
        """Move a member to another fee group, as an admin does; orders keep the rates they were created with."""
        self._groups[member.uid] = group

    # --- what workers do ----------------------------------------------------------------------------------

    def start_engines(self) -> None:
        """Start a matching engine per market, disabled ones too, with the orders that are in ``wait``."""
        now_s = self.clock.now_s()
        for symbol in self.markets:
            engine = self._engines[symbol] = MatchingEngine(now_s)
            orders = [order.for_matching() for order in self.store.in_state("wait") if order.market == symbol]
            self._handle_outputs(symbol, engine.load(orders, now_s))

    def restart_engines(self) -> None:
        """Start the engines again. What was on its way to them is gone, as Peatio empties that queue first."""
        self.matching.clear()
        self.start_engines()

    def restart_order_processor(self) -> None:
        """Start the order processor again: it submits every pending order it finds, then goes on as before."""
        for order in self.store.in_state("pending"):
            self._process_submit(order)
        self.order_processor.resume()

    def is_quiet(self) -> bool:
        """Return whether no work is under way; what piles up before a paused worker does not count."""
        queues: tuple[WorkQueue[Any], ...] = (
            self.order_processor,
            self.matching,
            self.trade_executor,
            self._web_events,
            self._processor_events,
        )
        return not self._held_back and not any(len(queue) and not queue.paused for queue in queues)

    def delay_processor_events(self, extra_delay_s: Callable[[tuple[str, object]], float]) -> None:
        """Let events of the order processor be late, each by its own time; among themselves they keep their order."""
        self._processor_events.extra_delay_s = extra_delay_s

    def on_trade(self, listener: Callable[[TradeRecord], None]) -> None:
        """Call ``listener`` for every trade, once it is stored."""
        self._trade_listeners.append(listener)

    def publish(self, routing_key: str, payload: object) -> None:
        """Publish an event at once."""
        self._sink.publish(routing_key, payload)

    def fills(self, member: Member) -> list[FillRecord]:
        """Return every fill of every order of a member; a trade with oneself gives two."""
        orders = self.store.member_orders(member)
        return [FillRecord.of(trade, order) for order in orders for trade in order.trades]

    def _opposite_depth(self, request: OrderRequest) -> list[tuple[Decimal, Decimal]]:
        """Return the book a market order would meet, as the database knows it."""
        if request.ord_type == "limit":
            return []
        opposite: Side = "sell" if request.side == "buy" else "buy"
        return self.store.depth(request.market, opposite)

    def _process(self, task: _ProcessorTask) -> None:
        if task.action == "submit":
            self._process_submit(task.order)
        else:
            self._process_cancel(task.order)

    def _process_submit(self, order: OrderRecord) -> None:
        if order.state != "pending":
            return
        if self.stumbles(order) or (order.post_only and self._would_take(order)):
            self._reject(order)
            return
        try:
            self.ledger.lock(order.member.uid, order.outcome_currency, order.locked)
        except InsufficientFundsError:
            self._reject(order)
            return
        self.store.set_state(order, "wait", self.clock.now_s())
        self._to_matching("submit", order)
        self._announce(order, self._processor_events)

    def _would_take(self, order: OrderRecord) -> bool:
        opposite: Side = "sell" if order.side == "buy" else "buy"
        best = next((price for price, _ in self.store.depth(order.market_spec, opposite)), None)
        if best is None or order.price is None:
            return False
        return order.price >= best if order.side == "buy" else order.price <= best

    def _reject(self, order: OrderRecord) -> None:
        self.store.set_state(order, "reject", self.clock.now_s())
        self._announce(order, self._processor_events)

    def _process_cancel(self, order: OrderRecord) -> None:
        self._leaving.discard(order.id)
        if order.state != "wait":
            return
        self.ledger.unlock(order.member.uid, order.outcome_currency, order.locked)
        self.store.set_state(order, "cancel", self.clock.now_s())
        self._announce(order, self._processor_events)

    def _to_matching(self, action: Literal["submit", "cancel", "resize"], order: OrderRecord) -> None:
        self.matching.put(_MatchingTask(action, order.market, order.for_matching()))

    def _match(self, task: _MatchingTask) -> None:
        engine, order_id = self._engines[task.market], task.order.id
        if task.action == "resize" and order_id in self._leaving:
            return  # the new size would bring a cancelled order back into the book
        (self._leaving.add if task.action == "cancel" else self._leaving.discard)(order_id)
        step = {"submit": engine.submit, "cancel": engine.cancel, "resize": engine.resize}[task.action]
        self._handle_outputs(task.market, step(task.order, self.clock.now_s()))

    def _handle_outputs(self, symbol: str, outputs: list[EngineOutput]) -> None:
        for output in outputs:
            match output:
                case Increment():
                    self.publish(f"public.{symbol}.ob-inc", increment_event(output))
                case Snapshot():
                    self.publish(f"public.{symbol}.ob-snap", snapshot_event(output))
                case Match() | CancelRequest():
                    self.trade_executor.put(output)

    def _execute(self, execution: _Execution) -> None:
        if isinstance(execution, CancelRequest):
            order = self.store.order(execution.order_id)
            if order is not None:
                self.order_processor.put(_ProcessorTask("cancel", order))
            return
        trade = self._settlement.settle(execution)
        if trade is not None:
            self._announce_trade(trade)
            return
        # No trade: whichever order still waits goes to the engine again, with its volume as stored.
        for order_id in (execution.maker_id, execution.taker_id):
            order = self.store.order(order_id)
            if order is not None and order.state == "wait":
                self._to_matching("submit", order)

    def _announce_trade(self, trade: TradeRecord) -> None:
        maker, taker = trade.maker_order, trade.taker_order
        for order in (maker, taker):
            self.publish(f"private.{order.member.uid}.trade", trade_event(trade, order.member))
        self.publish(f"public.{trade.market}.trades", public_trade_event(trade))
        for order in (maker, taker):
            self._announce(order, None)
        for listener in self._trade_listeners:
            listener(trade)

    def _announce(self, order: OrderRecord, outbox: WorkQueue[tuple[str, object]] | None) -> None:
        """Publish an ``order`` event as the order is now. Of market orders only ``done`` is published."""
        if order.ord_type == "market" and order.state != "done":
            return
        event = (f"private.{order.member.uid}.order", order_event(order))
        if outbox is None:
            self._publish(event)
        else:
            outbox.put(event)

    def _publish(self, event: tuple[str, object]) -> None:
        self.publish(*event)
