"""deploy/compose.yml or deploy/mirror.compose.yml, run by docker-compose on podman."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from test.deploy.broker import DEPLOY
from test.image.engine import Engine, ImageError
from test.patience import eventually
from test.peatio_cli.hbot import PASSWORD

PROJECT = "peatio-image"
#: Of the exchange, and where the metrics are.
EXCHANGE_PORT, METRICS_PORT = 8090, 9464
# A network without a way out.
OVERRIDE = """\
version: "3.9"
networks:
  default:
    internal: true
services:
"""
# An exchange in it, from the image that is tested.
EXCHANGE = """\
  {name}:
    image: peatio/hummingbot:0.1.0
    command: [python, -m, peatio_cli, sandbox, --host, 0.0.0.0, --port, "{port}", --quiet, {options}]
    stop_grace_period: 10s
"""
# What Hummingbot's command line is in the container.
HBOT = ("python", "-c", 'from hummingbot.cli.main import app; app(prog_name="hbot")')
# What is run in a container: from standard input to a port and back.
RELAY = """
import os, socket, sys, threading
port = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
def send():
    while data := os.read(0, 65536):
        port.sendall(data)
    port.shutdown(socket.SHUT_WR)
threading.Thread(target=send, daemon=True).start()
while data := port.recv(65536):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
"""
SCRAPE = f"""
from urllib.request import urlopen
print(urlopen("http://127.0.0.1:{METRICS_PORT}/metrics", timeout=10).read().decode())
"""
# netavark: in a network without a way out, the older CNI answers no names.
# Root in a virtual machine may not raise limits, which podman would; and not every machine has systemd for its cgroups.
CONTAINERS = """\
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
"""


@dataclass(frozen=True)
class Project:
    """
    :param folder: a copy of deploy/, with the bots and their secrets in it
    :param file: the one of deploy/ that has the services
    """

    engine: Engine
    folder: Path
    file: str
    environment: dict[str, str] = field(repr=False)

    async def __call__(self, *arguments: str, given: str = "", timeout_s: float = 180.0) -> str:
        """Run docker-compose; returns what it printed.

        :raises ImageError: when it fails
        """
        command = ("docker-compose", "--project-name", PROJECT, "-f", self.file, "-f", "override.yml", *arguments)
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


    async def address(self, service: str) -> str:
        """Where a service's container is in the project's network."""
        return await self.inspect(service, "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}")

    @contextlib.asynccontextmanager
    async def reach(self, service: str, port: int) -> AsyncIterator[str]:
        """An address on loopback for a port of a service that has Python: not every machine lets its own processes
        into the network of its containers."""
        container = (await self("ps", "--all", "--quiet", service)).strip()
        command = (*self.engine.podman_command(), "exec", "-i", container, "python", "-c", RELAY, str(port))

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            relay = await asyncio.create_subprocess_exec(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            assert relay.stdin is not None
            assert relay.stdout is not None
            await asyncio.gather(_pump(reader, relay.stdin), _pump(relay.stdout, writer))
            await relay.wait()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def probe(self, service: str, *options: str) -> None:
        """Run the command of the container's probe, as the engine does; it must succeed."""
        await self("exec", "-T", service, "python", "-m", "peatio_cli.fleet.health", *options)

    async def connect(self, service: str, connector: str, keys: Mapping[str, str]) -> None:
        """Enter a connector's keys in the container, with Hummingbot's own command."""
        await self(
            "run", "--rm", "-T", "--no-deps", "-e", f"HBOT_PASSWORD={PASSWORD}", service,
            *HBOT, "connect", connector, "--keys-stdin", given=json.dumps(dict(keys)),
        )  # fmt: skip

    async def metrics(self, service: str) -> str:
        """What the bot tells Prometheus; "" while it does not answer."""
        try:
            return await self("exec", "-T", service, "python", "-c", SCRAPE)
        except ImageError:
            return ""


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


def copy_deployment(folder: Path, file: str, exchanges: Mapping[str, Sequence[str]]) -> None:
    """What `file` of deploy/ names, and the override.

    :param exchanges: the options of each sandbox exchange, by the name of its service
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in (file, "mosquitto.conf", "acl", "peatio.yml"):
        shutil.copyfile(DEPLOY / name, folder / name)
    shutil.copyfile(DEPLOY / "env.example", folder / ".env")
    services = [
        EXCHANGE.format(name=name, port=EXCHANGE_PORT, options=", ".join(map(json.dumps, options)))
        for name, options in exchanges.items()
    ]
    (folder / "override.yml").write_text(OVERRIDE + "".join(services), encoding="utf-8")


@contextlib.asynccontextmanager
async def running_project(engine: Engine, folder: Path, file: str) -> AsyncIterator[Project]:
    """podman's service for docker-compose; at the end everything that the project started is removed."""
    configuration = folder / "containers.conf"
    configuration.write_text(CONTAINERS, encoding="utf-8")
    socket = folder / "podman.sock"
    environment = {**os.environ, "CONTAINERS_CONF": str(configuration), "DOCKER_HOST": f"unix://{socket}"}
    command: Sequence[str | Path] = (*engine.podman_command(), "system", "service", "--time", "0", f"unix://{socket}")
    with (folder / "podman.log").open("wb") as log:
        service = await asyncio.create_subprocess_exec(*command, env=environment, stdout=log, stderr=log)
    project = Project(engine, folder, file, environment)
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
