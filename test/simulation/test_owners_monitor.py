"""`simulation.monitors.owners` on hand-made orders and journals."""

from decimal import Decimal

import pytest

from simulation.monitors.disturbances import Disturbances
from simulation.monitors.lookups import LookupMonitor
from simulation.monitors.owners import FOLLOWED_S, Fingerprint, LiveOrder, OwnerMonitor, Row

BUY: Fingerprint = ("btcusd", True, Decimal("0.1"), Decimal(30000))
SELL: Fingerprint = ("btcusd", False, Decimal("0.1"), Decimal(31000))
ORDER = LiveOrder("7", BUY, "bot")
BY_HAND = LiveOrder("8", SELL, "")


def recorded(orders: list[LiveOrder], **journals: list[Row]) -> list[str]:
    return [violation.text for violation in OwnerMonitor(Disturbances()).check_recorded(1.0, orders, journals)]


def test_an_order_in_its_bots_journal_has_an_owner() -> None:
    assert recorded([ORDER, BY_HAND], bot=[Row("a", "7", BUY)], second=[]) == []


def test_so_has_one_whose_create_is_not_answered() -> None:
    # Numbers are equal however many zeros they have.
    row = Row("a", None, ("btcusd", True, Decimal("0.100"), Decimal("30000.0")))
    assert recorded([ORDER], bot=[row]) == []


def test_an_order_without_a_row_has_none() -> None:
    text = "order 7 (buy 0.1 on btcusd at 30000) is open, and in no row of the journal"
    assert recorded([ORDER], bot=[]) == [text]
    assert recorded([ORDER], bot=[Row("a", None, SELL), Row("b", "6", BUY)]) == [text]


def test_one_row_without_an_id_is_one_order() -> None:
    again = LiveOrder("9", BUY, "bot")
    assert recorded([ORDER, again], bot=[Row("a", None, BUY)]) == [
        "order 9 (buy 0.1 on btcusd at 30000) is open, and in no row of the journal"
    ]
    assert recorded([ORDER, again], bot=[Row("a", None, BUY), Row("b", None, BUY)]) == []


def test_an_order_in_the_journal_of_another_bot_or_in_two_rows_is_found() -> None:
    row = Row("a", "7", BUY)
    assert recorded([ORDER], bot=[row], second=[row]) == ["order 7 of bot is in the journal of second"]
    assert recorded([BY_HAND], bot=[Row("b", "8", SELL)]) == ["order 8 of somebody else is in the journal of bot"]
    assert recorded([ORDER], bot=[row, Row("b", "7", BUY)]) == ["order 7 is in 2 rows of the journal of bot"]


def test_orders_of_a_bot_that_does_not_run_are_not_looked_at() -> None:
    assert recorded([ORDER], second=[]) == []


def test_an_order_that_stays_without_an_owner_is_reported_once() -> None:
    monitor = OwnerMonitor(Disturbances())
    counts = [len(list(monitor.check_recorded(at_s, [ORDER], {"bot": []}))) for at_s in (1.0, 2.0)]
    assert counts == [1, 0]


def followed(monitor: OwnerMonitor, at_s: float, *ids: str, ready_at_s: float = 0.0, alone: str = "") -> list[str]:
    found = monitor.check_followed(at_s, "bot", [ORDER, BY_HAND], ids, ready_at_s, lambda order_id: order_id == alone)
    return [violation.text for violation in found]


def test_an_order_has_to_be_followed_when_everything_was_asked_for() -> None:
    monitor = OwnerMonitor(Disturbances())
    assert followed(monitor, 1.0) == []
    assert followed(monitor, 1.0 + FOLLOWED_S) == []
    assert followed(monitor, 2.0 + FOLLOWED_S) == [f"order 7 is open, and not followed for {1 + FOLLOWED_S:.0f} s"]
    assert followed(monitor, 3.0 + FOLLOWED_S) == []  # reported once


def test_the_time_begins_with_the_process_the_end_of_the_last_fault_and_the_last_sight() -> None:
    late_s = 2.0 + FOLLOWED_S
    disturbances = Disturbances()
    disturbed, started, seen = OwnerMonitor(disturbances), OwnerMonitor(Disturbances()), OwnerMonitor(Disturbances())
    for monitor in (disturbed, started, seen):
        assert followed(monitor, 1.0) == []
    disturbances.extend(5.0)
    assert followed(seen, 5.0, "7") == []
    assert followed(disturbed, late_s) == []
    assert followed(started, late_s, ready_at_s=5.0) == []
    assert followed(seen, late_s) == []
    assert followed(disturbed, 6.0 + FOLLOWED_S) != []


def test_an_order_that_the_bot_said_to_leave_alone_belongs_to_nobody() -> None:
    monitor = OwnerMonitor(Disturbances())
    assert followed(monitor, 1.0, alone="7") == []
    assert followed(monitor, 2.0 + FOLLOWED_S, alone="7") == []


@pytest.mark.parametrize(
    ("unclaimed", "rivals", "answers", "count"),
    [
        (["7"], 0, 0, 1),
        ([], 0, 0, 0),  # the exchange has no such order: it was refused, or never came
        (["7"], 0, 1, 0),  # it was stored after the question
        (["7"], 1, 0, 0),  # it may be that of an intent just like it
        (["7", "8"], 1, 0, 1),
    ],
)
def test_an_order_that_is_given_up_unasked_is_found(
    unclaimed: list[str], rivals: int, answers: int, count: int
) -> None:
    found = list(LookupMonitor.check(1.0, "bot.1", "a", unclaimed, rivals, answers))
    assert len(found) == count
    assert all("a is announced as failed, and the exchange was not asked for it" in each.text for each in found)
