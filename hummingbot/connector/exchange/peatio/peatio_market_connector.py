"""Market-data half of the connector: the exchange's clock, markets, prices, order books and fees."""

import asyncio
import time
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any

from bidict import bidict
from hummingbot.connector.constants import s_decimal_NaN
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio import peatio_web_utils
from hummingbot.connector.exchange.peatio.account.budget_checker import FeeBudgetChecker
from hummingbot.connector.exchange.peatio.account.fees import TradingFees
from hummingbot.connector.exchange.peatio.common.errors import ConfigError, NonceError, PeatioError, RateLimitError
from hummingbot.connector.exchange.peatio.common.instruments import symbol_map, trading_rules
from hummingbot.connector.exchange.peatio.common.messages import FeeRates
from hummingbot.connector.exchange.peatio.common.retry import Backoff, OnceLogger, Outage, keep_up
from hummingbot.connector.exchange.peatio.common.tasks import Tasks
from hummingbot.connector.exchange.peatio.http.assistants import make_factory
from hummingbot.connector.exchange.peatio.http.client import RestClient
from hummingbot.connector.exchange.peatio.http.clock import AveragedTime, ExchangeClock
from hummingbot.connector.exchange.peatio.http.create_gate import CreateGate
from hummingbot.connector.exchange.peatio.http.jwt_auth import JwtAuth, MissingLogin
from hummingbot.connector.exchange.peatio.http.throttler import RequestThrottler
from hummingbot.connector.exchange.peatio.order_books.tracker import BookEvents, BookTracker
from hummingbot.connector.exchange.peatio.peatio_api_order_book_data_source import PeatioAPIOrderBookDataSource
from hummingbot.connector.exchange.peatio.peatio_auth import PeatioAuth, PeatioLogin
from hummingbot.connector.exchange.peatio.peatio_order_book import PeatioOrderBook
from hummingbot.connector.exchange.peatio.peatio_utils import fee_schema_of
from hummingbot.connector.exchange.peatio.settings.api_keys import usable_key
from hummingbot.connector.exchange.peatio.settings.exchanges import Venue, venue_named
from hummingbot.connector.exchange.peatio.settings.hummingbot_host import isolate_handlers
from hummingbot.connector.exchange_py_base import ExchangePyBase
from hummingbot.connector.trading_rule import TradingRule
from hummingbot.core.api_throttler.data_types import RateLimit
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.order_book_tracker_data_source import OrderBookTrackerDataSource
from hummingbot.core.data_type.trade_fee import TradeFeeBase
from hummingbot.core.network_iterator import NetworkStatus
from hummingbot.core.utils.estimate_fee import build_trade_fee
from hummingbot.core.web_assistant.web_assistants_factory import WebAssistantsFactory


class PeatioMarketConnector(ExchangePyBase):
    """All that an instance for price look-ups needs; `PeatioExchange` adds orders and balances."""

    web_utils = peatio_web_utils

    def __init__(
        self,
        api_key: str,
        secret_key: str,
        exchange_domain: str,
        balance_asset_limit: dict[str, dict[str, Decimal]] | None,
        rate_limits_share_pct: Decimal,
        trading_pairs: list[str],
        trading_required: bool,
        name: str,
    ) -> None:
        """:raises ConfigError: when the domain or a key cannot be used, or there is no exchange `name`"""
        self._api_key = usable_key(api_key, "key", name)
        self._secret_key = usable_key(secret_key, "secret", name)
        self._name = name
        self._venue = venue_named(name, exchange_domain)
        self._address = self._venue.address
        self._trading_pairs = trading_pairs
        self._pairs: Mapping[str, str] = {}
        self._trading_required = trading_required
        #: What needs the network; ended when it is down.
        self._network_tasks = Tasks(self.logger())
        super().__init__(balance_asset_limit, rate_limits_share_pct)
        self._set_order_book_tracker(
            BookTracker(self._orderbook_ds, self._trading_pairs, self.domain, self._book_events(), self.logger())
        )
        for part in (self, self._order_tracker, self.order_book_tracker, self._orderbook_ds, self._user_stream_tracker):
            isolate_handlers(part.logger())
        self._own_budget_checker = FeeBudgetChecker(self)
        self._fees = TradingFees(self.trading_pair_symbol_map, self.logger(), self._sleep, trading_required)
        self._fee_refresh: asyncio.Task[None] | None = None
        self.check_network_timeout = CONSTANTS.NETWORK_CHECK_TIMEOUT_S
        self._is_reachable = True
        #: Followed markets that the exchange's list does not have.
        self._closed_pairs: set[str] = set()
        self._symbols: bidict[str, str] = bidict()
        self._log_once = OnceLogger(self.logger())
        self._rules_wanted = asyncio.Event()
        self._rules_outage = Outage("The list of markets", time.monotonic, self.logger())
        self.known_version = ""
        self._version_lock = asyncio.Lock()

    def _book_events(self) -> BookEvents | None:
        """Who acts on what happens to the books."""
        return None

    # What it is.

    @property
    def name(self) -> str:
        return self._name

    @property
    def domain(self) -> str:
        """The exchange for Hummingbot's functions in `web_utils`: the connector's name; the URL for plain `peatio`."""
        return self.site if self.name == CONSTANTS.EXCHANGE_NAME else self.name

    @property
    def venue(self) -> Venue:
        """Address, login, dialect and limits of the exchange."""
        return self._venue

    @property
    def site(self) -> str:
        """The exchange's URL."""
        return self._address.site

    @property
    def _login_name(self) -> str:
        """What identifies the account at the exchange: the API key, or the token's user id. Not a secret."""
        return self._api_key if self._venue.jwt is None else self._venue.jwt.uid

    @cached_property
    def rest(self) -> RestClient:
        return RestClient(
            self._web_assistants_factory, self._address, self.exchange_clock.remeasure, dialect=self._venue.dialect
        )

    @property
    def authenticator(self) -> PeatioLogin:
        exchange_time = AveragedTime(self._time_synchronizer)
        if self._venue.jwt is not None:
            try:
                return JwtAuth(self._venue.jwt, exchange_time.time)
            except ConfigError as error:
                if self._trading_required:
                    raise
                return MissingLogin(str(error))  # paper trade and rates need none
        return PeatioAuth(self._api_key, self._secret_key, exchange_time)

    @property
    def rate_limits_rules(self) -> list[RateLimit]:
        return self._venue.rate_limits

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
        return list(CONSTANTS.ORDER_TYPES)

    @property
    def status_dict(self) -> dict[str, bool]:
        """As the base class, and a line for each book that is fed from REST depth."""
        status: dict[str, bool] = super().status_dict
        fed = self.order_book_tracker.rest_fed_reasons
        return status | {f"{pair} is fed from REST depth: resting limit orders only": True for pair in fed}

    @property
    def budget_checker(self) -> FeeBudgetChecker:
        return self._own_budget_checker

    # Network.

    async def start_network(self) -> None:
        await super().start_network()
        for task in (
            self._trading_rules_polling_task,
            self._trading_fees_polling_task,
            self._status_polling_task,
            self._user_stream_tracker_task,
            self._user_stream_event_listener_task,
            self._lost_orders_update_task,
        ):
            if task is not None:
                self._network_tasks.adopt(task)
        if not self._trading_required:
            # The base class asks for the markets of a trading connector only.
            self._network_tasks.start(self._trading_rules_polling_loop(), "list of markets")
        self._network_tasks.start(self._learn_version(), "version of the exchange")

    async def stop_network(self) -> None:
        """Returns when no task of the network runs any more."""
        await super().stop_network()
        await self._network_tasks.stop()
        await self.order_book_tracker.tasks.stop()

    async def version(self) -> str:
        """The server's version, requested until one answer has it; "" while it is not known."""
        async with self._version_lock:
            if not self.known_version:
                try:
                    self.known_version = await self.rest.version()
                except PeatioError as error:
                    self._log_once.warning(f"{self.site} did not answer with its version: {error}")
                else:
                    self.logger().info(f"{self.site} runs Peatio {self.known_version}.")
        return self.known_version

    async def _learn_version(self) -> None:
        backoff = Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.BACKOFF_MAXIMUM_S)
        while not await self.version():
            await self._sleep(backoff.next_s())

    async def _update_time_synchronizer(self, pass_on_non_cancelled_error: bool = False) -> None:
        """As the base class, which writes a traceback at every poll of an outage. Never fails: old samples go on."""
        await self.exchange_clock.refresh()

    def _is_request_exception_related_to_time_synchronizer(self, request_exception: Exception) -> bool:
        return isinstance(request_exception, NonceError)

    def _create_web_assistants_factory(self) -> WebAssistantsFactory:
        # The base class has just made its own and asks here first for something that uses it.
        self._throttler: RequestThrottler = RequestThrottler(self.rate_limits_rules, self._throttler.limits_pct * 100)
        self.exchange_clock = ExchangeClock(self._venue, self._time_synchronizer, self._throttler, self.logger())
        return make_factory(self._venue, self._throttler, self._auth, [self.exchange_clock, CreateGate()])

    def _create_order_book_data_source(self) -> OrderBookTrackerDataSource:
        return PeatioAPIOrderBookDataSource(
            trading_pairs=self._trading_pairs,
            connector=self,
            api_factory=self._web_assistants_factory,
            address=self._address,
        )

    # Markets, prices, fees.

    async def check_network(self) -> NetworkStatus:
        """Not connected only while neither a stream nor REST answers: Hummingbot then ends streams and books."""
        if self.order_book_tracker.is_connected or self._user_stream_tracker.is_live:
            return NetworkStatus.CONNECTED
        if self._throttler.held_s(CONSTANTS.CHECK_LIMIT_ID):
            # The last check was answered with the time for the next one.
            return NetworkStatus.CONNECTED if self._is_reachable else NetworkStatus.NOT_CONNECTED
        try:
            await self.rest.timestamp()
        except RateLimitError:
            pass  # an answer
        except PeatioError as error:
            if self._is_reachable:
                self.logger().warning(
                    f"{self.site} answers neither on its websocket nor over REST. Order books are empty until it does. "
                    f"{error}"
                )
            self._is_reachable = False
            return NetworkStatus.NOT_CONNECTED
        self._is_reachable = True
        return NetworkStatus.CONNECTED

    async def _make_trading_rules_request(self) -> list[Any]:
        return await self.rest.markets()

    async def _trading_rules_polling_loop(self) -> None:
        """As the base class, and soon again after a failure, while a followed market is closed, or when asked for."""
        await keep_up(self._update_trading_rules, self._until_rules_s, self._rules_wanted, self._rules_outage)

    async def _initialize_trading_pair_symbol_map(self) -> None:
        """Symbols and rules from one list: a market has both or neither. No traceback at each request of an outage."""
        with self._rules_outage:
            await self._update_trading_rules()

    def _until_rules_s(self) -> float:
        return CONSTANTS.CLOSED_MARKET_CHECK_S if self._closed_pairs else float(self.TRADING_RULES_INTERVAL)

    async def _format_trading_rules(self, exchange_info_dict: list[Any]) -> list[TradingRule]:
        """A followed market that is closed keeps its last rule: strategies ask for it at each tick."""
        rules = {rule.trading_pair: rule for rule in trading_rules(exchange_info_dict, self._log_once)}
        known = {pair: self._trading_rules[pair] for pair in self._trading_pairs if pair in self._trading_rules}
        return list((known | rules).values())

    def _initialize_trading_pair_symbols_from_exchange_info(self, exchange_info: list[Any]) -> None:
        """A followed market that is closed keeps its symbol: its orders are still open."""
        symbols = symbol_map(exchange_info, self._log_once)
        closed = {pair for pair in self._trading_pairs if pair not in symbols.inverse}
        for symbol, pair in self._symbols.items():
            if pair in closed and symbol not in symbols:
                symbols[symbol] = pair
        self._symbols = symbols
        self._set_trading_pair_symbol_map(symbols)
        for pair in closed - self._closed_pairs:
            self.logger().warning(
                f"{pair} is not open at {self.site}. It is asked for every {CONSTANTS.CLOSED_MARKET_CHECK_S:g} s."
            )
        for pair in (self._closed_pairs - closed).intersection(self._trading_pairs):
            self.logger().info(f"{pair} is open again at {self.site}.")
        self._closed_pairs = closed

    def _set_trading_pair_symbol_map(self, trading_pair_and_symbol_map: "bidict[str, str] | None") -> None:
        super()._set_trading_pair_symbol_map(trading_pair_and_symbol_map)
        self._pairs = trading_pair_and_symbol_map or {}
        self._fees.on_markets(self._pairs)

    def pair_of(self, market: str) -> str | None:
        """The trading pair of Peatio's symbol of a market, None where it is not known."""
        return self._pairs.get(market)

    async def get_last_traded_prices(self, trading_pairs: list[str]) -> dict[str, float]:
        """Prices in quote; NaN for a pair that never traded. Every pair asked for is answered: Hummingbot would ask
        again for a missing one without pause."""
        prices = await self.rest.last_prices()
        symbols = (await self.trading_pair_symbol_map()).inverse
        return {pair: float(prices.get(symbols.get(pair, ""), "nan")) for pair in trading_pairs}

    async def get_all_pairs_prices(self) -> list[dict[str, str]]:
        """One row for each market that has a price: `symbol`, `price`, `base_volume` and `quote_volume` of the last 24
        hours; `quote_volume` is "" where the exchange does not report it (before 2.4)."""
        return [
            {
                "symbol": symbol,
                "price": f"{ticker.price:f}",
                "base_volume": f"{ticker.base_volume:f}",
                "quote_volume": "" if ticker.quote_volume is None else f"{ticker.quote_volume:f}",
            }
            for symbol, ticker in (await self.rest.tickers()).items()
            if ticker.price is not None
        ]

    async def _get_last_traded_price(self, trading_pair: str) -> float:
        return (await self.get_last_traded_prices([trading_pair]))[trading_pair]

    async def _update_trading_fees(self) -> None:
        await self._fees.refresh(self.rest)
        self._publish_fees()

    async def on_books_connected(self) -> None:
        """Paper trade starts the books alone, without the polls of this connector, and charges what is estimated."""
        if self._orderbook_ds.order_book_create_function is PeatioOrderBook:
            return
        try:
            await self._fees.learn_once(self.rest)
        except PeatioError as error:
            self._log_once.warning(f"Paper trade charges an estimated fee: that of {self.site} is not known. {error}")
        else:
            self._publish_fees()

    def _learn_fees(self, trading_pair: str, rates: FeeRates | None) -> None:
        """The rates of an order that was just created; where they are new, group and table are requested again."""
        if self._fees.learn(trading_pair, rates):
            self._publish_fees()
            if self._fee_refresh is None or self._fee_refresh.done():
                self._fee_refresh = self._network_tasks.start(self._update_trading_fees(), "refresh of the fees")

    def _publish_fees(self) -> None:
        schema = fee_schema_of(self.name)
        if schema is not None:
            self._fees.publish(self._trading_pairs, schema)

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
        rates = self._fees.rates(f"{base_currency}-{quote_currency}")
        if rates is None:
            return build_trade_fee(
                self.name, is_maker, base_currency, quote_currency, order_type, order_side, amount, price
            )
        return TradeFeeBase.new_spot_fee(
            fee_schema=self.trade_fee_schema(),
            trade_type=order_side,
            percent=rates.maker if is_maker else rates.taker,
        )
