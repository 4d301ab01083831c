"""A recorded day as the source: the sandbox plays it, and the controller mirrors and hedges on it."""

from decimal import Decimal
from pathlib import Path

import pytest

from peatio_cli.record.events import Encoder
from peatio_cli.record.recorder import save
from test.patience import eventually
from test.peatio_liquidity.stage import stage

D = Decimal
STEP_NS = 2 * 10**8

pytestmark = pytest.mark.usefixtures("short_waits")


async def test_the_own_book_follows_a_recorded_day_and_hedges_on_it(tmp_path: Path) -> None:
    encoder = Encoder()
    for number in range(40):
        price = 30000.0 + 10 * number
        encoder.book(10**18 + number * STEP_NS, {price - 10: 1.0, price - 20: 2.0}, {price + 10: 1.5, price + 20: 3.0})
    path = tmp_path / "day.npz"
    save(encoder, path)
    async with stage(tmp_path, played=path) as world, world.bots() as bots, world.controller(*bots) as controller:
        # The last book has its best bid at 30380: a thousandth below it, rounded away.
        last = ("buy", D("30349.62"), D("0.5"))
        await eventually(lambda: last in world.quotes(), f"the mirror of the last book; {world.quotes()}", timeout_s=40)
        assert len(world.own.orders("bot")) > 8, "it followed earlier books too"
        await world.taker.place("btcusd", "sell", "0.3", "29000")
        await eventually(lambda: world.outer.fills("bot"), "it is hedged")
        journal = controller.journal
        assert journal is not None
        await eventually(lambda: not journal.pending() and journal.net == world.gained(), "the bot knows it")
        assert abs(journal.net) < D("0.0001")
        assert [fill.price for fill in world.outer.fills("bot")] == [D("30380")]
