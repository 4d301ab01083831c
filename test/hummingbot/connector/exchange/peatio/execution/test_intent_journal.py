"""The order journal on a real file, and the locks that say whose rows are whose."""

import logging
import os
import signal
import sqlite3
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio.common.errors import JournalError
from hummingbot.connector.exchange.peatio.common.messages import FeeRates
from hummingbot.connector.exchange.peatio.execution import journal_lock as peatio_ownership
from hummingbot.connector.exchange.peatio.execution.intent_journal import (
    KEEP_CLOSED_S,
    Intent,
    IntentJournal,
    IntentState,
)
from hummingbot.connector.exchange.peatio.execution.journal_lock import account_of, acquire

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
    return IntentJournal(folder / "journal.sqlite", owner, account, LOGGER)


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
    assert market == intent("market", None)
    assert market.fingerprint == ("dogebtc", True, Decimal("12345.67890123"), None)


def test_closed_intents_are_finished_and_watched_ones_are_not(tmp_path: Path) -> None:
    rows = journal(tmp_path)
    for name in ("open", "closed", "watched"):
        rows.record(intent(name))
    rows.close("closed")
    rows.watch("watched")
    assert [(i.client_order_id, i.state) for i in rows.unfinished()] == [
        ("open", IntentState.SENT),
        ("watched", IntentState.WATCHED),
    ]
    assert [rows.has_ended(name) for name in ("open", "closed", "watched", "never was")] == [False, True, False, False]


def test_owners_see_their_own_rows_and_every_id_claimed_on_their_account(tmp_path: Path) -> None:
    ours, theirs = journal(tmp_path, "ours"), journal(tmp_path, "theirs")
    elsewhere = journal(tmp_path, "ours", account="another exchange")
    theirs.record(intent("a"))
    theirs.live("a", "7", None)
    assert ours.unfinished() == []
    assert ours.is_claimed("7")
    assert not ours.is_claimed("8")
    assert not elsewhere.is_claimed("7"), "ids of different exchanges have nothing to do with each other"


def test_an_intent_is_recorded_once(tmp_path: Path) -> None:
    rows = journal(tmp_path)
    rows.record(intent("a"))
    with pytest.raises(JournalError, match=r"journal\.sqlite cannot be written"):
        rows.record(intent("a"))


def test_old_closed_rows_are_dropped_and_open_ones_never(tmp_path: Path) -> None:
    rows = journal(tmp_path)
    for name in ("open", "closed"):
        rows.record(intent(name))
    rows.close("closed")
    rows._database.execute("UPDATE intents SET updated_at_s = ?", (time.time() - KEEP_CLOSED_S - 1,))
    journal(tmp_path)
    left = rows._database.execute("SELECT client_order_id FROM intents").fetchall()
    assert left == [("open",)]


def test_a_damaged_file_is_named_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").write_bytes(b"not a database, whatever its name says" * 100)
    with pytest.raises(JournalError, match=r"journal\.sqlite cannot be opened.*move it away"):
        journal(tmp_path)


def onlooker(folder: Path) -> IntentJournal:
    return IntentJournal(folder / "journal.sqlite", "me", "account", LOGGER, is_read_only=True)


def test_an_onlooker_reads_past_a_writer_that_stands_still_and_changes_nothing(tmp_path: Path) -> None:
    rows = journal(tmp_path)
    rows.record(intent("a"))
    other = sqlite3.connect(tmp_path / "journal.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    looking = onlooker(tmp_path)
    assert [row.client_order_id for row in looking.unfinished()] == ["a"]
    other.execute("COMMIT")
    with pytest.raises(JournalError, match="cannot be written"):
        looking.close("a")
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
    rows._database.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    with pytest.raises(JournalError, match="newer version"):
        journal(tmp_path)


def test_two_bots_on_one_account_are_two_owners(tmp_path: Path) -> None:
    account = account_of("https://exchange.example", "key")
    first, second = (acquire(tmp_path, "instance", account) for _ in range(2))
    assert first.owner != second.owner
    assert acquire(tmp_path, "another instance", account).owner not in (first.owner, second.owner)
    first.release()
    assert acquire(tmp_path, "instance", account) == first, "what one gives back the next takes over"


def test_the_name_of_an_account_tells_nothing_of_its_key() -> None:
    assert "key" not in account_of("https://exchange.example", "key")
    assert account_of("https://exchange.example", "key") != account_of("https://exchange.example", "other")


CLAIM_AND_WAIT = """
import sys, time
from pathlib import Path
from hummingbot.connector.exchange.peatio.execution.journal_lock import claim
print(claim(Path(sys.argv[1]), "instance", "account").owner, flush=True)
time.sleep(60)
"""


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CLAIM_AND_WAIT, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        theirs = other.stdout.readline().strip()
        ours = acquire(tmp_path, "instance", "account")
        assert ours.owner != theirs, "it lives: its rows are not ours"
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
    assert acquire(tmp_path, "instance", "account").owner == theirs


@pytest.fixture(autouse=True)
def _no_locks_kept() -> None:
    peatio_ownership._held.clear()
