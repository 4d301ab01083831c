"""Has messages delivered by a process for each, which is ended when it takes too long."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Sequence
from dataclasses import dataclass

from peatio_cli.alerts.addresses import Addresses
from peatio_cli.alerts.alert import Alert, Kind, title_of

#: apprise waits 4 s for a connection and 4 s for each answer; a mail takes several.
LONGEST_DELIVERY_S = 30.0
#: What the process does not need to know.
_SECRETS = ("PEATIO_", "HBOT_", "CONFIG_PASSWORD", "MQTT_")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one message to one address.

    :ivar name: of the address, for the user: its number, and the service where it is known
    :ivar problem: why it has not arrived; "" where it has
    """

    name: str
    problem: str


class Courier:
    """
    :param addresses: to whom
    :param bot: the name of the bot that the messages are about
    """

    def __init__(self, addresses: Addresses, bot: str, longest_s: float = LONGEST_DELIVERY_S) -> None:
        self._addresses = addresses
        self._bot = bot
        self._longest_s = longest_s

    def __len__(self) -> int:
        return len(self._addresses)

    async def send(self, number: int, alerts: Sequence[Alert]) -> Delivery:
        """One message with all `alerts` to the address of that number, counted from 0."""
        name = f"alert address {number + 1} of {len(self)}"
        kinds = {alert.kind for alert in alerts}
        kind = "warning" if Kind.BEGAN in kinds else "success" if Kind.RESOLVED in kinds else "info"
        request = {
            "address": self._addresses.secret(number),
            "title": title_of(self._bot, alerts),
            "body": "\n".join(alert.line() for alert in alerts),
            "kind": kind,
        }
        try:
            answer = await self._ask(json.dumps(request).encode())
            service, problem = str(answer["service"]), str(answer["problem"])
        except TimeoutError:
            return Delivery(name, f"it has not answered within {self._longest_s:g} s")
        except (OSError, ValueError, KeyError, TypeError) as error:
            return Delivery(name, f"the process that delivers it failed ({type(error).__name__})")
        return Delivery(f"{name} ({service})" if service else name, problem)

    async def _ask(self, request: bytes) -> dict[str, object]:
        # Without the working directory on sys.path (-P): an instance is no place to import from.
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "peatio_cli.alerts.deliver"),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env={name: value for name, value in os.environ.items() if not name.startswith(_SECRETS)},
        )
        try:
            async with asyncio.timeout(self._longest_s):
                output, _ = await process.communicate(request)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        answer = json.loads(output)
        if not isinstance(answer, dict):
            raise TypeError("no answer")
        return answer
