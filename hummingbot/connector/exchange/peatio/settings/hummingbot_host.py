"""The Hummingbot application that the connector runs in: its name, its settings, its user."""

import logging
import sys
import traceback
from collections.abc import Collection
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from hummingbot.client.settings import CONF_DIR_PATH, CONNECTORS_CONF_DIR_PATH
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings, load_settings
from hummingbot.connector.exchange.peatio.settings.exchanges import CONNECTOR_PREFIX

# Below Hummingbot's configuration folder.
KEYS_FOLDER = "connectors"


def instance_name() -> str:
    """The running application's instance id; "default" where there is none (a script, a test)."""
    return str(getattr(client_config(), "instance_id", "") or "default")


def configured_share_pct() -> Decimal:
    """How much of any exchange's request limit this instance may use, in percent: `rate_limits_share_pct` of the
    running application's `conf/conf_client.yml`; all of it where there is no application (a script, a test)."""
    return Decimal(str(getattr(client_config(), "rate_limits_share_pct", 100)))


def configured_settings(logger: logging.Logger) -> ConnectorSettings:
    """The settings of this instance; the defaults, with an error in the log, where the file cannot be used."""
    try:
        return load_settings(Path(CONF_DIR_PATH))
    except ConfigError as error:
        logger.error(f"The default settings are used: {error}")
        return ConnectorSettings()


def configured_domain(name: str) -> str:
    """The `domain`, as `venue_of` reads it, of the connector `name`.

    For a named exchange its name; for plain `peatio` the address that `connect` stored unencrypted, or "" where nobody
    has connected.
    """
    if name != CONSTANTS.EXCHANGE_NAME:
        return name
    return str(_stored(Path(CONNECTORS_CONF_DIR_PATH) / f"{name}.yml").get("peatio_exchange_domain") or "")


def ownerless_keys(folder: Path, known: Collection[str]) -> dict[str, list[str]]:
    """Connector name → the names of its stored fields, for each `peatio_NAME` with stored keys that is not `known`.

    Hummingbot ends with a `KeyError` at its start while it has stored keys of a connector that it does not know, so
    such a connector stays in its list, and a message says what to do.

    :param folder: Hummingbot's configuration folder
    """
    paths = sorted((folder / KEYS_FOLDER).glob(f"{CONNECTOR_PREFIX}*.yml"))
    return {
        path.stem: [str(field) for field in _stored(path) if field != "connector"]
        for path in paths
        if path.stem not in known
    }


def _stored(path: Path) -> dict[Any, Any]:
    """What Hummingbot stored for a connector; empty where the file is missing or cannot be read."""
    try:
        stored: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    return stored if isinstance(stored, dict) else {}


def notify(text: str, logger: logging.Logger) -> None:
    """Shows the user a message in Hummingbot's interface and writes it to the log. Never raises: whoever has something
    to say is in the middle of something else."""
    logger.warning(text)
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


def _application() -> Any:
    # Not imported: the import would be circular, and a connector must not create the application.
    module = sys.modules.get("hummingbot.client.hummingbot_application")
    return None if module is None else module.HummingbotApplication._main_app
