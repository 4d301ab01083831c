"""What the connector is for Hummingbot, before and without a network."""

from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hummingbot.client.config.client_config_map import ClientConfigMap
from hummingbot.client.config.config_helpers import ClientConfigAdapter
from hummingbot.client.hummingbot_application import HummingbotApplication
from hummingbot.connector.exchange.peatio import config
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.order_books.tracker import BookTracker
from hummingbot.connector.exchange.peatio.peatio_api_user_stream_data_source import PeatioUserStreamTracker
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.core.data_type.common import OrderType
from hummingbot.core.event.events import MarketEvent

from test.hummingbot.connector.exchange.peatio.fixtures import (
    API_KEY,
    SECRET,
    SITE,
    WireOrder,
    exchange_arguments,
    rest_url,
)
from test.hummingbot.connector.exchange.peatio.recorded import answer
from test.hummingbot.connector.exchange.peatio.rig import PAIR, Rig
from test.patience import eventually


def made(folder: Path, **changes: Any) -> PeatioExchange:
    return PeatioExchange(**{**exchange_arguments(folder, [PAIR]), **changes})


async def test_is_what_hummingbot_asks_a_connector_to_be(tmp_path: Path) -> None:
    exchange = made(tmp_path)
    assert exchange.name == "peatio"
    assert exchange.name_cap == "Peatio"
    assert exchange.domain == SITE
    assert exchange.trading_pairs == [PAIR]
    assert exchange.supported_order_types() == [OrderType.LIMIT, OrderType.LIMIT_MAKER, OrderType.MARKET]
    assert exchange.is_trading_required
    assert not exchange.is_cancel_request_in_exchange_synchronous
    assert exchange.client_order_id_max_length == CONSTANTS.CLIENT_ORDER_ID_MAX_LENGTH
    assert exchange.client_order_id_prefix == CONSTANTS.CLIENT_ORDER_ID_PREFIX
    assert {exchange.trading_rules_request_path, exchange.trading_pairs_request_path} == {"public/markets"}
    assert exchange.check_network_request_path == "public/timestamp"


async def test_uses_its_own_trackers(tmp_path: Path) -> None:
    exchange = made(tmp_path)
    assert type(exchange.order_book_tracker) is BookTracker
    assert type(exchange._user_stream_tracker) is PeatioUserStreamTracker


async def test_its_limits_are_those_of_the_exchange(tmp_path: Path) -> None:
    """6000 calls in 5 minutes, all calls together; a share of it where the user wants that."""
    (limit,) = made(tmp_path).rate_limits_rules
    assert (limit.limit, limit.time_interval) == (6000, 300)
    shared = made(tmp_path, rate_limits_share_pct=Decimal(50))
    assert shared.throttler.get_related_limits(CONSTANTS.REST_LIMIT_ID)[0].limit == 3000


async def test_the_share_is_the_instance_s_where_hummingbot_does_not_hand_it_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`ConnectorSetting.conn_init_parameters` gives `rate_limits_share_pct` to named exchanges only."""
    application = SimpleNamespace(client_config_map=ClientConfigAdapter(ClientConfigMap(rate_limits_share_pct=25)))
    monkeypatch.setattr(HummingbotApplication, "_main_app", application)
    limits = made(tmp_path).throttler.get_related_limits(CONSTANTS.REST_LIMIT_ID)
    assert limits[0].limit == 1500
    assert made(tmp_path, rate_limits_share_pct=Decimal(50)).throttler.limits_pct == Decimal("0.5")


async def test_an_instance_that_only_looks_prices_up_needs_no_key_and_no_domain(tmp_path: Path) -> None:
    """Hummingbot gives "" for every question."""
    exchange = PeatioExchange("", "", "", trading_required=False, journal_folder=tmp_path)
    assert exchange.domain == config.parse_domain("").site
    assert not exchange.is_trading_required
    assert exchange.trading_pairs == []


async def test_a_domain_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is not an exchange's address"):
        made(tmp_path, peatio_exchange_domain="ftp://exchange.example")


async def test_two_instances_do_not_share_their_pairs(tmp_path: Path) -> None:
    first, second = (PeatioExchange("", "", trading_required=False, journal_folder=tmp_path) for _ in range(2))
    first.trading_pairs.append(PAIR)
    assert second.trading_pairs == []


async def test_neither_key_nor_secret_is_shown(tmp_path: Path) -> None:
    exchange = made(tmp_path)
    shown = f"{exchange!r} {exchange} {exchange.authenticator!r} {exchange._engine!r} {exchange.rest!r}"
    assert SECRET not in shown
    assert API_KEY not in shown


async def test_a_new_connector_is_not_ready(rig: Rig) -> None:
    assert not rig.exchange.ready
    assert rig.exchange.status_dict["symbols_mapping_initialized"]
    assert not rig.exchange.status_dict["user_stream_initialized"]


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("auth bad signature", "Check the API secret"), ("auth unknown key", "Check the API key")],
)
async def test_a_wrong_key_says_what_to_do_where_the_user_sees_it(
    rig: Rig, name: str, remedy: str, caplog: pytest.LogCaptureFixture
) -> None:
    rig.http.post(rest_url("market/orders"), status=401, payload=answer(name))
    rig.exchange.buy(PAIR, Decimal(1), OrderType.LIMIT, Decimal(30000))
    await eventually(lambda: rig.of(MarketEvent.OrderFailure))
    assert remedy in rig.of(MarketEvent.OrderFailure)[0].error_message
    assert remedy in caplog.text
    assert SECRET not in caplog.text


async def test_pairs_come_and_go_while_it_runs(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, tuple[str, ...]]] = []
    connection = rig.exchange._orderbook_ds._connection

    async def subscribe(streams: list[str]) -> frozenset[str]:
        asked.append(("subscribe", tuple(streams)))
        return frozenset(streams)

    async def unsubscribe(streams: list[str]) -> frozenset[str]:
        asked.append(("unsubscribe", tuple(streams)))
        return frozenset()

    monkeypatch.setattr(connection, "subscribe", subscribe)
    monkeypatch.setattr(connection, "unsubscribe", unsubscribe)
    rig.exchange.order_book_tracker._order_books_initialized.set()
    assert await rig.exchange.add_trading_pair("ETH-USD") is True
    assert rig.exchange.trading_pairs == [PAIR, "ETH-USD"]
    assert rig.exchange.order_books.keys() == {"ETH-USD"}
    assert await rig.exchange.remove_trading_pair("ETH-USD") is True
    assert rig.exchange.trading_pairs == [PAIR]
    assert rig.exchange.order_books == {}
    streams = ("ethusd.ob-inc", "ethusd.trades")
    assert asked == [("subscribe", streams), ("unsubscribe", streams)]


async def test_saved_orders_are_followed_again(rig: Rig) -> None:
    rig.follow(WireOrder(4))
    saved = rig.exchange.tracking_states
    rig.tracker._in_flight_orders.clear()
    rig.exchange.restore_tracking_states(saved)
    assert [order.exchange_order_id for order in rig.exchange.in_flight_orders.values()] == ["4"]
