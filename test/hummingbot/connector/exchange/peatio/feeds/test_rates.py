"""Peatio among the rate sources of Hummingbot's settings, as far as no network is needed."""

import logging
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hummingbot.client.config.client_config_map import RATE_SOURCE_MODES, ClientConfigMap
from hummingbot.client.config.config_helpers import ClientConfigAdapter, read_yml_file, save_to_yml
from hummingbot.connector.exchange.peatio.feeds import configured_rates, rates
from hummingbot.connector.exchange.peatio.feeds.rate_source import RateSource
from hummingbot.connector.exchange.peatio.feeds.rates import chosen_rates, register_rates, use_rates
from hummingbot.connector.exchange.peatio.settings import hummingbot_host as peatio_host
from hummingbot.connector.exchange.peatio.settings.exchanges import NAMED_EXCHANGES, Venue
from hummingbot.core.rate_oracle.rate_oracle import RATE_ORACLE_SOURCES, RateOracle

LOGGER = logging.getLogger(__name__)


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[ClientConfigAdapter]:
    """Hummingbot's settings, one named exchange; what the tests register is forgotten afterwards."""
    monkeypatch.setitem(NAMED_EXCHANGES, "peatio_mine", Venue(name="peatio_mine", domain="mine.example"))
    monkeypatch.setattr(configured_rates, "_is_applied", False)
    oracle, source = RateOracle.get_instance(), RateOracle.get_instance().source
    yield ClientConfigAdapter(ClientConfigMap())
    oracle.source = source
    forget_ours()


def forget_ours() -> None:
    for known in (RATE_SOURCE_MODES, RATE_ORACLE_SOURCES):
        for name in [name for name in known if name.startswith("peatio")]:
            del known[name]


def test_the_settings_offer_every_exchange(settings: ClientConfigAdapter) -> None:
    register_rates()
    for name in ("peatio", "peatio_mine"):
        settings.rate_oracle_source = name
        source = RateOracle.get_instance().source
        assert isinstance(source, RateSource)
        assert source.name == chosen_rates(settings) == name
        assert name in RATE_ORACLE_SOURCES, "which is where the console completes from"
        settings.tick_size = 2.0
        assert RateOracle.get_instance().source is source, "another setting changes nothing"
    settings.rate_oracle_source = "binance"
    assert RateOracle.get_instance().source.name == "binance"
    assert chosen_rates(settings) == "hummingbot"


def test_what_is_saved_is_understood_by_a_hummingbot_that_knows_no_peatio(
    settings: ClientConfigAdapter, tmp_path: Path
) -> None:
    register_rates()
    settings.rate_oracle_source = "peatio_mine"
    save_to_yml(tmp_path / "conf_client.yml", settings)
    forget_ours()
    ClientConfigMap(**read_yml_file(tmp_path / "conf_client.yml"))
    assert RateOracle.get_instance().source.name == "gate_io"


def test_registering_again_keeps_the_sources() -> None:
    register_rates()
    first = RATE_ORACLE_SOURCES["peatio"]()
    register_rates()
    assert RATE_ORACLE_SOURCES["peatio"]() is first


def test_the_connector_makes_the_oracle_follow_the_file_once(
    settings: ClientConfigAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peatio_host, "_application", lambda: SimpleNamespace(client_config_map=settings))
    configured_rates.use_configured_rates("peatio", LOGGER)
    assert chosen_rates(settings) == "peatio"
    settings.rate_oracle_source = "binance"
    configured_rates.use_configured_rates("peatio", LOGGER)
    assert chosen_rates(settings) == "hummingbot", "what the user set meanwhile stays"


def test_it_works_without_an_application(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peatio_host, "_application", lambda: None)
    configured_rates.use_configured_rates("peatio_mine", LOGGER)
    assert RateOracle.get_instance().source.name == "peatio_mine"


def test_by_default_nothing_is_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(rates, "use_rates", refuse)
    configured_rates.use_configured_rates("hummingbot", LOGGER)
    use_rates("hummingbot", None, LOGGER)
    assert RATE_ORACLE_SOURCES.keys() >= {"gate_io"}
    assert "peatio" not in RATE_ORACLE_SOURCES


def test_an_unknown_exchange_is_named_and_hummingbots_rates_stay(
    settings: ClientConfigAdapter, caplog: pytest.LogCaptureFixture
) -> None:
    use_rates("peatio_gone", settings, LOGGER)
    assert "The rates stay those of gate_io: `rates: peatio_gone`" in caplog.text
    assert "none of hummingbot, peatio, peatio_mine" in caplog.text
    assert RateOracle.get_instance().source.name == "gate_io"


def test_a_hummingbot_with_other_settings_trades_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delattr(rates, "use_rates")
    configured_rates.use_configured_rates("peatio", LOGGER)
    assert "The rates of peatio cannot be used" in caplog.text
