"""Hummingbot's own connector for Binance as the source, over real sockets."""

import logging
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from hummingbot.core.rate_oracle.rate_oracle import RateOracle

from peatio_liquidity import book_connection, source_market
from peatio_liquidity.fills import Venue
from test.patience import eventually
from test.peatio_liquidity.loopback.binance_api import PAIR, BinanceServer, binance, connector
from test.peatio_liquidity.loopback.exchange import LoopbackExchange
from test.peatio_liquidity.loopback.stage import MIRRORED, OtherStage, other_stage

D = Decimal

pytestmark = [pytest.mark.usefixtures("short_waits"), pytest.mark.timeout(120)]


@pytest.fixture
async def server(exchange: LoopbackExchange) -> AsyncIterator[BinanceServer]:
    async with binance(exchange) as server:
        yield server


@pytest.fixture
async def other(tmp_path: Path, server: BinanceServer) -> AsyncIterator[OtherStage]:
    async with other_stage(tmp_path, PAIR) as built:
        yield built


async def test_quotes_follow_its_book_and_what_is_taken_is_hedged_there(
    other: OtherStage, exchange: LoopbackExchange
) -> None:
    async with other.bots(connector()) as bots, other.controller(*bots) as controller:
        await other.mirrored()
        exchange.offer(True, "29985", "0.4")
        await eventually(lambda: ("buy", D("29955.01"), D("0.2")) in other.quotes(), f"{other.quotes()}")
        await other.taker.place("btcusd", "sell", "0.3", "29000")
        await other.taker.place("btcusd", "buy", "0.1", "31000")
        journal = await eventually(lambda: controller.journal, "the journal")
        await eventually(lambda: len(other.own.fills("bot")) == 2, "both are filled")
        # Less than the source's minimum of 5 USDT is not hedged.
        await eventually(lambda: not journal.pending() and abs(journal.net) < D("0.00017"), "all is hedged")
        # 0.1 % of what was bought on either exchange is its fee.
        assert journal.figures.source.fills == len(exchange.trades)
        assert journal.figures.source.net == sum(
            (trade.amount - trade.fee if trade.order.is_buy else -trade.amount for trade in exchange.trades), D(0)
        )


async def test_fees_in_a_third_currency_leave_the_exposure_alone_and_count_in_the_profit(
    other: OtherStage, exchange: LoopbackExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange.fee_currency = "BNB"
    monkeypatch.setattr(RateOracle.get_instance(), "_prices", {"BNB-USDT": D(600)})
    async with other.bots(connector()) as bots, other.controller(*bots) as controller:
        await other.mirrored()
        await other.taker.place("btcusd", "sell", "0.3", "29000")
        journal = await eventually(lambda: controller.journal, "the journal")
        await eventually(lambda: exchange.hedged == D("-0.2997") and not journal.pending(), "it is hedged")
        assert journal.net == 0
        (trade,) = exchange.trades
        assert journal.figures.at(Venue.SOURCE).other_fees == {"BNB": trade.fee}
        # Hummingbot's rate source counts USD as USDT.
        assert journal.figures.source.other_fees_value == 600 * trade.fee


async def test_an_order_that_rests_is_cancelled_and_its_rest_hedged_at_a_new_price(
    other: OtherStage, exchange: LoopbackExchange
) -> None:
    async with other.bots(connector()) as bots, other.controller(*bots, max_slippage="0.0001") as controller:
        await other.mirrored()
        exchange.offer(True, "29990", "0.1")
        exchange.offer(True, "29989", "0.2")
        await eventually(lambda: len(controller.source.read().bids) == 3, "the book has it")
        # The offer has gone before the hedge arrives, and the connector does not know it yet.
        exchange.others[True][D(29989)] = D(0)
        await other.taker.place("btcusd", "sell", "0.25", "29000")
        await eventually(lambda: exchange.trades, "a part is filled")
        exchange.offer(True, "29990", "5")
        journal = await eventually(lambda: controller.journal, "the journal")
        await eventually(
            lambda: not journal.pending() and abs(journal.net) < D("0.00017"), f"hedged; {exchange.orders}"
        )
        assert len(exchange.orders) > 1


async def test_fills_while_the_bot_was_down_are_hedged_once_after_its_start(
    other: OtherStage, exchange: LoopbackExchange
) -> None:
    async with other.bots(connector()) as bots, other.controller(*bots, dies=True):
        await other.mirrored()
    await other.taker.place("btcusd", "sell", "0.3", "29000")
    await eventually(lambda: other.own.fills("bot"), "a quote of the dead bot is filled")
    async with other.bots(connector()) as bots, other.controller(*bots) as controller:
        journal = await eventually(lambda: controller.journal, "the journal")
        await eventually(lambda: exchange.hedged == D("-0.2997") and not journal.pending(), "it is hedged")
        assert journal.net == 0


async def test_a_hedge_of_a_dead_bot_is_asked_for_and_not_sent_again(
    other: OtherStage, exchange: LoopbackExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange.answers_creates = exchange.has_user_events = exchange.answers_look_ups = False
    async with other.bots(connector()) as bots, other.controller(*bots, dies=True) as controller:
        await other.mirrored()
        await other.taker.place("btcusd", "sell", "0.3", "29000")
        await eventually(lambda: exchange.creates, "the hedge has arrived")
        await eventually(lambda: controller.verdict.bids.startswith("binance does not say"), controller.verdict.bids)
        await eventually(lambda: {side for side, _, _ in other.quotes()} == {"sell"}, "no bids while it is unknown")
        assert controller.verdict.asks == ""
    async with other.bots(connector()) as bots, other.controller(*bots) as controller:
        await eventually(lambda: controller.verdict.bids.startswith("binance does not say"), controller.verdict.bids)
        await eventually(lambda: {side for side, _, _ in other.quotes()} == {"sell"}, "only asks are quoted")
        exchange.answers_look_ups = True
        journal = await eventually(lambda: controller.journal, "the journal")
        await eventually(lambda: not journal.pending(), "it is known what became of it")
        assert journal.net == 0
        await eventually(lambda: len(other.quotes()) == 4, "bids again")
        assert len(exchange.creates) == 1


async def test_a_hedge_that_never_arrived_is_sent_again_once_the_exchange_has_not_known_it_for_long(
    other: OtherStage, exchange: LoopbackExchange, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    exchange.accepts_creates = False
    async with other.bots(connector()) as bots, other.controller(*bots) as controller:
        await other.mirrored()
        await other.taker.place("btcusd", "sell", "0.3", "29000")
        await eventually(lambda: controller.verdict.bids.startswith("binance does not say"), controller.verdict.bids)
        assert len(exchange.creates) == 1
        exchange.accepts_creates = True
        monkeypatch.setattr(source_market, "ABSENT_AFTER_S", 0.0)
        journal = await eventually(lambda: controller.journal, "the journal")
        await eventually(lambda: exchange.hedged == D("-0.2997") and not journal.pending(), "it is hedged")
        assert journal.net == 0


async def test_a_create_that_the_overloaded_exchange_may_have_taken_is_looked_up(
    other: OtherStage, exchange: LoopbackExchange, server: BinanceServer
) -> None:
    """The connector gives such an order an id at the exchange that is none."""
    server.is_overloaded = True
    exchange.has_user_events = False
    async with other.bots(connector()) as bots, other.controller(*bots) as controller:
        await other.mirrored()
        await other.taker.place("btcusd", "sell", "0.3", "29000")
        journal = await eventually(lambda: controller.journal, "the journal")
        await eventually(
            lambda: exchange.trades and not journal.pending(), f"it is known; {controller.verdict}", timeout_s=40.0
        )
        assert journal.net == 0
        assert len(exchange.creates) == 1


async def test_what_changed_while_the_connection_of_the_book_was_lost_is_in_the_book_before_it_is_followed_again(
    other: OtherStage, exchange: LoopbackExchange, server: BinanceServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hummingbot goes on with the book from before, for up to an hour."""
    monkeypatch.setattr(book_connection, "SUBSCRIBED_AFTER_S", 0.2)
    async with other.bots(connector()) as bots, other.controller(*bots) as controller:
        await other.mirrored()
        exchange.offer(True, "29990", "1.5")
        await eventually(lambda: MIRRORED[1] not in other.quotes(), "one of the last changes before the loss")
        server.accepts_sockets = False
        server.market.drop()
        reason = "the source's book is asked for, as its connection was lost or is new"
        await eventually(lambda: controller.verdict.bids == reason, controller.verdict.bids)
        await eventually(lambda: not other.quotes(), "no quotes")
        for is_bid, price in ((True, "29990"), (False, "30010")):
            exchange.offer(is_bid, price, "0")  # nobody hears of it
        server.accepts_sockets = True
        expected = [MIRRORED[0], ("sell", D("30050.02"), D("1.5"))]
        await eventually(lambda: other.quotes() == expected, f"the book as it is now; {other.quotes()}", 30.0)
        assert [float(level.price) for level in controller.source.read().bids] == [29980.0]


async def test_what_changed_before_the_connection_of_the_first_book_is_in_the_book(
    other: OtherStage, exchange: LoopbackExchange, server: BinanceServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hummingbot asks for it while it connects."""
    monkeypatch.setattr(book_connection, "SUBSCRIBED_AFTER_S", 0.2)
    server.accepts_sockets = False
    async with other.bots(connector()) as bots:
        exchange.offer(True, "29990", "0")
        server.accepts_sockets = True
        await eventually(lambda: len(server.market) > 0, "connected", 30.0)
        async with other.controller(*bots):
            expected = [MIRRORED[0], *MIRRORED[2:]]
            await eventually(lambda: other.quotes() == expected, f"the book as it is now; {other.quotes()}", 30.0)
