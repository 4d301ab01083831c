"""Makes the alerts of an instance, for the guard and for `watch --alerts`."""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from hummingbot.connector.exchange.peatio.common.errors import ConfigError

from peatio_cli.alerts.addresses import AddressesError, find_addresses
from peatio_cli.alerts.courier import Courier
from peatio_cli.alerts.deliver import MISSING
from peatio_cli.alerts.market_prices import MarketPrices
from peatio_cli.alerts.self_report import self_report
from peatio_cli.alerts.service import AlertService, Sources
from peatio_cli.alerts.settings import load_settings
from peatio_cli.doctor.target import Target
from peatio_cli.watch.bot_reader import SILENT_AFTER_S, BotReader


def open_alerts(
    directory: Path,
    environment: Mapping[str, str],
    targets: Sequence[Target],
    notify: Callable[[str], None],
    silent_after_s: float = SILENT_AFTER_S,
) -> AlertService | None:
    """None where there are no addresses, and, with a line for the user, where they or the settings cannot be used: who
    guards a bot goes on without alerts.

    :param silent_after_s: a bot without a heartbeat for so long died or hangs
    """
    configuration = directory / "conf"
    try:
        addresses = find_addresses(configuration, environment)
        if not len(addresses):
            return None
        settings = load_settings(configuration)
    except (ConfigError, AddressesError) as error:
        notify(f"NO ALERTS ARE SENT: {error}")
        return None
    if importlib.util.find_spec("apprise") is None:
        notify(f"NO ALERTS ARE SENT: {MISSING}")
        return None
    sources = Sources(
        BotReader(directory, silent_after_s=silent_after_s), partial(self_report, directory), MarketPrices(targets)
    )
    return AlertService(directory, settings, sources, Courier(addresses, directory.name), notify)
