"""Faults of order processor, matching, engines and clock, over sockets (docs/protocol.md section 4.11)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from peatio_sandbox import FaultKind, Latencies, OrderRecord, Sandbox, SandboxConfig
from peatio_sandbox.exchange.engine import Match
from peatio_sandbox.exchange.exchange import OrderRequest
from test.patience import eventually
from test.peatio_sandbox.listening import Listen, subscribe
from test.peatio_sandbox.support import Client

MakeClient = Callable[[str], Client]
HOUR_S = 3600.0


@pytest.fixture
def sandbox_config() -> SandboxConfig:
    """Return an exchange that answers at once and does not interrupt with tickers."""
    return SandboxConfig(latencies=Latencies().scaled(0.2), ticker_period_s=HOUR_S)


async def state(client: Client, order: dict[str, Any]) -> str:
    """Return an order's state as REST tells it."""
    _, body, _ = await client.get(f"/market/orders/{order['id']}")
    return str(body["state"])


async def cancel(client: Client, order: dict[str, Any]) -> str:
    """Ask for a cancellation; return the state in the answer."""
    status, body = await client.post(f"/market/orders/{order['id']}/cancel")
    assert status == 201
    return str(body["state"])


def engine_levels(sandbox: Sandbox) -> list[tuple[Decimal, Decimal]]:
    """Return the asks the matching engine of btcusd believes in."""
    return list(sandbox.exchange._engines["btcusd"].asks.levels())


# --- the order processor ----------------------------------------------------------------------------------


async def test_without_the_order_processor_orders_stay_pending_and_cancels_have_no_effect(
    sandbox: Sandbox, client: MakeClient
) -> None:
    maker = client("maker")
    resting = await maker.limit("sell", "0.1", "31000")
    await sandbox.settle()
    fault_id = sandbox.faults.start(FaultKind.PROCESSOR_PAUSED)
    created = await maker.limit("sell", "0.1", "32000")
    assert await cancel(maker, resting) == "wait"
    await sandbox.settle()
    assert [await state(maker, resting), await state(maker, created)] == ["wait", "pending"]
    assert sandbox.balances("maker")["btc"] == (Decimal("999.9"), Decimal("0.1"))
    sandbox.faults.stop(fault_id)
    await sandbox.settle()
    assert [await state(maker, resting), await state(maker, created)] == ["cancel", "wait"]
    assert sandbox.faults.hits == {FaultKind.PROCESSOR_PAUSED: 1}


@pytest.mark.parametrize(
    ("resume", "expected"),
    [(False, ["order 2 wait", "order 1 cancel"]), (True, ["order 1 cancel", "order 2 wait"])],
)
async def test_a_new_order_processor_submits_pending_orders_first_and_a_resumed_one_goes_on(
    sandbox: Sandbox, client: MakeClient, listen: Listen, resume: bool, expected: list[str]
) -> None:
    maker = client("maker")
    resting = await maker.limit("sell", "0.1", "31000")
    await sandbox.settle()
    fault_id = sandbox.faults.start(FaultKind.PROCESSOR_PAUSED, resume=resume)
    await cancel(maker, resting)
    await sandbox.settle()
    await maker.limit("sell", "0.1", "32000")
    await sandbox.settle()
    listener = await listen("maker")
    sandbox.faults.stop(fault_id)
    await eventually(lambda: len(listener.told()) == 2)
    assert listener.told() == expected


async def test_a_cancel_of_a_pending_order_leaves_a_ghost_when_the_processor_is_back(
    sandbox: Sandbox, client: MakeClient
) -> None:
    maker = client("maker")
    fault_id = sandbox.faults.start(FaultKind.PROCESSOR_PAUSED)
    order = await maker.limit("sell", "0.1", "31000")
    assert await cancel(maker, order) == "pending"
    await sandbox.settle()
    assert await state(maker, order) == "pending"
    sandbox.faults.stop(fault_id)
    await sandbox.settle()
    assert await state(maker, order) == "cancel"
    assert engine_levels(sandbox) == [(Decimal(31_000), Decimal("0.1"))]
    await cancel(maker, order)
    await sandbox.settle()
    assert engine_levels(sandbox) == []


async def test_an_order_thought_dead_goes_live_with_a_new_order_processor(sandbox: Sandbox, client: MakeClient) -> None:
    order = {"market": "btcusd", "side": "sell", "volume": "0.1", "price": "31000"}
    sandbox.faults.start(FaultKind.CREATE_ERROR_STORED, delay_s=HOUR_S)
    assert (await client("maker").post("/market/orders", order))[0] == 422
    sandbox.faults.stop(sandbox.faults.start(FaultKind.PROCESSOR_PAUSED))
    await eventually(lambda: [order.state for order in sandbox.orders("maker")] == ["wait"])


@pytest.mark.parametrize("kind", [FaultKind.PROCESSOR_PAUSED, FaultKind.MATCHING_PAUSED])
async def test_what_two_faults_hold_the_end_of_one_does_not_free(
    sandbox: Sandbox, client: MakeClient, kind: FaultKind
) -> None:
    first, second = sandbox.faults.start(kind), sandbox.faults.start(kind)
    await client("maker").limit("sell", "0.1", "31000")
    await sandbox.settle()
    sandbox.faults.stop(first)
    await sandbox.settle()
    assert engine_levels(sandbox) == []
    sandbox.faults.stop(second)
    await sandbox.settle()
    assert engine_levels(sandbox) == [(Decimal(31_000), Decimal("0.1"))]
    assert sandbox.faults.hits == {kind: 2}


async def test_a_sound_order_is_rejected_and_its_money_free(
    sandbox: Sandbox, client: MakeClient, listen: Listen
) -> None:
    listener = await listen("maker")
    sandbox.faults.start(FaultKind.SOUND_ORDER_REJECTED, count=1)
    order = await client("maker").limit("sell", "0.1", "31000")
    await eventually(lambda: listener.told() == ["order 1 pending", "order 1 reject"])
    assert await state(client("maker"), order) == "reject"
    assert sandbox.balances("maker")["btc"] == (Decimal(1000), Decimal(0))


# --- the matching engines ---------------------------------------------------------------------------------


async def test_without_matching_orders_cross_and_do_not_trade(sandbox: Sandbox, client: MakeClient) -> None:
    fault_id = sandbox.faults.start(FaultKind.MATCHING_PAUSED)
    resting = await client("maker").limit("sell", "0.1", "30000")
    taking = await client("taker").limit("buy", "0.1", "30001")
    await sandbox.settle()
    assert [await state(client("maker"), resting), await state(client("taker"), taking)] == ["wait", "wait"]
    _, depth, _ = await client("maker").get("/public/markets/btcusd/depth")
    assert (depth["asks"][0][0], depth["bids"][0][0]) == ("30000.0", "30001.0")
    sandbox.faults.stop(fault_id)
    await sandbox.settle()
    assert [await state(client("maker"), resting), await state(client("taker"), taking)] == ["done", "done"]


async def test_a_restarted_engine_counts_anew_and_has_no_ghosts(
    sandbox: Sandbox, client: MakeClient, listen: Listen
) -> None:
    maker = client("maker")
    fault_id = sandbox.faults.start(FaultKind.PROCESSOR_PAUSED)
    await cancel(maker, await maker.limit("sell", "0.3", "30000"))
    sandbox.faults.stop(fault_id)
    await maker.limit("sell", "0.1", "31000")
    await sandbox.settle()
    assert len(engine_levels(sandbox)) == 2
    public = await listen("")
    sandbox.faults.start(FaultKind.ENGINE_RESTART)
    first, acknowledgement = (await subscribe(sandbox, maker.session)).messages
    assert first == {"btcusd.ob-snap": {"asks": [["31000.0", "0.1"]], "bids": [], "sequence": 1}}
    assert "success" in acknowledgement
    await maker.limit("sell", "0.2", "31500")
    await eventually(lambda: public.told()[-1:] == ["btcusd.ob-inc 2"])
    assert sandbox.faults.hits[FaultKind.ENGINE_RESTART] == 1


async def test_a_cancel_on_its_way_to_an_engine_that_restarts_is_lost_for_good(
    sandbox: Sandbox, client: MakeClient
) -> None:
    maker = client("maker")
    order = await maker.limit("sell", "0.1", "31000")
    await sandbox.settle()
    held = sandbox.faults.start(FaultKind.MATCHING_PAUSED)
    assert await cancel(maker, order) == "wait"
    sandbox.faults.start(FaultKind.ENGINE_RESTART)
    sandbox.faults.stop(held)
    await sandbox.settle()
    assert await state(maker, order) == "wait"
    assert engine_levels(sandbox) == [(Decimal(31_000), Decimal("0.1"))]
    await cancel(maker, order)
    await sandbox.settle()
    assert await state(maker, order) == "cancel"


async def test_an_engine_that_is_down_for_a_while_loses_no_order(sandbox: Sandbox, client: MakeClient) -> None:
    fault_id = sandbox.faults.start(FaultKind.ENGINE_RESTART, duration_s=HOUR_S)
    sandbox.faults.stop(sandbox.faults.start(FaultKind.MATCHING_PAUSED))  # its end does not wake the engine
    await client("maker").limit("sell", "0.1", "30000")
    taking = await client("taker").limit("buy", "0.1", "30000")
    await sandbox.settle()
    assert await state(client("taker"), taking) == "wait"
    sandbox.faults.stop(fault_id)
    await sandbox.settle()
    assert await state(client("taker"), taking) == "done"


async def test_an_engine_restart_starts_the_order_processor_anew_unless_it_is_to_stand_still(
    sandbox: Sandbox, client: MakeClient
) -> None:
    held = sandbox.faults.start(FaultKind.PROCESSOR_PAUSED)
    order = await client("maker").limit("sell", "0.1", "31000")
    sandbox.faults.start(FaultKind.ENGINE_RESTART)
    await sandbox.settle()
    assert await state(client("maker"), order) == "pending"
    sandbox.faults.stop(held)
    await sandbox.settle()
    stored = sandbox.exchange.store_order(sandbox.exchange.members["maker"], _request_like(sandbox.orders("maker")[0]))
    sandbox.faults.start(FaultKind.ENGINE_RESTART)
    await eventually(lambda: stored.state == "wait")


def _request_like(order: OrderRecord) -> OrderRequest:
    return OrderRequest(order.market_spec, order.side, order.ord_type, order.origin_volume, order.price)


async def test_two_engines_one_after_the_other_cannot_spend_a_market_orders_money_twice(
    sandbox: Sandbox, client: MakeClient
) -> None:
    for price in ("30000", "31000"):
        await client("maker").limit("sell", "0.0001", price)
    await sandbox.settle()
    held = sandbox.faults.start(FaultKind.MATCHING_PAUSED)
    body = {"market": "btcusd", "side": "buy", "volume": "0.0002", "ord_type": "market"}
    status, order = await client("poor").post("/market/orders", body)
    assert status == 201
    await eventually(lambda: sandbox.orders("poor")[0].state == "wait")
    amount = Decimal("0.0001")
    for maker_id, paid in ((1, Decimal(30_000)), (2, Decimal(31_000))):
        match = Match(maker_id, order["id"], paid, amount, paid * amount)
        sandbox.exchange.trade_executor.put(match)
    await eventually(lambda: bool(sandbox.fills("poor")))
    sandbox.faults.stop(held)
    await sandbox.settle()
    assert [(fill.price, fill.amount) for fill in sandbox.fills("poor")] == [(Decimal(30_000), amount)]
    assert sandbox.balances("poor")["usd"] == (Decimal(2), Decimal(0))


# --- the clock --------------------------------------------------------------------------------------------


async def test_a_wrong_clock_refuses_nonces_and_dates_what_it_makes(sandbox: Sandbox, client: MakeClient) -> None:
    maker = client("maker")
    headers = maker.headers()
    before = await maker.limit("sell", "0.1", "31000")
    sandbox.faults.start(FaultKind.CLOCK_SKEW, offset_s=120)
    url = f"{sandbox.url}/api/v2/peatio/account/balances"
    async with maker.session.get(url, headers=headers) as response:
        assert (response.status, await response.json(content_type=None)) == (401, {"errors": ["authz.nonce_expired"]})
    after = await maker.limit("sell", "0.1", "31000")
    assert before["created_at"] < after["created_at"]
    sandbox.faults.stop()
    async with maker.session.get(url, headers=headers) as response:
        assert response.status == 200
