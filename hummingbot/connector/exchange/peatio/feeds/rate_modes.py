"""Peatio exchanges among the rate sources of Hummingbot's settings (docs/reference/rates.md).

Not to be imported before Hummingbot's settings are: `peatio_utils` is, in the middle of them.
"""

import logging
from typing import Any

from hummingbot.client.config.client_config_map import RATE_SOURCE_MODES, GateIoRateSourceMode
from hummingbot.connector.exchange.peatio.feeds.rate_choice import CLIENT_SETTING, rate_names
from hummingbot.connector.exchange.peatio.feeds.rate_source import RateSource
from hummingbot.connector.exchange.peatio.settings.connector import HUMMINGBOTS_RATES
from hummingbot.core.rate_oracle.rate_oracle import RATE_ORACLE_SOURCES, RateOracle
from hummingbot.core.rate_oracle.sources.rate_source_base import RateSourceBase
from pydantic import ConfigDict


def register_rates() -> None:
    """Lets Hummingbot's settings and its completion know `peatio` and every named exchange."""
    for name in rate_names():
        if name not in RATE_SOURCE_MODES:
            mode = _mode_of(RateSource(name))
            RATE_SOURCE_MODES[name] = mode
            RATE_ORACLE_SOURCES[name] = mode().build_rate_source


def _mode_of(source: RateSource) -> type[GateIoRateSourceMode]:
    # A stock mode's subclass, because the setting is of a closed union of types. Its `name`, which is all that is
    # saved, stays the stock one: that is what a Hummingbot without us reads.
    class PeatioRateSourceMode(GateIoRateSourceMode):
        model_config = ConfigDict(title=source.name)

        def build_rate_source(self) -> RateSourceBase:
            return source

    return PeatioRateSourceMode


def use_rates(name: str, client_config: Any, logger: logging.Logger) -> None:
    """Makes the oracle take its prices from an exchange.

    :param name: a connector; `HUMMINGBOTS_RATES` changes nothing
    :param client_config: the application's settings, which would otherwise choose anew at their next change; None
        where there is no application
    """
    if name == HUMMINGBOTS_RATES:
        return
    register_rates()
    if name not in rate_names():
        logger.error(
            f"The rates stay those of {RateOracle.get_instance().source.name}: `rates: {name}` in conf/peatio.yml is "
            f"none of {', '.join([HUMMINGBOTS_RATES, *rate_names()])}."
        )
        return
    if client_config is not None:
        setattr(client_config, CLIENT_SETTING, name)
    else:
        RateOracle.get_instance().source = RATE_ORACLE_SOURCES[name]()
    logger.info(f"The rate oracle takes its prices from the tickers of {name}.")


def chosen_rates(client_config: Any) -> str:
    """What `conf/peatio.yml` is to say for what the application's settings say now."""
    title = str(client_config.rate_oracle_source.title)
    return title if title in rate_names() else HUMMINGBOTS_RATES
