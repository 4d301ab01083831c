"""In an instance Hummingbot's own commands work, from storing keys to stopping the bot."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from peatio_cli.comparison import OrderState
from peatio_cli.instance import InstancePurpose, create_instance
from peatio_cli.trade_database import read_trade_database
from peatio_sandbox import Sandbox, SandboxConfig
from test.peatio_cli.hbot import Hbot

STRATEGY = ("exchange=peatio", "market=BTC-USD", "bid_spread=0.2", "ask_spread=0.2", "order_amount=0.01")

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """An exchange with other people on it, so that there is a price to quote around."""
    async with Sandbox(SandboxConfig(traders=True)) as running:
        yield running


async def test_from_keys_to_a_stopped_bot(tmp_path: Path, sandbox: Sandbox) -> None:
    instance = create_instance(tmp_path / "instance", InstancePurpose.ORDINARY)
    hbot = Hbot(instance.launcher)
    bot = sandbox.members["bot"]
    keys = {
        "peatio_exchange_domain": sandbox.url,
        "peatio_api_key": bot.api_key,
        "peatio_secret_key": bot.secret,
    }

    await hbot("connect", "peatio", "--keys-stdin", given=json.dumps(keys))
    stored = (instance.directory / "conf" / "connectors" / "peatio.yml").read_text()
    assert bot.secret not in stored

    settings = [option for setting in STRATEGY for option in ("--set", setting)]
    await hbot("create", "pure_market_making", *settings, "--set", "order_refresh_time=60")
    await hbot("start")
    try:
        async with asyncio.timeout(60):
            while not [order for order in sandbox.orders("bot") if order.state == "wait"]:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        assert "state: running" in await hbot("status")
    finally:
        await hbot("stop")

    assert {order.state for order in sandbox.orders("bot")} <= {"done", "cancel"}
    recorded = read_trade_database(instance.directory / "data" / "conf_pure_market_making.sqlite")
    assert len(recorded.orders) == len(sandbox.orders("bot"))
    assert {order.state for order in recorded.orders} <= {OrderState.FILLED, OrderState.CANCELLED}
    assert (instance.directory / "logs" / "logs_conf_pure_market_making.log").is_file()
