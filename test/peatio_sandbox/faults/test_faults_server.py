"""Websockets that drop or fall silent, and a server that is gone for a while and comes back on the same port."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from peatio_sandbox import FaultKind, Latencies, Sandbox, SandboxConfig
from test.patience import eventually
from test.peatio_sandbox.listening import Listen, subscribe
from test.peatio_sandbox.support import REST, Client

MakeClient = Callable[[str], Client]
HOUR_S = 3600.0
ABNORMAL = 1006


@pytest.fixture
def sandbox_config() -> SandboxConfig:
    """Return an exchange that answers at once and does not interrupt with tickers."""
    return SandboxConfig(latencies=Latencies().scaled(0.05), ticker_period_s=HOUR_S)


def address(sandbox: Sandbox) -> tuple[str, int]:
    """Return host and port."""
    parts = urlsplit(sandbox.url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


async def is_refused(sandbox: Sandbox) -> bool:
    """Tell whether TCP is refused."""
    try:
        _, writer = await asyncio.open_connection(*address(sandbox))
    except ConnectionRefusedError:
        return True
    writer.close()
    return False


async def is_answering(sandbox: Sandbox, session: aiohttp.ClientSession) -> bool:
    """Tell whether a public endpoint answers."""
    try:
        async with session.get(f"{sandbox.url}{REST}/public/timestamp") as response:
            return response.status == 200
    except aiohttp.ClientConnectorError:
        return False


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, ["maker", "taker", ""]),
        ({"channel": "private"}, ["maker", "taker"]),
        ({"channel": "public"}, [""]),
        ({"member": "taker"}, ["taker"]),
    ],
)
async def test_websockets_drop_without_a_close_frame(
    sandbox: Sandbox, listen: Listen, parameters: dict[str, Any], expected: list[str]
) -> None:
    listeners = {name: await listen(name) for name in ("maker", "taker", "")}
    sandbox.faults.start(FaultKind.WEBSOCKET_DROP, **parameters)
    await eventually(lambda: [name for name, listener in listeners.items() if listener.end == ABNORMAL] == expected)
    assert sandbox.faults.active() == []
    assert sandbox.faults.hits == {FaultKind.WEBSOCKET_DROP: 1}
    again = await listen("maker")
    assert again.end is None
    assert [name for name, listener in listeners.items() if listener.end == ABNORMAL] == expected


async def test_a_dropped_websockets_books_are_kept(sandbox: Sandbox, client: MakeClient, listen: Listen) -> None:
    await client("maker").limit("sell", "0.1", "31000")
    await sandbox.settle()
    sandbox.faults.start(FaultKind.WEBSOCKET_DROP)
    assert (await subscribe(sandbox, client("maker").session)).told() == [
        "btcusd.ob-snap 1",
        "btcusd.ob-inc 2",
        "success",
    ]


async def test_while_websockets_drop_new_ones_do_not_come_about(
    sandbox: Sandbox, session: aiohttp.ClientSession, listen: Listen
) -> None:
    sandbox.faults.start(FaultKind.WEBSOCKET_DROP, duration_s=HOUR_S, channel="private")
    url = f"{sandbox.url}/api/v2/ranger/private"
    with pytest.raises(aiohttp.ClientError):
        await session.ws_connect(url, headers=Client(sandbox, session, "maker").headers())
    assert (await listen("")).end is None
    assert sandbox.faults.hits[FaultKind.WEBSOCKET_DROP] > 0
    sandbox.faults.stop()
    assert (await listen("maker")).end is None


async def test_a_silent_websocket_stays_open_and_nothing_passes(
    sandbox: Sandbox, client: MakeClient, listen: Listen
) -> None:
    private, public = await listen("maker"), await listen("")
    fault_id = sandbox.faults.start(FaultKind.WEBSOCKET_SILENT, channel="private")
    await private.socket.send_str("ping")
    await private.socket.send_json({"event": "unsubscribe", "streams": ["order"]})
    await client("maker").limit("sell", "0.1", "31000")
    await eventually(lambda: public.told() == ["btcusd.ob-inc 2"])
    await sandbox.settle()
    assert (private.told(), private.end) == ([], None)
    sandbox.faults.stop(fault_id)
    await client("maker").limit("sell", "0.1", "31001")
    await eventually(lambda: private.told() == ["order 2 pending", "order 2 wait"])
    assert sandbox.faults.hits == {FaultKind.WEBSOCKET_SILENT: 1}


async def test_a_new_websocket_falls_silent_before_its_acknowledgement(
    sandbox: Sandbox, session: aiohttp.ClientSession
) -> None:
    sandbox.faults.start(FaultKind.WEBSOCKET_SILENT)
    async with session.ws_connect(f"{sandbox.url}/api/v2/ranger/public", autoclose=False) as websocket:
        with pytest.raises(TimeoutError):
            await websocket.receive(timeout=0.1)
        sandbox.faults.stop()


async def test_a_server_restart_refuses_tcp_and_comes_back_on_the_same_port(
    sandbox: Sandbox, session: aiohttp.ClientSession, client: MakeClient, listen: Listen
) -> None:
    host, port = address(sandbox)
    private, public = await listen("maker"), await listen("")
    idle_reader, idle_writer = await asyncio.open_connection(host, port)
    await client("maker").limit("sell", "0.1", "31000")
    await sandbox.settle()
    fault_id = sandbox.faults.start(FaultKind.SERVER_RESTART)
    await eventually(lambda: (private.end, public.end) == (ABNORMAL, ABNORMAL))
    assert await asyncio.wait_for(idle_reader.read(), 5) == b""
    idle_writer.close()
    assert await is_refused(sandbox)
    with socket.socket() as intruder, pytest.raises(OSError, match="in use"):
        intruder.bind((host, port))
    sandbox.faults.stop(fault_id)
    await eventually(lambda: is_answering(sandbox, session))
    assert address(sandbox) == (host, port)
    assert [order.state for order in sandbox.orders("maker")] == ["wait"]
    assert sandbox.faults.hits == {FaultKind.SERVER_RESTART: 1}


async def test_a_server_restart_lasts_as_long_as_it_is_to(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    sandbox.faults.start(FaultKind.SERVER_RESTART, duration_s=0.3)
    assert await is_refused(sandbox)
    await eventually(lambda: is_answering(sandbox, session))
    assert loop.time() - began_s >= 0.3


async def test_after_a_server_restart_ranger_has_no_books_and_an_engine_restart_brings_them(
    sandbox: Sandbox, session: aiohttp.ClientSession, client: MakeClient
) -> None:
    await client("maker").limit("sell", "0.1", "31000")
    await sandbox.settle()
    sandbox.faults.stop(sandbox.faults.start(FaultKind.SERVER_RESTART))
    await eventually(lambda: is_answering(sandbox, session))
    assert (await subscribe(sandbox, session)).told() == ["success"]
    sandbox.faults.stop(sandbox.faults.start(FaultKind.SERVER_RESTART, engines=True))
    await eventually(lambda: is_answering(sandbox, session))
    assert (await subscribe(sandbox, session)).told() == ["btcusd.ob-snap 1", "success"]


async def test_what_is_published_while_the_server_is_down_is_gone(
    sandbox: Sandbox, session: aiohttp.ClientSession
) -> None:
    fault_id = sandbox.faults.start(FaultKind.SERVER_RESTART)
    sandbox.exchange.start_engines()
    sandbox.faults.stop(fault_id)
    await eventually(lambda: is_answering(sandbox, session))
    assert (await subscribe(sandbox, session)).told() == ["success"]


async def test_a_request_held_up_dies_with_the_server(
    sandbox: Sandbox, session: aiohttp.ClientSession, client: MakeClient
) -> None:
    sandbox.faults.start(FaultKind.LATENCY, delay_s=0.4, before=True, method="POST", count=1)
    held_up = asyncio.create_task(client("maker").limit("sell", "0.1", "31000"))
    await eventually(lambda: sandbox.faults.hits == {FaultKind.LATENCY: 1})
    sandbox.faults.start(FaultKind.SERVER_RESTART, duration_s=0.1)
    with pytest.raises(aiohttp.ClientError):
        await held_up
    await eventually(lambda: is_answering(sandbox, session))
    await asyncio.sleep(0.5)  # longer than the request was to be held up
    assert sandbox.orders("maker") == []
    sandbox.faults.start(FaultKind.LATENCY, delay_s=0.1, before=True, method="POST", count=1)
    await client("maker").limit("sell", "0.1", "31000")


async def test_restarts_may_overlap(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    first, second = sandbox.faults.start("server_restart"), sandbox.faults.start("server_restart")
    sandbox.faults.stop(first)
    for _ in range(10):  # the port would be open by the second turn
        assert await is_refused(sandbox)
    sandbox.faults.stop(second)
    third = sandbox.faults.start("server_restart")  # while the port is being opened
    for _ in range(10):
        assert await is_refused(sandbox)
    sandbox.faults.stop(third)
    await eventually(lambda: is_answering(sandbox, session))


async def test_a_sandbox_can_be_stopped_while_it_is_down() -> None:
    before = asyncio.all_tasks()
    sandbox = Sandbox()
    await sandbox.start()
    host, port = address(sandbox)
    sandbox.faults.start(FaultKind.SERVER_RESTART)
    await sandbox.stop()
    assert asyncio.all_tasks() == before
    with socket.socket() as free:
        free.bind((host, port))
        free.listen()
