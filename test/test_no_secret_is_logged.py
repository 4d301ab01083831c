"""The watch over the logs of the whole suite (conftest.py), and a bot's life at the most talkative level under it."""

import logging
from decimal import Decimal
from pathlib import Path

import pytest
from hummingbot import set_data_path  # type: ignore[attr-defined]
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory

from peatio_sandbox import FaultKind, Sandbox, SandboxConfig
from test.end_to_end.support import running_bot
from test.hummingbot.connector.exchange.peatio.fixtures import SECRET
from test.patience import eventually
from test.secret_watch import take_leaks

LOGGER = logging.getLogger(__name__)


def test_a_harmless_line_passes() -> None:
    LOGGER.error("all is well with %s", "X-Auth-Apikey")
    assert take_leaks() == []


@pytest.mark.parametrize(
    "line",
    [
        f"the secret is {SECRET}",
        "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.c2lnbmF0dXJlLW9mLWl0",
        "-----BEGIN PRIVATE KEY-----",
    ],
)
def test_a_line_with_a_secret_is_seen(line: str) -> None:
    LOGGER.warning(line)
    (leak,) = take_leaks()
    assert leak.startswith(f"{__name__} (")
    assert line not in leak


def test_arguments_and_exceptions_are_looked_at_as_well() -> None:
    LOGGER.warning("of %s", SECRET)
    try:
        raise ValueError(SECRET)
    except ValueError:
        LOGGER.exception("it failed")
    assert len(take_leaks()) == 2


async def test_a_bots_whole_life_says_nothing_secret_even_at_debug_level(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    set_data_path(str(tmp_path))
    ConnectionsFactory()._shared_client = None
    caplog.set_level(logging.DEBUG)
    for name in ("hummingbot", "aiohttp", "asyncio"):
        caplog.set_level(logging.DEBUG, name)
    async with Sandbox(SandboxConfig(seed=4711)) as sandbox:
        LOGGER.warning(sandbox.members["bot"].secret)
        assert len(take_leaks()) == 1, "the sandbox's secrets are known"
        async with running_bot(sandbox.url, sandbox.members["bot"], ["BTC-USD"], closes_client=False) as bot:
            order_id = bot.place("BTC-USD", TradeType.BUY, "0.1", "29000")
            await bot.live(order_id)
            sandbox.faults.start(FaultKind.SERVER_ERROR, status=503, html=True, count=3)
            await bot.exchange._status_polling_loop_fetch_updates()
            sandbox.ranger.restart()
            await eventually(lambda: not bot.exchange.ready, "the loss is noticed")
            await eventually(lambda: bot.exchange._user_stream_tracker.is_live, "it is back")
            await bot.exchange.cancel_all(10)
            assert bot.exchange.get_available_balance("USD") > Decimal(0)
        account = sandbox.members["bot"]
        async with running_bot(sandbox.url, account, ["BTC-USD"], wait_ready=False, secret=SECRET) as stranger:
            await eventually(lambda: "authz.invalid_signature" in caplog.text, "the wrong secret is told")
            assert not stranger.exchange.ready
    assert take_leaks() == []
