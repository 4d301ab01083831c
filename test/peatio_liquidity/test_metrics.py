"""What Prometheus reads of the controller, compared with both exchanges' ledgers."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio.metrics.endpoint import close_endpoints
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings

from peatio_liquidity.metric_catalog import METRICS
from peatio_sandbox import Sandbox
from test.end_to_end.scraping import Scrape, free_port, scrape
from test.patience import eventually
from test.peatio_liquidity.stage import OUTER, Stage

D = Decimal
MARKET = "BTC-USD"

pytestmark = pytest.mark.usefixtures("short_waits")


@pytest.fixture
async def port() -> AsyncIterator[int]:
    yield free_port()
    await close_endpoints()


def money(sandbox: Sandbox, currency: str) -> Decimal:
    return sum(sandbox.balances("bot")[currency], D(0))


def of(read: Scrape, name: str, **labels: str) -> float:
    return read.value(f"peatio_liquidity_{name}", connector="peatio", market=MARKET, **labels)


async def test_what_is_read_is_what_happened(world: Stage, port: int) -> None:
    dollars = [money(sandbox, "usd") for sandbox in (world.own, world.outer)]
    # The best bid has less than the hedge needs: the rest is sold 5 dollars lower.
    await world.maker.place("btcusd", "buy", "0.2", "29995")
    # Somebody else's bid on the own market, behind the own one: no part of the own depth.
    await world.taker.place("btcusd", "buy", "0.1", "29900")
    settings = ConnectorSettings(metrics_port=port)
    curve = [("0", "0.5")]
    async with world.bots(settings) as bots, world.controller(*bots, depth_curve=curve) as controller:
        quotes = [("buy", D("29965"), D("0.5")), ("sell", D("30040.01"), D("0.5"))]
        await eventually(lambda: world.quotes() == quotes, f"the quotes; {world.quotes()}")
        await eventually(lambda: controller.own.read().mid == D("30002.505"), "the own book is seen")
        await eventually(lambda: controller.top.seconds[False] > 0, "a while at the top")
        before = await scrape(port)
        await world.taker.place("btcusd", "sell", "0.5", "29000")
        await eventually(lambda: len(world.outer.fills("bot")) == 2, "it is hedged")
        journal = await eventually(lambda: controller.journal, "the journal")
        await eventually(lambda: not journal.pending() and journal.net == world.gained(), "and that is known")
        await eventually(lambda: world.quotes()[0][2] == D("0.5"), "the quotes are there again")
        read = await scrape(port)
        inventory = {
            (venue, currency): money(sandbox, currency)
            for venue, sandbox in (("own", world.own), ("source", world.outer))
            for currency in ("btc", "usd")
        }
        earned = sum(
            money(sandbox, "usd") - had for sandbox, had in zip((world.own, world.outer), dollars, strict=True)
        )

    # Bid 29965 and ask 30040.01 are 0.125 % from their mid of 30002.505.
    assert [of(before, "depth_quote", side="bid", within=str(part)) for part in ("0.001", "0.005", "0.01", "0.02")] == [
        0, 14982.5, 14982.5, 14982.5,
    ]  # fmt: skip
    assert of(before, "depth_quote", side="ask", within="0.005") == 15020.005
    assert of(before, "spread") == pytest.approx(75.01 / 30002.505)
    assert of(before, "quoting", side="bid") == of(before, "quoting", side="ask") == 1
    assert 0 < of(before, "top_seconds_total", side="ask") <= of(before, "watched_seconds_total")
    assert of(before, "fills_total", venue="own") == of(before, "profit_quote") == 0
    assert of(before, "requests_total", request="create") == 2
    assert of(before, "requests_total", request="cancel") == 0

    (own,) = world.own.fills("bot")
    hedges = world.outer.fills("bot")
    assert of(read, "fills_total", venue="own") == 1
    assert of(read, "fills_total", venue="source") == 2
    assert of(read, "volume_quote_total", venue="own") == float(own.total) == 14982.5
    assert of(read, "volume_quote_total", venue="source") == float(sum(fill.total for fill in hedges))
    assert of(read, "hedged_quote_total") == of(read, "volume_quote_total", venue="source")
    # 0.5 less the fee of 0.1 % was bought: 0.2 sold at the best price, 0.2995 sold 5 below it.
    assert [(fill.side, fill.amount) for fill in hedges] == [("sell", D("0.2")), ("sell", D("0.2995"))]
    assert of(read, "slippage_quote") == 1.4975
    assert of(read, "fees_quote", venue="own") == float(own.fee_amount * own.price)
    assert of(read, "fees_quote", venue="source") == float(sum(fill.fee_amount for fill in hedges))
    assert of(read, "exposure_base") == of(read, "hedging_base") == 0
    assert of(read, "exposure_bound_base") == 2
    assert of(read, "profit_quote") == float(earned)
    for (venue, currency), amount in inventory.items():
        assert of(read, "inventory", venue=venue, currency=currency.upper()) == float(amount)
    # The connectors' own are beside them.
    assert read.value("peatio_fills_total", connector="peatio", market=MARKET) == 1
    assert read.value("peatio_fills_total", connector=OUTER, market=MARKET) == 2


async def test_what_does_not_quote_has_no_depth_and_says_so(world: Stage, port: int) -> None:
    settings = ConnectorSettings(metrics_port=port)
    async with world.bots(settings) as bots, world.controller(*bots) as controller:
        await eventually(lambda: len(world.quotes()) == 4, "the mirror")
        controller.stop()
        await eventually(lambda: not world.quotes(), "no quotes")
        await eventually(lambda: controller.own.read().mid is None, "the own book is empty")
        read = await scrape(port)
    assert [of(read, "quoting", side=side) for side in ("bid", "ask")] == [0, 0]
    assert [of(read, "depth_quote", side=side, within="0.02") for side in ("bid", "ask")] == [0, 0]
    assert "peatio_liquidity_spread{" not in read.text


async def test_every_metric_that_is_described_is_there_with_its_labels(world: Stage, port: int) -> None:
    settings = ConnectorSettings(metrics_port=port)
    async with world.bots(settings) as bots, world.controller(*bots) as controller:
        await eventually(lambda: len(world.quotes()) == 4, "the mirror")
        await eventually(lambda: controller.own.read().mid is not None, "the own book is seen")
        read = await scrape(port)
    known: dict[str, Any] = {each.name: {"connector", *each.labels} for each in METRICS}
    found = {
        sample.name: set(sample.labels)
        for family in read.families
        for sample in family.samples
        if sample.name.startswith("peatio_liquidity_")
    }
    del known["peatio_liquidity_other_fees"]  # these exchanges charge none
    assert found == known
    for account in (world.own.members["bot"], world.outer.members["bot"]):
        for private in (account.api_key, account.secret, account.uid, account.email):
            assert private not in read.text
