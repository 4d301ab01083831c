"""The file of fills and hedges."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from peatio_liquidity.__main__ import main
from peatio_liquidity.fills import Fill, Venue
from peatio_liquidity.hedge_journal import Hedge, HedgeJournal, HedgeJournalError, HedgeState, booked_fills

D = Decimal

NOW_S = 5.0
MARKETS = "peatio BTC-USD / binance BTC-USDT"


def fill(is_buy: bool, base: str, quote: str, at_s: float) -> Fill:
    return Fill("hbot-0", "7", is_buy, abs(D(base)), D(base), D(quote), at_s, abs(D(quote)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hedges.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[HedgeJournal]:
    opened = HedgeJournal(path, MARKETS, NOW_S)
    yield opened
    opened.close()


def test_a_fill_counts_once_and_both_sides_of_a_trade_with_oneself_count(journal: HedgeJournal, path: Path) -> None:
    assert journal.known_to_s(Venue.OWN) == NOW_S
    assert journal.add_fill(Venue.OWN, fill(True, "0.999", "-100", 10.0))
    assert not journal.add_fill(Venue.OWN, fill(True, "0.999", "-100", 10.0))
    assert journal.add_fill(Venue.SOURCE, fill(False, "-0.5", "50.5", 11.0))
    assert journal.add_fill(Venue.OWN, fill(False, "-1", "99.8", 12.0))
    assert (journal.net, journal.cash) == (D("-0.501"), D("50.3"))
    assert (journal.known_to_s(Venue.OWN), journal.known_to_s(Venue.SOURCE)) == (12.0, 11.0)
    again = HedgeJournal(path, MARKETS, NOW_S)
    assert (again.net, again.cash, again.known_to_s(Venue.OWN)) == (D("-0.501"), D("50.3"), 12.0)
    again.close()


def test_a_hedge_is_pending_from_before_it_leaves_until_its_end_is_known(journal: HedgeJournal, path: Path) -> None:
    number = journal.write(False, D("1.5"), D("98"), 100.0, D(99))
    assert journal.pending() == (Hedge(number, None, False, D("1.5"), D(98), D(0), HedgeState.WRITTEN, 100.0),)
    journal.sent(number, "hbot-1")
    fills = (("1", "hbot-1", "0.5"), ("1", "hbot-1", "0.5"), ("2", "hbot-1", "0.25"), ("3", "x", "1"))
    for trade_id, key, amount in fills:
        journal.add_fill(Venue.SOURCE, Fill(key, trade_id, False, D(amount), -D(amount), D(0), 101.0, D(0)))
    again = HedgeJournal(path, MARKETS, NOW_S)
    (hedge,) = again.pending()
    again.close()
    assert (hedge.client_order_id, hedge.state, hedge.left) == ("hbot-1", HedgeState.SENT, D("0.75"))
    assert (journal.find("hbot-1"), journal.find("hbot-2")) == (number, None)
    journal.ended(number, "cancelled")
    assert journal.pending() == ()


def test_a_hedge_stays_a_market_order_and_those_of_a_file_from_before_them_are_limit_orders(path: Path) -> None:
    journal = HedgeJournal(path, MARKETS, NOW_S)
    journal.write(False, D("1.5"), D("98"), 100.0, D(99))
    journal.close()
    with closing(sqlite3.connect(path)) as file:
        file.execute("ALTER TABLE hedge DROP COLUMN is_market")
    journal = HedgeJournal(path, MARKETS, NOW_S)
    journal.write(True, D("1.5"), D("98"), 100.0, D(99), is_market=True)
    journal.close()
    again = HedgeJournal(path, MARKETS, NOW_S)
    assert [hedge.is_market for hedge in again.pending()] == [False, True]
    again.close()


def test_the_id_at_the_exchange_is_kept_also_in_a_file_of_an_earlier_version(path: Path) -> None:
    journal = HedgeJournal(path, MARKETS, NOW_S)
    number = journal.write(False, D("1.5"), D("98"), 100.0, D(99))
    journal.sent(number, "hbot-1")
    journal.close()
    with closing(sqlite3.connect(path)) as file:
        file.execute("ALTER TABLE hedge DROP COLUMN exchange_order_id")
    journal = HedgeJournal(path, MARKETS, NOW_S)
    assert [hedge.exchange_order_id for hedge in journal.pending()] == [None]
    journal.placed("hbot-1", "77")
    journal.close()
    again = HedgeJournal(path, MARKETS, NOW_S)
    assert [hedge.exchange_order_id for hedge in again.pending()] == ["77"]
    again.close()


def test_a_journal_of_other_markets_is_refused(journal: HedgeJournal, path: Path) -> None:
    with pytest.raises(HedgeJournalError, match="belongs to peatio BTC-USD / binance BTC-USDT, and the controller"):
        HedgeJournal(path, "peatio ETH-USD / binance ETH-USDT", NOW_S)


def test_a_file_that_cannot_be_used_is_named(path: Path) -> None:
    path.write_text("no database", encoding="ascii")
    with pytest.raises(HedgeJournalError, match=r"hedges\.sqlite cannot be used: file is not a database; remedy: "):
        HedgeJournal(path, MARKETS, NOW_S)


def test_an_operator_settles_a_hedge_that_nobody_answers_for(
    journal: HedgeJournal, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    number = journal.write(False, D("1.5"), D("98"), 100.0, D(99), rate=D(2))
    journal.close()
    arguments = ["settle", str(path), str(number)]
    assert main([*arguments, "--filled", "1.2", "--price", "99"]) == 0
    assert capsys.readouterr().out == "settled: hedge 1, sell 1.5 at 98, of which 1.2 was traded\n"
    again = HedgeJournal(path, MARKETS, NOW_S)
    assert (again.pending(), again.net, again.cash) == ((), D("-1.2"), D("237.6"))
    again.close()
    assert main(arguments) == 2
    assert capsys.readouterr().err == f"hedge 1 is not under way in {path}\n"


@pytest.mark.parametrize(
    ("is_buy", "fee", "net", "cash", "other"),
    [
        (True, ["0.002", "btc"], "1.198", "-118.8", {}),
        (False, ["0.3", "USDT"], "-1.2", "118.5", {}),
        (False, ["0.01", "BNB"], "-1.2", "118.8", {"BNB": D("0.01")}),
    ],
)
def test_what_was_charged_for_a_settled_hedge_counts_in_the_exposure_and_in_the_profit(
    journal: HedgeJournal, path: Path, is_buy: bool, fee: list[str], net: str, cash: str, other: dict[str, Decimal]
) -> None:
    number = journal.write(is_buy, D("1.5"), D("98"), 100.0, D(99))
    journal.close()
    assert main(["settle", str(path), str(number), "--filled", "1.2", "--price", "99", "--fee", *fee]) == 0
    again = HedgeJournal(path, MARKETS, NOW_S)
    assert (again.net, again.cash, again.figures.source.other_fees) == (D(net), D(cash), other)
    again.close()


def test_what_is_reported_of_a_settled_hedge_later_is_not_counted_again(path: Path) -> None:
    """The source could not be asked, the operator looked there, and the next process got the same fills."""
    journal = HedgeJournal(path, MARKETS, NOW_S)
    number = journal.write(True, D("1.5"), D("98"), 100.0, D(97))
    journal.sent(number, "hbot-1")
    journal.close()
    given = ["--filled", "1.2", "--price", "98", "--fee", "0.0012", "BTC"]
    assert main(["settle", str(path), str(number), *given]) == 0
    reported = HedgeJournal(path, MARKETS, NOW_S)
    for trade_id, amount, net in (("1", "0.5", "1.1988"), ("2", "0.7", "1.1988"), ("3", "0.1", "1.2987")):
        fee = [("BTC", D(amount) / 1000)]
        for is_new in (True, False):
            found = Fill.of("hbot-1", trade_id, True, D(amount), D(amount) * 97, "BTC-USDT", fee, 200.0)
            assert reported.add_fill(Venue.SOURCE, found) is is_new
        assert reported.net == D(net)
    again = HedgeJournal(path, MARKETS, NOW_S)
    for journal in (reported, again):
        assert (journal.net, journal.cash) == (D("1.2987"), D("-126.1"))
        assert (journal.figures.source.buys, journal.figures.hedged, journal.figures.slippage) == (3, D("126.1"), D(0))
        journal.close()


def test_a_market_order_is_settled_as_one(
    journal: HedgeJournal, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    number = journal.write(True, D("1.5"), D("98"), 100.0, D(97), is_market=True)
    journal.close()
    assert main(["settle", str(path), str(number)]) == 0
    assert capsys.readouterr().out == "settled: hedge 1, buy 1.5 by market order, of which 0 was traded\n"


@pytest.mark.parametrize(
    ("more", "error"),
    [
        (["--filled", "2", "--price", "99"], "hedge 1: --filled must be between 0 and 1.5, with its --price"),
        (["--filled", "1"], "hedge 1: --filled must be between 0 and 1.5, with its --price"),
        (["--filled", "one"], "--filled one --price 0: write numbers, such as 0.25"),
        (["--fee", "some", "BTC"], "--filled 0 --price 0 --fee some BTC: write numbers, such as 0.25"),
    ],
)
def test_what_an_operator_mistypes_settles_nothing(
    journal: HedgeJournal, path: Path, capsys: pytest.CaptureFixture[str], more: list[str], error: str
) -> None:
    number = journal.write(False, D("1.5"), D("98"), 100.0, D(99))
    assert main(["settle", str(path), str(number), *more]) == 2
    assert capsys.readouterr().err == f"{error}\n"
    assert [hedge.number for hedge in journal.pending()] == [number]


def test_a_journal_of_another_form_is_refused(journal: HedgeJournal, path: Path) -> None:
    journal.close()
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("UPDATE about SET form = 1")
    for read in (lambda: HedgeJournal(path, MARKETS, NOW_S), lambda: booked_fills(path)):
        with pytest.raises(HedgeJournalError, match="has form 1, and this version knows 2; remedy: use the version"):
            read()


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "hedges.sqlite"
    assert main(["settle", str(path), "1"]) == 2
    assert capsys.readouterr().err == f"there is no file {path}; remedy: take the path from the bot's log\n"
    assert not path.exists()
