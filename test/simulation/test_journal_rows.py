"""`simulation.monitors.journal_rows` on a real journal."""

from pathlib import Path

from hummingbot.connector.exchange.peatio.execution.follow_ups import FollowUp

from simulation.monitors.journal_rows import due_cancels, known_ids, read_rows, wanted_cancels
from test.hummingbot.connector.exchange.peatio.execution.test_intent_journal import RATES, intent, journal


def test_the_rows_of_a_journal_are_read_while_it_is_open(tmp_path: Path) -> None:
    rows = journal(tmp_path)
    for name in ("a", "b", "c"):
        rows.record(intent(name))
    rows.live("a", "77", RATES)
    rows.sent("b", 1.0)
    rows.absent("b")
    rows.want_cancel("a")
    found, given_up = read_rows(tmp_path / "journal.sqlite")
    assert [(row.client_order_id, row.order_id) for row in found] == [("a", "77"), ("b", None), ("c", None)]
    assert given_up == 1
    assert wanted_cancels(tmp_path / "journal.sqlite") == {"a"}


def test_an_order_that_failed_is_given_up_although_the_disk_refused_to_note_it(tmp_path: Path) -> None:
    rows = journal(tmp_path)
    for name in ("lost", "live", "under way"):
        rows.record(intent(name))
    rows.live("live", "77", RATES)
    _, given_up = read_rows(tmp_path / "journal.sqlite", {"lost", "live", "closed"})
    assert given_up == 1


def test_a_former_id_that_is_to_be_cancelled_once_more_is_read(tmp_path: Path) -> None:
    rows = journal(tmp_path)
    rows.record(intent("a"))
    rows.live("a", "77", RATES)
    for kind, order_id in ((FollowUp.SECOND_CANCEL, "75"), (FollowUp.SUCCESSOR, "76")):
        rows.follow_ups.add(kind, intent("a").changed(exchange_order_id=order_id))
    assert due_cancels(tmp_path / "journal.sqlite") == {"75"}


def test_each_id_that_an_order_has_or_had_is_known(tmp_path: Path) -> None:
    rows = journal(tmp_path)
    for name, order_id in (("a", "77"), ("b", "78")):
        rows.record(intent(name))
        rows.live(name, order_id, RATES)
    rows.record(intent("c"))
    rows.replaced("a", "79")
    rows.close("b")
    assert known_ids(tmp_path / "journal.sqlite") == {"77", "78", "79"}


def test_a_bot_that_has_not_begun_has_none(tmp_path: Path) -> None:
    assert read_rows(tmp_path / "journal.sqlite") == ([], 0)
    assert wanted_cancels(tmp_path / "journal.sqlite") == set()
    assert due_cancels(tmp_path / "journal.sqlite") == set()
    assert known_ids(tmp_path / "journal.sqlite") == set()
