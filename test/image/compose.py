"""deploy/compose.yml, run by docker-compose on podman."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from test.deploy.broker import DEPLOY
from test.image.engine import Engine, ImageError
from test.patience import eventually

PROJECT = "peatio-image"
# A network without a way out, and an exchange in it, from the image that is tested.
OVERRIDE = """\
version: "3.9"
services:
  exchange:
    image: peatio/hummingbot:0.1.0
    command: [python, -m, peatio_cli, sandbox, --host, 0.0.0.0, --port, "8090", --traders, --quiet]
    stop_grace_period: 10s
networks:
  default:
    internal: true
"""
# Root in a virtual machine may not raise limits, which podman would; and not every machine has systemd for its cgroups.
CONTAINERS = """\
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


@dataclass(frozen=True)
class Project:
    """:param folder: a copy of deploy/, with the bots and their secrets in it"""

    engine: Engine
    folder: Path
    environment: dict[str, str] = field(repr=False)

    async def __call__(self, *arguments: str, given: str = "", timeout_s: float = 180.0) -> str:
        """Run docker-compose; returns what it printed.

        :raises ImageError: when it fails
        """
        command = ("docker-compose", "--project-name", PROJECT, "-f", "compose.yml", "-f", "override.yml", *arguments)
        process = await asyncio.create_subprocess_exec(
            *command, cwd=self.folder, env=self.environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        try:
            output, errors = await asyncio.wait_for(process.communicate(given.encode()), timeout_s)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise ImageError(f"docker-compose {' '.join(arguments)} took longer than {timeout_s:.0f} s") from None
        if process.returncode:
            text = (output + errors).decode()[-2000:]
            raise ImageError(f"docker-compose {' '.join(arguments)} ended with code {process.returncode}:\n{text}")
        return output.decode()

    async def podman(self, command: str, service: str, *options: str) -> str:
        """Run podman's own command on a service's container: docker-compose does not find paused ones there."""
        container = (await self("ps", "--all", "--quiet", service)).strip()
        return self.engine.podman(command, *options, container).strip()

    async def inspect(self, service: str, what: str) -> str:
        """One fact about a service's container, as podman's template `what` gives it."""
        return await self.podman("inspect", service, "--format", what)


def copy_deployment(folder: Path) -> None:
    """What `compose.yml` names, and the override."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("compose.yml", "mosquitto.conf", "acl", "peatio.yml"):
        shutil.copyfile(DEPLOY / name, folder / name)
    shutil.copyfile(DEPLOY / "env.example", folder / ".env")
    (folder / "override.yml").write_text(OVERRIDE, encoding="utf-8")


@contextlib.asynccontextmanager
async def running_project(engine: Engine, folder: Path) -> AsyncIterator[Project]:
    """podman's service for docker-compose; at the end everything that the project started is removed."""
    configuration = folder / "containers.conf"
    configuration.write_text(CONTAINERS, encoding="utf-8")
    socket = folder / "podman.sock"
    environment = {**os.environ, "CONTAINERS_CONF": str(configuration), "DOCKER_HOST": f"unix://{socket}"}
    command: Sequence[str | Path] = (*engine.podman_command(), "system", "service", "--time", "0", f"unix://{socket}")
    with (folder / "podman.log").open("wb") as log:
        service = await asyncio.create_subprocess_exec(*command, env=environment, stdout=log, stderr=log)
    project = Project(engine, folder, environment)
    try:
        await eventually(socket.exists, "podman's service listens", timeout_s=30)
        try:
            yield project
        finally:
            (folder / "containers.log").write_text(await project("logs", "--no-color"), encoding="utf-8")
            await project("down", "--volumes", "--timeout", "10")
    finally:
        service.send_signal(signal.SIGTERM)
        await service.wait()
