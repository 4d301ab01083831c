"""Starts the report, or prints one line instead of a traceback if Hummingbot is not installed."""

import sys

from peatio_cli.install.instance import InstanceError, hummingbot_package
from peatio_cli.report.request import WRONG_USE, Request


def start(request: Request) -> int:
    """Make the report and return its exit code."""
    try:
        hummingbot_package()
    except InstanceError as error:
        print(
            f"report: {error}; where Hummingbot runs from source: "
            "PYTHONPATH=CHECKOUT hummingbot-peatio report CHECKOUT",
            file=sys.stderr,
        )
        return WRONG_USE
    from peatio_cli.report.command import run

    return run(request)
