"""No process of a test outlives the test process, whichever way that ends."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from pathlib import Path

import pytest

from test.patience import eventually
from test.reaper import MARK

ROOT = Path(__file__).parents[1]
# As Hummingbot's `start` starts a bot: in a session of its own, and not waited for.
BOT = """
import pathlib, signal, subprocess, sys
from test import reaper

def start_bot():
    sleep = [sys.executable, "-c", "import time; time.sleep(300)"]
    bot = subprocess.Popen(sleep, start_new_session=True, stderr=subprocess.DEVNULL)
    pathlib.Path("bot.part").write_text(str(bot.pid))
    pathlib.Path("bot.part").rename("bot")
"""
PROGRAM = BOT + """
reaper.start()
start_bot()
END
"""
# `test.conftest` starts the reaper.
TEST = BOT + """
def test_it():
    start_bot()
    signal.pause()
"""


def is_running(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


async def end_of(command: list[str], number: signal.Signals | None, folder: Path) -> None:
    """The command starts a bot and is ended."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=DEVNULL, stderr=PIPE,
        start_new_session=True,
    )  # fmt: skip
    assert process.stderr is not None
    bot = folder / "bot"
    await eventually(bot.exists, "the bot is started", timeout_s=60)
    pid = int(bot.read_text())
    try:
        if number is not None:
            assert is_running(pid)
            process.send_signal(number)
        # It ends with the last process that can write to it, which is the reaper.
        errors = (await process.stderr.read()).decode()
        await process.wait()
        assert not is_running(pid)
        assert f"A test left process {pid} behind" in errors
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize(
    ("end", "number"),
    [
        ("assert False", None),
        ("signal.pause()", signal.SIGINT),
        ("signal.pause()", signal.SIGTERM),
        ("signal.pause()", signal.SIGKILL),
    ],
    ids=["a failed assertion", "SIGINT", "SIGTERM", "SIGKILL"],
)
async def test_a_bot_that_a_test_started_does_not_outlive_the_test_process(
    end: str, number: signal.Signals | None, tmp_path: Path
) -> None:
    await end_of(["-c", PROGRAM.replace("END", end)], number, tmp_path)


async def test_nor_does_it_outlive_pytest_and_its_workers(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    pytest_command = ["-m", "pytest", "-q", "-p", "test.conftest", "-p", "no:cacheprovider", "-n", "1", "test_it.py"]
    await end_of(pytest_command, signal.SIGKILL, tmp_path)


def test_this_process_is_marked() -> None:
    assert os.environ[MARK].startswith(f"{os.getpid()}-")
