"""Which rate source the user has chosen, in files (docs/reference/rates.md).

Hummingbot keeps its rate source in `conf/conf_client.yml` and does not start with a name there that it does not know.
It reads the file before a connector can add a source, and the connector may be uninstalled. So a Peatio exchange is
kept in `conf/peatio.yml`, and Hummingbot's file names a source that every Hummingbot has.
"""

import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

import yaml
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.settings.connector import FILE_NAME, load_settings
from hummingbot.connector.exchange.peatio.settings.exchanges import NAMED_EXCHANGES

CLIENT_FILE_NAME = "conf_client.yml"
CLIENT_SETTING = "rate_oracle_source"
# The source that Hummingbot's file names instead of a Peatio exchange: Hummingbot's default.
STOCK_SOURCE = "gate_io"

_RATES_LINE = re.compile(r"^rates[ \t]*:.*$", re.M)


def rate_names() -> list[str]:
    """The connectors whose prices the rate oracle can use."""
    return [CONSTANTS.EXCHANGE_NAME, *NAMED_EXCHANGES]


def keep_rates(folder: Path, name: str) -> None:
    """Writes the choice into `folder`/peatio.yml and leaves everything else there unchanged.

    :param name: a connector, or `settings.connector.HUMMINGBOTS_RATES`
    :raises ConfigError: when the file cannot be read or written
    """
    if load_settings(folder).rates == name:
        return
    path = folder / FILE_NAME
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    line = f"rates: {name}"
    if _RATES_LINE.search(text):
        text = _RATES_LINE.sub(line, text)
    else:
        text = f"{text}{'' if text.endswith('\n') or not text else '\n'}{line}\n"
    try:
        if yaml.safe_load(text).get("rates") != name:
            raise ValueError("its lines are not of the form `setting: value`")
        _replace(path, text)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: the line `{line}` cannot be written ({error}). Add it by hand.") from error


def move_choice(folder: Path) -> str | None:
    """Moves the choice of a Peatio exchange from Hummingbot's file, with which it would not start, into peatio.yml.

    :return: the connector's name; None where the file names no Peatio exchange
    :raises ConfigError, OSError, ValueError, yaml.YAMLError: when a file cannot be used
    """
    path = folder / CLIENT_FILE_NAME
    if not path.exists():
        return None
    text = path.read_text(encoding="utf-8")
    if CONSTANTS.EXCHANGE_NAME not in text:
        return None  # the usual case, found without parsing YAML
    content: Any = yaml.safe_load(text)
    chosen = content.get(CLIENT_SETTING) if isinstance(content, dict) else None
    name = chosen.get("name") if isinstance(chosen, dict) else chosen
    if not isinstance(name, str):
        return None
    if name != CONSTANTS.EXCHANGE_NAME and not name.startswith(CONSTANTS.CONNECTOR_PREFIX):
        return None
    try:
        keep_rates(folder, name)
    finally:
        # Also after an error, so that Hummingbot starts. It writes the comments of the file itself.
        content[CLIENT_SETTING] = {"name": STOCK_SOURCE}
        _replace(path, yaml.safe_dump(content, sort_keys=False))
    return name


def _replace(path: Path, text: str) -> None:
    """Replaces the file atomically; its permissions stay."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        if path.exists():
            shutil.copymode(path, temporary)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
