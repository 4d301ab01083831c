"""What `deploy/` says: every file it names is there, every command it gives runs, every schema is kept.

No image is built here: the official ones cannot be had on every machine. The Dockerfile's steps for the bot are carried
out one by one on the installed Hummingbot, laid out as in the image.
"""

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from peatio_cli.install.link import CONNECTOR_PATH
from test.deploy.broker import DEPLOY
from test.peatio_cli.checkout import lay_out_as_checkout

ROOT = DEPLOY.parent
KUBERNETES = "1.37"
IMAGE_ROOT = "/home/hummingbot"
PACKAGE_ROOT = "/opt/hummingbot-peatio"
# Twice what Hummingbot gives its cancels.
SHORTEST_GRACE_S = 60


def instructions(target: str) -> list[tuple[str, str]]:
    """A stage of the Dockerfile: instruction and argument, line by line."""
    stage, found = "", []
    for line in (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines():
        word, _, argument = line.partition(" ")
        if word == "FROM":
            stage = argument.rsplit(" AS ", 1)[1]
        elif stage == target and word and not word.startswith("#"):
            found.append((word, argument))
    assert found
    return found


class Image:
    """Two folders that stand for two of the image, and the Dockerfile's steps done in them."""

    def __init__(self, folder: Path) -> None:
        self.home = lay_out_as_checkout(folder / "home")
        self.package = folder / "opt"
        self.environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def inside(self, text: str) -> str:
        return text.replace(IMAGE_ROOT, str(self.home)).replace(PACKAGE_ROOT, str(self.package))

    def copy(self, argument: str) -> None:
        *options, source, target = argument.split()
        if options:
            assert argument.startswith("--from=packages ")  # which Hummingbot starts without
            return
        place = Path(self.inside(target))
        shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))

    def run(self, argument: str, **variables: str) -> subprocess.CompletedProcess[str]:
        command = [self.inside(word) for word in json.loads(argument)]
        assert command[0] == "python"
        environment = {**self.environment, **variables}
        return subprocess.run(
            [sys.executable, *command[1:]], cwd=self.home, env=environment, capture_output=True, text=True, timeout=120
        )


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """What the stage `bot` makes."""
    made = Image(tmp_path_factory.mktemp("image"))
    for word, argument in instructions("bot"):
        if word == "COPY":
            made.copy(argument)
        elif word == "ENV":
            name, value = argument.split("=")
            made.environment[name] = made.inside(value)
        elif word == "RUN":
            ended = made.run(argument)
            assert ended.returncode == 0, ended.stderr
        else:
            assert (word, argument) == ("WORKDIR", IMAGE_ROOT) or word == "CMD"
    return made


class TestDockerfile:
    def test_the_image_lists_the_connector(self, image: Image) -> None:
        assert (image.home / CONNECTOR_PATH / "peatio_exchange.py").is_file()

    def test_the_container_starts_and_says_what_it_lacks(self, image: Image) -> None:
        word, command = instructions("bot")[-1]
        assert word == "CMD"
        ended = image.run(command, CONFIG_PASSWORD="correct horse")
        assert ended.returncode == 1
        assert "run: there are no keys here yet" in ended.stderr

    def test_what_is_copied_gets_into_the_context(self) -> None:
        ignored = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
        allowed = [line[1:] for line in ignored if line.startswith("!")]
        steps = [*instructions("bot"), *instructions("api")]
        sources = [what.split()[0] for word, what in steps if word == "COPY" and not what.startswith("--from=")]
        assert len(sources) == 5
        for source in sources:
            assert (ROOT / source).exists()
            assert any(source == name or source.startswith(f"{name}/") for name in allowed), source
        assert sorted(name for name in allowed if (ROOT / name).exists()) == sorted(allowed)

    def test_packages_are_those_that_the_project_asks_for(self) -> None:
        ((word, command),) = instructions("packages")
        assert word == "RUN"
        assert json.loads(command)[-1] in (ROOT / "setup.py").read_text(encoding="utf-8")

    def test_the_api_gets_the_connector_wherever_its_hummingbot_is(self, tmp_path: Path) -> None:
        exchanges = tmp_path / "lib" / "site-packages" / "hummingbot" / "connector" / "exchange"
        exchanges.mkdir(parents=True)
        command = ["/bin/sh", str(DEPLOY / "install_beside_hummingbot"), str(ROOT / CONNECTOR_PATH)]
        for _ in range(2):  # a second time over the first
            subprocess.run([*command, str(tmp_path)], check=True, capture_output=True)
        assert (exchanges / "peatio" / "peatio_exchange.py").is_file()
        assert not (exchanges / "peatio" / "peatio").exists()
        (tmp_path / "empty").mkdir()
        none = subprocess.run([*command, str(tmp_path / "empty")], capture_output=True)
        assert none.returncode == 1


def compose_command() -> list[str] | None:
    """Docker's own compose, or the older one of Debian's package docker-compose."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) is None:
            continue
        if subprocess.run([*command, "version"], capture_output=True).returncode == 0:
            return command
    return None


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
        assert len({volume.split(":")[0] for volume in volumes}) == 9

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
            "Namespace", "ConfigMap", "Deployment", "Service", "Service", "StatefulSet"
        ]  # fmt: skip
        for document in documents:
            kubernetes_validate.validate(document, KUBERNETES, strict=True)

    def test_the_schema_is_strict(self, bots: dict[str, Any]) -> None:
        misspelled = {"apiVersion": "apps/v1", "kind": "StatefulSet", "spec": {**bots, "replica": 1}}
        with pytest.raises(kubernetes_validate.ValidationError, match="replica"):
            kubernetes_validate.validate(misspelled, KUBERNETES, strict=True)

    def test_the_broker_is_the_same_as_everywhere(self, documents: list[dict[str, Any]]) -> None:
        (data,) = (document["data"] for document in documents if document["kind"] == "ConfigMap")
        assert data == {name: (DEPLOY / name).read_text(encoding="utf-8") for name in ("mosquitto.conf", "acl")}

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
        for name in ("keystore/peatio.yml", "keystore/password_verification", "strategies/conf_bots-0.yml"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(name)
        (configure,) = bots["template"]["spec"]["initContainers"]
        for _ in range(2):  # at every start of the pod
            subprocess.run(configure["command"], cwd=tmp_path, check=True)
        placed = {str(path.relative_to(tmp_path / "conf")) for path in (tmp_path / "conf").rglob("*") if path.is_file()}
        assert placed == {"connectors/peatio.yml", ".password_verification", "strategies/conf_bots-0.yml"}


def test_the_script_is_read_by_the_shell_it_names() -> None:
    script = DEPLOY / "install_beside_hummingbot"
    assert script.read_text(encoding="utf-8").startswith("#!/bin/sh\n")
    assert script.stat().st_mode & stat.S_IXUSR
