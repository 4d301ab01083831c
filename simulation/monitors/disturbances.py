"""When the world was last disturbed: bounds of time count from the end of the last fault.

Faults are not distinguished here. Each can keep an answer back, so while one is in force no bound on answers can be
derived from the connector's constants; after it one can.
"""

import math
from collections.abc import Mapping
from typing import Any

#: How long a fault works that says nothing about it: a half-open connection, until pings show it.
UNSAID_S = 60.0

#: What a fault says of its time: how long it lasts, how long it holds a message up, how long a bot is down, how long
#: its key is refused, how long a market is quiet before and after.
TIMES = ("duration_s", "delay_s", "down_s", "pause_s", "refused_s", "before_s", "after_s")


class Disturbances:
    """:ivar until_s: the end of the last fault that has begun; minus infinity before the first"""

    def __init__(self) -> None:
        self.until_s = -math.inf

    def begin(self, at_s: float, given: Mapping[str, Any]) -> None:
        """A fault begins.

        :param given: its parameters. The times are added up: a request that is held up for `delay_s` in the last moment
            of a fault's `duration_s` takes effect that much later
        """
        times = [given[name] for name in TIMES if given.get(name) is not None]
        self.extend(at_s + (sum(times) if times else UNSAID_S))

    def extend(self, until_s: float) -> None:
        """The world is disturbed until then at least: a bot that was started again has still to become ready."""
        self.until_s = max(self.until_s, until_s)

    def is_quiet(self, at_s: float, for_s: float = 0.0) -> bool:
        """Whether nothing has been disturbed for so long."""
        return at_s - self.until_s >= for_s
