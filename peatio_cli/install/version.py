"""The versions of this distribution, Hummingbot and Python."""

import platform
from importlib import metadata

from peatio_cli.install.instance import InstanceError, hummingbot_package

DISTRIBUTION = "hummingbot-peatio"
#: The releases of Hummingbot that all tests run on, oldest first; setup.py, the pins and CI are tested against this.
TESTED_HUMMINGBOT = ("20260729", "20260922")


def version_line() -> str:
    """One line with the versions of this distribution, of Hummingbot (if there is one) and of Python."""
    try:
        own = metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        own = "(not installed)"
    tested = " and ".join(TESTED_HUMMINGBOT)
    return (
        f"{DISTRIBUTION} {own} (tested with Hummingbot {tested}), {hummingbot_version()}, "
        f"Python {platform.python_version()}"
    )


def hummingbot_version() -> str:
    """Hummingbot's own name for its version, read from its VERSION file without importing it."""
    try:
        package = hummingbot_package()
    except InstanceError:
        return "no Hummingbot"
    try:
        return f"Hummingbot {(package / 'VERSION').read_text().strip()}"
    except OSError:
        return "Hummingbot of unknown version"
