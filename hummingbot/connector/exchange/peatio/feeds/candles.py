"""Hummingbot's candle feed for Peatio: history from k-line, the open candle from the kline stream.

REST overrides the stream: the stream sends only the newest candle, so it may miss the last trades of a period, and some
servers send nothing in a period without trades (docs/reference/candles.md).
"""

import asyncio
import logging
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import ConfigError, MessageError
from hummingbot.connector.exchange.peatio.common.market_data import (
    PERIODS,
    Candle,
    candles_of,
    parse_candle,
    streamed_candle_rows,
    without_gaps,
)
from hummingbot.connector.exchange.peatio.common.retry import Outage, SayOnce, keep_up
from hummingbot.connector.exchange.peatio.feeds.candle_series import CandleSeries, rows_of
from hummingbot.connector.exchange.peatio.feeds.public_client import PublicClient
from hummingbot.connector.exchange.peatio.http.rows import Rows
from hummingbot.connector.exchange.peatio.websocket.client import RangerConnection
from hummingbot.connector.exchange.peatio.websocket.public import open_public_socket
from hummingbot.connector.exchange.peatio.websocket.sockets import Socket
from hummingbot.core.network_iterator import NetworkStatus
from hummingbot.data_feed.candles_feed.candles_base import CandlesBase
from hummingbot.data_feed.candles_feed.candles_factory import CandlesFactory

if TYPE_CHECKING:
    from hummingbot.connector.exchange.peatio.peatio_market_connector import PeatioMarketConnector


class CandleFeed(CandlesBase):
    """The candles of one market.

    :param trading_pair: as Hummingbot writes it (BTC-USD)
    :param interval: one of `PERIODS`
    :param max_records: how many candles the feed keeps; it is ready once it has so many
    :raises ConfigError: when Peatio has no candles of that interval
    """

    exchange_name = CONSTANTS.EXCHANGE_NAME

    @classmethod
    def logger(cls) -> logging.Logger:
        return logging.getLogger(__name__)

    def __init__(self, trading_pair: str, interval: str = "1m", max_records: int = 150) -> None:
        if interval not in PERIODS:
            raise ConfigError(
                f"{self.exchange_name} has no candles of {interval!r}: the interval is one of {', '.join(PERIODS)}."
            )
        self._access: PublicClient | PeatioMarketConnector = PublicClient(self.exchange_name, self.logger())
        super().__init__(trading_pair, interval, max_records)
        self._api_factory = self._access.factory
        self._check_network_interval = CONSTANTS.CANDLES_CHECK_PERIOD_S
        self._network_error_wait_time = CONSTANTS.CANDLES_CHECK_PERIOD_S
        self._series = CandleSeries(self._candles, self.interval_in_seconds)
        self._connection = RangerConnection(
            connect=self._open_socket,
            on_message=self._on_message,
            on_connected=self._on_connected,
            on_lost=self._on_lost,
            logger=self.logger(),
            sleep=self._sleep,
        )
        self._wake = asyncio.Event()
        self._outage = Outage(f"The candles of {self.name}", self._time, self.logger())
        self._received_s = -math.inf
        self._shortage = SayOnce(self._time)
        self._rows = Rows(self.logger())

    # Hummingbot's questions about the feed.

    @property
    def name(self) -> str:
        return f"{self.exchange_name}_{self._trading_pair}"

    @property
    def intervals(self) -> Mapping[str, int]:
        return PERIODS

    @property
    def rate_limits(self) -> list[Any]:
        return self._access.venue.rate_limits

    @property
    def rest_url(self) -> str:
        return self._access.venue.address.rest_url("")

    @property
    def wss_url(self) -> str:
        return self._access.venue.address.websocket_url("public")

    @property
    def health_check_url(self) -> str:
        return self._access.venue.address.rest_url(CONSTANTS.TIMESTAMP_PATH)

    @property
    def candles_endpoint(self) -> str:
        return CONSTANTS.K_LINE_PATH.format(market=self._ex_trading_pair)

    @property
    def candles_url(self) -> str:
        return self._access.venue.address.rest_url(self.candles_endpoint)

    @property
    def candles_max_result_per_rest_request(self) -> int:
        return CONSTANTS.CANDLES_A_REQUEST

    @property
    def ready(self) -> bool:
        """Whether the feed has `max_records` candles and has lately received one."""
        return bool(super().ready) and self._time() - self._received_s < CONSTANTS.CANDLES_STALE_S

    def get_exchange_trading_pair(self, trading_pair: str) -> str:
        """A guess that is right for most exchanges; the symbol from the market list replaces it before a request."""
        return trading_pair.replace("-", "").lower()

    def attach_connector(self, connector: "PeatioMarketConnector") -> None:
        """Uses the connector's address, connections, limits and symbols from now on."""
        self._access = connector
        self._api_factory = connector._web_assistants_factory
        self._connector = connector

    async def _resolve_exchange_symbol(self) -> str:
        """
        :raises PeatioError: when the exchange does not answer, or has no such market
        """
        if self._connector is not None:
            symbols = (await self._connector.trading_pair_symbol_map()).inverse
            if not self._connector.trading_pair_symbol_map_ready():
                raise MessageError(f"{self.exchange_name} did not send its list of markets.")
        else:
            symbols = (await self._access.symbol_map()).inverse
        if self._trading_pair not in symbols:
            raise ConfigError(f"{self.exchange_name} has no open market for {self._trading_pair}.")
        return str(symbols[self._trading_pair])

    # Network.

    async def check_network(self) -> NetworkStatus:
        """Called until the feed runs; a running feed recovers from outages by itself."""
        if self._listen_candles_task is None or self._listen_candles_task.done():
            with self._outage:
                await self.initialize_exchange_data()
            if self._outage.is_on:
                return NetworkStatus.NOT_CONNECTED
        return NetworkStatus.CONNECTED

    async def listen_for_subscriptions(self) -> None:
        """Keeps the candles up to date until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._connection.run())
            tasks.create_task(keep_up(self._refresh, self._until_refresh_s, self._wake, self._outage))

    async def _open_socket(self) -> Socket:
        return await open_public_socket(self._api_factory, self._access.venue.address)

    @property
    def _stream(self) -> str:
        return f"{self._ex_trading_pair}.{CONSTANTS.KLINE_STREAM.format(interval=self.interval)}"

    async def _on_connected(self) -> None:
        await self._connection.subscribe([self._stream])
        self._wake.set()

    def _on_lost(self) -> None:
        self._wake.set()

    def _on_message(self, message: Mapping[str, Any]) -> None:
        if self._stream not in message:
            return
        rows = streamed_candle_rows(message[self._stream])
        candles = candles_of(self._rows.read(parse_candle, rows, self._stream))
        if not self._candles or not candles:
            return  # the history is loaded first
        now_s = self._now_s()
        # What lay in the socket while this machine stood still is no word of now.
        if candles[-1].start_s + self.interval_in_seconds > now_s - CONSTANTS.CANDLES_STALE_S:
            self._received_s = self._time()
        for candle in candles:
            self._series.take(candle, now_s)

    # History.

    def _until_refresh_s(self) -> float:
        """Seconds to the next refresh: no later than when the exchange has stored the candle that closes next."""
        has_stream = self._stream in self._connection.streams
        period_s = CONSTANTS.CANDLES_REFRESH_S if has_stream else CONSTANTS.CANDLES_REFRESH_WITHOUT_STREAM_S
        interval_s: int = self.interval_in_seconds
        into_candle_s = (self._now_s() - CONSTANTS.CANDLE_SETTLED_S) % interval_s
        until_known_s = CONSTANTS.CANDLE_SETTLED_S if self._series.is_doubtful else math.inf
        return min(period_s, interval_s - into_candle_s, until_known_s)

    async def _refresh(self) -> None:
        """Fetches what may have changed since the last refresh, or everything where that was too long ago."""
        now_s = self._now_s()
        interval_s = self.interval_in_seconds
        oldest_s = now_s - self.max_records * interval_s
        newest_s = self._series.newest_s
        if newest_s is not None and newest_s > oldest_s:
            recent_s = newest_s - CONSTANTS.CANDLES_OVERLAP * interval_s
            candles = await self._access.rest.candles(self._ex_trading_pair, self._period_min, recent_s, int(now_s))
        else:
            self._candles.clear()
            candles = await self._load(int(oldest_s), int(now_s))
        self._series.merge(candles, now_s)
        self._received_s = self._time()
        if len(self._candles) < self.max_records:
            self._report_shortage()

    async def _load(self, from_s: int, to_s: int) -> list[Candle]:
        """The candles that begin between two times, without gaps, from the market's first trade on.

        :raises PeatioError: when there is no answer
        """
        interval_s = self.interval_in_seconds
        candles: list[Candle] = []
        span_s = (self.candles_max_result_per_rest_request - 1) * interval_s
        for start_s in range(from_s, to_s + 1, span_s + interval_s):
            end_s = min(start_s + span_s, to_s)
            candles += await self._access.rest.candles(self._ex_trading_pair, self._period_min, start_s, end_s)
        if not candles or candles[0].start_s - interval_s >= from_s:
            candles = [*await self._before(from_s), *candles]
        return [candle for candle in without_gaps(candles, interval_s, to_s) if candle.start_s >= from_s]

    async def _before(self, from_s: int) -> Sequence[Candle]:
        """A flat candle just before `from_s` at the last price; none where nobody had traded yet."""
        rest, symbol = self._access.rest, self._ex_trading_pair
        earlier = await rest.candles(symbol, self._period_min, time_to_s=from_s - 1, limit=1)
        if not earlier:
            return []
        last = earlier[-1]
        steps = (from_s - 1 - last.start_s) // self.interval_in_seconds
        start_s = last.start_s + steps * self.interval_in_seconds
        return [Candle(start_s, last.close, last.close, last.close, last.close, 0.0)]

    async def fetch_candles(
        self, start_time: int | None = None, end_time: int | None = None, limit: int | None = None
    ) -> Any:
        """As the base class: rows that begin between two times (epoch seconds), or `limit` of them from or up to one.

        :raises PeatioError: when there is no answer
        """
        if start_time is None and end_time is None:
            raise ValueError("Either the start time or end time must be specified.")
        await self.initialize_exchange_data()
        most = self.candles_max_result_per_rest_request
        span_s = self.interval_in_seconds * max(min(limit or most, most), 1)
        from_s = int(end_time - span_s if end_time is not None else start_time or 0)
        to_s = int(end_time if end_time is not None else from_s + span_s)
        return rows_of(await self._load(from_s, min(to_s, int(self._now_s()))))

    @property
    def _period_min(self) -> int:
        return PERIODS[self.interval]

    @staticmethod
    def _time() -> float:
        return time.time()

    def _now_s(self) -> float:
        """The exchange's time; this machine's where there is no connector that measured it."""
        if self._connector is not None:
            return float(self._connector._time_synchronizer.time())
        return self._time()

    def _report_shortage(self) -> None:
        if self._shortage.is_due():
            self.logger().warning(
                f"{self.name} has {len(self._candles)} candles of {self.interval} and needs {self.max_records}: nobody "
                "traded there earlier. The feed is ready when there are enough; to start at once, request fewer."
            )


def register_candles(names: Iterable[str]) -> None:
    """Adds a feed for each of these connectors to Hummingbot's factory.

    :param names: `peatio`, and those of the exchanges named in `conf/peatio.yml`
    """
    for name in names:
        feed = type(f"PeatioCandlesOf_{name}", (CandleFeed,), {"exchange_name": name, "__module__": __name__})
        CandlesFactory._candles_map[name] = feed
