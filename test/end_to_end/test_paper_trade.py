"""Paper trade and rates without a key: they ask the exchange that was connected, whatever stands elsewhere."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hummingbot.client.settings import AllConnectorSettings
from hummingbot.connector.exchange.paper_trade import create_paper_trade_market
from hummingbot.connector.exchange.peatio import config, peatio_utils
from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.connector.exchange.peatio.settings import stored_keys
from hummingbot.connector.exchange.peatio.settings.exchanges import NAMED_EXCHANGES, JwtLogin, Venue
from hummingbot.core.clock import Clock, ClockMode
from hummingbot.core.data_type.common import OrderType
from hummingbot.core.event.event_forwarder import EventForwarder
from hummingbot.core.event.events import MarketEvent
from hummingbot.core.rate_oracle.rate_oracle import RateOracle
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory
from hummingbot.data_feed.market_data_provider import MarketDataProvider
from hummingbot.strategy_v2.executors.data_types import ConnectorPair

from peatio_sandbox import Sandbox, SandboxConfig
from test.end_to_end.support import TICK_S, person
from test.patience import eventually

PAIR = "BTC-USD"
NAMED = "peatio_mine"
D = Decimal


@pytest.fixture
async def connected() -> AsyncIterator[Sandbox]:
    """The exchange that the user connected to. """
    async with Sandbox(SandboxConfig(seed=3, tickers_cached_s=0.0)) as exchange:
        async with person(exchange, "maker") as maker:
            await maker.place("btcusd", "buy", "1", "29990")
            await maker.place("btcusd", "buy", "1", "29900")
            await maker.place("btcusd", "sell", "1", "30010")
            await exchange.settle()
        yield exchange
    await ConnectionsFactory().close()
    assert exchange.handler_errors == []


@pytest.fixture
async def elsewhere(connected: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Sandbox]:
    """Another exchange, at the default address."""
    monkeypatch.setattr(stored_keys, "CONNECTORS_CONF_DIR_PATH", tmp_path)
    (tmp_path / "peatio.yml").write_text(f"connector: peatio\npeatio_exchange_domain: {connected.url}\n")
    login = JwtLogin(key_file=tmp_path / "not-here.pem", uid="U1", email="bot@example.org")
    named = Venue(name=NAMED, domain=connected.url, login="jwt", jwt=login)
    monkeypatch.setitem(NAMED_EXCHANGES, NAMED, named)
    async with Sandbox(SandboxConfig(seed=4)) as exchange:
        monkeypatch.setattr(config, "exchange_domain", exchange.url)
        yield exchange
    assert dict(exchange.request_counts) == {}, "nobody asked there"


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The connectors in Hummingbot's list: `peatio`, and a named exchange whose key is not here."""
    settings = AllConnectorSettings.get_connector_settings()
    names = ["peatio", NAMED]
    fees = {name: replace(peatio_utils.DEFAULT_FEES) for name in names}
    monkeypatch.setattr(peatio_utils, "DEFAULT_FEES", fees["peatio"])
    monkeypatch.setitem(peatio_utils.OTHER_DOMAINS_DEFAULT_FEES, NAMED, fees[NAMED])
    plain = settings["peatio"]._replace(trade_fee_schema=fees["peatio"])
    named = plain._replace(
        name=NAMED, is_sub_domain=True, parent_name="peatio", domain_parameter=NAMED, trade_fee_schema=fees[NAMED]
    )
    monkeypatch.setattr(AllConnectorSettings, "all_connector_settings", {**settings, "peatio": plain, NAMED: named})
    monkeypatch.setattr(AllConnectorSettings, "paper_trade_connectors_names", names)
    AllConnectorSettings.initialize_paper_trade_settings(names)
    return names


@asynccontextmanager
async def paper_trade(name: str) -> AsyncIterator[tuple[Any, list[tuple[MarketEvent, Any]]]]:
    """Hummingbot's paper trade on the exchange, under a clock, and the events of its orders."""
    market = create_paper_trade_market(name, [PAIR])
    market.set_balance("BTC", D(10))
    market.set_balance("USD", D(1000000))
    events: list[tuple[MarketEvent, Any]] = []
    forwarders = [
        (kind, EventForwarder(lambda event, kind=kind: events.append((kind, event)))) for kind in MarketEvent
    ]
    for kind, forwarder in forwarders:
        market.add_listener(kind, forwarder)
    with Clock(ClockMode.REALTIME, TICK_S) as clock:
        clock.add_iterator(market)
        task = asyncio.create_task(clock.run())
        try:
            await eventually(lambda: market.ready, "paper trade is ready")
            yield market, events
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            market.stop(clock)
            await market.stop_network()
            await market.order_book_tracker.tasks.stop()


@pytest.mark.parametrize("name", ["peatio", NAMED])
async def test_paper_orders_are_filled_by_the_exchanges_book(
    name: str, names: list[str], connected: Sandbox, elsewhere: Sandbox
) -> None:
    async with paper_trade(name) as (market, events), person(connected, "taker") as taker:

        def of(kind: MarketEvent) -> list[Any]:
            return [event for event_kind, event in events if event_kind is kind]

        def is_last_fill(amount: Decimal) -> bool:
            return bool(of(MarketEvent.OrderFilled)[-1].amount == amount)

        schema = peatio_utils.fee_schema_of(name)
        assert schema is not None
        await eventually(lambda: schema.maker_percent_fee_decimal == D("0.001"), "the exchange's fee")

        # Somebody sells to a bid of the book that is worse than the paper one.
        best = market.buy(PAIR, D("0.1"), OrderType.LIMIT, D(29995))
        await taker.place("btcusd", "sell", "0.1", "29990")
        await eventually(lambda: of(MarketEvent.OrderFilled), "a fill by a trade")
        filled = of(MarketEvent.OrderFilled).pop()
        assert (filled.order_id, filled.price, filled.amount) == (best, D(29995), D("0.1"))
        events.clear()

        buy = market.buy(PAIR, D("0.1"), OrderType.LIMIT, D(29980))
        sell = market.sell(PAIR, D("0.1"), OrderType.LIMIT, D(30020))
        assert [order.client_order_id for order in market.limit_orders] == [buy, sell]
        assert market.get_mid_price(PAIR) == 30000

        # Somebody sells through the best bid and leaves an offer below the paper bid.
        await taker.place("btcusd", "sell", "1.5", "29970")
        await eventually(lambda: of(MarketEvent.OrderFilled), "the bid's fill")
        filled = of(MarketEvent.OrderFilled)[0]
        assert (filled.order_id, filled.price, filled.amount) == (buy, D(29980), D("0.1"))
        assert [order.client_order_id for order in market.limit_orders] == [sell]
        assert of(MarketEvent.BuyOrderCompleted)[0].order_id == buy
        assert market.get_balance("BTC") == D("10.1998"), "less the fee, which is taken from what is received"

        # What the book offers does not count, nor do the exchange's minimum and steps.
        for amount in (D(5), D("0.0000002")):
            market.sell(PAIR, amount, OrderType.LIMIT, D(29900))
            await eventually(partial(is_last_fill, amount), f"{amount} sold")
        assert len(of(MarketEvent.OrderFilled)) == 3
        results = await market.cancel_all(1)
        assert [(result.order_id, result.success) for result in results] == [(sell, True)]
    assert {method for method, _ in connected.request_counts} == {"GET", "POST"}
    placed = sum(count for (method, _), count in connected.request_counts.items() if method == "POST")
    assert placed == 5, "the makers' and the taker's: nothing of paper trade reaches the exchange"


async def test_a_controllers_rates_are_those_of_the_connected_exchange(connected: Sandbox, elsewhere: Sandbox) -> None:
    async with person(connected, "taker") as taker:
        await taker.place("btcusd", "buy", "0.5", "30010")
        await connected.settle()
    provider = MarketDataProvider({})
    RateOracle.get_instance()._connectors.clear()  # Hummingbot asks those of earlier tests first, whose books are empty
    try:
        provider.initialize_rate_sources([ConnectorPair(connector_name="peatio", trading_pair=PAIR)])
        await eventually(lambda: RateOracle.get_instance().get_pair_rate(PAIR) == 30010, "the rate")
    finally:
        provider.stop()
        RateOracle.get_instance()._prices.clear()


async def test_without_the_key_of_a_named_exchange_trading_and_private_requests_say_why(elsewhere: Sandbox) -> None:
    why = "The signing key .*not-here.pem cannot be read"
    with pytest.raises(ConfigError, match=why):
        PeatioExchange(trading_pairs=[PAIR], domain=NAMED)
    with pytest.raises(ConfigError, match=why):
        await PeatioExchange(trading_pairs=[PAIR], domain=NAMED, trading_required=False).rest.balances()
