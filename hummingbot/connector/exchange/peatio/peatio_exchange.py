"""PeatioExchange: Hummingbot's hooks. The work is done in the sub-packages."""

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from hummingbot import data_path  # type: ignore[attr-defined]
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import MessageError, NotFoundError
from hummingbot.connector.exchange.peatio.common.messages import ReportedState, private_events
from hummingbot.connector.exchange.peatio.execution.batch import BatchResult
from hummingbot.connector.exchange.peatio.execution.create import Create
from hummingbot.connector.exchange.peatio.execution.fills import fill_of
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.pending_events import PrivateEvent
from hummingbot.connector.exchange.peatio.metrics.endpoint import publish_metrics
from hummingbot.connector.exchange.peatio.order_books.tracker import BookEvents
from hummingbot.connector.exchange.peatio.peatio_api_user_stream_data_source import (
    PeatioAPIUserStreamDataSource,
    PeatioUserStreamTracker,
)
from hummingbot.connector.exchange.peatio.peatio_engine_host import PeatioEngineHost
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.connector.exchange.peatio.settings.hummingbot_host import (
    configured_settings,
    configured_share_pct,
    instance_name,
)
from hummingbot.connector.exchange.peatio.settings.live import Settings
from hummingbot.core.clock import Clock
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder, OrderUpdate, TradeUpdate
from hummingbot.core.data_type.limit_order import LimitOrder
from hummingbot.core.data_type.user_stream_tracker_data_source import UserStreamTrackerDataSource
from hummingbot.core.event.event_forwarder import EventForwarder
from hummingbot.core.event.events import MarketEvent, OrderFilledEvent
from hummingbot.core.network_iterator import NetworkStatus


class PeatioExchange(PeatioEngineHost):
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
        super().__init__(
            api_key=peatio_api_key,
            secret_key=peatio_secret_key,
            exchange_domain=peatio_exchange_domain,
            balance_asset_limit=balance_asset_limit,
            rate_limits_share_pct=configured_share_pct() if rate_limits_share_pct is None else rate_limits_share_pct,
            trading_pairs=trading_pairs or [],
            trading_required=trading_required,
            name=domain,
            settings=configured_settings(self.logger()) if settings is None else Settings(settings),
            journal_folder=journal_folder or Path(data_path()),
            instance=instance or instance_name(),
        )
        self._fill_listener = EventForwarder(self._on_own_fill)
        self.add_listener(MarketEvent.OrderFilled, self._fill_listener)
        self._is_poll_due = False
        self._polled_s = deque([-math.inf] * CONSTANTS.POLLS_AT_ONCE, CONSTANTS.POLLS_AT_ONCE)
        self._network_lock = asyncio.Lock()
        self._network_change: asyncio.Task[Any] | None = None

    # Network.

    @property
    def ready(self) -> bool:
        """Whether all connections stand and the orders of the last run are reconciled."""
        return bool(super().ready) and (not self._trading_required or self._engine.may_place)

    @property
    def status_dict(self) -> dict[str, bool]:
        """As the base class, and a line where the settings could not be read yet."""
        return super().status_dict | ({} if self._settings.was_read else {"conf/peatio.yml can be read": False})

    async def start_network(self) -> None:
        async with self._one_at_a_time():
            await super().start_network()
            publish_metrics(self, self._settings.current.metrics_host, self._settings.current.metrics_port)
            if self._trading_required:
                self.rest.is_closed = False
                self._engine.start()

    def stop(self, clock: Clock) -> None:
        """Hummingbot's `stop` takes the connector off its clock; its recorder leaves in the same step.

        `stop_network` follows in a task, so that a fill could be reported before it runs.
        """
        self._engine.reports.is_muted = True
        super().stop(clock)

    async def stop_network(self) -> None:
        """Ends streams and polls. After Hummingbot's `stop` nothing of this connector acts any more; after a failed
        network check, orders under way are followed to their end."""
        if self.network_status is NetworkStatus.STOPPED:
            # At once: a connector that is made meanwhile waits for the rows instead of taking others.
            self._engine.announce_close()
        async with self._one_at_a_time():
            try:
                await self._engine.pause()
                await super().stop_network()
            finally:
                # Asked again: Hummingbot may have started the connector meanwhile.
                if self.network_status is NetworkStatus.STOPPED:
                    await self._engine.close()
                    self.rest.is_closed = True
                    await self._network_tasks.stop()  # what the last reports started

    @asynccontextmanager
    async def _one_at_a_time(self) -> AsyncIterator[None]:
        """Starts and stops of the network do not overlap. A start begins with a stop, inside itself."""
        current = asyncio.current_task()
        if self._network_change is current:
            yield
            return
        async with self._network_lock:
            self._network_change = current
            try:
                yield
            finally:
                self._network_change = None

    def tick(self, timestamp: float) -> None:
        if self._last_timestamp and timestamp - self._last_timestamp > CONSTANTS.MACHINE_SLEPT_S:
            self.logger().warning("This machine stood still for a while; asking the exchange for everything.")
            self._poll_at_once()
        if self._engine.reconciler.is_event_late():
            self._poll_at_once()
        if self._trading_required:
            self._settings.tick()
        self._engine.tick()
        super().tick(timestamp)

    def on_private_stream_connected(self) -> None:
        """Events sent while there was no connection are lost, so everything is asked for at once."""
        self._engine.reconciler.on_stream_connected()
        self._poll_at_once()

    def on_private_stream_lost(self) -> None:
        """From now on events are lost."""
        self._engine.reconciler.on_stream_lost()
        self._poll_at_once()

    def _poll_at_once(self) -> None:
        self._is_poll_due = True
        self._poll_notifier.set()

    async def _status_polling_loop_fetch_updates(self) -> None:
        # The base class forgets a wish that comes during a poll: afterwards it waits on a new event.
        self._is_poll_due = True
        while self._is_poll_due:
            # Events of many markets may want polls without end, and these would use up the request limit.
            now_s, oldest_s = time.monotonic(), self._polled_s[0]
            if now_s < oldest_s + CONSTANTS.POLLS_INTERVAL_S:
                await self._sleep(oldest_s + CONSTANTS.POLLS_INTERVAL_S - now_s)
            self._polled_s.append(time.monotonic())
            self._is_poll_due = False
            await super()._status_polling_loop_fetch_updates()

    def _get_poll_interval(self, timestamp: float) -> float:
        is_behind = self._engine.reconciler.is_behind or self._balance_updates.has_failed
        # Nothing but a poll shows what a peg moves: balances also while no order is open.
        is_pegged = any(self._engine.resizes.is_pegged(pair) for pair in self.trading_pairs)
        is_up_to_date = self._user_stream_tracker.is_live and not is_behind and not is_pegged
        return float(self.LONG_POLL_INTERVAL if is_up_to_date else self.SHORT_POLL_INTERVAL)

    def _is_order_not_found_during_status_update_error(self, status_update_exception: Exception) -> bool:
        return isinstance(status_update_exception, NotFoundError)

    def _is_order_not_found_during_cancelation_error(self, cancelation_exception: Exception) -> bool:
        return isinstance(cancelation_exception, NotFoundError)

    def _create_user_stream_data_source(self) -> UserStreamTrackerDataSource:
        return PeatioAPIUserStreamDataSource(
            self._auth,
            self,
            self._web_assistants_factory,
            self.venue,
            lambda: self._settings.current.cancel_on_close,
        )

    def _create_user_stream_tracker(self) -> PeatioUserStreamTracker:
        return PeatioUserStreamTracker(data_source=self._create_user_stream_data_source())

    def _on_own_fill(self, event: OrderFilledEvent) -> None:
        self.order_book_tracker.on_own_trade(event.trading_pair, event.exchange_trade_id)

    # What `status` shows.

    @property
    def notices(self) -> list[str]:
        """For `status`: why no orders are placed and what the user has to change, and which orders were resized."""
        return [
            *([self._settings.problem] if self._settings.problem else []),
            *self._order_sizes.notices.values(),
            *self._engine.resizes.notices(self._order_tracker.active_orders.values()),
        ]

    @property
    def limit_orders(self) -> list[LimitOrder]:
        """As the base class, without those of which nothing remains: the exchange has them at zero, out of the book."""
        orders = self._order_tracker.active_orders.values()
        return [order.to_limit_order() for order in orders if not order.size.is_resting]

    # What happens to the books.

    def _book_events(self) -> BookEvents:
        return self

    def on_book_invalid(self, trading_pair: str) -> None:
        """The order book of a market has been invalid for a moment."""
        if self._settings.current.pull_quotes:
            self._engine.canceller.pull_quotes(trading_pair)

    def on_messages_missed(self, trading_pair: str) -> None:
        """The server that missed messages of a book may have missed some of our orders."""
        self._poll_at_once()

    def on_engine_restart(self, trading_pair: str) -> None:
        """The market's sequence started again: the exchange's matching engine was restarted."""
        self._engine.second_cancels.on_engine_restart(trading_pair)

    # Orders.

    async def _place_order_and_process_update(self, order: InFlightOrder, **kwargs: Any) -> str:
        with self._engine.pending_events.during_create():
            exchange_order_id: str = await super()._place_order_and_process_update(order, **kwargs)
            for event in self._engine.pending_events.take(exchange_order_id):
                self._apply(event)
            if not exchange_order_id.isdigit() or not self._engine.pending_events.is_complete:
                self._engine.reports.look_up(order)
        return exchange_order_id

    async def _place_order(
        self,
        order_id: str,
        trading_pair: str,
        amount: Decimal,
        trade_type: TradeType,
        order_type: OrderType,
        price: Decimal,
        is_of_batch: bool = False,
        **kwargs: Any,
    ) -> tuple[str, float]:
        taken_at_s = time.monotonic()
        create = Create(order_id, trading_pair, trade_type, order_type, amount, price, taken_at_s)
        report = await self._engine.submission.submit(create, is_of_batch)
        try:
            self._order_sizes.on_placed(trading_pair)
            self._learn_fees(trading_pair, report.fee_rates)
            order = self._order_tracker.fetch_order(order_id)
            if order is not None:
                order.fee_rates = report.fee_rates
                self._engine.on_placed_order(order)
        except Exception:  # the exchange has the order: for Hummingbot it must not fail
            self.logger().exception(f"Unexpected error after order {order_id} was placed as {report.order_id}.")
        return report.order_id, report.created_at_s

    def _may_be_at_exchange(self, order_id: str) -> bool:
        return self._engine.journal.get(order_id) is not None

    def _note_cancels(self, client_order_ids: Sequence[str]) -> None:
        self._engine.journal.want_cancels(client_order_ids)

    async def _cancel_and_wait(self, orders: Sequence[TrackedOrder], timeout_s: float) -> list[BatchResult]:
        return await self._engine.canceller.cancel_all(orders, timeout_s)

    async def _place_cancel(self, order_id: str, tracked_order: TrackedOrder) -> bool:
        """Hummingbot asks for a cancel once and does not look after it; the canceller repeats and reports it."""
        self._engine.canceller.start(tracked_order)
        return False  # the order's state is the canceller's to change

    async def _user_stream_event_listener(self) -> None:
        messages: AsyncIterable[dict[str, Any]] = self._iter_user_event_queue()
        async for message in messages:
            self._engine.reconciler.on_stream_message()
            try:
                for event in private_events(message, self._skip_event):
                    self._apply(event)
                self._balance_updates.on_message(message)
            except Exception:
                self.logger().exception("Unexpected error in user stream listener loop.")

    def _skip_event(self, error: MessageError) -> None:
        self._log_once.error(f"An event of the private streams cannot be read; REST is asked instead: {error}")
        self._engine.reconciler.on_unreadable_event()

    def _apply(self, event: PrivateEvent) -> None:
        """One that breaks something must not hide the others, nor fail the order whose create waits for it."""
        try:
            self._engine.reports.on_event(event)
        except Exception:
            self.logger().exception(f"Unexpected error applying an event of the private streams: {event}")

    async def _update_order_status(self) -> None:
        await self._engine.reconciler.poll()
        await self._engine.poll()

    async def _update_lost_orders_status(self) -> None:
        """Without the base class's request for their fills, which books them itself: an order's report has them."""
        await self._update_lost_orders()

    async def _request_order_status(self, tracked_order: TrackedOrder) -> OrderUpdate:
        report = await self._engine.reports.fetch(tracked_order)
        # Hummingbot's loop for lost orders asks here, and forgets what has ended: not before its fills are known, and
        # not for the end of an order whose place another one took while this was asked.
        is_applied = self._engine.reports.apply_order(tracked_order, report)
        if not is_applied or tracked_order.size.is_former(report):
            report = replace(report, state=ReportedState.WAIT)
        return self._engine.reports.update_of(tracked_order, report)

    async def _all_trade_updates_for_order(self, order: TrackedOrder) -> list[TradeUpdate]:
        report = await self._engine.reports.fetch(order)
        order.fee_rates = report.fee_rates
        fills = [fill_of(order, trade) for trade in report.trades]
        return [fill for fill in fills if fill is not None]
