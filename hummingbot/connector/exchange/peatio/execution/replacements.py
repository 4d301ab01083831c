"""Follows our orders where the exchange resizes them by a cancel and another order (docs/protocol.md section 4.13)."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import JournalError, MessageError, RequestError
from hummingbot.connector.exchange.peatio.common.messages import OrderReport, ReportedState
from hummingbot.connector.exchange.peatio.common.retry import Backoff
from hummingbot.connector.exchange.peatio.common.tasks import Tasks
from hummingbot.connector.exchange.peatio.execution.claims import Claims
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.intent import Intent, IntentState
from hummingbot.connector.exchange.peatio.execution.intent_journal import IntentJournal
from hummingbot.connector.exchange.peatio.execution.report_handler import ReportHandler
from hummingbot.connector.exchange.peatio.execution.reservations import Reservations
from hummingbot.connector.exchange.peatio.execution.second_cancel import SecondCancels
from hummingbot.connector.exchange.peatio.execution.taken_cancels import TakenCancels
from hummingbot.connector.exchange.peatio.execution.tracker import OrderTracker
from hummingbot.connector.exchange.peatio.execution.trade_records import OrderRecord
from hummingbot.connector.exchange.peatio.http.client import RestClient
from hummingbot.connector.exchange.peatio.resizes.successors import Replaced, has_none, successor, successors
from hummingbot.core.data_type.common import OrderType


class CancelStarter(Protocol):
    """Cancels orders; the canceller is one."""

    def start(self, order: TrackedOrder) -> "asyncio.Task[None]":
        """Cancels the order until it has ended."""


class Replacements:
    """Looks for the order in the place of one of ours that was cancelled and not by us, on pegged markets.

    Until one is found, or the exchange has answered for `REPLACEMENT_LIMIT_S` that there is none, the end is held back.
    One that may also be the order of a create without an answer is left to that one for as long as an answer may come.
    Where our cancel was taken, the order ends at once (`TakenCancels`).

    :param record_of: what Hummingbot's database has of an order, by client order id
    """

    def __init__(
        self,
        rest: RestClient,
        tracker: OrderTracker,
        journal: IntentJournal,
        reports: ReportHandler,
        reservations: Reservations,
        canceller: CancelStarter,
        second_cancels: SecondCancels,
        is_pegged: Callable[[str], bool],
        record_of: Callable[[str], OrderRecord],
        tasks: Tasks,
        sleep: Callable[[float], Awaitable[None]],
        logger: logging.Logger,
    ) -> None:
        self._rest = rest
        self._tracker = tracker
        self._journal = journal
        self._reports = reports
        self._reservations = reservations
        self._canceller = canceller
        self._second_cancels = second_cancels
        self._is_pegged = is_pegged
        self._tasks = tasks
        self._sleep = sleep
        self._logger = logger
        self._searches: dict[str, asyncio.Task[None]] = {}
        #: Held back, by client order id.
        self._held: dict[str, Replaced] = {}
        #: Ends that are not held back any more: there is no order in their place.
        self._denied: set[str] = set()
        self._claims = Claims(rest, tracker, journal, record_of)
        self._taken_cancels = TakenCancels(
            rest, journal, self._claims, self._held.values, self._take_back, time.monotonic, logger
        )

    def holds_end(self, order: TrackedOrder, report: OrderReport) -> bool:
        """The exchange reports the order as cancelled, its fills are recorded: whether that is not its end yet.

        :param report: as the exchange made it
        """
        key = order.client_order_id
        if key in self._held:
            self._start(order)  # where a stop ended the search
            return True
        is_whole = order.order_type is OrderType.MARKET or not self._is_pegged(order.trading_pair)
        if is_whole or order.ended_event.is_set() or report.remaining_volume <= 0 or key in self._denied:
            return False
        intent = self._journal.get(key)
        is_cancel_wanted = order.is_cancel_taken or (intent is not None and intent.is_cancel_wanted)
        replaced = Replaced(report, order.size.placed - order.executed_amount_base, is_cancel_wanted)
        if order.is_cancel_taken:
            self._taken_cancels.add(order, replaced)
            return False
        self._held[key] = replaced
        self._start(order)
        return True

    def _start(self, order: TrackedOrder) -> None:
        key = order.client_order_id
        replaced, work = self._held[key], self._search
        self._tasks.start_once(self._searches, key, lambda: work(order, replaced), f"order in the place of {key}")

    def is_held(self, order: TrackedOrder) -> bool:
        """Whether the order was cancelled and not by us, and may go on as another one."""
        return order.client_order_id in self._held

    def on_order_ended(self, order: TrackedOrder) -> None:
        """It is final in Hummingbot, by whichever way: nothing takes its place any more."""
        self._denied.discard(order.client_order_id)
        self._held.pop(order.client_order_id, None)
        self._taken_cancels.on_order_ended(order)

    def on_unknown_order(self, report: OrderReport) -> None:
        """A report of an order that is not tracked: it may have the place of one that we cancelled."""
        if report.state in (ReportedState.PENDING, ReportedState.WAIT):
            self._taken_cancels.on_unknown_order(report)

    async def poll(self) -> None:
        """Asks for the orders in the place of those whose cancel was taken: their events may be lost."""
        await self._taken_cancels.poll()

    def resume(self) -> None:
        """At a start, before the orders of the last run are reconciled."""
        self._taken_cancels.resume()

    def may_go_on(self) -> list[Intent]:
        """Our orders that are open, or whose end is in question: another one may take the place of each."""
        return [*self._journal.in_state(IntentState.LIVE), *self._taken_cancels.in_question()]

    def _take_back(self, order: TrackedOrder, replaced: Replaced, other: OrderReport) -> None:
        self._take_place(order, replaced, other)
        self._journal.taken_back(order.to_intent().changed(market=other.market, created_at_s=other.created_at_s))
        self._tracker.follow_as_lost(order, other.order_id)
        order.is_cancel_taken = False
        self._canceller.start(order)  # before anything that can fail
        self._reports.apply_order(order, other)

    async def _search(self, order: TrackedOrder, replaced: Replaced) -> None:
        key, report = order.client_order_id, replaced.report
        backoff = Backoff(CONSTANTS.BACKOFF_START_S / 2, CONSTANTS.BACKOFF_START_S * 2)
        answered_s, wait_s, limit_s = 0.0, 0.0, CONSTANTS.REPLACEMENT_LIMIT_S
        found: list[OrderReport] = []
        while answered_s < limit_s:
            try:
                others = [*self._held.values(), *self._taken_cancels.ends()]
                since_s = self._claims.since_s(replaced, others)
                listed = await self._rest.orders_of(report.market, report.is_buy, int(since_s))
                await self._claims.learn(replaced, listed)
                near = self._claims.candidates(key, replaced, listed)
                found = successors(replaced, near)
                own = self._claims.own(key, replaced, listed)
                doubtful = [
                    each for each in near if each not in own and self._may_be_anothers(key, replaced, each, listed)
                ]
                rivals = self._rivals(key, listed)
                late = self._claims.late_ends(replaced, listed)
                later = self._claims.later_ends(replaced, [*rivals, *self._taken_cancels.ends()], listed)
            except (RequestError, MessageError, JournalError) as error:
                self._logger.debug(f"What took the place of order {key} is not known yet: {error}")
            else:
                if self._held.get(key) is not replaced:
                    return  # it has ended meanwhile
                answered_s += wait_s
                is_doubtful = any(each in doubtful for each in found)
                limit_s = CONSTANTS.REQUEST_TIMEOUT_S if is_doubtful else CONSTANTS.REPLACEMENT_LIMIT_S
                is_last = answered_s >= limit_s
                free = [each for each in near if is_last or each not in doubtful]
                unwanted, others = self._by_rank(replaced, rivals, later)
                if replaced.is_cancel_wanted:
                    # A cancel may explain its end, so that what a late order's end explains better is none of its.
                    others, late = [*others, *late], []
                # Those that are left alone count else only where more orders fit than of ours were cancelled.
                next_one = successor(replaced, free, unwanted, others) or successor(
                    replaced, free, unwanted, [*others, *late]
                )
                if has_none(replaced, near, unwanted, others):
                    found = []
                if next_one is not None:
                    self._continue(order, replaced, next_one)
                    return
            wait_s = backoff.next_s()
            await self._sleep(wait_s)
        if self._held.get(key) is not replaced:
            return
        if found:
            ids = ", ".join(each.order_id for each in found)
            self._logger.error(
                f"Order {key} was cancelled, and not by this bot. Orders {ids} look like the one in its place, and not "
                "all of them can be. None is tracked: cancel those that you do not want."
            )
        self._denied.add(key)
        del self._held[key]
        self._reports.apply_order(order, report)

    def _may_be_anothers(
        self, key: str, replaced: Replaced, report: OrderReport, listed: Sequence[OrderReport]
    ) -> bool:
        """Whether the order may be that of a create that is not answered; or, where a cancel may have ended this one,
        in the place of another own one, which is not found yet, or whose end is not reported.

        :raises JournalError: when the journal cannot be read
        """
        if self._claims.may_be_placed(report):
            return True
        rivals = self._claims.open_rivals(key, report, listed) if replaced.is_cancel_wanted else []
        return any(not self._held.get(each.client_order_id, each).is_cancel_wanted for each in rivals)

    def _rivals(self, key: str, listed: list[OrderReport]) -> list[Replaced]:
        """The cancelled orders whose successors are not known, and that one."""
        known = [each for each in listed if self._claims.is_known(each)]
        held = self._held.items()
        rivals = [each for other, each in held if other == key or not self._claims.own(other, each, known)]
        return [*rivals, *self._claims.unreported_ends(key, self._held.values(), listed)]

    def _by_rank(
        self, replaced: Replaced, rivals: list[Replaced], later: list[Replaced]
    ) -> tuple[list[Replaced], list[Replaced]]:
        """The cancelled orders, for `successor`: those whose cancel nobody had asked for come first, for the others may
        have ended by that."""
        wanted = [each for each in rivals if each.is_cancel_wanted]
        unwanted = [each for each in rivals if not each.is_cancel_wanted]
        if replaced.is_cancel_wanted:
            unwanted, wanted = [*unwanted, *wanted], []
        return unwanted, [*wanted, *self._taken_cancels.ends(), *later]

    def _continue(self, order: TrackedOrder, replaced: Replaced, other: OrderReport) -> None:
        key = order.client_order_id
        del self._held[key]
        self._logger.info(f"Order {key} goes on as order {other.order_id} of the exchange.")
        self._take_place(order, replaced, other)
        self._reservations.on_replaced(order, other)
        self._reports.apply_order(order, other)
        # Its events so far were those of an order that nobody knew.
        self._reports.look_up(order)

    def _take_place(self, order: TrackedOrder, replaced: Replaced, other: OrderReport) -> None:
        former_id = str(order.exchange_order_id)
        former = frozenset({former_id, *replaced.report.ids})
        self._tracker.learn_ids(order, replaced.report)
        order.size.replaced(former, order.executed_amount_base, order.executed_amount_quote)
        order.update_exchange_order_id(other.order_id)
        order.seen_live_event.clear()
        order.awaits_end = False  # that was the end of the former one
        self._tracker.learn_ids(order, other)
        known = self._journal.get(order.client_order_id) or order.to_intent()
        self._second_cancels.on_replaced(known.changed(exchange_order_id=former_id))
        self._journal.replaced(order.client_order_id, other.order_id)
