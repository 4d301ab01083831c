"""What REST says in each dialect: version, markets, tickers, and an order's life by create, show and cancel."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from peatio_sandbox import FaultKind, SandboxConfig
from peatio_sandbox.config import DEFAULT_MARKETS
from peatio_sandbox.dialects.limits import Throttle, TooManyRequestsError
from peatio_sandbox.dialects.versions import CALLS_ALLOWED, CALLS_PERIOD_S
from peatio_sandbox.exchange.market import MarketState
from test.peatio_sandbox.dialect_support import ALL, FINEX, QUICK, World, world
from test.peatio_sandbox.support import REST

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NO_UUIDS = ("peatio-2.3", "ruby-ranger-0.4")
VERSION_2 = ("peatio-2.6", "peatio-2.5", "peatio-2.4", *NO_UUIDS)
ID_LATER = ("third-party-engine", "openfinex")
OPENFINEX_CREATED = {"uuid", "side", "type", "market_id", "volume", "price", "state", "created_at"}
MARKET = {
    "id": "btcusd",
    "name": "BTC/USD",
    "base_unit": "btc",
    "quote_unit": "usd",
    "min_price": "0.01",
    "max_price": "0.0",
    "min_amount": "0.0001",
    "amount_precision": 6,
    "price_precision": 2,
    "state": "enabled",
}
VERSIONS = {
    "peatio-3.0": "3.0.0",
    "peatio-2.6": "2.6.0",
    "peatio-2.5": "2.5.0",
    "peatio-2.4": "2.4.19",
    "peatio-2.3": "2.3.44",
    "ruby-ranger-0.4": "2.3.44",
}
ORDER_FIELDS = {
    "id",
    "uuid",
    "side",
    "ord_type",
    "price",
    "avg_price",
    "state",
    "market",
    "market_type",
    "created_at",
    "updated_at",
    "origin_volume",
    "remaining_volume",
    "executed_volume",
    "maker_fee",
    "taker_fee",
    "trades_count",
}


@pytest.fixture(params=ALL)
async def every(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """Every dialect in turn."""
    async with world(replace(QUICK, dialect=request.param)) as opened:
        yield opened


def absent_from_orders(dialect: str) -> set[str]:
    """Return the fields of an order that a dialect has not."""
    absent = {"market_type"} if dialect in VERSION_2 else set()
    if dialect in ("peatio-2.4", *NO_UUIDS):
        absent |= {"maker_fee", "taker_fee"}
    if dialect in NO_UUIDS:
        absent |= {"uuid"}
    return absent | ({"id"} if dialect == "zsmartex" else set())


async def test_the_version_is_the_dialects(every: World) -> None:
    body = await every.public("/version")
    expected = VERSIONS.get(every.sandbox.config.dialect, "3.1.0")
    assert (body["version"], body["git_tag"]) == (expected, expected)


async def test_a_market_has_a_symbol_from_3_on(every: World) -> None:
    row = (await every.public("/markets"))[0]
    since_3 = {} if every.sandbox.config.dialect in VERSION_2 else {"symbol": "btcusd", "type": "spot"}
    assert row == MARKET | since_3


async def test_tickers_are_of_the_base_currency_up_to_2_3_and_have_the_best_prices(every: World) -> None:
    maker, taker = every.trader("maker"), every.trader("taker")
    await maker.placed("sell", "2", "30010")
    await maker.placed("buy", "1", "29990")
    await taker.placed("buy", "0.5", "30010")
    of_all = (await every.public("/markets/tickers"))["btcusd"]
    of_one = await every.public("/markets/btcusd/tickers")
    figures = of_one["ticker"]
    if every.sandbox.config.dialect in NO_UUIDS:
        assert (figures["buy"], figures["sell"]) == ("29990.0", "30010.0")
        assert (figures["volume"], figures["vol"]) == ("0.5", "0.5")
        assert "amount" not in figures
        assert type(of_all["at"]) is type(of_one["at"]) is int
    else:
        assert not {"buy", "sell"} & figures.keys()
        assert (figures["volume"], figures["amount"]) == ("15005.0", "0.5")
        assert isinstance(of_all["at"], str)
        assert figures["at"] is None
    assert figures["last"] == "30010.0"
    assert of_all["ticker"]["last"] == "30010.0"


async def test_public_trades_are_numbers_from_2_4_on(every: World) -> None:
    await every.trader("maker").placed("sell", "0.5", "30010")
    await every.trader("taker").placed("buy", "0.5", "30010")
    trade = (await every.public("/markets/btcusd/trades"))[0]
    if every.sandbox.config.dialect in NO_UUIDS:
        assert (trade["price"], trade["amount"], trade["total"]) == ("30010.0", "0.5", "15005.0")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", trade["created_at"])
    else:
        assert (trade["price"], trade["amount"], trade["total"]) == (30010, 0.5, 15005)
        assert isinstance(trade["created_at"], int)


async def test_an_order_is_created_shown_listed_and_cancelled(every: World) -> None:
    dialect = every.sandbox.config.dialect
    maker = every.trader("maker")
    created = await maker.placed("buy", "0.5", "29990")
    order_fields = ORDER_FIELDS - absent_from_orders(dialect)
    assert created.keys() == (OPENFINEX_CREATED if dialect == "openfinex" else order_fields)
    assert created["state"] == "pending"
    assert dialect in NO_UUIDS or UUID.fullmatch(created["uuid"])
    if dialect in ID_LATER:
        assert (created.get("id"), created.get("updated_at")) == (None, None)
    name = created["uuid"] if dialect in (*ID_LATER, "zsmartex") else created["id"]
    status, shown = await maker.get(f"/market/orders/{name}")
    assert status == 200
    assert shown.keys() == order_fields | {"trades"}
    assert shown["state"] == "wait"
    assert dialect == "zsmartex" or shown["id"] == 1
    _, listed = await maker.get("/market/orders?state=wait")
    assert [{**row, "trades": []} for row in listed] == [shown]
    status, cancelled = await maker.cancel(name)
    assert (status, cancelled["state"]) == (201, "wait")
    assert cancelled.keys() == order_fields
    await every.sandbox.settle()
    assert (await maker.get(f"/market/orders/{name}"))[1]["state"] == "cancel"


async def test_trades_are_listed_under_their_order_and_by_themselves(every: World) -> None:
    dialect = every.sandbox.config.dialect
    await every.trader("maker").placed("sell", "0.5", "30010")
    taker = every.trader("taker")
    created = await taker.placed("buy", "0.5", "30010")
    _, [order] = await taker.get("/market/orders?state=done")
    name = order["uuid"] if dialect == "zsmartex" else order["id"]
    assert created.get("uuid") == order.get("uuid")
    _, [trade] = await taker.get("/market/trades")
    _, shown = await taker.get(f"/market/orders/{name}")
    assert trade["order_id"] == name
    assert (trade["fee_currency"], trade["fee_amount"]) == ("btc", "0.001")
    assert ("market_type" in trade, "market_type" in shown["trades"][0]) == ((dialect not in VERSION_2,) * 2)
    assert [listed["id"] for listed in shown["trades"]] == [trade["id"]]


async def test_all_orders_are_cancelled_at_once(every: World) -> None:
    maker = every.trader("maker")
    await maker.placed("buy", "0.5", "29990")
    status, [row] = await maker.post("/market/orders/cancel", {"market": "btcusd"}, maker.orders_at)
    assert status == 201
    assert row.keys() == ORDER_FIELDS - absent_from_orders(every.sandbox.config.dialect)
    await every.sandbox.settle()
    assert [order.state for order in every.sandbox.orders("maker")] == ["cancel"]


async def test_refusals_have_the_codes_of_the_version(every: World) -> None:
    dialect = every.sandbox.config.dialect
    maker = every.trader("maker")
    unknown = "market.market" if dialect in VERSION_2 else "market.spot_market"
    refused = [f"{unknown}.doesnt_exist_or_not_enabled"]
    assert await maker.create("buy", "1", "1", market="nope") == (422, {"errors": refused})
    too_fine = ["market.order.invalid_volume_or_price"]
    assert await maker.create("buy", "1", "1.001") == (422, {"errors": too_fine})
    poor = every.trader("poor")
    assert (await poor.create("buy", "1", "30000"))[1] == {"errors": ["market.account.insufficient_balance"]}
    malformed = "market.order.non_integer_id" if dialect in NO_UUIDS else "market.order.invaild_id_or_uuid"
    assert await maker.get("/market/orders/x") == (422, {"errors": [malformed]})
    assert await maker.cancel("x") == (422, {"errors": [malformed]})
    assert (await every.trader("low").get("/market/orders"))[0] == 403


async def test_what_came_later_is_not_there_yet(every: World) -> None:
    expected = 404 if every.sandbox.config.dialect in ("peatio-3.0", *VERSION_2) else 200
    async with every.session.get(f"{every.sandbox.url}/api/v2/peatio/public/config") as response:
        assert response.status == expected
    status, body = await every.trader("maker").get("/account/members/me")
    assert status == expected
    assert expected == 200 or body == "404 Not Found"


async def test_up_to_2_3_ids_are_numbers_and_times_filter_nothing() -> None:
    async with world(replace(QUICK, dialect="peatio-2.3")) as opened:
        maker = opened.trader("maker")
        await maker.placed("buy", "0.5", "29990")
        uuid = opened.sandbox.orders("maker")[0].uuid
        refusal = (422, {"errors": ["market.order.non_integer_id"]})
        assert await maker.get(f"/market/orders/{uuid}") == refusal
        assert await maker.cancel(uuid) == refusal
        assert len((await maker.get("/market/orders?time_to=1"))[1]) == 1
    async with world(replace(QUICK, dialect="peatio-2.4")) as opened:
        maker = opened.trader("maker")
        await maker.placed("buy", "0.5", "29990")
        uuid = opened.sandbox.orders("maker")[0].uuid
        assert (await maker.get(f"/market/orders/{uuid}"))[0] == 200
        assert (await maker.get("/market/orders?time_to=1"))[1] == []


@pytest.mark.parametrize(("dialect", "status"), [("peatio-2.3", 200), ("peatio-2.4", 401)])
async def test_a_nonce_out_of_time_is_refused_from_2_4_on(dialect: str, status: int) -> None:
    async with world(replace(QUICK, dialect=dialect, clock_skew_s=0.0)) as opened:
        maker = opened.trader("maker")
        headers = maker.headers()
        opened.sandbox.clock.offset_s += 60.0
        url = f"{opened.sandbox.url}/api/v2/peatio/account/balances"
        async with opened.session.get(url, headers=headers) as response:
            assert response.status == status


@pytest.mark.parametrize(
    ("state", "dialect", "is_active"),
    [
        ("hidden", "peatio-3.1", True),
        ("hidden", "peatio-2.5", True),
        ("hidden", "peatio-2.4", False),
        ("hidden", "peatio-2.3", False),
        *((state, "peatio-3.1", False) for state in ("disabled", "locked", "sale", "presale")),
    ],
)
async def test_a_market_is_listed_and_takes_orders_together(
    state: MarketState, dialect: str, is_active: bool
) -> None:
    markets = (*DEFAULT_MARKETS[:2], replace(DEFAULT_MARKETS[2], state=state))
    async with world(replace(QUICK, dialect=dialect, markets=markets)) as opened:
        url = f"{opened.sandbox.url}{REST}/public/markets"
        async with opened.session.get(url) as response:
            listed = {row["id"]: row["state"] for row in await response.json()}
            assert response.headers["Total"] == str(len(listed))
        assert listed == {"btcusd": "enabled", "ethusd": "enabled"} | ({"ethbtc": state} if is_active else {})
        assert ("ethbtc" in await opened.public("/markets/tickers")) == is_active
        maker = opened.trader("maker")
        order = {"market": "ethbtc", "side": "buy", "volume": "1", "price": "0.05", "ord_type": "limit"}
        assert (await maker.post("/market/orders", order))[0] == (201 if is_active else 422)
        async with opened.session.get(f"{url}/ethbtc/depth") as response:
            assert response.status == (200 if is_active else 422)
        for path in ("/market/orders?market=ethbtc", "/market/trades?market=ethbtc"):
            assert (await maker.get(path))[0] == (200 if is_active else 422)


@pytest.mark.parametrize(("dialect", "status"), [("peatio-2.4", 422), ("peatio-2.5", 200)])
async def test_several_markets_in_one_filter_came_with_2_5(dialect: str, status: int) -> None:
    async with world(replace(QUICK, dialect=dialect)) as opened:
        maker = opened.trader("maker")
        assert (await maker.get("/market/orders?market[]=btcusd&market[]=ethusd"))[0] == status
        assert (await maker.get("/market/orders?market=btcusd"))[0] == 200


def test_the_throttle_of_2_3_counts_every_member_for_himself() -> None:
    now_s = 1000.0
    throttle = Throttle(CALLS_ALLOWED, CALLS_PERIOD_S, lambda: now_s)
    for _ in range(6000):
        throttle.count("ID1")
    throttle.count("ID2")
    now_s = 1200.0
    with pytest.raises(TooManyRequestsError) as refusal:
        throttle.count("ID1")
    assert (refusal.value.status, refusal.value.retry_after_s) == (429, 100)
    now_s = 1300.0
    throttle.count("ID1")


async def test_up_to_2_3_a_member_who_calls_too_often_is_told_when_to_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("peatio_sandbox.dialects.versions.CALLS_ALLOWED", 3)
    async with world(replace(QUICK, dialect="peatio-2.3")) as opened:
        maker = opened.trader("maker")
        assert [(await maker.get("/account/balances"))[0] for _ in range(4)] == [200, 200, 200, 429]
        url = f"{opened.sandbox.url}/api/v2/peatio/market/orders"
        async with opened.session.get(url, headers=maker.headers()) as response:
            assert (response.status, await response.text()) == (429, "Retry later\n")
            assert 298 <= int(response.headers["Retry-After"]) <= 300
        assert (await opened.trader("taker").get("/account/balances"))[0] == 200
        await opened.public("/timestamp")


async def test_openfinex_takes_its_own_names_and_no_others() -> None:
    async with world(replace(QUICK, dialect="openfinex")) as opened:
        maker = opened.trader("maker")
        peatios = {"market": "btcusd", "side": "buy", "volume": "1", "ord_type": "limit", "price": "29990"}
        status, body = await maker.post("/market/orders", peatios, FINEX)
        assert (status, body["errors"][0]) == (422, "market.order.missing_volume")
        own = {"market": "btcusd", "side": "buy", "amount": "1", "type": "limit", "price": "29990"}
        assert (await maker.post("/market/orders", own, FINEX))[0] == 201
        # Orders are created and cancelled under the engine's prefix alone; they are read under both.
        assert (await maker.post("/market/orders", own))[0] == 404
        await opened.sandbox.settle()
        for prefix, path in ((REST, "1/cancel"), (REST, "cancel/1"), (FINEX, "1/cancel")):
            assert (await maker.post(f"/market/orders/{path}", {}, prefix))[0] == 404
        assert (await maker.post("/market/orders/cancel/1", {}, FINEX))[0] == 201
        await opened.sandbox.settle()
        assert (await maker.get("/market/orders/1"))[1] == (await maker.get("/market/orders/1", FINEX))[1]
        async with opened.session.get(f"{opened.sandbox.url}{FINEX}/market/orders/1") as response:
            assert response.status == 401


@pytest.mark.parametrize("post_only", [{"type": "post_only"}, {"type": "limit", "post_only": True}])
async def test_openfinex_rejects_a_post_only_order_that_would_take(post_only: dict[str, object]) -> None:
    async with world(replace(QUICK, dialect="openfinex")) as opened:
        await opened.trader("maker").placed("sell", "1", "30000")
        taker = opened.trader("taker")
        assert (await taker.create("buy", "1", "30000", **post_only))[0] == 201
        assert (await taker.create("buy", "1", "29999", **post_only))[0] == 201
        await opened.sandbox.settle()
        assert [order.state for order in opened.sandbox.orders("taker")] == ["reject", "wait"]
        assert opened.sandbox.fills("taker") == []


async def test_peatio_knows_no_post_only() -> None:
    async with world(replace(QUICK, dialect="third-party-engine")) as opened:
        await opened.trader("maker").placed("sell", "1", "30000")
        await opened.trader("taker").create("buy", "1", "30000", post_only=True)
        await opened.sandbox.settle()
        assert [order.state for order in opened.sandbox.orders("taker")] == ["done"]


async def test_openfinex_allows_fifty_creates_in_ten_seconds() -> None:
    async with world(replace(QUICK, dialect="openfinex")) as opened:
        maker = opened.trader("maker")
        statuses = [(await maker.create("buy", "0.001", "100"))[0] for _ in range(51)]
        assert statuses == [201] * 50 + [429]
        assert (await maker.create("buy", "0.001", "100")) == (429, "Retry later\n")
        assert (await opened.trader("taker").create("buy", "0.001", "100"))[0] == 201
        opened.sandbox.clock.offset_s += 10.0
        assert (await maker.create("buy", "0.001", "100"))[0] == 201


@pytest.mark.parametrize("path", ["/market/orders", None])
async def test_faults_reach_the_engines_prefix_too(path: str | None) -> None:
    async with world(replace(QUICK, dialect="openfinex")) as opened:
        opened.sandbox.faults.start(FaultKind.SERVER_ERROR_AFTER, path=path, method="POST", count=1, status=502)
        maker = opened.trader("maker")
        assert (await maker.create("buy", "0.001", "100"))[0] == 502
        assert [order.state for order in opened.sandbox.orders("maker")] != []
        assert (await maker.create("buy", "0.001", "100"))[0] == 201


async def test_bitzlato_allows_three_open_orders_a_market() -> None:
    async with world(replace(QUICK, dialect="bitzlato")) as opened:
        maker = opened.trader("maker")
        for _ in range(3):
            await maker.placed("buy", "0.001", "100")
        refusal = (422, {"errors": ["market.order.open_orders_limit"]})
        assert await maker.create("buy", "0.001", "100") == refusal
        assert (await maker.create("buy", "0.001", "100", market="ethusd"))[0] == 201
        await maker.cancel(1)
        await opened.sandbox.settle()
        assert (await maker.create("buy", "0.001", "100"))[0] == 201


async def test_zsmartex_finds_orders_by_uuid_alone() -> None:
    async with world(replace(QUICK, dialect="zsmartex")) as opened:
        maker = opened.trader("maker")
        await maker.placed("buy", "0.001", "100")
        refusal = (422, {"errors": ["market.order.invaild_id_or_uuid"]})
        assert await maker.get("/market/orders/1") == refusal
        assert await maker.cancel(1) == refusal


def test_the_default_dialect_is_the_recorded_one() -> None:
    assert SandboxConfig().dialect == "peatio-3.1"
