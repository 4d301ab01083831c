"""The section `pause_around_cycle` of `conf/peatio.yml`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Self

from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.resizes.schedule import CycleSchedule
from hummingbot.connector.exchange.peatio.settings.models import Count, SettingsModel, must_be, read
from pydantic import BeforeValidator, Field, ValidationInfo, model_validator


def _time(value: Any) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError("no time zone")
    return moment.astimezone(UTC)


class PauseAroundCycle(SettingsModel):
    """When quotes are off."""

    known_cycle: Annotated[
        datetime, BeforeValidator(_time), must_be("is a time with its zone, like 2026-11-30T12:00:00Z")
    ] = Field(description="when a cycle begins or began, with its time zone, like 2026-11-30T12:00:00Z")
    every_s: Count | None = Field(
        default=None, description="how far cycles are apart, in seconds; without it that one alone is known"
    )
    before_s: Count = Field(default=30, description="so long before a cycle, in seconds, quotes are taken off")
    after_s: Count = Field(default=60, description="so long after its beginning, in seconds, they come back")

    @model_validator(mode="after")
    def _leaves_time_to_trade(self) -> Self:
        if self.every_s is not None and self.before_s + self.after_s >= self.every_s:
            raise ConfigError(
                "pause_around_cycle leaves no time to trade: before_s and after_s together must be below every_s",
                "pause_around_cycle",
            )
        return self

    @property
    def schedule(self) -> CycleSchedule:
        """When quotes are off, in epoch seconds."""
        return CycleSchedule(self.known_cycle.timestamp(), self.every_s, self.before_s, self.after_s)


def read_pause(value: Any, info: ValidationInfo) -> PauseAroundCycle | None:
    """The section as pydantic reads it.

    :raises ConfigError: naming the setting and what it takes
    """
    if value is None or isinstance(value, PauseAroundCycle):
        return value
    if not isinstance(value, dict):
        raise ConfigError(
            "pause_around_cycle is a section with known_cycle, every_s, before_s and after_s", "pause_around_cycle"
        )
    try:
        return read(PauseAroundCycle, value, info.context["folder"] if info.context else Path())
    except ConfigError as error:
        raise ConfigError(f"pause_around_cycle: {error}", "pause_around_cycle") from error
