"""The settings of a fleet's bot from its environment, with the same names for `run`, containers and Hummingbot's API.

`CONFIG_PASSWORD`, `CONFIG_FILE_NAME` and `SCRIPT_CONFIG` are those of Hummingbot's own container.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

from peatio_cli.install.secret_files import SecretError, secret_from

DEFAULT_MQTT_PORT = 1883
KEYS_OPTION = "--keys-from-environment"
# Below an instance: it exists once a key was stored, or the console was started.
KEY_STORE = Path("conf", ".password_verification")
# Each of these, or the file that NAME_FILE names, holds a secret.
SECRET_VARIABLES = ("CONFIG_PASSWORD", "HBOT_PASSWORD", "MQTT_PASSWORD")

_BROKER = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<host>[^:/@\[\]\s]+))(?::(?P<port>[0-9]+))?")


#: In place of a broker's host: the bot has none.
NO_BROKER = "none"


class FleetError(Exception):
    """The bot cannot run with these settings; the text says why and what to do."""


@dataclass(frozen=True)
class FleetSettings:
    """None means the value in the instance's `conf/conf_client.yml`.

    :param password: opens the key store; None where there is none, and the keys come from the environment
    :param config_file: the strategy to start with: a file in `conf/strategies`, `conf/scripts` or `conf/controllers`;
        None waits for the command `start`
    :param name: the bot's name on the broker and in its order journal; it must be the same at every start
    :param has_broker: False for a bot that nobody steers over MQTT
    :param share_pct: how much of an exchange's request limit the bot may use, in percent
    """

    password: str | None = field(repr=False)
    config_file: str | None = None
    name: str | None = None
    broker_host: str | None = None
    broker_port: int | None = None
    broker_user: str | None = None
    broker_password: str | None = field(default=None, repr=False)
    share_pct: Decimal | None = None
    has_broker: bool = True


def settings_from(environment: Mapping[str, str], needs_password: bool = True) -> FleetSettings:
    """
    :param needs_password: whether there is a key store to be opened
    :raises FleetError: when something needed is missing or cannot be read
    """
    password = _secret(environment, "CONFIG_PASSWORD") or _secret(environment, "HBOT_PASSWORD")
    if password is None and needs_password:
        raise FleetError(
            "no password for the key store; remedy: set CONFIG_PASSWORD or HBOT_PASSWORD, or CONFIG_PASSWORD_FILE to a "
            "file with it"
        )
    name = environment.get("BOT_NAME") or None
    if name is not None and set(name) & set("/+#"):
        raise FleetError(f"BOT_NAME is a part of MQTT topics and must not contain /, + or #: {name!r}")
    host = environment.get("MQTT_HOST")
    return FleetSettings(
        password=password,
        config_file=environment.get("CONFIG_FILE_NAME") or environment.get("SCRIPT_CONFIG") or None,
        name=name,
        broker_host=None if host == NO_BROKER else host or None,
        broker_port=_port(environment),
        broker_user=environment.get("MQTT_USERNAME") or None,
        broker_password=_secret(environment, "MQTT_PASSWORD"),
        share_pct=_share_pct(environment),
        has_broker=host != NO_BROKER,
    )


def broker_environment(address: str) -> dict[str, str]:
    """:param address: HOST or HOST:PORT, an IPv6 address in brackets
    :raises FleetError: when it is something else; without the text, which may hold a password
    """
    found = _BROKER.fullmatch(address)
    if found is None:
        raise FleetError(
            "--broker must be HOST or HOST:PORT, an IPv6 address in brackets; remedy: omit everything else, and set "
            "MQTT_USERNAME and MQTT_PASSWORD if the broker asks for them"
        )
    return {"MQTT_HOST": found["host"] or found["v6"], "MQTT_PORT": found["port"] or str(DEFAULT_MQTT_PORT)}


def absolute_secret_files(environment: Mapping[str, str]) -> dict[str, str]:
    """The NAME_FILE variables that are set, as absolute paths: the bot's working directory is another one."""
    key_files = [name for name in environment if re.fullmatch(r"PEATIO_(\w+_)?(API_KEY|SECRET)_FILE", name)]
    names = [*(f"{name}_FILE" for name in SECRET_VARIABLES), *key_files]
    return {name: str(Path(environment[name]).absolute()) for name in names if environment.get(name)}


def _secret(environment: Mapping[str, str], name: str) -> str | None:
    """:raises FleetError: when the file that holds it cannot be read"""
    try:
        return secret_from(environment, name)
    except SecretError as error:
        raise FleetError(str(error)) from error


def _port(environment: Mapping[str, str]) -> int | None:
    text = environment.get("MQTT_PORT")
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise FleetError(f"MQTT_PORT must be a number from 1 to 65535, not {text!r}")
    return int(text)


def _share_pct(environment: Mapping[str, str]) -> Decimal | None:
    text = environment.get("RATE_LIMITS_SHARE_PCT")
    if not text:
        return None
    try:
        share_pct = Decimal(text)
    except InvalidOperation:
        share_pct = Decimal(0)
    if not share_pct.is_finite() or not 0 < share_pct <= 100:
        raise FleetError(f"RATE_LIMITS_SHARE_PCT must be a percentage above 0 and up to 100, not {text!r}")
    return share_pct
