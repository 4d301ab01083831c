"""Takes quotes on pegged markets off around a known cycle (setting `pause_around_cycle`)."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from hummingbot.connector.exchange.peatio.common.errors import PlacementError, WithdrawnError
from hummingbot.connector.exchange.peatio.execution.canceller import Canceller
from hummingbot.connector.exchange.peatio.settings.live import Settings


class CyclePause:
    """Nothing on the wire announces a cycle, so the settings say when one begins.

    :param now_s: the exchange's clock, epoch seconds
    """

    def __init__(
        self, settings: Settings, canceller: Canceller, now_s: Callable[[], float], logger: logging.Logger
    ) -> None:
        self._settings = settings
        self._canceller = canceller
        self._now_s = now_s
        self._logger = logger
        self._ends_s: float | None = None

    def tick(self) -> None:
        """A second has passed: at the beginning of a pause quotes are cancelled."""
        before, self._ends_s = self._ends_s, self._pause_ends_s()
        if before is None and self._ends_s is not None:
            for pair in self._settings.current.pegged:
                self._canceller.pull_quotes(pair, "A cycle of its coin is near")
            self._logger.info(f"No order is placed on pegged markets before {_text(self._ends_s)}: a cycle is near.")
        elif before is not None and self._ends_s is None:
            self._logger.info("The time around the cycle has passed: orders are placed on pegged markets again.")

    def verdict(self, trading_pair: str) -> PlacementError | None:
        """Why no order may be placed on the market now; None where it may."""
        if trading_pair not in self._settings.current.pegged:
            return None
        ends_s = self._pause_ends_s()
        if ends_s is None:
            return None
        return WithdrawnError(
            f"A cycle of its coin is near: no order is placed on {trading_pair} before {_text(ends_s)}."
        )

    def _pause_ends_s(self) -> float | None:
        pause = self._settings.current.pause_around_cycle
        return None if pause is None else pause.schedule.pause_ends_s(self._now_s())


def _text(at_s: float) -> str:
    return f"{datetime.fromtimestamp(at_s, UTC):%H:%M:%S} UTC"
