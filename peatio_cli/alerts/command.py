"""`hummingbot-peatio alert test [INSTANCE]`: send a message to every alert address (docs/operate/alerts.md)."""

import asyncio
import sys
import time
from collections.abc import Mapping
from decimal import Decimal
from enum import IntEnum
from pathlib import Path

from hummingbot.connector.exchange.peatio.common.errors import ConfigError

from peatio_cli.alerts.addresses import AddressesError, find_addresses, where_to_write
from peatio_cli.alerts.alert import Alert, Kind
from peatio_cli.alerts.courier import Courier
from peatio_cli.alerts.settings import AlertSettings, load_settings


class Exit(IntEnum):
    """How the command ends."""

    ALL_SENT = 0
    NOT_ALL_SENT = 1
    CANNOT_SEND = 2


def run(directory: Path, environment: Mapping[str, str]) -> int:
    """Send to every address, print what became of each; returns the exit code."""
    configuration = directory / "conf"
    try:
        settings = load_settings(configuration)
        addresses = find_addresses(configuration, environment)
    except (ConfigError, AddressesError) as error:
        print(f"alert: {error}", file=sys.stderr)
        return Exit.CANNOT_SEND
    if not len(addresses):
        print(f"alert: there are no addresses; remedy: {where_to_write(configuration)}", file=sys.stderr)
        return Exit.CANNOT_SEND
    for line in what_is_reported(settings):
        print(line)
    return asyncio.run(_test(Courier(addresses, directory.name)))


def what_is_reported(settings: AlertSettings) -> list[str]:
    """One line for each rule that is on."""
    lines = {
        "a bot that stopped, died or hangs": settings.stopped,
        "the guard's work": settings.guard,
        f"an order book that is not trusted for {settings.book_untrusted_s} s": settings.book_untrusted_s > 0,
        **{f"an unhedged exposure above {text}": True for text in _exposure_limits(settings)},
        **{
            f"a loss of the day above {limit:f} {currency}": True for currency, limit in settings.loss_above.items()
        },
        "each fill": settings.fills,
    }
    return [f"reported: {text}" for text, is_on in lines.items() if is_on]


def _exposure_limits(settings: AlertSettings) -> list[str]:
    match settings.exposure_above:
        case None:
            return []
        case Decimal() as limit:
            return [f"{limit:f}"]
        case limits:
            return [f"{limit:f} of {name}" for name, limit in limits.items()]


async def _test(courier: Courier) -> Exit:
    alert = Alert(time.time(), Kind.EVENT, "A test of the alerts. Nothing has happened.")
    deliveries = await asyncio.gather(*(courier.send(number, [alert]) for number in range(len(courier))))
    for delivery in deliveries:
        print(f"{delivery.name}: {delivery.problem or 'sent'}")
    return Exit.NOT_ALL_SENT if any(delivery.problem for delivery in deliveries) else Exit.ALL_SENT
