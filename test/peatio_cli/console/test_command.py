"""When `console` starts nothing, and says why."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from peatio_cli.console import command as console_command
from peatio_cli.install.instance import InstancePurpose, create_instance, in_use
from test.patience import eventually
from test.peatio_cli.hbot import STAND_IN_FOR_A_BOT
from test.peatio_cli.terminal import Reader, pseudo_terminal

CONSOLE = (sys.executable, "-m", "peatio_cli", "console")


async def refuses(directory: Path, *reasons: str) -> None:
    """The command ends with code 1 and the reasons on the screen, before it loads Hummingbot."""
    async with pseudo_terminal((*CONSOLE, directory), directory.parent, os.environ) as terminal:
        await Reader(terminal).sees("console: ", *reasons)
        assert "Hummingbot is starting" not in "\n".join(await terminal.lines())
        await eventually(lambda: terminal.process.returncode is not None, "the command to end")
        assert terminal.process.returncode == 1


def test_outside_of_a_terminal_the_other_way_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert console_command.run(tmp_path) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "console: this is not a terminal; remedy: in scripts, use the instance's ./hbot\n"


async def test_a_directory_that_is_no_instance(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    await refuses(tmp_path / "notes", "is not an instance", "hummingbot-peatio init DIR")
    assert list((tmp_path / "notes").iterdir()) == []


async def test_a_demo_has_no_console(tmp_path: Path) -> None:
    create_instance(tmp_path / "demo", InstancePurpose.DEMO)
    await refuses(tmp_path / "demo", "is the instance of a demo")


async def test_one_console_at_a_time(tmp_path: Path) -> None:
    made = create_instance(tmp_path / "bot", InstancePurpose.ORDINARY)
    with in_use(made):
        await refuses(made.directory, "is in use by another demo, console or run")


async def test_no_console_beside_a_running_bot(tmp_path: Path) -> None:
    made = create_instance(tmp_path / "bot", InstancePurpose.ORDINARY)
    bot = await asyncio.create_subprocess_exec(*STAND_IN_FOR_A_BOT)
    try:
        (made.directory / "data" / "bot").mkdir()
        (made.directory / "data" / "bot" / "bot.pid").write_text(str(bot.pid))
        await refuses(made.directory, rf"a bot runs in this instance already \(process {bot.pid}\)", r"/bot/hbot stop")
    finally:
        bot.kill()
        await bot.wait()


def test_an_instance_is_not_taken_for_the_installed_hummingbot(tmp_path: Path) -> None:
    """`python -m` puts the working directory first, where the instance's own copy is."""
    made = create_instance(tmp_path / "bot", InstancePurpose.ORDINARY)
    command = [sys.executable, "-m", "peatio_cli", "init", "."]
    done = subprocess.run(command, cwd=made.directory, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "updated" in done.stdout
    assert (made.directory / "hummingbot" / "client").is_dir()
