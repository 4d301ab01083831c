"""The Dockerfile's steps, read and carried out without Docker, and what the files in `deploy/` have in common."""

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from test.deploy.broker import DEPLOY
from test.peatio_cli.checkout import lay_out_as_checkout

ROOT = DEPLOY.parent
KUBERNETES = "1.37"
IMAGE_ROOT = "/home/hummingbot"
PACKAGE_ROOT = "/opt/hummingbot-peatio"
GUARD = ["python", "-m", "peatio_cli", "guard", IMAGE_ROOT]
BOT_PROBE = ["python", "-m", "peatio_cli.fleet.health"]
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


def compose_command() -> list[str] | None:
    """Docker's own compose, or the older one of Debian's package docker-compose."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) is None:
            continue
        if subprocess.run([*command, "version"], capture_output=True).returncode == 0:
            return command
    return None
