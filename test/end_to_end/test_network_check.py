"""Hummingbot's network check: the network is down only while neither a stream nor REST answers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.network_iterator import NetworkStatus

from peatio_sandbox import FaultKind, Sandbox
from test.end_to_end.support import Bot
from test.patience import eventually

TIMESTAMP = "/public/timestamp"


@asynccontextmanager
async def checked_often(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[[], int]]:
    """Hummingbot's own loop of checks, without its pauses; gives how many checks have come to an end."""
    ended = 0
    check = bot.exchange.check_network

    async def counted() -> NetworkStatus:
        nonlocal ended
        try:
            return await check()
        finally:
            ended += 1

    monkeypatch.setattr(bot.exchange, "check_network", counted)
    bot.exchange.check_network_interval = 0.01
    loop = asyncio.create_task(bot.exchange._check_network_loop())
    try:
        yield lambda: ended
    finally:
        loop.cancel()


async def cut_streams(sandbox: Sandbox, bot: Bot) -> None:
    """Both websockets end, and none can be opened until the test's end."""
    sandbox.faults.start(FaultKind.WEBSOCKET_DROP, duration_s=3600)
    tracker, user_stream = bot.exchange.order_book_tracker, bot.exchange._user_stream_tracker
    await eventually(lambda: not tracker.is_connected and not user_stream.is_live, "both streams are lost")


@pytest.mark.parametrize(
    ("fault", "parameters"),
    [(FaultKind.LATENCY, {"delay_s": 30.0, "path": TIMESTAMP}), (FaultKind.SERVER_ERROR, {"path": TIMESTAMP})],
)
async def test_a_slow_or_failing_timestamp_restarts_nothing(
    sandbox: Sandbox,
    bot: Bot,
    fault: FaultKind,
    parameters: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    bot.exchange.check_network_timeout = 0.1
    order = await bot.live(bot.place("BTC-USD", TradeType.BUY, "0.1", "29000"))
    connections = bot.exchange._orderbook_ds.connections
    sandbox.faults.start(fault, **parameters)
    async with checked_often(bot, monkeypatch) as ended:
        await eventually(lambda: ended() >= 5, "five checks")
        assert bot.exchange.network_status is NetworkStatus.CONNECTED
        assert bot.exchange._orderbook_ds.connections == connections
        assert "The connection was lost" not in caplog.text
        assert not order.is_done


async def test_the_check_does_not_wait_behind_the_bots_own_requests(sandbox: Sandbox, bot: Bot) -> None:
    await cut_streams(sandbox, bot)
    throttler = bot.exchange._throttler
    budget, _ = throttler.budget(CONSTANTS.REST_LIMIT_ID)
    throttler._called_at_s[CONSTANTS.REST_LIMIT_ID].extend([throttler._now_s()] * budget)
    assert await asyncio.wait_for(bot.exchange.check_network(), 5) is NetworkStatus.CONNECTED
    assert throttler.budget(CONSTANTS.REST_LIMIT_ID)[1] == 0, "it counts"


async def test_an_answer_may_take_as_long_as_any_request(bot: Bot) -> None:
    """Hummingbot's own limit, 5 s, is shorter than the 15 s that head and body of an answer may need each."""
    assert bot.exchange.check_network_timeout > 2 * CONSTANTS.REQUEST_TIMEOUT_S


async def test_the_network_is_down_while_neither_streams_nor_rest_answer(
    sandbox: Sandbox, bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    await cut_streams(sandbox, bot)
    down = sandbox.faults.start(FaultKind.SERVER_ERROR, path=TIMESTAMP)
    for _ in range(3):
        assert await bot.exchange.check_network() is NetworkStatus.NOT_CONNECTED
    line = f"{sandbox.url} answers neither on its websocket nor over REST"
    assert caplog.text.count(line) == 1
    assert "HTTP 503" in caplog.text.split(line)[1].splitlines()[0]
    sandbox.faults.stop(down)
    sandbox.faults.start(FaultKind.RATE_LIMIT, path=TIMESTAMP, retry_after_s=3600)
    asked = sandbox.request_counts["GET", f"/api/v2/peatio{TIMESTAMP}"]
    for _ in range(3):
        assert await bot.exchange.check_network() is NetworkStatus.CONNECTED, "a limit is an answer"
    assert sandbox.request_counts["GET", f"/api/v2/peatio{TIMESTAMP}"] == asked + 1, "it said when to ask again"
