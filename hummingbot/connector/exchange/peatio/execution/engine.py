"""Where orders are placed: journal, placer, watch, recovery and pauses put together."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import (
    PeatioJournalError,
    PeatioPlacingError,
    PeatioRefusedError,
    PeatioWithdrawnError,
)
from hummingbot.connector.exchange.peatio.common.messages import PeatioOrder
from hummingbot.connector.exchange.peatio.common.retry import Backoff
from hummingbot.connector.exchange.peatio.execution.canceller import PeatioCanceller
from hummingbot.connector.exchange.peatio.execution.early_events import PeatioEarlyEvents
from hummingbot.connector.exchange.peatio.execution.in_flight_order import PeatioInFlightOrder
from hummingbot.connector.exchange.peatio.execution.intent_journal import Intent, IntentState, PeatioOrderJournal
from hummingbot.connector.exchange.peatio.execution.journal_lock import Ownership, claim
from hummingbot.connector.exchange.peatio.execution.late_orders import PeatioWatch
from hummingbot.connector.exchange.peatio.execution.lookup import PeatioOrderLookup
from hummingbot.connector.exchange.peatio.execution.maker_only import PeatioMakerOnly
from hummingbot.connector.exchange.peatio.execution.pauses import PeatioPauses
from hummingbot.connector.exchange.peatio.execution.report_handler import PeatioOrderFlow
from hummingbot.connector.exchange.peatio.execution.startup_reconciliation import PeatioRecovery
from hummingbot.connector.exchange.peatio.execution.submission import PeatioPlacer, look_before_it_leaves
from hummingbot.connector.exchange.peatio.execution.tracker import PeatioOrderTracker
from hummingbot.connector.exchange.peatio.execution.trade_records import OrderRecord
from hummingbot.connector.exchange.peatio.guard.dead_mans_switch import PeatioLifeline
from hummingbot.connector.exchange.peatio.http.client import PeatioRest
from hummingbot.connector.exchange.peatio.settings.connector import PeatioSettings
from hummingbot.core.data_type.common import OrderType, TradeType

JOURNAL_NAME = "peatio_journal.sqlite"


class _Books:
    """What needs the journal, made together once it is open."""

    def __init__(self, desk: "PeatioOrderDesk", journal: PeatioOrderJournal) -> None:
        parts = desk.parts
        self.journal = journal
        self.lookup = PeatioOrderLookup(parts.rest, parts.tracker, parts.early_events, journal)
        self.watch = PeatioWatch(
            self.lookup,
            journal,
            parts.tracker,
            parts.flow,
            lambda likeness: self.placer.is_under_way(likeness),
            parts.server_time_s,
            parts.canceller.cancel_until_ended,
            parts.logger,
        )
        self.placer = PeatioPlacer(
            parts.rest,
            journal,
            self.lookup,
            parts.early_events,
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
        rest: PeatioRest,
        tracker: PeatioOrderTracker,
        flow: PeatioOrderFlow,
        canceller: PeatioCanceller,
        early_events: PeatioEarlyEvents,
        maker_only: PeatioMakerOnly,
        record_of: Callable[[str], OrderRecord],
        server_time_s: Callable[[], float],
        notify: Callable[[str], None],
        on_rules_doubted: Callable[[], None],
        reconcile: Callable[[], Awaitable[bool]],
        settings: PeatioSettings,
        logger: logging.Logger,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.rest = rest
        self.tracker = tracker
        self.flow = flow
        self.canceller = canceller
        self.early_events = early_events
        self.maker_only = maker_only
        self.record_of = record_of
        self.server_time_s = server_time_s
        self.notify = notify
        self.on_rules_doubted = on_rules_doubted
        self.reconcile = reconcile
        self.settings = settings
        self.logger = logger
        self.sleep = sleep


class PeatioOrderDesk:
    """
    :param folder: where the journal lies
    :param instance: which Hummingbot instance this is
    :param account: which account at which exchange, see `account_of`
    :param connector: the connector's name in Hummingbot
    """

    def __init__(self, parts: DeskParts, folder: Path, instance: str, account: str, connector: str) -> None:
        self.parts = parts
        self._connector = connector
        self._lifeline: PeatioLifeline | None = None
        self._folder = folder
        self._instance = instance
        self._account = account
        self._books: _Books | None = None
        self._ownership: Ownership | None = None
        self._pauses = PeatioPauses(parts.server_time_s, parts.notify)
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
        return self.is_recovered and not (self._lifeline is not None and self._lifeline.is_fenced)

    def start(self) -> None:
        """Settles the last run's leftovers, once in a process; no order is placed before."""
        self._is_stopped = False
        if self._ownership is not None:
            self._ownership.take_back()
        if self._lifeline is not None:
            self._lifeline.start()
        if self._recovery is None:
            self._recovery = asyncio.create_task(self._recover())

    def tick(self) -> None:
        """The connector's clock ticked."""
        if self._lifeline is not None:
            self._lifeline.tick(self.is_recovered)

    def stop(self, is_for_good: bool) -> None:
        """Lets a later connector of this process take over. `start` takes the rows back.

        :param is_for_good: whether the bot was stopped, and not only its network
        """
        self._is_stopped = True
        if is_for_good and self._lifeline is not None:
            self._lifeline.stop(self._has_open_orders())
        if self._ownership is not None:
            self._ownership.release()

    def _last_look(self) -> None:
        """Right before a create leaves.

        :raises PeatioPlacingError: when it may not
        """
        if self._is_stopped:
            raise PeatioWithdrawnError("The bot was stopped before the order was sent.")
        self.check_fence()
        look_before_it_leaves()

    def check_fence(self) -> None:
        """:raises PeatioFencedError: while no create may leave, because a guard took this bot for dead"""
        if self._lifeline is not None:
            self._lifeline.check()

    async def place(self, order: PeatioInFlightOrder, market: str) -> PeatioOrder:
        """
        :raises PeatioPlacingError, PeatioJournalError: before anything is sent
        :raises PeatioRequestError, PeatioPlacingError: when the exchange refused or does not have the order
        """
        if not self.is_recovered:
            raise PeatioPlacingError(
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
            said = await books.placer.place(order, intent)
        except PeatioRefusedError as error:
            if self._pauses.on_refusal(order.trading_pair, error):
                self.parts.on_rules_doubted()
            raise
        self._pauses.on_success(order.trading_pair)
        return said

    def on_order_ended(self, order: PeatioInFlightOrder) -> None:
        """One more order is open no longer."""
        self._pauses.on_order_ended(order.trading_pair)
        self.file_end(order.client_order_id)

    def file_end(self, client_order_id: str) -> None:
        """Closes the order's row, unless it is watched for; one that awaits its second cancel is kept as ended."""
        if self._books is None or client_order_id in self._books.watch:
            return
        try:
            if client_order_id in self.parts.flow.ghosts:
                self._books.journal.ended(client_order_id)
            else:
                self._books.journal.close(client_order_id)
        except PeatioJournalError as error:
            self.parts.logger.error(str(error))

    def on_unknown_order(self, said: PeatioOrder) -> None:
        """An event of an order that is not followed."""
        if self._books is not None:
            self._books.watch.on_unknown_order(said)

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
            except PeatioJournalError as error:
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

    def _recovery_of(self, books: _Books) -> PeatioRecovery:
        parts = self.parts
        return PeatioRecovery(
            books.journal,
            books.lookup,
            books.watch,
            parts.tracker,
            parts.flow,
            parts.canceller,
            parts.record_of,
            parts.settings.leftovers == "adopt",
            parts.logger,
            parts.sleep,
        )

    def _open_books(self) -> _Books:
        if self._books is None:
            if self._ownership is None:
                self._ownership = claim(self._folder, self._instance, self._account)
                self._lifeline = self._lifeline_of(self._ownership.owner)
            path = self._folder / JOURNAL_NAME
            journal = PeatioOrderJournal(path, self._ownership.owner, self._account, self.parts.logger)
            self._books = _Books(self, journal)
        return self._books

    def _lifeline_of(self, owner: str) -> PeatioLifeline:
        parts = self.parts
        lifeline = PeatioLifeline(
            self._folder, self._connector, self._account, owner, self._settle, parts.notify, parts.logger, parts.sleep
        )
        lifeline.start()
        return lifeline

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
        except PeatioJournalError as error:
            self.parts.logger.error(str(error))
            return True
