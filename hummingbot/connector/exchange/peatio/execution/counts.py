"""Counts of what happened to our orders since the connector was made; docs/operate/metrics.md shows them."""

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

# Upper bounds, in seconds, of the classes that placements are counted in by how long they took. The last is the limit
# of a request that is answered at all; a lookup after it takes longer.
LATENCY_BOUNDS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)


class Placement(Enum):
    """What came of an order that was to be placed."""

    #: the exchange has it
    PLACED = "placed"
    #: the exchange refused it
    REFUSED = "refused"
    #: the exchange surely never processed it, however often it was sent
    UNSENT = "unsent"
    #: there was no telling answer, and the exchange does not have it, or too many like it
    ABSENT = "absent"
    #: LIMIT_MAKER, and not sent: it would have taken, or there was no book to compare with
    WOULD_TAKE = "would_take"


class Latencies:
    """Durations by class: `counts[i]` of them were at most `LATENCY_BOUNDS_S[i]`, the last count is of all longer."""

    def __init__(self) -> None:
        self.counts = [0] * (len(LATENCY_BOUNDS_S) + 1)
        self.total_s = 0.0

    def add(self, duration_s: float) -> None:
        self.counts[bisect_left(LATENCY_BOUNDS_S, duration_s)] += 1
        self.total_s += duration_s


@dataclass(slots=True)
class OrderCounts:
    """One market's orders.

    :ivar placements: how often each thing came of a placement
    :ivar latencies: of the placed ones, how long it took until their id at the exchange was known; waiting for limits,
        second attempts and lookups included
    :ivar ambiguous_creates, ambiguous_cancels: requests whose answer does not show whether they had an effect
    :ivar lookups: times that the exchange was asked whether such an order was placed
    :ivar cancels: orders whose cancel the exchange took; the same order may need several
    :ivar failed_cancels: cancel requests that it did not take, the ambiguous ones included
    :ivar fills: fills recorded
    :ivar makers_that_took: LIMIT_MAKER orders that took
    :ivar taken_by_makers: how much these took, in the base currency
    :ivar engine_absent: open orders that the matching engine did not have
    :ivar resizes: times that the exchange changed the size of an open order without a trade
    :ivar late_fills, late_ends: fills and ends that polling found before the private stream reported them
    """

    placements: dict[Placement, int] = field(default_factory=lambda: dict.fromkeys(Placement, 0))
    latencies: Latencies = field(default_factory=Latencies)
    ambiguous_creates: int = 0
    ambiguous_cancels: int = 0
    lookups: int = 0
    cancels: int = 0
    failed_cancels: int = 0
    fills: int = 0
    makers_that_took: int = 0
    taken_by_makers: Decimal = Decimal(0)
    engine_absent: int = 0
    resizes: int = 0
    late_fills: int = 0
    late_ends: int = 0


#: One market's counts by trading pair; a pair appears with the first thing that happens.
CountsByPair = defaultdict[str, OrderCounts]


def new_counts() -> CountsByPair:
    return defaultdict(OrderCounts)
