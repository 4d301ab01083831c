"""Start and stop, the command line, the pytest fixture and what happens when something breaks."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.__main__ import describe, main
from peatio_sandbox.exchange.presentation import order_event
from test.patience import eventually

from .support import REST, Client

#: Subprocesses find the sandbox where this process found it.
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


async def test_a_sandbox_starts_on_loopback_and_leaves_nothing_behind(session: aiohttp.ClientSession) -> None:
    before = asyncio.all_tasks()
    sandbox = Sandbox(SandboxConfig(traders=True))
    assert sandbox.url == ""
    await sandbox.start()
    assert sandbox.url.startswith("http://127.0.0.1:")
    async with session.ws_connect(f"{sandbox.url}/api/v2/ranger/public?stream=btcusd.trades") as websocket:
        await websocket.receive()
        await sandbox.stop()
        await sandbox.stop()
    with pytest.raises(RuntimeError, match="once"):
        await sandbox.start()
    assert asyncio.all_tasks() == before
    with pytest.raises(aiohttp.ClientConnectorError):
        await session.get(f"{sandbox.url}{REST}/public/timestamp")


async def test_a_port_that_is_taken_is_an_error_and_nothing_is_left_running(sandbox: Sandbox) -> None:
    before = asyncio.all_tasks()
    port = int(sandbox.url.rsplit(":", 1)[1])
    second = Sandbox(SandboxConfig(port=port))
    with pytest.raises(OSError, match="address already in use"):
        await second.start()
    assert asyncio.all_tasks() == before


async def test_the_same_seed_makes_the_same_keys() -> None:
    assert Sandbox(SandboxConfig(seed=5)).members == Sandbox(SandboxConfig(seed=5)).members
    assert Sandbox(SandboxConfig(seed=5)).members != Sandbox(SandboxConfig(seed=6)).members


async def test_what_a_member_did_can_be_looked_up(sandbox: Sandbox, client: Callable[[str], Client]) -> None:
    await client("maker").limit("sell", "0.5", "30000")
    await sandbox.settle()
    assert sandbox.mid_price("btcusd") is None
    created = await client("bot").limit("buy", "0.2", "30000")
    await sandbox.settle()
    (order,) = sandbox.orders("bot")
    (fill,) = sandbox.fills("bot")
    assert (order.id, order.uuid, order.state) == (created["id"], created["uuid"], "done")
    assert (fill.order_id, fill.price, fill.amount, fill.fee_amount) == (
        order.id,
        Decimal(30_000),
        Decimal("0.2"),
        Decimal("0.0004"),
    )
    assert sandbox.balances("bot")["btc"] == (Decimal("1000.1996"), Decimal(0))
    assert sandbox.mid_price("btcusd") == Decimal(30_000)


async def test_private_events_reach_their_member_only(
    sandbox: Sandbox, session: aiohttp.ClientSession, client: Callable[[str], Client]
) -> None:
    url = f"{sandbox.url}/api/v2/ranger/private?stream=order"
    maker, taker = client("maker"), client("taker")
    async with (
        session.ws_connect(url, headers=maker.headers()) as makers,
        session.ws_connect(url, headers=taker.headers()) as takers,
    ):
        await makers.receive()
        await takers.receive()
        await maker.limit("sell", "0.5", "30000")
        await taker.limit("sell", "0.5", "30001")
        assert (await makers.receive_json())["order"]["id"] == 1
        assert (await takers.receive_json())["order"]["id"] == 2


async def test_tickers_and_candles_are_published(
    session: aiohttp.ClientSession, client: Callable[[str], Client]
) -> None:
    async with Sandbox(SandboxConfig(ticker_period_s=0.02)) as sandbox:
        url = f"{sandbox.url}/api/v2/ranger/public?stream=global.tickers&stream=btcusd.kline-1m"
        async with session.ws_connect(url) as socket:
            assert "success" in await socket.receive_json()
            assert (await socket.receive_json())["global.tickers"]["btcusd"]["last"] == "0.0"
            await Client(sandbox, session, "maker").limit("sell", "0.5", "30000")
            await Client(sandbox, session, "taker").limit("buy", "0.5", "30000")
            async with asyncio.timeout(5):
                while "btcusd.kline-1m" not in (message := await socket.receive_json()):
                    pass
            assert message["btcusd.kline-1m"][1:] == [30000, 30000, 30000, 30000, 0.5]


async def test_what_breaks_in_a_handler_is_answered_with_500_and_kept(
    session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Sandbox() as sandbox:
        monkeypatch.setattr(sandbox.exchange, "markets", None)
        async with session.get(f"{sandbox.url}{REST}/public/markets") as response:
            assert (response.status, await response.json()) == (500, {"errors": ["server.internal_error"]})
        assert len(sandbox.handler_errors) == 1


async def test_what_breaks_in_a_worker_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Sandbox() as sandbox, aiohttp.ClientSession() as session:
        client = Client(sandbox, session, "maker")

        def broken(*_: object) -> None:
            raise LookupError("broken on purpose")

        monkeypatch.setattr(sandbox.exchange, "_process_submit", broken)
        await client.limit("sell", "0.5", "30000")
        await eventually(lambda: bool(sandbox.handler_errors))
        assert isinstance(sandbox.handler_errors[0], LookupError)


PLUGIN_CONFTEST = "pytest_plugins = ['peatio_sandbox.pytest_plugin']\n"
PLUGIN_TESTS = """
import pytest
from aiohttp import web
from peatio_sandbox import SandboxConfig

@pytest.fixture
def sandbox_config():
    return SandboxConfig(seed=9)

@pytest.mark.parametrize("turn", [1, 2])
async def test_fresh(sandbox, turn):
    assert sandbox.config.seed == 9
    assert sandbox.exchange.store.next_order_id() == 1

async def test_broken(sandbox):
    sandbox.handler_errors.append(ValueError("broken"))
"""


async def test_the_plugin_gives_every_test_a_fresh_sandbox_and_fails_it_for_broken_handlers(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(PLUGIN_CONFTEST, encoding="utf-8")
    (tmp_path / "test_mine.py").write_text(PLUGIN_TESTS, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-o", "asyncio_mode=auto", "-q"),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        env=ENVIRONMENT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    assert b"3 passed, 1 error" in output


async def test_the_command_runs_until_it_is_told_to_stop() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "peatio_sandbox", "--port", "0", "--traders", "--quiet"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=ENVIRONMENT,
    )
    try:
        assert process.stdout is not None
        url = (await asyncio.wait_for(process.stdout.readline(), 20)).decode().strip()
        async with aiohttp.ClientSession() as session, session.get(f"{url}{REST}/public/health/alive") as response:
            assert await response.json() == 200
        process.send_signal(signal.SIGINT)
        _, errors = await asyncio.wait_for(process.communicate(), 10)
        assert (process.returncode, errors) == (0, b"")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def test_the_command_says_when_its_port_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["--port", str(taken.getsockname()[1])]) == 1
    assert "Cannot listen on 127.0.0.1:" in capsys.readouterr().err


def test_the_description_names_addresses_and_keys() -> None:
    sandbox = Sandbox()
    text = describe(sandbox)
    assert all(text.count(part) for part in ("btcusd", "bot", sandbox.members["bot"].api_key, "Ctrl-C"))


async def test_order_events_carry_no_uuid(sandbox: Sandbox, client: Callable[[str], Client]) -> None:
    await client("maker").limit("sell", "0.5", "30000")
    assert "uuid" not in order_event(sandbox.orders("maker")[0])


async def test_a_middleware_gets_every_request_first_and_every_answer_last(session: aiohttp.ClientSession) -> None:
    seen = []

    @web.middleware
    async def watch(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        response = await handler(request)
        seen.append((request.path, response.status))
        return response

    async with Sandbox(middlewares=[watch]) as sandbox:
        sandbox.faults.start("server_error", duration_s=60.0, path="/public/timestamp", status=502)
        for path in ("/public/timestamp", "/account/balances"):
            await session.get(f"{sandbox.url}{REST}{path}")
    # A fault's answer, and the gateway's refusal.
    assert seen == [(f"{REST}/public/timestamp", 502), (f"{REST}/account/balances", 401)]
