"""The controller between two exchanges, over real sockets."""

import asyncio
import logging
from decimal import Decimal
from unittest.mock import patch

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS

from peatio_liquidity import hedge_desk, source_market
from peatio_liquidity.hedge_journal import HedgeJournal, HedgeJournalError
from peatio_liquidity.source_market import SourceMarket
from peatio_sandbox.exchange.exchange import OrderRequest
from peatio_sandbox.faults.kinds import FaultKind
from test.end_to_end.support import person
from test.patience import eventually
from test.peatio_liquidity.stage import Stage

D = Decimal

pytestmark = pytest.mark.usefixtures("short_waits")


MIRRORED = [
    ("buy", D("29950.02"), D("1")),
    ("buy", D("29960.01"), D("0.5")),
    ("sell", D("30040.01"), D("0.75")),
    ("sell", D("30050.02"), D("1.25")),
]


async def test_the_own_book_follows_the_source_s_and_only_what_is_off_is_refreshed(world: Stage) -> None:
    async with world.bots() as bots, world.controller(*bots):
        # The exposure's bound of 2 BTC leaves 1.25 of the 1.5 wanted for the second ask.
        await eventually(lambda: world.quotes() == MIRRORED, f"the mirror; {world.quotes()}")
        placed = len(world.own.orders("bot"))
        await world.maker.place("btcusd", "buy", "0.4", "29985")
        new = ("buy", D("29955.01"), D("0.2"))
        await eventually(lambda: new in world.quotes(), f"the new level; {world.quotes()}")
        assert {quote for quote in MIRRORED if quote in world.quotes()} == set(MIRRORED)
        assert len(world.own.orders("bot")) == placed + 1


async def test_what_is_taken_is_hedged_on_the_source(world: Stage) -> None:
    async with world.bots() as bots, world.controller(*bots) as controller:
        await eventually(lambda: world.quotes() == MIRRORED, "the mirror")
        await world.taker.place("btcusd", "sell", "0.3", "29000")
        await world.taker.place("btcusd", "buy", "0.1", "31000")
        await eventually(lambda: len(world.own.fills("bot")) == 2, "both are filled")
        journal = controller.journal
        assert journal is not None
        await eventually(lambda: not journal.pending() and abs(journal.net) < D("0.0001"), "all is hedged")
        assert journal.net == world.gained()
        await eventually(lambda: world.quotes()[0] == MIRRORED[0] and len(world.quotes()) == 4, "the mirror again")


async def test_what_cannot_be_hedged_stops_that_side_and_says_so(
    world: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    curve = [("0", "0.5")]
    async with world.bots() as bots, world.controller(*bots, max_slippage="0", depth_curve=curve) as controller:
        # What stays of the best bid is below the market's minimum, and no worse price is accepted.
        await world.maker.place("btcusd", "buy", "0.00015", "29995")
        async with person(world.outer, "taker") as seller:
            await seller.place("btcusd", "sell", "0.0001", "29995")
        await eventually(lambda: [amount for _, _, amount in world.quotes()] == [D("0.5"), D("0.5")], "the quotes")
        await world.taker.place("btcusd", "sell", "0.5", "29000")
        await eventually(lambda: "cannot be hedged" in controller.verdict.bids, "the reason")
        await eventually(lambda: {side for side, _, _ in world.quotes()} == {"sell"}, "no bids")
        assert "Bids of BTC-USD: off, exposure cannot be hedged: the source offers 0.00005 within 0%" in caplog.text
        await world.maker.place("btcusd", "buy", "5", "29995")
        await eventually(lambda: abs(world.gained()) < D("0.0001"), "it is hedged")
        await eventually(lambda: {side for side, _, _ in world.quotes()} == {"buy", "sell"}, "bids again")


async def test_without_a_source_nothing_is_quoted(world: Stage) -> None:
    async with world.bots() as bots, world.controller(*bots) as controller:
        await eventually(lambda: world.quotes() == MIRRORED, "the mirror")
        for order in world.outer.orders("maker"):
            await world.maker.cancel(order.id)
        await eventually(lambda: not world.quotes(), "no quotes")
        assert controller.verdict.bids == "the source has no bids"


async def test_fills_while_the_bot_was_down_are_hedged_once_after_its_start(world: Stage) -> None:
    async with world.bots() as bots:
        async with world.controller(*bots, dies=True):
            await eventually(lambda: world.quotes() == MIRRORED, "the mirror")
        assert world.quotes() == MIRRORED
    await world.taker.place("btcusd", "sell", "0.3", "29000")
    await eventually(lambda: world.own.fills("bot"), "a quote of the dead bot is filled")
    async with world.bots() as bots, world.controller(*bots) as controller:
        journal = await eventually(lambda: controller.journal, "the journal is open")
        await eventually(lambda: journal.net == world.gained() == 0 and not journal.pending(), "it is hedged")
        await eventually(lambda: len(world.quotes()) == 4, "the mirror again")
        assert [fill.amount for fill in world.outer.fills("bot")] == [D("0.2997")]


def sell(world: Stage, amount: str) -> None:
    """To the mirror, not by a request: its nonce would be refused where the exchange's clock is wrong."""
    taker, market = world.own.exchange.members["taker"], world.own.exchange.markets["btcusd"]
    world.own.exchange.submit(taker, OrderRequest(market, "sell", "limit", D(amount), D(29000)))


@pytest.mark.parametrize("skewed", ["own", "outer"])
async def test_fills_are_read_by_the_exchange_s_clock_whatever_this_machine_s_says(world: Stage, skewed: str) -> None:
    getattr(world, skewed).faults.start(FaultKind.CLOCK_SKEW, offset_s=-7200.0, duration_s=3600.0)
    async with world.bots() as bots, world.controller(*bots, dies=True) as controller:
        await eventually(lambda: world.quotes() == MIRRORED, "the mirror")
        world.outer.faults.start(FaultKind.LATENCY, path="/market/orders", method="POST", member="bot", delay_s=3.0)
        sell(world, "0.1")
        await eventually(lambda: controller.journal is not None and controller.journal.pending(), "a hedge is sent")
        await eventually(lambda: world.outer.fills("bot"), "it is filled, and its answer is on its way")
    sell(world, "0.2")
    await eventually(lambda: len(world.own.fills("bot")) == 2, "a quote of the dead bot is filled")
    async with world.bots() as bots, world.controller(*bots) as controller:
        journal = await eventually(lambda: controller.journal, "the journal is open")
        await eventually(lambda: not journal.pending() and abs(world.gained()) < D("0.0001"), "all is hedged")
        assert journal.net == world.gained()


async def test_a_hedge_whose_create_was_under_way_when_the_bot_died_is_not_sent_again(world: Stage) -> None:
    async with world.bots() as bots, world.controller(*bots, dies=True) as controller:
        await eventually(lambda: world.quotes() == MIRRORED, "the mirror")
        world.outer.faults.start(FaultKind.LATENCY, path="/market/orders", method="POST", member="bot", delay_s=3.0)
        await world.taker.place("btcusd", "sell", "0.3", "29000")
        await eventually(lambda: controller.journal is not None and controller.journal.pending(), "a hedge is sent")
        await eventually(lambda: world.outer.fills("bot"), "it is filled, and its answer is on its way")
    world.outer.faults.stop()
    async with world.bots() as bots, world.controller(*bots) as controller:
        journal = await eventually(lambda: controller.journal, "the journal is open")
        await eventually(lambda: not journal.pending(), "it is known what became of the hedge")
        await eventually(lambda: len(world.quotes()) == 4, "the mirror again")
        assert sum(fill.amount for fill in world.outer.fills("bot")) == D("0.2997")
        assert journal.net == world.gained() == 0


@pytest.mark.parametrize("has_events", [True, False])
async def test_where_an_order_may_be_a_lost_hedge_or_somebody_else_s_no_other_hedge_is_sent(
    world: Stage, monkeypatch: pytest.MonkeyPatch, has_events: bool
) -> None:
    monkeypatch.setattr(CONSTANTS, "REQUEST_TIMEOUT_S", 0.5)
    monkeypatch.setattr(hedge_desk, "LOOK_UP_INTERVAL_S", 0.2)
    monkeypatch.setattr(source_market, "LOOK_FOR_LOST_S", 0.2)
    async with (
        person(world.outer, "bot") as hand, world.bots() as bots, world.controller(*bots) as controller
    ):
        await eventually(lambda: world.quotes() == MIRRORED, "the mirror")
        lost = world.outer.faults.start(FaultKind.REQUEST_LOST, path="/market/orders", method="POST", member="bot")
        await world.taker.place("btcusd", "sell", "0.3", "29000")
        [hedge] = await eventually(lambda: controller.journal and controller.journal.pending(), "a hedge is sent")
        outer = bots[1].exchange
        await eventually(lambda: any(order.is_missing for order in outer.unended_orders("BTC-USD")), "it is given up")
        world.outer.faults.stop(lost)
        if not has_events:
            world.outer.faults.start(FaultKind.EVENTS_LOST)
        await hand.place("btcusd", "sell", f"{hedge.amount:f}", f"{hedge.price:f}")
        assert controller.desk is not None
        assert controller.journal is not None
        desk = controller.desk
        await eventually(lambda: "does not say what became of hedge" in desk.in_doubt.get(False, ""), "a doubt")
        monkeypatch.setattr(hedge_desk, "ABSENT_AFTER_S", 0.001)
        assert desk.is_waiting
        assert len(world.outer.orders("bot")) == 1
        await eventually(lambda: "does not say what became" in controller.verdict.bids, "bids are off")
        monkeypatch.setattr(CONSTANTS, "WATCH_LIMIT_S", 0.0)
        await outer._engine.poll()
        assert outer.unended_orders("BTC-USD") == [], "the order journal watches no longer"
        desk._asked_s.clear()
        await desk.follow()
        assert [each.number for each in controller.journal.pending()] == [hedge.number]
        assert len(world.outer.orders("bot")) == 1


async def test_a_stopped_controller_leaves_no_quotes_and_starts_again(world: Stage) -> None:
    """As Hummingbot's `manual_kill_switch` does it."""
    async with world.bots() as bots, world.controller(*bots) as controller:
        await eventually(lambda: world.quotes() == MIRRORED, "the mirror")
        controller.stop()
        await eventually(lambda: not world.quotes(), "no quotes")
        controller.start()
        await eventually(lambda: world.quotes() == MIRRORED, "the mirror again")


async def test_a_source_that_stands_still_is_not_followed(world: Stage) -> None:
    async with world.bots() as bots, world.controller(*bots, max_source_age_s=0.5) as controller:
        await eventually(lambda: controller.verdict.asks.startswith("the source's book has not changed for"), "stale")
        await eventually(lambda: not world.quotes(), "no quotes")
        await world.maker.place("btcusd", "buy", "0.4", "29985")
        await eventually(world.quotes, "quotes after a change")


async def test_without_its_journal_it_neither_quotes_nor_hedges(
    world: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    path = world.folder / "peatio_liquidity_mirror.sqlite"
    path.write_text("no database", encoding="ascii")
    async with world.bots() as bots, world.controller(*bots) as controller:
        await eventually(lambda: "file is not a database" in controller.verdict.bids, "the reason")
        assert "No quotes on BTC-USD: " in caplog.text
        assert world.own.orders("bot") == []
        path.unlink()
        await eventually(lambda: world.quotes() == MIRRORED, "quotes once it can be used")


@pytest.mark.parametrize("name", ["own", "outer"])
async def test_quotes_of_the_last_run_are_watched_while_an_exchange_does_not_say_what_was_filled(
    world: Stage, name: str
) -> None:
    async with world.bots() as bots:
        async with world.controller(*bots, dies=True):
            await eventually(lambda: world.quotes() == MIRRORED, "the mirror")
        slow = getattr(world, name).faults
        slow.start(FaultKind.LATENCY, path="/market/trades", method="GET", member="bot", delay_s=60.0, before=True)
        async with world.controller(*bots) as controller:
            await eventually(lambda: controller.verdict.bids == "its history is not read yet", "it is asked for")
            assert world.quotes() == MIRRORED
            for order in [order for order in world.outer.orders("maker") if order.side == "buy"]:
                await world.maker.cancel(order.id)
            await eventually(lambda: not world.quotes(), "they are pulled", timeout_s=CONSTANTS.REQUEST_TIMEOUT_S / 2)
            assert controller.verdict.bids == "the source has no bids"
        slow.stop()


@pytest.mark.parametrize("method", ["pending", "noted"])
async def test_a_journal_that_fails_right_after_its_opening_is_read_again(world: Stage, method: str) -> None:
    failed = [HedgeJournalError("the disk")]
    read = getattr(HedgeJournal, method)

    def fails_once(*arguments: object) -> object:
        if failed:
            raise failed.pop()
        return read(*arguments)

    with patch.object(HedgeJournal, method, fails_once):
        async with world.bots() as bots, world.controller(*bots) as controller:
            await eventually(lambda: world.quotes() == MIRRORED, "the mirror")
            assert controller.watch is not None, "without it no loss would switch the quotes off"


async def test_quotes_have_the_own_currency_by_the_rate(world: Stage) -> None:
    async with world.bots() as bots, world.controller(*bots, quote_rate="1.01") as controller:
        await eventually(lambda: len(world.quotes()) == 4, "the mirror")
        assert world.quotes()[1][1] == D("30259.61")  # 29990 * 0.999 * 1.01, down to the next cent
        assert world.quotes()[2][1] == D("30340.42")  # 30010 * 1.001 * 1.01, up
        assert controller.to_format_status()[1].startswith("  Bids: on; 2 orders, 1.5")


async def test_quotes_that_were_placed_in_the_step_before_a_stop_are_cancelled_too(world: Stage) -> None:
    async with world.bots() as bots, world.controller(*bots) as controller:
        await eventually(controller.own.quotes, "quotes are asked for")
        controller.stop()
        await eventually(lambda: not controller.own.quotes(), "none is left")
        assert world.quotes() == []


async def test_a_source_that_does_not_answer_for_a_hedge_holds_up_no_quote(
    world: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asyncio.Event()

    async def never(*_: object) -> None:
        asked.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(SourceMarket, "look_up", never)
    async with world.bots() as bots, world.controller(*bots):
        await eventually(lambda: world.quotes() == MIRRORED, "the mirror")
        await world.taker.place("btcusd", "sell", "0.3", "29000")
        await asked.wait()
        for order in world.outer.orders("maker"):
            if order.state == "wait":
                await world.maker.cancel(order.id)
        await eventually(lambda: not world.quotes(), "no quotes without a source")
