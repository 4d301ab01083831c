"""Every endpoint as it is asked and answered, and the pages of lists."""

import json
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal

import pytest
from aioresponses import aioresponses
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.dialects import AUTO, OPENFINEX, Dialect
from hummingbot.connector.exchange.peatio.common.errors import MessageError, NotFoundError, RefusedError
from hummingbot.connector.exchange.peatio.common.messages import (
    FeeRates,
    FeeRow,
    ReportedState,
    parse_order,
    parse_trade,
)
from hummingbot.connector.exchange.peatio.http.client import RestClient
from hummingbot.connector.exchange.peatio.http.create_gate import CreateGate
from hummingbot.core.web_assistant.connections.data_types import RESTRequest

from test.hummingbot.connector.exchange.peatio.ranger_server import web_sessions
from test.hummingbot.connector.exchange.peatio.recorded import answer, step
from test.hummingbot.connector.exchange.peatio.rest_support import Http, Remeasured, is_signed, rest_of

D = Decimal


@pytest.fixture(autouse=True)
async def _sessions() -> AsyncIterator[None]:
    async with web_sessions():
        yield


@pytest.fixture
def remeasured() -> Remeasured:
    return Remeasured()


@pytest.fixture
async def rest(remeasured: Remeasured) -> RestClient:
    return rest_of(remeasured)


@pytest.fixture
def http() -> Iterator[Http]:
    with aioresponses() as mock:
        yield Http(mock)


# Endpoints.


async def test_the_version_is_asked_unsigned(rest: RestClient, http: Http) -> None:
    http.answer("public/version", body=answer("public version"))

    assert await rest.version() == "3.1.0"
    method, path, kwargs = http.request
    assert (method, path) == ("GET", "public/version")
    assert not is_signed(kwargs)


async def test_a_server_without_a_version_is_of_an_unknown_one(rest: RestClient, http: Http) -> None:
    http.answer("public/version", body={})

    assert await rest.version() == "unknown"


async def test_the_timestamp_is_given_as_said(rest: RestClient, http: Http) -> None:
    http.answer("public/timestamp", body=json.dumps(answer("public timestamp")))

    assert await rest.timestamp() == answer("public timestamp")


async def test_last_prices_come_from_the_tickers(rest: RestClient, http: Http) -> None:
    http.answer("public/markets/tickers", body=answer("tickers after trades"))

    assert await rest.last_prices() == {"btcusd": D("29500.0")}


async def test_last_prices_are_those_of_markets_that_traded(rest: RestClient, http: Http) -> None:
    http.answer("public/markets/tickers", body={"btcusd": {"last": "5.5"}, "ethusd": {"last": None}})

    assert await rest.last_prices() == {"btcusd": D("5.5")}


async def test_candles_are_asked_for_by_period_and_time(rest: RestClient, http: Http) -> None:
    http.answer("public/markets/btcusd/k-line?period=60&time_from=5&time_to=1795207680", body=answer("k-line"))
    assert len(await rest.candles("btcusd", 60, 5, 1795207680)) == 2
    assert not is_signed(http.request[2])
    http.answer("public/markets/btcusd/k-line?period=1&time_to=7&limit=1", body=[])
    assert await rest.candles("btcusd", 1, time_to_s=7, limit=1) == []


async def test_candles_out_of_bounds_are_dropped(rest: RestClient, http: Http) -> None:
    """Every gap up to one of the year 33658 would be filled."""
    start_s = 1795207620
    rows = [[1, 1, 1, 1, 1, 1], *answer("k-line"), [10**12 * 1000, 1, 1, 1, 1, 1]]
    http.answer(f"public/markets/btcusd/k-line?period=1&time_from={start_s}&time_to={start_s + 60}", body=rows)
    assert [candle.start_s for candle in await rest.candles("btcusd", 1, start_s, start_s + 60)] == [
        start_s,
        start_s + 60,
    ]


async def test_depth_is_asked_for_as_many_levels_as_a_snapshot_has(rest: RestClient, http: Http) -> None:
    http.answer("public/markets/btcusd/depth?limit=300", body=answer("depth"))

    assert await rest.depth("btcusd") == answer("depth")
    assert not is_signed(http.request[2])


async def test_the_fee_group_of_the_keys_owner(rest: RestClient, http: Http) -> None:
    http.answer("account/members/me", body=answer("auth nonce first use"))

    assert await rest.member_group() == "vip-0"
    assert is_signed(http.request[2])


async def test_a_member_without_a_group(rest: RestClient, http: Http) -> None:
    http.answer("account/members/me", body={"uid": "IDMAKER0001"})

    assert await rest.member_group() is None


async def test_trading_fees_and_balances_are_read(rest: RestClient, http: Http) -> None:
    http.answer("public/trading_fees?limit=1000&page=1", body=answer("public trading_fees"))
    http.answer("account/balances?limit=1000&page=1", body=answer("balances"))

    (fee,) = await rest.trading_fees()
    balances = {balance.currency: balance.free for balance in (await rest.balances()).rows}

    assert fee == FeeRow("any", "any", FeeRates(D("0.001"), D("0.002")))
    assert balances["btc"] == D("1000.0")
    assert [is_signed(kwargs) for _, _, kwargs in http.requests] == [False, True]


@pytest.mark.parametrize(
    ("is_buy", "price", "body"),
    [
        (
            False,
            D("3E+4"),
            {"market": "btcusd", "side": "sell", "volume": "0.50", "ord_type": "limit", "price": "30000"},
        ),
        (
            True,
            D("1.2E-7"),
            {"market": "btcusd", "side": "buy", "volume": "0.50", "ord_type": "limit", "price": "0.00000012"},
        ),
        (True, None, {"market": "btcusd", "side": "buy", "volume": "0.50", "ord_type": "market"}),
    ],
)
async def test_an_order_is_asked_for_in_plain_decimals(
    rest: RestClient, http: Http, is_buy: bool, price: Decimal | None, body: dict[str, str]
) -> None:
    recorded = step("create limit sell JSON strings")["response"]
    http.answer("market/orders", recorded["status"], recorded["body"], method="POST")

    order = await rest.create_order("btcusd", is_buy, D("0.50"), price)

    assert order == parse_order(recorded["body"])
    assert order.state is ReportedState.PENDING
    method, path, kwargs = http.request
    assert (method, path) == ("POST", "market/orders")
    assert json.loads(kwargs["data"]) == body
    assert kwargs["headers"]["Content-Type"] == "application/json"
    assert is_signed(kwargs)


async def test_a_cancel_answers_the_order_as_it_was(rest: RestClient, http: Http) -> None:
    recorded = step("cancel by id")["response"]
    http.answer("market/orders/20/cancel", recorded["status"], recorded["body"], method="POST")

    assert (await rest.cancel_order("20")).state is ReportedState.WAIT
    assert json.loads(http.request[2]["data"]) == {}
    assert is_signed(http.request[2])


async def test_an_order_is_read_by_its_id(rest: RestClient, http: Http) -> None:
    http.answer("market/orders/14", body=answer("taker order (multi-trade)"))

    assert len((await rest.order("14")).trades) == 2
    assert is_signed(http.request[2])


async def test_an_order_of_nobody_is_not_found(rest: RestClient, http: Http) -> None:
    http.answer("market/orders/5/cancel", 404, answer("cancel other member"), method="POST")

    with pytest.raises(NotFoundError):
        await rest.cancel_order("5")


async def test_open_orders_are_those_pending_or_waiting_each_once(rest: RestClient, http: Http) -> None:
    rows = answer("cancel all, market=btcusd")
    http.answer(
        "market/orders?state[]=pending&state[]=wait&limit=1000&page=1", body=[*rows, {**rows[0], "state": "wait"}]
    )

    orders = await rest.open_orders()

    assert [order.order_id for order in orders] == [str(row["id"]) for row in rows]
    assert sorted(http.requests[0][1].query.items()) == [
        ("limit", "1000"),
        ("page", "1"),
        ("state[]", "pending"),
        ("state[]", "wait"),
    ]
    assert is_signed(http.requests[0][2])


@pytest.mark.parametrize(("market", "narrowed"), [(None, ""), ("btcusd", "&market=btcusd")])
async def test_own_trades_are_asked_for_since_a_second(
    rest: RestClient, http: Http, market: str | None, narrowed: str
) -> None:
    http.answer(f"market/trades?time_from=1795207600{narrowed}&limit=1000&page=1", body=answer("trades maker"))

    assert await rest.trades(1795207600, market) == [parse_trade(row) for row in answer("trades maker")]
    assert is_signed(http.request[2])


@pytest.mark.parametrize(("is_buy", "side"), [(True, "buy"), (False, "sell")])
async def test_all_orders_of_a_side_are_cancelled_with_one_request(
    rest: RestClient, http: Http, is_buy: bool, side: str
) -> None:
    recorded = step("cancel all, market=btcusd side=buy")["response"]
    http.answer("market/orders/cancel", recorded["status"], recorded["body"], method="POST")

    orders = await rest.cancel_orders("btcusd", is_buy)

    assert orders == [parse_order(row) for row in recorded["body"]]
    assert {order.state for order in orders} == {ReportedState.WAIT}
    assert json.loads(http.request[2]["data"]) == {"market": "btcusd", "side": side}
    assert is_signed(http.request[2])


@pytest.mark.parametrize(("is_buy", "side"), [(True, "buy"), (False, "sell")])
async def test_recent_orders_of_a_side_are_asked_for_on_one_page(
    rest: RestClient, http: Http, is_buy: bool, side: str
) -> None:
    rows = answer("list type=buy")
    http.answer(f"market/orders?market=btcusd&type={side}&time_from=1795207600&limit=1000", body=rows)

    assert await rest.orders_of("btcusd", is_buy, 1795207600) == [parse_order(row) for row in rows]
    assert is_signed(http.request[2])


async def test_a_row_that_cannot_be_read_is_skipped_and_logged_once(
    rest: RestClient, http: Http, caplog: pytest.LogCaptureFixture
) -> None:
    rows = answer("list type=buy")
    strange = {**rows[0], "id": 4711, "origin_volume": "much"}
    for _ in range(2):
        http.answer("market/orders?market=btcusd&type=buy&time_from=1795207600&limit=1000", body=[strange, *rows])
        assert await rest.orders_of("btcusd", True, 1795207600) == [parse_order(row) for row in rows]
    assert caplog.text.count("In the list of market/orders, a row cannot be read and is skipped") == 1


async def test_orders_that_are_no_list_are_refused(rest: RestClient, http: Http) -> None:
    http.answer("market/orders?market=btcusd&type=buy&time_from=1&limit=1000", body={})
    http.answer("market/orders/cancel", 201, {}, method="POST")

    with pytest.raises(MessageError, match="must be a list"):
        await rest.orders_of("btcusd", True, 1)
    with pytest.raises(MessageError, match="must be a list"):
        await rest.cancel_orders("btcusd", is_buy=False)


# Paging.


async def test_all_pages_are_read_until_one_is_not_full(
    rest: RestClient, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONSTANTS, "PAGE_LIMIT", 2)
    rows = answer("public markets")
    http.answer("public/markets?limit=2&page=1", body=rows[:2])
    http.answer("public/markets?limit=2&page=2", body=answer("public markets page"))

    assert await rest.markets() == rows
    assert len(http.requests) == 2


async def test_a_list_that_ends_with_a_full_page_is_asked_for_one_more(
    rest: RestClient, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONSTANTS, "PAGE_LIMIT", 3)
    http.answer("public/markets?limit=3&page=1", body=answer("public markets"))
    http.answer("public/markets?limit=3&page=2", body=[])

    assert len(await rest.markets()) == 3


async def test_a_server_that_ignores_the_page_is_not_asked_for_ever(
    rest: RestClient, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONSTANTS, "PAGE_LIMIT", 1)
    monkeypatch.setattr(CONSTANTS, "MAX_PAGES", 3)
    for page in (1, 2, 3):
        http.answer(f"account/balances?limit=1&page={page}", body=answer("balances")[:1])

    with pytest.raises(MessageError, match="GET account/balances did not end after 3 full pages"):
        await rest.balances()


@pytest.mark.parametrize("body", [{}, None, "5", {"errors": []}])
async def test_a_list_that_is_none_is_refused(rest: RestClient, http: Http, body: object) -> None:
    http.answer("public/markets?limit=1000&page=1", body=body)

    with pytest.raises(MessageError, match="GET public/markets must be a list"):
        await rest.markets()


async def test_an_object_that_is_none_is_refused(rest: RestClient, http: Http) -> None:
    http.answer("public/version", body=[])
    http.answer("public/markets/btcusd/depth?limit=300", body=[])
    http.answer("account/members/me", body="null")

    for call in (rest.version(), rest.depth("btcusd"), rest.member_group()):
        with pytest.raises(MessageError, match="must be a JSON object"):
            await call


@pytest.mark.parametrize("dialect", [AUTO, OPENFINEX])
async def test_creates_and_cancels_are_marked_by_their_limit(
    rest: RestClient, http: Http, monkeypatch: pytest.MonkeyPatch, dialect: Dialect
) -> None:
    """`CreateGate` and the throttler go by the mark, in every dialect."""
    rest.dialect = dialect
    marked: list[tuple[str, str]] = []

    async def mark(gate: CreateGate, request: RESTRequest) -> RESTRequest:
        marked.append((request.url.partition("/peatio/")[2], request.throttler_limit_id))
        return request

    monkeypatch.setattr(CreateGate, "pre_process", mark)
    rest._factory._rest_pre_processors.append(CreateGate())
    cancel = dialect.cancel_path.format(order_id="7")
    http.answer("market/orders", 422, {"errors": ["market.order.invalid_volume_or_price"]}, method="POST")
    http.answer("market/orders", 422, {"errors": ["market.market.doesnt_exist_or_not_enabled"]}, method="POST")
    for path in (cancel, "market/orders/cancel"):
        http.answer(path, 404, {"errors": ["record.not_found"]}, method="POST")
    http.answer("market/orders/7", 404, {"errors": ["record.not_found"]})

    with pytest.raises(RefusedError):
        await rest.create_order("btcusd", True, D(1), D(1))
    await rest.ask_for_no_order()
    for call in (rest.cancel_order("7"), rest.cancel_orders("btcusd", True), rest.order("7")):
        with pytest.raises(NotFoundError):
            await call
    assert marked == [
        ("market/orders", CONSTANTS.CREATE_LIMIT_ID),
        ("market/orders", CONSTANTS.LOOKUP_LIMIT_ID),
        (cancel, CONSTANTS.CANCEL_LIMIT_ID),
        ("market/orders/cancel", CONSTANTS.CANCEL_LIMIT_ID),
        ("market/orders/7", CONSTANTS.REST_LIMIT_ID),
    ]
