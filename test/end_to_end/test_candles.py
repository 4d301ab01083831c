"""The candle feed on the sandbox: every period, the stream, holes, old servers, and a controller that trades by it."""

import asyncio
import math
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.common.market_data import PERIODS
from hummingbot.connector.exchange.peatio.feeds.candles import CandleFeed, register_candles
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.connector.exchange.peatio.settings.exchanges import NAMED_EXCHANGES, load_named_exchanges
from hummingbot.core.data_type.common import TradeType
from hummingbot.data_feed.candles_feed.candles_factory import CandlesFactory
from hummingbot.data_feed.candles_feed.data_types import CandlesConfig, HistoricalCandlesConfig
from hummingbot.data_feed.market_data_provider import MarketDataProvider
from hummingbot.strategy_v2.controllers.directional_trading_controller_base import (
    DirectionalTradingControllerBase,
    DirectionalTradingControllerConfigBase,
)
from hummingbot.strategy_v2.models.executor_actions import CreateExecutorAction

from peatio_sandbox import FaultKind, Latencies, Sandbox, SandboxConfig
from peatio_sandbox.dialects.catalog import DIALECTS
from peatio_sandbox.exchange.clock import Clock
from peatio_sandbox.exchange.market_data import Statistics
from peatio_sandbox.exchange.scheduler import Delay
from test.end_to_end.support import person, running_bot
from test.patience import eventually

MINUTE_S, DAY_S = 60, 86_400
# In the middle of a minute, and of every longer period but none's end is near.
NOW_S = 1_800_000_000 // 604_800 * 604_800 + 3 * DAY_S + 5 * 3600 + 7 * MINUTE_S + 20

K_LINE_ROUTE = "/api/v2/peatio/public/markets/{market}/k-line"
MARKETS_ROUTE = "/api/v2/peatio/public/markets"


AT_ONCE = Latencies(candles=Delay(0.0, 0.0))


class Wall:
    """A clock for exchange and feed that goes only when told."""

    def __init__(self) -> None:
        self.now_s = float(NOW_S)

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    clock = Wall()
    monkeypatch.setattr(CandleFeed, "_time", staticmethod(clock))
    monkeypatch.setattr(CONSTANTS, "CANDLES_REFRESH_S", 0.3)
    monkeypatch.setattr(CONSTANTS, "CANDLES_REFRESH_WITHOUT_STREAM_S", 0.3)
    return clock


@asynccontextmanager
async def exchange_at(
    wall: Wall, dialect: str = "peatio-3.1", latencies: Latencies = AT_ONCE
) -> AsyncIterator[Sandbox]:
    config = SandboxConfig(seed=11, dialect=dialect, ticker_period_s=0.1, latencies=latencies)
    async with Sandbox(config, clock=Clock(wall)) as exchange:
        yield exchange
    assert exchange.handler_errors == []


def traded(exchange: Sandbox, at_s: float, price: str, amount: str = "0.5") -> None:
    """A trade of the past enters the statistics."""
    trade = SimpleNamespace(
        market="btcusd",
        price=Decimal(price),
        amount=Decimal(amount),
        total=Decimal(price) * Decimal(amount),
        created_at_s=at_s,
    )
    exchange._statistics.add(trade)  # type: ignore[arg-type]


def a_month_of_trades(exchange: Sandbox) -> None:
    """Trades with quiet hours between them, the last ones a few minutes ago."""
    chance = random.Random(5)
    times = sorted(NOW_S - 200 - chance.expovariate(1 / (5 * DAY_S)) for _ in range(400))
    for at_s in [NOW_S - 100 * DAY_S, *times]:
        traded(exchange, at_s, f"{30000 + chance.randrange(-500, 500)}", f"0.{chance.randrange(1, 99):02}")


@asynccontextmanager
async def running(feed: Any) -> AsyncIterator[Any]:
    feed.start()
    try:
        yield feed
    finally:
        feed.stop()
        await feed.stop_network()
        await feed._api_factory.close()


def feed_of(exchange: Sandbox, monkeypatch: pytest.MonkeyPatch, interval: str, records: int) -> Any:
    """As Hummingbot makes it, of the exchange that `connect peatio` would have stored."""
    monkeypatch.setattr(
        "hummingbot.connector.exchange.peatio.settings.exchanges.connected_domain", lambda: exchange.url
    )
    config = CandlesConfig(connector="peatio", trading_pair="BTC-USD", interval=interval, max_records=records)
    return CandlesFactory.get_candle(config)


async def ready(feed: Any) -> None:
    await eventually(lambda: feed.ready, f"the feed of {feed.interval}")


def rows(feed: Any) -> list[list[float]]:
    """What strategies see of the first six columns."""
    return [list(map(float, row)) for row in feed.candles_df.iloc[:, :6].to_numpy()]


async def k_line(exchange: Sandbox, interval: str, records: int) -> list[list[float]]:
    """What REST says, asked without any of the connector's code."""
    seconds = PERIODS[interval] * MINUTE_S
    now_s = int(exchange.clock.now_s())
    url = f"{exchange.url}/api/v2/peatio/public/markets/btcusd/k-line?period={PERIODS[interval]}"
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{url}&time_from={now_s - (records + 1) * seconds}&time_to={now_s}") as response:
            answer = await response.json()
    return [list(map(float, row)) for row in answer][-records:]


async def test_every_period_holds_what_rest_says(wall: Wall, monkeypatch: pytest.MonkeyPatch) -> None:
    async with exchange_at(wall) as exchange:
        a_month_of_trades(exchange)
        for interval in PERIODS:
            records = 1500 if interval == "1m" else 12
            async with running(feed_of(exchange, monkeypatch, interval, records)) as feed:
                await ready(feed)
                assert rows(feed) == await k_line(exchange, interval, records)
                assert len(rows(feed)) == records


async def test_the_stream_carries_the_open_candle_and_rest_closes_it(
    wall: Wall, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with exchange_at(wall) as exchange:
        a_month_of_trades(exchange)
        monkeypatch.setattr(CONSTANTS, "CANDLES_REFRESH_S", 3600)
        monkeypatch.setattr(CONSTANTS, "CANDLE_SETTLED_S", -3600)
        async with running(feed_of(exchange, monkeypatch, "1m", 20)) as feed:
            await eventually(lambda: feed.ready and feed._connection.streams)
            traded(exchange, wall.now_s, "31234", "0.25")
            await eventually(lambda: rows(feed)[-1][4:] == [31234, 0.25], "the trade in the open candle")

            wall.now_s += MINUTE_S
            traded(exchange, wall.now_s, "31300", "0.75")
            await eventually(lambda: rows(feed)[-1][1:] == [31300, 31300, 31300, 31300, 0.75], "the next candle")
            assert rows(feed)[-2][4:] == [31234, 0.25]
            # A last trade of the closed candle, which the stream does not tell any more.
            traded(exchange, wall.now_s - 30, "31250", "0.5")
            monkeypatch.setattr(CONSTANTS, "CANDLES_REFRESH_S", 0.3)
            feed._wake.set()
            await eventually(lambda: rows(feed)[-2][4:] == [31250, 0.75], "the closed candle is right")
            assert rows(feed) == await k_line(exchange, "1m", 20)


async def test_a_minutes_turn_takes_no_volume_from_a_closed_candle(
    wall: Wall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a second or two k-line has the last candles flat and without volume."""
    async with exchange_at(wall, latencies=Latencies()) as exchange:
        a_month_of_trades(exchange)

        async def asked_again() -> None:
            count = exchange.request_counts["GET", K_LINE_ROUTE]
            feed._wake.set()
            await eventually(lambda: exchange.request_counts["GET", K_LINE_ROUTE] >= count + 2, "REST has answered")

        async with running(feed_of(exchange, monkeypatch, "1m", 20)) as feed:
            await eventually(lambda: feed.ready and feed._connection.streams)
            traded(exchange, wall.now_s, "31234", "0.25")
            await eventually(lambda: rows(feed)[-1][4:] == [31234, 0.25], "the trade in the open candle")
            wall.now_s = wall.now_s // MINUTE_S * MINUTE_S + MINUTE_S + 0.5
            assert (await k_line(exchange, "1m", 20))[-2][5] == 0, "the moment after the minute's turn"
            await asked_again()
            assert rows(feed)[-2][4:] == [31234, 0.25]
            wall.now_s += CONSTANTS.CANDLE_SETTLED_S
            await asked_again()
            assert rows(feed) == await k_line(exchange, "1m", 20)


async def test_the_hole_of_a_lost_connection_is_filled(wall: Wall, monkeypatch: pytest.MonkeyPatch) -> None:
    async with exchange_at(wall) as exchange:
        a_month_of_trades(exchange)
        async with running(feed_of(exchange, monkeypatch, "1m", 30)) as feed:
            await eventually(lambda: feed.ready and feed._connection.streams)
            lost = exchange.faults.start(FaultKind.SERVER_ERROR, status=503, html=True)
            exchange.faults.start(FaultKind.WEBSOCKET_SILENT)
            exchange.faults.start(FaultKind.WEBSOCKET_DROP)
            for minute in range(1, 11):
                traded(exchange, wall.now_s + minute * MINUTE_S, f"{31000 + minute}")
            wall.now_s += 12 * MINUTE_S
            await eventually(lambda: not feed.ready, "what is not up to date is not ready")

            exchange.faults.stop(lost)
            await eventually(lambda: feed.ready, "the feed is back")
            assert rows(feed) == await k_line(exchange, "1m", 30)
            assert [row[4] for row in rows(feed)][-12:] == [*range(31001, 31011), 31010, 31010]


async def test_a_server_that_leaves_periods_out_is_filled_up(wall: Wall, monkeypatch: pytest.MonkeyPatch) -> None:
    def only_real_rows(
        self: Statistics, market: str, period: int, _now_s: float, begin_s: int | None, end_s: int | None, limit: int
    ) -> list[Any]:
        """As a Peatio does whose time series database is not told to fill (its sources, from 2.4 on)."""
        candles = self._candles[market, period].values()
        found = [c.row() for c in candles if (begin_s or 0) <= c.start_s <= (end_s or math.inf)]
        return found if begin_s is not None and end_s is not None else found[-limit:]

    monkeypatch.setattr(Statistics, "candles", only_real_rows)
    async with exchange_at(wall) as exchange:
        for days, price in ((400, "25000"), (300, "26000")):
            traded(exchange, wall.now_s - days * DAY_S, price)
        traded(exchange, wall.now_s - 7 * MINUTE_S, "27000", "2")
        async with running(feed_of(exchange, monkeypatch, "1m", 20)) as feed:
            await ready(feed)
            assert [row[4:] for row in rows(feed)] == [[26000, 0]] * 12 + [[27000, 2]] + [[27000, 0]] * 7
            # Nobody trades, and the stream repeats the candle of long ago.
            wall.now_s += 3 * MINUTE_S
            await eventually(lambda: rows(feed)[-1][0] == wall.now_s // MINUTE_S * MINUTE_S, "time goes on")
            assert [row[4:] for row in rows(feed)] == [[26000, 0]] * 9 + [[27000, 2]] + [[27000, 0]] * 10


async def test_a_young_market_says_that_it_has_too_few_candles(
    wall: Wall, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with exchange_at(wall) as exchange:
        traded(exchange, wall.now_s - 3 * MINUTE_S, "30000")
        async with running(feed_of(exchange, monkeypatch, "1m", 6)) as feed:
            await eventually(lambda: "nobody traded there earlier" in caplog.text)
            assert "has 4 candles of 1m and needs 6" in caplog.text
            assert not feed.ready
            before = exchange.request_counts["GET", K_LINE_ROUTE]
            wall.now_s += 2 * MINUTE_S
            await eventually(lambda: feed.ready, "it is old enough now")
            assert exchange.request_counts["GET", K_LINE_ROUTE] - before < 10, "it is not asked without pause"
            assert caplog.text.count("nobody traded there earlier") == 1


async def test_a_market_that_is_not_there_is_said_once(
    wall: Wall, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(CONSTANTS, "CANDLES_CHECK_PERIOD_S", 0.05)
    async with exchange_at(wall) as exchange:
        monkeypatch.setattr(
            "hummingbot.connector.exchange.peatio.settings.exchanges.connected_domain", lambda: exchange.url
        )
        async with running(CandleFeed("XYZ-USD", "1m", 5)):
            await eventually(lambda: exchange.request_counts["GET", MARKETS_ROUTE] > 3)
        assert caplog.text.count("peatio has no open market for XYZ-USD") == 1


async def test_an_exchange_that_is_down_at_the_start_is_waited_for(
    wall: Wall, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """With the bot's connector, whose market list is empty meanwhile: that is not a market that is not there."""
    monkeypatch.setattr(CONSTANTS, "CANDLES_CHECK_PERIOD_S", 0.05)
    async with exchange_at(wall) as exchange:
        a_month_of_trades(exchange)
        fault = exchange.faults.start(FaultKind.SERVER_ERROR, status=503, html=True)
        connector = PeatioExchange("", "", exchange.url, trading_required=False)
        connector._time_synchronizer.add_time_offset_ms_sample((wall.now_s - time.perf_counter()) * 1e3)
        config = CandlesConfig(connector="peatio", trading_pair="BTC-USD", interval="5m", max_records=5)
        async with running(CandlesFactory.get_candle(config, connector)) as feed:
            await eventually(lambda: "peatio did not send its list of markets" in caplog.text)
            exchange.faults.stop(fault)
            await ready(feed)
            assert rows(feed)[:-1] == (await k_line(exchange, "5m", 5))[:-1]
        assert "no open market" not in caplog.text


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
async def test_every_dialect_feeds_candles(dialect: str, wall: Wall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONSTANTS, "ACK_TIMEOUT_S", 0.2)  # the oldest Ranger greets nobody
    monkeypatch.setattr(CONSTANTS, "CANDLES_REFRESH_S", 3600)
    async with exchange_at(wall, dialect) as exchange:
        a_month_of_trades(exchange)
        async with running(feed_of(exchange, monkeypatch, "5m", 10)) as feed:
            await eventually(lambda: feed.ready and feed._connection.streams)
            assert rows(feed) == await k_line(exchange, "5m", 10)
            traded(exchange, wall.now_s, "31234")
            await eventually(lambda: rows(feed)[-1][4] == 31234, "the stream's candle")


async def test_history_of_a_span_is_fetched_in_pages(wall: Wall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONSTANTS, "CANDLES_A_REQUEST", 50)
    async with exchange_at(wall) as exchange:
        a_month_of_trades(exchange)
        feed = feed_of(exchange, monkeypatch, "15m", 100)
        frame = await feed.get_historical_candles(
            HistoricalCandlesConfig(
                connector_name="peatio",
                trading_pair="BTC-USD",
                interval="15m",
                start_time=NOW_S - 200 * 15 * MINUTE_S,
                end_time=NOW_S,
            )
        )
        said = await k_line(exchange, "15m", 200)
        assert [list(map(float, row)) for row in frame.iloc[:, :6].to_numpy()] == said


async def test_a_named_exchange_has_its_own_feed(
    wall: Wall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with exchange_at(wall) as exchange:
        a_month_of_trades(exchange)
        (tmp_path / "peatio.yml").write_text(f"exchanges:\n  mine:\n    domain: {exchange.url}\n    requests: 17\n")
        monkeypatch.setitem(NAMED_EXCHANGES, "peatio_mine", load_named_exchanges(tmp_path)[0]["peatio_mine"])
        register_candles(["peatio_mine"])
        try:
            config = CandlesConfig(connector="peatio_mine", trading_pair="BTC-USD", interval="1h", max_records=5)
            async with running(CandlesFactory.get_candle(config)) as feed:
                await ready(feed)
                assert rows(feed) == await k_line(exchange, "1h", 5)
                assert [limit.limit for limit in feed.rate_limits] == [17]
        finally:
            del CandlesFactory._candles_map["peatio_mine"]


def test_an_interval_that_peatio_does_not_have_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"peatio has no candles of '3m': the interval is one of 1m, 5m, 15m"):
        CandlesFactory.get_candle(CandlesConfig(connector="peatio", trading_pair="BTC-USD", interval="3m"))


class Breakout(DirectionalTradingControllerBase):
    """Buys when the last candle closes above all before it."""

    def get_candles_config(self) -> list[CandlesConfig]:
        return [CandlesConfig(connector="peatio", trading_pair="BTC-USD", interval="1m", max_records=30)]

    async def update_processed_data(self) -> None:
        closes = self.market_data_provider.get_candles_df("peatio", "BTC-USD", "1m", 30)["close"]
        self.processed_data = {"signal": int(closes.iloc[-1] > closes.iloc[:-1].max())}


async def test_a_controller_trades_by_the_candles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONSTANTS, "CANDLES_REFRESH_S", 0.3)
    async with Sandbox(SandboxConfig(seed=11, ticker_period_s=0.1)) as exchange, person(exchange, "maker") as maker:
        for minutes in range(40, 0, -1):
            traded(exchange, time.time() - minutes * MINUTE_S, f"{29000 - minutes % 7}")
        await maker.place("btcusd", "buy", "5", "28000")
        await maker.place("btcusd", "sell", "5", "30000")
        async with running_bot(exchange.url, exchange.members["bot"], ["BTC-USD"]) as bot:
            provider = MarketDataProvider({"peatio": bot.exchange})
            config = DirectionalTradingControllerConfigBase(
                id="1", controller_name="breakout", connector_name="peatio", trading_pair="BTC-USD",
                total_amount_quote=Decimal(600),
            )
            actions: asyncio.Queue[Any] = asyncio.Queue()
            controller = Breakout(config, provider, actions, update_interval=0.05)
            controller.start()
            try:
                await eventually(lambda: provider.ready, "connector and candles are ready")
                feed = provider.candles_feeds["peatio_BTC-USD_1m"]
                assert feed._access is bot.exchange, "one connector, one budget of requests"
                await eventually(lambda: controller.processed_data == {"signal": 0})
                async with person(exchange, "taker") as taker:
                    await taker.place("btcusd", "buy", "1", "30000")
                [action] = await asyncio.wait_for(actions.get(), 15)
                assert isinstance(action, CreateExecutorAction)
                assert action.executor_config.side is TradeType.BUY
                assert action.executor_config.connector_name == "peatio"
            finally:
                controller.stop()
                provider.stop()
                await feed.stop_network()
        assert exchange.handler_errors == []


def test_rest_is_asked_soon_after_a_candle_has_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    feed = CandleFeed("BTC-USD", "5m", 5)
    for into_candle_s, wait_s in ((100.0, 10.0), (298.0, 6.0), (303.5, 0.5), (304.0, 10.0)):
        monkeypatch.setattr(feed, "_now_s", lambda s=into_candle_s: 300_000 + s)
        assert feed._until_refresh_s() == pytest.approx(wait_s)
    monkeypatch.setattr(feed._connection, "streams", frozenset({"btcusd.kline-5m"}))
    monkeypatch.setattr(feed, "_now_s", lambda: 300_100.0)
    assert feed._until_refresh_s() == pytest.approx(60.0), "the stream tells the open candle"
