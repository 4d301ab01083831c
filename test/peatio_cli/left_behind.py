"""Finds processes that should be gone."""

import os
from pathlib import Path


def processes_in(directory: Path) -> list[str]:
    """The processes that work in a directory."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(process / "cwd") == str(directory):
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue  # it ended meanwhile, or is not ours
    return found
