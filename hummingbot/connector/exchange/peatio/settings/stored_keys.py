"""What Hummingbot's `connect` stored in `conf/connectors`: which address, and of which connectors there are keys."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml
from hummingbot.client.settings import CONNECTORS_CONF_DIR_PATH
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS

# Below Hummingbot's configuration folder.
KEYS_FOLDER = "connectors"


def connected_domain() -> str:
    """The address of plain `peatio` that `connect` stored, unencrypted; "" where nobody has connected, and where the
    operator's preset was taken."""
    path = Path(CONNECTORS_CONF_DIR_PATH) / f"{CONSTANTS.EXCHANGE_NAME}.yml"
    return str(_stored(path).get("peatio_exchange_domain") or "")


def ownerless_keys(folder: Path, known: Collection[str]) -> dict[str, list[str]]:
    """Connector name → the names of its stored fields, for each `peatio_NAME` with stored keys that is not `known`.

    Hummingbot ends with a `KeyError` at its start while it has stored keys of a connector that it does not know, so
    such a connector stays in its list, and a message says what to do.

    :param folder: Hummingbot's configuration folder
    """
    paths = sorted((folder / KEYS_FOLDER).glob(f"{CONSTANTS.CONNECTOR_PREFIX}*.yml"))
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
