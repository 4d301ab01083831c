"""To whom alerts go: apprise's addresses, which are secrets. From the environment or a file of the instance."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from peatio_cli.install.secret_files import unreadable

VARIABLE = "PEATIO_ALERTS"
FILE_VARIABLE = "PEATIO_ALERTS_FILE"
FILE_NAME = "peatio_alert_addresses"

_PRIVATE = stat.S_IRWXG | stat.S_IRWXO


class AddressesError(Exception):
    """The addresses cannot be used; the text says why and what to do, without any of them."""


class Addresses:
    """Their number is no secret, all else is: neither `repr` nor any message has one.

    :ivar source: where they are from
    """

    def __init__(self, text: str, source: str) -> None:
        lines = (line.strip() for line in text.splitlines())
        self._found = tuple(word for line in lines if not line.startswith("#") for word in line.split())
        self.source = source

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        return f"<{len(self)} address(es) from {self.source}>"

    def secret(self, number: int) -> str:
        """One of them, for its delivery only."""
        return self._found[number]


def find_addresses(configuration: Path, environment: Mapping[str, str]) -> Addresses:
    """Those of the environment, else those of the file in the instance's `conf`; none where neither is there.

    :raises AddressesError: when a file cannot be read, or by too many
    """
    if environment.get(VARIABLE):
        return Addresses(environment[VARIABLE], VARIABLE)
    named = environment.get(FILE_VARIABLE)
    if named:
        # Kubernetes shares a secret with the container's group.
        return Addresses(_content(Path(named), FILE_VARIABLE, stat.S_IRWXO), FILE_VARIABLE)
    path = configuration / FILE_NAME
    if not os.path.lexists(path):
        return Addresses("", str(path))
    return Addresses(_content(path, "its rights", _PRIVATE), str(path))


def where_to_write(configuration: Path) -> str:
    """What to do where there are none."""
    return f"set {VARIABLE}, or write them into {configuration / FILE_NAME}, one on a line (chmod 600)"


def _content(path: Path, variable: str, forbidden: int) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            # Of the open file: the path may lead to another one by now.
            if os.fstat(file.fileno()).st_mode & forbidden:
                raise AddressesError(f"other users can read {path}; remedy: chmod 600 {path}")
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        problem, remedy = unreadable(path, variable, error)
        raise AddressesError(f"{problem}; remedy: {remedy}") from None
