"""Hummingbot's command line in an instance, as a user gives its commands."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

PASSWORD = "correct horse"
# What Hummingbot takes for a running bot: its command line names the engine.
STAND_IN_FOR_A_BOT = (sys.executable, "-c", "import time; time.sleep(60)", "hummingbot.cli.engine")


class Hbot:
    """The `hbot` script of an instance."""

    def __init__(self, launcher: Path) -> None:
        self._launcher = launcher
        self.directory = launcher.parent

    async def __call__(self, *arguments: str, given: str = "") -> str:
        """Run a command and return what it printed; it must succeed."""
        process = await asyncio.create_subprocess_exec(
            self._launcher,
            *arguments,
            stdin=PIPE,
            stdout=PIPE,
            stderr=STDOUT,
            cwd="/",
            env={**os.environ, "HBOT_PASSWORD": PASSWORD},
        )
        output, _ = await process.communicate(given.encode())
        assert process.returncode == 0, output.decode()
        return output.decode()
