"""The connector's own settings, from `conf/peatio.yml` of the Hummingbot instance.

Hummingbot asks at `connect` for what it needs to log in and has no place for anything else of a connector.
"""

import re
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.settings.cycles import PauseAroundCycle, read_pause
from hummingbot.connector.exchange.peatio.settings.models import Flag, SettingsModel, must_be, read, scalar
from pydantic import BeforeValidator, Field, model_validator

FILE_NAME = "peatio.yml"
# The file's other section, which `settings.exchanges` reads.
EXCHANGES_KEY = "exchanges"
# The value of `rates` that leaves Hummingbot's own rate source in place.
HUMMINGBOTS_RATES = "hummingbot"
_HIGHEST_PORT = 65535
_PAIR = re.compile("[A-Z0-9_]+-[A-Z0-9_]+")


def _pairs(value: Any) -> tuple[str, ...]:
    pairs = tuple(scalar(each).upper() for each in (value if isinstance(value, list | tuple) else [value]))
    if not all(map(_PAIR.fullmatch, pairs)):
        raise ValueError("no trading pair")
    return pairs


class ConnectorSettings(SettingsModel):
    """How the connector behaves; every setting has a safe default."""

    leftovers: Annotated[Literal["cancel", "adopt"], must_be("is one of cancel, adopt")] = Field(
        default="cancel",
        description="what happens at a start to orders that the last run left open: `cancel` cancels them, `adopt` "
        "continues to track them",
    )
    refuse_self_trades: Flag = Field(
        default=True,
        description="whether an order that would match another order of this bot is refused before it is sent, after "
        "cancelling that other order where it is a market order (Peatio itself does not prevent self-trades)",
    )
    exclusive_account: Flag = Field(
        default=False,
        description="whether nobody else trades on this account; then cancelling all orders takes one request per "
        "market and side instead of one per order, and every order that looks like a lost one is this bot's",
    )
    pull_quotes: Flag = Field(
        default=False,
        description="whether open limit orders on a market are cancelled while its order book may be wrong",
    )
    metrics_port: Annotated[
        int,
        Field(strict=True, ge=0, le=_HIGHEST_PORT),
        must_be(f"is a port, 1 to {_HIGHEST_PORT}, or 0 for none"),
    ] = Field(default=0, description="the port where Prometheus reads metrics; 0 turns metrics off")
    metrics_host: Annotated[str, Field(min_length=1), must_be("is an address, 127.0.0.1 or 0.0.0.0")] = Field(
        default="127.0.0.1",
        description="the address that the metrics port listens on; with any address but loopback, everybody who "
        "reaches it can read the metrics",
    )
    rates: Annotated[str, must_be(f"is {HUMMINGBOTS_RATES} or the name of a connector")] = Field(
        default=HUMMINGBOTS_RATES,
        description="where Hummingbot's rate oracle gets its prices: the name of a connector (`peatio`, `peatio_NAME`) "
        f"uses the tickers of that exchange, `{HUMMINGBOTS_RATES}` keeps Hummingbot's own setting",
    )
    pegged: Annotated[tuple[str, ...], BeforeValidator(_pairs), must_be("is a list of markets like BAY-USD")] = Field(
        default=(),
        description="the markets of a pegged coin, such as [BAY-USD, BAYR-USD]: there a fill without a trade, or a "
        "cancel that nobody asked for, may be the exchange's change of an order's size; open orders are asked for "
        "every few seconds",
    )
    pause_around_cycle: Annotated[PauseAroundCycle | None, BeforeValidator(read_pause)] = Field(
        default=None,
        description="when quotes on the markets of `pegged` are taken off around a known cycle, see below; off by "
        "default",
    )
    cancel_on_close: Flag = Field(
        default=False,
        description="whether the exchange is asked to cancel every order of the account when the private websocket "
        "closes; needs `exclusive_account`; bitzlato's Rango does it, other servers ignore the request",
    )

    @model_validator(mode="after")
    def _pauses_on_pegged_markets(self) -> Self:
        if self.pause_around_cycle is not None and not self.pegged:
            raise ConfigError("pause_around_cycle needs the markets under pegged", "pause_around_cycle")
        return self

    @model_validator(mode="after")
    def _cancels_only_own_orders(self) -> Self:
        if self.cancel_on_close and not self.exclusive_account:
            raise ConfigError(
                "cancel_on_close needs exclusive_account: true, because it cancels every order of the account, "
                "not only those of this bot",
                "cancel_on_close",
            )
        return self


def load_settings(folder: Path) -> ConnectorSettings:
    """The settings in `folder`, the defaults where there is no file.

    :raises ConfigError: naming the file, the line, the setting and what it takes
    """
    path = folder / FILE_NAME
    return parse_settings(path, read_text(path))


def read_text(path: Path) -> str:
    """The file's text; "" where there is no file.

    :raises ConfigError: when it cannot be read, or is not UTF-8
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        if not path.is_symlink():
            return ""
        raise ConfigError(f"{path} cannot be read: it is a link to a file that does not exist") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}, line {line}: the file is not a text in UTF-8") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}") from error


def parse_settings(path: Path, text: str) -> ConnectorSettings:
    """The settings in a file's text.

    :raises ConfigError: as `load_settings`
    """
    content, lines = _document(path, text)
    try:
        return read(ConnectorSettings, content, path.parent, others=[EXCHANGES_KEY])
    except ConfigError as error:
        where = f", line {lines[error.setting]}" if error.setting in lines else ""
        raise ConfigError(f"{path}{where}: {error}.", error.setting) from error


def readable_settings(path: Path, text: str) -> dict[str, Any]:
    """Name → value of each setting that can be read by itself, from a text that `parse_settings` refuses."""
    try:
        content, _ = _document(path, text)
    except ConfigError:
        return {}
    readable = {}
    for name in ConnectorSettings.model_fields if isinstance(content, dict) else ():
        if content.get(name) is not None:
            with suppress(ConfigError):
                readable[name] = getattr(read(ConnectorSettings, {name: content[name]}, path.parent), name)
    return readable


def _document(path: Path, text: str) -> tuple[Any, dict[str, int]]:
    """The file's content, and name → line (from 1) of its settings.

    :raises ConfigError: when it is not YAML. Without the library's text, which quotes the file: a line may hold a
        password
    """
    try:
        loader = yaml.SafeLoader(text)
        try:
            root = loader.get_single_node()
            if root is None:
                return {}, {}
            rows = root.value if isinstance(root, yaml.MappingNode) else []
            lines = {str(key.value): key.start_mark.line + 1 for key, _ in rows}
            return loader.construct_document(root), lines
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        where = f", line {error.problem_mark.line + 1}" if error.problem_mark is not None else ""
        raise ConfigError(f"{path}{where}: not YAML ({error.problem or error.context})") from None
    except (ValueError, ArithmeticError, RecursionError, yaml.YAMLError) as error:
        raise ConfigError(f"{path} cannot be read: not YAML ({type(error).__name__})") from None
