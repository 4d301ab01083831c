"""The Hummingbot application that the connector runs in: its name, its settings, its user."""

import logging
import sys
import traceback
from decimal import Decimal
from pathlib import Path
from typing import Any

from hummingbot.client.settings import CONF_DIR_PATH
from hummingbot.connector.exchange.peatio.settings.live import SettingsFile


def instance_name() -> str:
    """The running application's instance id; "default" where there is none (a script, a test)."""
    return str(getattr(client_config(), "instance_id", "") or "default")


def configured_share_pct() -> Decimal:
    """How much of any exchange's request limit this instance may use, in percent: `rate_limits_share_pct` of the
    running application's `conf/conf_client.yml`; all of it where there is no application (a script, a test)."""
    return Decimal(str(getattr(client_config(), "rate_limits_share_pct", 100)))


def configured_settings(logger: logging.Logger) -> SettingsFile:
    """The settings of this instance, with an error in the log where the file cannot be read."""
    settings = SettingsFile(Path(CONF_DIR_PATH), lambda text: notify(text, logger), logger)
    if settings.problem:
        logger.error(settings.problem)
    return settings


def notify(text: str, logger: logging.Logger, level: int = logging.WARNING) -> None:
    """Shows the user a message in Hummingbot's interface and writes it to the log. Never raises: whoever has something
    to say is in the middle of something else.

    :param level: at `ERROR`, `hbot status` shows the line too
    """
    logger.log(level, text)
    try:
        application = _application()
        if application is not None:
            application.notify(text)
    except Exception:
        logger.exception("Hummingbot's interface could not show the line above.")


def isolate_handlers(logger: logging.Logger) -> None:
    """Keeps errors of log handlers, MQTT's for example, from those who log."""

    def call_handlers(record: logging.LogRecord) -> None:
        try:
            type(logger).callHandlers(logger, record)
        except Exception:
            traceback.print_exc()

    logger.callHandlers = call_handlers  # type: ignore[method-assign]


def client_config() -> Any:
    """The running application's settings; None where there is no application (a script, a test)."""
    return getattr(_application(), "client_config_map", None)


def running_strategy() -> Any:
    """The running application's strategy; None where there is none."""
    return getattr(getattr(_application(), "trading_core", None), "strategy", None)


def _application() -> Any:
    # Not imported: the import would be circular, and a connector must not create the application.
    module = sys.modules.get("hummingbot.client.hummingbot_application")
    return None if module is None else module.HummingbotApplication._main_app
