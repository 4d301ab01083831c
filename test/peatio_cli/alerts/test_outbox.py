"""What waits for an address that fails, and when it is tried again."""

import pytest

from peatio_cli.alerts.alert import Alert, Kind, title_of
from peatio_cli.alerts.outbox import LONGEST_PAUSE_S, MOST_WAITING, Outbox


def alert(number: int, kind: Kind = Kind.BEGAN) -> Alert:
    return Alert(1_700_000_000.0 + number, kind, f"Alert {number}.")


def test_an_address_that_fails_holds_up_no_other_and_gets_all_in_one_message_later() -> None:
    outbox = Outbox(2)
    outbox.add([alert(1)])
    assert outbox.due(0.0) == [0, 1]
    outbox.sent(0, outbox.message(0))
    outbox.failed(1, 0.0)
    outbox.add([alert(2)])
    assert outbox.due(4.9) == [0]
    assert outbox.due(5.0) == [0, 1]
    assert outbox.message(0) == (alert(2),)
    assert outbox.message(1) == (alert(1), alert(2))
    outbox.sent(1, outbox.message(1))
    outbox.sent(0, outbox.message(0))
    assert (outbox.due(1e9), outbox.waiting) == ([], 0)


def test_pauses_grow_to_a_longest_one_and_begin_again_after_a_success() -> None:
    outbox = Outbox(1)
    outbox.add([alert(1)])
    for pause_s in (5.0, 10.0, 20.0, 40.0, 80.0, 160.0, LONGEST_PAUSE_S, LONGEST_PAUSE_S):
        outbox.failed(0, 7.0)
        assert outbox.due(7.0 + pause_s - 0.1) == []
        assert outbox.due(7.0 + pause_s) == [0]
    outbox.hurry()
    assert outbox.due(0.0) == [0]
    outbox.sent(0, outbox.message(0))
    outbox.add([alert(2)])
    outbox.failed(0, 0.0)
    assert outbox.due(5.0) == [0]


def test_what_comes_while_a_message_is_on_its_way_waits_for_the_next() -> None:
    outbox = Outbox(1)
    outbox.add([alert(1)])
    message = outbox.message(0)
    outbox.add([alert(2)])
    outbox.sent(0, message)
    assert outbox.message(0) == (alert(2),)


def test_the_oldest_are_dropped_and_that_is_said() -> None:
    outbox = Outbox(1)
    outbox.add(alert(number) for number in range(MOST_WAITING + 3))
    first, second, *_ = message = outbox.message(0)
    assert first.text == "3 earlier alert(s) could not be sent and were dropped."
    assert second == alert(3)
    outbox.sent(0, message)
    outbox.add([alert(1)])
    assert outbox.message(0) == (alert(1),)


@pytest.mark.parametrize("addresses", [1, 2, 3])
def test_it_survives_a_restart_with_more_or_fewer_addresses(addresses: int) -> None:
    outbox = Outbox(2)
    outbox.add([alert(1), alert(2, Kind.RESOLVED)])
    outbox.sent(0, outbox.message(0))
    outbox.failed(1, 0.0)
    after = Outbox.from_json(outbox.as_json(), addresses)
    assert after.due(0.0) == ([1] if addresses > 1 else []), "at once, whatever the pause was"


@pytest.mark.parametrize(
    ("kinds", "title"),
    [
        ([Kind.EVENT], "my-bot: news"),
        ([Kind.RESOLVED, Kind.EVENT], "my-bot: resolved"),
        ([Kind.RESOLVED, Kind.BEGAN], "my-bot: alert"),
    ],
)
def test_the_worst_makes_the_title(kinds: list[Kind], title: str) -> None:
    assert title_of("my-bot", [alert(1, kind) for kind in kinds]) == title


def test_a_line_has_the_time_and_says_what_is_resolved() -> None:
    assert alert(0).line() == "2023-11-14 22:13:20 UTC: Alert 0."
    assert alert(0, Kind.RESOLVED).line() == "2023-11-14 22:13:20 UTC: RESOLVED: Alert 0."
