"""Hedges of which the hedge journal lost track, over real sockets: with the disk, or because a day has passed."""

from decimal import Decimal
from unittest.mock import patch

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.core.event.events import MarketEvent

from peatio_liquidity import hedge_desk, source_market
from peatio_liquidity.__main__ import main
from peatio_liquidity.controller import PeatioLiquidity
from peatio_liquidity.hedge_journal import Hedge, HedgeJournal, HedgeJournalError, HedgeState
from peatio_sandbox.faults.kinds import FaultKind
from test.end_to_end.support import person
from test.patience import eventually
from test.peatio_liquidity.stage import Stage
from test.peatio_liquidity.test_controller import MIRRORED

D = Decimal


@pytest.fixture(autouse=True)
def quick(short_waits: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONSTANTS, "REQUEST_TIMEOUT_S", 0.5)
    monkeypatch.setattr(hedge_desk, "LOOK_UP_INTERVAL_S", 0.2)
    monkeypatch.setattr(source_market, "LOOK_FOR_LOST_S", 0.2)


def refuse(*_arguments: object) -> None:
    raise HedgeJournalError("the disk is full")


async def hedge_of(controller: PeatioLiquidity) -> Hedge:
    (hedge,) = await eventually(lambda: controller.journal and controller.journal.pending(), "a hedge is sent")
    return hedge  # type: ignore[no-any-return]


async def hedged(world: Stage, controller: PeatioLiquidity) -> None:
    """Once, and the mirror stands again."""
    journal = await eventually(lambda: controller.journal, "the journal is open")
    await eventually(lambda: not journal.pending() and abs(world.gained()) < D("0.0001"), "it is hedged")
    await eventually(lambda: len(world.quotes()) == 4, "the mirror again")
    assert journal.net == world.gained()
    assert sum(fill.amount for fill in world.outer.fills("bot")) == D("0.2997")


async def test_a_hedge_whose_id_the_disk_refused_is_found_by_the_order_journal_of_the_source(world: Stage) -> None:
    async with world.bots() as bots, world.controller(*bots, dies=True) as controller:
        await eventually(lambda: world.quotes() == MIRRORED, "the mirror")
        with patch.object(HedgeJournal, "sent", refuse):
            await world.taker.place("btcusd", "sell", "0.3", "29000")
            hedge = await hedge_of(controller)
            await eventually(lambda: world.outer.fills("bot"), "it is filled")
            await eventually(lambda: bots[1].of(MarketEvent.SellOrderCompleted), "its end is reported")
    assert hedge.state is HedgeState.WRITTEN
    async with world.bots() as bots, world.controller(*bots) as controller:
        await hedged(world, controller)
        assert len(world.outer.orders("bot")) == 1


async def test_a_hedge_that_never_left_is_sent_once(world: Stage) -> None:
    async with world.bots() as bots, world.controller(*bots, dies=True) as controller:
        await eventually(lambda: world.quotes() == MIRRORED, "the mirror")
        with patch.object(HedgeJournal, "sent", refuse), patch.object(PeatioExchange, "sell", lambda *_: "hbot-1"):
            await world.taker.place("btcusd", "sell", "0.3", "29000")
            await hedge_of(controller)
    assert world.outer.orders("bot") == []
    async with world.bots() as bots, world.controller(*bots) as controller:
        await hedged(world, controller)


async def test_a_hedge_that_was_given_up_counts_although_it_turned_up_while_the_mirror_was_away(world: Stage) -> None:
    async with world.bots() as bots, world.controller(*bots, dies=True) as controller:
        await eventually(lambda: world.quotes() == MIRRORED, "the mirror")
        world.outer.faults.start(FaultKind.LATENCY, path="/market/orders", method="POST", member="bot", delay_s=3.0)
        await world.taker.place("btcusd", "sell", "0.3", "29000")
        hedge = await hedge_of(controller)
        await eventually(lambda: world.outer.fills("bot"), "it is filled, and its answer is on its way")
        assert controller.journal is not None
        controller.journal.ended(hedge.number, "absent")
    world.outer.faults.stop()
    async with world.bots() as bots:
        await eventually(lambda: bots[1].of(MarketEvent.SellOrderCompleted), "it is reported to nobody")
        async with world.controller(*bots) as controller:
            await hedged(world, controller)


async def test_where_somebody_placed_such_an_order_meanwhile_the_operator_is_asked(world: Stage) -> None:
    async with world.bots() as bots, world.controller(*bots, dies=True) as controller:
        await eventually(lambda: world.quotes() == MIRRORED, "the mirror")
        with patch.object(HedgeJournal, "sent", refuse), patch.object(PeatioExchange, "sell", lambda *_: "hbot-1"):
            await world.taker.place("btcusd", "sell", "0.3", "29000")
            hedge = await hedge_of(controller)
    async with person(world.outer, "bot") as hand:
        number = await hand.place("btcusd", "sell", f"{hedge.amount:f}", f"{hedge.price:f}")
    async with world.bots() as bots, world.controller(*bots) as controller:
        reason = f"may have left without a record of its id: order {number} may be it, or somebody else's. Look for it"
        await eventually(lambda: reason in controller.verdict.bids, f"bids are off; {controller.verdict}")
        assert len(world.outer.orders("bot")) == 1


async def test_a_doubt_outlives_the_day_for_which_the_order_journal_watches_and_the_bot(
    world: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with person(world.outer, "bot") as hand:
        async with world.bots() as bots, world.controller(*bots, dies=True) as controller:
            await eventually(lambda: world.quotes() == MIRRORED, "the mirror")
            lost = world.outer.faults.start(FaultKind.REQUEST_LOST, path="/market/orders", method="POST", member="bot")
            await world.taker.place("btcusd", "sell", "0.3", "29000")
            hedge = await hedge_of(controller)
            outer = bots[1].exchange
            await eventually(lambda: any(each.is_missing for each in outer.unended_orders("BTC-USD")), "it is given up")
            world.outer.faults.stop(lost)
            await hand.place("btcusd", "sell", f"{hedge.amount:f}", f"{hedge.price:f}")
            await eventually(lambda: "does not say what became" in controller.verdict.bids, "bids are off")
    monkeypatch.setattr(CONSTANTS, "WATCH_LIMIT_S", 0.0)
    async with world.bots() as bots, world.controller(*bots) as controller:
        journal = await eventually(lambda: controller.journal, "the journal is open")
        await bots[1].exchange._engine.poll()
        assert bots[1].exchange.unended_orders("BTC-USD") == [], "the order journal watches no longer"
        assert controller.desk is not None
        controller.desk._asked_s.clear()
        await controller.desk.follow()
        assert [each.number for each in journal.pending()] == [hedge.number]
        await eventually(lambda: "does not say what became" in controller.verdict.bids, "bids are off")
        assert len(world.outer.orders("bot")) == 1
    (order,) = world.outer.orders("bot")
    assert order.executed_volume == D("0.2997")
    price = sum(fill.total for fill in world.outer.fills("bot")) / order.executed_volume
    assert main(["settle", str(journal.path), str(hedge.number), "--filled", "0.2997", "--price", f"{price:f}"]) == 0
    async with world.bots() as bots, world.controller(*bots) as controller:
        await hedged(world, controller)
        assert len(world.outer.orders("bot")) == 1
