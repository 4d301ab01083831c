"""Starts the doctor, or prints one line instead of a traceback if Hummingbot is not installed."""

import sys

from peatio_cli.doctor.request import WRONG_USE, Request
from peatio_cli.install.instance import InstanceError, hummingbot_package


def start(request: Request) -> int:
    """Run the doctor and return its exit code."""
    try:
        hummingbot_package()
    except InstanceError as error:
        print(
            f"doctor: {error}; where Hummingbot runs from source: PYTHONPATH=CHECKOUT hummingbot-peatio doctor",
            file=sys.stderr,
        )
        return WRONG_USE
    from peatio_cli.doctor.command import run

    return run(request)
