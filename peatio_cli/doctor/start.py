"""Starts the doctor, or prints one line instead of a traceback if Hummingbot is not installed."""

import sys
from dataclasses import dataclass
from pathlib import Path

from peatio_cli.install.instance import InstanceError, hummingbot_package

WRONG_USE = 2


@dataclass(frozen=True)
class Request:
    """The options of the command line."""

    name: str = "peatio"
    url: str | None = None
    instance: Path | None = None
    trade: str | None = None
    is_json: bool = False


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
