"""Hummingbot's own settings of a new instance, `conf/conf_client.yml`, so that its first start asks no other exchange.

Hummingbot itself writes the file at its first start: with four big exchanges for paper trade, whose markets the console
then fetches, and another one for rates. Runs in a process of the instance, because Hummingbot's paths are those of the
package that is imported. As a module it prints a line for each thing that is left to the user.
"""

import sys
from pathlib import Path
from typing import Any

import yaml
from hummingbot.client.config.config_helpers import load_client_config_map_from_file, save_to_yml
from hummingbot.client.settings import CLIENT_CONFIG_PATH, CONF_DIR_PATH
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.feeds.rate_choice import keep_rates, rate_names
from hummingbot.connector.exchange.peatio.settings.connector import FILE_NAME

PAPER_TRADE_LIST = "paper_trade_exchanges"


def write_client_settings() -> list[str]:
    """Writes the settings of the instance that this process runs in; returns what is left to the user.

    Paper trade is for `peatio` and the named exchanges; a file that has a list of exchanges for it stays as it is.
    Rates are those of `peatio`, unless Hummingbot ran here before or `conf/peatio.yml` says otherwise.
    """
    is_new = not CLIENT_CONFIG_PATH.exists()
    names, listed = rate_names(), _paper_trade_list(CLIENT_CONFIG_PATH)
    if listed is None:
        config = load_client_config_map_from_file()  # adds to the file what it lacks
        listed = config.paper_trade.paper_trade_exchanges = names
        save_to_yml(CLIENT_CONFIG_PATH, config)
    notes = _choose_rates(Path(CONF_DIR_PATH)) if is_new else []
    missing = [name for name in names if name not in listed]
    if missing:
        notes.append(
            f"{CLIENT_CONFIG_PATH} does not have {', '.join(missing)} under {PAPER_TRADE_LIST}; to trade there on "
            "paper, add it to that list"
        )
    return notes


def _paper_trade_list(path: Path) -> list[Any] | None:
    content = _content(path)
    section = content.get("paper_trade")
    listed = section.get(PAPER_TRADE_LIST) if isinstance(section, dict) else None
    return listed if isinstance(listed, list) else None


def _choose_rates(folder: Path) -> list[str]:
    path = folder / FILE_NAME
    try:
        if "rates" not in _content(path):
            keep_rates(folder, CONSTANTS.EXCHANGE_NAME)
    except (ConfigError, OSError, ValueError, yaml.YAMLError) as error:
        return [f"{path} cannot be used, so the rates stay those of another exchange: {error}"]
    return []


def _content(path: Path) -> dict[str, Any]:
    content: Any = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None
    return content if isinstance(content, dict) else {}


def _main() -> int:
    try:
        notes = write_client_settings()
    except yaml.YAMLError as error:
        # Without the lines of the file, one of which may hold a password.
        mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
        where = "" if mark is None else f", line {mark.line + 1}"
        print(f"it is not YAML{where}", file=sys.stderr)
        return 1
    for note in notes:
        print(note)
    return 0


if __name__ == "__main__":
    sys.exit(_main())
