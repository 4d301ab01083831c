"""A controller of an instance under an MQTT broker: `run` starts it, and its results are sent to the broker."""

import asyncio
import json
import sys
from asyncio.subprocess import STDOUT
from pathlib import Path

import pytest

from peatio_cli.install.instance import InstancePurpose, create_instance, instance_environment
from peatio_sandbox import Sandbox, SandboxConfig
from test.deploy.broker import needs_mosquitto, running_broker, steering
from test.patience import eventually
from test.peatio_cli.hbot import PASSWORD, Hbot
from test.strategies.files import copy_controllers

NAME, KIND = "btc", "order-market"


@needs_mosquitto
@pytest.mark.timeout(300)
async def test_the_results_of_a_controller_arrive_at_the_broker(tmp_path: Path) -> None:
    instance = create_instance(tmp_path / "my-bot", InstancePurpose.ORDINARY)
    copy_controllers(instance.directory)
    (tmp_path / "broker").mkdir()
    controller = {"controller_name": "single_executor", "controller_type": "generic", "id": "one", "kind": KIND}
    (instance.directory / "conf" / "controllers" / "conf_one.yml").write_text(json.dumps(controller))
    async with (
        Sandbox(SandboxConfig(traders=True)) as sandbox,
        running_broker(tmp_path / "broker", (NAME,)) as broker,
        steering(broker) as fleet,
    ):
        account = sandbox.members["bot"]
        keys = {"exchange_domain": sandbox.url, "api_key": account.api_key, "secret_key": account.secret}
        given = json.dumps({f"peatio_{name}": value for name, value in keys.items()})
        await Hbot(instance.launcher)("connect", "peatio", "--keys-stdin", given=given)
        (tmp_path / "mqtt-password").write_text(broker.passwords[NAME])
        with (tmp_path / "output.log").open("wb") as output:
            bot = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "peatio_cli", "run", str(instance.directory),
                "--name", NAME, "--broker", f"127.0.0.1:{broker.port}", "--start", "conf_one.yml",
                stdout=output, stderr=STDOUT,
                env={
                    **instance_environment(instance.directory),
                    "CONFIG_PASSWORD": PASSWORD,
                    "MQTT_USERNAME": NAME,
                    "MQTT_PASSWORD_FILE": str(tmp_path / "mqtt-password"),
                },
            )  # fmt: skip
        try:

            def has_traded() -> bool:
                reports = fleet.seen.get(f"hbot/{NAME}/performance", [])
                results = [report["one"]["performance"] for report in reports if report]
                return any(float(result.get("volume_traded", 0)) > 0 for result in results)

            await eventually(has_traded, "a result with a trade", timeout_s=90, pause_s=0.2)
            bot.terminate()
            assert await asyncio.wait_for(bot.wait(), 60) == 0, (tmp_path / "output.log").read_text()
        finally:
            if bot.returncode is None:
                bot.kill()
                await bot.wait()
        assert {order.state for order in sandbox.orders("bot")} <= {"done", "cancel"}
