"""Reports of our orders and trades, from events and REST: the only way into Hummingbot's tracker."""

import asyncio
import dataclasses
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Protocol

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.account.balances import Balances
from hummingbot.connector.exchange.peatio.common.errors import (
    MessageError,
    NotFoundError,
    RequestError,
)
from hummingbot.connector.exchange.peatio.common.messages import (
    ZERO,
    FeeRates,
    OrderReport,
    ReportedState,
    TradeReport,
)
from hummingbot.connector.exchange.peatio.common.retry import Backoff, SayOnce, wait_for_event
from hummingbot.connector.exchange.peatio.common.tasks import Tasks
from hummingbot.connector.exchange.peatio.execution.fills import fill_of, with_fee
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.pending_events import PendingEventBuffer, PrivateEvent
from hummingbot.connector.exchange.peatio.execution.reservations import Reservations
from hummingbot.connector.exchange.peatio.execution.resizes import Resizes
from hummingbot.connector.exchange.peatio.execution.tracker import OrderTracker
from hummingbot.connector.exchange.peatio.http.client import RestClient
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import OrderState, OrderUpdate, TradeUpdate

REJECT_MESSAGE = (
    "The exchange rejected the order after accepting the request. Mostly the funds were gone when it came to lock "
    "them; an exchange in trouble also rejects sound orders."
)
POST_ONLY_MESSAGE = " An engine that knows LIMIT_MAKER itself rejects those that would have taken liquidity."

# A look that is to be so much later must not come a moment too early.
_LOOK_MARGIN_S = 0.01


class ReportListener(Protocol):
    """Who learns what reports say beyond the orders themselves."""

    def on_unknown_order(self, event: PrivateEvent) -> None:
        """An event of an order that is not tracked."""

    def on_fill(self, order: TrackedOrder, fill: TradeUpdate) -> None:
        """A fill that Hummingbot has learned; again where its database had it before this process started."""

    def on_taker_fill(self, order: TrackedOrder, fill: TradeUpdate) -> None:
        """A fill in which our order was the taker."""

    def holds_end(self, order: TrackedOrder, report: OrderReport) -> bool:
        """The exchange reports the order as cancelled, its fills are recorded; whether it may go on as another one."""

    def on_cancelled(self, order: TrackedOrder) -> None:
        """The exchange reports the order as cancelled; Hummingbot does not know it yet."""

    def on_funds_changed(self) -> None:
        """Something moved or locked money."""


class ReportHandler:
    """Applies order and trade reports to the tracker and the balances, each fill once and before the state it led to.

    :ivar is_muted: whether nothing is applied, because Hummingbot stopped the connector and its recorder does not
        listen any more. The next run asks for what is reported meanwhile: its orders stay open in the journal
    :param usual_rates: the fee rates that public/trading_fees has for a pair, if known
    """

    def __init__(
        self,
        tracker: OrderTracker,
        rest: RestClient,
        balances: Balances,
        reservations: Reservations,
        resizes: Resizes,
        pending_events: PendingEventBuffer,
        listener: ReportListener,
        usual_rates: Callable[[str], FeeRates | None],
        tasks: Tasks,
        now_s: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        logger: logging.Logger,
    ) -> None:
        self._tracker = tracker
        self._rest = rest
        self._balances = balances
        self._reservations = reservations
        self._resizes = resizes
        self._pending_events = pending_events
        self._listener = listener
        self._usual_rates = usual_rates
        self._tasks = tasks
        self._now_s = now_s
        self._sleep = sleep
        self._logger = logger
        self.is_muted = False
        self._troubles = SayOnce(now_s)
        self._lookups: dict[str, asyncio.Task[None]] = {}

    @property
    def is_complete(self) -> bool:
        """Whether no fill is known to be missing."""
        return all(self._resizes.is_in_question(key) for key in self._lookups)

    def on_event(self, event: PrivateEvent) -> None:
        """An event of the private streams. That of an unknown order is kept while a create is under way."""
        if isinstance(event, OrderReport):
            order = self._tracker.find_reported(event)
        else:
            order = self._tracker.find(event.order_id)
        if order is None:
            self._pending_events.keep(event)
            self._listener.on_unknown_order(event)
            self._listener.on_funds_changed()
        elif isinstance(event, TradeReport):
            self.apply_trade(order, event)
        else:
            self.apply_order(order, event)

    def apply_order(self, order: TrackedOrder, report: OrderReport) -> bool:
        """Applies an order report from REST or an event.

        A final state waits until every fill that led to it is known: Hummingbot counts what was filled when it is
        informed of the end. Missing fills are fetched.

        :return: whether the whole report is applied
        """
        if self.is_muted:
            return False
        self._tracker.found(order)
        if report.trouble:
            self._report_trouble(order, report)
            return False
        if order.size.is_former(report):
            for trade in report.trades:
                self.apply_trade(order, dataclasses.replace(trade, order_id=report.order_id))
            return True
        as_reported, report = report, order.size.whole(report)
        if report.fee_rates is not None:
            order.fee_rates = report.fee_rates
        if len(report.ids) > 1:
            self._tracker.learn_ids(order, report)
        for trade in report.trades:
            self.apply_trade(order, trade)
        if report.state is not ReportedState.PENDING:
            order.seen_live_event.set()
        self._resizes.on_report(order, report)
        is_complete = not order.lacks_fills(report.executed_volume)
        if not is_complete or order.size.is_doubtful:
            self.look_up(order)
        if not is_complete and report.state.is_final:
            order.awaits_end = True
            self._reservations.on_end_seen(order)
            return False
        if report.state is ReportedState.CANCEL and self._listener.holds_end(order, as_reported):
            self._reservations.on_end_seen(order)
            return False
        self._reservations.on_report(order, report)
        self._listener.on_funds_changed()
        if report.state is ReportedState.CANCEL:
            self._listener.on_cancelled(order)
        self._tracker.process_order_update(self.update_of(order, report))
        return is_complete

    def apply_former(self, order: TrackedOrder, reports: Sequence[OrderReport]) -> None:
        """What was executed of the order before the exchange put others in its place, in an earlier process.

        :param reports: of those orders
        """
        order.size.replaced(frozenset().union(*(report.ids for report in reports)), ZERO, ZERO)
        for report in reports:
            self.apply_order(order, report)
        fills = [fill for fill in order.order_fills.values() if fill.exchange_order_id in order.size.former_ids]
        carried = sum((fill.fill_base_amount for fill in fills), ZERO)
        carried_quote = sum((fill.fill_quote_amount for fill in fills), ZERO)
        order.size.replaced(frozenset(), carried, carried_quote)

    def _report_trouble(self, order: TrackedOrder, report: OrderReport) -> None:
        if self._troubles.is_due(f"{order.client_order_id} {report.state_text}"):
            self._logger.error(
                f"{_name(order)} cannot be read: it {report.trouble}. For Hummingbot it stays as it was. Look at the "
                "exchange."
            )

    def apply_trade(self, order: TrackedOrder, trade: TradeReport) -> None:
        """Records the fill, unless it is recorded already. Where its fee is not known it is fetched."""
        if self.is_muted:
            return
        self._tracker.found(order)
        if trade.trade_id in order.order_fills:
            if trade.trade_id in order.restored_trade_ids:
                # The last process may have died between Hummingbot's event and the history. Hummingbot reads each saved
                # fill back as a taker's.
                order.restored_trade_ids.discard(trade.trade_id)
                self._listener.on_fill(order, fill_of(order, trade) or order.order_fills[trade.trade_id])
            return
        fill = fill_of(order, trade)
        if fill is None:
            self.look_up(order)
            return
        is_recorded = trade.trade_id in order.recorded_trade_ids
        self._book(order, fill, is_recorded)
        try:
            if is_recorded:
                order.update_with_trade_update(fill)  # known, but not reported again
                return
            self._tracker.process_trade_update(fill)
        finally:
            # After the event, which strategies wait for. Where the process dies in between, its next start asks for the
            # order, whose row is still open, and handles the fill again.
            self._listener.on_fill(order, fill)
        self._resizes.fit(order)
        if order.size.unexplained:
            self.look_up(order)  # it may be a trade that was taken for a resize
        if fill.is_taker and trade.taker_is_buy is not None:
            self._listener.on_taker_fill(order, fill)
        self._listener.on_funds_changed()

    def _book(self, order: TrackedOrder, fill: TradeUpdate, is_recorded: bool) -> None:
        """Before anybody learns of the fill: whoever does reads the funds that go with it."""
        fee = fill.fee.flat_fees[0]
        base, quote = (order.base_asset, fill.fill_base_amount), (order.quote_asset, fill.fill_quote_amount)
        spent, received = (quote, base) if order.trade_type is TradeType.BUY else (base, quote)
        if fee.token == received[0]:
            received = (received[0], received[1] - fee.amount)
        self._balances.fill(order.client_order_id, spent, received, is_recorded, fill.fill_timestamp)

    def follow_to_end(self, order: TrackedOrder) -> None:
        """Asks for a market order until it has ended: no event reports the cancel of its rest (section 4.6)."""
        self._tasks.start(self._follow_to_end(order), f"end of market order {order.client_order_id}")

    def update_of(self, order: TrackedOrder, report: OrderReport) -> OrderUpdate:
        """The state of `report` in Hummingbot's words."""
        state = CONSTANTS.ORDER_STATES[report.state]
        # Where executed volume may be none, only trades show a fill.
        is_pegged = self._resizes.is_pegged(order.trading_pair)
        executed = order.executed_amount_base if is_pegged else report.executed_volume
        if state is OrderState.OPEN and executed > ZERO:
            state = OrderState.PARTIALLY_FILLED
        misc_updates = None
        if report.state is ReportedState.REJECT:
            misc_updates = {"error_type": "PeatioReject", "error_message": self._reject_message(order)}
        return OrderUpdate(
            trading_pair=order.trading_pair,
            update_timestamp=report.updated_at_s,
            new_state=state,
            client_order_id=order.client_order_id,
            exchange_order_id=report.order_id,
            misc_updates=misc_updates,
        )

    def _reject_message(self, order: TrackedOrder) -> str:
        currency = order.quote_asset if order.trade_type is TradeType.BUY else order.base_asset
        free = self._balances.available.get(currency)
        known = "not known" if free is None else f"{free:f}"
        message = REJECT_MESSAGE
        if order.order_type is OrderType.LIMIT_MAKER:
            message += POST_ONLY_MESSAGE
        return f"{message} Free {currency} at that moment, as far as known here: {known}."

    async def fetch(
        self, order: TrackedOrder, is_for_cancel: bool = False, former_id: str | None = None
    ) -> OrderReport:
        """The order from REST, its trades with all that a fill needs.

        :param is_for_cancel: as `RestClient.order`
        :param former_id: under this id instead
        :raises RequestError, MessageError: as `RestClient.order`
        """
        try:
            report = await self._rest.order(former_id or str(order.exchange_order_id), is_for_cancel)
        except MessageError as error:
            raise MessageError(f"{_name(order)} cannot be read: {error}") from error
        if report.trouble:
            raise MessageError(f"{_name(order)} cannot be read: it {report.trouble}.")
        if report.fee_rates is None and order.fee_rates is None and report.executed_volume > ZERO:
            # Before 2.5 orders do not hold their rates; our list of trades has what was charged.
            trades = await self._rest.trades(int(report.created_at_s), report.market)
            own = tuple(trade for trade in trades if trade.order_id in report.ids)
            return dataclasses.replace(report, trades=(*own, *self._unlisted(order, report, own)))
        return report

    def _unlisted(self, order: TrackedOrder, report: OrderReport, listed: Iterable[TradeReport]) -> list[TradeReport]:
        """Trades of the order with ourselves: our list of trades has them once, for the other order (section 4.9).

        No answer has the charge for this side, so the exchange's usual rates are used.
        """
        rates = self._usual_rates(order.trading_pair)
        known = {trade.trade_id for trade in listed}
        own = [trade for trade in report.trades if trade.trade_id not in known]
        return [] if rates is None else [with_fee(order, trade, rates) for trade in own]

    async def _follow_to_end(self, order: TrackedOrder) -> None:
        backoff = Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.END_EVENT_LATE_S)
        say_once = self._say_once()
        while not await wait_for_event(order.ended_event, backoff.next_s()):
            await self._is_complete_after_fetch(order, say_once)

    def look_up(self, order: TrackedOrder) -> None:
        """Fetches an order whose events cannot be relied on: fills are missing, or it was answered without its number,
        by which the events will call it."""
        key = order.client_order_id
        self._tasks.start_once(self._lookups, key, lambda: self._look_up_until_complete(order), f"fills of order {key}")

    async def _look_up_until_complete(self, order: TrackedOrder) -> None:
        backoff = Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.BACKOFF_MAXIMUM_S)
        say_once = self._say_once()
        while not await self._is_complete_after_fetch(order, say_once):
            look_s = self._resizes.next_look_s(order)
            await self._sleep(backoff.next_s() if look_s is None else min(backoff.next_s(), look_s + _LOOK_MARGIN_S))

    def _say_once(self) -> SayOnce:
        return SayOnce(self._now_s, CONSTANTS.FAILURE_REPORT_PERIOD_S)

    async def _is_complete_after_fetch(self, order: TrackedOrder, say_once: SayOnce) -> bool:
        try:
            order.size.is_doubtful = False
            is_complete = self.apply_order(order, await self.fetch(order)) and not order.size.is_doubtful
            # REST may lag behind an event that reported the end.
            return is_complete and (order.ended_event.is_set() or not order.awaits_end)
        except NotFoundError:
            await self._tracker.process_order_not_found(order.client_order_id)
            return True
        except (RequestError, MessageError) as error:
            if say_once.is_due():
                self._logger.warning(f"The fills of order {order.client_order_id} are not known yet: {error}")
            return False


def _name(order: TrackedOrder) -> str:
    return f"Order {order.client_order_id} ({order.exchange_order_id})"
