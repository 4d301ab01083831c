"""Where it is kept that Hummingbot's rate oracle uses the prices of a Peatio exchange (docs/reference/rates.md).

Hummingbot keeps its rate source in `conf/conf_client.yml`, and where it finds a name there that it does not know it
does not start any more. It looks before a connector can add one, and the connector may be gone. So ours stands in
`conf/peatio.yml`, and Hummingbot's file names a source that every Hummingbot has. Files only, nothing of Hummingbot.
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
from hummingbot.connector.exchange.peatio.settings.exchanges import CONNECTOR_PREFIX, NAMED_EXCHANGES

CLIENT_FILE_NAME = "conf_client.yml"
CLIENT_SETTING = "rate_oracle_source"
# What Hummingbot's own file says in place of ours: its default.
STOCK_SOURCE = "gate_io"

_RATES_LINE = re.compile(r"^rates[ \t]*:.*$", re.M)


def rate_names() -> list[str]:
    """The connectors whose prices can be used."""
    return [CONSTANTS.EXCHANGE_NAME, *NAMED_EXCHANGES]


def keep_rates(folder: Path, name: str) -> None:
    """Writes the choice into `folder`/peatio.yml, and leaves everything else in it as it stands.

    :param name: a connector, or `peatio_settings.HUMMINGBOTS_RATES`
    :raises ConfigError: when the file cannot be used as it is, or not be written
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
        raise ConfigError(f"{path}: the line `{line}` cannot be written, do it by hand ({error})") from error


def move_choice(folder: Path) -> str | None:
    """Takes a choice of ours out of Hummingbot's file, with which it would not start, and keeps it in our own.

    :return: the connector, if there was one
    :raises ConfigError, OSError, ValueError, yaml.YAMLError: when a file cannot be used
    """
    path = folder / CLIENT_FILE_NAME
    if not path.exists():
        return None
    text = path.read_text(encoding="utf-8")
    if CONSTANTS.EXCHANGE_NAME not in text:
        return None  # nearly always, and reading YAML takes longer
    content: Any = yaml.safe_load(text)
    chosen = content.get(CLIENT_SETTING) if isinstance(content, dict) else None
    name = chosen.get("name") if isinstance(chosen, dict) else chosen
    if not isinstance(name, str) or not (name == CONSTANTS.EXCHANGE_NAME or name.startswith(CONNECTOR_PREFIX)):
        return None
    try:
        keep_rates(folder, name)
    finally:
        # Whatever becomes of the choice: Hummingbot starts. It writes the comments anew itself.
        content[CLIENT_SETTING] = {"name": STOCK_SOURCE}
        _replace(path, yaml.safe_dump(content, sort_keys=False))
    return name


def _replace(path: Path, text: str) -> None:
    """At once, whatever happens meanwhile, and readable for whom it was before."""
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
