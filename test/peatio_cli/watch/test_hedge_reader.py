"""A hedged market as the page has it: what is not hedged, and profit and inventory over time, from both exchanges."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from peatio_cli.watch import hedge_reader
from peatio_cli.watch.hedge_reader import HedgeReader
from peatio_cli.watch.state_json import bot_row, course_rows
from peatio_cli.watch.watched_bot import WatchedBot
from peatio_liquidity.fills import Fill, Venue
from peatio_liquidity.hedge_journal import HedgeJournal

OWN, SOURCE = "peatio BTC-USD", "other BTC-USDT"
SITE = "https://one.example"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[HedgeJournal]:
    (tmp_path / "data").mkdir()
    made = HedgeJournal(tmp_path / "data" / "peatio_liquidity_mirror_1.sqlite", f"{OWN} / {SOURCE}", 1.0)
    yield made
    made.close()


def add(
    journal: HedgeJournal, number: int, is_buy: bool, price: str, venue: Venue = Venue.OWN, at_s: float = 0
) -> None:
    one, total = Decimal(1), Decimal(price)
    sign = 1 if is_buy else -1
    fill = Fill(f"c{number}", str(number), is_buy, one, sign * one, -sign * total, at_s or float(number), total)
    assert journal.add_fill(venue, fill)


def test_what_the_fills_of_both_exchanges_come_to_is_followed(tmp_path: Path, journal: HedgeJournal) -> None:
    seen: list[tuple[Decimal, float]] = []
    reader = HedgeReader(
        tmp_path / "data", {"peatio": SITE}, lambda exposure, fill: seen.append((exposure.base, fill.at_s))
    )
    add(journal, 1, is_buy=False, price="101")
    (exposure,) = reader.look([])
    assert (exposure.key, exposure.source) == ((SITE, "BTC-USD", "mirror_1"), SOURCE)
    assert (exposure.base, exposure.cost, exposure.quote) == (Decimal(-1), Decimal(-101), "USD")
    assert exposure.net(Decimal(100)) == 1
    number = journal.write(True, Decimal(1), Decimal(100), 2.0, Decimal(100))
    assert reader.look([])[0].pending == 1
    journal.ended(number, "filled")
    add(journal, 2, is_buy=True, price="100", venue=Venue.SOURCE)
    (exposure,) = reader.look([])
    assert (exposure.base, exposure.cost, exposure.realised, exposure.fills) == (Decimal(0), Decimal(0), Decimal(1), 2)
    assert seen == [(Decimal(-1), 1.0), (Decimal(0), 2.0)], "each once"


def test_a_fill_that_comes_later_than_younger_ones_counts(
    tmp_path: Path, journal: HedgeJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hedge_reader, "OVERLAP_S", 10.0)
    reader = HedgeReader(tmp_path / "data", {})
    add(journal, 1, is_buy=True, price="100", at_s=1000.0)
    assert reader.look([])[0].base == 1
    add(journal, 2, is_buy=True, price="100", at_s=995.0)
    assert reader.look([])[0].base == 2
    add(journal, 3, is_buy=True, price="100", at_s=5.0)  # of long ago: all is read again
    add(journal, 4, is_buy=False, price="100", at_s=1001.0)
    (exposure,) = reader.look([])
    assert (exposure.base, exposure.fills) == (Decimal(2), 4)


def test_a_journal_that_cannot_be_read_is_named_and_others_are_shown(tmp_path: Path, journal: HedgeJournal) -> None:
    broken = tmp_path / "data" / "peatio_liquidity_broken.sqlite"
    broken.write_text("no database at all, but long enough to be looked at" * 20)
    problems: list[str] = []
    (exposure,) = HedgeReader(tmp_path / "data", {}).look(problems)
    assert exposure.controller == "mirror_1"
    (problem,) = problems
    assert problem.startswith(f"{broken} cannot be read (")
    assert "remedy" in problem


def test_the_page_gets_profit_and_inventory_of_the_market_with_its_hedges_over_time(
    tmp_path: Path, journal: HedgeJournal
) -> None:
    now_s = 100.0
    bot = WatchedBot(tmp_path, lambda: now_s)
    bot.sites["peatio"] = SITE
    add(journal, 10, is_buy=False, price="101")
    add(journal, 20, is_buy=True, price="100", venue=Venue.SOURCE)
    add(journal, 30, is_buy=True, price="90")
    bot.take_prices(SITE, {"BTC-USD": Decimal(95)})
    bot.look()
    row = bot_row(bot)
    (exposure,) = row["exposures"]
    named = {name: exposure[name] for name in ("markets", "controller", "fills", "inventory", "realised", "unrealised")}
    assert named == {
        "markets": f"{OWN} / {SOURCE}", "controller": "mirror_1", "fills": 3, "inventory": "1", "realised": "1",
        "unrealised": "5",
    }  # fmt: skip
    assert (exposure["net"], exposure["average_cost"], exposure["fees"]) == ("6", "90", "0")
    assert row["nets"] == [{"site": SITE, "quote": "USD", "net": "6"}]
    rows = course_rows(bot.courses[SITE, "BTC-USD", "mirror_1"], 0)
    assert rows == [
        [10, 0.0, 0.0, 0.0, 0.0, -1.0],
        [20, 1.0, 1.0, 0.0, 0.0, 0.0],
        [30, 1.0, 1.0, 0.0, 0.0, 1.0],
        [100, 6.0, 1.0, 5.0, 0.0, 1.0],
    ]
    assert course_rows(bot.courses[SITE, "BTC-USD", "mirror_1"], 30) == rows[2:]
    json.dumps(row)
    bot.reader.close()
