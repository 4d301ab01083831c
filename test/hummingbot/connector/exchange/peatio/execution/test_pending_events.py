"""Events that come before the answer to the create they belong to."""

import pytest
from hummingbot.connector.exchange.peatio.execution.pending_events import (
    MAX_EVENTS,
    PendingEventBuffer,
    PrivateEvent,
)

from test.hummingbot.connector.exchange.peatio.fixtures import WireOrder, WireTrade
from test.hummingbot.connector.exchange.peatio.message_support import read_events


def events_of(order_id: int) -> list[PrivateEvent]:
    """Everything from acceptance to the end, in the recorded order."""
    order = WireOrder(order_id)
    messages = [
        order.now("pending").event(),
        order.event(),
        WireTrade(1, "30000.0", "1.0").event(order),
        order.now("done", "1.0").event(),
    ]
    return [event for message in messages for event in read_events(message)]


def test_keeps_the_events_of_a_create_under_way_in_their_order() -> None:
    early = PendingEventBuffer()
    with early.during_create():
        for event in events_of(7):
            early.keep(event)
        assert early.take("7") == events_of(7)


def test_hands_an_event_over_only_once() -> None:
    early = PendingEventBuffer()
    with early.during_create():
        early.keep(events_of(7)[0])
        early.take("7")
        assert early.take("7") == []


def test_has_nothing_for_an_order_that_nothing_was_heard_of() -> None:
    early = PendingEventBuffer()
    with early.during_create():
        early.keep(events_of(7)[0])
        assert early.take("8") == []


def test_keeps_nothing_while_no_create_is_under_way() -> None:
    early = PendingEventBuffer()
    early.keep(events_of(7)[0])
    with early.during_create():
        assert early.take("7") == []


def test_forgets_foreign_orders_when_the_last_create_has_ended() -> None:
    early = PendingEventBuffer()
    with early.during_create():
        early.keep(events_of(7)[0])
    with early.during_create():
        assert early.take("7") == []


def test_keeps_events_until_the_last_of_several_creates_has_ended() -> None:
    early = PendingEventBuffer()
    with early.during_create():
        with early.during_create():
            early.keep(events_of(7)[0])
            early.keep(events_of(8)[0])
            assert early.take("7") == events_of(7)[:1]
        assert early.take("8") == events_of(8)[:1]


def test_a_create_that_fails_ends_as_well() -> None:
    early = PendingEventBuffer()

    def create() -> None:
        with early.during_create():
            early.keep(events_of(7)[0])
            raise OSError("reset")

    with pytest.raises(OSError, match="reset"):
        create()
    early.keep(events_of(8)[0])
    with early.during_create():
        assert early.take("7") == []
        assert early.take("8") == []


def test_tells_the_last_state_of_each_unknown_order() -> None:
    """Trades are no states."""
    early = PendingEventBuffer()
    with early.during_create():
        for event in [*events_of(7)[:3], events_of(8)[0]]:
            early.keep(event)
        told = early.orders()
    assert [(report.order_id, report.state.value) for report in told] == [("7", "wait"), ("8", "pending")]
    assert early.orders() == []


def test_is_bounded_and_says_so_where_it_dropped_events() -> None:
    """A create can stay unanswered for minutes, and the account's other orders go on meanwhile."""
    early = PendingEventBuffer()
    with early.during_create():
        for number in range(MAX_EVENTS // 4):
            for event in events_of(number):
                early.keep(event)
        assert early.is_complete
        early.keep(events_of(MAX_EVENTS)[0])
        assert not early.is_complete
        assert early.take("0") == []
        assert early.take("1") == events_of(1)
        assert early.take(str(MAX_EVENTS)) == events_of(MAX_EVENTS)[:1]
    with early.during_create():
        assert early.is_complete


def test_events_of_one_order_alone_are_bounded_as_well() -> None:
    early = PendingEventBuffer()
    with early.during_create():
        for _ in range(MAX_EVENTS + 1):
            early.keep(events_of(7)[0])
        assert len(early.take("7")) <= MAX_EVENTS
        assert not early.is_complete
