"""Starts the guard, or prints one line at once if Hummingbot is not installed or the directory is no instance."""

import sys
from pathlib import Path

from peatio_cli.install.directories import no_configuration
from peatio_cli.install.early_stop import exit_at_sigterm
from peatio_cli.install.instance import InstanceError, hummingbot_package

WRONG_USE = 2


def start(directory: Path, after_s: float, uses_environment_keys: bool = False) -> int:
    """Run the guard and return its exit code."""
    try:
        hummingbot_package()
    except InstanceError as error:
        print(
            f"guard: {error}; where Hummingbot runs from source: PYTHONPATH=CHECKOUT hummingbot-peatio guard CHECKOUT",
            file=sys.stderr,
        )
        return WRONG_USE
    problem = no_configuration(directory.expanduser().absolute())
    if problem is not None:
        print(f"guard: {problem}; remedy: name the directory of the bot's instance", file=sys.stderr)
        return WRONG_USE
    exit_at_sigterm("guard")
    from peatio_cli.guard.command import run

    return run(directory, after_s, uses_environment_keys=uses_environment_keys)
