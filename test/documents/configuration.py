"""docs/reference/configuration.md, made from the code: every setting, variable and command.

Meanings are the descriptions of the settings' fields and the help texts of the command line.
"""

from pathlib import Path
from typing import Any

import typer
from hummingbot.connector.exchange.peatio.common.dialects import DIALECTS
from hummingbot.connector.exchange.peatio.peatio_utils import PeatioConfigMap
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.connector.exchange.peatio.settings.cycles import PauseAroundCycle
from hummingbot.connector.exchange.peatio.settings.exchanges import JwtLogin, Venue
from hummingbot.connector.exchange.peatio.settings.models import SettingsModel
from pydantic.fields import FieldInfo
from typer.core import TyperArgument, TyperGroup, TyperOption

from peatio_cli.alerts.settings import AlertSettings
from peatio_cli.typer_app import app

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "configuration.md"
_ROW = "| {} | {} | {} |\n"
_HEAD = "| {} | default | meaning |\n| --- | --- | --- |\n"

_VARIABLES = {
    "PEATIO_EXCHANGE_DOMAIN": "presets the exchange of the connector `peatio`: users are asked for their keys only",
    "HBOT_PASSWORD": "the instance's password, if it cannot be typed (Hummingbot's own variable); for `run`, `guard`, "
    "`doctor` and `report` `HBOT_PASSWORD_FILE` can name a file with it",
    "CONFIG_PASSWORD": "the same, as in Hummingbot's containers; `CONFIG_PASSWORD_FILE` names a file with it",
    "CONFIG_FILE_NAME": "the strategy configuration that `run` starts; for a script `SCRIPT_CONFIG` as well",
    "BOT_NAME": "the name of the bot of `run` at the broker and in its order journal; if unset, its `instance_id`",
    "MQTT_HOST": "the broker of `run`, or `none` for a bot without one; if unset, that of `conf/conf_client.yml`, as "
    "for the next three",
    "MQTT_PORT": "its port",
    "MQTT_USERNAME": "the bot's name there",
    "MQTT_PASSWORD": "the bot's password there; `MQTT_PASSWORD_FILE` names a file with it",
    "RATE_LIMITS_SHARE_PCT": "how much of an exchange's request limit the bot of `run` may use, in percent",
    "PEATIO_URL": "the exchange that `doctor` checks and `report` asks, in place of the connected `peatio`",
    "PEATIO_API_KEY": "the API key that `doctor` and `report --verify` use, and with `--keys-from-environment` "
    "`run` and `guard`; `PEATIO_API_KEY_FILE` names a file with it, which other users must not be able to read",
    "PEATIO_SECRET": "the secret of that key; `PEATIO_SECRET_FILE` as above",
    "PEATIO_ALERTS": "the addresses that [alerts](../operate/alerts.md) go to, separated by blanks",
    "PEATIO_ALERTS_FILE": "a file with them, which other users must not be able to read",
    "PEATIO_NAME_API_KEY": "the API key for the exchange `name` of `conf/peatio.yml`; `PEATIO_NAME_API_KEY_FILE` as "
    "above",
    "PEATIO_NAME_SECRET": "its secret; `PEATIO_NAME_SECRET_FILE` as above",
}


def render() -> str:
    """The whole page."""
    return "".join(
        (
            "# Configuration\n\nAll that can be set; `make docs` makes this page from the code, and a test compares.\n",
            "\n## What `connect peatio` asks\n\n",
            _questions(),
            "\nKept in `conf/connectors/peatio.yml` of the instance, the keys encrypted with its password.\n",
            "\n## `conf/peatio.yml` of an instance\n\nThe file need not be there. A running bot reads it every 10 s; "
            "`leftovers`, `metrics_port`, `metrics_host` and `rates` take effect at its next start. While the file has "
            "a mistake no order is placed ([reliability.md](reliability.md)), and the log and "
            "[the doctor](../operate/doctor.md) name the line.\n\n",
            _fields(ConnectorSettings),
            "\n### An exchange below `exchanges`\n\n[exchanges.md](../operate/exchanges.md) has whole examples.\n\n",
            _fields(Venue, leave_out=("name",)),
            f"\n`dialect` is one of {', '.join(f'`{name}`' for name in DIALECTS)}.\n",
            "\n### `pause_around_cycle`\n\n",
            "Nothing that an exchange sends announces a cycle, so the file says when one begins. Quotes on the "
            "markets\nof `pegged` are cancelled before it, and no order is placed there until it has passed; "
            "strategies then quote\nagain by themselves.\n\n",
            _fields(PauseAroundCycle),
            "\n### `jwt` of an exchange\n\n",
            _fields(JwtLogin),
            "\n## `conf/peatio_alerts.yml` of an instance\n\nWhat [alerts](../operate/alerts.md) are sent for, once "
            "there are addresses. The file need not be there.\n\n",
            _fields(AlertSettings),
            "\n## Environment\n\n| variable | meaning |\n| --- | --- |\n",
            *(f"| `{name}` | {meaning} |\n" for name, meaning in _VARIABLES.items()),
            "\n## The command line\n",
            *_commands(),
        )
    )


def _questions() -> str:
    rows = ["| setting | asked as | kept |\n| --- | --- | --- |\n"]
    for name, field in PeatioConfigMap.model_fields.items():
        extra = field.json_schema_extra
        if not isinstance(extra, dict) or "prompt" not in extra:
            continue
        prompt: Any = extra["prompt"]
        text = prompt(PeatioConfigMap.model_construct()) if callable(prompt) else prompt
        rows.append(_ROW.format(f"`{name}`", text, "encrypted" if extra["is_secure"] else "as it is"))
    return "".join(rows)


def _fields(model: type[SettingsModel], leave_out: tuple[str, ...] = ()) -> str:
    rows = (
        _ROW.format(f"`{name}`", _default(field), field.description)
        for name, field in model.model_fields.items()
        if name not in leave_out
    )
    return _HEAD.format("setting") + "".join(rows)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True, validated_data={})
    if default in (None, "", (), {}):
        return "none"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _commands() -> list[str]:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return [_command(name, command) for name, command in group.commands.items()]


def _command(name: str, command: Any) -> str:
    usage = [f"hummingbot-peatio {name}"]
    options = []
    for parameter in command.params:
        if isinstance(parameter, TyperArgument):
            usage.append(_argument(parameter))
        elif isinstance(parameter, TyperOption) and "--help" not in parameter.opts:
            options.append(parameter)
    lines = [f"\n### `{' '.join(usage)}`\n\n{command.get_short_help_str(200)}\n"]
    if options:
        lines.append("\n" + _HEAD.format("option"))
        lines.extend(_option(option) for option in options)
    return "".join(lines)


def _argument(argument: TyperArgument) -> str:
    name = argument.metavar or str(argument.name).upper()
    return f"{name}..." if argument.nargs < 0 else name if argument.required else f"[{name}]"


def _option(option: TyperOption) -> str:
    takes_value = not option.is_flag
    what = f" {option.metavar or option.name}".upper() if takes_value else ""
    default = f"`{option.default}`" if takes_value and option.default not in (None, (), []) else "none"
    return _ROW.format(f"`{option.opts[0]}{what}`", default, option.help or "")
