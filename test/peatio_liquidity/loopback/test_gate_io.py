"""Hummingbot's own connector for Gate.io as the source: it asks for orders by the exchange's own ids."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from test.patience import eventually
from test.peatio_liquidity.loopback.exchange import LoopbackExchange, State
from test.peatio_liquidity.loopback.gate_io_api import PAIR, GateIoServer, connector, gate_io
from test.peatio_liquidity.loopback.stage import OtherStage, other_stage

D = Decimal

pytestmark = [pytest.mark.usefixtures("short_waits"), pytest.mark.timeout(120)]


@pytest.fixture
async def server(exchange: LoopbackExchange) -> AsyncIterator[GateIoServer]:
    async with gate_io(exchange) as server:
        yield server


@pytest.fixture
async def other(tmp_path: Path, server: GateIoServer) -> AsyncIterator[OtherStage]:
    async with other_stage(tmp_path, PAIR) as built:
        yield built


@pytest.mark.parametrize("kind", ["limit", "market"])
async def test_quotes_follow_its_book_and_what_is_taken_is_hedged_there(
    other: OtherStage, exchange: LoopbackExchange, kind: str
) -> None:
    """A market buy is of an amount in quote there."""
    exchange.fee_currency = "GT"
    async with other.bots(connector()) as bots, other.controller(*bots, hedge_order_type=kind) as controller:
        await other.mirrored()
        exchange.offer(True, "29985", "0.4")
        await eventually(lambda: ("buy", D("29955.01"), D("0.2")) in other.quotes(), f"{other.quotes()}")
        await other.taker.place("btcusd", "buy", "0.1", "31000")
        journal = await eventually(lambda: controller.journal, "the journal")
        await eventually(lambda: exchange.hedged >= D("0.0998"), "it is hedged")
        await eventually(lambda: not journal.pending() and abs(journal.net) < D("0.00017"), "its end is known", 40.0)
        await other.taker.place("btcusd", "sell", "0.3", "29000")
        await eventually(lambda: exchange.hedged < D("-0.19"), "it is hedged")
        await eventually(lambda: not journal.pending() and abs(journal.net) < D("0.00017"), "its end is known", 40.0)
        assert {order.price is None for order in exchange.orders.values()} == {kind == "market"}
        assert set(journal.figures.source.other_fees) == {"GT"}


async def test_a_hedge_of_a_dead_bot_is_asked_for_by_its_id_at_the_exchange(
    other: OtherStage, exchange: LoopbackExchange
) -> None:
    exchange.has_user_events = exchange.answers_look_ups = False
    async with other.bots(connector()) as bots, other.controller(*bots, dies=True) as controller:
        await other.mirrored()
        await other.taker.place("btcusd", "sell", "0.3", "29000")
        journal = await eventually(lambda: controller.journal, "the journal")
        await eventually(
            lambda: exchange.orders
            and [hedge.exchange_order_id for hedge in journal.pending()] == [str(number) for number in exchange.orders],
            "the id is in the journal",
        )
    exchange.answers_look_ups = True
    async with other.bots(connector()) as bots, other.controller(*bots) as controller:
        journal = await eventually(lambda: controller.journal, "the journal")
        await eventually(lambda: not journal.pending(), "it is known what became of it")
        assert journal.net == 0
        assert len(exchange.creates) == 1


async def test_where_the_id_was_never_known_the_operator_is_asked_and_no_second_hedge_is_sent(
    other: OtherStage, exchange: LoopbackExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hummingbot.core.data_type.in_flight_order.GET_EX_ORDER_ID_TIMEOUT", 0.1)
    exchange.has_user_events = exchange.answers_creates = False
    async with other.bots(connector()) as bots, other.controller(*bots, dies=True) as controller:
        await other.mirrored()
        await other.taker.place("btcusd", "sell", "0.3", "29000")
        await eventually(lambda: controller.verdict.bids.startswith("gate_io does not say"), controller.verdict.bids)
    exchange.has_user_events = exchange.answers_creates = True
    async with other.bots(connector()) as bots, other.controller(*bots) as controller:
        await eventually(lambda: controller.verdict.bids.startswith("gate_io does not say"), controller.verdict.bids)
        assert "run: python -m peatio_liquidity settle " in controller.verdict.bids
        await eventually(lambda: {side for side, _, _ in other.quotes()} == {"sell"}, "asks alone")
    assert len(exchange.creates) == 1


async def test_a_hedge_that_rests_when_the_bot_dies_is_cancelled_by_the_next_and_its_rest_hedged(
    other: OtherStage, exchange: LoopbackExchange
) -> None:
    async with other.bots(connector()) as bots, other.controller(*bots, dies=True, hedge_timeout_s=100) as controller:
        await other.mirrored()
        exchange.others[True] = {D(29990): D("0.1")}  # what the connector does not know yet
        await other.taker.place("btcusd", "sell", "0.3", "29000")
        journal = await eventually(lambda: controller.journal, "the journal")
        await eventually(lambda: journal.pending() and journal.pending()[0].filled == D("0.1"), "filled in part")
    (resting,) = exchange.orders.values()
    assert resting.state is State.OPEN
    async with other.bots(connector()) as bots, other.controller(*bots) as controller:
        await eventually(lambda: resting.state is State.CANCELLED, "it is cancelled")
        exchange.offer(True, "29990", "5")
        journal = await eventually(lambda: controller.journal, "the journal")
        await eventually(lambda: not journal.pending() and not journal.net, "the rest is hedged")
        assert exchange.hedged == D("-0.2997")
