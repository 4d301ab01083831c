"""The settings of alerts, from `conf/peatio_alerts.yml` of the instance.

A file of its own: a mistake in `peatio.yml` stops the bot from placing orders, and one about alerts must not.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import yaml
from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.settings.connector import read_text
from hummingbot.connector.exchange.peatio.settings.models import Flag, SettingsModel, must_be, read, scalar
from pydantic import BeforeValidator, Field

FILE_NAME = "peatio_alerts.yml"


def _positive(value: Any) -> Decimal:
    if isinstance(value, bool):
        raise ValueError("no number")
    try:
        # By its text: 0.1 of YAML is the binary number next to it.
        number = Decimal(scalar(value))
    except InvalidOperation as error:
        raise ValueError("no number") from error
    if not number.is_finite() or number <= 0:
        raise ValueError("no amount")
    return number


def _by_currency(value: Any) -> Mapping[str, Decimal]:
    if not isinstance(value, dict) or not value:
        raise ValueError("no section")
    return {str(name).upper(): _positive(amount) for name, amount in value.items()}


def _limits(value: Any) -> Decimal | Mapping[str, Decimal]:
    if not isinstance(value, dict):
        return _positive(value)
    if not value:
        raise ValueError("no section")
    return {str(name): _positive(amount) for name, amount in value.items()}


class AlertSettings(SettingsModel):
    """What is worth a message."""

    stopped: Flag = Field(default=True, description="whether a bot that stopped, died or hangs is")
    guard: Flag = Field(default=True, description="whether the guard's work is: it cancels the orders of a dead bot")
    book_untrusted_s: Annotated[int, Field(strict=True, ge=0), must_be("is a whole number of seconds, or 0")] = Field(
        default=60,
        description="after how many seconds without a trusted order book a market is; 0 for never; needs the bot's "
        "`metrics_port`",
    )
    exposure_above: Annotated[
        Decimal | Mapping[str, Decimal] | None,
        BeforeValidator(_limits),
        must_be(
            "is an amount of the base currency above 0, like 0.05, or a section with one for each controller's id or "
            "own market, like {my_mirror: 0.05, ETH-USD: 1}"
        ),
    ] = Field(
        default=None,
        description="above which amount of the base currency the unhedged exposure of a `peatio_liquidity` controller "
        "is: one for all, or one for each by its id or own market, as in `{my_mirror: 0.05, ETH-USD: 1}`",
    )
    loss_above: Annotated[
        Mapping[str, Decimal],
        BeforeValidator(_by_currency),
        must_be("is a section with an amount above 0 for each quote currency, like {USD: 100}"),
    ] = Field(
        default_factory=dict,
        description="above which loss of a day (UTC) the markets of a quote currency are, realised and unrealised with "
        "fees, as in `{USD: 100}`",
    )
    fills: Flag = Field(default=False, description="whether each fill is")

    def exposure_limit(self, controller: str, trading_pair: str) -> Decimal | None:
        """Of one controller; None where its exposure is not watched.

        :param trading_pair: of its own market
        """
        if not isinstance(self.exposure_above, Mapping):
            return self.exposure_above
        by_id = self.exposure_above.get(controller)
        return self.exposure_above.get(trading_pair) if by_id is None else by_id


def load_settings(folder: Path) -> AlertSettings:
    """The settings in an instance's `conf`, the defaults where there is no file.

    :raises ConfigError: naming the file, the setting and what it takes
    """
    path = folder / FILE_NAME
    text = read_text(path)
    try:
        content = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        raise ConfigError(f"{path}{where}: not YAML") from None  # the library quotes the file
    try:
        return read(AlertSettings, content, folder)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}.", error.setting) from error
