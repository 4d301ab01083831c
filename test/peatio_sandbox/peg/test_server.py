"""The tracker over real sockets: our client, Python's own `xmlrpc.client`, and bodies that are none."""

import asyncio
import random
import xmlrpc.client
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer

from peatio_sandbox.peg import answers
from peatio_sandbox.peg import client as client_module
from peatio_sandbox.peg.client import TrackerClient
from peatio_sandbox.peg.cycles import CyclePlan
from peatio_sandbox.peg.server import LONGEST_BODY, TrackerServer
from peatio_sandbox.peg.tracker import Tracker
from peatio_sandbox.peg.wire import WireError, dump_answer, dump_call, load_answer, load_call

COIN = 100_000_000
AT_ONCE = CyclePlan(busy_s=0.0, updating_s=0.0)


def make_tracker() -> Tracker:
    tracker = Tracker(51, random.Random(1))
    tracker.credit("alice", 1_000 * COIN)
    tracker.load()
    return tracker


@pytest.fixture
async def server() -> AsyncIterator[TrackerServer]:
    async with TrackerServer(make_tracker(), AT_ONCE) as server:
        yield server


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def test_amounts_above_32_bits_go_both_ways(server: TrackerServer, session: aiohttp.ClientSession) -> None:
    client = TrackerClient(session, server.url)
    assert await client.call("Trade", "alice", 500 * COIN, "bobby", "liquid") is True
    assert await client.call("GetBalance", "bobby") == {"liquid": 500 * COIN, "reserve": 0}


async def test_pythons_own_client_reads_large_amounts_and_cannot_send_them(server: TrackerServer) -> None:
    def call() -> Any:
        with xmlrpc.client.ServerProxy(server.url) as proxy:
            with pytest.raises(OverflowError):
                proxy.Trade("alice", 500 * COIN, "bobby")
            return proxy.GetBalance("alice")

    balance = await asyncio.to_thread(call)
    assert balance == server.tracker.balance("alice")
    assert min(balance.values()) > 2**31


async def test_the_password_is_added_where_each_command_has_it(session: aiohttp.ClientSession) -> None:
    async with TrackerServer(make_tracker(), AT_ONCE, password="a secret") as server:
        client = TrackerClient(session, server.url, "a secret")
        assert await client.call("GetCycle") == 1
        assert await client.call("StartExchange", 1, 1) is True
        assert await client.call("API", {"sig": "", "exec": "nothing"}) is False
        assert await TrackerClient(session, server.url, "wrong").call("GetCycle") == answers.WRONG_PASSWORD
        assert "a secret" not in repr(client)
        for path in ("", "/cycle", "/oddities"):
            url = server.url.replace("/RPC2", f"/tracker{path}")
            async with session.request("GET" if not path else "POST", url) as answer:
                assert answer.status == 401


async def test_a_fault_reaches_the_client(server: TrackerServer, session: aiohttp.ClientSession) -> None:
    with pytest.raises(xmlrpc.client.Fault, match="there is no method 'Nothing'"):
        await TrackerClient(session, server.url).call("Nothing")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "the body is not XML"),
        (b"<methodCall>", "the body is not XML"),
        (b"<methodResponse/>", "the body is no method call"),
        (b"<!DOCTYPE methodCall><methodCall><methodName>GetCycle</methodName></methodCall>", "a document type has no"),
        (
            b"<methodCall><methodName>GetBalance</methodName><params><param><value><int>x</int></value></param>"
            b"</params></methodCall>",
            "the body is not XML-RPC",
        ),
    ],
)
async def test_a_body_that_is_no_call_is_a_fault(
    server: TrackerServer, session: aiohttp.ClientSession, body: bytes, text: str
) -> None:
    async with session.post(server.url, data=body) as answer:
        assert answer.status == 200
        with pytest.raises(xmlrpc.client.Fault, match=text):
            load_answer(await answer.read())
    assert await TrackerClient(session, server.url).call("GetCycle") == 1


async def test_a_body_that_is_too_long_is_refused(server: TrackerServer, session: aiohttp.ClientSession) -> None:
    async with session.post(server.url, data=b" " * (LONGEST_BODY + 1)) as answer:
        assert answer.status == 413


def test_a_wire_carries_what_xml_rpc_has() -> None:
    parameters = ("alice", 2**31 - 1, 2**31, -(2**31) - 1, 0.5, True, ["a", 1], {"min": 10**18})
    assert load_call(dump_call("Trade", parameters)) == ("Trade", parameters)
    assert b"<int>2147483647</int>" in dump_answer(2**31 - 1)
    assert b"<i8>2147483648</i8>" in dump_answer(2**31)
    with pytest.raises(OverflowError, match="more than 64 bits"):
        dump_answer(2**63)
    with pytest.raises(TypeError):
        dump_call("Trade", (None,))
    with pytest.raises(WireError, match="2 values"):
        load_answer(dump_call("x", (1, 2)))


async def test_cycles_come_by_command_and_oddities_are_switched(
    server: TrackerServer, session: aiohttp.ClientSession
) -> None:
    root = server.url.replace("/RPC2", "/tracker")
    async with session.post(f"{root}/cycle", json={"peg": 53}) as answer:
        assert await answer.json() == {"peg": 53, "cycle": 2}
    async with session.post(f"{root}/cycle", json={"peg": 2000}) as answer:
        assert answer.status == 422
        assert (await answer.json())["error"] == "a peg is a number from 0 to 1198, not 2000"
    async with session.post(f"{root}/cycle", data=b"[]") as answer:
        assert (await answer.json())["error"] == "the body is no JSON object"
    async with session.post(f"{root}/oddities", json={"jumps": True, "drift": 3}) as answer:
        assert (await answer.json())["drift"] == 3
    for wrong in ({"jump": True}, {"jumps": 1}, {"drift": -1}):
        async with session.post(f"{root}/oddities", json=wrong) as answer:
            assert answer.status == 422
    async with session.get(root) as answer:
        assert await answer.json() == {
            "peg": 53,
            "cycle": 2,
            "busy": False,
            "updating": False,
            "oddities": {"jumps": True, "busy_although_moved": False, "drift": 3, "stands_still": False},
        }


async def test_the_clock_walks_the_path_of_pegs(session: aiohttp.ClientSession) -> None:
    plan = CyclePlan(pegs=(53, 56), every_s=0.01, busy_s=0.0, updating_s=0.0)
    async with TrackerServer(make_tracker(), plan) as server:
        client = TrackerClient(session, server.url)
        async with asyncio.timeout(10):
            while await client.call("GetCycle") < 4:
                pass
        assert server.tracker.peg == 56


async def test_a_tracker_that_is_down_is_an_error_of_the_client(session: aiohttp.ClientSession) -> None:
    async with TrackerServer(make_tracker(), AT_ONCE) as server:
        url = server.url
    with pytest.raises(aiohttp.ClientConnectorError, match=r"Cannot connect to host 127\.0\.0\.1"):
        await TrackerClient(session, url).call("GetCycle")


@pytest.mark.parametrize(
    ("status", "body", "kind", "text"),
    [
        (200, b"", WireError, "the body is not XML"),
        (200, b"<html><body>Bad gateway</body></html>", WireError, "the body is not complete"),
        (200, b"<methodResponse><params/></methodResponse>", WireError, "0 values"),
        (502, b"Bad gateway", aiohttp.ClientResponseError, "502"),
        (302, b"", WireError, "the body is not XML"),
    ],
)
async def test_an_answer_that_is_nonsense_is_an_error_of_the_client(
    session: aiohttp.ClientSession, status: int, body: bytes, kind: type[Exception], text: str
) -> None:
    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response(status=status, body=body)

    async with RawTestServer(answer) as server:
        with pytest.raises(kind, match=text):
            await TrackerClient(session, str(server.make_url("/RPC2"))).call("GetCycle")


async def test_a_tracker_that_does_not_answer_is_given_up(
    session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "TIMEOUT_S", 0.1)
    held = asyncio.Event()

    async def answer(_request: web.BaseRequest) -> web.Response:
        await held.wait()
        return web.Response()

    async with RawTestServer(answer) as server:
        with pytest.raises(TimeoutError):
            await TrackerClient(session, str(server.make_url("/RPC2"))).call("GetCycle")
        held.set()
