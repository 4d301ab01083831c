"""The guard's lock file: it shows who looks from outside that a guard runs, and after how long a bot is dead for it.

Nothing of Hummingbot is imported: the file is read by those who have nothing to do with the guard's work.
"""

import json
import os
from pathlib import Path


def note_after(descriptor: int, after_s: float) -> None:
    """Write into the locked file after how many seconds without a heartbeat a bot counts as dead.

    :raises OSError: when the disk is full
    """
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps({"after_s": after_s}).encode(), 0)


def noted_after_s(path: Path) -> float | None:
    """What the last guard noted; None where it noted nothing, or nothing that can be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        after_s = content["after_s"]
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return float(after_s) if isinstance(after_s, int | float) and after_s > 0 else None
