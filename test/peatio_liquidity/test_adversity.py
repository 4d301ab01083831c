"""What an exchange, an account or another bot can do to a mirror, over real sockets."""

import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import replace
from decimal import Decimal
from functools import partial

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.core.api_throttler.data_types import RateLimit

from peatio_liquidity.fills import Fill, Venue
from peatio_sandbox import Sandbox
from test.end_to_end.broken_books import counts
from test.patience import eventually
from test.peatio_liquidity.stage import Stage
from test.peatio_liquidity.test_controller import MIRRORED
from test.peatio_liquidity.test_protection import mirrored, withdraw_all

D = Decimal
ROUTES = "/api/v2/peatio"
CANCEL = ("POST", f"{ROUTES}/market/orders/{{id}}/cancel")
#: Of Hummingbot's network check, which never waits for the limit.
CLOCK = ("GET", f"{ROUTES}/public/timestamp")

pytestmark = pytest.mark.usefixtures("short_waits")


async def test_on_a_crossed_source_quotes_go_at_once_and_neither_quotes_nor_hedges_are_sent(
    world: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world.bots() as bots, world.controller(*bots) as controller:
        await mirrored(world)
        asked = controller.own.creates
        sequence = bots[1].exchange.order_book_tracker.markets["BTC-USD"].sequence + 1
        monkeypatch.setattr(CONSTANTS, "CROSSED_LIMIT_S", 3600.0)
        # Above every ask: the connector hides those, and the book has one side only until it is given up.
        world.outer.ranger.publish("public.btcusd.ob-inc", {"bids": ["32000.0", "1.0"], "sequence": sequence})
        await eventually(lambda: controller.own.cancels == len(MIRRORED), "every quote's cancel is asked for")
        monkeypatch.setattr(CONSTANTS, "CROSSED_LIMIT_S", 0.1)  # they did not wait for the connector's verdict
        assert controller.journal is not None
        controller.journal.add_fill(
            Venue.OWN, Fill.of("hbot-1", "made up", True, D("0.3"), D(9000), "BTC-USD", [], time.time())
        )
        await eventually(lambda: counts(bots[1]).crossed, "the connector gives the book up")
        assert not world.quotes()
        assert controller.own.creates == asked
        assert world.outer.orders("bot") == []
        world.outer.exchange.restart_engines()
        await eventually(lambda: world.outer.fills("bot"), "what was bought is sold once the book is right")
        assert {fill.price for fill in world.outer.fills("bot")} == {D(29990)}
        await eventually(lambda: len(world.quotes()) == len(MIRRORED), "quotes again")


class Requests(Counter[tuple[str, str]]):
    """Those that a sandbox counts, each with its time."""

    def __init__(self) -> None:
        super().__init__()
        self.came: list[tuple[float, tuple[str, str]]] = []

    def __setitem__(self, route: tuple[str, str], count: int) -> None:
        if route != CLOCK:
            self.came.append((time.monotonic(), route))
        super().__setitem__(route, count)


async def test_an_account_with_one_request_a_second_is_given_no_more_and_pulling_comes_first(world: Stage) -> None:
    async with world.bots() as bots, world.controller(*bots, requests_per_minute=6000):
        await mirrored(world)
        limit = RateLimit(CONSTANTS.REST_LIMIT_ID, 1, 1)
        bots[0].exchange._throttler._id_to_limit_map[limit.limit_id] = limit
        requests = world.own.request_counts = Requests()
        # Levels that are off: several creates and cancels are due when everything has to go.
        for price in ("29985", "29986", "29987"):
            await world.maker.place("btcusd", "buy", "0.4", price)
        before = len(requests.came)
        await eventually(lambda: len(requests.came) > before, "the first of them")
        await withdraw_all(world.maker, world.outer)
        pulled = len(requests.came)
        await eventually(lambda: not world.quotes(), "no quotes")
        since = [route for _, route in requests.came[pulled:]]
    # One may have been let through just before.
    assert set(since[1:]) == {CANCEL}, since
    times = [at_s for at_s, _ in requests.came]
    for first, at_s in enumerate(times):
        for more, later_s in enumerate(times[first:]):
            assert more <= later_s - at_s + 1.5, "one a second, but for what the way adds"


def self_trades(sandbox: Sandbox) -> list[int]:
    found = Counter(fill.trade_id for fill in sandbox.fills("bot"))
    return [trade_id for trade_id, sides in found.items() if sides > 1]


def are_best_bids(world: Stage, price: Decimal) -> bool:
    """Whether the best two have that price."""
    return sorted(price for side, price, _ in world.quotes() if side == "buy")[-2:] == [price] * 2


async def test_two_bots_on_one_account_hedge_each_its_own_fills_and_never_trade_with_each_other(
    world: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A create without an answer could be either bot's: on a slow machine that would be another test.
    monkeypatch.setattr(CONSTANTS, "REQUEST_TIMEOUT_S", 15.0)
    other = replace(world, folder=world.folder / "other")
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(world.bots())
        second = await stack.enter_async_context(other.bots(closes_client=False))
        one = await stack.enter_async_context(world.controller(*first))
        two = await stack.enter_async_context(other.controller(*second, id="other"))
        both = sorted(MIRRORED * 2, key=lambda quote: quote[1])
        await eventually(lambda: world.quotes() == both, f"each quotes, beside the other; {world.quotes()}")
        await eventually(lambda: one.journal and two.journal, "their journals")
        journals = [each.journal for each in (one, two) if each.journal is not None]
        await world.taker.place("btcusd", "sell", "0.8", "29000")  # more than one of them has at that price
        await world.taker.place("btcusd", "buy", "0.1", "31000")
        await eventually(lambda: len(world.own.fills("bot")) == 3, "bids of both and an ask are filled")
        await eventually(
            lambda: not any(journal.pending() for journal in journals) and abs(world.gained()) < D("0.0001"),
            f"all is hedged; {world.gained()}",
        )
        assert sum((journal.net for journal in journals), D(0)) == world.gained()
        assert all(journal.figures.own.fills and abs(journal.net) < D("0.0001") for journal in journals)
        # The source moves by less than the spread, so that neither has a reason to cross the other.
        for price, best in (("29998", "29968.00"), ("30006", "29975.99")):
            await world.maker.place("btcusd", "buy", "0.5", price)
            await eventually(partial(are_best_bids, world, D(best)), f"both follow to {best}")
        assert self_trades(world.own) == self_trades(world.outer) == []
