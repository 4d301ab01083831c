"""The order journal on a real file, and the locks that say whose rows are whose."""

import logging
import os
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio.common.errors import JournalError
from hummingbot.connector.exchange.peatio.common.messages import FeeRates
from hummingbot.connector.exchange.peatio.execution import journal_lock
from hummingbot.connector.exchange.peatio.execution.intent import Intent, IntentState, OrderEnd
from hummingbot.connector.exchange.peatio.execution.intent_journal import IntentJournal
from hummingbot.connector.exchange.peatio.execution.journal_file import JournalFile
from hummingbot.connector.exchange.peatio.execution.journal_lock import JournalLock, account_of, acquire

LOGGER = logging.getLogger("test")
RATES = FeeRates(Decimal("0.001"), Decimal("0.002"))


def intent(name: str, price: str | None = "0.00002431") -> Intent:
    return Intent(
        client_order_id=name,
        trading_pair="DOGE-BTC",
        market="dogebtc",
        is_buy=True,
        amount=Decimal("12345.67890123"),
        price=None if price is None else Decimal(price),
        created_at_s=1_795_207_684.5,
    )


def journal(folder: Path, owner: str = "me", account: str = "account") -> IntentJournal:
    made = IntentJournal(lambda: JournalFile(folder / "journal.sqlite", owner, account), LOGGER)
    made.open()
    return made


def rows_of(journal: IntentJournal) -> sqlite3.Connection:
    """The journal's database."""
    assert journal._file is not None
    return journal._file._database


def test_what_was_recorded_is_read_back_exactly_by_the_next_process(tmp_path: Path) -> None:
    first = journal(tmp_path)
    for name, price in (("limit", "0.00002431"), ("market", None)):
        first.record(intent(name, price))
    first.live("limit", "77", RATES)
    # Not shut: a killed process shuts nothing.
    limit, market = journal(tmp_path).unfinished()
    assert limit == Intent(
        **{**intent("limit").__dict__, "state": IntentState.LIVE, "exchange_order_id": "77", "fee_rates": RATES}
    )
    assert market == replace(intent("market", None), state=IntentState.SENT)
    assert market.fingerprint == ("dogebtc", True, Decimal("12345.67890123"), None)


def test_what_ended_before_the_file_could_be_opened_is_known_once_it_is(tmp_path: Path) -> None:
    """Seed 150656 of the simulation: the disk was full from the start on. Orders that Hummingbot had restored were
    filled and cancelled. Once the journal could be opened, their fills and ends were reported again."""
    before = journal(tmp_path)
    for name in ("filled", "cancelled", "cancelled twice", "open"):
        before.record(intent(name))
        before.live(name, f"id of {name}", RATES)
    before.close_file()

    late = IntentJournal(lambda: JournalFile(tmp_path / "journal.sqlite", "me", "account"), LOGGER)
    late.close("filled", OrderEnd.FILLED)
    for name in ("cancelled", "cancelled twice"):
        late.ended(intent(name).changed(exchange_order_id=f"id of {name}"))
    late.close("cancelled twice")
    late.open()
    states = {each.client_order_id: each.state for each in late.unfinished()}
    assert states == {"cancelled": IntentState.ENDED, "open": IntentState.LIVE}
    ends = [late.end_of(name) for name in ("filled", "cancelled twice", "open")]
    assert ends == [OrderEnd.FILLED, OrderEnd.CANCELLED, None]
    late.close_file()
    next_one = journal(tmp_path)
    assert {each.client_order_id: each.state for each in next_one.unfinished()} == states


def test_closed_intents_are_finished_and_watched_ones_are_not(tmp_path: Path) -> None:
    rows = journal(tmp_path)
    for name in ("open", "closed", "watched"):
        rows.record(intent(name))
    rows.close("closed")
    rows.sent("watched", intent("watched").created_at_s)
    rows.absent("watched")
    assert [(i.client_order_id, i.state) for i in rows.unfinished()] == [
        ("open", IntentState.RECORDED),
        ("watched", IntentState.ABSENT),
    ]
    assert [(i.client_order_id, i.state) for i in journal(tmp_path).unfinished()] == [
        ("open", IntentState.SENT),
        ("watched", IntentState.ABSENT),
    ], "a request may have left that was recorded"
    assert [rows.has_ended(name) for name in ("open", "closed", "watched")] == [False, True, False]


def test_owners_see_their_own_rows_and_every_id_claimed_on_their_account(tmp_path: Path) -> None:
    ours, theirs = journal(tmp_path, "ours"), journal(tmp_path, "theirs")
    elsewhere = journal(tmp_path, "ours", account="another exchange")
    theirs.record(intent("a"))
    theirs.live("a", "7", None)
    assert ours.unfinished() == []
    assert ours.is_claimed("7")
    assert not ours.is_claimed("8")
    assert not elsewhere.is_claimed("7"), "ids of different exchanges have nothing to do with each other"


def test_what_was_placed_with_another_key_of_the_same_exchange_is_claimed(tmp_path: Path) -> None:
    """Open or ended: a lost order must not be taken for one that the former key placed."""
    former, elsewhere = journal(tmp_path, "former", "account 1"), journal(tmp_path, "elsewhere", "account 2")
    for name, order_id in (("ended", "7"), ("open", "8")):
        former.record(intent(name))
        former.live(name, order_id, None)
    former.close("ended")
    elsewhere.record(intent("other"))
    elsewhere.live("other", "9", None)
    ours = journal(tmp_path, "me", "account 3")
    former.file.note_account("account 1", '{"site": "https://one"}')
    assert not ours.is_claimed("7"), "whose exchange's it is is not known"
    elsewhere.file.note_account("account 2", '{"site": "https://two"}')
    ours.file.note_account("account 3", '{"site": "https://one"}')
    assert ours.is_claimed("7")
    assert ours.is_claimed("8")
    assert not ours.is_claimed("9")


def test_every_id_that_an_order_has_had_is_claimed(tmp_path: Path) -> None:
    """An exchange that resizes orders by a cancel and another order gives the same order several ids. A bot that forgot
    the first took that order for a lost one of its own (pegged seed 95420 of the simulation)."""
    rows = journal(tmp_path)
    rows.record(intent("grew"))
    rows.live("grew", "7", None)
    rows.replaced("grew", "8")
    rows.replaced("grew", "9")
    rows.record(intent("taken back"))
    rows.live("taken back", "17", None)
    ended = rows.get("taken back")
    assert ended is not None
    rows.close("taken back", OrderEnd.CANCELLED)
    rows.taken_back(replace(ended, exchange_order_id="18"))
    for _ in range(2):
        after = journal(tmp_path, "another bot")
        claims = {order_id: after.claimed_by(order_id) for order_id in ("6", "7", "8", "9", "17", "18")}
        assert claims == {"6": None, **dict.fromkeys("789", "grew"), **dict.fromkeys(("17", "18"), "taken back")}
        rows.close("grew", OrderEnd.CANCELLED)
        rows.close("taken back", OrderEnd.CANCELLED)


def test_ids_of_replaced_orders_are_of_their_exchange_only_and_a_first_file_of_form_2_gets_them(tmp_path: Path) -> None:
    rows = journal(tmp_path)
    rows.record(intent("a"))
    rows.live("a", "7", None)
    rows_of(rows).execute("DROP TABLE replaced_orders")
    rows_of(rows).execute("ALTER TABLE intents DROP COLUMN newest_order_id")
    rows.close_file()
    onlooker = JournalFile(tmp_path / "journal.sqlite", "me", "account", is_read_only=True)
    assert (onlooker.claimed_by("7"), onlooker.claimed_by("8")) == ("a", None)
    assert [each.newest_order_id for each in onlooker.unfinished()] == [0]
    rows = journal(tmp_path)
    rows.replaced("a", "8")
    assert journal(tmp_path).is_claimed("7")
    assert onlooker.claimed_by("8") == "a"
    assert not journal(tmp_path, account="another exchange").is_claimed("7")


@pytest.mark.parametrize("waited_s", [0.0, 30.0])
def test_a_later_process_knows_which_orders_were_there_before_the_request_left(tmp_path: Path, waited_s: float) -> None:
    """Such a one looked like the lost order and was taken for it (seed 70049 of the simulation)."""
    rows = journal(tmp_path)
    rows.record(replace(intent("a"), newest_order_id=689))
    assert [each.newest_order_id for each in journal(tmp_path).unfinished()] == [689]
    rows.sent("a", intent("a").created_at_s + waited_s, newest_order_id=690)
    assert [each.newest_order_id for each in journal(tmp_path).unfinished()] == [690 if waited_s else 689]
    rows.absent("a")
    assert [each.newest_order_id for each in journal(tmp_path).unfinished()] == [690]


def test_an_intent_is_recorded_once(tmp_path: Path) -> None:
    rows = journal(tmp_path)
    rows.record(intent("a"))
    with pytest.raises(JournalError, match=r"journal\.sqlite cannot be written"):
        rows.record(intent("a"))


def test_a_damaged_file_is_named_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").write_bytes(b"not a database, whatever its name says" * 100)
    with pytest.raises(JournalError, match=r"journal\.sqlite cannot be opened.*move it away"):
        journal(tmp_path)


def onlooker(folder: Path) -> JournalFile:
    return JournalFile(folder / "journal.sqlite", "me", "account", is_read_only=True)


def test_an_onlooker_reads_past_a_writer_that_stands_still_and_changes_nothing(tmp_path: Path) -> None:
    rows = journal(tmp_path)
    rows.record(intent("a"))
    other = sqlite3.connect(tmp_path / "journal.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    looking = onlooker(tmp_path)
    assert [row.client_order_id for row in looking.unfinished()] == ["a"]
    other.execute("COMMIT")
    with pytest.raises(JournalError, match="cannot be written"):
        looking.update(intent("a"))
    rows.record(intent("b"))
    assert len(looking.unfinished()) == 2, "it sees what comes later"


def test_an_onlooker_makes_no_journal(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="cannot be opened"):
        onlooker(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_locked_file_is_given_up_quickly(tmp_path: Path) -> None:
    rows = journal(tmp_path)
    other = sqlite3.connect(tmp_path / "journal.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalError, match="locked"):
        rows.record(intent("a"))
    other.execute("ROLLBACK")
    rows.record(intent("a"))


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="cannot be opened"):
        journal(tmp_path / "file")
    with pytest.raises(JournalError, match="lock file"):
        acquire(tmp_path / "file", "instance", "account")


def test_a_journal_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    rows = journal(tmp_path)
    rows_of(rows).execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    with pytest.raises(JournalError, match="newer version"):
        journal(tmp_path)


def test_two_bots_on_one_account_are_two_owners(tmp_path: Path) -> None:
    account = account_of("https://exchange.example", "key")
    first, second = (acquired(tmp_path, "instance", account) for _ in range(2))
    assert first.owner != second.owner
    assert acquired(tmp_path, "another instance", account).owner not in (first.owner, second.owner)
    first.release()
    assert acquire(tmp_path, "instance", account) == first, "what one gives back the next takes over"


def test_a_successor_waits_for_the_rows_of_a_connector_that_is_stopping(tmp_path: Path) -> None:
    first = acquired(tmp_path, "instance", "account")
    first.announce_release()
    assert acquire(tmp_path, "instance", "account") is None
    first.release()
    assert acquire(tmp_path, "instance", "account") == first


def acquired(folder: Path, instance: str, account: str) -> JournalLock:
    lock = acquire(folder, instance, account)
    assert lock is not None
    return lock


def test_the_name_of_an_account_tells_nothing_of_its_key() -> None:
    assert "key" not in account_of("https://exchange.example", "key")
    assert account_of("https://exchange.example", "key") != account_of("https://exchange.example", "other")


CLAIM_AND_WAIT = """
import sys, time
from pathlib import Path
from hummingbot.connector.exchange.peatio.execution.journal_lock import acquire
print(acquire(Path(sys.argv[1]), "instance", "account").owner, flush=True)
time.sleep(60)
"""


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CLAIM_AND_WAIT, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        theirs = other.stdout.readline().strip()
        ours = acquired(tmp_path, "instance", "account")
        assert ours.owner != theirs, "it lives: its rows are not ours"
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
    assert acquired(tmp_path, "instance", "account").owner == theirs


@pytest.fixture(autouse=True)
def _no_locks_kept() -> None:
    journal_lock._held.clear()


def test_a_transition_that_is_none_is_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rows = journal(tmp_path)
    rows.record(intent("a"))
    rows.live("a", "7", None)
    rows.absent("a")
    (row,) = rows.unfinished()
    assert row.state is IntentState.LIVE
    assert "refuses to move order a from LIVE to ABSENT" in caplog.text


def test_a_closed_order_ends_once_more_after_a_restart_of_the_engine(tmp_path: Path) -> None:
    rows = journal(tmp_path)
    rows.record(intent("a"))
    rows.live("a", "7", None)
    (known,) = rows.unfinished()
    rows.close("a")
    rows.ended(known)
    assert [(row.client_order_id, row.state) for row in journal(tmp_path).unfinished()] == [("a", IntentState.ENDED)]


def test_what_the_disk_refused_is_written_before_the_next_order(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = journal(tmp_path)
    for name in ("a", "b"):
        rows.record(intent(name))
    other = sqlite3.connect(tmp_path / "journal.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    rows.live("a", "7", RATES)
    rows.close("b")
    assert caplog.text.count("cannot be written") == 1, "reported once"
    assert [row.exchange_order_id for row in rows.unfinished()] == ["7"], "memory goes on"
    with pytest.raises(JournalError):
        rows.record(intent("c"))
    other.execute("ROLLBACK")
    rows.record(intent("c"))
    found = {row.client_order_id: row.exchange_order_id for row in journal(tmp_path).unfinished()}
    assert found == {"a": "7", "c": None}


def test_a_wanted_cancel_is_remembered_until_the_order_ends(tmp_path: Path) -> None:
    rows = journal(tmp_path)
    rows.record(intent("a"))
    rows.live("a", "7", None)
    rows.want_cancel("a")
    rows.want_cancel("never placed")
    assert [row.is_cancel_wanted for row in journal(tmp_path).unfinished()] == [True]
    rows.close("a")
    assert rows_of(rows).execute("SELECT * FROM wanted_cancels").fetchall() == []


def test_cancels_that_are_wanted_together_are_written_together_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = journal(tmp_path)
    for name in ("a", "b"):
        rows.record(intent(name))
        rows.live(name, name, None)
    update, names = JournalFile._update, []

    def full_at_the_second(file: JournalFile, row: Intent) -> None:
        names.append(row.client_order_id)
        if len(names) == 2:
            raise sqlite3.OperationalError("database or disk is full")
        update(file, row)

    monkeypatch.setattr(JournalFile, "_update", full_at_the_second)
    rows.want_cancels(["a", "never placed", "b"])
    assert names == ["a", "b"]
    assert [row.is_cancel_wanted for row in rows.unfinished()] == [True, True], "memory goes on"
    assert [row.is_cancel_wanted for row in journal(tmp_path).unfinished()] == [False, False]
    rows.tick()
    assert [row.is_cancel_wanted for row in journal(tmp_path).unfinished()] == [True, True]
    rows.want_cancels(["a", "b"])
    assert len(names) == 4, "nothing new to write"


def test_before_it_is_open_nothing_can_be_recorded(tmp_path: Path) -> None:
    made = IntentJournal(lambda: JournalFile(tmp_path / "journal.sqlite", "me", "account"), LOGGER)
    with pytest.raises(JournalError, match="not open yet"):
        made.record(intent("a"))
    assert made.unfinished() == []
