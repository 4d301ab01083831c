"""Peatio exchanges as rate sources of the console: `config` offers and saves them (docs/reference/rates.md)."""

import logging
from pathlib import Path
from typing import Any

from hummingbot.client.config.config_helpers import ClientConfigAdapter, load_client_config_map_from_file
from hummingbot.client.hummingbot_application import HummingbotApplication
from hummingbot.client.settings import CONF_DIR_PATH
from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.feeds.rate_choice import CLIENT_SETTING, keep_rates
from hummingbot.connector.exchange.peatio.feeds.rates import chosen_rates, register_rates, use_rates
from hummingbot.connector.exchange.peatio.settings.hummingbot_host import configured_settings


def load_settings_with_rates() -> ClientConfigAdapter:
    """Hummingbot's settings with the rate source from `conf/peatio.yml`; `config` offers the Peatio sources too."""
    config = load_client_config_map_from_file()
    register_rates()
    logger = logging.getLogger(__name__)
    use_rates(configured_settings(logger).current.rates, config, logger)
    return config


def keep_chosen_rates(hummingbot: HummingbotApplication) -> None:
    """From now on a change by `config rate_oracle_source` is saved in `conf/peatio.yml` too."""
    configure = hummingbot._config_single_key

    async def configure_and_keep(key: str, value: Any) -> None:
        await configure(key, value)
        if key == CLIENT_SETTING:
            try:
                keep_rates(Path(CONF_DIR_PATH), chosen_rates(hummingbot.client_config_map))
            except ConfigError as error:
                hummingbot.notify(str(error))

    hummingbot._config_single_key = configure_and_keep
