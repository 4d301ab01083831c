"""`hummingbot-peatio uninstall DIR …`: what to do before `pip uninstall hummingbot-peatio`."""

import sys
from collections.abc import Sequence
from pathlib import Path

from peatio_cli.install.uninstall import UninstallError, clear


def run(directories: Sequence[Path], *, is_forced: bool) -> int:
    """Make every directory fit; the exit code is 1, with one clear line for each, where one is not."""
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
            print(f"Nothing to do: {directory} holds no keys of a Peatio exchange")
    if not failures:
        print(
            "Hummingbot starts there without this connector. After the last instance: pip uninstall hummingbot-peatio\n"
            "The moved keys are encrypted; delete them, or keep them and move them back when you install it again."
        )
    return 1 if failures else 0
