"""docs/reference/configuration.md, made from the code: every setting, variable, command and option.

Meanings are the `:param` lines of the classes and the help texts of the command line: written there once.
"""

import re
from dataclasses import MISSING, Field, fields
from inspect import getdoc
from pathlib import Path
from typing import Any

import typer
from hummingbot.connector.exchange.peatio.common.dialects import DIALECTS
from hummingbot.connector.exchange.peatio.config import DEFAULT_PREFIXES
from hummingbot.connector.exchange.peatio.peatio_utils import PeatioConfigMap
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.connector.exchange.peatio.settings.exchanges import LOGINS, JwtLogin, NamedExchange
from typer.core import TyperArgument, TyperGroup, TyperOption

from peatio_cli.main import app

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "configuration.md"
_ROW = "| {} | {} | {} |\n"
_HEAD = "| {} | default | meaning |\n| --- | --- | --- |\n"

# What an entry of a file has beside the fields of its class: (default, meaning).
_ADDRESS = {
    "domain": ("required", "a host, host:port or URL"),
    "rest_prefix": (f"`{DEFAULT_PREFIXES.rest}`", "the path in front of `public/markets`"),
    "order_prefix": (
        "as `rest_prefix`",
        "the path in front of `market/orders`, if the exchange serves orders separately",
    ),
    "websocket_prefix": (f"`{DEFAULT_PREFIXES.websocket}`", "the path in front of `/public` and `/private`"),
    "login": (f"`{LOGINS[0]}`", "`jwt` signs tokens with a key of the operator"),
}
_VARIABLES = {
    "PEATIO_EXCHANGE_DOMAIN": "presets the exchange of the connector `peatio`: users are asked for their keys only",
    "HBOT_PASSWORD": "the instance's password, for use without a terminal (Hummingbot's own variable)",
    "CONFIG_PASSWORD": "the same for `run`, as in Hummingbot's containers; `CONFIG_PASSWORD_FILE` names a file with it",
    "CONFIG_FILE_NAME": "the strategy configuration that `run` starts; a script also needs `SCRIPT_CONFIG`",
    "BOT_NAME": "the name of the bot of `run`, at the broker and in its order journal; by default its `instance_id`",
    "MQTT_HOST": "the broker of `run`; by default that of `conf/conf_client.yml`, as for the next three",
    "MQTT_PORT": "its port",
    "MQTT_USERNAME": "the bot's name there",
    "MQTT_PASSWORD": "the bot's password there; `MQTT_PASSWORD_FILE` names a file with it",
    "RATE_LIMITS_SHARE_PCT": "the share of an exchange's request limit that the bot of `run` may use, in percent",
    "PEATIO_URL": "the exchange that `doctor` checks",
    "PEATIO_API_KEY": "the key that `doctor` tests",
    "PEATIO_SECRET": "the secret of that key",
}


def render() -> str:
    """The whole page."""
    return "".join(
        (
            "# Configuration\n\nEvery setting. `make docs` makes this page from the code, and a test compares it.\n",
            "\n## What `connect peatio` asks\n\n",
            _questions(),
            "\nStored in `conf/connectors/peatio.yml` of the instance, the keys encrypted with its password.\n",
            "\n## `conf/peatio.yml` of an instance\n\nThe file is optional.\n\n",
            _fields(ConnectorSettings),
            "\n### An exchange below `exchanges`\n\n[exchanges.md](../operate/exchanges.md) has complete examples.\n\n",
            _HEAD.format("setting"),
            *(_ROW.format(f"`{name}`", *row) for name, row in _ADDRESS.items()),
            _rows(NamedExchange, leave_out=("name", "address")),
            f"\n`dialect` is one of {', '.join(f'`{name}`' for name in DIALECTS)}.\n",
            "\n### `jwt` of an exchange\n\n",
            _fields(JwtLogin),
            "\n## Environment\n\n| variable | meaning |\n| --- | --- |\n",
            *(f"| `{name}` | {meaning} |\n" for name, meaning in _VARIABLES.items()),
            "\n## The command line\n",
            *_commands(),
        )
    )


def _questions() -> str:
    rows = ["| setting | prompt | stored |\n| --- | --- | --- |\n"]
    for name, field in PeatioConfigMap.model_fields.items():
        extra = field.json_schema_extra
        if not isinstance(extra, dict) or "prompt" not in extra:
            continue
        prompt: Any = extra["prompt"]
        text = prompt(PeatioConfigMap.model_construct()) if callable(prompt) else prompt
        rows.append(_ROW.format(f"`{name}`", text, "encrypted" if extra["is_secure"] else "unencrypted"))
    return "".join(rows)


def _fields(kind: type[Any]) -> str:
    return _HEAD.format("setting") + _rows(kind)


def _rows(kind: type[Any], leave_out: tuple[str, ...] = ()) -> str:
    meanings = _meanings(kind)
    return "".join(
        _ROW.format(f"`{field.name}`", _default(field), meanings[field.name])
        for field in fields(kind)
        if field.name not in leave_out
    )


def _default(field: "Field[Any]") -> str:
    if field.default is MISSING:
        return "required"
    if field.default in (None, "", ()):
        return "none"
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


def _meanings(kind: type[Any]) -> dict[str, str]:
    """Field → the text of its `:param` line, which may be of several fields and go over several lines."""
    meanings: dict[str, str] = {}
    for names, text in re.findall(r"^:param ([^:]+): (.*?)(?=^:|\Z)", getdoc(kind) or "", re.M | re.S):
        for name in names.split(","):
            meanings[name.strip()] = " ".join(text.split()).rstrip(".")
    return meanings


def _commands() -> list[str]:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return [_command(name, command) for name, command in group.commands.items()]


def _command(name: str, command: Any) -> str:
    usage = [f"hummingbot-peatio {name}"]
    options = []
    for parameter in command.params:
        if isinstance(parameter, TyperArgument):
            usage.append(parameter.metavar or str(parameter.name).upper())
        elif isinstance(parameter, TyperOption) and "--help" not in parameter.opts:
            options.append(parameter)
    lines = [f"\n### `{' '.join(usage)}`\n\n{command.get_short_help_str(200)}\n"]
    if options:
        lines.append("\n" + _HEAD.format("option"))
        lines.extend(_option(option) for option in options)
    return "".join(lines)


def _option(option: TyperOption) -> str:
    takes_value = not option.is_flag
    what = f" {option.metavar or option.name}".upper() if takes_value else ""
    default = f"`{option.default}`" if takes_value and option.default not in (None, (), []) else "none"
    return _ROW.format(f"`{option.opts[0]}{what}`", default, option.help or "")
