"""`hummingbot-peatio uninstall DIR …`: the step before `pip uninstall hummingbot-peatio`."""

import sys
from collections.abc import Sequence
from pathlib import Path

from peatio_cli.install.uninstall import UninstallError, clear


def run(directories: Sequence[Path], *, is_forced: bool) -> int:
    """Move the keys in every directory; returns exit code 1, with one line for each failure, if one failed."""
    failures = 0
    for directory in directories:
        try:
            cleared = clear(directory, is_forced)
        except UninstallError as error:
            print(f"uninstall: {error}", file=sys.stderr)
            failures += 1
            continue
        for path in cleared.moved:
            print(f"Moved: {path}")
        if not cleared.moved:
            print(f"Nothing to do: {directory.absolute()} holds no keys of a Peatio exchange")
    if not failures:
        print(
            "Hummingbot starts there without this connector. After the last instance: pip uninstall hummingbot-peatio\n"
            "The moved keys are encrypted. Delete them, or move them back when you install the connector again."
        )
    return 1 if failures else 0
