"""Quotes are pulled within a second: what a source looks like that must not be followed, seen by another eye. Pure.

The time is that of the process: one that stands still pulls nothing (that is the guard's work), and gets its second
once it runs again.
"""

from collections.abc import Hashable
from dataclasses import dataclass

#: In which a quote's cancel must have been asked for.
PULLED_S = 1.0
#: The process looks more often; after a longer pause it stood still.
STOOD_STILL_S = 0.5


@dataclass(frozen=True)
class SourceLook:
    """What the mirror's own connector shows of the source.

    :ivar version: of the book; another one after each change
    """

    is_gone: bool
    is_crossed: bool
    version: Hashable


class SourceEye:
    """
    :param max_age_s: a book that has not changed for longer must not be followed
    """

    def __init__(self, max_age_s: float) -> None:
        self._max_age_s = max_age_s
        self._version: Hashable = object()
        self._changed_s = 0.0
        self._looked_s = float("-inf")
        self._since: dict[str, float] = {}

    def must_be_pulled(self, now_s: float, look: SourceLook) -> str:
        """Why quotes must have been pulled by now; "" where they may stand."""
        if look.version != self._version:
            self._version, self._changed_s = look.version, now_s
        has_stood_still = now_s - self._looked_s > STOOD_STILL_S
        # Between two looks the book may have changed right after the first.
        is_stale = now_s - self._changed_s > self._max_age_s + (now_s - self._looked_s)
        self._looked_s = now_s
        now = {"gone": look.is_gone, "crossed": look.is_crossed, "stale": is_stale}
        for what, is_so in now.items():
            if not is_so or has_stood_still:
                self._since.pop(what, None)
            if is_so:
                self._since.setdefault(what, now_s)
        late = {what: now_s - since_s for what, since_s in self._since.items() if now_s - since_s > PULLED_S}
        return ", ".join(f"the source is {what} for {late_s:.1f} s" for what, late_s in late.items())
