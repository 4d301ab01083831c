"""Reports a state that lasts once, when it begins."""

from collections.abc import Hashable


class Episodes:
    """Remembers what is wrong now."""

    def __init__(self) -> None:
        self._open: set[Hashable] = set()

    def begins(self, key: Hashable, is_wrong: bool) -> bool:
        """Whether `key` is wrong now and was not at the last call."""
        if not is_wrong:
            self._open.discard(key)
            return False
        if key in self._open:
            return False
        self._open.add(key)
        return True
