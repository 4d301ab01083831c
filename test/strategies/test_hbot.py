"""A controller in an instance that never saw a checkout of Hummingbot, with Hummingbot's own command line."""

import json
import sqlite3
from pathlib import Path

import pytest

from peatio_cli.install.instance import InstancePurpose, create_instance
from peatio_sandbox import Sandbox, SandboxConfig
from test.patience import eventually
from test.peatio_cli.hbot import Hbot
from test.strategies.files import copy_controllers


@pytest.mark.timeout(300)
async def test_hbot_starts_a_controller_without_a_checkout(tmp_path: Path) -> None:
    instance = create_instance(tmp_path / "my-bot", InstancePurpose.ORDINARY)
    copy_controllers(instance.directory)
    hbot = Hbot(instance.launcher)
    async with Sandbox(SandboxConfig(traders=True)) as sandbox:
        account = sandbox.members["bot"]
        keys = {
            "peatio_exchange_domain": sandbox.url,
            "peatio_api_key": account.api_key,
            "peatio_secret_key": account.secret,
        }
        await hbot("connect", "peatio", "--keys-stdin", given=json.dumps(keys))
        await hbot("deploy", "single_executor", "--name", "conf_one.yml", "--set", "kind=order-market")
        try:
            await eventually(lambda: sandbox.fills("bot"), "the controller trades", timeout_s=60)
            assert "Controller: " in await hbot("status")
        finally:
            await hbot("stop")
        orders = sandbox.orders("bot")
    assert {order.state for order in orders} <= {"done", "cancel"}
    database = sqlite3.connect(instance.directory / "data" / "conf_one.sqlite")
    (recorded,) = database.execute("SELECT count(*) FROM `Order`").fetchone()
    database.close()
    assert recorded == len(orders)
