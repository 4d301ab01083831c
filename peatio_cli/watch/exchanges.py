"""Where a bot trades, by the files of its instance. No key is read or decrypted."""

from pathlib import Path

from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.guard.heartbeat import heartbeat_records
from hummingbot.connector.exchange.peatio.settings.exchanges import Venue, load_named_exchanges

from peatio_cli.doctor.target import PLAIN_NAME, TargetError, find_target


def venues_of(directory: Path) -> tuple[dict[str, Venue], list[str]]:
    """The exchanges that a bot trades on, by connector: those with a login, or with a heartbeat; without any, all that
    are named. And what is wrong with the others, for the user.

    :param directory: the bot's instance
    :raises TargetError, ConfigError: when an address cannot be read
    """
    configuration = directory / "conf"
    named, problems = load_named_exchanges(configuration)
    beating = {record.connector for record, _ in heartbeat_records(directory / "data")}
    used = [
        name
        for name in (PLAIN_NAME, *named)
        if name in beating
        or (configuration / "connectors" / f"{name}.yml").is_file()
        or (name in named and named[name].jwt is not None)
    ]
    names = used or list(named) or [PLAIN_NAME]
    return {name: named.get(name) or find_target(name, None, directory, {}).venue for name in names}, list(problems)


def sites_of(directory: Path) -> dict[str, str]:
    """Connector → the exchange's URL; none where an address cannot be read."""
    try:
        venues, _ = venues_of(directory)
    except (TargetError, ConfigError):
        return {}
    return {name: venue.address.site for name, venue in venues.items()}
