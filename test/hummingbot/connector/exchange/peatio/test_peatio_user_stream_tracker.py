"""The tracker knows whether the private streams stand, which a socket alone does not tell."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import WSCloseCode
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.peatio_api_user_stream_data_source import PeatioUserStreamTracker

from test.hummingbot.connector.exchange.peatio.ranger_server import RangerServer, running, web_sessions
from test.hummingbot.connector.exchange.peatio.source_support import PAIR, connector_of
from test.patience import eventually


@pytest.fixture
async def server() -> AsyncIterator[RangerServer]:
    async with web_sessions(), RangerServer() as ranger:
        ranger.answer_time()
        yield ranger


def tracker_of(server: RangerServer) -> PeatioUserStreamTracker:
    """The tracker that the connector made for itself."""
    connector = connector_of([PAIR], server.url)
    tracker = connector._create_user_stream_tracker()
    assert isinstance(tracker, PeatioUserStreamTracker)
    return tracker


async def test_it_is_live_while_the_private_streams_stand(
    server: RangerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONSTANTS, "BACKOFF_START_S", 0.01)
    tracker = tracker_of(server)
    assert not tracker.is_live
    server.refused = {"trade"}
    async with running(tracker.start()):
        await eventually(lambda: server.clients)
        assert not tracker.is_live

        server.refused = set()
        await eventually(lambda: tracker.is_live)
        assert tracker.last_recv_time > 0

        server.client.cut()
        await eventually(lambda: not tracker.is_live)
        await eventually(lambda: tracker.is_live)
        await tracker.stop()


async def test_messages_come_out_of_its_queue(server: RangerServer) -> None:
    tracker = tracker_of(server)
    async with running(tracker.start()):
        await eventually(lambda: tracker.is_live)
        await server.client.send({"order": {"id": 1}})

        assert await asyncio.wait_for(tracker.user_stream.get(), 5) == {"order": {"id": 1}}
        await tracker.stop()


async def test_stopping_closes_the_socket(server: RangerServer) -> None:
    tracker = tracker_of(server)
    async with running(tracker.start()):
        await eventually(lambda: tracker.is_live)

        await asyncio.wait_for(tracker.stop(), 5)

        assert not tracker.is_live
        assert tracker.last_recv_time == 0
        await asyncio.wait_for(server.client.closed.wait(), 5)
        assert server.client.socket.close_code == WSCloseCode.OK


async def test_it_can_be_started_again(server: RangerServer) -> None:
    tracker = tracker_of(server)
    for count in (1, 2):
        async with running(tracker.start()):
            await eventually(lambda: tracker.is_live)
            await tracker.stop()
        assert len(server.clients) == count
