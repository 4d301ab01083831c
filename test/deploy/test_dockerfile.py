"""The steps of the Dockerfile, carried out one by one on the installed Hummingbot, laid out as in the image.

No image is built here: the official ones cannot be had on every machine.
"""

import json
import subprocess
import sys
from importlib.metadata import distribution, files, requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from peatio_cli.install.link import CONNECTOR_PATH
from test.deploy.broker import DEPLOY
from test.deploy.image_steps import (
    BOT_PROBE,
    IMAGE_ROOT,
    ROOT,
    Image,
    closure,
    image_packages,
    instructions,
)

#: As docs/operate/alerts.md writes them.
ADDRESSES = (
    "tgram://123456789:ABCdefGhIJKlmNoPQRsTUVwxyz/987654321", "mailtos://me:password@mail.example?to=me@example.org",
)  # fmt: skip


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
