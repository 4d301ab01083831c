"""Starts the doctor, or prints one line instead of a traceback if Hummingbot is not installed."""

import sys

from peatio_cli.doctor.request import WRONG_USE, Request
from peatio_cli.install.directories import no_instance
from peatio_cli.install.instance import InstanceError, hummingbot_package
from peatio_cli.install.version import version_line


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
    problem = None if request.instance is None else no_instance(request.instance.expanduser().absolute())
    if problem is not None:
        print(f"doctor: {problem}", file=sys.stderr)
        return WRONG_USE
    if not request.is_json:
        # Before the rest is loaded, which takes seconds.
        print(version_line(), flush=True)
    from peatio_cli.doctor.command import run

    return run(request)
