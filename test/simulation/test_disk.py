"""The disk of a simulated process: deaths at commits, refused writes. On SQLite as it is, without a simulation."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy

from simulation import disk
from simulation.disk import Disk, Failure, ProcessDiedError
from simulation.network import host_of_now


@pytest.fixture
def mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    """The disk of the host that runs the test, installed until the test ends."""
    for module, name in ((sqlite3, "connect"), (sqlite3.dbapi2, "connect")):
        monkeypatch.setattr(module, name, getattr(module, name))
    monkeypatch.setattr("io.open", disk._real_io_open)
    monkeypatch.setattr("os.open", disk._real_os_open)
    made = Disk(tmp_path)
    disk.install(lambda: True)
    disk.mount(host_of_now(), made)
    yield made
    disk.reset()


def _rows(path: Path) -> list[int]:
    with closing(disk._real_connect(path)) as connection:
        return [row for (row,) in connection.execute("SELECT n FROM t ORDER BY n")]


def _journal(path: Path) -> sqlite3.Connection:
    """A file as the connector's journal: WAL mode, and each statement a transaction."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE IF NOT EXISTS t (n INTEGER)")
    return connection


def _insert(journal: sqlite3.Connection, *numbers: int, before_commit: Callable[[], None] = lambda: None) -> None:
    """All rows in one transaction, as the journal closes an order."""
    with journal:
        journal.execute("BEGIN IMMEDIATE")
        journal.executemany("INSERT INTO t VALUES (?)", [(number,) for number in numbers])
        before_commit()


@pytest.mark.parametrize(("is_after", "kept"), [(False, [1]), (True, [1, 2])])
def test_a_process_dies_at_a_statement_that_is_its_own_transaction(
    mounted: Disk, tmp_path: Path, is_after: bool, kept: list[int]
) -> None:
    with closing(_journal(tmp_path / "journal")) as journal:
        mounted.die_at_commit(1, is_after, lambda: _copy(tmp_path))
        journal.execute("INSERT INTO t VALUES (1)")
        with pytest.raises(ProcessDiedError):
            journal.execute("INSERT INTO t VALUES (2)")
        with pytest.raises(ProcessDiedError):
            journal.execute("INSERT INTO t VALUES (3)")
        assert _rows(tmp_path / "copy" / "journal") == kept


@pytest.mark.parametrize(("is_after", "kept"), [(False, []), (True, [1, 2])])
def test_a_process_dies_at_the_commit_of_a_block(
    mounted: Disk, tmp_path: Path, is_after: bool, kept: list[int]
) -> None:
    with closing(_journal(tmp_path / "journal")) as journal:
        mounted.die_at_commit(0, is_after, lambda: _copy(tmp_path))
        with pytest.raises(ProcessDiedError):
            _insert(journal, 1, 2)
        assert _rows(tmp_path / "copy" / "journal") == kept


@pytest.mark.parametrize(("is_after", "kept"), [(False, []), (True, [1])])
def test_a_process_dies_at_a_commit_of_sqlalchemy(
    mounted: Disk, tmp_path: Path, is_after: bool, kept: list[int]
) -> None:
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'database'}")
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE t (n INTEGER)"))
    mounted.die_at_commit(0, is_after, lambda: _copy(tmp_path))
    with pytest.raises(ProcessDiedError), engine.begin() as connection:
        connection.execute(sqlalchemy.text("INSERT INTO t VALUES (1)"))
    assert _rows(tmp_path / "copy" / "database") == kept
    engine.dispose()


@pytest.mark.parametrize(("trouble", "words"), [("full", "disk is full"), ("locked", "is locked")])
def test_writes_are_refused_until_the_disk_is_mended(
    mounted: Disk, tmp_path: Path, trouble: disk.Trouble, words: str
) -> None:
    with closing(_journal(tmp_path / "journal")) as journal, closing(_journal(tmp_path / "other")) as other:
        mounted.fail(Failure(trouble, "journal", 1.0, ""))
        with pytest.raises(sqlite3.OperationalError, match=words):
            journal.execute("INSERT INTO t VALUES (1)")
        assert journal.execute("SELECT count(*) FROM t").fetchone() == (0,)
        other.execute("INSERT INTO t VALUES (1)")
        mounted.mend()
        journal.execute("INSERT INTO t VALUES (2)")
    assert _rows(tmp_path / "journal") == [2]
    assert [row.sql for row in mounted.refused] == ["INSERT INTO t VALUES (1)"]


def test_a_commit_that_is_refused_leaves_nothing(mounted: Disk, tmp_path: Path) -> None:
    with closing(_journal(tmp_path / "journal")) as journal:
        with pytest.raises(sqlite3.OperationalError):
            _insert(journal, 1, before_commit=lambda: mounted.fail(Failure("full", "", 1.0, "")))
        assert not journal.in_transaction
    assert _rows(tmp_path / "journal") == []


def test_a_full_disk_has_no_room_for_a_file(mounted: Disk, tmp_path: Path) -> None:
    mounted.fail(Failure("full", "heartbeat", 1.0, ""))
    with pytest.raises(OSError, match="No space left"):
        (tmp_path / "heartbeat.json").write_text("{}")
    (tmp_path / "other.json").write_text("{}")
    mounted.mend()
    (tmp_path / "heartbeat.json").write_text("{}")
    assert (tmp_path / "heartbeat.json").read_text() == "{}"


def _copy(folder: Path) -> None:
    shutil.copytree(folder, folder / "copy", ignore=shutil.ignore_patterns("copy"))
