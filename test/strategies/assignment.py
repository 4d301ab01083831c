"""What a bot's process is to run, sent to its standard input as one line of JSON."""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, SecretStr, field_serializer

Kind = Literal["v1-strategy", "v2-script", "controller"]


class Configuration(BaseModel):
    """A configuration to write, as `hbot create` does.

    :param source: the strategy, script or controller
    :param values: what is not the default
    """

    model_config = ConfigDict(frozen=True)

    kind: Kind
    source: str
    values: dict[str, Any]


class Keys(BaseModel):
    """An exchange and the bot's key there.

    :param name: the connector
    :param domain: its address; None where `conf/peatio.yml` has it
    """

    model_config = ConfigDict(frozen=True)

    name: str
    domain: str | None
    api_key: str
    secret_key: SecretStr

    @field_serializer("secret_key", when_used="json")
    def _reveal(self, secret: SecretStr) -> str:
        return secret.get_secret_value()


class Assignment(BaseModel):
    """One bot.

    :param name: names its configuration, its database and its log
    :param configurations: several for controllers only, which then run side by side
    :param reports: a folder for the reports of each connector, `NAME.jsonl`
    :param stop_attempts: how often Hummingbot looks, every two seconds, whether executors that stand still have ended
    """

    model_config = ConfigDict(frozen=True)

    name: str
    configurations: tuple[Configuration, ...]
    keys: tuple[Keys, ...]
    reports: Path
    stop_attempts: int = 10
