"""What the Hummingbot around the connector knows: its name, its configuration folder, its user."""

import logging
import sys
from pathlib import Path
from typing import Any

from hummingbot.client.settings import CONF_DIR_PATH
from hummingbot.connector.exchange.peatio.peatio_errors import PeatioConfigError
from hummingbot.connector.exchange.peatio.peatio_settings import PeatioSettings, load_settings


def instance_name() -> str:
    """The running application's instance id; "default" where there is none (a script, a test)."""
    application = _application()
    return str(getattr(getattr(application, "client_config_map", None), "instance_id", "") or "default")


def configured_settings(logger: logging.Logger) -> PeatioSettings:
    """The settings of this instance; the defaults, said loudly, where the file cannot be used."""
    try:
        return load_settings(Path(CONF_DIR_PATH))
    except PeatioConfigError as error:
        logger.error(f"The default settings are used: {error}")
        return PeatioSettings()


def notify(text: str, logger: logging.Logger) -> None:
    """Tells the user on whatever Hummingbot shows them, and the log."""
    logger.error(text)
    application = _application()
    if application is not None:
        application.notify(text)


def _application() -> Any:
    # Not imported: making the application is not for a connector to do, and importing it here would be circular.
    module = sys.modules.get("hummingbot.client.hummingbot_application")
    return None if module is None else module.HummingbotApplication._main_app
