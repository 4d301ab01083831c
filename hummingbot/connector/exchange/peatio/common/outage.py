"""One warning when an exchange stops answering, one line when it is back: not one for every request between."""

import logging
from collections.abc import Callable


class Outage:
    """
    :param what: what cannot be learned meanwhile, for the log
    """

    def __init__(self, what: str, now_s: Callable[[], float], logger: logging.Logger) -> None:
        self._what = what
        self._now_s = now_s
        self._logger = logger
        self._since_s: float | None = None
        self._failures = 0

    @property
    def is_on(self) -> bool:
        """Whether the last attempt failed."""
        return self._since_s is not None

    def failed(self, error: Exception) -> None:
        """The exchange did not answer, or not sensibly."""
        self._failures += 1
        if self._since_s is None:
            self._since_s = self._now_s()
            self._logger.warning(f"{self._what} cannot be learned, everything stays as it was known: {error}")
        else:
            self._logger.debug(f"{self._what} still cannot be learned: {error}")

    def worked(self) -> None:
        """The exchange answered."""
        if self._since_s is None:
            return
        lasted_s = self._now_s() - self._since_s
        self._logger.warning(
            f"{self._what} can be learned again, after {lasted_s:.0f} s and {self._failures} failure(s)."
        )
        self._since_s, self._failures = None, 0
