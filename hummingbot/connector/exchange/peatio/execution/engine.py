"""Where orders are placed: journal, placer, watch, recovery and pauses put together."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import (
    JournalError,
    PlacementError,
    RefusedError,
    WithdrawnError,
)
from hummingbot.connector.exchange.peatio.common.messages import OrderReport
from hummingbot.connector.exchange.peatio.common.retry import Backoff
from hummingbot.connector.exchange.peatio.execution.canceller import Canceller
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.intent_journal import Intent, IntentJournal, IntentState
from hummingbot.connector.exchange.peatio.execution.journal_lock import JournalLock, acquire
from hummingbot.connector.exchange.peatio.execution.late_orders import LateOrders
from hummingbot.connector.exchange.peatio.execution.lookup import OrderLookup
from hummingbot.connector.exchange.peatio.execution.maker_only import MakerOnly
from hummingbot.connector.exchange.peatio.execution.pauses import PlacementPauses
from hummingbot.connector.exchange.peatio.execution.pending_events import PendingEventBuffer
from hummingbot.connector.exchange.peatio.execution.report_handler import ReportHandler
from hummingbot.connector.exchange.peatio.execution.startup_reconciliation import StartupReconciliation
from hummingbot.connector.exchange.peatio.execution.submission import Submission, look_before_it_leaves
from hummingbot.connector.exchange.peatio.execution.tracker import OrderTracker
from hummingbot.connector.exchange.peatio.execution.trade_records import OrderRecord
from hummingbot.connector.exchange.peatio.guard.dead_mans_switch import DeadMansSwitch
from hummingbot.connector.exchange.peatio.http.client import RestClient
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.core.data_type.common import OrderType, TradeType

JOURNAL_NAME = "peatio_journal.sqlite"


class _Books:
    """What needs the journal, made together once it is open."""

    def __init__(self, engine: "ExecutionEngine", journal: IntentJournal) -> None:
        parts = engine.parts
        self.journal = journal
        self.lookup = OrderLookup(parts.rest, parts.tracker, parts.pending_events, journal)
        self.watch = LateOrders(
            self.lookup,
            journal,
            parts.tracker,
            parts.report_handler,
            lambda fingerprint: self.placer.is_under_way(fingerprint),
            parts.server_time_s,
            parts.canceller.cancel_until_ended,
            parts.logger,
        )
        self.placer = Submission(
            parts.rest,
            journal,
            self.lookup,
            parts.pending_events,
            parts.maker_only,
            self.watch.add,
            parts.logger,
            parts.sleep,
            parts.tracker.counts,
        )


class DeskParts:
    """What the desk works with.

    :param reconcile: asks the exchange for everything; whether all of it was told
    """

    def __init__(
        self,
        rest: RestClient,
        tracker: OrderTracker,
        report_handler: ReportHandler,
        canceller: Canceller,
        pending_events: PendingEventBuffer,
        maker_only: MakerOnly,
        record_of: Callable[[str], OrderRecord],
        server_time_s: Callable[[], float],
        notify: Callable[[str], None],
        on_rules_doubted: Callable[[], None],
        reconcile: Callable[[], Awaitable[bool]],
        settings: ConnectorSettings,
        logger: logging.Logger,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.rest = rest
        self.tracker = tracker
        self.report_handler = report_handler
        self.canceller = canceller
        self.pending_events = pending_events
        self.maker_only = maker_only
        self.record_of = record_of
        self.server_time_s = server_time_s
        self.notify = notify
        self.on_rules_doubted = on_rules_doubted
        self.reconcile = reconcile
        self.settings = settings
        self.logger = logger
        self.sleep = sleep


class ExecutionEngine:
    """
    :param folder: where the journal lies
    :param instance: which Hummingbot instance this is
    :param account: which account at which exchange, see `account_of`
    :param connector: the connector's name in Hummingbot
    """

    def __init__(self, parts: DeskParts, folder: Path, instance: str, account: str, connector: str) -> None:
        self.parts = parts
        self._connector = connector
        self._dead_mans_switch: DeadMansSwitch | None = None
        self._folder = folder
        self._instance = instance
        self._account = account
        self._books: _Books | None = None
        self._journal_lock: JournalLock | None = None
        self._pauses = PlacementPauses(parts.server_time_s, parts.notify)
        self._recovery: asyncio.Task[None] | None = None
        self._journal_error = ""
        self._is_stopped = False
        parts.rest.gate_creates(self._last_look)

    @property
    def is_recovered(self) -> bool:
        """Whether the last run's leftovers are settled, or nobody asked for that."""
        return self._recovery is None or (self._recovery.done() and not self._journal_error)

    @property
    def may_place(self) -> bool:
        """Whether nothing of before is left to be settled: the last run's orders, or what a guard did."""
        return self.is_recovered and not (self._dead_mans_switch is not None and self._dead_mans_switch.is_fenced)

    def start(self) -> None:
        """Settles the last run's leftovers, once in a process; no order is placed before."""
        self._is_stopped = False
        if self._journal_lock is not None:
            self._journal_lock.take_back()
        if self._dead_mans_switch is not None:
            self._dead_mans_switch.start()
        if self._recovery is None:
            self._recovery = asyncio.create_task(self._recover())

    def tick(self) -> None:
        """The connector's clock ticked."""
        if self._dead_mans_switch is not None:
            self._dead_mans_switch.tick(self.is_recovered)

    def stop(self, is_for_good: bool) -> None:
        """Lets a later connector of this process take over. `start` takes the rows back.

        :param is_for_good: whether the bot was stopped, and not only its network
        """
        self._is_stopped = True
        if is_for_good and self._dead_mans_switch is not None:
            self._dead_mans_switch.stop(self._has_open_orders())
        if self._journal_lock is not None:
            self._journal_lock.release()

    def _last_look(self) -> None:
        """Right before a create leaves.

        :raises PlacementError: when it may not
        """
        if self._is_stopped:
            raise WithdrawnError("The bot was stopped before the order was sent.")
        self.check_fence()
        look_before_it_leaves()

    def check_fence(self) -> None:
        """:raises FencedError: while no create may leave, because a guard took this bot for dead"""
        if self._dead_mans_switch is not None:
            self._dead_mans_switch.check()

    async def place(self, order: TrackedOrder, market: str) -> OrderReport:
        """
        :raises PlacementError, JournalError: before anything is sent
        :raises RequestError, PlacementError: when the exchange refused or does not have the order
        """
        if not self.is_recovered:
            raise PlacementError(
                "The orders of the last run are not settled yet; none is placed before. " + self._journal_error
            )
        self.check_fence()
        self._pauses.check(order.trading_pair)
        books = self._open_books()
        intent = Intent(
            client_order_id=order.client_order_id,
            trading_pair=order.trading_pair,
            market=market,
            is_buy=order.trade_type is TradeType.BUY,
            amount=order.amount,
            price=None if order.order_type is OrderType.MARKET else order.price,
            created_at_s=self.parts.server_time_s(),
        )
        try:
            report = await books.placer.place(order, intent)
        except RefusedError as error:
            if self._pauses.on_refusal(order.trading_pair, error):
                self.parts.on_rules_doubted()
            raise
        self._pauses.on_success(order.trading_pair)
        return report

    def on_order_ended(self, order: TrackedOrder) -> None:
        """One more order is open no longer."""
        self._pauses.on_order_ended(order.trading_pair)
        self.file_end(order.client_order_id)

    def file_end(self, client_order_id: str) -> None:
        """Closes the order's row, unless it is watched for; one that awaits its second cancel is kept as ended."""
        if self._books is None or client_order_id in self._books.watch:
            return
        try:
            if client_order_id in self.parts.report_handler.second_cancel:
                self._books.journal.ended(client_order_id)
            else:
                self._books.journal.close(client_order_id)
        except JournalError as error:
            self.parts.logger.error(str(error))

    def on_unknown_order(self, report: OrderReport) -> None:
        """An event of an order that is not followed."""
        if self._books is not None:
            self._books.watch.on_unknown_order(report)

    async def poll(self) -> None:
        """Asks for the orders that are watched for."""
        if self._books is not None:
            await self._books.watch.poll()

    async def _recover(self) -> None:
        backoff = Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.BACKOFF_MAXIMUM_S)
        while True:
            try:
                books = self._open_books()
                await self._recovery_of(books).run()
                self._journal_error = ""
                return
            except JournalError as error:
                self._cannot_recover(str(error))
            except Exception as error:
                # Whatever it is: to trade beside the last run's orders as if there were none would be worse.
                self.parts.logger.exception("Unexpected error settling the orders of the last run.")
                self._cannot_recover(f"The orders of the last run cannot be settled ({error!r}); it is tried again.")
            await self.parts.sleep(backoff.next_s())

    def _cannot_recover(self, why: str) -> None:
        if not self._journal_error:
            self.parts.notify(why)
        self._journal_error = why

    def _recovery_of(self, books: _Books) -> StartupReconciliation:
        parts = self.parts
        return StartupReconciliation(
            books.journal,
            books.lookup,
            books.watch,
            parts.tracker,
            parts.report_handler,
            parts.canceller,
            parts.record_of,
            parts.settings.leftovers == "adopt",
            parts.logger,
            parts.sleep,
        )

    def _open_books(self) -> _Books:
        if self._books is None:
            if self._journal_lock is None:
                self._journal_lock = acquire(self._folder, self._instance, self._account)
                self._dead_mans_switch = self._lifeline_of(self._journal_lock.owner)
            path = self._folder / JOURNAL_NAME
            journal = IntentJournal(path, self._journal_lock.owner, self._account, self.parts.logger)
            self._books = _Books(self, journal)
        return self._books

    def _lifeline_of(self, owner: str) -> DeadMansSwitch:
        parts = self.parts
        dead_mans_switch = DeadMansSwitch(
            self._folder, self._connector, self._account, owner, self._settle, parts.notify, parts.logger, parts.sleep
        )
        dead_mans_switch.start()
        return dead_mans_switch

    async def _settle(self) -> bool:
        """Cancels what a guard may have left, with all events of what ended meanwhile, fills first.

        Nothing that was priced before the bot stood still stays open. A create under way is waited for.
        """
        orders = [order for order in self.parts.tracker.active_orders.values() if not order.is_done]
        results = await self.parts.canceller.cancel_all(orders, CONSTANTS.LEFTOVERS_TIMEOUT_S)
        return all(result.is_success for result in results) and await self.parts.reconcile()

    def _has_open_orders(self) -> bool:
        """Whether the exchange may hold an order of this bot that it has not given up."""
        if self._books is None:
            return False
        try:
            return any(intent.state is not IntentState.WATCHED for intent in self._books.journal.unfinished())
        except JournalError as error:
            self.parts.logger.error(str(error))
            return True
