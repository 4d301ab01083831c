"""The alerts that a guard sends. Without them it guards as well."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import aiohttp

from peatio_cli.alerts.market_prices import MarketPrices
from peatio_cli.alerts.opening import AlertsError, open_alerts
from peatio_cli.alerts.service import LAST_DELIVERY_S, SHORT_DELIVERY_S, AlertService
from peatio_cli.doctor.target import Target
from peatio_cli.watch.bot_reader import SelfReport
from peatio_cli.watch.self_report import self_report


class GuardAlerts:
    """Sent beside the guard's work, where the instance has addresses.

    :param after_s: the guard's time-out
    :param notify: gets each line for the user
    """

    def __init__(
        self,
        directory: Path,
        environment: Mapping[str, str],
        targets: Sequence[Target],
        after_s: float,
        notify: Callable[[str], None],
    ) -> None:
        async def report() -> SelfReport | None:
            async with aiohttp.ClientSession() as client:
                return await self_report(directory, client)

        self._service: AlertService | None = None
        try:
            prices = MarketPrices(targets)
            self._service = open_alerts(directory, environment, report, prices, notify, after_s)
        except AlertsError as error:
            notify(f"NO ALERTS ARE SENT: {error}")

    def start(self) -> None:
        """From now on. To be called on the event loop."""
        if self._service is not None:
            self._service.start()

    def event(self, line: str) -> None:
        """Somebody must know this who is not at the terminal."""
        if self._service is not None:
            self._service.event(f"The guard: {line}")

    async def finish(self, is_in_a_hurry: bool) -> None:
        """Sends what there is to send; not for long if the process was asked to end."""
        if self._service is not None:
            await self._service.finish(SHORT_DELIVERY_S if is_in_a_hurry else LAST_DELIVERY_S)
