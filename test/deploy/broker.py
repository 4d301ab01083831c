"""A real MQTT broker with the fleet's configuration (deploy/), and someone who steers bots over it."""

import asyncio
import contextlib
import itertools
import json
import shutil
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from test.patience import eventually

DEPLOY = Path(__file__).parents[2] / "deploy"
STEERING_USER = "fleet"
# Where Debian puts it: not on everybody's path.
MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
needs_mosquitto = pytest.mark.skipif(
    MOSQUITTO is None, reason="there is no mosquitto on this machine (Debian: apt-get install mosquitto)"
)


@dataclass(frozen=True)
class Broker:
    """Where it listens, and the password of each of its users."""

    port: int
    passwords: dict[str, str] = field(repr=False)
    host: str = "127.0.0.1"


def free_port() -> int:
    """A port that was free a moment ago: mosquitto takes no 0."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _ran(*command: str | Path) -> None:
    process = await asyncio.create_subprocess_exec(*command)
    assert await process.wait() == 0, command


async def _write_configuration(folder: Path, port: int, passwords: dict[str, str]) -> Path:
    """deploy/mosquitto.conf, on loopback and with this folder in place of the container's."""
    configuration = (DEPLOY / "mosquitto.conf").read_text(encoding="utf-8")
    replacements = {
        "listener 1883": f"listener {port} 127.0.0.1",
        "/mosquitto/secrets/passwords": str(folder / "passwords"),
        "/mosquitto/config/acl": str(folder / "acl"),
        "log_dest stdout": f"log_dest file {folder / 'mosquitto.log'}",
    }
    for old, new in replacements.items():
        assert old in configuration
        configuration = configuration.replace(old, new)
    shutil.copyfile(DEPLOY / "acl", folder / "acl")
    lines = "".join(f"{user}:{password}\n" for user, password in passwords.items())
    (folder / "passwords").write_text(lines, encoding="utf-8")
    await _ran("mosquitto_passwd", "-U", folder / "passwords")
    file = folder / "mosquitto.conf"
    # Run by root it would change to a user who cannot read this folder.
    file.write_text(f"{configuration}user root\n", encoding="utf-8")
    return file


@contextlib.asynccontextmanager
async def running_broker(folder: Path, users: tuple[str, ...]) -> AsyncIterator[Broker]:
    """mosquitto on a free port, for the steering user and these bots."""
    assert MOSQUITTO is not None
    broker = Broker(free_port(), {user: f"password of {user}" for user in (STEERING_USER, *users)})
    file = await _write_configuration(folder, broker.port, broker.passwords)
    process = await asyncio.create_subprocess_exec(MOSQUITTO, "-c", file, stdout=DEVNULL, stderr=sys.stderr)
    try:
        await eventually(lambda: _listens(broker.port, process), "mosquitto listens")
        yield broker
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


def _listens(port: int, process: Process) -> bool:
    assert process.returncode is None, "mosquitto ended"
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Steering:
    """Sends Hummingbot's MQTT commands and takes the answers, as Hummingbot's API does."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self._client = client
        self._numbers = itertools.count()
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self.seen: dict[str, list[dict[str, Any]]] = {}

    async def listen(self) -> None:
        """Takes in everything that is said; to be run beside the commands."""
        async for message in self._client.messages:
            topic = str(message.topic)
            assert isinstance(message.payload, bytes)
            content = json.loads(message.payload)
            if topic in self._answers:
                self._answers.pop(topic).set_result(content["data"])
            else:
                self.seen.setdefault(topic, []).append(content)

    async def ask(self, bot: str, command: str, timeout_s: float = 60.0, **data: Any) -> dict[str, Any]:
        """The bot's answer to one command."""
        reply_to = f"hummingbot-api/response/{next(self._numbers)}"
        answer = self._answers[reply_to] = asyncio.get_running_loop().create_future()
        request = {"header": {"reply_to": reply_to}, "data": data}
        await self._client.publish(f"hbot/{bot}/{command}", json.dumps(request), qos=1)
        return await asyncio.wait_for(answer, timeout_s)

    def heartbeats(self, bot: str) -> int:
        """How many signs of life a bot has given."""
        return len(self.seen.get(f"hbot/{bot}/hb", ()))


@contextlib.asynccontextmanager
async def steering(broker: Broker, user: str = STEERING_USER) -> AsyncIterator[Steering]:
    """A connection to the broker, as a user of it."""
    async with aiomqtt.Client(broker.host, broker.port, username=user, password=broker.passwords[user]) as client:
        await client.subscribe("hbot/#")
        await client.subscribe("hummingbot-api/response/#")
        someone = Steering(client)
        listening = asyncio.create_task(someone.listen())
        try:
            yield someone
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
