"""When the desk sends, on a source that is made up."""

import logging
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from peatio_liquidity import hedge_desk
from peatio_liquidity.fills import Fill, Venue
from peatio_liquidity.funds import Hedgeable
from peatio_liquidity.hedge_desk import RETRY_AFTER_S, HedgeDesk
from peatio_liquidity.hedge_journal import Hedge, HedgeJournal, HedgeJournalError
from peatio_liquidity.hedging import HedgeOrder
from peatio_liquidity.levels import Book, Level, MarketRules
from peatio_liquidity.order_memory import UncertainError
from peatio_liquidity.source_market import ABSENT_AFTER_S, HedgeOutcome

D = Decimal

BOOK = Book(bids=(Level(D(100), D(5)),), asks=(Level(D(101), D(5)),))
RICH = Hedgeable(D(1000), D(1000))


class Source:
    """Each order has ended when it is asked for, but for those with another outcome."""

    base, is_paper = "BTC", False
    rules = MarketRules(D("0.1"), D("0.01"))
    connector = SimpleNamespace(name="made_up")

    def __init__(self) -> None:
        self.sent: list[HedgeOrder] = []
        self.reports: list[Any] = []
        self.outcome = HedgeOutcome.ENDED
        self.outcomes: dict[str, HedgeOutcome] = {}
        self.listed: list[Fill] = []
        self.are_under_way = False
        self.found: str | UncertainError | None = None

    def send(self, order: HedgeOrder) -> str:
        self.sent.append(order)
        return f"hbot-{len(self.sent)}"

    def on_hedge_fill(self, fill: Fill) -> None:
        """Its book does not change."""

    @staticmethod
    def time_s() -> float:
        return 10.0

    def is_under_way(self, _hedge: object) -> bool:
        return self.are_under_way

    async def known_fills(self, client_order_id: str, _since_s: float) -> list[Fill]:
        return [fill for fill in self.listed if fill.client_order_id == client_order_id]

    def cancel(self, _client_order_id: str) -> None:
        """It goes on."""

    async def find_id(self, _hedge: Hedge, _is_taken: object) -> str | None:
        if isinstance(self.found, UncertainError):
            raise self.found
        return self.found

    async def look_up(self, hedge: Hedge) -> HedgeOutcome:
        return self.outcomes.get(hedge.client_order_id or "", self.outcome)


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
    monkeypatch.setattr(hedge_desk, "time", SimpleNamespace(monotonic=lambda: now_s))
    source = Source()
    desk = desk_of(journal, source, is_market)
    journal.add_fill(Venue.OWN, bought("2"))
    for after_s, sent in ((0.0, 1), (0.1, 1), (RETRY_AFTER_S - 0.01, 1), (RETRY_AFTER_S, 2)):
        now_s = start_s + after_s
        desk.hedge(BOOK, D(1), RICH)
        assert len(source.sent) == sent
        desk.on_end(f"hbot-{sent}")
        await desk.follow()
        assert not desk.is_waiting
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
    assert desk.is_waiting


async def test_a_hedge_that_nobody_answers_for_comes_with_what_the_operator_can_do(journal: HedgeJournal) -> None:
    journal.sent(journal.write(False, D(1), D(99), 5.0, D(100)), "hbot-9")
    source = Source()
    source.outcome = HedgeOutcome.UNKNOWN
    desk = desk_of(journal, source)
    await desk.follow()
    assert desk.in_doubt[False].endswith(f"run: python -m peatio_liquidity settle {journal.path} 1")


@pytest.mark.parametrize("found", ["hbot-9", None])
async def test_one_without_an_id_is_followed_by_the_id_that_the_source_remembers_or_has_never_left(
    journal: HedgeJournal, found: str | None
) -> None:
    journal.add_fill(Venue.OWN, bought("1"))
    journal.write(False, D(1), D(99), 5.0, D(100))
    source = Source()
    source.found = found
    source.listed = [Fill("hbot-9", "2", False, D(1), D(-1), D(100), 7.0, D(100))]
    desk = desk_of(journal, source)
    for _ in range(2):
        await desk.follow()
    desk.hedge(BOOK, D(1), RICH)
    assert (desk.exposure.net, len(source.sent)) == ((D(0), 0) if found else (D(1), 1))


async def test_one_without_an_id_of_which_the_source_does_not_know_stops_its_side(journal: HedgeJournal) -> None:
    journal.write(False, D(1), D(99), 5.0, D(100))
    source = Source()
    source.found = UncertainError("order 77 may be it, or somebody else's")
    desk = desk_of(journal, source)
    await desk.follow()
    assert desk.in_doubt[False] == (
        "hedge 1 (sell 1 at 99) may have left without a record of its id: order 77 may be it, or somebody else's. Look "
        "for it on made_up; when it has ended or was never there, stop the bot and run: "
        f"python -m peatio_liquidity settle {journal.path} 1"
    )


def test_the_id_that_the_source_gave_a_hedge_is_written_down(journal: HedgeJournal) -> None:
    journal.sent(journal.write(False, D(1), D(99), 5.0, D(100)), "hbot-9")
    desk = desk_of(journal, Source())
    desk.on_creation("of somebody else", "76")
    desk.on_creation("hbot-9", "77")
    assert [hedge.exchange_order_id for hedge in journal.pending()] == ["77"]


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(hedge_desk, "time", made)
    return made


async def test_one_that_the_source_does_not_have_is_sent_again_and_counts_as_long_as_it_may_turn_up(
    journal: HedgeJournal, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    source: Any = Source()
    desk = HedgeDesk(journal, source, D("0.01"), 5.0, logging.getLogger(__name__))
    journal.add_fill(Venue.OWN, bought("2"))
    desk.hedge(BOOK, D(1), RICH)
    source.outcomes["hbot-1"] = HedgeOutcome.MISSING
    desk.on_end("hbot-1")
    for after_s, sent in ((0.0, 1), (ABSENT_AFTER_S - 0.1, 1), (ABSENT_AFTER_S, 2)):
        clock.now_s = 1000.0 + after_s
        await desk.follow()
        desk.hedge(BOOK, D(1), RICH)
        assert len(source.sent) == sent
    assert caplog.text.count("made_up does not have hedge hbot-1 (sell 2 at 99.0)") == 1
    assert desk.exposure.pending_sells == D(4)
    desk.on_fill(Fill("hbot-2", "2", False, D(2), D(-2), D(200), 7.0, D(200)))
    desk.on_end("hbot-2")
    await desk.follow()
    assert (desk.exposure.net, desk.exposure.pending_sells) == (D(0), D(2))
    # It turns up after all, and is filled: the next hedge waits for its end, and sets it off.
    source.outcomes["hbot-1"] = HedgeOutcome.OPEN
    clock.now_s += 10.0
    await desk.follow()
    desk.on_fill(Fill("hbot-1", "3", False, D(1), D(-1), D(100), 8.0, D(100)))
    assert desk.is_waiting
    desk.hedge(BOOK, D(1), RICH)
    assert len(source.sent) == 2
    del source.outcomes["hbot-1"]
    desk.on_end("hbot-1")
    await desk.follow()
    desk.hedge(BOOK, D(1), RICH)
    assert (source.sent[-1].is_buy, source.sent[-1].amount) == (True, D(1))


async def test_a_doubt_ends_with_the_source_s_answer_that_it_is_open(journal: HedgeJournal, clock: Clock) -> None:
    source: Any = Source()
    desk = HedgeDesk(journal, source, D("0.01"), 5.0, logging.getLogger(__name__))
    journal.add_fill(Venue.OWN, bought("2"))
    desk.hedge(BOOK, D(1), RICH)
    desk.on_end("hbot-1")
    source.outcomes["hbot-1"] = HedgeOutcome.UNKNOWN
    await desk.follow()
    assert "does not say what became of hedge hbot-1" in desk.in_doubt[False]
    source.outcomes["hbot-1"] = HedgeOutcome.OPEN
    clock.now_s += 10.0
    await desk.follow()
    assert desk.in_doubt == {}


SOLD = Fill("hbot-1", "2", False, D(2), D(-2), D(200), 7.0, D(200))


def refuse(*_arguments: object) -> bool:
    raise HedgeJournalError("the disk is full")


@pytest.mark.parametrize("refused", ["sent", "placed"])
async def test_the_id_at_the_source_that_the_file_refused_is_written_later(
    journal: HedgeJournal, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    """Many sources are asked by it alone: without it the next process would need the operator."""
    source: Any = Source()
    source.are_under_way = True
    desk = desk_of(journal, source)
    journal.add_fill(Venue.OWN, bought("2"))
    with monkeypatch.context() as patched:
        patched.setattr(journal, refused, refuse)
        with pytest.raises(HedgeJournalError) if refused == "sent" else nullcontext():
            desk.hedge(BOOK, D(1), RICH)
        with suppress(HedgeJournalError):
            desk.on_creation("hbot-1", "77")
    await desk.follow()
    assert [(hedge.client_order_id, hedge.exchange_order_id) for hedge in journal.pending()] == [("hbot-1", "77")]


async def test_a_fill_that_the_file_refused_is_written_before_the_next_hedge(
    journal: HedgeJournal, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    source: Any = Source()
    desk = HedgeDesk(journal, source, D("0.01"), 5.0, logging.getLogger(__name__))
    journal.add_fill(Venue.OWN, bought("2"))
    desk.hedge(BOOK, D(1), RICH)

    with monkeypatch.context() as patched:
        patched.setattr(journal, "add_fill", refuse)
        with pytest.raises(HedgeJournalError):
            desk.on_fill(SOLD)
        desk.on_end("hbot-1")
        with pytest.raises(HedgeJournalError):
            await desk.follow()
    await desk.follow()
    desk.hedge(BOOK, D(1), RICH)
    assert desk.exposure.net == D(0)
    assert len(source.sent) == 1


async def test_a_fill_whose_hedge_has_no_id_in_the_file_yet_is_written_with_it(
    journal: HedgeJournal, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    source: Any = Source()
    desk = desk_of(journal, source)
    journal.add_fill(Venue.OWN, bought("2"))
    with monkeypatch.context() as patched:
        patched.setattr(journal, "sent", refuse)
        with pytest.raises(HedgeJournalError):
            desk.hedge(BOOK, D(1), RICH)
        with pytest.raises(HedgeJournalError):
            desk.on_fill(SOLD)
    desk.on_end("hbot-1")
    await desk.follow()
    desk.hedge(BOOK, D(1), RICH)
    assert desk.exposure.net == D(0)
    assert len(source.sent) == 1


async def test_a_hedge_ends_in_the_file_after_its_fills(
    journal: HedgeJournal, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    source: Any = Source()
    desk = desk_of(journal, source)
    journal.add_fill(Venue.OWN, bought("2"))
    desk.hedge(BOOK, D(1), RICH)

    async def filled_meanwhile(_hedge: Hedge) -> HedgeOutcome:
        with pytest.raises(HedgeJournalError):
            desk.on_fill(SOLD)
        return HedgeOutcome.ENDED

    monkeypatch.setattr(source, "look_up", filled_meanwhile)
    desk.on_end("hbot-1")
    with monkeypatch.context() as patched:
        patched.setattr(journal, "add_fill", refuse)
        with pytest.raises(HedgeJournalError):
            await desk.follow()
    assert [hedge.client_order_id for hedge in journal.pending()] == ["hbot-1"]  # the next process asks for its fills


async def test_what_was_filled_of_an_earlier_run_s_hedge_before_anybody_listened_is_asked_for_at_its_end(
    journal: HedgeJournal, clock: Clock
) -> None:
    journal.add_fill(Venue.OWN, bought("2"))
    journal.sent(journal.write(False, D(2), D(99), 5.0, D(100)), "hbot-1")
    source: Any = Source()
    desk = desk_of(journal, source)
    source.are_under_way = True
    await desk.follow()
    source.are_under_way, source.listed = False, [SOLD]
    desk.on_end("hbot-1")
    await desk.follow()
    desk.hedge(BOOK, D(1), RICH)
    assert desk.exposure.net == D(0)
    assert source.sent == []
