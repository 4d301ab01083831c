"""PeatioExchange: drives orders, fills and balances over REST and Ranger. Orchestration only."""

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

from hummingbot import data_path  # type: ignore[attr-defined]
from hummingbot.connector.constants import s_decimal_NaN
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio import peatio_web_utils
from hummingbot.connector.exchange.peatio.config import parse_domain
from hummingbot.connector.exchange.peatio.peatio_api_order_book_data_source import PeatioAPIOrderBookDataSource
from hummingbot.connector.exchange.peatio.peatio_api_user_stream_data_source import PeatioAPIUserStreamDataSource
from hummingbot.connector.exchange.peatio.peatio_auth import PeatioAuth
from hummingbot.connector.exchange.peatio.peatio_backoff import Backoff
from hummingbot.connector.exchange.peatio.peatio_balances import PeatioBalances
from hummingbot.connector.exchange.peatio.peatio_canceller import PeatioCanceller
from hummingbot.connector.exchange.peatio.peatio_early_events import PeatioEarlyEvents
from hummingbot.connector.exchange.peatio.peatio_errors import (
    PeatioError,
    PeatioNonceError,
    PeatioNotFoundError,
    PeatioPlacingError,
    PeatioRefusedError,
)
from hummingbot.connector.exchange.peatio.peatio_fees import fee_rates_for
from hummingbot.connector.exchange.peatio.peatio_fills import fill_of
from hummingbot.connector.exchange.peatio.peatio_host import configured_settings, instance_name, notify
from hummingbot.connector.exchange.peatio.peatio_in_flight_order import PeatioInFlightOrder
from hummingbot.connector.exchange.peatio.peatio_markets import symbol_map, trading_rules
from hummingbot.connector.exchange.peatio.peatio_messages import PeatioFeeRates, private_events, pushed_balances
from hummingbot.connector.exchange.peatio.peatio_order_book_tracker import PeatioOrderBookTracker
from hummingbot.connector.exchange.peatio.peatio_order_desk import DeskParts, PeatioOrderDesk
from hummingbot.connector.exchange.peatio.peatio_order_flow import PeatioOrderFlow
from hummingbot.connector.exchange.peatio.peatio_order_tracker import PeatioOrderTracker
from hummingbot.connector.exchange.peatio.peatio_ownership import account_of
from hummingbot.connector.exchange.peatio.peatio_reconciler import PeatioReconciler
from hummingbot.connector.exchange.peatio.peatio_records import record_of
from hummingbot.connector.exchange.peatio.peatio_rest import PeatioRest
from hummingbot.connector.exchange.peatio.peatio_self_trades import crossed_order
from hummingbot.connector.exchange.peatio.peatio_settings import PeatioSettings
from hummingbot.connector.exchange.peatio.peatio_user_stream_tracker import PeatioUserStreamTracker
from hummingbot.connector.exchange_py_base import ExchangePyBase
from hummingbot.connector.time_synchronizer import TimeSynchronizer
from hummingbot.connector.trading_rule import TradingRule
from hummingbot.core.api_throttler.data_types import RateLimit
from hummingbot.core.data_type.cancellation_result import CancellationResult
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder, OrderUpdate, TradeUpdate
from hummingbot.core.data_type.order_book_tracker_data_source import OrderBookTrackerDataSource
from hummingbot.core.data_type.trade_fee import TradeFeeBase
from hummingbot.core.data_type.user_stream_tracker_data_source import UserStreamTrackerDataSource
from hummingbot.core.utils.async_utils import safe_ensure_future
from hummingbot.core.utils.estimate_fee import build_trade_fee
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory


class PeatioExchange(ExchangePyBase):
    """A Peatio exchange as Hummingbot sees it.

    :param peatio_api_key: key id of a Barong API key; "" for instances that only look prices up
    :param peatio_secret_key: its secret
    :param peatio_exchange_domain: host, host:port or URL of the exchange; "" is `config.exchange_domain`
    :param trading_pairs: pairs to follow, as Hummingbot writes them (BTC-USD)
    :param trading_required: False where only books and prices are wanted
    :param domain: the connector's name in Hummingbot
    :param settings: None reads the instance's `conf/peatio.yml`
    :param journal_folder: where the order journal lies; None is the instance's data folder
    :param instance: which Hummingbot instance this is; "" asks Hummingbot
    :raises PeatioConfigError: when the domain cannot be read
    """

    web_utils = peatio_web_utils

    def __init__(
        self,
        peatio_api_key: str,
        peatio_secret_key: str,
        peatio_exchange_domain: str = "",
        balance_asset_limit: dict[str, dict[str, Decimal]] | None = None,
        rate_limits_share_pct: Decimal = Decimal("100"),
        trading_pairs: list[str] | None = None,
        trading_required: bool = True,
        domain: str = CONSTANTS.EXCHANGE_NAME,
        settings: PeatioSettings | None = None,
        journal_folder: Path | None = None,
        instance: str = "",
    ) -> None:
        self._api_key = peatio_api_key
        self._secret_key = peatio_secret_key
        self._address = parse_domain(peatio_exchange_domain)
        self._name = domain
        self._trading_pairs = trading_pairs or []
        self._trading_required = trading_required
        self._settings = settings or configured_settings(self.logger())
        self._rest: PeatioRest | None = None
        super().__init__(balance_asset_limit, rate_limits_share_pct)
        self._set_order_book_tracker(
            PeatioOrderBookTracker(self._orderbook_ds, self._trading_pairs, domain=self.domain)
        )
        self._balances = PeatioBalances()
        self._early_events = PeatioEarlyEvents()
        self._flow = PeatioOrderFlow(
            tracker=self._order_tracker,
            rest=self.rest,
            balances=self._balances,
            early_events=self._early_events,
            now_s=self._time,
            on_funds_changed=self._on_funds_changed,
            logger=self.logger(),
            sleep=self._sleep,
        )
        self._reconciler = PeatioReconciler(
            self._order_tracker, self.rest, self._flow, self._time, self.logger()
        )
        self._canceller = PeatioCanceller(
            rest=self.rest,
            flow=self._flow,
            tracker=self._order_tracker,
            logger=self.logger(),
            symbol_of=self.exchange_symbol_associated_to_pair,
            is_account_exclusive=self._settings.exclusive_account,
        )
        self._desk = self._create_desk(journal_folder or Path(data_path()), instance or instance_name())
        self._order_tracker.on_ended = self._desk.on_order_ended
        self._flow.on_unknown_order = self._desk.on_unknown_order
        self._balance_refresh: asyncio.Task[None] | None = None
        self._clock_lock = asyncio.Lock()
        self._clock_measurements = 0
        self._is_version_logged = False
        self._is_poll_due = False

    def _create_desk(self, folder: Path, instance: str) -> PeatioOrderDesk:
        parts = DeskParts(
            rest=self.rest,
            tracker=self._order_tracker,
            flow=self._flow,
            canceller=self._canceller,
            early_events=self._early_events,
            record_of=lambda client_order_id: record_of(self, client_order_id),
            server_time_s=self._time_synchronizer.time,
            notify=lambda text: notify(text, self.logger()),
            on_rules_doubted=lambda: safe_ensure_future(self._update_trading_rules()),
            settings=self._settings,
            logger=self.logger(),
            sleep=self._sleep,
        )
        return PeatioOrderDesk(parts, folder, instance, account_of(self.domain, self._api_key))

    # What it is.

    @property
    def name(self) -> str:
        return self._name

    @property
    def domain(self) -> str:
        """The exchange's URL: what `web_utils` needs to find it."""
        return self._address.site

    @property
    def rest(self) -> PeatioRest:
        if self._rest is None:
            self._rest = PeatioRest(self._web_assistants_factory, self._address, self._remeasure_clock)
        return self._rest

    @property
    def authenticator(self) -> PeatioAuth:
        return PeatioAuth(self._api_key, self._secret_key, self._time_synchronizer)

    @property
    def rate_limits_rules(self) -> list[RateLimit]:
        return CONSTANTS.RATE_LIMITS

    @property
    def client_order_id_max_length(self) -> int:
        return CONSTANTS.CLIENT_ORDER_ID_MAX_LENGTH

    @property
    def client_order_id_prefix(self) -> str:
        return CONSTANTS.CLIENT_ORDER_ID_PREFIX

    @property
    def trading_rules_request_path(self) -> str:
        return CONSTANTS.MARKETS_PATH

    @property
    def trading_pairs_request_path(self) -> str:
        return CONSTANTS.MARKETS_PATH

    @property
    def check_network_request_path(self) -> str:
        return CONSTANTS.TIMESTAMP_PATH

    @property
    def trading_pairs(self) -> list[str]:
        return self._trading_pairs

    @property
    def is_cancel_request_in_exchange_synchronous(self) -> bool:
        return False

    @property
    def is_trading_required(self) -> bool:
        return self._trading_required

    def supported_order_types(self) -> list[OrderType]:
        return [OrderType.LIMIT, OrderType.MARKET]

    # Network.

    @property
    def ready(self) -> bool:
        """Whether all connections stand and the orders of the last run are settled."""
        return bool(super().ready) and self._desk.is_recovered

    async def start_network(self) -> None:
        await super().start_network()
        if self._trading_required:
            self._desk.start()
        if not self._is_version_logged:
            self._is_version_logged = True
            safe_ensure_future(self._log_version())

    async def stop_network(self) -> None:
        self._flow.stop()
        self._desk.stop()
        if self._balance_refresh is not None:
            self._balance_refresh.cancel()
        await super().stop_network()

    def tick(self, timestamp: float) -> None:
        if self._last_timestamp and timestamp - self._last_timestamp > CONSTANTS.MACHINE_SLEPT_S:
            self.logger().warning("This machine stood still for a while; asking the exchange for everything.")
            self.on_private_stream_connected()
        super().tick(timestamp)

    def on_private_stream_connected(self) -> None:
        """Events sent while there was no connection are lost for good, so everything is asked for at once."""
        self._is_poll_due = True
        self._poll_notifier.set()

    async def _status_polling_loop_fetch_updates(self) -> None:
        # The base class forgets a wish that comes during a poll: afterwards it waits on a new event.
        self._is_poll_due = True
        while self._is_poll_due:
            self._is_poll_due = False
            await super()._status_polling_loop_fetch_updates()

    async def ensure_clock(self) -> None:
        """Has the server's time at hand before something is signed outside a REST call."""
        await self._time_synchronizer.update_server_time_if_not_initialized(
            peatio_web_utils.get_current_server_time(throttler=self._throttler, domain=self.domain)
        )

    async def _log_version(self) -> None:
        try:
            version = await self.rest.version()
        except PeatioError as error:
            self.logger().warning(f"{self.domain} did not tell its version: {error}")
            return
        self.logger().info(f"{self.domain} runs Peatio {version}.")

    async def _remeasure_clock(self) -> None:
        """Replaces all samples of the server's clock by a new one: averaged with old ones it would mend nothing."""
        measurements = self._clock_measurements
        async with self._clock_lock:
            if measurements != self._clock_measurements:
                return  # measured by another request while this one waited
            fresh = TimeSynchronizer()
            await fresh.update_server_time_offset_with_time_provider(
                peatio_web_utils.get_current_server_time(throttler=self._throttler, domain=self.domain)
            )
            self._time_synchronizer.clear_time_offset_ms_samples()
            self._time_synchronizer.add_time_offset_ms_sample(fresh.time_offset_ms)
            self._clock_measurements += 1

    def _get_poll_interval(self, timestamp: float) -> float:
        return float(self.LONG_POLL_INTERVAL if self._user_stream_tracker.is_live else self.SHORT_POLL_INTERVAL)

    def _is_request_exception_related_to_time_synchronizer(self, request_exception: Exception) -> bool:
        return isinstance(request_exception, PeatioNonceError)

    def _is_order_not_found_during_status_update_error(self, status_update_exception: Exception) -> bool:
        return isinstance(status_update_exception, PeatioNotFoundError)

    def _is_order_not_found_during_cancelation_error(self, cancelation_exception: Exception) -> bool:
        return isinstance(cancelation_exception, PeatioNotFoundError)

    def _create_web_assistants_factory(self) -> WebAssistantsFactory:
        return peatio_web_utils.build_api_factory(
            throttler=self._throttler,
            time_synchronizer=self._time_synchronizer,
            domain=self.domain,
            auth=self._auth,
        )

    def _create_order_book_data_source(self) -> OrderBookTrackerDataSource:
        return PeatioAPIOrderBookDataSource(
            trading_pairs=self._trading_pairs,
            connector=self,
            api_factory=self._web_assistants_factory,
            domain=self.domain,
        )

    def _create_user_stream_data_source(self) -> UserStreamTrackerDataSource:
        return PeatioAPIUserStreamDataSource(
            auth=self._auth, connector=self, api_factory=self._web_assistants_factory, domain=self.domain
        )

    def _create_user_stream_tracker(self) -> PeatioUserStreamTracker:
        return PeatioUserStreamTracker(data_source=self._create_user_stream_data_source())

    def _create_order_tracker(self) -> PeatioOrderTracker:
        return PeatioOrderTracker(connector=self)

    # Markets, prices, fees.

    async def _make_network_check_request(self) -> None:
        await self.rest.timestamp()

    async def _make_trading_rules_request(self) -> list[Any]:
        return await self.rest.markets()

    async def _make_trading_pairs_request(self) -> list[Any]:
        return await self.rest.markets()

    async def _format_trading_rules(self, exchange_info_dict: list[Any]) -> list[TradingRule]:
        return trading_rules(exchange_info_dict, self.logger())

    def _initialize_trading_pair_symbols_from_exchange_info(self, exchange_info: list[Any]) -> None:
        self._set_trading_pair_symbol_map(symbol_map(exchange_info, self.logger()))

    async def get_last_traded_prices(self, trading_pairs: list[str]) -> dict[str, float]:
        """Prices in quote; NaN for a pair that never traded. Every pair asked for is answered: Hummingbot would ask
        again for a missing one without pause."""
        prices = await self.rest.last_prices()
        symbols = (await self.trading_pair_symbol_map()).inverse
        return {pair: float(prices.get(symbols.get(pair, ""), "nan")) for pair in trading_pairs}

    async def _get_last_traded_price(self, trading_pair: str) -> float:
        return (await self.get_last_traded_prices([trading_pair]))[trading_pair]

    async def _update_trading_fees(self) -> None:
        try:
            rows = await self.rest.trading_fees()
            group = await self._fee_group()
        except PeatioError as error:
            self.logger().warning(f"The exchange's trading fees are not known, estimates stay as they are: {error}")
            return
        for symbol, pair in (await self.trading_pair_symbol_map()).items():
            rates = fee_rates_for(rows, group, symbol)
            if rates is not None:
                self._trading_fees[pair] = rates

    async def _fee_group(self) -> str:
        try:
            return await self.rest.member_group()
        except PeatioRefusedError:
            return "any"  # before 3.1 the exchange does not tell

    def _get_fee(
        self,
        base_currency: str,
        quote_currency: str,
        order_type: OrderType,
        order_side: TradeType,
        amount: Decimal,
        price: Decimal = s_decimal_NaN,
        is_maker: bool | None = None,
    ) -> TradeFeeBase:
        if is_maker is None:
            is_maker = order_type is OrderType.LIMIT_MAKER
        rates: PeatioFeeRates | None = self._trading_fees.get(f"{base_currency}-{quote_currency}")
        if rates is None:
            return build_trade_fee(
                self.name, is_maker, base_currency, quote_currency, order_type, order_side, amount, price
            )
        return TradeFeeBase.new_spot_fee(
            fee_schema=self.trade_fee_schema(),
            trade_type=order_side,
            percent=rates.maker if is_maker else rates.taker,
        )

    # Balances.

    async def _update_balances(self) -> None:
        requested_at_s = self._time()
        rows = await self.rest.balances()
        self._balances.snapshot(rows, requested_at_s, self._time())
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

    def start_tracking_order(
        self,
        order_id: str,
        exchange_order_id: str | None,
        trading_pair: str,
        trade_type: TradeType,
        price: Decimal | None,
        amount: Decimal,
        order_type: OrderType,
        **kwargs: Any,
    ) -> None:
        self._order_tracker.start_tracking_order(
            PeatioInFlightOrder(
                client_order_id=order_id,
                exchange_order_id=exchange_order_id,
                trading_pair=trading_pair,
                order_type=order_type,
                trade_type=trade_type,
                amount=amount,
                price=price,
                creation_timestamp=self.current_timestamp,
            )
        )

    async def _create_order(
        self,
        trade_type: TradeType,
        order_id: str,
        trading_pair: str,
        amount: Decimal,
        order_type: OrderType,
        price: Decimal | None = None,
        **kwargs: Any,
    ) -> None:
        """As the base class, but no order ends without a word: what breaks before the sending fails it."""
        has_price = price is not None and price.is_finite()
        if order_type is OrderType.MARKET and not has_price and trading_pair in self.order_books:
            # The base class multiplies with it, and the best bid it would take itself may be missing.
            price = self.get_price(trading_pair, trade_type is TradeType.BUY)
        try:
            await super()._create_order(trade_type, order_id, trading_pair, amount, order_type, price, **kwargs)
        except (ArithmeticError, LookupError, ValueError) as error:
            if self._order_tracker.fetch_order(order_id) is None:
                self.start_tracking_order(order_id, None, trading_pair, trade_type, price, amount, order_type)
            reason = PeatioPlacingError(
                f"No order can be made of {amount} {trading_pair} at {price}: {error!r}. "
                "Is the market open at the exchange and its book not empty?"
            )
            self._on_order_failure(order_id, trading_pair, amount, trade_type, order_type, price, reason)

    async def _place_order_and_process_update(self, order: InFlightOrder, **kwargs: Any) -> str:
        with self._early_events.during_create():
            exchange_order_id: str = await super()._place_order_and_process_update(order, **kwargs)
            for event in self._early_events.take(exchange_order_id):
                self._flow.on_event(event)
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
        said = await self._desk.place(order, await self.exchange_symbol_associated_to_pair(trading_pair))
        if order_type is OrderType.MARKET:
            self._flow.follow_to_end(order)
        return said.order_id, said.created_at_s

    def _refuse_self_trade(self, order: PeatioInFlightOrder) -> None:
        own = crossed_order(order, self.in_flight_orders.values(), self.order_books.get(order.trading_pair))
        if own is not None:
            raise PeatioPlacingError(
                f"The order would match our own {own.client_order_id} at {own.price}, and Peatio would let it."
            )

    async def cancel_all(self, timeout_seconds: float) -> list[CancellationResult]:
        """Cancels every open order of this connector and waits until they have ended; see `PeatioCanceller`."""
        orders = [order for order in self.in_flight_orders.values() if not order.is_done]
        return await self._canceller.cancel_all(orders, timeout_seconds)

    async def _place_cancel(self, order_id: str, tracked_order: PeatioInFlightOrder) -> bool:
        await self._canceller.cancel(tracked_order)
        return True

    async def _user_stream_event_listener(self) -> None:
        async for message in self._iter_user_event_queue():
            try:
                for event in private_events(message):
                    self._flow.on_event(event)
                balances = pushed_balances(message)
                if balances:
                    self._balances.pushed(balances)
                    self._publish_balances()
            except Exception:
                self.logger().exception("Unexpected error in user stream listener loop.")

    async def _update_order_status(self) -> None:
        await self._reconciler.poll()
        await self._desk.poll()

    async def _request_order_status(self, tracked_order: PeatioInFlightOrder) -> OrderUpdate:
        return self._flow.update_of(tracked_order, await self._flow.fetch(tracked_order))

    async def _all_trade_updates_for_order(self, order: PeatioInFlightOrder) -> list[TradeUpdate]:
        said = await self._flow.fetch(order)
        order.fee_rates = said.fee_rates
        fills = [fill_of(order, trade) for trade in said.trades]
        return [fill for fill in fills if fill is not None]
