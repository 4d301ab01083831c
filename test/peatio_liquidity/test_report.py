"""`hummingbot-peatio report` on what a controller traded, beside both exchanges' ledgers."""

import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio.execution.journal_file import JOURNAL_NAME

from test.end_to_end.test_report import report
from test.patience import eventually
from test.peatio_liquidity.stage import Stage

D = Decimal

pytestmark = pytest.mark.usefixtures("short_waits")


def make_instance(folder: Path, instance: Path) -> None:
    """With the hedge journal and the own connector's order journal in it."""
    for name in ("conf/connectors", "data"):
        (instance / name).mkdir(parents=True)
    for path in (*folder.glob("peatio_liquidity_mirror.sqlite*"), *(folder / "peatio").glob(f"{JOURNAL_NAME}*")):
        shutil.copyfile(path, instance / "data" / path.name)


async def test_the_profit_with_the_hedges_is_what_both_ledgers_say(world: Stage, tmp_path: Path) -> None:
    before = [sum(sandbox.balances("bot")["usd"], D(0)) for sandbox in (world.own, world.outer)]
    async with world.bots() as bots, world.controller(*bots) as controller:
        await eventually(lambda: len(world.quotes()) == 4, "the mirror")
        await world.taker.place("btcusd", "sell", "0.3", "29000")
        await world.taker.place("btcusd", "buy", "0.2", "31000")
        journal = await eventually(lambda: controller.journal, "the journal")
        await eventually(lambda: len(world.own.fills("bot")) == 2, "both are filled")
        await eventually(
            lambda: not journal.pending() and journal.net == world.gained() and abs(journal.net) < D("0.0001"),
            "all is hedged",
        )
    for order in world.own.orders("bot"):  # a stop asks for the cancels of the quotes, and waits for none
        if order.state in ("pending", "wait"):
            world.own.exchange.cancel(order)
    await world.taker.place("btcusd", "buy", "1", "29000")
    await world.taker.place("btcusd", "sell", "1", "31000")
    await eventually(lambda: world.own.mid_price("btcusd") == 30000, "the middle without quotes")
    make_instance(tmp_path, tmp_path / "instance")
    code, output, errors = await report(tmp_path / "instance", "--json", url=world.own.url)
    assert (code, errors) == (0, "")
    assert json.loads(output)["remarks"] == []
    (pair,) = json.loads(output)["hedged"]
    after = [sum(sandbox.balances("bot")["usd"], D(0)) for sandbox in (world.own, world.outer)]
    assert D(pair["net"]) == sum(after) - sum(before) + world.gained() * D(30000)
    assert D(pair["net_change"]) == world.gained()
    for venue, sandbox in (("own", world.own), ("source", world.outer)):
        fills = sandbox.fills("bot")
        assert pair["venues"][venue]["trades"] == len(fills)
        assert D(pair["venues"][venue]["quote_volume"]) == sum(fill.total for fill in fills)
        assert D(pair["venues"][venue]["fees"]) == sum(
            fill.fee_amount * (1 if fill.fee_currency == "usd" else fill.price) for fill in fills
        )
    assert D(pair["hedged"]) == sum(fill.total for fill in world.outer.fills("bot"))
