"""Starts the guard, or prints one line instead of a traceback if Hummingbot is not installed."""

import sys
from pathlib import Path

from peatio_cli.install.instance import InstanceError, hummingbot_package

WRONG_USE = 2


def start(directory: Path, after_s: float) -> int:
    """Run the guard and return its exit code."""
    try:
        hummingbot_package()
    except InstanceError as error:
        print(
            f"guard: {error}; where Hummingbot runs from source: PYTHONPATH=CHECKOUT hummingbot-peatio guard CHECKOUT",
            file=sys.stderr,
        )
        return WRONG_USE
    from peatio_cli.guard.command import run

    return run(directory, after_s)
