"""A bot as seen from outside: running, dead, stopped, never started; and nothing of it is touched."""

import fcntl
import json
import logging
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio.execution import journal_schema
from hummingbot.connector.exchange.peatio.execution.journal_file import JOURNAL_NAME
from hummingbot.connector.exchange.peatio.guard.fence import FenceFile
from hummingbot.connector.exchange.peatio.guard.heartbeat import Heartbeat, HeartbeatRecord

from peatio_cli.fleet.health import GUARD_FILE
from peatio_cli.watch.bot_reader import BotReader, SelfReport
from peatio_cli.watch.bot_state import Activity, BotState
from peatio_cli.watch.journal_reader import KEPT
from peatio_cli.watch.read_only import open_read_only
from peatio_liquidity.fills import Fill as LiquidityFill
from peatio_liquidity.fills import Venue
from peatio_liquidity.hedge_journal import HedgeJournal

RECORD = HeartbeatRecord("peatio", "acc", "owner-acc-1", 4711)
METRICS = """\
peatio_ready{connector="peatio"} 0
peatio_book_followed{connector="peatio",market="BTC-USD"} 0
peatio_book_followed{connector="peatio",market="ETH-USD"} 1
peatio_book_untrusted_seconds_total{connector="peatio",market="BTC-USD"} 3.5
peatio_book_faults_total{connector="peatio",market="BTC-USD",fault="gap"} 2
peatio_book_faults_total{connector="peatio",market="BTC-USD",fault="silent"} 0
peatio_stream_connected{connector="peatio",stream="public"} 1
peatio_request_budget{connector="peatio"} 6000
peatio_request_budget_left{connector="peatio"} 5990
"""


class Clock:
    """A wall clock and one that only goes on."""

    def __init__(self) -> None:
        self.wall_s = 1_000_000.0
        self.passed_s = 50.0

    def advance(self, seconds: float) -> None:
        self.wall_s += seconds
        self.passed_s += seconds


class Instance:
    """An instance's directory, written as a bot writes it."""

    def __init__(self, directory: Path, clock: Clock) -> None:
        self.directory = directory
        self.data = directory / "data"
        self.data.mkdir(parents=True)
        self.clock = clock
        self.heartbeat = Heartbeat(self.data, RECORD, logging.getLogger("test"))
        self.reader = BotReader(directory, lambda: clock.wall_s, lambda: clock.passed_s)

    def beat(self) -> None:
        self.heartbeat.beat()
        os.utime(self.data / f"peatio_heartbeat_{RECORD.owner}.json", (self.clock.wall_s, self.clock.wall_s))

    def journal(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.data / JOURNAL_NAME, isolation_level=None)
        database.execute("PRAGMA journal_mode=WAL")
        database.executescript(journal_schema.SCHEMA)
        database.execute("INSERT INTO meta VALUES ('schema_version', '2')")
        note = {"site": "https://one.example", "key": "abcd…", "member": "m"}
        database.execute("INSERT INTO meta VALUES ('account acc', ?)", (json.dumps(note),))
        return database


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def instance(tmp_path: Path, clock: Clock) -> Instance:
    return Instance(tmp_path / "my-bot", clock)


def add_fill(database: sqlite3.Connection, number: int, is_buy: bool = True, price: str = "100") -> None:
    database.execute(
        journal_schema.FILL,
        (f"c{number}", str(number), RECORD.owner, "acc", f"e{number}", "BTC-USD", int(is_buy), price, "1", price,
         "0.1", "USD", 0, float(number), float(number)),
    )  # fmt: skip


def add_order(database: sqlite3.Connection, key: str, state: str = "live", database_name: str | None = None) -> None:
    row = (key, RECORD.owner, "acc", "BTC-USD", "btcusd", 1, "2", "99", 10.0, state, "e1", None, None, 11.0, 0)
    database.execute(journal_schema.INSERT, (*row, database_name, 0))


def test_a_bot_that_never_ran_is_stopped_and_nothing_is_made_in_its_folder(instance: Instance) -> None:
    state = instance.reader.look()
    assert (state.name, state.activity, state.pid, state.is_ready) == ("my-bot", Activity.STOPPED, None, False)
    assert (state.connectors, state.positions, state.open_orders, state.problems) == ((), (), (), ())
    assert not state.guard.is_watching
    assert list(instance.data.iterdir()) == []


def test_a_bot_runs_while_its_heart_beats_is_silent_after_it_and_stopped_after_a_goodbye(
    instance: Instance, clock: Clock
) -> None:
    instance.heartbeat.begin()
    instance.beat()
    assert instance.reader.look().activity is Activity.RUNNING
    for _ in range(10):
        clock.advance(10)
        instance.beat()
        assert instance.reader.look().activity is Activity.RUNNING
    clock.advance(10)
    assert instance.reader.look().activity is Activity.RUNNING
    for _ in range(3):
        clock.advance(10)
        state = instance.reader.look()
    assert state.activity is Activity.SILENT
    assert state.connectors[0].silent_s == 40
    instance.heartbeat.end()
    assert instance.reader.look().activity is Activity.STOPPED


def test_a_bot_that_was_dead_at_the_first_look_is_silent_at_once(instance: Instance, clock: Clock) -> None:
    instance.heartbeat.begin()
    instance.beat()
    clock.advance(3600)
    assert instance.reader.look().activity is Activity.SILENT


def test_a_step_of_the_wall_clock_kills_no_bot(instance: Instance, clock: Clock) -> None:
    instance.heartbeat.begin()
    instance.beat()
    instance.reader.look()
    clock.wall_s += 7200
    clock.passed_s += 1
    assert instance.reader.look().activity is Activity.RUNNING


def test_a_sleep_of_this_process_kills_no_bot(instance: Instance, clock: Clock) -> None:
    instance.heartbeat.begin()
    instance.beat()
    instance.reader.look()
    clock.advance(7200)
    # The first look after it: the bot may have slept too.
    assert instance.reader.look().activity is Activity.RUNNING
    for _ in range(4):
        clock.advance(10)
        state = instance.reader.look()
    assert state.activity is Activity.SILENT


def test_the_guard_and_its_fence_are_seen(instance: Instance, clock: Clock) -> None:
    instance.heartbeat.begin()
    (instance.directory / GUARD_FILE).touch()
    os.utime(instance.directory / GUARD_FILE, (clock.wall_s, clock.wall_s))
    state = instance.reader.look()
    assert state.guard.is_watching
    assert not state.has_guard_acted
    FenceFile(instance.data, RECORD.owner).put_up("no heartbeat for 30 s")
    clock.advance(100)
    state = instance.reader.look()
    assert state.has_guard_acted
    assert state.connectors[0].fence_reason == "no heartbeat for 30 s"
    assert not state.guard.is_watching


@pytest.mark.parametrize(
    ("noted", "known", "after_s"),
    [
        ('{"after_s": 90.0}', None, 90),
        ('{"after_s": 5}', None, 5),
        ("", None, 30),
        ('{"after_s": "soon"}', None, 30),
        ("[1]", None, 30),
        ('{"after_s": 90.0}', 12.0, 12),
    ],
)
def test_a_bot_is_silent_when_its_guard_takes_it_for_dead(
    instance: Instance, clock: Clock, noted: str, known: float | None, after_s: float
) -> None:
    reader = BotReader(instance.directory, lambda: clock.wall_s, lambda: clock.passed_s, known)
    guard = instance.directory / GUARD_FILE
    guard.write_text(noted)
    instance.heartbeat.begin()
    instance.beat()
    reader.look()

    def look_after(seconds: float) -> BotState:
        clock.advance(seconds)
        os.utime(guard, (clock.wall_s, clock.wall_s))
        return reader.look()

    beaten_for_s = 0.0
    while beaten_for_s < after_s:
        step_s = min(10.0, after_s - beaten_for_s)
        assert look_after(step_s).activity is Activity.RUNNING
        beaten_for_s += step_s
    state = look_after(1)
    assert (state.activity, state.guard.is_watching) == (Activity.SILENT, True)


def test_what_a_guard_noted_that_is_gone_does_not_count(instance: Instance, clock: Clock) -> None:
    (instance.directory / GUARD_FILE).write_text('{"after_s": 900}')
    os.utime(instance.directory / GUARD_FILE, (clock.wall_s - 3600, clock.wall_s - 3600))
    instance.heartbeat.begin()
    instance.beat()
    instance.reader.look()
    clock.advance(14)
    instance.reader.look()
    clock.advance(14)
    assert instance.reader.look().activity is Activity.RUNNING
    clock.advance(14)
    state = instance.reader.look()
    assert (state.activity, state.guard.after_s) == (Activity.SILENT, None)


def test_fills_are_summed_as_the_report_does_and_read_once(instance: Instance) -> None:
    database = instance.journal()
    add_fill(database, 1)
    add_fill(database, 2, is_buy=False, price="110")
    (position,) = instance.reader.look().positions
    assert (position.site, position.trading_pair) == ("https://one.example", "BTC-USD")
    assert position.figures.realised == 10
    assert position.net(Decimal("500")) == Decimal("9.8")
    assert [one.fill.trade_id for one in instance.reader.news.fills] == ["1", "2"]
    add_fill(database, 3)
    (position,) = instance.reader.look().positions
    assert [one.fill.trade_id for one in instance.reader.news.fills] == ["3"]
    assert position.figures.inventory == 1
    assert position.net(Decimal("90")) == Decimal("-0.3") + 10 - 10
    database.close()


def test_an_orders_life_is_followed_to_its_end(instance: Instance) -> None:
    database = instance.journal()
    add_order(database, "c1")
    (order,) = instance.reader.look().open_orders
    assert (order.state, order.created_at_s, order.live_at_s, order.end) == ("live", 10.0, 11.0, None)
    add_fill(database, 1)
    (order,) = instance.reader.look().open_orders
    assert order.filled == 1
    database.execute(journal_schema.CLOSE, (11.0, 12.5, "cancelled", "c1"))
    database.execute(journal_schema.DELETE, ("c1",))
    assert instance.reader.look().open_orders == ()
    (order,) = instance.reader.news.ended
    assert (order.end, order.live_at_s, order.ended_at_s, order.filled) == ("cancelled", 11.0, 12.5, Decimal(1))
    database.close()


def test_what_is_remembered_does_not_grow(instance: Instance) -> None:
    database = instance.journal()
    with database:
        database.execute("BEGIN")
        for number in range(1, 5 * KEPT):
            add_fill(database, number)
    assert instance.reader.look().positions[0].figures.fills == 5 * KEPT - 1
    assert len(instance.reader.journal.fills) == KEPT
    assert len(instance.reader.journal._filled) <= 4 * KEPT
    database.close()


_WRITER = """
import os, signal, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("UPDATE fill_history SET price = '7' WHERE id = 1")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_bot_left_in_its_wal_is_read(instance: Instance) -> None:
    """Without the writer there is nobody who could bring it into the file, and this reader may not."""
    database = instance.journal()
    add_fill(database, 1)
    database.close()
    path = instance.data / JOURNAL_NAME
    done = subprocess.run([sys.executable, "-c", _WRITER, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.with_name(f"{path.name}-wal").stat().st_size > 0
    copy = instance.directory / "without-shm"
    copy.mkdir()
    for name in (path.name, f"{path.name}-wal"):
        shutil.copy(instance.data / name, copy / name)
    for folder in (instance.data, copy):
        with open_read_only(folder / path.name) as read:
            assert read.execute("SELECT price FROM fill_history").fetchall() == [("7",)]
    instance.reader.look()
    assert instance.reader.journal.fills[0].fill.price == 7


def test_the_journal_is_opened_for_reading_only(instance: Instance) -> None:
    database = instance.journal()
    instance.reader.look()
    opened = instance.reader.journal._database
    assert opened is not None
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        opened.execute("INSERT INTO meta VALUES ('a', 'b')")
    # A bot that starts now gets its rows and may write: nobody holds a lock.
    database.execute("BEGIN EXCLUSIVE")
    database.execute("COMMIT")
    database.close()


def test_looking_takes_no_lock_and_changes_no_file_of_the_bots(instance: Instance) -> None:
    instance.heartbeat.begin()
    instance.beat()
    instance.journal().close()
    lock = instance.data / f"peatio_journal_{RECORD.owner}.lock"
    lock.touch()
    FenceFile(instance.data, RECORD.owner).put_up("why")
    before = {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in instance.data.iterdir()}
    instance.reader.look()
    with lock.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    instance.reader.close()
    after = {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in instance.data.iterdir()}
    made_by_sqlite = {f"{JOURNAL_NAME}-wal", f"{JOURNAL_NAME}-shm"}
    assert {name: seen for name, seen in after.items() if name not in made_by_sqlite} == before


def test_another_journal_in_the_same_place_is_read_from_its_start(instance: Instance) -> None:
    database = instance.journal()
    add_fill(database, 5)
    instance.reader.look()
    database.close()
    for path in instance.data.iterdir():
        path.rename(instance.directory / path.name)
    assert instance.reader.look().positions == ()
    database = instance.journal()
    add_fill(database, 1)
    assert instance.reader.look().positions[0].figures.fills == 1
    database.close()


def test_a_journal_that_cannot_be_read_is_a_problem_and_no_end(instance: Instance) -> None:
    (instance.data / JOURNAL_NAME).write_text("no database at all, but long enough to be looked at" * 20)
    instance.heartbeat.begin()
    state = instance.reader.look()
    assert len(state.connectors) == 1
    assert "cannot be read" in state.problems[0]


def test_metrics_say_whether_it_is_ready_and_since_when_a_book_is_untrusted(instance: Instance, clock: Clock) -> None:
    instance.heartbeat.begin()
    instance.beat()
    assert instance.reader.look().is_ready is None
    report = SelfReport(METRICS, {"peatio": ("order_books_initialized",)})
    state = instance.reader.look(report)
    health = state.connectors[0].health
    assert health is not None
    assert (state.is_ready, health.why_not_ready) == (False, ("order_books_initialized",))
    assert (health.budget, health.budget_left, health.streams) == (6000, 5990, {"public": True})
    since_s = clock.wall_s
    clock.advance(4)
    ((connector, book),) = instance.reader.look(report).untrusted_books
    assert (connector, book.trading_pair, book.untrusted_since_s) == ("peatio", "BTC-USD", since_s)
    assert (book.faults, book.untrusted_s) == ({"gap": 2}, 3.5)
    trusted = METRICS.replace('market="BTC-USD"} 0', 'market="BTC-USD"} 1').replace('"peatio"} 0', '"peatio"} 1')
    state = instance.reader.look(SelfReport(trusted))
    assert (state.is_ready, state.untrusted_books) == (True, ())


def test_metrics_that_cannot_be_read_are_a_problem(instance: Instance) -> None:
    assert "cannot be read" in instance.reader.look(SelfReport("<html> {no metrics")).problems[0]


def test_the_exposure_of_a_liquidity_bot_is_what_its_hedge_journal_says(instance: Instance) -> None:
    journal = HedgeJournal(instance.data / "peatio_liquidity_one.sqlite", "peatio BTC-USD / other BTC-USDT", 1.0)
    one = Decimal(1)
    journal.add_fill(Venue.OWN, LiquidityFill("c1", "1", True, one, one, -one, 1.0, one))
    (exposure,) = instance.reader.look().exposures
    assert (exposure.markets, exposure.base, exposure.pending) == ("peatio BTC-USD / other BTC-USDT", Decimal(1), 0)
    journal.write(False, one, one, 2.0, one)
    assert instance.reader.look().exposures[0].pending == 1
    journal.close()


def test_strategy_and_status_text_are_those_that_the_bot_wrote(instance: Instance) -> None:
    folder = instance.data / "bot"
    folder.mkdir()
    meta = {"name": "x", "strategy_name": "pure_market_making", "config_file_path": "conf/strategies/mm.yml"}
    (folder / "meta.json").write_text(json.dumps(meta))
    (folder / "status.json").write_text(json.dumps({"format_status": "Markets: …", "updated_at": 5.0}))
    strategy = instance.reader.look().strategy
    assert (strategy.name, strategy.config) == ("pure_market_making", "mm.yml")
    assert (strategy.text, strategy.text_at_s) == ("Markets: …", 5.0)
    (folder / "status.json").write_text("{")
    assert "status.json cannot be read" in instance.reader.look().problems[0]
