"""Private events that arrive before the answer to the create they belong to."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from hummingbot.connector.exchange.peatio.common.messages import OrderReport, TradeReport

PrivateEvent = OrderReport | TradeReport

# A create can stay unanswered for minutes while other orders of the account go on: no more events than this are kept.
MAX_EVENTS = 10_000


class PendingEventBuffer:
    """Keeps events of unknown orders while a create is under way.

    On Peatio this is the ordinary case: the first event precedes the answer three times out of four
    (docs/protocol.md section 4.2), and only the answer says which of our orders the id belongs to. Events of orders
    that are not ours are kept as well, until no create is under way any more. If they are too many, those of the orders
    that were heard of first are dropped.

    :ivar is_complete: whether nothing was dropped that a create under way may need
    :ivar newest_order_id: the highest id of an unknown order so far
    """

    def __init__(self) -> None:
        self.newest_order_id = 0
        self.is_complete = True
        self._creates_under_way = 0
        self._events: dict[str, list[PrivateEvent]] = defaultdict(list)
        self._count = 0

    @contextmanager
    def during_create(self) -> Iterator[None]:
        """Around the request that creates an order and the `take` of its events."""
        self._creates_under_way += 1
        try:
            yield
        finally:
            self._creates_under_way -= 1
            if self._creates_under_way == 0:
                self._events.clear()
                self._count = 0
                self.is_complete = True

    def keep(self, event: PrivateEvent) -> None:
        """Keeps the event of an unknown order if it may be for a create under way."""
        if event.order_id.isdecimal():
            self.newest_order_id = max(self.newest_order_id, int(event.order_id))
        if self._creates_under_way == 0:
            return
        self._events[event.order_id].append(event)
        self._count += 1
        if self._count > MAX_EVENTS:
            self.take(next(iter(self._events)))
            self.is_complete = False

    def orders(self) -> list[OrderReport]:
        """The last event of each unknown order."""
        last: dict[str, OrderReport] = {}
        for events in self._events.values():
            last.update({event.order_id: event for event in events if isinstance(event, OrderReport)})
        return list(last.values())

    def take(self, order_id: str) -> list[PrivateEvent]:
        """The events of that order so far, in the order of their arrival."""
        events = self._events.pop(order_id, [])
        self._count -= len(events)
        return events
