"""What `deploy/` says: every file it names is there, every command it gives runs, every schema is kept.

No image is built here: the official ones cannot be had on every machine. The Dockerfile's steps for the bot are carried
out one by one on the installed Hummingbot, laid out as in the image.
"""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import distribution, files, requires, version
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from hummingbot.connector.exchange.peatio.config import DOMAIN_VARIABLE
from hummingbot.connector.exchange.peatio.settings.connector import load_settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from peatio_cli.fleet.settings import KEYS_OPTION
from peatio_cli.install.environment_keys import key_variables
from peatio_cli.install.link import CONNECTOR_PATH, OLDEST_TESTED_VERSION, TESTED_VERSION
from test.deploy.broker import DEPLOY
from test.peatio_cli.checkout import lay_out_as_checkout

ROOT = DEPLOY.parent
KUBERNETES = "1.37"
IMAGE_ROOT = "/home/hummingbot"
PACKAGE_ROOT = "/opt/hummingbot-peatio"
GUARD = ["python", "-m", "peatio_cli", "guard", IMAGE_ROOT]
BOT_PROBE = ["python", "-m", "peatio_cli.fleet.health"]
#: As docs/operate/alerts.md writes them.
ADDRESSES = (
    "tgram://123456789:ABCdefGhIJKlmNoPQRsTUVwxyz/987654321", "mailtos://me:password@mail.example?to=me@example.org",
)  # fmt: skip
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


def image_packages() -> list[Requirement]:
    """What the Dockerfile installs besides Hummingbot."""
    ((word, command),) = instructions("packages")
    assert word == "RUN"
    words: list[str] = json.loads(command)
    assert "--no-deps" in words
    return [Requirement(text) for text in words[words.index("/packages") + 1 :]]


def closure(name: str) -> set[str]:
    """A distribution and all that it needs, as they are installed here."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        one = canonicalize_name(waiting.pop())
        if one not in found:
            found.add(one)
            asked_for = map(Requirement, requires(one) or [])
            waiting += [each.name for each in asked_for if not each.marker or each.marker.evaluate({"extra": ""})]
    return found


def metrics_port() -> int:
    return int(yaml.safe_load((DEPLOY / "peatio.yml").read_text(encoding="utf-8"))["metrics_port"])


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
        if (ROOT / source).is_file():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / source, place)
            return
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
            assert (word, argument) == ("WORKDIR", IMAGE_ROOT) or word in ("CMD", "HEALTHCHECK")
    return made


class TestDockerfile:
    def test_the_image_lists_the_connector(self, image: Image) -> None:
        assert (image.home / CONNECTOR_PATH / "peatio_exchange.py").is_file()

    def test_the_image_has_the_liquidity_controller_where_hummingbot_looks_for_it(self, image: Image) -> None:
        code = (
            "from controllers.market_making.peatio_liquidity import PeatioLiquidityConfig as Config; "
            "print(Config.model_fields['controller_name'].default)"
        )
        ended = image.run(json.dumps(["python", "-c", code]))
        assert (ended.returncode, ended.stdout) == (0, "peatio_liquidity\n"), ended.stderr

    def test_the_container_starts_and_says_what_it_lacks(self, image: Image) -> None:
        word, command = instructions("bot")[-1]
        assert word == "CMD"
        ended = image.run(command, CONFIG_PASSWORD="correct horse")
        assert ended.returncode == 1
        assert "run: there are no keys here yet" in ended.stderr

    def test_the_probe_runs_in_it(self, image: Image) -> None:
        ((_, probe),) = (step for step in instructions("bot") if step[0] == "HEALTHCHECK")
        command = probe.partition(" CMD ")[2]
        assert json.loads(command) == BOT_PROBE
        ended = image.run(command)
        assert ended.returncode == 1
        assert ended.stdout == "bot: it does not run: there is no data/peatio_bot_health.json\n"

    def test_what_is_copied_gets_into_the_context(self) -> None:
        ignored = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
        allowed = [line[1:] for line in ignored if line.startswith("!")]
        steps = [*instructions("bot"), *instructions("api")]
        sources = [what.split()[0] for word, what in steps if word == "COPY" and not what.startswith("--from=")]
        assert len(sources) == 8
        for source in sources:
            assert (ROOT / source).exists()
            assert any(source == name or source.startswith(f"{name}/") for name in allowed), source
        assert sorted(name for name in allowed if (ROOT / name).exists()) == sorted(allowed)

    def test_packages_are_those_of_metrics_and_alerts_that_hummingbot_does_not_bring(self) -> None:
        extras = [Requirement(text) for text in requires("hummingbot-peatio") or []]
        asked_for = [
            one
            for one in extras
            if one.marker and any(one.marker.evaluate({"extra": extra}) for extra in ("metrics", "alerts"))
        ]
        assert {one.name for one in asked_for} == {"prometheus_client", "apprise"}
        needed = set().union(*(closure(one.name) for one in asked_for))
        packages = image_packages()
        assert {canonicalize_name(one.name) for one in packages} == needed - closure("hummingbot")
        for one in packages:
            assert one.specifier.contains(version(one.name)), f"{one}: tested with {version(one.name)}"
        assert {str(one.specifier) for one in asked_for} <= {str(one.specifier) for one in packages}

    def test_alerts_are_delivered_with_what_is_in_the_image(self, tmp_path: Path) -> None:
        """Python sees Hummingbot's packages and those of the Dockerfile, and nothing else of this environment."""
        names = closure("hummingbot").union(canonicalize_name(one.name) for one in image_packages())
        for name in names:
            for top in {file.parts[0] for file in files(name) or [] if not file.parts[0].startswith("..")}:
                place = tmp_path / top
                if not place.exists():
                    place.symlink_to(Path(str(distribution(name).locate_file(top))))
        (tmp_path / "peatio_cli").symlink_to(ROOT / "peatio_cli")
        code = f"""
import sys
sys.path[:] = [path for path in sys.path if "site-packages" not in path] + [{str(tmp_path)!r}]
from peatio_cli.alerts.deliver import deliver
for address in ("json://127.0.0.1:1/x", "x"):
    print(deliver(address, "title", "body", "info"))
from apprise import Apprise
for address in {ADDRESSES}:
    print(type(Apprise.instantiate(address)).__name__)
"""
        command = [sys.executable, "-I", "-S", "-c", code]
        ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert ended.returncode == 0, ended.stderr
        webhook, unknown, *services = ended.stdout.splitlines()
        assert "could not be reached" in webhook, webhook
        assert "it is no address that apprise knows" in unknown
        assert services == ["NotifyTelegram", "NotifyEmail"]

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
