"""`hummingbot-peatio run [DIR]`: replace this process by a bot of a fleet in an instance."""

import os
import sys
from pathlib import Path
from typing import NoReturn

from peatio_cli.fleet.settings import (
    KEY_STORE,
    KEYS_OPTION,
    FleetError,
    absolute_secret_files,
    broker_environment,
    settings_from,
)
from peatio_cli.install.instance import Instance, InstanceError, instance_environment, open_instance
from peatio_cli.install.running import refuse_if_in_use

BOT_MODULE = "peatio_cli.fleet.bot"


def run(
    directory: Path,
    start: str | None,
    name: str | None,
    broker: str | None,
    share: float | None,
    uses_environment_keys: bool = False,
) -> int:
    """Start the bot in place of this process; returns, with an exit code, only on a failure."""
    try:
        given = {
            "CONFIG_FILE_NAME": start,
            "BOT_NAME": name,
            "RATE_LIMITS_SHARE_PCT": None if share is None else str(share),
            **({} if broker is None else broker_environment(broker)),
        }
        instance = open_instance(directory)
        refuse_if_in_use(instance)
        environment = instance_environment(instance.directory)
        environment.update({key: value for key, value in given.items() if value is not None})
        environment.update(absolute_secret_files(environment))
        # Reports an error before Hummingbot is loaded.
        settings_from(environment, not uses_environment_keys or (instance.directory / KEY_STORE).is_file())
    except (FleetError, InstanceError) as error:
        print(f"run: {error}", file=sys.stderr)
        return 1
    return _become_the_bot(instance, environment, [KEYS_OPTION] if uses_environment_keys else [])


def _become_the_bot(instance: Instance, environment: dict[str, str], options: list[str]) -> NoReturn:
    """Replace this process, so that only one process gets signals and none is left running."""
    os.chdir(instance.directory)
    os.execve(sys.executable, [sys.executable, "-m", BOT_MODULE, *options], environment)
