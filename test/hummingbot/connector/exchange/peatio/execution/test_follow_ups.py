"""What is to be done about orders that have ended, in the journal, over restarts."""

from dataclasses import replace
from pathlib import Path

from hummingbot.connector.exchange.peatio.execution.follow_ups import FollowUp
from hummingbot.connector.exchange.peatio.execution.intent import Intent, OrderEnd
from hummingbot.connector.exchange.peatio.execution.intent_journal import IntentJournal
from hummingbot.connector.exchange.peatio.execution.journal_file import JournalFile

from test.hummingbot.connector.exchange.peatio.execution.test_intent_journal import RATES, intent, journal, rows_of

SUCCESSOR, SECOND_CANCEL = FollowUp.SUCCESSOR, FollowUp.SECOND_CANCEL


def live(rows: IntentJournal, name: str, order_id: str) -> Intent:
    rows.record(intent(name))
    rows.live(name, order_id, RATES)
    found = rows.get(name)
    assert found is not None
    return found


def known(rows: IntentJournal, kind: FollowUp) -> list[tuple[str, str | None]]:
    return [(each.client_order_id, each.exchange_order_id) for each in rows.follow_ups.of(kind)]


def test_the_next_process_knows_them_whatever_became_of_the_row(tmp_path: Path) -> None:
    rows = journal(tmp_path)
    for name, order_id in (("open", "7"), ("closed", "8"), ("both", "9")):
        rows.follow_ups.add(SUCCESSOR, live(rows, name, order_id))
    rows.close("closed", OrderEnd.CANCELLED)
    rows.close("both", OrderEnd.CANCELLED)
    rows.taken_back(replace(intent("both"), exchange_order_id="10"))
    later = journal(tmp_path)
    assert sorted(known(later, SUCCESSOR)) == [("both", "9"), ("closed", "8"), ("open", "7")]
    (closed,) = (each for each in later.follow_ups.of(SUCCESSOR) if each.client_order_id == "closed")
    assert closed.fingerprint == intent("closed").fingerprint
    assert closed.fee_rates == RATES
    assert known(later, SECOND_CANCEL) == []
    assert known(journal(tmp_path, "another bot"), SUCCESSOR) == []


def test_what_is_done_is_gone_and_only_that(tmp_path: Path) -> None:
    rows = journal(tmp_path)
    order = live(rows, "a", "7")
    for kind in FollowUp:
        rows.follow_ups.add(kind, order)
        rows.follow_ups.add(kind, order)
    rows.follow_ups.done(SUCCESSOR, "7")
    rows.follow_ups.done(SUCCESSOR, "8")
    for each in (rows, journal(tmp_path)):
        assert (known(each, SUCCESSOR), known(each, SECOND_CANCEL)) == ([], [("a", "7")])


def test_what_the_disk_refuses_is_written_later_in_its_order(tmp_path: Path) -> None:
    rows = journal(tmp_path)
    order = live(rows, "a", "7")
    rows_of(rows).execute("PRAGMA query_only=ON")
    rows.follow_ups.add(SUCCESSOR, order)
    rows.close("a", OrderEnd.CANCELLED)
    assert known(rows, SUCCESSOR) == [("a", "7")]
    assert [each.client_order_id for each in journal(tmp_path).unfinished()] == ["a"], "the row is open as well"
    rows_of(rows).execute("PRAGMA query_only=OFF")
    rows.tick()
    assert known(journal(tmp_path), SUCCESSOR) == [("a", "7")]


def test_those_of_another_owner_are_taken_over_with_its_rows(tmp_path: Path) -> None:
    former, rows = journal(tmp_path, "former"), journal(tmp_path)
    former.follow_ups.add(SECOND_CANCEL, live(former, "a", "7"))
    former.close_file()
    rows.take_over("former")
    for each in (rows, journal(tmp_path)):
        assert known(each, SECOND_CANCEL) == [("a", "7")]


def test_a_file_without_the_table_gets_it(tmp_path: Path) -> None:
    rows = journal(tmp_path)
    order = live(rows, "a", "7")
    rows_of(rows).execute("DROP TABLE follow_ups")
    rows.close_file()
    assert JournalFile(tmp_path / "journal.sqlite", "me", "account", is_read_only=True).claimed_by("7") == "a"
    rows = journal(tmp_path)
    rows.follow_ups.add(SUCCESSOR, order)
    assert known(journal(tmp_path), SUCCESSOR) == [("a", "7")]
