"""PeatioExchange: Hummingbot's hooks. The work is done in the sub-packages."""

import asyncio
import logging
import math
import time
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from hummingbot import data_path  # type: ignore[attr-defined]
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.account.balance_updates import BalanceUpdates
from hummingbot.connector.exchange.peatio.account.balances import Balances
from hummingbot.connector.exchange.peatio.common.errors import MessageError, NotFoundError
from hummingbot.connector.exchange.peatio.common.messages import FeeRates, ReportedState, TradeReport, private_events
from hummingbot.connector.exchange.peatio.common.tasks import Tasks
from hummingbot.connector.exchange.peatio.execution.batch import BatchResult
from hummingbot.connector.exchange.peatio.execution.create import Create
from hummingbot.connector.exchange.peatio.execution.engine import ExecutionEngine
from hummingbot.connector.exchange.peatio.execution.engine_host import EngineIdentity
from hummingbot.connector.exchange.peatio.execution.fills import fill_of
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.order_sizes import OrderSizes
from hummingbot.connector.exchange.peatio.execution.pending_events import PrivateEvent
from hummingbot.connector.exchange.peatio.execution.recorded_digits import RecordedDigits
from hummingbot.connector.exchange.peatio.execution.tracker import OrderTracker
from hummingbot.connector.exchange.peatio.execution.trade_records import OrderRecord, database_of, record_of
from hummingbot.connector.exchange.peatio.execution.unended_orders import UnendedOrder, unended_orders
from hummingbot.connector.exchange.peatio.feeds.configured_rates import use_configured_rates
from hummingbot.connector.exchange.peatio.metrics.endpoint import publish_metrics
from hummingbot.connector.exchange.peatio.order_books.sync import BookSync
from hummingbot.connector.exchange.peatio.order_books.tracker import BookEvents
from hummingbot.connector.exchange.peatio.peatio_api_user_stream_data_source import (
    PeatioAPIUserStreamDataSource,
    PeatioUserStreamTracker,
)
from hummingbot.connector.exchange.peatio.peatio_order_entry import PeatioOrderEntry
from hummingbot.connector.exchange.peatio.resizes.strategy_orders import resize_copies
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.connector.exchange.peatio.settings.hummingbot_host import (
    configured_settings,
    configured_share_pct,
    instance_name,
    notify,
    running_strategy,
)
from hummingbot.connector.exchange.peatio.settings.live import Settings
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder, OrderState, OrderUpdate, TradeUpdate
from hummingbot.core.data_type.limit_order import LimitOrder
from hummingbot.core.data_type.user_stream_tracker_data_source import UserStreamTrackerDataSource
from hummingbot.core.event.event_forwarder import EventForwarder
from hummingbot.core.event.events import MarketEvent, OrderFilledEvent
from hummingbot.core.network_iterator import NetworkStatus


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
        self._settings = configured_settings(self.logger()) if settings is None else Settings(settings)
        use_configured_rates(self._settings.current.rates, self.logger())
        self._order_sizes = OrderSizes(lambda text: notify(text, self.logger(), logging.ERROR))
        self._recorded_digits = RecordedDigits(
            lambda text: notify(text, self.logger()), lambda: self.strategy_database() is not None
        )
        #: What is done for orders; a lost network does not end it.
        self._order_tasks = Tasks(self.logger())
        self._announced = set()
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
        self._account_available_balances, self._account_balances = self._balances.available, self._balances.total
        self._balance_updates = BalanceUpdates(
            self.rest,
            self._balances,
            self._ask_for_orders,
            self._moving_currencies,
            self._on_funds_moved,
            self._network_tasks,
            self._time,
            self.exchange_clock.measured_s,
            self._sleep,
            self.logger(),
            self._log_once,
        )
        self._engine = ExecutionEngine(
            self,
            EngineIdentity(
                journal_folder or Path(data_path()),
                instance or instance_name(),
                self.site,
                self._login_name,
                self.name,
            ),
            self._settings,
            self.rest,
            self._order_tracker,
            self._balances,
            self._order_tasks,
            self._time,
            self.exchange_clock.time_s,
            self._sleep,
            self.logger(),
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

    def _create_order_tracker(self) -> OrderTracker:
        return OrderTracker(self, self, self._order_tasks)

    def _on_own_fill(self, event: OrderFilledEvent) -> None:
        self.order_book_tracker.on_own_trade(event.trading_pair, event.exchange_trade_id)

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

    # For strategies that count what may still be filled (`peatio_liquidity`).

    @property
    def creates_left(self) -> int:
        """How many orders the exchange's limit on the account lets out now; more would wait."""
        return int(self._throttler.left_for(CONSTANTS.CREATE_LIMIT_ID))

    def unended_orders(self, trading_pair: str) -> list[UnendedOrder]:
        """This bot's orders that are not known to have ended, of earlier runs too; complete once `ready`."""
        return unended_orders(self._engine.journal.unfinished(), self._order_tracker, trading_pair)

    async def trades_of_bot(self, trading_pair: str, since_s: int) -> list[tuple[str, TradeReport]]:
        """What the exchange reports of trades of this bot's orders since then (epoch seconds), with fees.

        :return: each with the client order id of its order
        :raises RequestError: when the exchange does not answer
        :raises JournalError: when it cannot be read whose orders they are
        """
        market = await self.market_to_trade(trading_pair)
        trades = await self.rest.trades(since_s, market)
        owners = [self._engine.journal.claimed_by(trade.order_id) for trade in trades]
        return [(owner, trade) for owner, trade in zip(owners, trades, strict=True) if owner is not None]

    # What the engine needs (`EngineHost`).

    async def market_to_trade(self, trading_pair: str) -> str:
        await self.exchange_clock.ensure()
        return str(await self.exchange_symbol_associated_to_pair(trading_pair))

    @property
    def market_books(self) -> Mapping[str, BookSync]:
        return self.order_book_tracker.markets  # type: ignore[no-any-return]

    def usual_rates(self, trading_pair: str) -> FeeRates | None:
        return self._fees.rates(trading_pair)

    def strategy_database(self) -> str | None:
        return database_of(self)

    def order_record(self, client_order_id: str) -> OrderRecord:
        return record_of(self, client_order_id)

    async def reconcile_everything(self) -> Sequence[str]:
        await self._status_polling_loop_fetch_updates()
        failed = {
            "the state of the orders": self._engine.reconciler.has_failed,
            "the balances": self._balance_updates.has_failed,
        }
        return [what for what, has_failed in failed.items() if has_failed]

    def on_funds_changed(self) -> None:
        self._balance_updates.on_funds_changed()

    def on_resized(self, order: TrackedOrder) -> None:
        try:
            resize_copies(running_strategy(), order.client_order_id, order.amount)
        except Exception:  # Hummingbot's own lists; the order itself is right
            self.logger().exception(f"The strategy's copy of order {order.client_order_id} has its old size.")

    def on_rules_doubted(self) -> None:
        self._rules_wanted.set()

    def notify(self, text: str) -> None:
        notify(text, self.logger())

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

    def on_order_ended(self, order: TrackedOrder, state: OrderState) -> None:
        """As `EndListener`, for the tracker."""
        self._engine.on_order_ended(order, state)

    # Balances.

    async def _update_balances(self) -> None:
        await self._balance_updates.fetch()

    async def _update_all_balances(self) -> None:
        """As the base class at a poll, but without a traceback at each poll of an outage."""
        await self._balance_updates.poll()

    async def update_all_balances(self) -> None:
        await self._balance_updates.poll()

    def _moving_currencies(self) -> set[str]:
        """Those of which the exchange changes balances without a trade, as far as known."""
        named = {currency for pair in self._settings.current.pegged for currency in pair.split("-")}
        return named | self._balances.resized

    def _on_funds_moved(self, currency: str, before: Decimal, after: Decimal) -> None:
        self._engine.resizes.log.on_moved(currency, before, after)

    async def _ask_for_orders(self, is_overdue: bool) -> bool:
        """Whether every fill and end so far could be learned."""
        await self._engine.reconciler.poll(is_overdue)
        await self._engine.poll()
        return not self._engine.reconciler.has_failed and self._engine.reports.is_complete

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
        # Hummingbot's loop for lost orders asks here, and forgets what has ended: not before its fills are known.
        if not self._engine.reports.apply_order(tracked_order, report):
            report = replace(report, state=ReportedState.WAIT)
        return self._engine.reports.update_of(tracked_order, report)

    async def _all_trade_updates_for_order(self, order: TrackedOrder) -> list[TradeUpdate]:
        report = await self._engine.reports.fetch(order)
        order.fee_rates = report.fee_rates
        fills = [fill_of(order, trade) for trade in report.trades]
        return [fill for fill in fills if fill is not None]
