"""The rate source on the sandbox: prices of every version, ways between currencies, and outages."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.feeds.rate_source import RateSource, with_dollars
from hummingbot.core.network_iterator import NetworkStatus
from hummingbot.core.rate_oracle.rate_oracle import RateOracle
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory

from peatio_sandbox import FaultKind, Sandbox, SandboxConfig
from test.end_to_end.support import person
from test.patience import eventually

TICKERS_ROUTE = "/api/v2/peatio/public/markets/tickers"
D = Decimal


@pytest.fixture
async def source(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> AsyncIterator[RateSource]:
    monkeypatch.setattr(
        "hummingbot.connector.exchange.peatio.settings.exchanges.connected_domain", lambda: sandbox.url
    )
    monkeypatch.setattr(CONSTANTS, "RATES_REFRESH_S", 0.05)
    yield RateSource("peatio")
    await ConnectionsFactory().close()


@pytest.fixture(params=["peatio-3.1", "peatio-2.3"])
async def sandbox(request: pytest.FixtureRequest) -> AsyncIterator[Sandbox]:
    config = SandboxConfig(seed=11, dialect=request.param, tickers_cached_s=0.0)
    async with Sandbox(config) as exchange:
        yield exchange
    assert exchange.handler_errors == []


async def trade(sandbox: Sandbox, market: str, price: str, bid: str, ask: str) -> None:
    """One trade, and best prices beside it."""
    async with person(sandbox, "maker") as maker, person(sandbox, "taker") as taker:
        await maker.place(market, "sell", "10", price)
        await taker.place(market, "buy", "10", price)
        await maker.place(market, "buy", "10", bid)
        await maker.place(market, "sell", "10", ask)
    engine = sandbox.exchange._engines[market]
    await eventually(lambda: sandbox.fills("taker") and engine.bids.levels() and engine.asks.levels())


async def test_all_prices_and_the_ways_between_them(source: RateSource, sandbox: Sandbox) -> None:
    await trade(sandbox, "btcusd", "30000", bid="29000", ask="30500")
    await trade(sandbox, "dogebtc", "0.000002", bid="0.000001", ask="0.000002")
    is_old = sandbox.config.dialect == "peatio-2.3"
    dollars, bitcoins = (D(29750), D("0.0000015")) if is_old else (D(30000), D("0.000002"))

    wanted = {"BTC-USD": dollars, "BTC-USDT": dollars, "DOGE-BTC": bitcoins}

    async def are_there() -> bool:
        return await source.get_prices(quote_token="USD") == wanted

    await eventually(are_there, "both prices, of 2.3 the middle, later the last")
    oracle = RateOracle(source, "USD")
    assert await oracle.check_network() is NetworkStatus.CONNECTED
    assert await oracle.rate_async("BTC-USD") == dollars
    assert await oracle.rate_async("DOGE-USD") == dollars * bitcoins, "over BTC"
    assert await oracle.rate_async("USD-BTC") == 1 / dollars
    assert await oracle.get_value(D(2), "BTC") == 2 * dollars


async def test_the_exchange_is_not_asked_every_time(
    source: RateSource, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONSTANTS, "RATES_REFRESH_S", 3600)
    for _ in range(5):
        assert await source.get_prices() == {}, "nobody has traded"
    assert sandbox.request_counts["GET", TICKERS_ROUTE] == 1


async def test_another_exchange_that_is_connected_meanwhile_is_asked_from_then_on(
    source: RateSource, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    await trade(sandbox, "btcusd", "30000", bid="29900", ask="30100")
    await eventually(source.get_prices)
    async with Sandbox(SandboxConfig(seed=12, tickers_cached_s=0.0)) as other:
        await trade(other, "ethusd", "2000", bid="1990", ask="2010")
        monkeypatch.setattr(
            "hummingbot.connector.exchange.peatio.settings.exchanges.connected_domain", lambda: other.url
        )

        async def is_the_others() -> bool:
            return set(await source.get_prices()) == {"ETH-USD", "ETH-USDT"}

        await eventually(is_the_others, "the other exchange's prices")


async def test_an_outage_is_said_once_and_ends(
    source: RateSource, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    await trade(sandbox, "btcusd", "30000", bid="29900", ask="30100")
    await eventually(source.get_prices)
    fault = sandbox.faults.start(FaultKind.SERVER_ERROR, status=503, html=True)

    async def is_empty() -> bool:
        return not await source.get_prices()

    await eventually(is_empty)
    asked = sandbox.request_counts["GET", TICKERS_ROUTE]
    await eventually(lambda: _asked_more(source, sandbox, asked + 3))
    assert caplog.text.count("The rates of peatio cannot be fetched") == 1
    sandbox.faults.stop(fault)
    await eventually(source.get_prices)
    assert "The rates of peatio can be fetched again" in caplog.text


async def _asked_more(source: RateSource, sandbox: Sandbox, times: int) -> bool:
    await source.get_prices()
    return sandbox.request_counts["GET", TICKERS_ROUTE] > times


def test_dollars_of_both_kinds_are_known_and_a_real_price_is_kept() -> None:
    both = {"BTC-USD": D(30000), "BTC-USDT": D(30010), "USDT-USD": D("0.999"), "USD-EUR": D("0.9")}
    assert with_dollars(both) == {**both, "USDT-EUR": D("0.9")}
