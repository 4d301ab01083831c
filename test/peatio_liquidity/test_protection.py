"""What protects the operator, over real sockets: when quotes are pulled, of which side, and what is never done."""

import logging
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.core.data_type.common import TradeType

from peatio_liquidity import risk_watch
from peatio_liquidity.controller import PeatioLiquidity
from peatio_liquidity.levels import Book
from peatio_liquidity.source_market import SourceMarket
from peatio_sandbox import Sandbox
from peatio_sandbox.faults.kinds import FaultKind
from test.end_to_end.support import Person, person
from test.patience import eventually
from test.peatio_liquidity.stage import OUTER, Stage
from test.peatio_liquidity.test_controller import MIRRORED

D = Decimal

pytestmark = pytest.mark.usefixtures("short_waits")


async def mirrored(world: Stage) -> None:
    await eventually(lambda: world.quotes() == MIRRORED, f"the mirror; {world.quotes()}")


async def off(world: Stage, controller: PeatioLiquidity, reason: str) -> None:
    """Both sides, with that reason."""
    await eventually(lambda: not world.quotes(), "no quotes")
    await eventually(
        lambda: controller.verdict.bids.startswith(reason) and controller.verdict.asks.startswith(reason),
        f"the reason; {controller.verdict}",
    )


def sides(world: Stage) -> set[str]:
    return {side for side, _, _ in world.quotes()}


async def withdraw_all(person: Person, sandbox: Sandbox) -> None:
    for order in sandbox.orders("maker"):
        if order.state == "wait":
            await person.cancel(order.id)


async def test_a_source_whose_connection_is_lost_has_no_quotes_until_it_is_back(world: Stage) -> None:
    async with world.bots() as bots, world.controller(*bots) as controller:
        await mirrored(world)
        silence = world.outer.faults.start(FaultKind.WEBSOCKET_DROP, duration_s=60.0)
        await off(world, controller, "the source is not ready")
        world.outer.faults.stop(silence)
        await mirrored(world)


async def test_a_source_whose_book_is_crossed_has_no_quotes(world: Stage) -> None:
    async with world.bots() as bots, world.controller(*bots) as controller:
        await mirrored(world)
        book = controller.source.read()
        with patch.object(SourceMarket, "read_others", lambda _: Book(book.asks, book.bids)):
            await off(world, controller, "the source's book is crossed: bid 30010.0, ask 29990.0")
        await mirrored(world)


async def test_a_source_that_moves_too_far_is_not_followed_until_it_has_calmed_down(world: Stage) -> None:
    async with world.bots() as bots, world.controller(*bots, max_move="0.05", move_window_s=3) as controller:
        await mirrored(world)
        await withdraw_all(world.maker, world.outer)
        await world.maker.place("btcusd", "sell", "1", "33010")
        await world.maker.place("btcusd", "buy", "1", "32990")
        await off(world, controller, "the source's price moved by 10.")
        await eventually(
            lambda: [price for _, price, _ in world.quotes()] == [D("32957.01"), D("33043.01")], "quotes there"
        )


async def test_a_rate_that_is_too_old_pulls_the_quotes_and_a_new_one_brings_them_back(world: Stage) -> None:
    await world.maker.place("ethbtc", "buy", "10", "0.05")
    await world.maker.place("ethbtc", "sell", "10", "0.051")
    settings: dict[str, Any] = {
        "trading_pair": "ETH-USD",
        "source_pair": "ETH-BTC",
        "rate_connector": OUTER,
        "rate_pair": "BTC-USD",
        "max_rate_age_s": 2.0,
    }
    async with (
        world.bots(own_pair="ETH-USD", outer_pairs=("ETH-BTC", "BTC-USD")) as bots,
        world.controller(*bots, **settings) as controller,
    ):
        # 0.05 and 0.051 BTC at 30000 USD, 0.1 % away.
        expected = [D("1498.50"), D("1531.53")]
        await world.maker.place("btcusd", "buy", "0.1", "29980")
        await eventually(lambda: [price for _, price, _ in world.quotes()] == expected, f"{world.quotes()}")
        await off(world, controller, "the rate between the quote currencies is")
        await world.maker.place("btcusd", "buy", "0.1", "29980")
        await eventually(lambda: [price for _, price, _ in world.quotes()] == expected, "quotes again")


async def test_an_own_balance_that_is_too_low_stops_that_side_alone(world: Stage) -> None:
    async with person(world.own, "bot") as by_hand:
        await by_hand.place("btcusd", "buy", "9999.999", "1000")
    async with world.bots() as bots, world.controller(*bots) as controller:
        await eventually(lambda: sides(world) == {"buy", "sell"}, "the asks, and the order by hand")
        await eventually(
            lambda: controller.verdict.bids == "the own balance is too low for an order: 1", f"{controller.verdict}"
        )
        assert controller.verdict.asks == ""
        assert [price for side, price, _ in world.quotes() if side == "buy"] == [D(1000)]


async def test_a_balance_of_the_source_that_is_too_low_stops_the_side_it_would_hedge(world: Stage) -> None:
    async with person(world.outer, "bot") as by_hand:
        await by_hand.place("btcusd", "sell", "999.99995", "90000")
    async with world.bots() as bots, world.controller(*bots, levels=2) as controller:
        await eventually(lambda: sides(world) == {"sell"}, "asks")
        assert controller.verdict.bids == "the source's balance is too low for a hedge: 0.00005 could be hedged"
        assert controller.verdict.asks == ""


async def test_no_quote_crosses_a_better_price_of_a_stranger(world: Stage) -> None:
    await world.taker.place("btcusd", "sell", "0.3", "29955")
    async with world.bots() as bots, world.controller(*bots):
        expected = ("buy", D("29954.99"), D("0.5"))
        await eventually(lambda: expected in world.quotes(), f"a bid behind it; {world.quotes()}")
        await eventually(lambda: len(sides(world)) == 2, "asks too")
        assert max(price for side, price, _ in world.quotes() if side == "buy") == D("29954.99")
    assert world.own.fills("bot") == []
    assert [order.state for order in world.own.orders("taker")] == ["wait"]


async def test_own_orders_on_the_source_are_not_copied(world: Stage) -> None:
    async with world.bots() as bots, world.controller(*bots) as controller:
        await mirrored(world)
        order_id = bots[1].place("BTC-USD", TradeType.BUY, "0.7", "29995")
        await bots[1].live(order_id)
        await eventually(lambda: controller.source.read().bids[0].price == 29995, "the source's book has it")
        await world.maker.place("btcusd", "buy", "0.4", "29985")
        await eventually(lambda: ("buy", D("29955.01"), D("0.2")) in world.quotes(), "what others placed after it")
        assert MIRRORED[1] in world.quotes()
        assert max(price for side, price, _ in world.quotes() if side == "buy") == MIRRORED[1][1]


async def test_a_loss_switches_the_quotes_off_also_for_the_next_run_until_it_is_accepted(world: Stage) -> None:
    # Without a spread the fees of both exchanges are lost: 0.1 % and 0.2 % of 9,000.
    settings: dict[str, Any] = {"spread": "0", "max_loss_quote": "5"}
    async with world.bots() as bots:
        async with world.controller(*bots, **settings) as controller:
            await eventually(lambda: len(world.quotes()) == 4, "quotes")
            await world.taker.place("btcusd", "sell", "0.3", "29000")
            await off(world, controller, "the loss was ")
            await eventually(lambda: controller.journal and not controller.journal.pending(), "it is hedged")
            assert abs(world.gained()) < D("0.0001")
        async with world.controller(*bots, **settings) as controller:
            await off(world, controller, "the loss was ")
            controller.config.max_loss_quote = D(1000)
            await eventually(lambda: len(world.quotes()) == 4, "quotes, as the loss is accepted")


async def test_what_must_go_goes_beyond_the_budget_of_requests(world: Stage) -> None:
    async with world.bots() as bots, world.controller(*bots, requests_per_minute=4) as controller:
        await mirrored(world)
        await eventually(lambda: controller._budget.left == 0, "nothing is left of the budget")
        await withdraw_all(world.maker, world.outer)
        await eventually(lambda: not world.quotes(), "no quotes")


async def test_where_the_exchange_s_limit_leaves_no_request_quotes_wait_for_it(world: Stage) -> None:
    with patch.object(PeatioExchange, "creates_left", 0):
        async with world.bots() as bots, world.controller(*bots) as controller:
            await eventually(lambda: controller.verdict.bids == controller.verdict.asks == "", "it may quote")
            await world.maker.place("btcusd", "buy", "0.4", "29985")
            await eventually(lambda: controller.source.read().bids[1].price == 29985, "a level to copy")
            assert controller.own.creates == 0
            with patch.object(PeatioExchange, "creates_left", 3):
                await eventually(lambda: len(world.quotes()) == 5, "three, and the rest in the next round")


async def test_the_own_market_under_another_name_is_no_source(
    world: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world.bots() as bots:
        monkeypatch.setattr(bots[1].exchange, "_address", bots[0].exchange._address)
        with pytest.raises(ValueError, match="is the own market under another name: it would trade with itself"):
            async with world.controller(*bots):
                pass


async def test_a_second_controller_of_a_market_is_refused_while_the_first_one_is_there(world: Stage) -> None:
    async with world.bots() as bots:
        async with world.controller(*bots):
            with pytest.raises(ValueError, match="BTC-USD on peatio is quoted by another controller of this bot"):
                async with world.controller(*bots, id="second"):
                    pass
            await mirrored(world)
        async with world.controller(*bots):
            await mirrored(world)


async def test_a_limit_of_one_request_a_second_is_kept_and_what_must_go_goes(world: Stage) -> None:
    async with world.bots() as bots, world.controller(*bots, requests_per_minute=60) as controller:
        await mirrored(world)
        controller.config.requests_per_minute = 1
        controller._budget.take(10_000)
        before = controller.own.creates + controller.own.cancels
        await world.maker.place("btcusd", "buy", "0.4", "29985")
        await eventually(lambda: len(controller.source.read().bids) == 3, "a level to copy")
        await withdraw_all(world.maker, world.outer)
        await eventually(lambda: not world.quotes(), "no quotes")
        assert controller.own.creates + controller.own.cancels == before + len(MIRRORED)


async def test_a_balance_of_the_source_that_no_hedge_explains_is_named(
    world: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    monkeypatch.setattr(risk_watch, "SETTLE_S", 0.5)
    async with world.bots() as bots:
        async with world.controller(*bots) as controller:
            await mirrored(world)
            await world.taker.place("btcusd", "sell", "0.3", "29000")
            await eventually(lambda: world.outer.fills("bot"), "it is hedged")
            journal = await eventually(lambda: controller.journal, "the journal")
            await eventually(lambda: not journal.pending() and journal.noted("source balance"), "the balance is noted")
            await eventually(lambda: journal.noted("source balance") == '["999.7003", "-0.2997"]', "after the hedge")
        assert "explains" not in caplog.text
        # While no controller runs somebody sells.
        async with person(world.outer, "bot") as by_hand:
            await by_hand.place("btcusd", "sell", "0.2", "29990")
        await world.outer.settle()
        await bots[1].exchange._update_balances()
        await eventually(lambda: bots[1].exchange.get_balance("BTC") == D("999.5003"), "the balance is read")
        async with world.controller(*bots) as controller:
            watch = await eventually(lambda: controller.watch, "the watch")
            await eventually(lambda: watch.unexplained == D("-0.2"), "it is seen")
            assert "The balance of BTC on peatio_outer changed by -0.2 that no fill of a hedge explains" in caplog.text
            status = controller.to_format_status()
            assert "  peatio_outer's balance changed by -0.2 BTC that no hedge explains" in status
