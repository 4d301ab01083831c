"""The place of Peatio exchanges among the rate sources in Hummingbot's settings (docs/reference/rates.md).

To be imported after Hummingbot's settings, so not from `peatio_utils`, which Hummingbot imports while it makes them.
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
    """Adds `peatio` and every named exchange to the rate sources that Hummingbot offers."""
    for name in rate_names():
        if name not in RATE_SOURCE_MODES:
            mode = _mode_of(RateSource(name))
            RATE_SOURCE_MODES[name] = mode
            RATE_ORACLE_SOURCES[name] = mode().build_rate_source


def _mode_of(source: RateSource) -> type[GateIoRateSourceMode]:
    # A subclass of a stock mode, because the setting's type is a closed union. Its `name`, which is all that is saved,
    # stays the stock one, so that a Hummingbot without this connector can read the file.
    class PeatioRateSourceMode(GateIoRateSourceMode):
        model_config = ConfigDict(title=source.name)

        def build_rate_source(self) -> RateSourceBase:
            return source

    return PeatioRateSourceMode


def use_rates(name: str, config: Any, logger: logging.Logger) -> None:
    """Makes the oracle take its prices from an exchange.

    :param name: a connector; `HUMMINGBOTS_RATES` changes nothing
    :param config: the application's settings, which set the oracle again at each change; None where there is no
        application
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
    if config is not None:
        setattr(config, CLIENT_SETTING, name)
    else:
        RateOracle.get_instance().source = RATE_ORACLE_SOURCES[name]()
    logger.info(f"The rate oracle takes its prices from the tickers of {name}.")


def chosen_rates(config: Any) -> str:
    """The value of `rates` in `conf/peatio.yml` for the rate source that the application's settings name now."""
    title = str(config.rate_oracle_source.title)
    return title if title in rate_names() else HUMMINGBOTS_RATES
