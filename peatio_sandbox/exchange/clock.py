"""The exchange's clock: wall time that can be set wrong on purpose."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache


class Clock:
    """Wall time of the exchange: a source of epoch seconds plus an adjustable offset."""

    def __init__(self, source: Callable[[], float] = time.time, offset_s: float = 0.0) -> None:
        self._source = source
        self.offset_s = offset_s

    def now_s(self) -> float:
        """Return the exchange's time in epoch seconds."""
        return self._source() + self.offset_s

    def set_to(self, epoch_s: float) -> None:
        """Make the clock show ``epoch_s`` now; it runs on from there."""
        self.offset_s = epoch_s - self._source()


def iso_zulu(epoch_s: float) -> str:
    """Write a time as REST bodies do: ``2026-11-20T20:48:04Z``."""
    return _iso_second(int(epoch_s))


@lru_cache(maxsize=4096)
def _iso_second(epoch_s: int) -> str:
    """Most rows of a moment have the same few seconds."""
    return datetime.fromtimestamp(epoch_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_offset(epoch_s: float) -> str:
    """Write a time as ``public/timestamp`` does: ``2026-11-20T20:48:04+00:00``."""
    return datetime.fromtimestamp(int(epoch_s), UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
