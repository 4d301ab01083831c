"""Reading the history: order, period, accounts, and files that cannot be read."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio.execution import journal_schema
from hummingbot.connector.exchange.peatio.execution.journal_file import JOURNAL_NAME

from peatio_cli.report.command import run
from peatio_cli.report.exchanges import exchange_accounts
from peatio_cli.report.history import AccountNote, History, HistoryError
from peatio_cli.report.period import Period, PeriodError, read_period
from peatio_cli.report.report import market_figures
from peatio_cli.report.request import Request
from test.peatio_cli.report.fills import fill

EARLIER = Path(__file__).parents[2] / "data" / "written-by-0.1.0"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A history with fills at 10, 20, 20 and 30 s, written in another order."""
    with closing(sqlite3.connect(tmp_path / JOURNAL_NAME)) as database, database:
        database.executescript(journal_schema.SCHEMA)
        database.execute("INSERT INTO meta VALUES ('schema_version', '2')")
        note = {"site": "https://one", "key": "abcd…", "member": "m"}
        database.execute("INSERT INTO meta VALUES ('account a', ?)", (json.dumps(note),))
        for trade_id, at_s in (("30", 30), ("9", 10), ("11", 20), ("10", 20)):
            row = (f"c{trade_id}", trade_id, "o", "a", f"e{trade_id}", "BTC-USDT_ERC20", 1, "1", "2", "2", "0.1",
                   "usdt-erc20", 0, at_s, 99)  # fmt: skip
            database.execute(journal_schema.FILL, row)
    return tmp_path


def test_fills_come_by_time_then_trade_and_only_those_of_the_period(folder: Path) -> None:
    history = History(folder)
    assert [fill.trade_id for fill in history.fills(Period())] == ["9", "10", "11", "30"]
    assert [fill.trade_id for fill in history.fills(Period(20, 30))] == ["10", "11"]
    assert history.accounts() == [AccountNote("a", "https://one", "abcd…", "m")]
    history.close()


def test_a_currency_with_a_hyphen_is_that_of_the_trading_pair(folder: Path) -> None:
    fill = next(History(folder).fills(Period()))
    assert fill.fee_currency == fill.quote == "USDT_ERC20"


@pytest.mark.parametrize("typed", ["usdt-erc20", "usdt_erc20"])
def test_the_currency_of_the_totals_may_be_typed_as_the_exchange_writes_it(
    folder: Path, capsys: pytest.CaptureFixture[str], typed: str
) -> None:
    (folder / "instance").mkdir()
    (folder / "instance" / "data").symlink_to(folder)
    assert run(Request(folder / "instance", currency=typed, is_json=True), {}) == 0
    assert json.loads(capsys.readouterr().out)["currency"] == "USDT_ERC20"


def test_the_history_can_be_read_while_a_bot_writes(folder: Path) -> None:
    with closing(sqlite3.connect(folder / JOURNAL_NAME, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("BEGIN IMMEDIATE")
        database.execute("DELETE FROM fill_history")
        assert len(list(History(folder).fills(Period()))) == 4


def test_without_a_history_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match=r"there is no history in .*; remedy: name the directory of an instance"):
        History(tmp_path)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / JOURNAL_NAME).write_bytes(b"no database" * 1000)
    with pytest.raises(HistoryError, match=f"{JOURNAL_NAME} cannot be read"):
        History(tmp_path)


def test_a_file_of_an_earlier_version_is_not_taken_for_an_empty_history(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / JOURNAL_NAME)) as database:
        database.executescript((EARLIER / "journal.sql").read_text(encoding="utf-8"))
    with pytest.raises(HistoryError, match="an earlier version, which kept no fills; remedy: start the bot once"):
        History(tmp_path)


def test_a_file_of_a_newer_version_is_refused(folder: Path) -> None:
    with closing(sqlite3.connect(folder / JOURNAL_NAME)) as database, database:
        database.execute("UPDATE meta SET value = '3' WHERE key = 'schema_version'")
    with pytest.raises(HistoryError, match=r"newer version .form 3.; remedy: upgrade"):
        History(folder)


def test_an_amount_that_is_no_number_is_named(folder: Path) -> None:
    with closing(sqlite3.connect(folder / JOURNAL_NAME)) as database, database:
        database.execute("UPDATE fill_history SET amount = 'x' WHERE trade_id = '11'")
    with pytest.raises(HistoryError, match="the fill of order c11 in trade 11 has an amount that is no number"):
        list(History(folder).fills(Period()))


def test_orders_of_a_version_that_kept_no_fills_are_counted(folder: Path) -> None:
    with closing(sqlite3.connect(folder / JOURNAL_NAME)) as database, database:
        database.execute(
            "INSERT INTO order_history VALUES (1, 'c', 'o', 'a', 'BTC-USD', 'btcusd', 1, '1', '1', 10, '7', NULL, "
            "NULL, 0, NULL, NULL, 12, NULL)"
        )
    history = History(folder)
    assert history.orders_without_fills(Period()) == 1
    assert history.orders_without_fills(Period(13)) == 0
    assert history.order_ids() == {("a", "7")}


def test_all_ids_of_an_order_that_the_exchange_replaced_are_the_bots(folder: Path) -> None:
    with closing(sqlite3.connect(folder / JOURNAL_NAME)) as database, database:
        database.executemany("INSERT INTO replaced_orders VALUES ('a', ?, 'c')", [("7",), ("8",)])
    assert {("a", "7"), ("a", "8")} <= History(folder).order_ids()
    with closing(sqlite3.connect(folder / JOURNAL_NAME)) as database, database:
        database.execute("DROP TABLE replaced_orders")
    assert not {("a", "7"), ("a", "8")} & History(folder).order_ids(), "a file of an earlier version is read"


def test_keys_of_one_member_are_one_account_and_others_are_told_apart() -> None:
    notes = [
        AccountNote("a", "https://one", "aaaa…", "m"),
        AccountNote("b", "https://one", "bbbb…", "m"),
        AccountNote("c", "https://two", "cccc…", ""),
        AccountNote("d", "https://two", "dddd…", ""),
        AccountNote("e1234567890"),
    ]
    sites = {"peatio": "https://one", "peatio_x": "https://elsewhere"}
    found = exchange_accounts(notes, sites)
    assert [(one.label, one.connector, one.marks) for one in found] == [
        ("peatio", "peatio", ("a", "b")),
        ("two (cccc…)", "", ("c",)),
        ("two (dddd…)", "", ("d",)),
        ("account (e1234567)", "", ("e1234567890",)),
    ]


@pytest.mark.parametrize(
    "notes",
    [
        [AccountNote("a1234567890", "https://one", "ID73…"), AccountNote("b1234567890", "https://one", "ID73…")],
        [AccountNote("a1234567890", "http://one", "k…"), AccountNote("b1234567890", "https://one", "k…")],
    ],
)
def test_accounts_that_look_alike_are_not_added_up(notes: list[AccountNote]) -> None:
    accounts = exchange_accounts(notes, {})
    first, second = market_figures(
        [fill("buy", "1", "10", account=note.account, at_s=at_s) for at_s, note in enumerate(notes)], accounts
    ).values()
    assert first.bought == second.bought == 1


@pytest.mark.parametrize(
    ("start", "end", "period"),
    [
        (None, None, Period()),
        ("1970-01-02", "1970-01-02", Period(86400, 2 * 86400)),
        ("1970-01-01T00:00:10", "1970-01-01 00:01", Period(10, 60)),
        ("1970-01-01T01:00:10+01:00", None, Period(10)),
    ],
)
def test_a_day_counts_whole_and_a_time_is_utc(start: str | None, end: str | None, period: Period) -> None:
    assert read_period(start, end) == period


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        ("yesterday", None, "--from yesterday is neither a day nor a time; remedy: write 2026-11-30"),
        (None, "31.12.2026", "--to 31.12.2026 is neither"),
        (None, "9999-12-31", "--to 9999-12-31 is outside of the calendar; remedy: omit it"),
        ("0001-01-01T00:00+01:00", None, r"--from 0001-01-01T00:00\+01:00 is outside of the calendar"),
        ("2026-11-30", "2026-11-29", "--to 2026-11-29 is not after --from 2026-11-30"),
    ],
)
def test_a_period_that_cannot_be_read_is_named(start: str | None, end: str | None, message: str) -> None:
    with pytest.raises(PeriodError, match=message):
        read_period(start, end)
