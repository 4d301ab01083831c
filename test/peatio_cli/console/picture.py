"""The documentation's picture of Hummingbot's console: how it is made, and what it says.

`python -m test.peatio_cli.console.picture` makes it again, on an exchange where nobody else trades.
"""

import asyncio
import html
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from peatio_sandbox import Sandbox, SandboxConfig
from test.patience import eventually
from test.peatio_cli.console.session import (
    COMMAND,
    connect,
    create_a_strategy,
    make_instance,
    open_orders,
    start_for_the_first_time,
)
from test.peatio_cli.terminal import PseudoTerminal, Reader, pseudo_terminal
from test.peatio_cli.terminal_picture import save_picture

PICTURE = Path(__file__).parents[3] / "docs" / "pictures" / "console.svg"
#: Columns and lines.
SIZE = (150, 42)
# A character's width in the picture, and the column where the log begins.
_WIDTH = 12.2
_LOG_COLUMN = 74
_TEXT = re.compile(r'<text class="[^"]*" x="([\d.]+)" y="([\d.]+)"[^>]*>(.*?)</text>')
_VARIABLE = re.compile(r"hbot-[SB]BCUD[0-9a-f]+|[0-9][0-9.,:]*")
_TIME = re.compile(r"\d\d:\d\d:\d\d - ")


@dataclass(frozen=True)
class Wording:
    """A screen without what differs from run to run: numbers, ids, spaces.

    :param bars: the first and the last line
    :param output: the left side, where commands answer, by line
    :param log: the messages on the right side
    """

    bars: tuple[str, str]
    output: tuple[str, ...]
    log: frozenset[str]


def wording(lines: Sequence[str]) -> Wording:
    """What a screen of this size says."""
    body = lines[1:-1]
    output = tuple(filter(None, (_plain(line[: _LOG_COLUMN - 1]) for line in body)))
    whole = "".join(line[_LOG_COLUMN:-1].strip() for line in body)
    messages = _TIME.split(whole)[1:]
    return Wording((_plain(lines[0]), _plain(lines[-1])), output, frozenset(map(_plain, messages)))


def _plain(text: str) -> str:
    return _VARIABLE.sub("#", re.sub(r"\s+", "", text)).strip("^v")


def lines_of_picture(path: Path) -> list[str]:
    """The lines of a picture's screen."""
    rows: dict[float, str] = {}
    for x, y, text in _TEXT.findall(path.read_text(encoding="utf-8")):
        before = rows.get(float(y), "")
        rows[float(y)] = before.ljust(round(float(x) / _WIDTH)) + html.unescape(text)
    return [rows[y].replace("\xa0", " ").ljust(SIZE[0]) for y in sorted(rows)]


async def drawn(terminal: PseudoTerminal) -> list[str]:
    """The screen, once it is drawn in this size and rests."""
    last: list[str] = []

    async def rests() -> bool:
        nonlocal last
        before, last = last, await terminal.lines()
        is_whole = len(last) == SIZE[1] and last[0].startswith("Version:") and last[-1].startswith("Trades:")
        return is_whole and wording(last) == wording(before or last[::-1])

    await eventually(rests, "the console to be drawn", pause_s=0.5)
    return [line.ljust(SIZE[0]) for line in last]


async def take(path: Path) -> None:
    """Start the console for the first time, let it quote on the sandbox, and draw its screen."""
    with tempfile.TemporaryDirectory() as temporary:
        directory = make_instance(Path(temporary) / "instance")
        async with Sandbox(SandboxConfig(traders=True)) as sandbox:
            account = sandbox.members["bot"]
            async with pseudo_terminal(COMMAND, directory, os.environ) as terminal:
                reader = Reader(terminal)
                await start_for_the_first_time(reader)
                await connect(reader, sandbox.url, account.api_key, account.secret)
                await reader.sees("You are now connected to peatio")
                await create_a_strategy(reader)
                await reader.enters("start")
                await reader.sees("'pure_market_making' started successfully")
                await eventually(lambda: len(open_orders(sandbox)) == 2, "two quotes")
                await reader.enters("status")
                await reader.sees(r"1 +buy +\d", r"1 +sell +\d")
                await terminal.resize(*SIZE)
                await drawn(terminal)
                save_picture(terminal.screen, path, "hummingbot-peatio console")
                await reader.enters("exit")
                await terminal.process.wait()
    print(f"{path}: drawn", flush=True)


if __name__ == "__main__":
    asyncio.run(take(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE))
