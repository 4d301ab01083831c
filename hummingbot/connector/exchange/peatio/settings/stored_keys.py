"""Stored keys of exchanges that have no usable entry in `conf/peatio.yml`.

Hummingbot ends with a `KeyError` at its start while it has stored keys of a connector that it does not know. So such a
connector stays in its list, and a message says what to do.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml
from hummingbot.connector.exchange.peatio.settings.exchanges import CONNECTOR_PREFIX

KEYS_FOLDER = "connectors"


def ownerless_keys(folder: Path, known: Collection[str]) -> dict[str, list[str]]:
    """Connector name → the names of its stored fields, for each `peatio_NAME` that is not `known`.

    :param folder: Hummingbot's configuration folder
    """
    found = {}
    for path in sorted((folder / KEYS_FOLDER).glob(f"{CONNECTOR_PREFIX}*.yml")):
        if path.stem not in known:
            found[path.stem] = _fields(path)
    return found


def _fields(path: Path) -> list[str]:
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return []
    return [str(name) for name in content if name != "connector"] if isinstance(content, dict) else []
