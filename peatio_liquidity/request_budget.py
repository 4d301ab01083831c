"""How many requests may leave: so many a minute, and never more than that at once."""

from collections.abc import Callable


class RequestBudget:
    """Fills evenly.

    :param per_minute: how many requests a minute
    :param now_s: a clock that never steps
    """

    def __init__(self, per_minute: int, now_s: Callable[[], float]) -> None:
        self.per_minute = per_minute
        self._now_s = now_s
        self._left = float(per_minute)
        self._filled_s = now_s()

    @property
    def left(self) -> int:
        """How many may leave now."""
        now_s = self._now_s()
        self._left = min(float(self.per_minute), self._left + (now_s - self._filled_s) * self.per_minute / 60)
        self._filled_s = now_s
        return max(0, int(self._left))

    def take(self, requests: int) -> None:
        """They leave. More than are left may: what must not wait (a quote that has to go) is paid for later."""
        _ = self.left
        self._left -= requests
