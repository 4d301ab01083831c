"""docs/start/quickstart.md, typed into a shell line by line as it stands there."""

import os
import re
import shlex
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio.guard.heartbeat import heartbeat_records

from peatio_cli.demo.comparison import OrderState
from peatio_cli.demo.trade_database import read_trade_database
from peatio_cli.install.instance import InstancePurpose, create_instance
from peatio_sandbox import MemberAccount, Sandbox, SandboxConfig
from test.documents.commands import PAGES, ROOT, documented
from test.patience import eventually
from test.peatio_cli.hbot import Hbot
from test.peatio_cli.terminal import PseudoTerminal, Reader, pseudo_terminal

PAGE = ROOT / "docs" / "start" / "quickstart.md"
PASSWORD = "correct horse"
ASKS_FOR_PASSWORD = r"[Pp]assword\b.*: ?$"
# Before the instance is made; the fixture plays the exchange, and the other two have tests of their own.
DONE_ALREADY = ("make setup", "make demo SECONDS=60", ".venv/bin/hummingbot-peatio sandbox --traders")

pytestmark = pytest.mark.timeout(300)


class Shell:
    """A shell in a terminal, and somebody who waits for each command to succeed before giving the next."""

    def __init__(self, terminal: PseudoTerminal, reader: Reader) -> None:
        self._terminal = terminal
        self.reader = reader
        self._given = 0

    async def prompt(self) -> str:
        """What stands before the cursor where something is asked; "" elsewhere."""
        line = await self._terminal.before_cursor()
        return line if re.search(r": ?$", line) else ""

    async def gives(self, command: str) -> None:
        self._given += 1
        await self._terminal.type(f"clear; {command}; echo command {self._given} gave $?\r")

    async def succeeds(self) -> None:
        """Waits for the command's end, and gives the password whenever one is asked for."""
        ended = rf"(?m)^command {self._given} gave \d"

        async def ends_or_asks() -> bool:
            if re.search(ASKS_FOR_PASSWORD, await self._terminal.before_cursor()):
                await self.reader.answers(ASKS_FOR_PASSWORD, PASSWORD, is_echoed=False)
            return re.search(ended, "\n".join(await self._terminal.lines())) is not None

        await eventually(ends_or_asks, f"command {self._given} to end", timeout_s=60)
        await self.reader.sees(rf"(?m)^command {self._given} gave 0$")


def project(folder: Path) -> Path:
    """A folder that has the command where the project's has it once it is set up."""
    command = folder / ".venv" / "bin" / "hummingbot-peatio"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m peatio_cli "$@"\n')
    command.chmod(0o755)
    return folder


async def connect(shell: Shell, url: str, account: MemberAccount) -> list[str]:
    """Answer the questions of `./hbot connect peatio`, whichever comes, as somebody does who pastes with a blank.

    :return: what was asked for, in the order of the prompts
    """
    answers = {
        "address": ("Enter the exchange's domain or URL.*: ?$", url, True),
        "key": ("Enter your API key .*: ?$", f" {account.api_key} ", False),
        "secret": ("Enter your API secret .*: ?$", f"{account.secret} ", False),
        "password": (ASKS_FOR_PASSWORD, PASSWORD, False),
    }
    asked: list[str] = []
    while len(asked) < len(answers):
        line = await eventually(shell.prompt, f"a question after {asked}", timeout_s=60)
        what = next((name for name, (question, _, _) in answers.items() if re.search(question, line)), None)
        assert what is not None, f"an unknown question: {line}"
        question, answer, is_echoed = answers[what]
        await shell.reader.answers(question, answer, is_echoed=is_echoed)
        asked.append(what)
    return asked


def named_order(page: Path, begin: str) -> list[str]:
    """The order in which a page names what `connect` asks for, in the paragraph that begins so."""
    text = page.read_text(encoding="utf-8")
    paragraph = text[text.index(begin) :].split(".")[0]
    words = ("address", "key", "secret", "password")
    return sorted(words, key=lambda word: re.search(rf"\b{word}\b", paragraph).start())  # type: ignore[union-attr]


async def follow(command: str, shell: Shell, sandbox: Sandbox) -> None:
    """Give one command, answer what it asks, and see it succeed."""
    if command == "./hbot stop":
        # The first order is the doctor's. A quote may be taken at once, so none needs to be open now.
        await eventually(lambda: len(sandbox.orders("bot")) > 1, "the bot quotes", timeout_s=60)
    await shell.gives(command)
    if command == "./hbot connect peatio":
        asked = await connect(shell, sandbox.url, sandbox.members["bot"])
        assert named_order(PAGE, "`connect` asks for") == asked
        assert named_order(ROOT / "README.md", "Enter the exchange's address") == asked
    await shell.succeeds()
    if command == "./hbot status":
        await shell.reader.sees("state: running")


async def test_every_line_of_the_quickstart_works(tmp_path: Path) -> None:
    commands = [command.text for command in documented(PAGE)]
    assert set(DONE_ALREADY) < set(commands)
    async with Sandbox(SandboxConfig(traders=True)) as sandbox:
        account = sandbox.members["bot"]
        env = {**os.environ, "PS1": "$ ", "HISTFILE": ""}
        async with pseudo_terminal(("bash", "--norc", "--noprofile"), project(tmp_path), env) as terminal:
            shell = Shell(terminal, Reader(terminal, timeout_s=60))
            try:
                for command in commands:
                    if command not in DONE_ALREADY:
                        await follow(command, shell, sandbox)
            except BaseException:
                # No bot stays behind where the test fails.
                with suppress(AssertionError, OSError):
                    await Hbot(tmp_path / "my-bot" / "hbot")("stop")
                raise
        orders = sandbox.orders("bot")
    assert {order.state for order in orders} <= {"done", "cancel"}
    instance = tmp_path / "my-bot"
    assert account.secret not in (instance / "conf" / "connectors" / "peatio.yml").read_text()
    recorded = read_trade_database(instance / "data" / "conf_pure_market_making.sqlite")
    # The doctor's trial order is not the bot's.
    assert len(recorded.orders) == len(orders) - 1
    assert {order.state for order in recorded.orders} <= {OrderState.FILLED, OrderState.CANCELLED}
    assert (instance / "logs" / "logs_conf_pure_market_making.log").is_file()
    assert list(heartbeat_records(instance / "data")) == []  # a guard would take the stopped bot for dead


def strategies() -> set[str]:
    """Every `./hbot create pure_market_making` of a page."""
    commands = (command.text for command in documented(*PAGES))
    return {text for text in commands if text.startswith("./hbot create pure_market_making")}


async def test_every_strategy_of_a_page_can_be_created(tmp_path: Path) -> None:
    instance = create_instance(tmp_path / "my-bot", InstancePurpose.ORDINARY)
    assert len(strategies()) > 1
    for command in strategies():
        printed = await Hbot(instance.launcher)(*shlex.split(command)[1:])
        assert "ready: yes" in printed, command
