"""Starts `watch`, or prints one line at once if Hummingbot is not installed or a directory is no instance."""

import sys

from peatio_cli.install.directories import no_configuration
from peatio_cli.install.early_stop import exit_at_sigterm
from peatio_cli.install.instance import InstanceError, hummingbot_package
from peatio_cli.watch.request import WRONG_USE, Request


def start(request: Request) -> int:
    """Show the page and return the exit code."""
    try:
        hummingbot_package()
    except InstanceError as error:
        print(
            f"watch: {error}; where Hummingbot runs from source: PYTHONPATH=CHECKOUT hummingbot-peatio watch CHECKOUT",
            file=sys.stderr,
        )
        return WRONG_USE
    for directory in request.instances:
        problem = no_configuration(directory.expanduser().absolute())
        if problem is not None:
            print(f"watch: {problem}; remedy: name the directory of a bot's instance", file=sys.stderr)
            return WRONG_USE
    exit_at_sigterm("watch")
    from peatio_cli.watch.command import run

    return run(request)
