"""Hedges on paper: the source's real book, and nothing sent there."""

import logging
from decimal import Decimal

import pytest
from hummingbot.core.data_type.trade_fee import TradeFeeSchema

from peatio_liquidity.hedge_journal import HedgeJournalError, booked_fills
from peatio_liquidity.hedging import HedgeOrder
from peatio_liquidity.levels import Level
from peatio_liquidity.paper_source import PaperSource
from test.end_to_end.support import Bot
from test.patience import eventually
from test.peatio_liquidity.stage import Stage

D = Decimal

pytestmark = pytest.mark.usefixtures("short_waits")


def with_fees(outer: Bot) -> None:
    """Hummingbot's settings, from which a connector has its fees, do not know the tests' second exchange."""
    outer.exchange._trade_fee_schema = TradeFeeSchema(
        maker_percent_fee_decimal=D("0.001"), taker_percent_fee_decimal=D("0.002")
    )


def sent_to_source(world: Stage) -> int:
    """Requests about orders that came from the bot: the maker's are four creates."""
    requests = world.outer.request_counts
    return sum(count for (method, path), count in requests.items() if method == "POST" and "/market/orders" in path) - 4


async def test_what_is_taken_is_hedged_on_paper_and_nothing_is_sent(
    world: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with world.bots() as bots, world.controller(*bots, paper_hedge=True) as controller:
        with_fees(bots[1])
        await eventually(lambda: len(world.quotes()) == 4, "the mirror")
        await world.taker.place("btcusd", "sell", "0.3", "29000")
        await eventually(lambda: world.own.fills("bot"), "a quote is filled")
        journal = controller.journal
        assert journal is not None
        await eventually(lambda: journal.figures.source.fills and not journal.pending(), "it is hedged on paper")
        assert abs(journal.net) < D("0.0001")
        assert world.gained() > D("0.29"), "the fills of the own exchange are real"
        # The fee of the source's market, as a taker: 0.2 % of what was sold.
        assert journal.figures.source.fees == D("0.2997") * 29990 * D("0.002")
        assert "Paper hedge paper-" in caplog.text
        assert controller.to_format_status()[:2] == [
            "  peatio BTC-USD follows peatio_outer BTC-USD (paper)",
            "  PAPER: hedges are worked out on peatio_outer's book and sent nowhere",
        ]
        assert controller.get_custom_info()["paper_hedge"] is True
        path = journal.path
    assert sent_to_source(world) == 0
    assert world.outer.orders("bot") == []
    assert booked_fills(path)[0] == "peatio BTC-USD / peatio_outer BTC-USD (paper)"


async def test_a_journal_of_paper_is_not_continued_with_real_hedges(world: Stage) -> None:
    async with world.bots() as bots:
        async with world.controller(*bots, paper_hedge=True) as controller:
            await eventually(lambda: controller.journal, "the journal is open")
        async with world.controller(*bots) as controller:
            owner = "belongs to peatio BTC-USD / peatio_outer BTC-USD (paper)"
            await eventually(lambda: owner in controller.last_error, "the reason")
            assert world.quotes() == []


async def test_a_level_is_taken_once_and_comes_back_with_another_amount(world: Stage) -> None:
    async with world.bots() as (_, outer):
        with_fees(outer)
        source = PaperSource(outer.exchange, "BTC-USD", logging.getLogger(__name__))
        await eventually(lambda: len(source.read().bids) == 2, "the book")
        source.send(HedgeOrder(False, D("1.5"), D("29980"), D("29990")))
        (_, fills) = source.reports.pop()
        assert [(fill.total, fill.amount) for fill in fills] == [(D(29990), D(1)), (D(14990), D("0.5"))]
        assert source.read_others().bids == (Level(D("29980.0"), D("1.5")),)
        source.send(HedgeOrder(False, D(2), D("29985"), D("29990")))
        assert source.reports.pop()[1] == [], "what is left is below the limit"
        await world.maker.place("btcusd", "buy", "0.5", "29990")
        await eventually(lambda: source.read().bids[0].amount == D("1.5"), "the level has another amount")
        assert source.read_others().bids[0] == Level(D("29990.0"), D("1.5"))
    assert world.outer.orders("bot") == []


async def test_paper_needs_no_balance_on_the_source(world: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async with world.bots() as bots:
        monkeypatch.setattr(bots[1].exchange, "get_available_balance", lambda _currency: D(0))
        async with world.controller(*bots) as controller:
            await eventually(lambda: "balance is too low" in controller.verdict.bids, "no quotes")
        async with world.controller(*bots, paper_hedge=True, id="paper"):
            await eventually(lambda: len(world.quotes()) == 4, "the mirror")


async def test_fills_on_paper_wait_for_the_journal(world: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async with world.bots() as bots, world.controller(*bots, paper_hedge=True) as controller:
        with_fees(bots[1])
        await eventually(lambda: len(world.quotes()) == 4, "the mirror")
        journal = controller.journal
        assert journal is not None
        sent, failures = journal.sent, 0

        def failing_once(number: int, client_order_id: str) -> None:
            nonlocal failures
            failures += 1
            if failures == 1:
                raise HedgeJournalError("the disk is full")
            sent(number, client_order_id)

        monkeypatch.setattr(journal, "sent", failing_once)
        await world.taker.place("btcusd", "sell", "0.3", "29000")
        await eventually(lambda: failures > 1 and not journal.pending(), "the hedge has its id and has ended")
        assert abs(journal.net) < D("0.0001")
        assert journal.figures.source.sold == D("0.2997"), "once"
