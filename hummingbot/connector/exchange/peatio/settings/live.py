"""The settings of a running connector: `conf/peatio.yml`, followed while it runs."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.settings.connector import (
    FILE_NAME,
    ConnectorSettings,
    parse_settings,
    read_text,
    readable_settings,
)

# What is not in force at once after a change, and when it is. The exchange goes by what the open connection was opened
# with, and to close that would cancel the orders.
_LATER = {
    **dict.fromkeys(("leftovers", "metrics_port", "metrics_host", "rates"), "from the next start on"),
    "cancel_on_close": "from the next connection of the private websocket on",
}


class Settings:
    """Settings that do not change.

    :ivar current: the settings in force
    :ivar problem: why the file cannot be read, a sentence with file, line and remedy; "" where it can
    :ivar was_read: whether it could be read at any time since this was made
    """

    def __init__(self, current: ConnectorSettings, was_read: bool = True) -> None:
        self.current = current
        self.problem = ""
        self.was_read = was_read

    def tick(self) -> None:
        """A second has passed."""


class SettingsFile(Settings):
    """Follows the file in `folder`. It never raises.

    While the file cannot be read, `current` assumes nothing destructive: no order of a former run is cancelled unless
    `leftovers` itself can be read, the account is not exclusive, and the exchange is not asked to cancel on close. Each
    other setting is what the file says where that can be read, else as it was last read in this process.

    :param notify: gets each change that a reading brings, in words, and at the first tick why the file cannot be read
    :param logger: repeats every minute why the file cannot be read: `hbot status` shows the last error
    :param now_s: a clock that never steps
    """

    _last_read: dict[Path, ConnectorSettings] = {}

    def __init__(
        self,
        folder: Path,
        notify: Callable[[str], None],
        logger: logging.Logger,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(ConnectorSettings(), was_read=False)
        self._path = folder / FILE_NAME
        self._notify = notify
        self._logger = logger
        self._now_s = now_s
        self._accepted = self._read()
        self._candidate: tuple[str, str] | None = None
        self._is_first = True
        self._reminder_s = now_s()
        self._next_s = now_s() + CONSTANTS.SETTINGS_INTERVAL_S
        self._apply(self._accepted)

    def tick(self) -> None:
        """Reads the file again when it is time to. A change counts once the next tick has read the same: an editor may
        be in the middle of writing."""
        if self._is_first and self.problem:
            self._notify(refusal(self.problem))
        self._is_first = False
        if self.problem and self._now_s() >= self._reminder_s:
            self._reminder_s = self._now_s() + CONSTANTS.FAILURE_REPORT_PERIOD_S
            self._logger.error(refusal(self.problem))
        if self._candidate is None and self._now_s() < self._next_s:
            return
        self._next_s = self._now_s() + CONSTANTS.SETTINGS_INTERVAL_S
        seen = self._read()
        if seen != self._accepted and seen != self._candidate:
            self._candidate = seen
            return
        self._candidate = None
        if seen != self._accepted:
            self._accepted = seen
            before, problem = self.current, self.problem
            self._apply(seen)
            for text in self._news(before, problem):
                self._notify(text)

    def _read(self) -> tuple[str, str]:
        """The file's text, and why it cannot be read."""
        try:
            return read_text(self._path), ""
        except ConfigError as error:
            return "", str(error)

    def _apply(self, seen: tuple[str, str]) -> None:
        text, problem = seen
        try:
            if problem:
                raise ConfigError(problem)
            self.current = parse_settings(self._path, text)
        except ConfigError as error:
            self.problem = f"{str(error).rstrip('.')}."
            self.current = self._harmless({} if problem else readable_settings(self._path, text))
        else:
            self.problem, self.was_read = "", True
            self._last_read[self._path] = self.current

    def _harmless(self, readable: dict[str, Any]) -> ConnectorSettings:
        last = self._last_read.get(self._path) or ConnectorSettings()
        return last.model_copy(
            update={"leftovers": "adopt", **readable, "exclusive_account": False, "cancel_on_close": False}
        )

    def _news(self, before: ConnectorSettings, problem: str) -> list[str]:
        if self.problem:
            return [refusal(self.problem)]
        news = [f"{self._path} can be read again: orders are placed."] if problem else []
        for name, value in self.current:
            if value != getattr(before, name):
                when = f", {_LATER[name]}" if name in _LATER else ""
                shown = str(value).lower() if isinstance(value, bool) else value
                news.append(f"{self._path} was changed: {name} is {shown}{when}.")
        return news


def refusal(problem: str) -> str:
    """What the user reads while the file cannot be read."""
    return (
        f"No order is placed until the settings can be read: {problem} Cancels, fills and the guard go on. The file is "
        f"read again every {CONSTANTS.SETTINGS_INTERVAL_S:g} s."
    )
