"""PeatioExchange: drives orders, fills and balances over REST and Ranger. Orchestration only."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from hummingbot import data_path  # type: ignore[attr-defined]
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.account.balances import Balances
from hummingbot.connector.exchange.peatio.common.errors import (
    MessageError,
    NotFoundError,
    PeatioError,
    PlacementError,
)
from hummingbot.connector.exchange.peatio.common.messages import private_events, pushed_balances
from hummingbot.connector.exchange.peatio.common.retry import Backoff, Outage
from hummingbot.connector.exchange.peatio.execution.batch import BatchResult
from hummingbot.connector.exchange.peatio.execution.canceller import Canceller
from hummingbot.connector.exchange.peatio.execution.engine import DeskParts, ExecutionEngine
from hummingbot.connector.exchange.peatio.execution.fills import fill_of
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.journal_lock import account_of
from hummingbot.connector.exchange.peatio.execution.maker_only import MakerOnly
from hummingbot.connector.exchange.peatio.execution.pending_events import PendingEventBuffer
from hummingbot.connector.exchange.peatio.execution.quote_puller import QuotePuller
from hummingbot.connector.exchange.peatio.execution.reconciler import Reconciler
from hummingbot.connector.exchange.peatio.execution.report_handler import ReportHandler
from hummingbot.connector.exchange.peatio.execution.self_trades import crossed_order
from hummingbot.connector.exchange.peatio.execution.tracker import OrderTracker
from hummingbot.connector.exchange.peatio.execution.trade_records import record_of
from hummingbot.connector.exchange.peatio.metrics.endpoint import tell_metrics_of
from hummingbot.connector.exchange.peatio.peatio_api_user_stream_data_source import PeatioAPIUserStreamDataSource
from hummingbot.connector.exchange.peatio.peatio_order_entry import PeatioOrderEntry
from hummingbot.connector.exchange.peatio.peatio_user_stream_tracker import PeatioUserStreamTracker
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.connector.exchange.peatio.settings.hummingbot_host import (
    configured_settings,
    configured_share_pct,
    instance_name,
    notify,
    use_configured_rates,
)
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder, OrderUpdate, TradeUpdate
from hummingbot.core.data_type.user_stream_tracker_data_source import UserStreamTrackerDataSource
from hummingbot.core.event.event_forwarder import EventForwarder
from hummingbot.core.event.events import MarketEvent, OrderFilledEvent
from hummingbot.core.network_iterator import NetworkStatus
from hummingbot.core.utils.async_utils import safe_ensure_future


class PeatioExchange(PeatioOrderEntry):
    """A Peatio exchange as Hummingbot sees it.

    :param peatio_api_key: key id of a Barong API key; "" for instances that only look prices up
    :param peatio_secret_key: its secret
    :param peatio_exchange_domain: host, host:port or URL of the exchange; "" is `config.exchange_domain`
    :param rate_limits_share_pct: how much of the exchange's request limit may be used; None is what the instance is set
        to, which Hummingbot hands to named exchanges only
    :param trading_pairs: pairs to follow, as Hummingbot writes them (BTC-USD)
    :param trading_required: False where only books and prices are wanted
    :param domain: the connector's name in Hummingbot: `peatio`, or that of an exchange named in `conf/peatio.yml`
    :param settings: None reads the instance's `conf/peatio.yml`
    :param journal_folder: where the order journal lies; None is the instance's data folder
    :param instance: which Hummingbot instance this is; "" asks Hummingbot
    :raises ConfigError: when the domain cannot be read
    """

    def __init__(
        self,
        peatio_api_key: str = "",
        peatio_secret_key: str = "",
        peatio_exchange_domain: str = "",
        balance_asset_limit: dict[str, dict[str, Decimal]] | None = None,
        rate_limits_share_pct: Decimal | None = None,
        trading_pairs: list[str] | None = None,
        trading_required: bool = True,
        domain: str = CONSTANTS.EXCHANGE_NAME,
        settings: ConnectorSettings | None = None,
        journal_folder: Path | None = None,
        instance: str = "",
    ) -> None:
        self._settings = settings or configured_settings(self.logger())
        use_configured_rates(self._settings.rates, self.logger())
        super().__init__(
            api_key=peatio_api_key,
            secret_key=peatio_secret_key,
            exchange_domain=peatio_exchange_domain,
            balance_asset_limit=balance_asset_limit,
            rate_limits_share_pct=configured_share_pct() if rate_limits_share_pct is None else rate_limits_share_pct,
            trading_pairs=trading_pairs or [],
            trading_required=trading_required,
            name=domain,
        )
        self._balances = Balances()
        self._pending_events = PendingEventBuffer()
        self._report_handler = ReportHandler(
            tracker=self._order_tracker,
            rest=self.rest,
            balances=self._balances,
            pending_events=self._pending_events,
            now_s=self._time,
            on_funds_changed=self._on_funds_changed,
            usual_rates=self._fees.rates,
            logger=self.logger(),
            sleep=self._sleep,
        )
        self._reconciler = Reconciler(
            self._order_tracker,
            self.rest,
            self._report_handler,
            self._time,
            self._time_synchronizer.time,
            self.logger(),
        )
        self._canceller = Canceller(
            rest=self.rest,
            report_handler=self._report_handler,
            tracker=self._order_tracker,
            logger=self.logger(),
            symbol_of=self.exchange_symbol_associated_to_pair,
            is_account_exclusive=self._settings.exclusive_account,
        )
        self._maker_only = MakerOnly(
            is_native=lambda: self.rest.dialect.has_post_only,
            books=lambda: self.order_book_tracker.markets,
            counts=self._order_tracker.counts,
            notify=lambda text: notify(text, self.logger()),
            logger=self.logger(),
        )
        self._canceller.withdraw = self._withdraw
        self._report_handler.on_taker_fill = self._maker_only.on_taker_fill
        self._engine = self._create_desk(journal_folder or Path(data_path()), instance or instance_name())
        self._order_tracker.on_ended = self._engine.on_order_ended
        self._report_handler.second_cancel.on_changed = self._engine.file_end
        self._quote_puller = QuotePuller(self._canceller, lambda: self.in_flight_orders.values(), self.logger())
        if self._settings.pull_quotes:
            self.order_book_tracker.watch.on_untrusted = self._quote_puller.pull
        self._fill_listener = EventForwarder(self._on_own_fill)
        self.add_listener(MarketEvent.OrderFilled, self._fill_listener)
        self.order_book_tracker.on_engine_restart = self._report_handler.second_cancel.on_engine_restart
        self._report_handler.on_unknown_order = self._engine.on_unknown_order
        self._balance_outage = Outage("The balances", self._time, self.logger())
        self._balance_refresh: asyncio.Task[None] | None = None
        self._has_odd_balances = False
        self._is_poll_due = False

    def _create_desk(self, folder: Path, instance: str) -> ExecutionEngine:
        parts = DeskParts(
            rest=self.rest,
            tracker=self._order_tracker,
            report_handler=self._report_handler,
            canceller=self._canceller,
            pending_events=self._pending_events,
            maker_only=self._maker_only,
            record_of=lambda client_order_id: record_of(self, client_order_id),
            server_time_s=self._time_synchronizer.time,
            notify=lambda text: notify(text, self.logger()),
            on_rules_doubted=lambda: safe_ensure_future(self._update_trading_rules()),
            reconcile=self._has_asked_for_everything,
            settings=self._settings,
            logger=self.logger(),
            sleep=self._sleep,
        )
        return ExecutionEngine(parts, folder, instance, account_of(self.site, self._login_name), self.name)

    # Network.

    @property
    def ready(self) -> bool:
        """Whether all connections stand and the orders of before are settled."""
        return bool(super().ready) and self._engine.may_place

    async def start_network(self) -> None:
        await super().start_network()
        tell_metrics_of(self, self._settings.metrics_host, self._settings.metrics_port)
        if self._trading_required:
            self._report_handler.start()
            self._engine.start()

    async def stop_network(self) -> None:
        self._report_handler.stop()
        self._engine.stop(is_for_good=self.network_status is NetworkStatus.STOPPED)
        self._quote_puller.stop()
        if self._balance_refresh is not None:
            self._balance_refresh.cancel()
        await super().stop_network()

    def tick(self, timestamp: float) -> None:
        if self._last_timestamp and timestamp - self._last_timestamp > CONSTANTS.MACHINE_SLEPT_S:
            self.logger().warning("This machine stood still for a while; asking the exchange for everything.")
            self._poll_at_once()
        self._engine.tick()
        super().tick(timestamp)

    def on_private_stream_connected(self) -> None:
        """Events sent while there was no connection are lost for good, so everything is asked for at once."""
        self._reconciler.on_stream_connected()
        self._poll_at_once()

    def _poll_at_once(self) -> None:
        self._is_poll_due = True
        self._poll_notifier.set()

    async def _status_polling_loop_fetch_updates(self) -> None:
        # The base class forgets a wish that comes during a poll: afterwards it waits on a new event.
        self._is_poll_due = True
        while self._is_poll_due:
            self._is_poll_due = False
            await super()._status_polling_loop_fetch_updates()

    async def _has_asked_for_everything(self) -> bool:
        await self._status_polling_loop_fetch_updates()
        return not (self._reconciler.has_failed or self._balance_outage.is_on)

    def _get_poll_interval(self, timestamp: float) -> float:
        is_behind = self._reconciler.is_behind or self._balance_outage.is_on
        is_up_to_date = self._user_stream_tracker.is_live and not is_behind
        return float(self.LONG_POLL_INTERVAL if is_up_to_date else self.SHORT_POLL_INTERVAL)

    def _is_order_not_found_during_status_update_error(self, status_update_exception: Exception) -> bool:
        return isinstance(status_update_exception, NotFoundError)

    def _is_order_not_found_during_cancelation_error(self, cancelation_exception: Exception) -> bool:
        return isinstance(cancelation_exception, NotFoundError)

    def _create_user_stream_data_source(self) -> UserStreamTrackerDataSource:
        return PeatioAPIUserStreamDataSource(
            self._auth, self, self._web_assistants_factory, self.domain, self._settings.cancel_on_close
        )

    def _create_user_stream_tracker(self) -> PeatioUserStreamTracker:
        return PeatioUserStreamTracker(data_source=self._create_user_stream_data_source())

    def _create_order_tracker(self) -> OrderTracker:
        return OrderTracker(connector=self)

    def _on_own_fill(self, event: OrderFilledEvent) -> None:
        self.order_book_tracker.watch.on_own_trade(event.trading_pair, event.exchange_trade_id)

    # Balances.

    async def _update_balances(self) -> None:
        requested_at_s = self._time()
        rows = await self.rest.balances()
        self._balances.snapshot(rows, requested_at_s, self._time())
        self._publish_balances()

    async def _update_all_balances(self) -> None:
        """As the base class at a poll, but not with a traceback at each poll of an outage."""
        try:
            await self._update_balances()
        except PeatioError as error:
            self._balance_outage.failed(error)
        else:
            self._balance_outage.worked()

    def _take_pushed_balances(self, message: dict[str, Any]) -> None:
        try:
            balances = pushed_balances(message)
        except MessageError as error:
            # Forks do as they like, and REST tells balances all the same: no reason to say so at every change.
            if not self._has_odd_balances:
                self.logger().warning(f"Balances are pushed in an unknown form and passed over: {error}")
            self._has_odd_balances = True
            return
        if balances:
            self._balances.pushed(balances, self._time())
            self._publish_balances()

    def _publish_balances(self) -> None:
        self._account_available_balances = self._balances.available()
        self._account_balances = self._balances.total()

    def _on_funds_changed(self) -> None:
        self._publish_balances()
        if self._balances.needs_snapshot and (self._balance_refresh is None or self._balance_refresh.done()):
            self._balance_refresh = safe_ensure_future(self._refresh_balances())

    async def _refresh_balances(self) -> None:
        backoff = Backoff(CONSTANTS.BALANCE_REFRESH_DELAY_S, CONSTANTS.BACKOFF_MAXIMUM_S)
        while self._balances.needs_snapshot:
            await self._sleep(backoff.next_s())
            try:
                await self._update_balances()
            except PeatioError as error:
                self.logger().debug(f"The balances are not confirmed yet: {error}")
            else:
                backoff.reset()

    # Orders.

    async def _place_order_and_process_update(self, order: InFlightOrder, **kwargs: Any) -> str:
        with self._pending_events.during_create():
            exchange_order_id: str = await super()._place_order_and_process_update(order, **kwargs)
            for event in self._pending_events.take(exchange_order_id):
                self._report_handler.on_event(event)
        if not exchange_order_id.isdigit():
            self._report_handler.ask_for_id(order)
        return exchange_order_id

    async def _place_order(
        self,
        order_id: str,
        trading_pair: str,
        amount: Decimal,
        trade_type: TradeType,
        order_type: OrderType,
        price: Decimal,
        **kwargs: Any,
    ) -> tuple[str, float]:
        order = self._order_tracker.fetch_order(order_id)
        if self._settings.refuse_self_trades:
            self._refuse_self_trade(order)
        await self.ensure_clock()
        market = await self.exchange_symbol_associated_to_pair(trading_pair)
        async with self._turn_of(order_id, **kwargs):
            report = await self._engine.place(order, market)
        self._learn_fees(trading_pair, report.fee_rates)
        if order_type is OrderType.MARKET:
            self._report_handler.follow_to_end(order)
        return report.order_id, report.created_at_s

    def _refuse_self_trade(self, order: TrackedOrder) -> None:
        own = crossed_order(order, self.in_flight_orders.values(), self.order_books.get(order.trading_pair))
        if own is not None:
            raise PlacementError(
                f"The order would match our own {own.client_order_id} at {own.price}, and Peatio would let it."
            )

    async def _cancel_and_wait(self, orders: Sequence[TrackedOrder], timeout_s: float) -> list[BatchResult]:
        return await self._canceller.cancel_all(orders, timeout_s)

    async def _place_cancel(self, order_id: str, tracked_order: TrackedOrder) -> bool:
        await self._canceller.cancel(tracked_order)
        return True

    async def _user_stream_event_listener(self) -> None:
        async for message in self._iter_user_event_queue():
            self._reconciler.on_stream_message()
            try:
                for event in private_events(message):
                    self._report_handler.on_event(event)
                self._take_pushed_balances(message)
            except Exception:
                self.logger().exception("Unexpected error in user stream listener loop.")

    async def _update_order_status(self) -> None:
        await self._reconciler.poll()
        await self._engine.poll()

    async def _request_order_status(self, tracked_order: TrackedOrder) -> OrderUpdate:
        report = await self._report_handler.fetch(tracked_order)
        # Hummingbot's loop for lost orders asks here; their fills come before the state they led to.
        self._report_handler.apply_order(tracked_order, report)
        return self._report_handler.update_of(tracked_order, report)

    async def _all_trade_updates_for_order(self, order: TrackedOrder) -> list[TradeUpdate]:
        report = await self._report_handler.fetch(order)
        order.fee_rates = report.fee_rates
        fills = [fill_of(order, trade) for trade in report.trades]
        return [fill for fill in fills if fill is not None]
