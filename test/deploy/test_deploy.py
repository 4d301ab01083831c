"""What `deploy/` says: every file it names is there, every command it gives runs, every schema is kept."""

import json
import re
import shutil
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from hummingbot.connector.exchange.peatio.config import DOMAIN_VARIABLE
from hummingbot.connector.exchange.peatio.settings.connector import load_settings

from peatio_cli.fleet.settings import KEYS_OPTION
from peatio_cli.install.environment_keys import key_variables
from peatio_cli.install.link import OLDEST_TESTED_VERSION, TESTED_VERSION
from test.deploy.broker import DEPLOY
from test.deploy.image_steps import (
    BOT_PROBE,
    GUARD,
    IMAGE_ROOT,
    KUBERNETES,
    ROOT,
    SHORTEST_GRACE_S,
    compose_command,
    instructions,
    metrics_port,
)


class TestCompose:
    @pytest.fixture(scope="class")
    def compose(self) -> dict[str, Any]:
        content: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yml").read_text(encoding="utf-8"))
        return content

    @pytest.fixture
    def bots(self, compose: dict[str, Any]) -> dict[str, Any]:
        return {name: service for name, service in compose["services"].items() if name.startswith("bot-")}

    @pytest.mark.skipif(compose_command() is None, reason="there is no docker compose here (Debian: docker-compose)")
    def test_docker_compose_takes_it(self, tmp_path: Path) -> None:
        command = compose_command()
        assert command is not None
        for name in ("compose.yml", "mosquitto.conf", "acl"):
            shutil.copyfile(DEPLOY / name, tmp_path / name)
        shutil.copyfile(DEPLOY / "env.example", tmp_path / ".env")
        ended = subprocess.run(
            [*command, "-f", str(tmp_path / "compose.yml"), "config"], cwd=tmp_path, capture_output=True, text=True
        )
        assert ended.returncode == 0, ended.stderr
        assert "RATE_LIMITS_SHARE_PCT: '33'" in ended.stdout.replace('"', "'")

    def test_no_two_bots_share_what_is_a_bot_s_own(self, bots: dict[str, Any]) -> None:
        assert len(bots) == 3
        for own in ("BOT_NAME", "MQTT_USERNAME", "MQTT_PASSWORD_FILE"):
            assert len({bot["environment"][own] for bot in bots.values()}) == 3
        volumes = [volume for bot in bots.values() for volume in bot["volumes"]]
        shared = "./peatio.yml"
        mounted = [volume.split(":")[0] for volume in volumes if not volume.startswith(shared)]
        assert len(mounted) == len(set(mounted)) == 15
        ports = [port for bot in bots.values() for port in bot["ports"]]
        assert len({port.split(":")[1] for port in ports}) == 3
        assert all(port.startswith("127.0.0.1:") and port.endswith(f":{metrics_port()}") for port in ports)

    def test_every_bot_has_a_guard_of_its_own_that_ends_after_it(
        self, compose: dict[str, Any], bots: dict[str, Any]
    ) -> None:
        for name, bot in bots.items():
            guard_name = name.replace("bot-", "guard-")
            guard = compose["services"][guard_name]
            assert guard_name in bot["depends_on"]
            assert guard["image"] == bot["image"]
            assert guard["command"] == GUARD
            assert guard["environment"]["CONFIG_PASSWORD_FILE"] == bot["environment"]["CONFIG_PASSWORD_FILE"]
            assert "keystore_password" in guard["secrets"]
            place = {volume.split(":")[1]: volume.split(":")[0] for volume in bot["volumes"]}
            for volume in guard["volumes"]:
                source, target, *_ = volume.split(":")
                assert place[target] == source
            assert f"{IMAGE_ROOT}/data" in {volume.split(":")[1] for volume in guard["volumes"]}

    def test_everything_is_probed_and_limited(self, compose: dict[str, Any]) -> None:
        for name, service in compose["services"].items():
            assert service["mem_limit"], name
            assert service["cpus"], name
            assert name == "api" or service["healthcheck"]["test"], name
            assert service["restart"] == "unless-stopped", name
        for name, expected in ("bot-btc", BOT_PROBE), ("guard-btc", [*BOT_PROBE, "--guard"]):
            assert compose["services"][name]["healthcheck"]["test"] == ["CMD", *expected]

    def test_bots_have_time_to_cancel_and_together_no_more_than_the_limit(self, bots: dict[str, Any]) -> None:
        for bot in bots.values():
            assert int(bot["stop_grace_period"].removesuffix("s")) >= SHORTEST_GRACE_S
            assert bot["environment"]["RATE_LIMITS_SHARE_PCT"] == "${RATE_LIMITS_SHARE_PCT:-33}"

    def test_every_secret_is_named_once_and_every_file_is_there(
        self, compose: dict[str, Any], bots: dict[str, Any]
    ) -> None:
        used = {secret for bot in bots.values() for secret in bot["secrets"]}
        assert used == set(compose["secrets"])
        for bot in bots.values():
            secret = bot["environment"]["MQTT_PASSWORD_FILE"]
            assert secret.startswith("/run/secrets/")
            assert secret.removeprefix("/run/secrets/") in bot["secrets"]
        for service in compose["services"].values():
            if "build" in service:
                assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
        for volume in compose["services"]["broker"]["volumes"]:
            source = volume.split(":")[0]
            assert source.startswith("./secrets/") or (DEPLOY / source).is_file()
        for bot in bots.values():
            for volume in bot["volumes"]:
                mounted = volume.split(":")[0]
                assert mounted.startswith("./bots/") or (DEPLOY / mounted).is_file()

    def test_every_variable_is_in_the_example(self) -> None:
        text = (DEPLOY / "compose.yml").read_text(encoding="utf-8")
        wanted = {piece.split(":-")[0] for piece in text.split("${")[1:]}
        example = (DEPLOY / "env.example").read_text(encoding="utf-8")
        assert wanted == {line.split("=")[0] for line in example.splitlines() if line and not line.startswith("#")}

    def test_nothing_secret_is_committed(self) -> None:
        ignored = (DEPLOY / ".gitignore").read_text(encoding="utf-8").split()
        assert {".env", "bots/", "secrets/", "api-bots/"} <= set(ignored)


class TestKubernetes:
    @pytest.fixture(scope="class")
    def documents(self) -> list[dict[str, Any]]:
        return list(yaml.safe_load_all((DEPLOY / "kubernetes.yml").read_text(encoding="utf-8")))

    @pytest.fixture
    def bots(self, documents: list[dict[str, Any]]) -> dict[str, Any]:
        (spec,) = (document["spec"] for document in documents if document["kind"] == "StatefulSet")
        return dict(spec)

    def test_it_keeps_the_schema(self, documents: list[dict[str, Any]]) -> None:
        assert [document["kind"] for document in documents] == [
            "Namespace", "ConfigMap", "ConfigMap", "Deployment", "Service", "Service", "StatefulSet"
        ]  # fmt: skip
        for document in documents:
            kubernetes_validate.validate(document, KUBERNETES, strict=True)

    def test_the_schema_is_strict(self, bots: dict[str, Any]) -> None:
        misspelled = {"apiVersion": "apps/v1", "kind": "StatefulSet", "spec": {**bots, "replica": 1}}
        with pytest.raises(kubernetes_validate.ValidationError, match="replica"):
            kubernetes_validate.validate(misspelled, KUBERNETES, strict=True)

    def test_broker_and_connector_are_configured_as_everywhere(self, documents: list[dict[str, Any]]) -> None:
        data = {d["metadata"]["name"]: d["data"] for d in documents if d["kind"] == "ConfigMap"}
        assert data == {
            name: {file: (DEPLOY / file).read_text(encoding="utf-8") for file in files}
            for name, files in (("broker", ("mosquitto.conf", "acl")), ("connector", ("peatio.yml",)))
        }

    def test_the_guard_runs_beside_the_bot_and_ends_after_it(self, bots: dict[str, Any]) -> None:
        pod = bots["template"]["spec"]
        _, guard = pod["initContainers"]
        (bot,) = pod["containers"]
        assert guard["restartPolicy"] == "Always"  # what makes it a sidecar
        assert guard["image"] == bot["image"]
        assert guard["command"] == [*GUARD, KEYS_OPTION]
        mounts = [mount for mount in guard["volumeMounts"] if mount["mountPath"].startswith(IMAGE_ROOT)]
        assert {mount["subPath"] for mount in mounts} == {"conf", "data"}
        assert all(mount in bot["volumeMounts"] for mount in guard["volumeMounts"])
        assert all(variable in bot["env"] for variable in guard["env"])

    def test_bot_and_guard_have_the_keys_in_files_that_no_other_user_reads(self, bots: dict[str, Any]) -> None:
        pod = bots["template"]["spec"]
        (bot,), guard = pod["containers"], pod["initContainers"][1]
        assert bot["command"] == [*(json.loads(instructions("bot")[-1][1])), KEYS_OPTION]
        (account,) = (volume["secret"] for volume in pod["volumes"] if volume["name"] == "account")
        assert not account["defaultMode"] & stat.S_IRWXO
        for container in (bot, guard):
            environment = {entry["name"]: entry.get("value", "") for entry in container["env"]}
            (folder,) = (m["mountPath"] for m in container["volumeMounts"] if m["name"] == "account")
            files = [environment[f"{variable}_FILE"] for variable in key_variables("peatio")]
            assert [str(Path(file).parent) for file in files] == [folder, folder]
            assert environment[DOMAIN_VARIABLE]

    def test_everything_is_probed_and_limited(self, documents: list[dict[str, Any]], bots: dict[str, Any]) -> None:
        specs = [document.get("spec", {}) for document in documents]
        pods = [spec["template"]["spec"] for spec in specs if "template" in spec]
        for container in (c for pod in pods for c in (*pod["containers"], *pod.get("initContainers", ()))):
            assert container["resources"]["limits"]["memory"], container["name"]
            assert container["resources"]["requests"]["cpu"], container["name"]
            assert container["name"] == "configure" or container["livenessProbe"], container["name"]
        (bot,) = bots["template"]["spec"]["containers"]
        assert bot["startupProbe"]["exec"] == bot["livenessProbe"]["exec"] == {"command": BOT_PROBE}
        assert bot["readinessProbe"]["exec"] == {"command": [*BOT_PROBE, "--ready"]}
        guard = bots["template"]["spec"]["initContainers"][1]
        assert guard["livenessProbe"]["exec"] == {"command": [*BOT_PROBE, "--guard"]}

    def test_prometheus_finds_the_metrics(self, documents: list[dict[str, Any]], bots: dict[str, Any]) -> None:
        (bot,) = bots["template"]["spec"]["containers"]
        assert bots["template"]["metadata"]["annotations"]["prometheus.io/port"] == str(metrics_port())
        assert bot["ports"] == [{"name": "metrics", "containerPort": metrics_port()}]
        (service,) = (d for d in documents if d["kind"] == "Service" and d["metadata"]["name"] == "bots")
        assert service["spec"]["ports"] == [{"name": "metrics", "port": metrics_port()}]

    def test_bots_have_time_to_cancel_and_together_no_more_than_the_limit(self, bots: dict[str, Any]) -> None:
        pod = bots["template"]["spec"]
        assert pod["terminationGracePeriodSeconds"] >= SHORTEST_GRACE_S
        environment = {entry["name"]: entry.get("value") for entry in pod["containers"][0]["env"]}
        assert bots["replicas"] * float(environment["RATE_LIMITS_SHARE_PCT"]) <= 100

    def test_the_order_journal_outlives_the_pod(self, bots: dict[str, Any]) -> None:
        (claim,) = (claim["metadata"]["name"] for claim in bots["volumeClaimTemplates"])
        (bot,) = bots["template"]["spec"]["containers"]
        mounts = {mount["mountPath"]: mount["name"] for mount in bot["volumeMounts"]}
        assert mounts[f"{IMAGE_ROOT}/data"] == mounts[f"{IMAGE_ROOT}/conf"] == claim

    def test_the_configuration_is_put_in_its_place(self, bots: dict[str, Any], tmp_path: Path) -> None:
        always = ("connector/peatio.yml",)
        assert placed_by(bots, tmp_path / "least", always) == {"conf/peatio.yml": "connector/peatio.yml"}
        given = ("strategies/a.yml", "scripts/b.yml", "controllers/c.yml", "code/scripts__mine.py")
        deep = "code/controllers__generic__own_quotes.py"
        of_the_image = ("scripts/v2.py", "controllers/generic/theirs.py")
        files = (*always, *(f"given/{one}" for one in (*given, deep)), *of_the_image)
        placed = placed_by(bots, tmp_path / "most", files)
        expected = {
            "conf/strategies/a.yml": "given/strategies/a.yml",
            "conf/scripts/b.yml": "given/scripts/b.yml",
            "conf/controllers/c.yml": "given/controllers/c.yml",
            "code/scripts/mine.py": "given/code/scripts__mine.py",
            "code/scripts/v2.py": "scripts/v2.py",
            "code/controllers/generic/own_quotes.py": f"given/{deep}",
            "code/controllers/generic/theirs.py": "controllers/generic/theirs.py",
        }
        assert expected.items() <= placed.items()


def placed_by(bots: dict[str, Any], root: Path, given: Sequence[str]) -> dict[str, str]:
    """What the pod's first container makes of these files, run twice as at every start of the pod: path → content."""
    for name in given:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    configure = bots["template"]["spec"]["initContainers"][0]
    for _ in range(2):
        subprocess.run(configure["command"], cwd=root, check=True)
    made = (path for folder in ("conf", "code") for path in (root / folder).rglob("*") if path.is_file())
    return {str(path.relative_to(root)): path.read_text() for path in made}


def test_every_image_has_a_version() -> None:
    configurations = ("compose.yml", "kubernetes.yml", "mirror.compose.yml", "mirror.kubernetes.yml")
    files = ("Dockerfile", *configurations)
    texts = {name: (DEPLOY / name).read_text(encoding="utf-8") for name in files}
    images = [
        *re.findall(r"image: (?:&image )?([^&*\s]\S*)", "".join(texts[name] for name in configurations)),
        *re.findall(r"^ARG \w+_IMAGE=(\S+)", texts["Dockerfile"], re.MULTILINE),
        *re.findall(r" -t (\S+) ", texts["Dockerfile"]),
    ]
    assert len(images) == 13, images
    for image in images:
        assert re.search(r":(version-)?\d+\.\d+(\.\d+)?(-[\w.-]+)?$", image), image
    own = {image for image in images if image.startswith("peatio/")}
    version = re.search(r'version="([\d.]+)"', (ROOT / "setup.py").read_text(encoding="utf-8"))
    assert version is not None
    assert {image.partition(":")[2] for image in own} == {version[1]}
    (tested,) = re.findall(r"HUMMINGBOT_IMAGE=\S+:version-(\d+)\.(\d+)\.", texts["Dockerfile"])
    assert OLDEST_TESTED_VERSION <= tuple(map(int, tested)) <= TESTED_VERSION


def test_the_connector_takes_its_settings_and_listens_for_other_containers(tmp_path: Path) -> None:
    shutil.copyfile(DEPLOY / "peatio.yml", tmp_path / "peatio.yml")
    settings = load_settings(tmp_path)
    assert (settings.metrics_port, settings.metrics_host) == (metrics_port(), "0.0.0.0")
    assert settings.metrics_port


def test_the_script_is_read_by_the_shell_it_names() -> None:
    script = DEPLOY / "install_beside_hummingbot"
    assert script.read_text(encoding="utf-8").startswith("#!/bin/sh\n")
    assert script.stat().st_mode & stat.S_IXUSR
