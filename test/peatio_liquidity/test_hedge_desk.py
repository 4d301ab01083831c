"""When the desk sends, on a source that is made up."""

import logging
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from peatio_liquidity import hedge_desk
from peatio_liquidity.fills import Fill, Venue
from peatio_liquidity.funds import Hedgeable
from peatio_liquidity.hedge_desk import RETRY_AFTER_S, HedgeDesk
from peatio_liquidity.hedge_journal import HedgeJournal
from peatio_liquidity.hedging import HedgeOrder
from peatio_liquidity.levels import Book, Level, MarketRules
from peatio_liquidity.source_market import HedgeOutcome

D = Decimal

BOOK = Book(bids=(Level(D(100), D(5)),), asks=(Level(D(101), D(5)),))
RICH = Hedgeable(D(1000), D(1000))


class Source:
    """Each order has ended when it is asked for."""

    base, is_paper = "BTC", False
    rules = MarketRules(D("0.1"), D("0.01"))
    connector = SimpleNamespace(name="made_up")

    def __init__(self) -> None:
        self.sent: list[HedgeOrder] = []
        self.reports: list[Any] = []
        self.outcome = HedgeOutcome.ENDED

    def send(self, order: HedgeOrder) -> str:
        self.sent.append(order)
        return f"hbot-{len(self.sent)}"

    def on_hedge_fill(self, fill: Fill) -> None:
        """Its book does not change."""

    def is_under_way(self, _hedge: object) -> bool:
        return False

    async def look_up(self, _hedge: object) -> HedgeOutcome:
        return self.outcome


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[HedgeJournal]:
    opened = HedgeJournal(tmp_path / "hedges.sqlite", "own / source", 5.0)
    yield opened
    opened.close()


def desk_of(journal: HedgeJournal, source: Any, is_market: bool = False) -> HedgeDesk:
    return HedgeDesk(journal, source, D("0.01"), 5.0, logging.getLogger(__name__), is_market=is_market)


def bought(amount: str) -> Fill:
    return Fill("hbot-0", "1", True, D(amount), D(amount), -D(amount) * 99, 6.0, D(amount) * 99)


@pytest.mark.parametrize("is_market", [True, False])
async def test_a_source_that_refuses_each_hedge_gets_one_a_second(
    journal: HedgeJournal, monkeypatch: pytest.MonkeyPatch, is_market: bool
) -> None:
    start_s = now_s = 1000.0
    monkeypatch.setattr(hedge_desk, "time", SimpleNamespace(monotonic=lambda: now_s, time=lambda: 10.0))
    source = Source()
    desk = desk_of(journal, source, is_market)
    journal.add_fill(Venue.OWN, bought("2"))
    for after_s, sent in ((0.0, 1), (0.1, 1), (RETRY_AFTER_S - 0.01, 1), (RETRY_AFTER_S, 2)):
        now_s = start_s + after_s
        desk.hedge(BOOK, D(1), RICH)
        assert len(source.sent) == sent
        desk.on_end(f"hbot-{sent}")
        await desk.follow()
        assert not desk.has_pending
    assert {order.is_market for order in source.sent} == {is_market}


async def test_the_rest_of_one_that_was_filled_in_part_is_hedged_at_once(
    journal: HedgeJournal, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    source = Source()
    desk = desk_of(journal, source, is_market=True)
    journal.add_fill(Venue.OWN, bought("2"))
    desk.hedge(BOOK, D(1), RICH)
    desk.on_fill(Fill("hbot-1", "2", False, D("0.5"), D("-0.5"), D(50), 7.0, D(50)))
    assert desk.exposure.pending_sells == D("1.5")
    desk.on_end("hbot-1")
    await desk.follow()
    desk.hedge(BOOK, D(1), RICH)
    assert [order.amount for order in source.sent] == [D("2.00"), D("1.50")]
    assert "Hedge hbot-1 ended with 1.5 BTC unfilled." in caplog.text


def test_a_hedge_of_an_earlier_run_stops_its_side_until_it_is_known_what_became_of_it(journal: HedgeJournal) -> None:
    journal.sent(journal.write(False, D(1), D(99), 5.0, D(100)), "hbot-9")
    assert desk_of(journal, Source()).in_doubt == {False: "hedge 1 of an earlier run (sell 1 at 99) is looked up"}


async def test_one_that_is_open_is_known_and_stops_nothing(journal: HedgeJournal) -> None:
    journal.sent(journal.write(False, D(1), D(99), 5.0, D(100)), "hbot-9")
    source = Source()
    source.outcome = HedgeOutcome.OPEN
    desk = desk_of(journal, source)
    await desk.follow()
    assert desk.in_doubt == {}
    assert desk.has_pending


async def test_a_hedge_that_nobody_answers_for_comes_with_what_the_operator_can_do(journal: HedgeJournal) -> None:
    journal.sent(journal.write(False, D(1), D(99), 5.0, D(100)), "hbot-9")
    source = Source()
    source.outcome = HedgeOutcome.UNKNOWN
    desk = desk_of(journal, source)
    await desk.follow()
    assert desk.in_doubt[False].endswith(f"run: python -m peatio_liquidity settle {journal.path} 1")


def test_the_id_that_the_source_gave_a_hedge_is_written_down(journal: HedgeJournal) -> None:
    journal.sent(journal.write(False, D(1), D(99), 5.0, D(100)), "hbot-9")
    desk = desk_of(journal, Source())
    desk.on_creation("of somebody else", "76")
    desk.on_creation("hbot-9", "77")
    assert [hedge.exchange_order_id for hedge in journal.pending()] == ["77"]
