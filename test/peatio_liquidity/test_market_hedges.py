"""Hedges by market order, over real sockets."""

import logging
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.core.data_type.common import OrderType
from hummingbot.core.data_type.trade_fee import TradeFeeSchema
from pydantic import ValidationError

from peatio_liquidity.plugin import PeatioLiquidityConfig
from peatio_sandbox.faults.kinds import FaultKind
from test.patience import eventually
from test.peatio_liquidity.stage import SETTINGS, Stage

D = Decimal

pytestmark = pytest.mark.usefixtures("short_waits")
MARKET: dict[str, Any] = {"hedge_order_type": "market"}


def sent(world: Stage) -> list[tuple[str, str]]:
    """What the bot sent to the source."""
    return [(order.ord_type, order.side) for order in world.outer.orders("bot")]


async def cancel_all_of_maker(world: Stage, side: str) -> None:
    for order in world.outer.orders("maker"):
        if order.state == "wait" and order.side == side:
            await world.maker.cancel(order.id)


async def test_what_is_taken_is_hedged_by_market_orders_and_their_slippage_is_known(
    world: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with world.bots() as bots, world.controller(*bots, **MARKET) as controller:
        await eventually(lambda: len(world.quotes()) == 4, "the mirror")
        await world.taker.place("btcusd", "sell", "1.2", "29000")
        await eventually(lambda: sum(fill.amount for fill in world.own.fills("bot")) == D("1.2"), "quotes are filled")
        journal = controller.journal
        assert journal is not None
        await eventually(lambda: not journal.pending() and not journal.net, "all is hedged")
        assert journal.net == world.gained()
        assert set(sent(world)) == {("market", "sell")}
        # 1 was bid at 29990, the best price at each sending; the rest of 1.1988 was sold at 29980.
        assert journal.figures.slippage == D("0.1988") * 10
        assert journal.figures.source.sold == D("1.1988")
        assert "BTC on peatio_outer by market order, best price 29990" in caplog.text
        await eventually(lambda: len(world.quotes()) == 4, "the mirror again")
        requests = world.outer.request_counts.items()
        assert [path for (_, path), count in requests if path.endswith("/cancel") and count] == []
        creates = [count for (method, path), count in requests if method == "POST" and path.endswith("/market/orders")]
        assert sum(creates) == len(sent(world)) + len(world.outer.orders("maker")), "one request for each hedge"


async def test_no_market_hedge_is_larger_than_what_is_offered_within_the_slippage(world: Stage) -> None:
    """The second price is farther than accepted until it is the best one."""
    async with world.bots() as bots, world.controller(*bots, max_slippage="0.0001", **MARKET) as controller:
        await eventually(lambda: len(world.quotes()) == 4, "the mirror")
        await world.taker.place("btcusd", "sell", "1.2", "29000")
        journal = await eventually(lambda: controller.journal, "the journal is open")
        await eventually(lambda: journal.figures.source.sold == D("1.1988") and not journal.pending(), "it is hedged")
        fills = [(fill.price, fill.amount) for fill in world.outer.fills("bot")]
        assert sum(amount for price, amount in fills if price == 29990) == 1
        assert journal.figures.slippage == 0


async def test_what_was_sold_is_bought_by_market_orders(world: Stage) -> None:
    async with world.bots() as bots, world.controller(*bots, **MARKET) as controller:
        await eventually(lambda: len(world.quotes()) == 4, "the mirror")
        await world.taker.place("btcusd", "buy", "0.3", "31000")
        journal = await eventually(lambda: controller.journal, "the journal is open")
        await eventually(lambda: world.outer.fills("bot") and not journal.pending(), "it is hedged")
        # The fee of a buy is charged in base: less than the market's minimum may stay.
        await eventually(lambda: abs(journal.net) < D("0.0001") and not journal.pending(), "the fee is hedged too")
        assert journal.net == world.gained()
        assert set(sent(world)) == {("market", "buy")}


async def test_a_market_hedge_whose_create_was_under_way_when_the_bot_died_is_not_sent_again(world: Stage) -> None:
    async with world.bots() as bots, world.controller(*bots, dies=True, **MARKET) as controller:
        await eventually(lambda: len(world.quotes()) == 4, "the mirror")
        world.outer.faults.start(FaultKind.LATENCY, path="/market/orders", method="POST", member="bot", delay_s=3.0)
        await world.taker.place("btcusd", "sell", "0.3", "29000")
        await eventually(lambda: controller.journal is not None and controller.journal.pending(), "a hedge is sent")
        assert controller.journal is not None
        assert [hedge.is_market for hedge in controller.journal.pending()] == [True]
        await eventually(lambda: world.outer.fills("bot"), "it is filled, and its answer is on its way")
    world.outer.faults.stop()
    async with world.bots() as bots, world.controller(*bots, **MARKET) as controller:
        journal = await eventually(lambda: controller.journal, "the journal is open")
        await eventually(lambda: not journal.pending(), "it is known what became of the hedge")
        await eventually(lambda: len(world.quotes()) == 4, "the mirror again")
        assert [fill.amount for fill in world.outer.fills("bot")] == [D("0.2997")]
        assert journal.net == world.gained() == 0


@pytest.mark.parametrize("stays", ["0.1", None])
async def test_what_a_market_hedge_does_not_find_is_left_to_the_next_one(
    world: Stage, caplog: pytest.LogCaptureFixture, stays: str | None
) -> None:
    """The offers go after the order was sent and before it is matched."""
    caplog.set_level(logging.INFO)
    async with world.bots() as bots, world.controller(*bots, **MARKET) as controller:
        await eventually(lambda: len(world.quotes()) == 4, "the mirror")
        journal = controller.journal
        assert journal is not None
        pause = world.outer.faults.start(FaultKind.MATCHING_PAUSED, duration_s=600.0)
        await cancel_all_of_maker(world, "buy")
        if stays is not None:
            await world.maker.place("btcusd", "buy", stays, "29985")
        await world.taker.place("btcusd", "sell", "0.3", "29000")
        await eventually(lambda: sent(world) == [("market", "sell")], "the hedge is at the exchange")
        bound = controller.config.max_exposure_base
        assert controller.desk is not None
        assert controller.desk.exposure.pending_sells == D("0.2997")
        assert controller.desk.exposure.longest <= bound
        world.outer.faults.stop(pause)
        await eventually(lambda: not journal.pending(), "it has ended")
        left = D("0.2997") - D(stays or 0)
        assert journal.net == world.gained() == left
        assert f"ended with {left:f} BTC unfilled" in caplog.text
        await eventually(lambda: "buy" not in {side for side, _, _ in world.quotes()}, "no bids without the source's")
        await world.maker.place("btcusd", "buy", "5", "29990")
        await eventually(lambda: not journal.net and not journal.pending(), "the rest is hedged")
        assert world.gained() == 0
        assert sum(fill.amount for fill in world.outer.fills("bot")) == D("0.2997")


@pytest.mark.parametrize("kind", ["market", "limit"])
async def test_only_an_order_with_a_limit_is_sent_on_a_book_that_is_too_old(world: Stage, kind: str) -> None:
    async with world.bots() as bots:
        async with world.controller(*bots, dies=True):
            await eventually(lambda: len(world.quotes()) == 4, "the mirror")
    await world.taker.place("btcusd", "sell", "0.3", "29000")
    await eventually(lambda: world.own.fills("bot"), "a quote of the dead bot is filled")
    async with world.bots() as bots, world.controller(
        *bots, max_source_age_s=1e-6, hedge_order_type=kind
    ) as controller:
        await eventually(lambda: controller.verdict.bids.startswith("the source's book has not changed"), "too old")
        journal = controller.journal
        assert journal is not None
        await eventually(lambda: controller._history.is_read, "it knows of the fill")
        if kind == "market":
            watched_s = controller.top.watched_s
            await eventually(lambda: controller.top.watched_s > watched_s, "a round that would have sent it")
            assert (journal.net, journal.pending(), sent(world)) == (D("0.2997"), (), [])
            controller.config.max_source_age_s = 1000
        await eventually(lambda: sent(world) and not journal.net and not journal.pending(), "it is hedged")
        assert sent(world) == [(kind, "sell")]


async def test_a_connector_without_market_orders_is_refused(world: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async with world.bots() as bots:
        monkeypatch.setattr(bots[1].exchange, "supported_order_types", lambda: [OrderType.LIMIT])
        for paper in (False, True):
            with pytest.raises(
                ValueError,
                match="hedge_order_type is market, and the connector peatio_outer does not offer market orders: "
                "set hedge_order_type to limit",
            ):
                async with world.controller(*bots, paper_hedge=paper, **MARKET):
                    pass
        async with world.controller(*bots):
            await eventually(lambda: len(world.quotes()) == 4, "limit orders are enough")


async def test_market_hedges_on_paper_send_nothing(world: Stage) -> None:
    async with world.bots() as bots, world.controller(*bots, paper_hedge=True, **MARKET) as controller:
        bots[1].exchange._trade_fee_schema = TradeFeeSchema(taker_percent_fee_decimal=D("0.002"))
        await eventually(lambda: len(world.quotes()) == 4, "the mirror")
        await world.taker.place("btcusd", "sell", "1.2", "29000")
        journal = controller.journal
        assert journal is not None
        await eventually(lambda: journal.figures.source.sold == D("1.1988") and not journal.pending(), "it is hedged")
        assert journal.figures.source.fees == (D(29990) + D("0.1988") * 29980) * D("0.002")
    assert world.outer.orders("bot") == []


def test_other_kinds_of_orders_are_refused() -> None:
    with pytest.raises(ValidationError, match="Input should be 'limit' or 'market'"):
        PeatioLiquidityConfig(**{**SETTINGS, "hedge_order_type": "stop"})
