"""Which exchange a connector's name stands for: one rule for connectors with keys, without keys, rates and candles."""

import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hummingbot.client.settings import AllConnectorSettings
from hummingbot.connector.exchange.paper_trade import get_order_book_tracker
from hummingbot.connector.exchange.peatio import config, peatio_web_utils
from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.feeds.public_client import PublicClient
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.connector.exchange.peatio.settings import stored_keys
from hummingbot.connector.exchange.peatio.settings.exchanges import venue_of
from hummingbot.data_feed.candles_feed.candles_base import CandlesBase
from hummingbot.data_feed.candles_feed.candles_factory import CandlesFactory
from hummingbot.data_feed.candles_feed.data_types import CandlesConfig
from hummingbot.data_feed.market_data_provider import MarketDataProvider

from peatio_cli.install.instance import InstancePurpose, create_instance, instance_environment

STORED = "connector: peatio\npeatio_exchange_domain: https://connected.example\n"
CONNECTED, DEFAULT = "https://connected.example", "https://default.example"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `connect` stores; another exchange is the default one."""
    monkeypatch.setattr(stored_keys, "CONNECTORS_CONF_DIR_PATH", tmp_path)
    monkeypatch.setattr(config, "exchange_domain", DEFAULT)
    return tmp_path


def of_a_controllers_rates() -> str:
    connector = MarketDataProvider({}).get_non_trading_connector("peatio")
    return str(connector.site)


def of_paper_trade() -> str:
    return str(get_order_book_tracker("peatio", ["BTC-USD"]).data_source._connector.site)


def of_pair_completion() -> str:
    setting = AllConnectorSettings.get_connector_settings()["peatio"]
    return str(setting.non_trading_connector_instance_with_default_configuration().site)


def of_trading_without_an_address() -> str:
    return PeatioExchange("key", "secret", "", trading_pairs=["BTC-USD"]).site


def of_rates() -> str:
    return PublicClient("peatio", logging.getLogger()).venue.address.site


def of_candles() -> str:
    feed: CandlesBase = CandlesFactory.get_candle(CandlesConfig(connector="peatio", trading_pair="BTC-USD"))
    return str(feed.rest_url).removesuffix("/api/v2/peatio/")


def of_web_utils() -> str:
    return peatio_web_utils.public_rest_url("").removesuffix("/api/v2/peatio/")


def of_web_utils_by_name() -> str:
    return venue_of("peatio").address.site


EVERYWHERE = pytest.mark.parametrize(
    "site",
    [
        of_a_controllers_rates,
        of_paper_trade,
        of_pair_completion,
        of_trading_without_an_address,
        of_rates,
        of_candles,
        of_web_utils,
        of_web_utils_by_name,
    ],
)


@EVERYWHERE
async def test_plain_peatio_is_where_connect_said(site: Callable[[], str], folder: Path) -> None:
    (folder / "peatio.yml").write_text(STORED)
    assert site() == CONNECTED


@EVERYWHERE
async def test_it_is_the_default_where_nobody_connected(site: Callable[[], str], folder: Path) -> None:
    assert site() == DEFAULT


@pytest.mark.parametrize(
    "stored",
    ["connector: peatio\npeatio_exchange_domain: ''\n", "connector: peatio\n", "- nothing\n", "a: [\n", "\x00"],
)
def test_it_is_the_default_where_no_address_is_stored(stored: str, folder: Path) -> None:
    (folder / "peatio.yml").write_text(stored)
    assert of_rates() == DEFAULT


async def test_a_given_address_is_used_whatever_is_stored(folder: Path) -> None:
    (folder / "peatio.yml").write_text(STORED)
    assert PeatioExchange("key", "secret", "https://given.example", trading_pairs=[]).site == "https://given.example"
    assert venue_of("https://given.example").address.site == "https://given.example"


def test_a_name_without_an_exchange_is_an_error(folder: Path) -> None:
    with pytest.raises(ConfigError, match="There is no exchange peatio_other"):
        PublicClient("peatio_other", logging.getLogger())


@pytest.mark.parametrize(
    ("stored", "preset", "is_warned"),
    [
        (CONNECTED, DEFAULT, True),
        (CONNECTED, "connected.example", False),
        (CONNECTED, "", False),
        ("", DEFAULT, False),
    ],
)
def test_a_preset_that_is_not_the_connected_exchange_is_named(
    stored: str, preset: str, is_warned: bool, tmp_path: Path
) -> None:
    """In a process of an instance, as the address is preset where Hummingbot starts."""
    directory = create_instance(tmp_path / "bot", InstancePurpose.ORDINARY).directory
    keys = directory / "conf" / "connectors" / "peatio.yml"
    keys.write_text(f"connector: peatio\npeatio_exchange_domain: {stored}\n")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", "import hummingbot.connector.exchange.peatio.peatio_utils"],
        cwd=directory,
        env={**instance_environment(directory), "PEATIO_EXCHANGE_DOMAIN": preset},
        capture_output=True,
        text=True,
        check=True,
    )
    warning = f"peatio is {CONNECTED}, to which it was connected, not {DEFAULT}, which PEATIO_EXCHANGE_DOMAIN"
    assert (warning in done.stderr) is is_warned
