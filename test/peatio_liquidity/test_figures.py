"""What fills add up to, against numbers worked out by hand."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from peatio_liquidity.figures import PairFigures
from peatio_liquidity.fills import Venue
from peatio_liquidity.hedge_journal import HedgeJournal, HedgeJournalError, booked_fills
from test.peatio_liquidity.worked_example import MARKETS, fill, worked_example

D = Decimal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hedges.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[HedgeJournal]:
    opened = worked_example(path)
    yield opened
    opened.close()


def assert_worked_out(figures: PairFigures) -> None:
    own, source = figures.own, figures.source
    assert (own.fills, own.buys) == (1, 1)
    assert (own.bought, own.spent, own.volume) == (D(2), D(200), D(200))
    assert own.fees == 2  # 0.02 at 100
    assert (source.sells, source.sold, source.earned) == (2, D("1.9"), D("192.9"))  # (51 + 45.45) * 2
    assert (source.fees, source.other_fees) == (D("0.102"), {"BNB": D("0.01")})
    assert figures.hedged == D("192.9")
    assert figures.slippage == D("0.9")  # 0.9 * (51 - 50.5) * 2
    assert figures.slippage_part == D("0.9") / D("192.9")
    assert figures.net == D("0.08")
    assert figures.cash == D("-7.202")  # (50.949 + 45.45) * 2 - 200
    assert figures.profit(D(100)) == D("0.798")
    assert figures.profit(None) is None


def test_fills_of_a_hedge_count_at_the_rate_and_against_the_price_at_which_it_was_sent(journal: HedgeJournal) -> None:
    assert_worked_out(journal.figures)


def test_the_file_has_the_same_figures_for_the_next_run_and_for_a_reader_meanwhile(
    journal: HedgeJournal, path: Path
) -> None:
    again = HedgeJournal(path, MARKETS, 1.0)
    assert_worked_out(again.figures)
    again.close()
    markets, fills = booked_fills(path)
    assert markets == MARKETS
    assert_worked_out(PairFigures.of(fills))


def test_fees_in_a_third_currency_count_where_their_rate_is_known_at_the_fill(path: Path) -> None:
    rates = {"BNB": D(600)}
    journal = HedgeJournal(path, MARKETS, 1.0, rates.get)
    for number, currency in enumerate(("BNB", "KCS", "BNB")):
        journal.add_fill(Venue.OWN, fill("hbot-1", str(number), "buy", "1", "100", "1", "-100", (currency, D("0.01"))))
        rates["BNB"] = D(500)
    own = journal.figures.own
    assert own.other_fees == {"BNB": D("0.02"), "KCS": D("0.01")}
    assert (own.other_fees_value, own.uncounted_fees) == (D(11), {"KCS": D("0.01")})
    assert journal.figures.profit(D(100)) == -11
    journal.close()
    assert PairFigures.of(booked_fills(path)[1]).cash == D(-311)


def test_a_file_of_an_earlier_version_has_fees_that_do_not_count(journal: HedgeJournal, path: Path) -> None:
    journal.close()
    with closing(sqlite3.connect(path)) as file:
        file.execute("ALTER TABLE fill DROP COLUMN other_fees_value")
    for figures in (PairFigures.of(booked_fills(path)[1]), HedgeJournal(path, MARKETS, 1.0).figures):
        assert_worked_out(figures)
        assert figures.source.uncounted_fees == {"BNB": D("0.01")}


def test_a_hedge_at_a_better_price_than_the_best_one_has_slippage_below_zero(journal: HedgeJournal) -> None:
    number = journal.write(True, D(1), D(60), 6.0, best=D(55), rate=D(2))
    journal.sent(number, "hbot-3")
    before = journal.figures.slippage
    journal.add_fill(Venue.SOURCE, fill("hbot-3", "9", "buy", "1", "54", "1", "-54"))
    assert journal.figures.slippage - before == -2


def test_what_is_hedged_needs_no_price_for_its_profit() -> None:
    assert PairFigures().profit(None) == 0
    assert PairFigures().slippage_part is None


def test_what_is_no_journal_is_named_to_its_reader(tmp_path: Path, path: Path) -> None:
    with pytest.raises(HedgeJournalError, match=r"hedges\.sqlite cannot be read: unable to open database file"):
        booked_fills(path)
    path.write_text("no database", encoding="ascii")
    with pytest.raises(HedgeJournalError, match=r"hedges\.sqlite cannot be read: file is not a database; remedy"):
        booked_fills(path)
