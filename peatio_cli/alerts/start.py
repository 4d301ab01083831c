"""Starts `alert`, or prints one line at once if Hummingbot is not installed or the directory is no instance."""

import os
import sys
from pathlib import Path

from peatio_cli.install.directories import no_configuration
from peatio_cli.install.instance import InstanceError, hummingbot_package

ACTIONS = ("test",)
WRONG_USE = 2


def start(action: str, directory: Path) -> int:
    """Run the command and return its exit code."""
    try:
        hummingbot_package()
    except InstanceError as error:
        print(f"alert: {error}", file=sys.stderr)
        return WRONG_USE
    directory = directory.expanduser().absolute()
    problem = no_configuration(directory)
    if problem is None and action not in ACTIONS:
        problem = f"there is no {action!r}"
        remedy = "write `hummingbot-peatio alert test`"
    else:
        remedy = "name the directory of the bot's instance"
    if problem is not None:
        print(f"alert: {problem}; remedy: {remedy}", file=sys.stderr)
        return WRONG_USE
    from peatio_cli.alerts.command import run

    return run(directory, os.environ)
