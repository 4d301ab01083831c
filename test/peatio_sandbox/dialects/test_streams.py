"""What the websocket says in each dialect: books, private events, balances and tickers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from test.peatio_sandbox.dialect_support import ALL, QUICK, Stream, World, world

WITH_UPDATES = ("peatio-2.3", "ruby-ranger-0.4")
WITH_INCREMENTS = tuple(dialect for dialect in ALL if dialect not in WITH_UPDATES)
#: What stands for a level's volume when it is gone, and whether a level comes in a list.
REMOVED: dict[str, tuple[str | None, bool]] = {"bitzlato": ("0.0", True), "zsmartex": (None, True)}
ORDER_EVENT_FIELDS = {
    "id",
    "market",
    "kind",
    "side",
    "ord_type",
    "price",
    "avg_price",
    "state",
    "origin_volume",
    "remaining_volume",
    "executed_volume",
    "at",
    "created_at",
    "updated_at",
    "trades_count",
}


@pytest.fixture(params=ALL)
async def every(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """Every dialect in turn."""
    async with world(replace(QUICK, dialect=request.param)) as opened:
        yield opened


@pytest.fixture(params=WITH_INCREMENTS)
async def incremental(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """Every dialect with increments."""
    async with world(replace(QUICK, dialect=request.param)) as opened:
        yield opened


@pytest.fixture(params=WITH_UPDATES)
async def updating(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """Every dialect with whole books."""
    async with world(replace(QUICK, dialect=request.param)) as opened:
        yield opened


async def private(opened: World, member: str, *streams: str) -> Stream:
    """Open a member's private streams."""
    return await opened.stream(*streams, member=member)


async def test_a_book_is_a_snapshot_and_increments(incremental: World) -> None:
    removed, as_list = REMOVED.get(incremental.sandbox.config.dialect, ("", False))

    def level(price: str, volume: str | None) -> list[object]:
        return [[price, volume]] if as_list else [price, volume]

    stream = await incremental.stream("btcusd.ob-inc")
    assert stream.messages[0] == {"btcusd.ob-snap": {"asks": [], "bids": [], "sequence": 1}}
    maker = incremental.trader("maker")
    created = await maker.placed("sell", "0.5", "30010")
    name = created.get("id") or created["uuid"]
    await maker.cancel(name)
    first, second = await stream.until("btcusd.ob-inc"), await stream.until("btcusd.ob-inc")
    assert (first["asks"], first["sequence"]) == (level("30010.0", "0.5"), 2)
    assert (second["asks"], second["sequence"]) == (level("30010.0", removed), 3)
    extra = {"ts"} if incremental.sandbox.config.dialect == "bitzlato" else set()
    assert first.keys() == {"asks", "sequence"} | extra
    if extra:
        assert isinstance(first["ts"], float)


async def test_a_late_subscriber_gets_snapshot_and_increments_in_the_same_words(incremental: World) -> None:
    early = await incremental.stream("btcusd.ob-inc")
    await incremental.trader("maker").placed("buy", "0.5", "29990")
    increment = await early.until("btcusd.ob-inc")
    late = await incremental.stream("btcusd.ob-inc")
    assert [name for message in late.messages for name in message] == ["btcusd.ob-snap", "btcusd.ob-inc", "success"]
    assert late.messages[1]["btcusd.ob-inc"] == increment


async def test_up_to_2_3_a_book_is_told_whole_again_and_again(updating: World) -> None:
    maker = updating.trader("maker")
    for price in ("30010", "30020"):
        await maker.placed("sell", "0.5", price)
    await maker.placed("buy", "0.25", "29990")
    stream = await updating.stream("btcusd.update", "btcusd.ob-inc")
    whole = {"asks": [["30010.0", "0.5"], ["30020.0", "0.5"]], "bids": [["29990.0", "0.25"]]}
    assert await stream.until("btcusd.update") == whole
    await maker.cancel(1)
    await updating.sandbox.settle()
    await stream.until("btcusd.update")
    assert (await stream.until("btcusd.update"))["asks"] == [["30020.0", "0.5"]]
    names = {message[0] if isinstance(message, list) else next(iter(message)) for message in stream.messages}
    assert names == {"success", "btcusd.update"}


async def test_up_to_2_3_a_whole_book_has_300_levels_a_side(updating: World) -> None:
    maker = updating.trader("maker")
    for cents in range(302):
        assert (await maker.create("buy", "0.001", f"{100 + cents / 100:.2f}"))[0] == 201
    await updating.sandbox.settle()
    stream = await updating.stream("btcusd.update")
    bids = (await stream.until("btcusd.update"))["bids"]
    assert (len(bids), bids[0][0], bids[-1][0]) == (300, "103.01", "100.02")


async def test_an_increment_is_told_as_depth_too_by_zsmartex() -> None:
    async with world(replace(QUICK, dialect="zsmartex")) as opened:
        stream = await opened.stream("btcusd.depth")
        await opened.trader("maker").placed("buy", "0.5", "29990")
        assert await stream.until("btcusd.depth") == {"bids": [["29990.0", "0.5"]], "sequence": 2}


async def test_order_events_name_their_order_as_rest_does(every: World) -> None:
    stream = await private(every, "maker", "order")
    maker = every.trader("maker")
    await maker.placed("buy", "0.5", "29990")
    event = await stream.until("order")
    record = every.sandbox.orders("maker")[0]
    if every.sandbox.config.dialect == "zsmartex":
        assert event.keys() == ORDER_EVENT_FIELDS - {"id"} | {"uuid"}
        assert event["uuid"] == record.uuid
        name: object = record.uuid
    else:
        assert event.keys() == ORDER_EVENT_FIELDS
        assert event["id"] == record.id
        name = record.id
    assert event["state"] == "pending"
    assert (await stream.until("order"))["state"] == "wait"
    assert (await maker.cancel(name))[0] == 201
    assert (await stream.until("order"))["state"] == "cancel"


async def test_trade_events_name_the_order_they_belong_to(every: World) -> None:
    stream = await private(every, "taker", "order", "trade")
    public = await every.stream("btcusd.trades")
    await every.trader("maker").placed("sell", "0.5", "30010")
    await every.trader("taker").placed("buy", "0.5", "30010")
    trade = await stream.until("trade")
    record = every.sandbox.orders("taker")[0]
    assert trade["order_id"] == (record.uuid if every.sandbox.config.dialect == "zsmartex" else record.id)
    assert (trade["price"], trade["amount"], trade["total"]) == ("30010.0", "0.5", "15005.0")
    assert (await stream.until("order"))["state"] == "done"
    [told] = (await public.until("btcusd.trades"))["trades"]
    assert (told["tid"], told["price"], told["taker_type"]) == (trade["id"], "30010.0", "buy")


async def test_tickers_have_names_and_best_prices_up_to_2_3(every: World) -> None:
    await every.trader("maker").placed("buy", "0.5", "29990")
    stream = await every.stream("global.tickers")
    await stream.until("global.tickers")
    figures = (await stream.until("global.tickers"))["btcusd"]
    if every.sandbox.config.dialect in WITH_UPDATES:
        assert (figures["name"], figures["base_unit"], figures["quote_unit"]) == ("BTC/USD", "btc", "usd")
        assert (figures["buy"], figures["sell"]) == ("29990.0", "0.0")
        assert isinstance(figures["at"], int)
    else:
        assert not {"buy", "sell", "name"} & figures.keys()
        assert isinstance(figures["at"], str)


async def test_balances_are_told_where_the_fork_tells_them(every: World) -> None:
    stream = await private(every, "maker", "balances", "balance")
    maker = every.trader("maker")
    await maker.placed("sell", "0.5", "30010")
    await every.trader("taker").placed("buy", "0.5", "30010")
    told = await stream.fence()
    income = "10014989.995"  # 15,005 usd less 0.1 %
    if every.sandbox.config.dialect == "openfinex":
        assert told == [
            {"balances": {"btc": ["999.5", "0.5"]}},
            {"balances": {"btc": ["999.5", "0.0"]}},
            {"balances": {"usd": [income, "0.0"]}},
            {"balances": {"btc": ["999.5", "0.0"]}},
        ]
    elif every.sandbox.config.dialect == "zsmartex":
        assert told[0] == {"balance": {"currency": "btc", "balance": "999.5", "locked": "0.5"}}
        assert told[2] == {"balance": {"currency": "usd", "balance": income, "locked": "0.0"}}
    else:
        assert told == []


async def test_a_balance_follows_a_market_order_that_no_order_event_tells_of() -> None:
    async with world(replace(QUICK, dialect="openfinex")) as opened:
        await opened.trader("maker").placed("sell", "1", "30000")
        stream = await private(opened, "taker", "balances", "order")
        body = {"market": "btcusd", "side": "sell", "amount": "1", "type": "market"}
        await opened.trader("maker").placed("buy", "0.5", "29000")
        status, _ = await opened.trader("taker").post("/market/orders", {**body, "amount": "0.5"}, "/api/v2/finex")
        assert status == 201
        await opened.sandbox.settle()
        told = await stream.fence()
        assert told[0] == {"balances": {"btc": ["999.5", "0.5"]}}
        assert [message["order"]["state"] for message in told if "order" in message] == ["done"]
