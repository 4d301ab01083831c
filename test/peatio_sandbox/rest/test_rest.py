"""REST over a real socket, where the recordings are silent. What was recorded is tested by the replay."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace

import aiohttp
import pytest

from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.config import Latencies
from peatio_sandbox.exchange.scheduler import Delay
from test.peatio_sandbox.support import REST, Client

Clients = Callable[[str], Client]


@pytest.fixture
def sandbox_config() -> SandboxConfig:
    """Candles are whole at any second of a minute."""
    return SandboxConfig(latencies=Latencies(candles=Delay(0.0, 0.0)))


async def public(sandbox: Sandbox, session: aiohttp.ClientSession, path: str) -> tuple[int, object]:
    async with session.get(f"{sandbox.url}{REST}/public{path}") as response:
        return response.status, await response.json(content_type=None)


async def test_one_market_has_eight_decimals(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    _, markets = await public(sandbox, session, "/markets")
    assert isinstance(markets, list)
    doge = next(market for market in markets if market["id"] == "dogebtc")
    assert (doge["amount_precision"], doge["price_precision"]) == (8, 8)
    assert (doge["min_price"], doge["max_price"]) == ("0.00000001", "0.0")


@pytest.mark.parametrize(
    ("query", "symbols"),
    [
        ("?base_unit=eth", ["ethusd", "ethbtc"]),
        ("?quote_unit=btc&order_by=id", ["dogebtc", "ethbtc"]),
        ("?order_by=id&ordering=desc&limit=1", ["ethusd"]),
    ],
)
async def test_markets_can_be_filtered_and_sorted(
    sandbox: Sandbox, session: aiohttp.ClientSession, query: str, symbols: list[str]
) -> None:
    _, markets = await public(sandbox, session, "/markets" + query)
    assert isinstance(markets, list)
    assert [market["id"] for market in markets] == symbols


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/markets?base_unit=xyz", "public.markets.base_unit_doesnt_exist"),
        ("/markets?ordering=up", "public.markets.invalid_ordering"),
        ("/markets?limit=1001", "pagination.invalid_limit"),
        ("/markets?page=0", "pagination.non_positive_page"),
        ("/markets/btcusd/depth?limit=abc", "public.market_depth.non_integer_limit"),
        ("/markets/btcusd/trades?limit=0", "public.trade.invalid_limit"),
        ("/markets/btcusd/trades?order_by=up", "public.trade.invalid_order_by"),
        ("/markets/btcusd/order-book?asks_limit=201", "public.order_book.invalid_ask_limit"),
        ("/markets/btcusd/k-line?period=2", "public.k_line.invalid_period"),
        ("/markets/btcusd/k-line?time_from=", "public.k_line.empty_time_from"),
        ("/markets/btcusd/k-line?limit=10001", "public.k_line.invalid_limit"),
        ("/markets/trstusd/depth", "public.market.doesnt_exist"),
    ],
)
async def test_public_parameters_are_checked(
    sandbox: Sandbox, session: aiohttp.ClientSession, path: str, code: str
) -> None:
    status, body = await public(sandbox, session, path)
    assert status == 422
    assert isinstance(body, dict)
    assert code in body["errors"]


async def test_trades_make_candles_and_tickers(
    sandbox: Sandbox, session: aiohttp.ClientSession, client: Clients
) -> None:
    await client("maker").limit("sell", "0.5", "30000")
    await client("taker").limit("buy", "0.2", "30000")
    await sandbox.settle()
    _, candles = await public(sandbox, session, "/markets/btcusd/k-line?period=1&limit=1")
    assert isinstance(candles, list)
    assert candles[0][1:] == [30000, 30000, 30000, 30000, 0.2]
    _, ticker = await public(sandbox, session, "/markets/btcusd/tickers")
    assert isinstance(ticker, dict)
    assert (ticker["ticker"]["last"], ticker["ticker"]["volume"], ticker["ticker"]["amount"]) == (
        "30000.0",
        "6000.0",
        "0.2",
    )


async def test_the_list_of_tickers_is_cached(sandbox: Sandbox, session: aiohttp.ClientSession, client: Clients) -> None:
    await public(sandbox, session, "/markets/tickers")
    await client("maker").limit("sell", "0.5", "30000")
    await client("taker").limit("buy", "0.2", "30000")
    await sandbox.settle()
    lasts = []
    for offset_s in (0.0, 6.0):
        sandbox.clock.offset_s = offset_s
        _, body = await public(sandbox, session, "/markets/tickers")
        assert isinstance(body, dict)
        lasts.append(body["btcusd"]["ticker"]["last"])
    assert lasts == ["0.0", "30000.0"]


async def test_missing_candles_repeat_the_last_close(
    sandbox: Sandbox, session: aiohttp.ClientSession, client: Clients
) -> None:
    for offset_s in (0.0, 180.0):
        sandbox.clock.offset_s = offset_s
        await client("maker").limit("sell", "0.1", "30000")
        await client("taker").limit("buy", "0.1", "30000")
        await sandbox.settle()
    _, rows = await public(sandbox, session, "/markets/btcusd/k-line?period=1")
    assert isinstance(rows, list)
    assert [row[5] for row in rows] == [0.1, 0, 0, 0.1]
    assert [row[0] - rows[0][0] for row in rows] == [0, 60, 120, 180]
    start_s = rows[1][0]
    _, later = await public(sandbox, session, f"/markets/btcusd/k-line?period=1&time_from={start_s}&limit=2")
    assert later == rows[1:3]
    _, between = await public(
        sandbox, session, f"/markets/btcusd/k-line?time_from={start_s}&time_to={start_s + 119}&limit=1"
    )
    assert between == rows[1:3]


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ({"ord_type": "limit", "side": "buy", "price": None}, ["market.order.create_error"]),
        ({"side": None}, ["market.order.invalid_side"]),
        ({"volume": "NaN"}, ["market.order.non_decimal_volume", "market.order.non_positive_volume"]),
        ({"volume": [1]}, ["market.order.non_decimal_volume", "market.order.non_positive_volume"]),
        ({"volume": "1e999999999"}, ["market.account.insufficient_balance"]),
        ({"side": "buy", "volume": "1e999999999"}, ["market.account.insufficient_balance"]),
        ({"side": "buy", "price": "1e-999999999"}, ["market.order.invalid_volume_or_price"]),
        ({"volume": "-1e999999999"}, ["market.order.non_positive_volume"]),
    ],
)
async def test_odd_creates_are_refused(client: Clients, body: dict[str, object], codes: list[str]) -> None:
    order = {"market": "btcusd", "side": "sell", "volume": "0.1", "ord_type": "limit", "price": "30000", **body}
    assert await client("maker").post("/market/orders", order) == (422, {"errors": codes})


async def test_a_body_may_be_multipart(sandbox: Sandbox, session: aiohttp.ClientSession, client: Clients) -> None:
    form = aiohttp.FormData({"market": "btcusd", "side": "sell", "volume": "0.1", "price": "30000"})
    form.add_field("note", b"", content_type="text/plain", filename="note.txt")
    url, headers = f"{sandbox.url}{REST}/market/orders", client("maker").headers()
    async with session.post(url, data=form, headers=headers) as response:
        assert (response.status, (await response.json())["price"]) == (201, "30000.0")


async def test_bodies_that_are_no_objects_have_no_parameters(
    sandbox: Sandbox, session: aiohttp.ClientSession, client: Clients
) -> None:
    url, headers = f"{sandbox.url}{REST}/market/orders", client("maker").headers()
    async with session.post(url, json=[1], headers=headers) as response:
        assert response.status == 422
        assert "market.order.missing_market" in (await response.json())["errors"]


async def test_lists_shift_where_a_page_ends_within_one_second(sandbox: Sandbox, client: Clients) -> None:
    """No tie-breaker: pages overlap and leave orders out (docs/protocol.md section 3)."""
    maker = client("maker")
    orders = sandbox.exchange.store
    for index in range(5):
        await maker.limit("sell", "0.01", str(36_000 + index))
    await sandbox.settle()
    for order in orders.in_state("wait"):
        order.updated_at_s = 1_795_207_713.5
    pages = [(await maker.get(f"/market/orders?limit=2&page={page}"))[1] for page in (1, 2, 3)]
    assert [[row["id"] for row in page] for page in pages] == [[5, 4], [3, 2], [5]]
    everything = (await maker.get("/market/orders"))[1]
    assert [row["id"] for row in everything] == [1, 2, 3, 4, 5]


async def test_cancel_all_leaves_pending_orders_alone(sandbox: Sandbox, client: Clients) -> None:
    maker = client("maker")
    await maker.limit("sell", "0.01", "36000")
    await sandbox.settle()
    sandbox.exchange.order_processor.pause()
    await maker.limit("sell", "0.01", "36001")
    status, cancelled = await maker.post("/market/orders/cancel")
    assert (status, [order["id"] for order in cancelled]) == (201, [1])
    sandbox.exchange.order_processor.resume()
    await sandbox.settle()
    assert [order.state for order in sandbox.orders("maker")] == ["cancel", "wait"]


@pytest.mark.parametrize(("event_s", "answer_s"), [(0.0, 0.2), (0.2, 0.0)])
async def test_the_first_event_may_come_before_the_answer_or_after_it(
    session: aiohttp.ClientSession, event_s: float, answer_s: float
) -> None:
    latencies = Latencies(
        pending_event=Delay(event_s, event_s), answer=Delay(answer_s, answer_s), order_processor=Delay(5.0, 5.0)
    )
    async with Sandbox(SandboxConfig(latencies=latencies)) as sandbox:
        maker = Client(sandbox, session, "maker")
        url = f"{sandbox.url}/api/v2/ranger/private?stream=order"
        async with session.ws_connect(url, headers=maker.headers()) as socket:
            await socket.receive_json()
            event = asyncio.create_task(socket.receive_json())
            answer = asyncio.create_task(maker.limit("sell", "0.01", "36000"))
            first, _ = await asyncio.wait({event, answer}, return_when=asyncio.FIRST_COMPLETED)
            assert first == ({event} if event_s < answer_s else {answer})
            assert (await event)["order"]["state"] == (await answer)["state"] == "pending"


def test_by_default_the_first_event_mostly_comes_before_the_answer() -> None:
    """Recorded: 372 of 497 creates."""
    latencies, rng = Latencies(), random.Random(1)
    earlier = sum(latencies.pending_event.draw_s(rng) < latencies.answer.draw_s(rng) for _ in range(1000))
    assert 700 <= earlier <= 850


async def test_answers_may_come_after_the_fills(session: aiohttp.ClientSession) -> None:
    latencies = replace(Latencies().scaled(0), answer=Latencies().answer.scaled(20))
    async with Sandbox(SandboxConfig(latencies=latencies)) as sandbox:
        await Client(sandbox, session, "maker").limit("sell", "0.1", "30000")
        body = await Client(sandbox, session, "taker").limit("buy", "0.1", "30000")
        assert body["state"] == "pending"
        assert [order.state for order in sandbox.orders("taker")] == ["done"]


async def test_unknown_parts_of_a_known_tree_are_plain_404s(client: Clients, sandbox: Sandbox) -> None:
    maker = client("maker")
    url = f"{sandbox.url}{REST}/market/nope"
    async with maker.session.get(url, headers=maker.headers()) as response:
        assert (response.status, await response.text()) == (404, "404 Not Found")
