"""A fault of the exchange and its end, as a bot with metrics has them and the page is given them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.metrics.endpoint import close_endpoints
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings
from hummingbot.connector.exchange.peatio.settings.exchanges import NAMED_EXCHANGES, load_named_exchanges

from peatio_cli.watch import watched_bot
from peatio_cli.watch.state_json import bot_row
from peatio_sandbox import FaultKind, Sandbox, SandboxConfig
from test.end_to_end.scraping import free_port
from test.end_to_end.support import running_bot
from test.patience import eventually
from test.peatio_cli.watch.support import CONNECTOR, make_instance, watching


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxConfig(seed=5)) as exchange:
        yield exchange
    assert exchange.handler_errors == []


async def test_a_lost_stream_and_its_return_are_said_with_books_and_readiness(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched_bot, "REPORT_S", 0.1)
    monkeypatch.setattr(CONSTANTS, "BACKOFF_MAXIMUM_S", 1.0)
    port = free_port()
    folder = make_instance(tmp_path / "my-bot", sandbox, f"metrics_port: {port}")
    monkeypatch.setitem(NAMED_EXCHANGES, CONNECTOR, load_named_exchanges(folder / "conf")[0][CONNECTOR])
    async with watching(folder) as server:
        (bot,) = server.bots
        async with running_bot(
            sandbox.url, sandbox.members["bot"], ["BTC-USD"], journal_folder=folder / "data", domain=CONNECTOR,
            settings=ConnectorSettings(metrics_port=port), closes_client=False,
        ):  # fmt: skip
            await eventually(lambda: bot.state is not None and bot.state.is_ready, "the bot is ready")
            fault = sandbox.faults.start(FaultKind.WEBSOCKET_DROP, duration_s=3600)
            await eventually(lambda: bot.state is not None and bot.state.untrusted_books, "the book is not trusted")
            await eventually(lambda: bot.state is not None and bot.state.is_ready is False, "the bot is not ready")
            (connector,) = bot_row(bot)["connectors"]
            assert connector["health"]["why_not_ready"]
            assert connector["health"]["streams"]["public"] is False
            sandbox.faults.stop(fault)
            await eventually(lambda: bot.state is not None and bot.state.is_ready, "the bot is ready again")
            await eventually(lambda: bot.state is not None and not bot.state.untrusted_books, "the book is trusted")
        texts = [each.text for each in bot.happenings]
        down = texts.index(f"{CONNECTOR}: the public stream is down.")
        assert f"{CONNECTOR}: the public stream is back." in texts[down:]
        assert any("the book of BTC-USD is not trusted (connection)" in text for text in texts)
        assert any("the book of BTC-USD is trusted again" in text for text in texts)
        assert any(text.startswith(f"{CONNECTOR}: not ready (") for text in texts)
    await close_endpoints()
