"""The files in `deploy/` for a mirror, and the bot and the guard that they start."""

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from asyncio.subprocess import STDOUT, Process
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import kubernetes_validate
import pytest
import yaml
from hummingbot.connector.exchange.peatio.settings.exchanges import NAMED_EXCHANGES, Venue

from peatio_cli.fleet.health import BOT_FILE, problem_of
from peatio_cli.install.instance import LAUNCHER_NAME, InstancePurpose, create_instance, instance_environment
from peatio_cli.install.strategy_files import put_liquidity
from peatio_liquidity.plugin import PeatioLiquidityConfig
from peatio_sandbox import Sandbox, SandboxConfig
from test.deploy.broker import DEPLOY
from test.deploy.image_steps import (
    BOT_PROBE,
    GUARD,
    IMAGE_ROOT,
    KUBERNETES,
    SHORTEST_GRACE_S,
    compose_command,
    metrics_port,
)
from test.end_to_end.scraping import free_port, scrape
from test.end_to_end.support import person
from test.patience import eventually
from test.peatio_cli.hbot import PASSWORD, Hbot

OUTER = "peatio_outer"


class TestCompose:
    @pytest.fixture(scope="class")
    def services(self) -> dict[str, Any]:
        content = yaml.safe_load((DEPLOY / "mirror.compose.yml").read_text(encoding="utf-8"))
        return dict(content["services"])

    @pytest.mark.skipif(compose_command() is None, reason="there is no docker compose here (Debian: docker-compose)")
    def test_docker_compose_takes_it(self, tmp_path: Path) -> None:
        command = compose_command()
        assert command is not None
        shutil.copyfile(DEPLOY / "mirror.compose.yml", tmp_path / "mirror.compose.yml")
        ended = subprocess.run(
            [*command, "-f", str(tmp_path / "mirror.compose.yml"), "config"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert ended.returncode == 0, ended.stderr

    def test_the_guard_sees_what_the_bot_has_and_ends_after_it(self, services: dict[str, Any]) -> None:
        bot, guard = services["mirror"], services["guard-mirror"]
        assert bot["depends_on"] == ["guard-mirror"]
        assert guard["command"] == GUARD
        assert guard["image"] == bot["image"]
        assert guard["secrets"] == bot["secrets"]
        places = dict(volume.split(":")[1::-1] for volume in bot["volumes"])
        for volume in guard["volumes"]:
            source, target, *_ = volume.split(":")
            assert places[target] == source
        assert f"{IMAGE_ROOT}/data" in places
        assert int(bot["stop_grace_period"].removesuffix("s")) >= SHORTEST_GRACE_S

    def test_both_are_probed_and_limited_and_the_metrics_are_published(self, services: dict[str, Any]) -> None:
        for name, probe in ("mirror", BOT_PROBE), ("guard-mirror", [*BOT_PROBE, "--guard"]):
            assert services[name]["healthcheck"]["test"] == ["CMD", *probe]
            assert services[name]["mem_limit"]
            assert services[name]["cpus"]
            assert services[name]["restart"] == "unless-stopped"
        (port,) = services["mirror"]["ports"]
        assert port.startswith("127.0.0.1:")
        assert port.endswith(f":{metrics_port()}")


class TestKubernetes:
    @pytest.fixture(scope="class")
    def documents(self) -> list[dict[str, Any]]:
        return list(yaml.safe_load_all((DEPLOY / "mirror.kubernetes.yml").read_text(encoding="utf-8")))

    @pytest.fixture
    def pod(self, documents: list[dict[str, Any]]) -> dict[str, Any]:
        (spec,) = (document["spec"] for document in documents if document["kind"] == "StatefulSet")
        assert spec["replicas"] == 1
        return dict(spec["template"]["spec"])

    def test_it_keeps_the_schema(self, documents: list[dict[str, Any]]) -> None:
        assert [document["kind"] for document in documents] == ["Service", "StatefulSet"]
        for document in documents:
            kubernetes_validate.validate(document, KUBERNETES, strict=True)

    def test_the_guard_runs_beside_the_bot_and_sees_what_it_has(self, pod: dict[str, Any]) -> None:
        (bot,), (_, guard) = pod["containers"], pod["initContainers"]
        assert guard["restartPolicy"] == "Always"  # what makes it a sidecar
        assert guard["command"] == GUARD
        assert guard["image"] == bot["image"]
        assert all(mount in bot["volumeMounts"] for mount in guard["volumeMounts"])
        assert all(variable in bot["env"] for variable in guard["env"])
        assert pod["terminationGracePeriodSeconds"] >= SHORTEST_GRACE_S

    def test_everything_is_probed_and_limited(self, pod: dict[str, Any]) -> None:
        (bot,), (_, guard) = pod["containers"], pod["initContainers"]
        assert bot["startupProbe"]["exec"] == bot["livenessProbe"]["exec"] == {"command": BOT_PROBE}
        assert bot["readinessProbe"]["exec"] == {"command": [*BOT_PROBE, "--ready"]}
        assert guard["livenessProbe"]["exec"] == {"command": [*BOT_PROBE, "--guard"]}
        for container in (*pod["containers"], *pod["initContainers"]):
            assert container["resources"]["limits"]["memory"]
            assert container["resources"]["requests"]["cpu"]
        assert bot["ports"] == [{"name": "metrics", "containerPort": metrics_port()}]

    def test_the_journals_outlive_the_pod_and_no_other_user_reads_the_keys(self, pod: dict[str, Any]) -> None:
        (bot,) = pod["containers"]
        mounts = {mount["mountPath"]: mount["name"] for mount in bot["volumeMounts"]}
        assert mounts[f"{IMAGE_ROOT}/data"] == "bot"
        (keys,) = (volume["secret"] for volume in pod["volumes"] if volume["name"] == "keys")
        assert keys["defaultMode"] == 0o400
        (password,) = (entry["value"] for entry in bot["env"] if entry["name"] == "CONFIG_PASSWORD_FILE")
        assert mounts[str(Path(password).parent)] == "keys"

    def test_the_configuration_is_put_in_its_place(self, pod: dict[str, Any], tmp_path: Path) -> None:
        given = {
            "settings/peatio.yml": "conf/peatio.yml",
            "settings/mirror.yml": "conf/controllers/mirror.yml",
            "keys/password-verification": "conf/.password_verification",
            "keys/connector.peatio.yml": "conf/connectors/peatio.yml",
            "keys/connector.binance.yml": "conf/connectors/binance.yml",
        }
        for name in given:
            (tmp_path / "given" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "given" / name).write_text(name)
        for _ in range(2):  # as at every start of the pod
            subprocess.run(pod["initContainers"][0]["command"], cwd=tmp_path, check=True)
        assert {name: (tmp_path / place).read_text() for name, place in given.items()} == {name: name for name in given}


# What the files start, in an instance.


def settings(url: str) -> Mapping[str, Any]:
    with patch.dict(NAMED_EXCHANGES, {OUTER: Venue(name=OUTER, domain=url)}):
        config = PeatioLiquidityConfig(
            id="mirror",
            connector_name="peatio",
            trading_pair="BTC-USD",
            source_connector=OUTER,
            source_pair="BTC-USD",
            bid_budget_quote="30000",
            ask_budget_base="1",
            max_exposure_base="1",
            levels=2,
            max_source_age_s=1000,
        )
    return dict(json.loads(config.model_dump_json()))


async def make_instance(folder: Path, own: Sandbox, outer: Sandbox, port: int) -> Path:
    """As `deploy/mirror.compose.yml` wants it in `bots/mirror`."""
    instance = create_instance(folder, InstancePurpose.ORDINARY).directory
    put_liquidity(instance)
    (instance / "conf" / "peatio.yml").write_text(
        f"metrics_port: {port}\nrates: peatio\nexchanges:\n  outer:\n    domain: {outer.url}\n"
    )
    for name, sandbox in (("peatio", own), (OUTER, outer)):
        member = sandbox.members["bot"]
        keys = {f"{name}_api_key": member.api_key, f"{name}_secret_key": member.secret}
        keys |= {"peatio_exchange_domain": own.url} if name == "peatio" else {}
        await Hbot(instance / LAUNCHER_NAME)("connect", name, "--keys-stdin", given=json.dumps(keys))
    (instance / "conf" / "controllers" / "mirror.yml").write_text(yaml.safe_dump(settings(outer.url)))
    return instance


@contextlib.asynccontextmanager
async def container(instance: Path, name: str, *command: str) -> AsyncIterator[Process]:
    """The main process of one, with its output in the instance; killed at the end."""
    with (instance / "logs" / f"{name}.log").open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command,
            cwd=instance, stdout=output, stderr=STDOUT, stdin=asyncio.subprocess.DEVNULL,
            env={
                **os.environ, **instance_environment(instance), "CONFIG_PASSWORD": PASSWORD,
                "CONFIG_FILE_NAME": "mirror.yml", "BOT_NAME": "mirror", "MQTT_HOST": "none",
            },
        )  # fmt: skip
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def open_orders(sandbox: Sandbox) -> int:
    return sum(order.state in ("pending", "wait") for order in sandbox.orders("bot"))


@pytest.mark.timeout(300)
async def test_a_mirror_quotes_tells_its_figures_and_its_guard_cancels_when_it_is_killed(tmp_path: Path) -> None:
    async with contextlib.AsyncExitStack() as stack:
        own, outer = [await stack.enter_async_context(Sandbox(SandboxConfig(seed=seed))) for seed in (3, 4)]
        maker = await stack.enter_async_context(person(outer, "maker"))
        for side, price in (("buy", "29990"), ("buy", "29900"), ("sell", "30010"), ("sell", "30100")):
            await maker.place("btcusd", side, "1", price)
        port = free_port()
        instance = await make_instance(tmp_path / "mirror", own, outer, port)
        guard = await stack.enter_async_context(
            container(instance, "guard", "-m", "peatio_cli", "guard", "--after", "3", str(instance))
        )
        bot_command = ("-m", "peatio_cli.fleet.bot")
        async with container(instance, "first", *bot_command) as bot:
            await eventually(lambda: open_orders(own) == 4, "four quotes", timeout_s=120)
            health = instance / BOT_FILE
            await eventually(lambda: health.exists() and '"peatio": true' in health.read_text(), "the probe knows", 60)
            assert problem_of(health, time.time(), must_be_ready=True) is None
            read = await scrape(port)
            assert read.value("peatio_liquidity_quoting", connector="peatio", market="BTC-USD", side="bid") == 1
            assert read.value("peatio_ready", connector=OUTER) == 1
            guard_log = instance / "logs" / "guard.log"
            await eventually(lambda: "peatio: guarding" in guard_log.read_text(), "the guard guards", 60)
            bot.kill()
            await bot.wait()
        await eventually(lambda: open_orders(own) == 0, "the guard has cancelled all quotes", timeout_s=60)
        assert await asyncio.wait_for(guard.wait(), 60) == 1
        # As `restart` does it.
        async with container(instance, "second", *bot_command) as bot:
            await eventually(lambda: open_orders(own) == 4, "four quotes again", timeout_s=120)
            bot.terminate()
            assert await asyncio.wait_for(bot.wait(), 90) == 0
        assert open_orders(own) == 0
        assert "MQTT" not in (instance / "logs" / "second.log").read_text()
