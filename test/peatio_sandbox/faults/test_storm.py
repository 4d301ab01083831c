"""Everything at once, over sockets: the sandbox itself comes through, and its books are right afterwards."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from decimal import Decimal

import aiohttp
import pytest

from peatio_sandbox import FaultKind, Latencies, Sandbox, SandboxConfig
from test.patience import eventually
from test.peatio_sandbox.support import Client

SECONDS = 4.0
#: What a client may meet while the exchange breaks; an answer that is no JSON is a ValueError.
TROUBLE = (aiohttp.ClientError, TimeoutError, ValueError)


@pytest.fixture
def sandbox_config() -> SandboxConfig:
    """Return a quick exchange."""
    return SandboxConfig(latencies=Latencies().scaled(0.3), ticker_period_s=0.2)


async def trade(client: Client, rng: random.Random) -> None:
    """Create and cancel for ever, whatever comes of it."""
    while True:
        with suppress(*TROUBLE):
            side, price = rng.choice(("buy", "sell")), f"{30_000 + rng.randint(-20, 20)}"
            body = {"market": "btcusd", "side": side, "volume": "0.01", "price": price}
            _, order = await client.post("/market/orders", body)
            if rng.random() < 0.5 and "id" in order:
                await client.post(f"/market/orders/{order['id']}/cancel")
        await asyncio.sleep(0.005)


async def listen(client: Client) -> None:
    """Read the private stream for ever, connecting again whenever it ends."""
    url = f"{client.sandbox.url}/api/v2/ranger/private?stream=order&stream=trade"
    while True:
        with suppress(*TROUBLE):
            async with client.session.ws_connect(url, headers=client.headers()) as websocket:
                async for _ in websocket:
                    pass
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_sandbox_comes_through_a_storm_of_everything(sandbox: Sandbox, seed: int) -> None:
    ledger = sandbox.exchange.ledger
    money = {code: ledger.total(code) for code in ("btc", "usd")}
    before = asyncio.all_tasks()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.3)) as session:
        clients = [Client(sandbox, session, name) for name in ("bot", "maker", "taker")]
        people = [
            asyncio.create_task(trade(client, random.Random(f"{seed} {client.account.name}"))) for client in clients
        ]
        people += [asyncio.create_task(listen(client)) for client in clients]
        sandbox.faults.storm(seed, mean_pause_s=0.06, mean_duration_s=0.12)
        await asyncio.sleep(SECONDS)
        sandbox.faults.end_storm()
        for task in people:
            task.cancel()
        await asyncio.gather(*people, return_exceptions=True)

        async def is_calm() -> bool:
            with suppress(*TROUBLE):
                return (await clients[0].get("/account/balances"))[0] == 200
            return False

        await eventually(is_calm)
    await sandbox.settle()
    await eventually(lambda: asyncio.all_tasks() <= before)
    assert sandbox.handler_errors == []
    assert sandbox.clock.offset_s == pytest.approx(0)
    assert {code: ledger.total(code) for code in money} == money
    for client in clients:
        orders = sandbox.orders(client.account.name)
        assert "pending" not in {order.state for order in orders}
        for code in money:
            needed = [order.locked for order in orders if order.state == "wait" and order.outcome_currency == code]
            assert sandbox.balances(client.account.name)[code][1] == sum(needed, Decimal(0))
    assert len(sandbox.fills("bot")) > 5
    assert len(sandbox.faults.hits) > len(FaultKind) - 4
