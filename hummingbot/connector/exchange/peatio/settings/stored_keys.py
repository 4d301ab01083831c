"""Stored keys of exchanges that `conf/peatio.yml` names no longer, or not so that they can be used.

Hummingbot does not start while the keys of a connector that it does not know are stored (it ends with a `KeyError`). So
such a connector stays known; who uses it is told what is wrong.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml
from hummingbot.connector.exchange.peatio.settings.exchanges import CONNECTOR_PREFIX

KEYS_FOLDER = "connectors"


def ownerless_keys(folder: Path, known: Collection[str]) -> dict[str, list[str]]:
    """Connector's name → the names of its stored fields, for each connector of ours that is not `known`.

    :param folder: Hummingbot's folder of configuration
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
