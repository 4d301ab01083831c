"""Faults on the way of events, over sockets."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from peatio_sandbox import FaultKind, Latencies, Sandbox, SandboxConfig
from test.patience import eventually
from test.peatio_sandbox.listening import Listen
from test.peatio_sandbox.support import Client


@pytest.fixture
def sandbox_config() -> SandboxConfig:
    """Return an exchange that answers at once and does not interrupt with tickers."""
    return SandboxConfig(latencies=Latencies().scaled(0.2), ticker_period_s=3600)


async def trade(sandbox: Sandbox, client: Callable[[str], Client]) -> None:
    """Let the maker's order 1 rest and the taker's order 2 meet it."""
    await client("maker").limit("sell", "0.1", "30000")
    await sandbox.settle()
    await client("taker").limit("buy", "0.1", "30000")
    await sandbox.settle()


ORDERLY = ["order 1 pending", "order 1 wait", "trade 1", "order 1 done"]


async def test_without_faults_everything_comes_once_and_in_order(
    sandbox: Sandbox, client: Callable[[str], Client], listen: Listen
) -> None:
    maker = await listen("maker")
    await trade(sandbox, client)
    await eventually(lambda: maker.told() == ORDERLY)


async def test_private_events_are_lost_for_the_member_and_stream_meant(
    sandbox: Sandbox, client: Callable[[str], Client], listen: Listen
) -> None:
    maker, taker, public = await listen("maker"), await listen("taker"), await listen("")
    sandbox.faults.start(FaultKind.EVENTS_LOST, member="maker", stream="order")
    await trade(sandbox, client)
    await eventually(lambda: "order 2 done" in taker.told() and "btcusd.trades" in public.told())
    assert maker.told() == ["trade 1"]
    assert sandbox.faults.hits == {FaultKind.EVENTS_LOST: 3}


async def test_a_part_of_the_events_is_lost(sandbox: Sandbox, client: Callable[[str], Client], listen: Listen) -> None:
    maker = await listen("maker")
    sandbox.faults.start(FaultKind.EVENTS_LOST, probability=0.5)
    for _ in range(20):
        await client("maker").limit("sell", "0.1", "30000")
    await sandbox.settle()
    lost = sandbox.faults.hits[FaultKind.EVENTS_LOST]
    await eventually(lambda: len(maker.messages) == 40 - lost)
    assert 8 < lost < 32


async def test_events_come_twice(sandbox: Sandbox, client: Callable[[str], Client], listen: Listen) -> None:
    maker, taker = await listen("maker"), await listen("taker")
    sandbox.faults.start(FaultKind.EVENTS_DUPLICATED, member="maker", delay_s=0.02)
    await trade(sandbox, client)
    await eventually(lambda: sorted(maker.told()) == sorted(ORDERLY * 2))
    assert sorted(taker.told()) == ["order 2 done", "order 2 pending", "order 2 wait", "trade 1"]


async def test_trades_overtake_the_order_processors_events_which_keep_their_order(
    sandbox: Sandbox, client: Callable[[str], Client], listen: Listen
) -> None:
    await client("maker").limit("sell", "1", "30000")
    await sandbox.settle()
    taker = await listen("taker")
    sandbox.faults.start(FaultKind.EVENTS_REORDERED, member="taker", delay_s=3.0, count=1)
    await client("taker").limit("buy", "0.1", "30000")
    order = await client("taker").limit("buy", "0.1", "20000")
    await eventually(lambda: "order 2 done" in taker.told())
    await client("taker").post(f"/market/orders/{order['id']}/cancel")
    await sandbox.settle()
    late = ["order 2 wait", "order 3 wait", "order 3 cancel"]
    await eventually(lambda: "order 3 cancel" in taker.told())
    assert [label for label in taker.told() if label in late] == late
    assert taker.told().index("order 2 done") < taker.told().index("order 2 wait")
    assert taker.told().index("trade 1") < taker.told().index("order 2 done")


async def test_what_is_published_without_the_broker_is_gone_and_sockets_stay_open(
    sandbox: Sandbox, client: Callable[[str], Client], listen: Listen
) -> None:
    maker, public = await listen("maker"), await listen("")
    fault_id = sandbox.faults.start(FaultKind.BROKER_LOST)
    await client("maker").limit("sell", "0.1", "30000")
    await sandbox.settle()
    sandbox.faults.stop(fault_id)
    await client("maker").limit("sell", "0.1", "30001")
    await eventually(lambda: maker.told() == ["order 2 pending", "order 2 wait"])
    assert public.told() == ["btcusd.ob-inc 3"]
    assert sandbox.faults.hits == {FaultKind.BROKER_LOST: 1}
