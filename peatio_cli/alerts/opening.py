"""Makes the alerts of an instance, for the guard and for `watch --alerts`."""

import importlib.util
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from hummingbot.connector.exchange.peatio.common.errors import ConfigError

from peatio_cli.alerts.addresses import AddressesError, find_addresses
from peatio_cli.alerts.courier import Courier
from peatio_cli.alerts.deliver import MISSING
from peatio_cli.alerts.service import AlertService, Prices, Sources
from peatio_cli.alerts.settings import load_settings
from peatio_cli.watch.bot_reader import BotReader, SelfReport
from peatio_cli.watch.exchanges import sites_of


class AlertsError(Exception):
    """No alerts can be sent; the text says why and what to do."""


def open_alerts(
    directory: Path,
    environment: Mapping[str, str],
    report: Callable[[], Awaitable[SelfReport | None]],
    prices: Prices,
    notify: Callable[[str], None],
    silent_after_s: float | None = None,
) -> AlertService | None:
    """None where there are no addresses.

    :param silent_after_s: a bot without a heartbeat for so long died or hangs; None: as the guard that watches has it
    :raises AlertsError: when addresses or settings cannot be used, or apprise is missing
    """
    configuration = directory / "conf"
    try:
        addresses = find_addresses(configuration, environment)
        if not len(addresses):
            return None
        settings = load_settings(configuration)
    except (ConfigError, AddressesError) as error:
        raise AlertsError(str(error)) from error
    if importlib.util.find_spec("apprise") is None:
        raise AlertsError(MISSING)
    sources = Sources(BotReader(directory, silent_after_s=silent_after_s, sites=sites_of(directory)), report, prices)
    return AlertService(directory, settings, sources, Courier(addresses, directory.name), notify)
