"""What the Hummingbot around the connector knows: its name, its configuration folder, its user."""

import logging
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from hummingbot.client.settings import CONF_DIR_PATH, CONNECTORS_CONF_DIR_PATH
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.settings.connector import (
    HUMMINGBOTS_RATES,
    ConnectorSettings,
    load_settings,
)

# Whether the rate oracle was set.
_has_rates = False


def instance_name() -> str:
    """The running application's instance id; "default" where there is none (a script, a test)."""
    return str(getattr(_client_config(), "instance_id", "") or "default")


def configured_share_pct() -> Decimal:
    """How much of any exchange's request limit this instance may use, in percent: `rate_limits_share_pct` of the
    running application's `conf/conf_client.yml`; all of it where there is no application (a script, a test)."""
    return Decimal(str(getattr(_client_config(), "rate_limits_share_pct", 100)))


def configured_settings(logger: logging.Logger) -> ConnectorSettings:
    """The settings of this instance; the defaults, said loudly, where the file cannot be used."""
    try:
        return load_settings(Path(CONF_DIR_PATH))
    except ConfigError as error:
        logger.error(f"The default settings are used: {error}")
        return ConnectorSettings()


def use_configured_rates(name: str, logger: logging.Logger) -> None:
    """Makes Hummingbot's rate oracle follow `conf/peatio.yml`, once in a process: what the user then sets stays."""
    global _has_rates
    if _has_rates or name == HUMMINGBOTS_RATES:
        return
    _has_rates = True
    try:
        # Late: it needs Hummingbot's settings, in the middle of which this module is imported.
        from hummingbot.connector.exchange.peatio.feeds.rate_modes import use_rates

        use_rates(name, getattr(_application(), "client_config_map", None), logger)
    except Exception:
        # A Hummingbot with other settings. Rates are for reports, and no reason not to trade.
        logger.exception(f"The rates of {name} cannot be used; Hummingbot's own are.")


def configured_domain(name: str) -> str:
    """Where the exchange is that Hummingbot knows as `name`, as `peatio_web_utils` reads it.

    A named exchange is its own domain. Of plain `peatio` it is what `connect` stored, which is no secret and stands
    in plain text; "" where nobody connected.
    """
    if name != CONSTANTS.EXCHANGE_NAME:
        return name
    try:
        stored: Any = yaml.safe_load((Path(CONNECTORS_CONF_DIR_PATH) / f"{name}.yml").read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return ""
    return str(stored.get("peatio_exchange_domain") or "") if isinstance(stored, dict) else ""


def notify(text: str, logger: logging.Logger) -> None:
    """Tells the user on whatever Hummingbot shows them, and the log."""
    logger.error(text)
    application = _application()
    if application is not None:
        application.notify(text)


def _client_config() -> Any:
    return getattr(_application(), "client_config_map", None)


def _application() -> Any:
    # Not imported: making the application is not for a connector to do, and importing it here would be circular.
    module = sys.modules.get("hummingbot.client.hummingbot_application")
    return None if module is None else module.HummingbotApplication._main_app
