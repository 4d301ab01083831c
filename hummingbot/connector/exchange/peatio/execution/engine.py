"""The execution engine: builds the parts that place, track, cancel and reconcile orders, starts and stops them."""

import logging
from collections.abc import Awaitable, Callable, Sequence

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.account.balances import Balances
from hummingbot.connector.exchange.peatio.common.errors import (
    CHANGED_RULE_CODES,
    BusyError,
    RefusedError,
    UndecidedError,
)
from hummingbot.connector.exchange.peatio.common.messages import OrderReport
from hummingbot.connector.exchange.peatio.common.tasks import Tasks
from hummingbot.connector.exchange.peatio.execution.admission import Admission
from hummingbot.connector.exchange.peatio.execution.canceller import Canceller
from hummingbot.connector.exchange.peatio.execution.create import CreatesUnderWay
from hummingbot.connector.exchange.peatio.execution.cycle_pause import CyclePause
from hummingbot.connector.exchange.peatio.execution.engine_book import EngineBookCheck
from hummingbot.connector.exchange.peatio.execution.engine_host import EngineHost, EngineIdentity
from hummingbot.connector.exchange.peatio.execution.former_keys import FormerKeys
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder, end_of
from hummingbot.connector.exchange.peatio.execution.intent import Intent, IntentState, OrderFingerprint
from hummingbot.connector.exchange.peatio.execution.intent_journal import IntentJournal
from hummingbot.connector.exchange.peatio.execution.late_orders import LateOrders
from hummingbot.connector.exchange.peatio.execution.lookup import OrderLookup
from hummingbot.connector.exchange.peatio.execution.maker_only import MakerOnly
from hummingbot.connector.exchange.peatio.execution.order_matching import OrderMatching
from hummingbot.connector.exchange.peatio.execution.owned_rows import OwnedRows
from hummingbot.connector.exchange.peatio.execution.pauses import PlacementPauses
from hummingbot.connector.exchange.peatio.execution.pending_events import PendingEventBuffer, PrivateEvent
from hummingbot.connector.exchange.peatio.execution.reconciler import Reconciler
from hummingbot.connector.exchange.peatio.execution.replacements import Replacements
from hummingbot.connector.exchange.peatio.execution.report_handler import ReportHandler
from hummingbot.connector.exchange.peatio.execution.reservations import Reservations
from hummingbot.connector.exchange.peatio.execution.resizes import Resizes
from hummingbot.connector.exchange.peatio.execution.second_cancel import SecondCancels
from hummingbot.connector.exchange.peatio.execution.startup import Startup
from hummingbot.connector.exchange.peatio.execution.startup_reconciliation import StartupReconciliation
from hummingbot.connector.exchange.peatio.execution.submission import Submission
from hummingbot.connector.exchange.peatio.execution.tracker import OrderTracker
from hummingbot.connector.exchange.peatio.guard.dead_mans_switch import DeadMansSwitch, listed
from hummingbot.connector.exchange.peatio.http.client import RestClient
from hummingbot.connector.exchange.peatio.settings.live import Settings
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import OrderState, TradeUpdate


class ExecutionEngine:
    """
    :param tasks: of the connector's life; a lost network does not end them
    :param now_s: this machine's clock, epoch seconds
    :param server_time_s: the exchange's clock, epoch seconds
    """

    def __init__(
        self,
        host: EngineHost,
        identity: EngineIdentity,
        settings: Settings,
        rest: RestClient,
        tracker: OrderTracker,
        balances: Balances,
        tasks: Tasks,
        now_s: Callable[[], float],
        server_time_s: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        logger: logging.Logger,
    ) -> None:
        self._host = host
        self._settings = settings
        self._tracker = tracker
        self._tasks = tasks
        self._logger = logger
        self._rows = OwnedRows(identity)
        self._reported_undecided: set[str] = set()
        self._reservations = Reservations(balances, lambda: host.order_books, host.pair_of)
        self.pending_events = PendingEventBuffer()
        self.journal = IntentJournal(
            self._rows.open_file, logger, host.strategy_database, listener=self._reservations
        )
        self.resizes = Resizes(
            self._reservations,
            tracker.counts,
            lambda pair: pair in settings.current.pegged,
            logger.info,
            host.on_resized,
        )
        self.reports = ReportHandler(
            tracker,
            rest,
            balances,
            self._reservations,
            self.resizes,
            self.pending_events,
            self,
            host.usual_rates,
            tasks,
            now_s,
            sleep,
            logger,
        )
        self.reconciler = Reconciler(tracker, rest, self.reports, now_s, server_time_s, logger)
        self.second_cancels = SecondCancels(rest, self.journal, self.resizes.is_pegged, tasks, now_s, sleep, logger)
        self._creates = CreatesUnderWay()
        self.canceller = Canceller(
            rest,
            self.reports,
            tracker,
            self.second_cancels,
            self._creates,
            self.journal,
            host.exchange_symbol_associated_to_pair,
            lambda: settings.current.exclusive_account,
            self.reconciler.on_event_missed,
            tasks,
            logger,
        )
        self._replacements = Replacements(
            rest,
            tracker,
            self.journal,
            self.reports,
            self._reservations,
            self.canceller,
            self.second_cancels,
            self.resizes.is_pegged,
            host.order_record,
            tasks,
            sleep,
            logger,
        )
        self._engine_book = EngineBookCheck(
            tracker,
            self.reports,
            self.canceller,
            self.second_cancels,
            lambda: host.market_books,
            tasks,
            sleep,
            logger,
        )
        self.switch = DeadMansSwitch(
            identity.folder, identity.connector, identity.account, self, host.notify, tasks, sleep, logger
        )
        self._pauses = PlacementPauses(server_time_s, host.notify)
        self._maker_only = MakerOnly(
            lambda: rest.dialect.has_post_only, lambda: host.market_books, tracker.counts, host.notify, logger
        )
        self._cycle_pause = CyclePause(settings, self.canceller, server_time_s, logger)
        self.admission = Admission(
            self._pauses,
            self._maker_only,
            self._cycle_pause,
            self.switch,
            self._creates,
            self._undecided,
            lambda: tracker.active_orders.values(),
            lambda: host.order_books,
            lambda: host.trading_rules,
            settings,
        )
        matching = OrderMatching(
            tracker,
            self.pending_events,
            self.journal,
            lambda: settings.current.exclusive_account,
            self.resizes.is_pegged,
            self._replacements.may_go_on,
        )
        lookup = OrderLookup(rest, matching, tracker.counts, sleep, logger)
        self.submission = Submission(
            rest,
            host.market_to_trade,
            self.journal,
            lookup,
            self.pending_events,
            self.admission,
            self._creates,
            self,
            self.canceller.start,
            tracker.counts,
            tasks,
            server_time_s,
            sleep,
            logger,
        )
        self.late_orders = LateOrders(
            lookup,
            matching,
            self.journal,
            tracker,
            self.reports,
            self.canceller,
            self._order_of,
            self._creates,
            self.submission.is_under_way,
            lambda: self.admission.is_reconciled,
            self,
            server_time_s,
            tasks,
            sleep,
            logger,
        )
        former_keys = FormerKeys(
            identity.folder, identity.site, identity.login, rest, self.journal, host.notify, sleep, logger
        )
        reconciliation = StartupReconciliation(
            self.journal,
            lookup,
            tracker,
            self.reports,
            self.canceller,
            self._replacements.is_held,
            self._order_of,
            self,
            lambda: settings.current.leftovers == "adopt",
            sleep,
            logger,
        )
        self.startup = Startup(
            self._rows,
            self.journal,
            self.switch,
            former_keys,
            self.second_cancels,
            self._replacements,
            reconciliation,
            balances,
            self.admission,
            host,
            tasks,
            sleep,
            logger,
        )

    @property
    def may_place(self) -> bool:
        """Whether the orders of the last run are reconciled, no guard has fenced this bot, and its settings were read.

        Settings that cannot be read any more stop creates only: Hummingbot's controllers stop while a connector is not
        ready, and would leave their quotes as they are.
        """
        return self.admission.is_reconciled and not self.switch.is_fenced and self._settings.was_read

    # Life.

    def start(self) -> None:
        """The network runs. At the first start, and after `close`, the last run's orders are reconciled first."""
        if self._rows.lock is not None:
            self._rows.lock.take_back()
            self.switch.start(self._rows.lock.owner)
        self.reports.is_muted = False
        self.admission.start()
        self.startup.begin()

    def tick(self) -> None:
        """The connector's clock ticked."""
        self.startup.tick()
        self.journal.tick()
        self.resizes.log.tick()
        self._cycle_pause.tick()
        self.switch.tick(self.admission.is_reconciled)
        self._engine_book.tick()

    async def poll(self) -> None:
        """Asks for the absent orders, after the tracked ones were asked for."""
        self.second_cancels.forget_old()
        self.canceller.resume()
        await self._replacements.poll()
        await self.late_orders.poll()

    async def pause(self) -> None:
        """The network is down: what has not left is withdrawn; what has left is followed to its end."""
        self.admission.stop()
        for create in self._creates.withdraw_all("The connector was stopped before the order was sent."):
            await create.done.wait()

    def announce_close(self) -> None:
        """The bot was stopped and `close` follows, if the process lives that long: `hbot stop` ends it at once."""
        self.reports.is_muted = True
        if self._rows.lock is not None:
            self._rows.lock.announce_release()
            self._end_heartbeat()

    async def close(self) -> None:
        """The bot was stopped: every task ends, and nothing acts for this connector any more.

        Creates without an answer stay "sent" in the journal, for the next owner of its rows.
        """
        self.reports.is_muted = True
        try:
            await self.pause()
            await self._tasks.stop()
        finally:
            self.startup.on_closed()
            if self._rows.lock is not None:
                try:
                    self._end_heartbeat()
                finally:
                    self.journal.close_file()
                    self._rows.release()

    def _end_heartbeat(self) -> None:
        has_left = any(intent.state is not IntentState.ABSENT for intent in self.journal.unfinished())
        self.switch.stop(has_left or not self.journal.is_open)

    # Orders.

    def on_placed_order(self, order: TrackedOrder) -> None:
        """The exchange has the order; Hummingbot learns it next."""
        self.reconciler.on_order_placed(order)
        intent = self.journal.get(order.client_order_id)
        if intent is not None and intent.is_cancel_wanted:
            # Asked for while the create was not answered.
            self.canceller.start(order)
        elif order.order_type is OrderType.MARKET:
            self.reports.follow_to_end(order)

    def on_order_ended(self, order: TrackedOrder, state: OrderState) -> None:
        """The order is final in Hummingbot and its fills are recorded."""
        self._pauses.on_order_ended(order.trading_pair)
        self.resizes.on_order_ended(order)
        self.second_cancels.on_order_ended(order, state)
        intent = self.journal.get(order.client_order_id)
        placed = {IntentState.LIVE, IntentState.SETTLED}
        has_id = order.exchange_order_id is not None
        if has_id:
            placed.add(IntentState.SENT)  # the disk refused to write the id
        # One without an id may still turn up: its row is left for the reconciliation.
        is_unread = intent is None and has_id and not self.journal.is_open
        if is_unread or (intent is not None and intent.state in placed):
            self.journal.close(order.client_order_id, end_of(state))
        self._replacements.on_order_ended(order)

    async def settle(self) -> Sequence[str]:
        """Cancels every order after a guard acted, and asks the exchange for everything (`Settlement`).

        Nothing that was priced before the bot stood still stays open. A create under way is waited for.
        """
        orders = [order for order in self._tracker.active_orders.values() if not order.is_done]
        results = await self.canceller.cancel_all(orders, CONSTANTS.LEFTOVERS_TIMEOUT_S)
        left = [result.client_order_id for result in results if not result.is_success]
        if left:
            return [f"order(s) {listed(left)} to close"]
        return await self._host.reconcile_everything()

    # What the parts report (`ReportListener`, `PlacementListener`, `UndecidedListener`).

    def on_unknown_order(self, event: PrivateEvent) -> None:
        if isinstance(event, OrderReport):
            self.late_orders.on_unknown_order(event)
            if self.resizes.is_pegged(self._host.pair_of(event.market) or ""):
                self._replacements.on_unknown_order(event)
        self._reservations.on_event_of_others(event, self.journal.unfinished())

    def on_fill(self, order: TrackedOrder, fill: TradeUpdate) -> None:
        self.journal.fill(fill, order.trade_type is TradeType.BUY)

    def on_taker_fill(self, order: TrackedOrder, fill: TradeUpdate) -> None:
        self._maker_only.on_taker_fill(order, fill)

    def holds_end(self, order: TrackedOrder, report: OrderReport) -> bool:
        return self._replacements.holds_end(order, report)

    def on_cancelled(self, order: TrackedOrder) -> None:
        self.second_cancels.on_cancelled(order)

    def on_funds_changed(self) -> None:
        self._host.on_funds_changed()

    def on_placed(self, trading_pair: str) -> None:
        self._pauses.on_success(trading_pair)

    def on_refused(self, trading_pair: str, error: RefusedError | BusyError) -> None:
        self._pauses.on_refusal(trading_pair, error)
        if CHANGED_RULE_CODES.intersection(error.codes):
            self._host.on_rules_doubted()

    def on_undecided(self, error: UndecidedError) -> None:
        if str(error) not in self._reported_undecided:
            self._reported_undecided.add(str(error))
            self._host.notify(str(error))

    def _undecided(self, fingerprint: OrderFingerprint) -> Intent | None:
        return next(iter(self.late_orders.undecided(fingerprint)), None)

    def _order_of(self, intent: Intent) -> TrackedOrder:
        record = self._host.order_record(intent.client_order_id)
        order = self._tracker.fetch_any(intent.client_order_id)
        if order is None:
            order = TrackedOrder.from_intent(intent, record)
            order.is_of_other_strategy = self.journal.is_of_other_strategy(intent)
            return order
        order.learn(intent, record)
        return order
