"""The connector's own settings, from `conf/peatio.yml` of the Hummingbot instance.

Hummingbot asks at `connect` for what it needs to log in and has no place for anything else of a connector.
"""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml
from hummingbot.connector.exchange.peatio.common.errors import ConfigError

FILE_NAME = "peatio.yml"
# What else stands in the file: `peatio_profiles` reads it.
EXCHANGES_KEY = "exchanges"
HUMMINGBOTS_RATES = "hummingbot"
_LEFTOVERS = ("cancel", "adopt")
_HIGHEST_PORT = 65535


@dataclass(frozen=True)
class ConnectorSettings:
    """How the connector behaves; every setting has a safe default.

    :param leftovers: what happens at a start to orders that the last run left open: `cancel`, or `adopt` to go on
        following them
    :param refuse_self_trades: whether an order that would match one's own open order is refused before sending
        (Peatio itself prevents no self-trades)
    :param exclusive_account: whether nobody else trades on this account, so that cancelling all may use one request a
        market and side instead of one an order
    :param pull_quotes: whether open limit orders on a market are cancelled while its order book is not to be trusted
    :param metrics_port: the port where Prometheus can read metrics; 0 offers none
    :param metrics_host: the address it listens on; anything but loopback can be read by whoever reaches it
    :param rates: where Hummingbot's rate oracle takes its prices from: a connector (`peatio`, `peatio_NAME`) takes all
        tickers of that exchange; `hummingbot` leaves it to Hummingbot's own setting
    :param cancel_on_close: whether the exchange is asked to cancel every order of the account when the private
        websocket ends, for which the account must be exclusive; bitzlato's Rango does it, others pass over the wish
    """

    leftovers: str = "cancel"
    refuse_self_trades: bool = True
    exclusive_account: bool = False
    pull_quotes: bool = False
    metrics_port: int = 0
    metrics_host: str = "127.0.0.1"
    rates: str = HUMMINGBOTS_RATES
    cancel_on_close: bool = False

    def __post_init__(self) -> None:
        if self.leftovers not in _LEFTOVERS:
            raise ConfigError(f"leftovers is one of {', '.join(_LEFTOVERS)}, not {self.leftovers!r}.")
        for name in ("refuse_self_trades", "exclusive_account", "pull_quotes", "cancel_on_close"):
            if not isinstance(getattr(self, name), bool):
                raise ConfigError(f"{name} is true or false, not {getattr(self, name)!r}.")
        port = self.metrics_port
        if not isinstance(port, int) or isinstance(port, bool) or not 0 <= port <= _HIGHEST_PORT:
            raise ConfigError(f"metrics_port is a port, 1 to {_HIGHEST_PORT}, or 0 for none, not {port!r}.")
        if not isinstance(self.metrics_host, str) or not self.metrics_host:
            raise ConfigError(f"metrics_host is an address, 127.0.0.1 or 0.0.0.0, not {self.metrics_host!r}.")
        if not isinstance(self.rates, str):
            raise ConfigError(f"rates is {HUMMINGBOTS_RATES} or the name of a connector, not {self.rates!r}.")
        if self.cancel_on_close and not self.exclusive_account:
            raise ConfigError(
                "cancel_on_close needs exclusive_account: true, for it cancels every order of the account, "
                "not only this bot's."
            )


def load_settings(folder: Path) -> ConnectorSettings:
    """The settings in `folder`, the defaults where there is no file.

    :raises ConfigError: naming the file, the setting and what may stand there
    """
    path = folder / FILE_NAME
    if not path.exists():
        return ConnectorSettings()
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise ConfigError(f"{path} holds lines of the form `setting: value`.")
    content.pop(EXCHANGES_KEY, None)
    known = [field.name for field in fields(ConnectorSettings)]
    unknown = sorted(set(map(str, content)) - set(known))
    if unknown:
        there_are = ", ".join([*known, EXCHANGES_KEY])
        raise ConfigError(f"{path}: there is no setting {', '.join(unknown)}. There are: {there_are}.")
    try:
        return ConnectorSettings(**content)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
